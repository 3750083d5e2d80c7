"""The place of a new layer, and what it takes there."""

from __future__ import annotations

from layerledger.core.base.shapes import TensorSpec
from layerledger.core.network.nodes import Block
from layerledger.core.network.paths import NodePath, node_at
from layerledger.gui.document.document import Document


def insertion_point(document: Document) -> NodePath:
    """Return the path for a new node: after the selection, in a selected empty block, or at the end."""
    network, selection = document.network, document.selection
    if not selection or not selection[-1]:
        return (0,) if selection else (len(network.layers),)
    last = selection[-1]
    if isinstance(block := node_at(network, last), Block) and not block.layers:
        return (*last, 0)
    return (*last[:-1], last[-1] + 1)


def inputs_at(document: Document, path: NodePath) -> tuple[TensorSpec, ...]:
    """Return the implicit inputs of a node at `path`; () where they are not known."""
    if path[-1]:
        before = document.result.at((*path[:-1], path[-1] - 1))
        return before.outputs or () if before else ()
    block = document.result.at(path[:-1])
    return (block.known_inputs or ()) if block else ()
