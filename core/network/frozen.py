"""Freezing: the nodes whose weights training does not change.

A layer or block may state `trainable`. The nearest statement decides, that of the layer itself before those of the
blocks around it, as in PyTorch, where `requires_grad` belongs to each parameter. Without one, weights are trained.
"""

from __future__ import annotations

from layerledger.core.base.params import Value
from layerledger.core.network.nodes import Block, Network, Node
from layerledger.core.network.paths import NodePath


def frozen_below(stated: Value, *, above: bool) -> bool:
    """Return whether a node that states `trainable` so is frozen, in a block that is frozen or not."""
    return not stated if isinstance(stated, bool) else above


def is_frozen(network: Network, path: NodePath) -> bool:
    """Return whether training leaves the weights of a node as they are; the path () is the network itself."""
    node: Node = network.root
    found = frozen_below(node.trainable, above=False)
    for i in path:
        assert isinstance(node, Block)
        node = node.layers[i]
        found = frozen_below(node.trainable, above=found)
    return found


def states_trainable(node: Node) -> bool:
    """Return whether a node or one inside it states `trainable`."""
    return node.trainable is not None or (isinstance(node, Block) and any(map(states_trainable, node.layers)))
