"""Layers as text: what copy puts on the clipboard and paste takes from it, a whole `.layers` document."""

from __future__ import annotations

from collections.abc import Iterable

from layerledger.core.edits import outermost
from layerledger.core.formats import native
from layerledger.core.network import Block, Network, Node, Path, node_at


def copy(network: Network, paths: Iterable[Path]) -> str:
    """Returns the nodes at `paths` as the text of a document with the network's inputs."""
    nodes = tuple(node_at(network, path) for path in outermost(paths))
    return native.write(Network(name=network.name, inputs=network.inputs, root=Block(name="", layers=nodes)))


def paste(text: str) -> tuple[Node, ...]:
    """Returns the nodes that `text` holds.

    Raises:
        FormatError: it is no `.layers` document.
    """
    return native.read(text).layers
