"""Layers as text: what copy puts on the clipboard and paste takes from it, a whole `.layers` document."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from layerledger.core.formats import native
from layerledger.core.network.nodes import Block, Network, Node
from layerledger.core.network.paths import NodePath, node_at, without_descendants


def copy(network: Network, paths: Iterable[NodePath]) -> str:
    """Return the nodes at `paths` as the text of a document with the network's inputs."""
    return write(network, [node_at(network, path) for path in without_descendants(paths)])


def write(network: Network, nodes: Sequence[Node]) -> str:
    """Return nodes that may be none of the network's as the text of a document with its inputs."""
    return native.write(Network(name=network.name, inputs=network.inputs, root=Block(name="", layers=tuple(nodes))))


def paste(text: str) -> tuple[Node, ...]:
    """Return the nodes that `text` holds.

    Raises:
        FormatError: it is no `.layers` document.
    """
    return native.read(text).layers
