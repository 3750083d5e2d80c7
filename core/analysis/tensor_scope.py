"""The tensors that the children of a block can refer to, with their identities."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from operator import attrgetter

from layerledger.core.analysis.aliasing import NamesIn, TensorRefs, aliases, fresh_ids, referenced_names, to_outer
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
from layerledger.core.analysis.wiring import Scope, implicit_inputs
from layerledger.core.base.messages import message_of
from layerledger.core.network.nodes import Block, Node

_origins = attrgetter("origins")


class TensorScope:
    """A scope of tensors, while an engine goes through the children of a block.

    Attributes:
        entering: the tensors that enter the block.
        produced: the outputs of the last child; those that enter the block before the first.
    """

    def __init__(
        self, block: Block, entering: TensorRefs, inputs: Mapping[str, TensorRefs], names_in: NamesIn = referenced_names
    ) -> None:
        """Begin with the tensors that enter a block.

        Args:
        block: whose children.
        entering: the tensors that enter it.
        inputs: the network's inputs by name.
        names_in: returns the names that anything in a block refers to.
        """
        self.entering = entering
        self._block, self._names_in = block, names_in
        self._names = Scope[NodeResult | TensorRefs](entering, inputs, block.layers)
        self._around: dict[str, TensorIds] = {}
        self.produced = entering.tensors
        # whether the tensors that come next are all different and made by one child, so that no id need be compared
        self._plain = entering.ids == tuple(range(len(entering.ids)))

    def add(self, result: NodeResult) -> None:
        """Add the result of the next child."""
        if result.origins:
            self._around[result.node.name] = self._taken(result.node)[0].ids
        self._names.earlier[result.node.name] = self._names.last = result  # as `Scope.add` does, without a call
        self.produced, self._plain = result.produced, not result.origins

    def extend(self, results: Sequence[NodeResult]) -> None:
        """Add the results of the next children."""
        if any(map(_origins, results)):
            for result in results:
                self.add(result)
        elif results:
            self._names.earlier.update([(result.node.name, result) for result in results])
            self._names.last = last = results[-1]
            self.produced, self._plain = last.produced, True

    def sources(self, node: Node) -> tuple[TensorsOrMissing, TensorIds, Sequence[Problem]]:
        """Return the inputs of the next child, which of them are aliases, and the problems of its references."""
        if self._plain and not node.inputs:  # as nearly always
            return implicit_inputs(node, self.produced), (), ()
        taken, wrong = self._taken(node)
        return taken.tensors, aliases(node, taken.ids, self._names_in), wrong

    def _taken(self, node: Node) -> tuple[TensorRefs, Sequence[Problem]]:
        if node.inputs:
            return self.resolved(node.inputs)
        before = self.last
        return TensorRefs(implicit_inputs(node, before.tensors), implicit_inputs(node, before.ids)), ()

    @property
    def last(self) -> TensorRefs:
        """The outputs of the last child; what enters the block, before the first."""
        return self._refs(self._names.last)

    def _refs(self, outputs: NodeResult | TensorRefs) -> TensorRefs:
        if isinstance(outputs, TensorRefs):
            return outputs
        produced, name = outputs.produced, outputs.node.name
        if not outputs.origins:
            return TensorRefs(produced, fresh_ids(name, len(produced)))
        return TensorRefs(produced, to_outer(outputs.origins, self._around[name], name))

    def resolved(self, references: Sequence[str]) -> tuple[TensorRefs, Sequence[Problem]]:
        """Return the tensors that references mean, and the problems of those that mean nothing."""
        found = [self._resolve(reference) for reference in references]
        wrong = [each for each in found if isinstance(each, Problem)]
        known = [
            (Unresolved(reference), reference) if isinstance(each, Problem) else each
            for reference, each in zip(references, found, strict=True)
        ]
        return TensorRefs(tuple([tensor for tensor, _ in known]), tuple([id_ for _, id_ in known])), wrong

    def _resolve(self, reference: str) -> tuple[TensorOrMissing, TensorId] | Problem:
        try:
            outputs, name, port = self._names.resolve(reference)
        except ValueError as error:
            return Problem("error", message_of(error), "inputs")
        if outputs is None:
            return Problem("error", dangling(name, self._names.names(), self._block), "inputs")
        tensors, ids = self._refs(outputs)
        if len(tensors) == 1 and isinstance(tensors[0], Unresolved):
            return tensors[0], (name, port)
        if port >= len(tensors):
            return Problem("error", no_such_output(reference, len(tensors)), "inputs")
        return tensors[port], ids[port]
