"""The number of outputs behind each name, so that implicit wiring can be written out."""

from __future__ import annotations

from layerledger.core.analysis import NodeResult, Result, analyze
from layerledger.core.analysis.choices import is_unknown, scope_at
from layerledger.core.analysis.node_result import TensorsOrMissing
from layerledger.core.analysis.wiring import Scope
from layerledger.core.network.nodes import INPUT, Block, Network
from layerledger.core.network.paths import NodePath, block_at
from layerledger.core.network.references import join_reference


class OutputCounts:
    """The outputs of the nodes of one network."""

    def __init__(self, network: Network, result: Result | None = None) -> None:
        """Analyse the network, unless that is done.

        Args:
            network: whose nodes.
            result: its analysis, where there is one; of another network, it only speeds up the analysis.
        """
        self._network = network
        known = result is not None and result.network is network
        self._result = result if result is not None and known else analyze(network, previous=result)
        # Key: the parent and the position up to which children are in scope; valid for one result, so for this
        # object.
        self._scopes: dict[NodePath, Scope[TensorsOrMissing]] = {}

    def result(self, path: NodePath) -> NodeResult | None:
        """Return the result of the node at `path`."""
        return self._result.at(path)

    def of(self, path: NodePath, name: str) -> tuple[str, ...]:
        """Return references to all outputs of the node at `path`, which is called `name`."""
        result = self._result.at(path)
        count = 1 if result is None or is_unknown(result.produced) else len(result.produced)
        return tuple(join_reference(name, i) for i in range(count))

    def before(self, parent: NodePath, at: int) -> tuple[str, ...]:
        """Return references to all outputs before a child without `inputs` at position `at` of a block."""
        if at:
            return self.of((*parent, at - 1), block_at(self._network, parent).layers[at - 1].name)
        result = self._result.at(parent)
        return tuple(join_reference(INPUT, i) for i in range(len(result.inputs) if result else 1))

    def resolves(self, reference: str, parent: NodePath, end: int) -> bool:
        """Return whether a reference means an output of a node before position `end` of a block."""
        path = (*parent, end)
        if path not in self._scopes:
            self._scopes[path] = scope_at(self._result, path)
        scope = self._scopes[path]
        try:
            outputs, name, port = scope.resolve(reference)
        except ValueError:
            return False
        return outputs is not None and name in scope.earlier and (is_unknown(outputs) or port < len(outputs))

    def has_weights(self, path: NodePath) -> bool:
        """Return whether the node at `path` has weights of its own, or may have."""
        result = self._result.at(path)
        return result is None or bool(result.uncounted_layers or result.cost.params or result.cost.buffers)


def implicit_outputs(block: Block, counts: OutputCounts, path: NodePath) -> tuple[str, ...]:
    """Return references to the outputs of a block without `outputs`."""
    last = len(block.layers) - 1
    return counts.of((*path, last), block.layers[last].name) if block.layers else ()
