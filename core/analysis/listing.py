"""A tree of results as flat lists: its layers and its problems, each with its place."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import NamedTuple

from layerledger.core.analysis.nodes import NodeResult, Pass, Problem
from layerledger.core.cost import Cost
from layerledger.core.network import Block, Layer, Path


class Row(NamedTuple):
    """One layer of the flat list.

    Attributes:
        path: names joined by dots, with the number of the pass inside a repeated block.
        at: positions, without passes.
        cost: of one pass of it; weights that are shared or tied count at their first use.
        times: how many equal passes the row stands for; 1 in an expanded list.
    """

    path: str
    at: Path
    type: str
    result: NodeResult
    cost: Cost
    times: int = 1

    @property
    def inputs(self) -> list[list[int]]:
        """Shapes of the inputs; empty where they are not known."""
        return [list(spec.shape) for spec in self.result.known_inputs or ()]

    @property
    def outputs(self) -> list[list[int]]:
        """Shapes of the outputs; empty where they are not known."""
        return [list(spec.shape) for spec in self.result.outputs or ()]


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a walk is: the start of its children's names, their positions, and what their costs are worth."""

    prefix: str = ""
    at: Path = ()
    times: int = 1
    weightless: bool = False


def rows(root: NodeResult, *, expand: bool) -> Iterator[Row]:
    """Yields the layers below `root` in order; with `expand`, each pass of them."""
    return _rows(root, _Place(), expand=expand)


def _rows(block: NodeResult, place: _Place, *, expand: bool) -> Iterator[Row]:
    for children, inner in _runs(block, place, expand=expand):
        for i, child in enumerate(children):
            if isinstance(child.node, Block):
                yield from _rows(child, _below(child, i, inner), expand=expand)
            else:
                yield _row(child, i, inner)


def _row(layer: NodeResult, i: int, place: _Place) -> Row:
    node = layer.node
    assert isinstance(node, Layer)
    cost = layer.cost.without_weights() if place.weightless else layer.cost
    return Row(place.prefix + node.name, (*place.at, i), node.type, layer, cost, place.times)


def _below(block: NodeResult, i: int, place: _Place) -> _Place:
    weightless = place.weightless or block.node.tied_to is not None
    return _Place(f"{place.prefix}{block.node.name}.", (*place.at, i), place.times, weightless)


def largest_output(block: NodeResult, place: _Place = _Place()) -> Row | None:
    """Returns the first of the layers below `block` whose outputs are the most bytes; None where none has any."""
    found: Row | None = None
    most = 0
    for children, inner in _runs(block, place, expand=False):
        widest = -1
        for i, child in enumerate(children):
            if isinstance(child.node, Block):
                row = largest_output(child, _below(child, i, inner))
                if row and row.result.activation_bytes > most:
                    found, most, widest = row, row.result.activation_bytes, -1
            elif child.activation_bytes > most:
                most, widest = child.activation_bytes, i
        if widest >= 0:
            found = _row(children[widest], widest, inner)
    return found


def _runs(result: NodeResult, place: _Place, *, expand: bool) -> Iterator[tuple[tuple[NodeResult, ...], _Place]]:
    """Yields the children of each run of passes that have one label."""
    block, done = result.node, 0
    assert isinstance(block, Block)
    for run in result.passes:
        for label, times, again in _labels(block, run, done, expand=expand):
            weightless = place.weightless or again
            yield run.children, _Place(place.prefix + label, place.at, place.times * times, weightless)
        done += run.times


def _labels(block: Block, run: Pass, done: int, *, expand: bool) -> Iterator[tuple[str, int, bool]]:
    """Yields (pass label, equal passes, whether weights were counted before) for a run of passes."""
    if block.repeat <= 1:
        yield "", 1, False
    elif expand:
        for i in range(done, done + run.times):
            yield f"{i}.", 1, block.share_weights and i > 0
    elif block.share_weights and done == 0 and run.times > 1:
        yield "0.", 1, False
        yield _span(1, run.times), run.times - 1, True
    else:
        yield _span(done, done + run.times), run.times, block.share_weights and done > 0


def _span(first: int, end: int) -> str:
    return f"{first}." if end == first + 1 else f"{first}–{end - 1}."


def is_counted(row: Row) -> bool:
    """Returns whether what the row says of its cost is known."""
    return not row.result.uncounted and row.result.outputs is not None


def problems(root: NodeResult) -> Iterator[Problem]:
    """Yields the problems at and below `root` with their places; of passes that are alike in this, the first."""
    seen: set[tuple[Path, str]] = set()
    for problem in _problems(root, "", ()):
        if (problem.at, problem.message) not in seen:
            seen.add((problem.at, problem.message))
            yield problem


def _problems(result: NodeResult, name: str, at: Path) -> Iterator[Problem]:
    if result.faultless:
        return
    for problem in result.problems:
        yield replace(problem, path=name, at=at)
    done = 0
    for run in result.passes:
        start = f"{name}." if name else ""
        start += f"{done}." if isinstance(result.node, Block) and result.node.repeat > 1 else ""
        for i, child in enumerate(run.children):
            yield from _problems(child, start + child.node.name, (*at, i))
        done += run.times
