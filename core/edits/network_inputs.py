"""Edits of the network's inputs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from layerledger.core.base.messages import Message
from layerledger.core.base.shapes import ELEMENT_BYTES, FLOAT_DTYPES, Shape
from layerledger.core.edits.retarget import check_name, map_block_references
from layerledger.core.edits.update import EditError
from layerledger.core.network.nodes import INPUT, Block, Network, NetworkInput
from layerledger.core.network.paths import walk
from layerledger.core.network.references import free_name, join_reference, renamed, reserved, split_reference


def set_input(
    network: Network, index: int, *, name: str | None = None, shape: Shape | None = None, dtype: str | None = None
) -> Network:
    """Return `network` with one of its inputs changed; references follow its name.

    Raises:
        EditError: the name cannot be one, or is taken.
    """
    old = network.inputs[index]
    new = replace(old, name=name or old.name, shape=old.shape if shape is None else shape, dtype=dtype or old.dtype)
    if (new.name, new.shape, new.dtype) == (old.name, old.shape, old.dtype):
        return network
    changed = replace(network, inputs=(*network.inputs[:index], new, *network.inputs[index + 1 :]))
    if new.name == old.name:
        return changed
    check_name(new.name, reserved(network))
    # Anywhere in the network: a layer of that name would hide the input from its siblings and their children.
    if new.name in {node.name for _, node in walk(network.root)}:
        raise EditError(Message('"{name}" is the name of a layer', name=new.name))
    return replace(changed, root=_follow_input(network.root, {old.name: new.name}))


def _follow_input(block: Block, names: Mapping[str, str]) -> Block:
    """Return a block with references to a renamed network input changed, except where a child hides the input."""
    for i, node in enumerate(block.layers):
        if isinstance(node, Block) and (new := _follow_input(node, names)) is not node:
            block = replace(block, layers=(*block.layers[:i], new, *block.layers[i + 1 :]))
    # The name of a child hides a network input of the same name in this block.
    if any(node.name in names for node in block.layers):
        return block
    return map_block_references(block, lambda reference: renamed(reference, names))


def set_batch(network: Network, batch: int) -> Network:
    """Return `network` with dimension 0 of every input set."""
    for i, given in enumerate(network.inputs):
        if given.shape:
            network = set_input(network, i, shape=(batch, *given.shape[1:]))
    return network


def set_float_dtype(network: Network, dtype: str) -> Network:
    """Return `network` with the dtype of every floating-point input set, and of one that has none known."""
    for i, given in enumerate(network.inputs):
        if given.dtype in FLOAT_DTYPES or given.dtype not in ELEMENT_BYTES:
            network = set_input(network, i, dtype=dtype)
    return network


def add_input(network: Network, given: NetworkInput) -> Network:
    """Return `network` with one more input, under a name of its own."""
    name = free_name(given.name, {node.name for _, node in walk(network.root)} | reserved(network))
    return replace(network, inputs=(*network.inputs, replace(given, name=name)))


def remove_input(network: Network, index: int) -> Network:
    """Return `network` without one of its inputs; a reference to it is left, as a problem."""
    gone = network.inputs[index].name

    def change(reference: str) -> str:
        try:
            name, port = split_reference(reference)
        except ValueError:
            return reference
        if name != INPUT or port < index:
            return reference
        return gone if port == index else join_reference(INPUT, port - 1)

    inputs = (*network.inputs[:index], *network.inputs[index + 1 :])
    return replace(network, inputs=inputs, root=map_block_references(network.root, change))
