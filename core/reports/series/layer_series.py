"""The passes of all layers, which the bars of a chart are made of."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import repeat
from typing import NamedTuple

from layerledger.core.analysis import Result
from layerledger.core.analysis.pass_runs import iterate_passes
from layerledger.core.analysis.passes import schedule as flow
from layerledger.core.analysis.result import NodeResult
from layerledger.core.metrics.metric import Place
from layerledger.core.network.nodes import Block, Network
from layerledger.core.network.paths import NodePath


class LayerPass(NamedTuple):
    """One pass of a layer.

    Attributes:
        at: positions, without passes.
        passes: the number of the pass of each repeated block around it, from the top down.
        result: the layer's result, with the cost of this pass.
    """

    at: NodePath
    passes: tuple[int, ...]
    result: NodeResult


@dataclass(slots=True, eq=False)
class LayerSeries:
    """Passes of layers in their order, stored as columns: a LayerPass is made only when one is read.

    Attributes:
        places: the place of each pass.
        results: the result of each pass.
        blocks: positions of the blocks at the network's top level.
        starts: for each node at the top level, the number of passes before it.
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
        """Add consecutive layers of the block at `at`, from its child `first` on."""
        numbers = range(first, first + len(results))
        # At the top level a path is one number: `zip` then makes the tuples without a loop in Python.
        self.places += zip([(*at, i) for i in numbers], repeat(passes)) if at else zip(zip(numbers), repeat(passes))
        self.results += results

    def add(self, others: LayerSeries) -> None:
        """Append the passes of `others`."""
        self.places += others.places
        self.results += others.results


class SeriesBuilder:
    """Reads the passes of successive results, and reuses those of blocks that an edit left as they were.

    The cache is keyed by the block's position at the top level and holds the blocks of the last result; an entry is
    valid as long as the block's result is the same object.
    """

    def __init__(self) -> None:
        self._known: dict[int, tuple[NodeResult, LayerSeries]] = {}

    def read(self, result: Result) -> LayerSeries:
        """Return every pass of every layer in order."""
        before, self._known = self._known, {}
        children, done = result.root.children, 0
        found = LayerSeries(blocks=_blocks(children))
        # Layers at the top level are taken as they are; only blocks are walked, and so only they are cached.
        for i in (*found.blocks, len(children)):
            found.starts += range(len(found), len(found) + i - done + 1)
            found.add_layers(children[done:i], (), done, ())
            if i < len(children):
                block, known = children[i], before.get(i)
                self._known[i] = known if known and known[0] is block else (block, _passes_of(block, (i,)))
                found.add(self._known[i][1])
            done = i + 1
        return found


def _blocks(results: Sequence[NodeResult]) -> list[int]:
    """Return the positions of the blocks among some nodes."""
    return [i for i, result in enumerate(results) if isinstance(result.node, Block)]


def _passes_of(block: NodeResult, at: NodePath) -> LayerSeries:
    walk = _Walk()
    walk.add(block, at, (), shared=False)
    return walk.found


class _Walk:
    """A walk through the passes of a block."""

    def __init__(self) -> None:
        self.found = LayerSeries()
        # Key: the result of a layer. All later passes then share one object, so that a chart compares them by
        # identity.
        self._again: dict[NodeResult, NodeResult] = {}

    def add(self, result: NodeResult, at: NodePath, passes: tuple[int, ...], *, shared: bool) -> None:
        """Add all layers of a block; where `shared`, the weights were counted in an earlier pass."""
        block, children, blocks = result.node, (), list[int]()
        assert isinstance(block, Block)
        for run in iterate_passes(result, expand=True):
            # Equal passes share their children: their blocks are sought once for a run.
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


def path_of(network: Network, layer: LayerPass) -> str:
    """Return the full name of a layer, with the numbers of its passes."""
    return flow.name_of_step(network, layer.at, layer.passes)


def type_of(layer: LayerPass) -> str:
    """Return the type of a layer as its file states it."""
    node = layer.result.node
    return "" if isinstance(node, Block) else node.type
