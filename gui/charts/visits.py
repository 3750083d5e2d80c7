"""What a chart is made of: every pass of every layer, read from a result. Names no Qt."""

from __future__ import annotations

from dataclasses import replace
from itertools import chain
from typing import NamedTuple

from layerledger.core.analysis import Result, flow
from layerledger.core.analysis.result import NodeResult
from layerledger.core.network import Block, Network, Path


class Visit(NamedTuple):
    """One pass of a layer.

    Attributes:
        at: positions, without passes.
        passes: the number of the pass of each repeated block around it, from the top down.
        result: what is known of the layer, with the cost of this pass.
    """

    at: Path
    passes: tuple[int, ...]
    result: NodeResult


class Reader:
    """Reads results as the flat list without its texts; what an edit left as it was is not read again."""

    def __init__(self) -> None:
        self._known: list[tuple[NodeResult, list[Visit]]] = []

    def read(self, result: Result) -> list[Visit]:
        """Returns every pass of every layer in order; a visit that did not change is the same object as before."""
        before, children = self._known, result.root.children
        self._known = [
            before[i] if i < len(before) and before[i][0] is child else (child, _visits(child, (i,)))
            for i, child in enumerate(children)
        ]
        return list(chain.from_iterable(found for _, found in self._known))


def _visits(result: NodeResult, at: Path) -> list[Visit]:
    if not result.passes:
        return [] if isinstance(result.node, Block) else [Visit(at, (), result)]
    walk = _Walk()
    walk.add(result, at, ())
    return walk.found


class _Walk:
    """Goes through the passes of a block."""

    def __init__(self) -> None:
        self.found: list[Visit] = []
        self._again: dict[NodeResult, NodeResult] = {}

    def add(self, result: NodeResult, at: Path, passes: tuple[int, ...], *, shared: bool = False) -> None:
        """Adds a layer, or all below a block; where `shared`, the weights were counted in an earlier pass."""
        block = result.node
        if not isinstance(block, Block):
            self.found.append(Visit(at, passes, self._weightless(result) if shared else result))
            return
        done = 0
        for run in result.passes:
            for number in range(done, done + run.times):
                inside = (*passes, number) if block.repeat != 1 else passes
                seen = shared or (block.share_weights and number > 0)
                for i, child in enumerate(run.children):
                    self.add(child, (*at, i), inside, shared=seen)
            done += run.times

    def _weightless(self, result: NodeResult) -> NodeResult:
        if result not in self._again:
            cost, moved = result.cost.without_weights(), result.moved.without_weights()
            self._again[result] = replace(result, cost=cost, moved=moved)
        return self._again[result]


def path_of(network: Network, visit: Visit) -> str:
    """Returns the name of a visited layer from the top, with its passes."""
    return flow.path_of(network, visit.at, visit.passes)


def type_of(visit: Visit) -> str:
    """Returns the type of a visited layer as its file has it."""
    node = visit.result.node
    return "" if isinstance(node, Block) else node.type
