"""A tree of results as flat lists: its layers and its problems, each with its place."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import NamedTuple

from layerledger.core.analysis.node_result import NodeResult, Problem
from layerledger.core.layers.cost import Cost, Traffic
from layerledger.core.network.nodes import Block, Layer
from layerledger.core.network.paths import NodePath


class Row(NamedTuple):
    """One layer of the flat list.

    Attributes:
        path: names joined by dots, with the number of the pass inside a repeated block.
        at: positions, without passes.
        cost: of one pass of it; weights that are shared or tied count at their first use.
        moved: bytes of one pass of it, its weights counted in the same way.
        times: how many equal passes the row stands for; 1 in an expanded list.
        passes: their numbers in each repeated block around it, from the top down.
    """

    path: str
    at: NodePath
    type: str
    result: NodeResult
    cost: Cost
    traffic: Traffic
    times: int = 1
    passes: tuple[range, ...] = ()

    @property
    def inputs(self) -> list[list[int]]:
        """Shapes of the inputs; empty where they are not known."""
        return [list(spec.shape) for spec in self.result.known_inputs or ()]

    @property
    def outputs(self) -> list[list[int]]:
        """Shapes of the outputs; empty where they are not known."""
        return [list(spec.shape) for spec in self.result.outputs or ()]


@dataclass(frozen=True, slots=True)
class Place:
    """Where a walk is: the start of its children's names, their positions, and what their costs are worth."""

    prefix: str = ""
    at: NodePath = ()
    times: int = 1
    weightless: bool = False
    passes: tuple[range, ...] = ()

    def below(self, block: NodeResult, i: int) -> Place:
        """Return the place inside the block that is child `i`."""
        node = block.node
        weightless = self.weightless or node.tied_to is not None
        return Place(f"{self.prefix}{node.name}.", (*self.at, i), self.times, weightless, self.passes)

    def within(self, numbers: range | None, *, again: bool) -> Place:
        """Return the place in these passes of a block; None where there is one alone."""
        if numbers is None:
            return self
        prefix, times = self.prefix + _span(numbers), self.times * len(numbers)
        return Place(prefix, self.at, times, self.weightless or again, (*self.passes, numbers))

    def row(self, layer: NodeResult, i: int) -> Row:
        """Return the row of the layer that is child `i`."""
        node = layer.node
        assert isinstance(node, Layer)
        cost, moved = layer.cost, layer.traffic
        if self.weightless:
            cost, moved = cost.without_weights(), moved.without_weights()
        return Row(self.prefix + node.name, (*self.at, i), node.type, layer, cost, moved, self.times, self.passes)


def rows(root: NodeResult, *, expand: bool) -> Iterator[Row]:
    """Yield the layers below `root` in order; with `expand`, each pass of them."""
    return (place.row(layer, i) for layer, i, place in leaves(root, Place(), expand=expand))


def leaves(block: NodeResult, place: Place, *, expand: bool) -> Iterator[tuple[NodeResult, int, Place]]:
    """Yield each layer below `block` with its position and its place, from which a row is made."""
    for children, inner in _runs(block, place, expand=expand):
        for i, child in enumerate(children):
            if isinstance(child.node, Block):
                yield from leaves(child, inner.below(child, i), expand=expand)
            else:
                yield child, i, inner


def largest_output(block: NodeResult, place: Place | None = None) -> Row | None:
    """Return the first of the layers below a block whose outputs are the most bytes; None where none has any."""
    for children, inner in _runs(block, place or Place(), expand=False) if block.largest else ():
        for i, child in enumerate(children):
            if child.largest == block.largest:
                inside = isinstance(child.node, Block)
                return largest_output(child, inner.below(child, i)) if inside else inner.row(child, i)
    return None


def _runs(result: NodeResult, place: Place, *, expand: bool) -> Iterator[tuple[tuple[NodeResult, ...], Place]]:
    """Yield the children of each run of passes that have one label."""
    block, done = result.node, 0
    assert isinstance(block, Block)
    for run in result.passes:
        for numbers, again in _numbered(block, range(done, done + run.times), expand=expand):
            yield run.children, place.within(numbers, again=again)
        done += run.times


def _numbered(block: Block, run: range, *, expand: bool) -> Iterator[tuple[range | None, bool]]:
    """Yield (equal passes, whether weights were counted before) for a run of passes."""
    if block.repeat <= 1:
        yield None, False
    elif expand:
        for i in run:
            yield range(i, i + 1), block.share_weights and i > 0
    elif block.share_weights and run.start == 0 and len(run) > 1:
        yield range(1), False
        yield run[1:], True
    else:
        yield run, block.share_weights and run.start > 0


def _span(numbers: range) -> str:
    return f"{numbers.start}." if len(numbers) == 1 else f"{numbers.start}–{numbers[-1]}."


def is_known(layer: NodeResult) -> bool:
    """Return whether a layer's cost is known."""
    return not layer.uncounted_layers and layer.outputs is not None


def is_counted(row: Row) -> bool:
    """Return whether what the row says of its cost is known."""
    return is_known(row.result)


def problems(root: NodeResult) -> Iterator[Problem]:
    """Yield the problems at and below `root` with their places; of passes that are alike in this, the first."""
    seen: set[tuple[NodePath, str]] = set()
    for problem in _problems(root, "", ()):
        if (problem.at, problem.message) not in seen:
            seen.add((problem.at, problem.message))
            yield problem


def _problems(result: NodeResult, name: str, at: NodePath) -> Iterator[Problem]:
    if result.is_clean:
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
