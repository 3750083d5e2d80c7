"""Changing one node of a network: all others stay the same objects."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from layerledger.core.network import MAX_DEPTH, MAX_LAYERS, Block, Network, Node, Path, count_nodes


class EditError(ValueError):
    """An edit that cannot be done, in one sentence."""


def update(network: Network, path: Path, change: Callable[[Node], Node]) -> Network:
    """Returns `network` with the node at `path` changed; only the nodes on the way to it are new."""
    root = _update(network.root, path, change)
    return network if root is network.root or not isinstance(root, Block) else replace(network, root=root)


def update_block(network: Network, path: Path, change: Callable[[Block], Block]) -> Network:
    """Returns `network` with the block at `path` changed."""

    def change_block(node: Node) -> Node:
        if not isinstance(node, Block):
            raise IndexError(path)
        return change(node)

    return update(network, path, change_block)


def _update(node: Node, path: Path, change: Callable[[Node], Node]) -> Node:
    if not path:
        return change(node)
    if not isinstance(node, Block) or path[0] < 0:
        raise IndexError(path)
    child = node.layers[path[0]]
    new = _update(child, path[1:], change)
    return node if new is child else replace(node, layers=spliced(node.layers, path[0], 1, (new,)))


def spliced(nodes: tuple[Node, ...], at: int, gone: int, new: tuple[Node, ...]) -> tuple[Node, ...]:
    """Returns `nodes` with `gone` of them from `at` on replaced by `new`."""
    return (*nodes[:at], *new, *nodes[at + gone :])


def fitting(network: Network) -> Network:
    """Returns a network that has grown.

    Raises:
        EditError: no file can hold it any more.
    """
    if network.root.height > MAX_DEPTH + 1:
        raise EditError(f"blocks can be nested {MAX_DEPTH} deep, and no deeper; ungroup some first")
    if (count := count_nodes(network.root)) > MAX_LAYERS:
        raise EditError(f"this would make {count:,} layers and blocks; at most {MAX_LAYERS:,} fit")
    return network
