"""The rows of a report, and what stands above and below them: the same for every format that has a row a layer."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from itertools import islice

from layerledger.core.analysis import NodeResult, Problem, Result, Unresolved
from layerledger.core.analysis.coverage import NOT_COUNTED, Coverage
from layerledger.core.base import units
from layerledger.core.base.shapes import shape_text
from layerledger.core.metrics.metric import METRICS, Metric
from layerledger.core.metrics.placed import PACKED_HELP, PACKED_TITLE, PEAK_HELP, PEAK_TITLE
from layerledger.core.network.nodes import BLOCK, Block
from layerledger.core.network.paths import node_at
from layerledger.core.reports.columns import (
    COLUMNS,
    Attoseconds,
    Cell,
    Column,
    Millionths,
    View,
    peak_bytes,
    problems_text,
    time_columns,
    total_of,
)


def chosen(view: View, keys: Sequence[str], *, expand: bool) -> list[Column]:
    """Return the columns of `keys`, and those of a device before what is said in words at the end.

    `times` is left out where it would be 1 throughout, and never where it matters.
    """
    if expand:
        keys = [key for key in keys if key != "times"]
    elif "times" not in keys:
        keys = (*keys, "times")
    columns = [COLUMNS[key] for key in keys]
    at = next((i for i, column in enumerate(columns) if column.key in _WORDS), len(columns))
    return [*columns[:at], *(time_columns(view.time) if view.time else ()), *columns[at:]]


_WORDS = ("status", "problems")


def expands_passes(result: Result, *, expand: bool) -> bool:
    """Return whether each row is one pass, because it is asked for or because nothing is repeated."""
    return expand or all(row.times == 1 for row in result.rows(expand=False))


def layer_rows(
    view: View, columns: Sequence[Column], *, expand: bool, limit: int | None = None
) -> Iterator[list[Cell]]:
    """Yield the cells of a row a layer, then of rows for what is wrong but belongs to no layer; at most `limit`."""
    yield from islice(_rows(view, columns, expand=expand), limit)


def _rows(view: View, columns: Sequence[Column], *, expand: bool) -> Iterator[list[Cell]]:
    for row in view.result.rows(expand=expand):
        yield [column.of(view, row) for column in columns]
    tells = any(column.key == "problems" for column in columns)
    for problem in _rowless(view.result):
        lost = _is_lost(view.result, problem)
        if lost or tells:
            yield [_note(view, problem, column, lost=lost) for column in columns]


def _rowless(result: Result) -> Iterator[Problem]:
    """Yield the problems of inputs and blocks, and of layers that were not reached."""
    for problem in result.problems:
        found = _found(result, problem)
        if found is None or isinstance(found.node, Block):
            yield problem


def _found(result: Result, problem: Problem) -> NodeResult | None:
    """Return the result of the node that a problem is of; None for an input, and for a node that was not reached."""
    return None if problem.path and not problem.at else result.at(problem.at)


def _is_lost(result: Result, problem: Problem) -> bool:
    """Return whether a block's layers could not be counted, so that they have no rows."""
    found = _found(result, problem)
    return found is not None and found.uncounted_layers > 0 and isinstance(found.node, Block) and not found.passes


def _note(view: View, problem: Problem, column: Column, *, lost: bool) -> Cell:
    texts = {
        "file": view.file,
        "model": view.result.network.name,
        "path": problem.path,
        "type": _kind(view.result, problem),
        "status": NOT_COUNTED if lost else "",
        "problems": problems_text([problem]),
    }
    return None if lost and column.number and column.key != "times" else texts.get(column.key, "")


def _kind(result: Result, problem: Problem) -> str:
    if not problem.at:
        return "Input" if problem.path else "Network"
    node = node_at(result.network, problem.at)
    return BLOCK if isinstance(node, Block) else node.type


def total_row(view: View, columns: Sequence[Column]) -> list[Cell]:
    """Return the cells of the row of totals."""
    return [column.total(view) if column.total else "" for column in columns]


def totals(view: View) -> Iterator[tuple[str, str, str]]:
    """Yield every metric of the whole network: its name, its value in full, and that in a prefix that suits it."""
    for metric in _metrics(view):
        value = total_of(metric, view)
        exact, text = (NOT_COUNTED, "") if value is None else (metric.exact(value), metric.text(value))
        yield metric.title, exact, "" if text == exact else text
    for title, _, nbytes in _of_the_whole(view):
        exact, text = (NOT_COUNTED, "") if nbytes is None else (f"{units.grouped(nbytes)} B", units.size(nbytes))
        yield title, exact, "" if text == exact else text
    yield "Layers", layers_text(view.result.coverage), ""


def conventions(view: View) -> Iterator[tuple[str, str]]:
    """Yield each number's name and what exactly it counts."""
    for metric in _metrics(view):
        yield metric.title, metric.help
    for title, help, _ in _of_the_whole(view):
        yield title, help


def _of_the_whole(view: View) -> Iterator[tuple[str, str, int | None]]:
    """Yield the numbers that are no sum over layers: name, what it is, and bytes."""
    known, memory = peak_bytes(view) is not None, view.result.memory
    yield PEAK_TITLE, PEAK_HELP, memory.peak_bytes if known else None
    yield PACKED_TITLE, PACKED_HELP, memory.packed_bytes if known else None


def _metrics(view: View) -> list[Metric]:
    """Return every metric, the chosen count where it is none of them, and the time on a device."""
    own = [] if view.count.key in METRICS else [view.count]
    listed = [metric.when(fused=view.fused) for metric in METRICS.values()]
    return [*listed, *own, *([view.time] if view.time else [])]


def budget_sentences(result: Result) -> Iterator[tuple[bool | None, str]]:
    """Yield whether each limit of the network is kept, None where that cannot be said, and that as a sentence."""
    if result.network.budgets is not None:
        from layerledger.core.metrics.budgets import check_budgets  # few networks have some

        yield from ((verdict.satisfied, verdict.sentence()) for verdict in check_budgets(result))


def cell_text(cell: Cell) -> str:
    """Return a cell for people."""
    if cell is None:
        return NOT_COUNTED
    if isinstance(cell, Attoseconds):
        return units.duration(cell)
    if isinstance(cell, Millionths):
        return units.intensity(cell)
    if isinstance(cell, Fraction):
        return units.share(cell.numerator, cell.denominator)
    return units.grouped(cell) if isinstance(cell, int) else cell


def heading_lines(view: View) -> list[str]:
    """Return what the report is of: the network, its file, its inputs, and how much of it is counted."""
    network = view.result.network
    name = network.name + (f" ({view.file})" if view.file else "")
    inputs = [_input_text(view.result, i.name) for i in network.inputs]
    return [name, *inputs, *filter(None, [view.result.coverage.text()])]


def _input_text(result: Result, name: str) -> str:
    source = result.inputs[name]
    return f"{name}: {'not known' if isinstance(source, Unresolved) else f'{shape_text(source.shape)} {source.dtype}'}"


def layers_text(found: Coverage) -> str:
    """Return how many layers there are, and how many of them are not counted exactly."""
    parts = found.parts_text(but=("exact", "free"))
    return f"{found.all_layers:,}" + (f" ({parts})" if parts else "")
