"""Layers as text for the clipboard: a whole `.layers` document."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from layerledger.core.formats import native
from layerledger.core.network.nodes import Block, Network, Node
from layerledger.core.network.paths import NodePath, node_at, without_descendants


def copy(network: Network, paths: Iterable[NodePath]) -> str:
    """Return the nodes at `paths` as the text of a document with the network's inputs."""
    return write(network, [node_at(network, path) for path in without_descendants(paths)])


def write(network: Network, nodes: Sequence[Node]) -> str:
    """Return any nodes as the text of a document with the network's inputs."""
    return native.write(Network(name=network.name, inputs=network.inputs, root=Block(name="", layers=tuple(nodes))))


def paste(text: str) -> tuple[Node, ...]:
    """Return the nodes in the text of a document.

    Raises:
        FormatError: it is not a `.layers` document.
    """
    return native.read(text).layers
