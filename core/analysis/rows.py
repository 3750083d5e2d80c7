"""The layers and the problems of a tree of results as flat lists, each with its place."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import NamedTuple

from layerledger.core.analysis.node_result import NodeResult, Problem
from layerledger.core.analysis.pass_runs import iterate_passes
from layerledger.core.layers.cost import Cost, Traffic
from layerledger.core.network.frozen import frozen_below
from layerledger.core.network.nodes import Block, Layer
from layerledger.core.network.paths import NodePath


class Row(NamedTuple):
    """One layer of the flat list.

    Attributes:
        path: names joined by dots, with the number of the pass inside a repeated block.
        at: positions, without passes.
        type: the name of its layer type.
        result: the layer's result, the same object for all equal passes.
        cost: of one pass of it; weights that are shared or tied count at their first use.
        traffic: bytes of one pass of it, its weights counted in the same way.
        times: the number of equal passes in the row; 1 in an expanded list.
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
    """The place of a walk: the start of its children's names, their positions, and the weight of their costs.

    `weightless` and `frozen` say whether weights count elsewhere, and whether training changes none of them.
    """

    prefix: str = ""
    at: NodePath = ()
    times: int = 1
    weightless: bool = False
    passes: tuple[range, ...] = ()
    frozen: bool = False

    def below(self, block: NodeResult, i: int) -> Place:
        """Return the place inside the block that is child `i`."""
        node = block.node
        weightless = self.weightless or node.tied_to is not None
        frozen = frozen_below(node.trainable, above=self.frozen)
        return Place(f"{self.prefix}{node.name}.", (*self.at, i), self.times, weightless, self.passes, frozen)

    def within(self, numbers: range, *, again: bool) -> Place:
        """Return the place in these passes of a repeated block."""
        prefix, times = self.prefix + _span(numbers), self.times * len(numbers)
        return Place(prefix, self.at, times, self.weightless or again, (*self.passes, numbers), self.frozen)

    def row(self, layer: NodeResult, i: int) -> Row:
        """Return the row of the layer that is child `i`."""
        node = layer.node
        assert isinstance(node, Layer)
        cost, moved = layer.cost, layer.traffic
        if self.weightless:
            cost, moved = cost.without_weights(), moved.without_weights()
        if self.frozen:
            cost = cost.frozen()  # that of a layer which states that it is trained stays
        return Row(self.prefix + node.name, (*self.at, i), node.type, layer, cost, moved, self.times, self.passes)


def rows(root: NodeResult, *, expand: bool) -> Iterator[Row]:
    """Yield the layers below `root` in order; with `expand`, each pass of them."""
    return (place.row(layer, i) for layer, i, place in leaves(root, Place(), expand=expand))


def leaves(block: NodeResult, place: Place, *, expand: bool) -> Iterator[tuple[NodeResult, int, Place]]:
    """Yield each layer below `block` with its position and its place, from which a row is made."""
    for children, inner in _places(block, place, expand=expand):
        for i, child in enumerate(children):
            if isinstance(child.node, Block):
                yield from leaves(child, inner.below(child, i), expand=expand)
            else:
                yield child, i, inner


def largest_output(block: NodeResult, place: Place | None = None) -> Row | None:
    """Return the first of the layers below a block whose outputs are the most bytes; None where none has any."""
    for children, inner in _places(block, place or Place(), expand=False) if block.largest else ():
        for i, child in enumerate(children):
            # `largest` of a block is the maximum over what is below, so the first child that equals it leads to the
            # layer.
            if child.largest == block.largest:
                inside = isinstance(child.node, Block)
                return largest_output(child, inner.below(child, i)) if inside else inner.row(child, i)
    return None


def _places(block: NodeResult, place: Place, *, expand: bool) -> Iterator[tuple[tuple[NodeResult, ...], Place]]:
    """Yield the children of each run of passes that have one label, with their place."""
    repeated = isinstance(block.node, Block) and block.node.repeat > 1
    for run in iterate_passes(block, expand=expand):
        yield run.children, place.within(run.numbers, again=run.again) if repeated else place


def _span(numbers: range) -> str:
    return f"{numbers.start}." if len(numbers) == 1 else f"{numbers.start}–{numbers[-1]}."


def is_known(layer: NodeResult) -> bool:
    """Return whether a layer's cost is known."""
    return not layer.uncounted_layers and layer.outputs is not None


def is_counted(row: Row) -> bool:
    """Return whether the cost of a row is known."""
    return is_known(row.result)


def problems(root: NodeResult) -> Iterator[Problem]:
    """Yield the problems at and below `root` with their places; of passes with equal problems, those of the first."""
    seen: set[tuple[NodePath, str]] = set()
    for problem in _problems(root, "", ()):
        # Passes of a block have problems of equal sentences under names of their own.
        if (problem.at, problem.message) not in seen:
            seen.add((problem.at, problem.message))
            yield problem


def _problems(result: NodeResult, name: str, at: NodePath) -> Iterator[Problem]:
    # A clean block is skipped whole: in a network without problems this costs one test.
    if result.is_clean:
        return
    for problem in result.problems:
        yield replace(problem, path=name, at=at)
    start = f"{name}." if name else ""
    repeated = isinstance(result.node, Block) and result.node.repeat > 1
    for run in iterate_passes(result, expand=False):
        inside = f"{start}{run.numbers.start}." if repeated else start
        for i, child in enumerate(run.children):
            yield from _problems(child, inside + child.node.name, (*at, i))
