"""The entries of the inspector's lists: references to choose from, with their shapes, and layers to tie weights to."""

from __future__ import annotations

from math import prod
from typing import TypeAlias

from layerledger.core.analysis import NodeResult
from layerledger.core.analysis.choices import choices_at, scope_at
from layerledger.core.analysis.node_result import TensorOrMissing, TensorsOrMissing
from layerledger.core.analysis.wiring import Scope, implicit_reference
from layerledger.core.base.shapes import TensorSpec, shape_text
from layerledger.core.layers import LAYER_TYPES
from layerledger.core.network.nodes import Block, Layer, Node
from layerledger.core.network.paths import WEIGHT, NodePath, block_at, dotted, node_at, walk
from layerledger.gui.document.document import Document

Entry: TypeAlias = tuple[str, str]
"""The text that a list shows, and its value."""

# -- references


def before(document: Document, path: NodePath) -> str:
    """Return a reference to the first output that a node without `inputs` takes."""
    return implicit_reference(block_at(document.network, path[:-1]).layers, path[-1])


def sources(document: Document, path: NodePath) -> list[Entry]:
    """Return the references that the node at `path` can have, nearest first, with their shapes."""
    return [(_described(reference, tensor), reference) for reference, tensor in choices_at(document.result, path)]


def children(document: Document, path: NodePath) -> list[Entry]:
    """Return the references that the outputs of the block at `path` can have, last first."""
    return sources(document, (*path, len(block_at(document.network, path).layers)))


class Describer:
    """References of the node at `path` as the lists show them, with their shapes."""

    def __init__(self, document: Document, path: NodePath) -> None:
        self._document, self._path = document, path
        self._scope: Scope[TensorsOrMissing] | None = None

    def __call__(self, reference: str) -> str:
        if self._scope is None:
            self._scope = scope_at(self._document.result, self._path)
        try:
            outputs, _, port = self._scope.resolve(reference)
        except ValueError:
            return reference
        return _described(reference, outputs[port]) if outputs and port < len(outputs) else reference


def _described(reference: str, tensor: TensorOrMissing) -> str:
    return f"{reference}  {shape_text(tensor.shape)}" if isinstance(tensor, TensorSpec) else reference


# -- weights of another node


def has_weights(node: Node, result: NodeResult | None) -> bool:
    """Return whether tying a node makes sense, or has been done."""
    if node.tied_to is not None:
        return True
    if isinstance(node, Block):
        return bool(result and result.cost.params)
    op = (result and result.op) or LAYER_TYPES.get(node.type)  # while a parameter is wrong, what its type says
    return op is not None and "params" in op.formulas


def ties(document: Document, path: NodePath) -> list[Entry]:
    """Return the nodes whose weights the one at `path` could have: those of its type with as many params.

    After them come the other layers whose weight alone is as large as its own.
    """
    own = node_at(document.network, path)
    result = document.result.at(path)
    params = result.cost.params if result and own.tied_to is None else None
    found: list[Entry] = []
    for other, node in walk(document.network.root):
        inside = other[: len(path)] == path or path[: len(other)] == other
        if not inside and _alike(own, node) and params in (None, _params(document, other)):
            name = dotted(document.network, other)
            found.append((name, name))
    whole = {name for name, _ in found}
    return [*found, *(entry for entry in _single_weights(document, path) if entry[0].removesuffix(WEIGHT) not in whole)]


def _single_weights(document: Document, path: NodePath) -> list[Entry]:
    """Return the weights of other layers that are as large as that of the layer at `path`."""
    size = _weight_size(document.result.at(path))
    found: list[Entry] = []
    if size is None:
        return found
    for other, node in walk(document.network.root):
        if other != path and node.tied_to is None and _weight_size(document.result.at(other)) == size:
            name = dotted(document.network, other) + WEIGHT
            found.append((name, name))
    return found


def _weight_size(result: NodeResult | None) -> int | None:
    if result is None or result.op is None or result.known_inputs is None:
        return None
    shape = result.op.weight_shape(result.known_inputs)
    return prod(shape) if shape else None


def _params(document: Document, path: NodePath) -> int | None:
    result = document.result.at(path)
    return result.cost.params if result else None


def _alike(one: Node, other: Node) -> bool:
    if isinstance(one, Layer) and isinstance(other, Layer):
        return one.type == other.type and other.tied_to is None
    return isinstance(one, Block) and isinstance(other, Block) and other.tied_to is None
