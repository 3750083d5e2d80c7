"""Freezing and training nodes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from operator import is_

from layerledger.core.base.params import Value
from layerledger.core.edits.update import update
from layerledger.core.network.frozen import is_frozen
from layerledger.core.network.nodes import Block, Network, Node
from layerledger.core.network.paths import NodePath


def set_trainable(network: Network, paths: Iterable[NodePath], *, on: bool) -> Network:
    """Return `network` with nodes trained or frozen, none of which is inside another.

    A node states it only where the block around it does not say the same. Nodes inside a block follow the block, as
    after `requires_grad_` of a module in PyTorch.
    """
    for path in paths:
        stated = on if is_frozen(network, path[:-1]) == on else None
        network = update(network, path, lambda node, stated=stated: _stating(node, stated))
    return network


def _stating(node: Node, stated: Value) -> Node:
    if isinstance(node, Block):
        layers = tuple(_stating(child, None) for child in node.layers)
        node = node if all(map(is_, layers, node.layers)) else replace(node, layers=layers)
    same = type(node.trainable) is type(stated) and node.trainable == stated
    return node if same else replace(node, trainable=stated)
