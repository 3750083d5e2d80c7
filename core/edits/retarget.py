"""References and ties that follow renamed and moved nodes, and the check of a new name."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from unicodedata import category

from layerledger.core.base.messages import Message
from layerledger.core.edits.update import EditError
from layerledger.core.network.nodes import INPUT, Block, Network, Node


def check_name(name: str, taken: Collection[str]) -> None:
    """Check that `name` is valid and unused.

    Raises:
        EditError: it may not.
    """
    # Cc are control characters; Cs are unpaired surrogates, which no file can store.
    if not name or any(c in ".:" or category(c) in ("Cc", "Cs") for c in name):
        raise EditError('a name must not be empty or hold "." or ":"')
    if name == INPUT or name in taken:
        raise EditError(Message('"{name}" is taken; a name is used once in a block', name=name))


def with_inputs(node: Node, inputs: Sequence[str]) -> Node:
    """Return `node` with other inputs."""
    return node if tuple(inputs) == node.inputs else replace(node, inputs=tuple(inputs))


def map_references(node: Node, change: Callable[[str], str]) -> Node:
    """Return `node` with `change` done to each of its references."""
    return with_inputs(node, [change(reference) for reference in node.inputs])


def map_block_references(block: Block, change: Callable[[str], str]) -> Block:
    """Return `block` with `change` done to what its children and its outputs refer to."""
    layers = tuple(map_references(node, change) for node in block.layers)
    outputs = tuple(change(reference) for reference in block.outputs)
    return (
        block
        if _same(layers, block.layers) and outputs == block.outputs
        else replace(block, layers=layers, outputs=outputs)
    )


def _same(one: Sequence[Node], other: Sequence[Node]) -> bool:
    return all(a is b for a, b in zip(one, other, strict=True))


# -- ties


def retarget_ties(network: Network, names: Mapping[str, str]) -> Network:
    """Return `network` with every `tied_to` following renamed and moved nodes: dotted names, old to new."""
    root = retargeted(network.root, names)
    return network if root is network.root or not isinstance(root, Block) else replace(network, root=root)


def retargeted(node: Node, names: Mapping[str, str]) -> Node:
    """Return `node` with every `tied_to` at and below it following `names`."""
    if not names:
        return node
    if isinstance(node, Block):
        layers = tuple(retargeted(child, names) for child in node.layers)
        node = node if _same(layers, node.layers) else replace(node, layers=layers)
    if node.tied_to is None:
        return node
    tied_to = _followed(node.tied_to, names)
    return node if tied_to == node.tied_to else replace(node, tied_to=tied_to)


def _followed(name: str, names: Mapping[str, str]) -> str:
    """Return where a dotted name, or the longest start of it that has moved, is now."""
    start = name
    while start not in names:
        start, dot, _ = start.rpartition(".")
        if not dot:
            return name
    return names[start] + name[len(start) :]
