"""Nodes by place and by name: paths, walks, and the search for dotted names."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import TypeAlias

from layerledger.core.network.nodes import Block, Network, Node

NodePath: TypeAlias = tuple[int, ...]
"""The place of a node: positions from the top down. Not names: in a wrong file two siblings may have the same one."""


def node_at(network: Network, path: NodePath) -> Node:
    """Return the node at `path`; () is the root block.

    Raises:
        IndexError: there is no such node.
    """
    node: Node = network.root
    for i in path:
        if not isinstance(node, Block) or i < 0:
            raise IndexError(path)
        node = node.layers[i]
    return node


def node_exists(network: Network, path: NodePath) -> bool:
    """Return whether there is a node at `path`."""
    try:
        node_at(network, path)
    except IndexError:
        return False
    return True


def block_at(network: Network, path: NodePath) -> Block:
    """Return the block at `path`.

    Raises:
        IndexError: there is no such node, or it is a layer.
    """
    node = node_at(network, path)
    if not isinstance(node, Block):
        raise IndexError(path)
    return node


def dotted(network: Network, path: NodePath) -> str:
    """Return the names along `path`, joined by dots."""
    return ".".join(node_at(network, path[: depth + 1]).name for depth in range(len(path)))


def parent_name(network: Network, path: NodePath) -> str:
    """Return the name of the block around the node at `path`; empty at the top."""
    return block_at(network, path[:-1]).name if len(path) > 1 else ""


WEIGHT = ".weight"
"""The end of a tie to the weight of a layer alone, as PyTorch names that parameter: `embeddings.word.weight`."""


def ties_weight_only(tied_to: str | None) -> bool:
    """Return whether a tie is to a weight alone, so that the other weights of the layer, as its bias, are its own."""
    return tied_to is not None and tied_to.endswith(WEIGHT)


class Names:
    """Finds many nodes of one network by name."""

    def __init__(self, network: Network) -> None:
        self._root = network.root
        # Key: the block; kept as long as this object, which is one for many names of one network.
        self._positions: dict[Block, dict[str, int]] = {}

    def find(self, name: str) -> NodePath | None:
        """Return the path of the node of that dotted name, or None; of two siblings of one name, the first."""
        path: list[int] = []
        node: Node = self._root
        for part in name.split("."):
            at = self._among(node).get(part) if isinstance(node, Block) else None
            if at is None or not isinstance(node, Block):
                return None
            path.append(at)
            node = node.layers[at]
        return tuple(path)

    def find_tied(self, tied_to: str) -> NodePath | None:
        """Return the path of the node to whose weights, or to whose weight alone, a tie leads; None for no node."""
        found = self.find(tied_to)
        if found is not None or not ties_weight_only(tied_to):
            return found
        return self.find(tied_to.removesuffix(WEIGHT))

    def _among(self, block: Block) -> dict[str, int]:
        if block not in self._positions:
            # Reversed, so that of two siblings of one name the first one stays.
            self._positions[block] = {node.name: i for i, node in reversed([*enumerate(block.layers)])}
        return self._positions[block]


def find(network: Network, name: str) -> NodePath | None:
    """Return the path of the node of that dotted name, or None."""
    return Names(network).find(name)


def walk(block: Block) -> Iterator[tuple[NodePath, Node]]:
    """Yield every node below `block` with its path, parents first."""
    waiting: list[tuple[NodePath, Node]] = [((), block)]
    while waiting:
        path, node = waiting.pop()
        if path:
            yield path, node
        if isinstance(node, Block):
            waiting += [((*path, i), node.layers[i]) for i in reversed(range(len(node.layers)))]


def count_nodes(block: Block) -> int:
    """Return the number of layers and blocks below `block`, each once."""
    return len(block.layers) + sum(count_nodes(node) for node in block.layers if isinstance(node, Block))


def copied(node: Node) -> Node:
    """Return an equal node that shares no node with it: two places of a network have two nodes."""
    return replace(node, layers=tuple(map(copied, node.layers))) if isinstance(node, Block) else replace(node)


def without_descendants(paths: Iterable[NodePath]) -> list[NodePath]:
    """Return `paths` in order, without those inside another."""
    found: list[NodePath] = []
    # Sorted, a path comes directly before those inside it.
    for path in sorted(set(paths)):
        if path and not (found and path[: len(found[-1])] == found[-1]):
            found.append(path)
    return found
