"""What a chart is made of: every pass of every layer, read from a result. Names no Qt."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import repeat
from typing import NamedTuple, TypeAlias

from layerledger.core.analysis import Result
from layerledger.core.analysis.pass_runs import iterate_passes
from layerledger.core.analysis.passes import schedule as flow
from layerledger.core.analysis.result import NodeResult
from layerledger.core.network.nodes import Block, Network
from layerledger.core.network.paths import NodePath

Place: TypeAlias = tuple[NodePath, tuple[int, ...]]
"""Positions without passes, and the number of the pass of each repeated block around them, from the top down."""


class LayerPass(NamedTuple):
    """One pass of a layer.

    Attributes:
        at: positions, without passes.
        passes: the number of the pass of each repeated block around it, from the top down.
        result: what is known of the layer, with the cost of this pass.
    """

    at: NodePath
    passes: tuple[int, ...]
    result: NodeResult


@dataclass(slots=True, eq=False)
class LayerSeries:
    """Passes of layers in their order, as columns: a visit is made when it is asked for, not at each edit.

    Attributes:
        places: where each is.
        results: what is known of each.
        blocks: positions of the blocks at the network's top level.
        starts: for each node at the top level, how many visits come before it.
    """

    places: list[Place] = field(default_factory=list[Place])
    results: list[NodeResult] = field(default_factory=list[NodeResult])
    blocks: list[int] = field(default_factory=list[int])
    starts: list[int] = field(default_factory=list[int])

    def __len__(self) -> int:
        return len(self.results)

    def __getitem__(self, i: int) -> LayerPass:
        return LayerPass(*self.places[i], self.results[i])

    def __iter__(self) -> Iterator[LayerPass]:
        return map(self.__getitem__, range(len(self)))

    def add_layers(self, results: Sequence[NodeResult], at: NodePath, first: int, passes: tuple[int, ...]) -> None:
        """Add neighbouring layers of the block at `at`, from its child `first` on."""
        numbers = range(first, first + len(results))
        self.places += zip([(*at, i) for i in numbers], repeat(passes)) if at else zip(zip(numbers), repeat(passes))
        self.results += results

    def add(self, others: LayerSeries) -> None:
        """Add others behind these."""
        self.places += others.places
        self.results += others.results


class SeriesBuilder:
    """Reads results as the flat list without its texts; a block that an edit left as it was is not read again."""

    def __init__(self) -> None:
        self._known: dict[int, tuple[NodeResult, LayerSeries]] = {}

    def read(self, result: Result) -> LayerSeries:
        """Return every pass of every layer in order."""
        before, self._known = self._known, {}
        children, done = result.root.children, 0
        found = LayerSeries(blocks=_blocks(children))
        for i in (*found.blocks, len(children)):
            found.starts += range(len(found), len(found) + i - done + 1)
            found.add_layers(children[done:i], (), done, ())
            if i < len(children):
                block, known = children[i], before.get(i)
                self._known[i] = known if known and known[0] is block else (block, _visits(block, (i,)))
                found.add(self._known[i][1])
            done = i + 1
        return found


def _blocks(results: Sequence[NodeResult]) -> list[int]:
    """Return which of some neighbours are blocks."""
    return [i for i, result in enumerate(results) if isinstance(result.node, Block)]


def _visits(block: NodeResult, at: NodePath) -> LayerSeries:
    walk = _Walk()
    walk.add(block, at, (), shared=False)
    return walk.found


class _Walk:
    """Goes through the passes of a block."""

    def __init__(self) -> None:
        self.found = LayerSeries()
        self._again: dict[NodeResult, NodeResult] = {}

    def add(self, result: NodeResult, at: NodePath, passes: tuple[int, ...], *, shared: bool) -> None:
        """Add all below a block; where `shared`, the weights were counted in an earlier pass."""
        block, children, blocks = result.node, (), list[int]()
        assert isinstance(block, Block)
        for run in iterate_passes(result, expand=True):
            if run.children is not children:
                children, blocks = run.children, _blocks(run.children)
            inside = (*passes, run.numbers.start) if block.repeat != 1 else passes
            self._add_all(children, blocks, at, inside, shared or run.again)

    def _add_all(
        self, children: Sequence[NodeResult], blocks: Sequence[int], at: NodePath, passes: tuple[int, ...], shared: bool
    ) -> None:
        done = 0
        for i in (*blocks, len(children)):
            layers = children[done:i]
            self.found.add_layers([*map(self._weightless, layers)] if shared else layers, at, done, passes)
            if i < len(children):
                self.add(children[i], (*at, i), passes, shared=shared)
            done = i + 1

    def _weightless(self, result: NodeResult) -> NodeResult:
        if result not in self._again:
            cost, moved = result.cost.without_weights(), result.traffic.without_weights()
            self._again[result] = replace(result, cost=cost, traffic=moved)
        return self._again[result]


def path_of(network: Network, visit: LayerPass) -> str:
    """Return the name of a visited layer from the top, with its passes."""
    return flow.name_of_step(network, visit.at, visit.passes)


def type_of(visit: LayerPass) -> str:
    """Return the type of a visited layer as its file has it."""
    node = visit.result.node
    return "" if isinstance(node, Block) else node.type
