"""The visible rows of the stack, and the rows that feed each of them."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Sequence

from layerledger.core.analysis.wiring import Scope, implicit_inputs
from layerledger.gui.stack.stack_row import StackRow


def visible_rows(row: StackRow, expanded: Container[int]) -> Iterator[StackRow]:
    """Yield the rows below one that are not folded away, from the top."""
    for child in row.children:
        yield child
        if child.id in expanded:
            yield from visible_rows(child, expanded)


def wire_sources(rows: Sequence[StackRow], expanded: Container[int], inputs: Iterable[str]) -> list[tuple[int, ...]]:
    """Return the numbers of the rows that feed each row; −1 for a reference that means nothing.

    Each block has one scope, which grows row by row: the work is in proportion to the rows and references.

    Args:
        rows: the visible rows; the first one shows the network's inputs.
        expanded: the ids of rows whose children are visible.
        inputs: the names of the network's inputs.
    """
    at = {row.id: i for i, row in enumerate(rows)}
    ends = _ends(rows, at, expanded)
    first_row = dict.fromkeys(inputs, 0)
    scopes: dict[int, Scope[int]] = {}
    found: list[tuple[int, ...]] = []
    for i, row in enumerate(rows):
        above = row.parent
        if row.node is None or above is None:
            found.append((i - 1,) if row.part else ())
            continue
        scope = scopes.get(above.id)
        if scope is None:
            siblings = [child.node for child in above.children if child.node is not None]
            scope = scopes[above.id] = Scope(at.get(above.id, 0), first_row, siblings)
        if row.node.inputs:
            found.append(tuple([_source(reference, scope) for reference in row.node.inputs]))
        else:
            found.append(implicit_inputs(row.node, (scope.last,)))
        scope.add(row.node.name, ends[row.id])
    return found


def _source(reference: str, scope: Scope[int]) -> int:
    try:
        row, _, _ = scope.resolve(reference)
    except ValueError:
        return -1
    return -1 if row is None else row


def _ends(rows: Sequence[StackRow], at: dict[int, int], expanded: Container[int]) -> dict[int, int]:
    """Return for each row the visible row where its output leaves: its own, or the last one inside it."""
    ends: dict[int, int] = {}
    for row in reversed(rows):
        inside = row.children[-1] if row.children and row.id in expanded else None
        ends[row.id] = ends[inside.id] if inside and inside.id in at else at[row.id]
    return ends
