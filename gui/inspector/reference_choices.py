"""What the lists of the inspector offer: references to choose from, with their shapes, and layers with like weights."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

from layerledger.core import edits
from layerledger.core.analysis import NodeResult
from layerledger.core.base.shapes import TensorSpec, shape_text
from layerledger.core.network.nodes import INPUT, Block, Layer, Node
from layerledger.core.network.paths import NodePath, block_at, dotted, node_at, walk
from layerledger.gui.document.document import Document

Entry: TypeAlias = tuple[str, str]
"""What a list shows, and what it stands for."""

# -- what there is to choose from


def before(document: Document, path: NodePath) -> str:
    """Return a reference to what a node without inputs is fed."""
    return node_at(document.network, (*path[:-1], path[-1] - 1)).name if path[-1] else INPUT


def sources(document: Document, path: NodePath) -> list[Entry]:
    """Return the references that the node at `path` may take, nearest first, with their shapes."""
    parent = path[:-1]
    siblings = block_at(document.network, parent).layers[: path[-1]]
    found = [entry for i in reversed(range(len(siblings))) for entry in _ports(document, (*parent, i))]
    own = {node.name for node in siblings}
    outer = document.result.inputs.items()
    return [
        *found,
        *_named(INPUT, _block_inputs(document, parent)),
        *[(_described(name, [spec], 0), name) for name, spec in outer if name not in own],
    ]


def children(document: Document, path: NodePath) -> list[Entry]:
    """Return the references that the outputs of the block at `path` may name, last first."""
    return sources(document, (*path, len(block_at(document.network, path).layers)))


def describe(document: Document, path: NodePath, reference: str) -> str:
    """Return a reference of the node at `path` with its shape."""
    name = edits.reference_name(reference)
    siblings = block_at(document.network, path[:-1]).layers[: path[-1]]
    at = next((i for i in reversed(range(len(siblings))) if siblings[i].name == name), None)
    if at is not None:
        known = _ports(document, (*path[:-1], at))
    elif name == INPUT:
        known = _named(INPUT, _block_inputs(document, path[:-1]))
    else:
        known = [(_described(n, [spec], 0), n) for n, spec in document.result.inputs.items() if n == name]
    return next((text for text, value in known if value == reference), reference)


def _block_inputs(document: Document, path: NodePath) -> Sequence[object]:
    block = document.result.at(path)
    return block.inputs if block else ()


def _ports(document: Document, path: NodePath) -> list[Entry]:
    result = document.result.at(path)
    return _named(node_at(document.network, path).name, (result.outputs if result else None) or ())


def _named(name: str, specs: Sequence[object]) -> list[Entry]:
    """Return an entry for each of several outputs: name, name:1, …"""
    ports = [name, *(f"{name}:{i}" for i in range(1, len(specs)))]
    return [(_described(port, specs, i), port) for i, port in enumerate(ports)]


def _described(text: str, specs: Sequence[object], i: int) -> str:
    spec = specs[i] if i < len(specs) else None
    return f"{text}  {shape_text(spec.shape)}" if isinstance(spec, TensorSpec) else text


# -- weights of another node


def has_weights(node: Node, result: NodeResult | None) -> bool:
    """Return whether tying a node makes sense, or has been done."""
    if node.tied_to is not None:
        return True
    if isinstance(node, Block):
        return bool(result and result.cost.params)
    return bool(result and result.op and "params" in result.op.formulas)


def ties(document: Document, path: NodePath) -> list[Entry]:
    """Return the nodes whose weights the one at `path` could have: those of its type with as many params."""
    own = node_at(document.network, path)
    result = document.result.at(path)
    params = result.cost.params if result and own.tied_to is None else None
    found: list[Entry] = []
    for other, node in walk(document.network.root):
        inside = other[: len(path)] == path or path[: len(other)] == other
        if not inside and _alike(own, node) and params in (None, _params(document, other)):
            name = dotted(document.network, other)
            found.append((name, name))
    return found


def _params(document: Document, path: NodePath) -> int | None:
    result = document.result.at(path)
    return result.cost.params if result else None


def _alike(one: Node, other: Node) -> bool:
    if isinstance(one, Layer) and isinstance(other, Layer):
        return one.type == other.type and other.tied_to is None
    return isinstance(one, Block) and isinstance(other, Block) and other.tied_to is None
