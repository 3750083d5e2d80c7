"""Changing one node of a network: all others stay the same objects."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from itertools import groupby
from operator import is_

from layerledger.core.base.messages import Message
from layerledger.core.network.nodes import MAX_DEPTH, MAX_LAYERS, Block, Network, Node
from layerledger.core.network.paths import NodePath, count_nodes


class EditError(ValueError):
    """An edit that cannot be done, in one sentence."""


def update(network: Network, path: NodePath, change: Callable[[Node], Node]) -> Network:
    """Return `network` with the node at `path` changed; only the nodes on the way to it are new."""
    return update_all(network, [path], change)


def update_all(network: Network, paths: Iterable[NodePath], change: Callable[[Node], Node]) -> Network:
    """Return `network` with the nodes at `paths`, none of which is inside another, changed in one go.

    Raises:
        IndexError: there is no such node.
    """
    found = sorted(set(paths))
    root = _changed(network.root, found, 0, change) if found else network.root
    return network if root is network.root or not isinstance(root, Block) else replace(network, root=root)


def update_block(network: Network, path: NodePath, change: Callable[[Block], Block]) -> Network:
    """Return `network` with the block at `path` changed."""

    def change_block(node: Node) -> Node:
        if not isinstance(node, Block):
            raise IndexError(path)
        return change(node)

    return update(network, path, change_block)


def _changed(node: Node, paths: Sequence[NodePath], depth: int, change: Callable[[Node], Node]) -> Node:
    """Return a node with those changed that are at or below it: `paths`, in order, alike up to `depth`."""
    if len(paths[0]) == depth:
        return change(node)
    if not isinstance(node, Block) or paths[0][depth] < 0:
        raise IndexError(paths[0])
    layers = list(node.layers)
    # groupby joins only neighbours, so `paths` must be sorted.
    for i, below in groupby(paths, key=lambda path: path[depth]):
        layers[i] = _changed(layers[i], list(below), depth + 1, change)
    return node if all(map(is_, layers, node.layers)) else replace(node, layers=tuple(layers))


def splice(nodes: tuple[Node, ...], at: int, gone: int, new: tuple[Node, ...]) -> tuple[Node, ...]:
    """Return `nodes` with `gone` of them from `at` on replaced by `new`."""
    return (*nodes[:at], *new, *nodes[at + gone :])


def check_limits(network: Network) -> Network:
    """Return a network that has grown.

    Raises:
        EditError: no file can hold it any more.
    """
    if network.root.height > MAX_DEPTH + 1:
        raise EditError(
            Message("blocks can be nested {max_depth} deep, and no deeper; ungroup some first", max_depth=MAX_DEPTH)
        )
    if (count := count_nodes(network.root)) > MAX_LAYERS:
        raise EditError(
            Message(
                "this would make {count:,} layers and blocks; at most {max_layers:,} fit",
                count=count,
                max_layers=MAX_LAYERS,
            )
        )
    return network
