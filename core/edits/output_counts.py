"""How many tensors stand behind a name, so that wiring that is not written out can be."""

from __future__ import annotations

from layerledger.core.analysis import NodeResult, analyze
from layerledger.core.network.nodes import INPUT, Block, Network
from layerledger.core.network.paths import NodePath, block_at
from layerledger.core.network.references import join_reference, split_reference


class OutputCounts:
    """The outputs of the nodes of one network."""

    def __init__(self, network: Network) -> None:
        self._network = network
        self._result = analyze(network)

    def result(self, path: NodePath) -> NodeResult | None:
        """Return what is known of the node at `path`."""
        return self._result.at(path)

    def of(self, path: NodePath, name: str) -> tuple[str, ...]:
        """Return references to all outputs of the node at `path`, which is called `name`."""
        count = self._count(path)
        return tuple(join_reference(name, i) for i in range(1 if count is None else count))

    def before(self, parent: NodePath, at: int) -> tuple[str, ...]:
        """Return references to all that a child without `inputs` is given at position `at` of a block."""
        if at:
            return self.of((*parent, at - 1), block_at(self._network, parent).layers[at - 1].name)
        result = self._result.at(parent)
        return tuple(join_reference(INPUT, i) for i in range(len(result.inputs) if result else 1))

    def resolves(self, reference: str, parent: NodePath, end: int) -> bool:
        """Return whether a reference means an output of a node before position `end` of a block."""
        try:
            name, port = split_reference(reference)
        except ValueError:
            return False
        layers = block_at(self._network, parent).layers
        at = next((i for i in reversed(range(end)) if layers[i].name == name), None)
        count = self._count((*parent, at)) if at is not None else 0
        return count is None or port < count

    def has_weights(self, path: NodePath) -> bool:
        """Return whether the node at `path` has weights of its own, or may have."""
        result = self._result.at(path)
        return result is None or bool(result.uncounted_layers or result.cost.params or result.cost.buffers)

    def _count(self, path: NodePath) -> int | None:
        result = self._result.at(path)
        if result is None or (result.missing and not result.partial):
            return None
        return len(result.produced)


def implicit_outputs(block: Block, ports: OutputCounts, path: NodePath) -> tuple[str, ...]:
    """Return references to what a block without `outputs` gives out."""
    last = len(block.layers) - 1
    return ports.of((*path, last), block.layers[last].name) if block.layers else ()
