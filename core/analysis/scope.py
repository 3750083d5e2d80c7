"""What references mean inside a block: earlier siblings, the block's own input, the network's inputs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from operator import attrgetter
from typing import TypeVar

from layerledger.core.analysis.aliasing import TensorRefs, aliases, fresh_ids, to_outer
from layerledger.core.analysis.checks import dangling, no_such_output
from layerledger.core.analysis.node_result import (
    NodeResult,
    Problem,
    TensorId,
    TensorIds,
    TensorOrMissing,
    TensorsOrMissing,
    Unresolved,
)
from layerledger.core.base.messages import message_of
from layerledger.core.layers import LAYER_TYPES
from layerledger.core.layers.layer_type import MANY
from layerledger.core.network.nodes import INPUT, Block, Node
from layerledger.core.network.references import split_reference

_T = TypeVar("_T")
_origins = attrgetter("origins")


def implicit_inputs(node: Node, before: tuple[_T, ...]) -> tuple[_T, ...]:
    """Return what a node without `inputs` takes of the outputs before it.

    A block and a type that merges any number take all, another type as many as it needs: behind an LSTM, the next one
    takes the sequence, not the states. A type that takes none, such as Parameter, is given none.
    """
    count = None if isinstance(node, Block) else implicit_arity(node.type)
    return before if count is None else before[:count]


@lru_cache(maxsize=1024)
def implicit_arity(type_name: str) -> int | None:
    """Return how many tensors a layer takes of those before it; None for all."""
    cls = LAYER_TYPES.get(type_name)
    if cls is None or cls.input_arity[1] >= MANY:
        return None
    return max(cls.input_arity[0], 1) if cls.input_arity[1] else 0


class Scope:
    """The tensors that the children of a block can refer to, while a walk goes through them."""

    def __init__(self, block: Block, fed: TensorRefs, inputs: Mapping[str, TensorOrMissing]) -> None:
        self._block, self._fed, self._inputs = block, fed, inputs
        self._met: dict[str, NodeResult] = {}
        self._around: dict[str, TensorIds] = {}
        self._last: NodeResult | None = None
        self._gives = fed.tensors
        self._plain = fed.ids == tuple(range(len(fed.ids)))  # what comes next is fed so many other tensors
        self._all: frozenset[str] | None = None

    def add(self, result: NodeResult) -> None:
        """Take the result of the next child."""
        name = result.node.name
        if result.origins:
            self._around[name] = self.fed(result.node)[0].ids
        self._met[name] = self._last = result
        self._gives, self._plain = result.produced, not result.origins

    def extend(self, results: Sequence[NodeResult]) -> list[NodeResult]:
        """Take the results of the next children, and returns them."""
        if any(map(_origins, results)):
            for result in results:
                self.add(result)
        elif results:
            self._met.update([(result.node.name, result) for result in results])
            self._last, self._gives, self._plain = results[-1], results[-1].produced, True
        return list(results)

    def sources(self, node: Node) -> tuple[TensorsOrMissing, TensorIds, Sequence[Problem]]:
        """Return what the next child is fed, which of that is alike, and what is wrong with its references."""
        if self._plain and not node.inputs:  # as nearly always
            return implicit_inputs(node, self._gives), (), ()
        fed, wrong = self.fed(node)
        return fed.tensors, aliases(node, fed.ids), wrong

    def fed(self, node: Node) -> tuple[TensorRefs, Sequence[Problem]]:
        """Return what the next child is fed, and what is wrong with its references."""
        if node.inputs:
            return self.resolved(node.inputs)
        before = self.last
        return TensorRefs(implicit_inputs(node, before.tensors), implicit_inputs(node, before.ids)), ()

    @property
    def produced(self) -> TensorsOrMissing:
        """What the next child takes without `inputs` where that is so many different tensors; else ()."""
        return self._gives if self._plain else ()

    @property
    def last(self) -> TensorRefs:
        """What the last child gives; what the block is fed, before the first."""
        return self._given_by(self._last) if self._last else self._fed

    def _given_by(self, result: NodeResult) -> TensorRefs:
        gives, name = result.produced, result.node.name
        if not result.origins:
            return TensorRefs(gives, fresh_ids(name, len(gives)))
        return TensorRefs(gives, to_outer(result.origins, self._around[name], name))

    def resolved(self, references: Sequence[str]) -> tuple[TensorRefs, Sequence[Problem]]:
        """Return the tensors that references mean, and what is wrong with those that mean none."""
        found = [self._resolve(reference) for reference in references]
        wrong = [each for each in found if isinstance(each, Problem)]
        known = [
            (Unresolved(reference), reference) if isinstance(each, Problem) else each
            for reference, each in zip(references, found, strict=True)
        ]
        return TensorRefs(tuple([source for source, _ in known]), tuple([origin for _, origin in known])), wrong

    def _resolve(self, reference: str) -> tuple[TensorOrMissing, TensorId] | Problem:
        """Return the tensor that a reference means with its origin, or what is wrong with it."""
        try:
            name, port = split_reference(reference)
        except ValueError as error:
            return Problem("error", message_of(error), "inputs")
        found = self._named(name)
        if found is None:
            return Problem("error", dangling(name, (*self._met, INPUT, *self._inputs), self._block), "inputs")
        sources, origins = found
        if len(sources) == 1 and isinstance(sources[0], Unresolved):
            return sources[0], (name, port)
        if port >= len(sources):
            return Problem("error", no_such_output(reference, len(sources)), "inputs")
        return sources[port], origins[port]

    def _named(self, name: str) -> TensorRefs | None:
        if name == INPUT:
            return self._fed
        if name in self._met:
            return self._given_by(self._met[name])
        if name in self._inputs and name not in self._siblings():
            return TensorRefs((self._inputs[name],), (name,))
        return None

    def _siblings(self) -> frozenset[str]:
        """All children's names: one that comes later still hides a network input of its name."""
        if self._all is None:
            self._all = frozenset(node.name for node in self._block.layers)
        return self._all
