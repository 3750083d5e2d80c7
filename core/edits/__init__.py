"""Every way to change a network: pure functions from a network to a network that shares all that did not change.

Paths are positions. An edit that cannot be done raises EditError with one sentence; a result that is wrong in content
is no error here: analysis reports it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from layerledger.core.base.dtypes import Dtypes
from layerledger.core.base.frozen_map import FrozenMap
from layerledger.core.base.messages import Message
from layerledger.core.base.params import Value
from layerledger.core.edits.arrange import duplicate, insert, move, remove, require_siblings, shift
from layerledger.core.edits.freeze import set_trainable
from layerledger.core.edits.network_inputs import add_input, remove_input, set_batch, set_float_dtype, set_input
from layerledger.core.edits.retarget import check_name, map_block_references, retarget_ties
from layerledger.core.edits.update import EditError, update, update_all, update_block
from layerledger.core.network.nodes import BLOCK, NO_VALUES, Block, Layer, Network, Node
from layerledger.core.network.paths import NodePath, block_at, dotted, find, node_at, without_descendants
from layerledger.core.network.references import free_name, reference_name, renamed, reserved

__all__ = [
    "EditError",
    "add_input",
    "duplicate",
    "free_name",
    "insert",
    "move",
    "reference_name",
    "remove",
    "remove_input",
    "rename",
    "rename_network",
    "require_siblings",
    "reset_param",
    "reset_params",
    "set_batch",
    "set_float_dtype",
    "set_input",
    "set_inputs",
    "set_outputs",
    "set_param",
    "set_params",
    "set_precision",
    "set_repeat",
    "set_share_weights",
    "set_stored_dtype",
    "set_tied_to",
    "set_trainable",
    "set_type",
    "shift",
    "update",
    "without_descendants",
]

# -- one node


def set_param(network: Network, path: NodePath, name: str, value: Value) -> Network:
    """Return `network` with one parameter of a layer set, right or wrong."""
    return set_params(network, [path], name, value)


def set_params(network: Network, paths: Iterable[NodePath], name: str, value: Value) -> Network:
    """Return `network` with one parameter of several layers set, right or wrong."""

    def with_it(node: Node) -> Node:
        layer = _as_layer(node)
        if name in layer.params and _alike(layer.params[name], value):
            return layer
        return replace(layer, params=FrozenMap({**layer.params, name: value}))

    return update_all(network, paths, with_it)


def _alike(one: Value, other: Value) -> bool:
    """Return whether two values are written the same: 1, 1.0 and true are equal in Python, but not in a file."""
    if isinstance(one, tuple) and isinstance(other, tuple):
        return len(one) == len(other) and all(map(_alike, one, other))
    return type(one) is type(other) and one == other


def reset_param(network: Network, path: NodePath, name: str) -> Network:
    """Return `network` with one parameter left to its default, or to what follows from the input."""
    return reset_params(network, [path], name)


def reset_params(network: Network, paths: Iterable[NodePath], name: str) -> Network:
    """Return `network` with one parameter of several layers left to its default, or to what follows."""

    def without_it(node: Node) -> Node:
        layer = _as_layer(node)
        rest = {k: v for k, v in layer.params.items() if k != name}
        if len(rest) == len(layer.params):
            return layer
        return replace(layer, params=FrozenMap(rest) if rest else NO_VALUES)

    return update_all(network, paths, without_it)


def set_type(network: Network, path: NodePath, type_name: str, params: Mapping[str, Value]) -> Network:
    """Return `network` with a layer made another type."""
    layer = _layer_at(network, path)
    if type_name == BLOCK:
        raise EditError(Message("{name} is a layer; group it to make a block", name=layer.name))
    return update(network, path, lambda _: replace(layer, type=type_name, params=FrozenMap(dict(params))))


def set_repeat(network: Network, path: NodePath, repeat: int) -> Network:
    """Return `network` with a block repeated `repeat` times."""
    return _set(network, path, _block_at(network, path), repeat=repeat)


def set_share_weights(network: Network, path: NodePath, *, share: bool) -> Network:
    """Return `network` with the copies of a block sharing their weights, or not."""
    return _set(network, path, _block_at(network, path), share_weights=share)


def set_inputs(network: Network, path: NodePath, inputs: Sequence[str]) -> Network:
    """Return `network` with a node wired to `inputs`; () means the layer before it."""
    return _set(network, path, node_at(network, path), inputs=tuple(inputs))


def set_outputs(network: Network, path: NodePath, outputs: Sequence[str]) -> Network:
    """Return `network` with a block's outputs set; () means its last layer. The path () is the network itself."""
    return _set(network, path, _block_at(network, path), outputs=tuple(outputs))


def set_tied_to(network: Network, path: NodePath, target: str | None) -> Network:
    """Return `network` with a node's weights tied to those of `target`, a dotted name."""
    return _set(network, path, node_at(network, path), tied_to=target or None)


def set_stored_dtype(network: Network, path: NodePath, part: str, dtype: str | None) -> Network:
    """Return `network` with the dtype in which a layer, or the whole network at (), stores numbers.

    `part` is one of KNOWN in core.base.dtypes. A `dtype` of None leaves it to the network, or as computed.
    """
    stated = _layer_at(network, path).stored_dtypes if path else network.stored_dtypes
    fresh = _restated(stated, {part: dtype})
    if fresh is stated:
        return network
    if not path:
        return replace(network, stored_dtypes=fresh)
    return update(network, path, lambda node: replace(_as_layer(node), stored_dtypes=fresh))


def set_precision(network: Network, stated: Dtypes) -> Network:
    """Return `network` with all of its dtypes set; a part that is not stated follows from the others."""
    fresh = _restated(network.stored_dtypes, stated._asdict())
    return network if fresh is network.stored_dtypes else replace(network, stored_dtypes=fresh)


def _restated(stated: Value, parts: Mapping[str, str | None]) -> Value:
    """Return the key `dtypes` with some parts set, or left out; parts that are unknown here stay."""
    before = dict(stated) if isinstance(stated, Mapping) else {}
    after: dict[str, Value] = {name: value for name, value in before.items() if name not in parts}
    after |= {name: value for name, value in parts.items() if value}
    if after == before and (stated is None or isinstance(stated, Mapping)):
        return stated
    return FrozenMap(after) if after else None


def _set(network: Network, path: NodePath, node: Node, **changes: Any) -> Network:
    if all(getattr(node, name) == value for name, value in changes.items()):
        return network
    return update(network, path, lambda _: replace(node, **changes))


def _layer_at(network: Network, path: NodePath) -> Layer:
    return _as_layer(node_at(network, path))


def _as_layer(node: Node) -> Layer:
    if not isinstance(node, Layer):
        raise EditError(Message("{name} is a block and has no parameters", name=node.name))
    return node


def _block_at(network: Network, path: NodePath) -> Block:
    node = node_at(network, path)
    if not isinstance(node, Block):
        raise EditError(Message("{name} is a layer; group it to make a block", name=node.name))
    return node


# -- names


def rename(network: Network, path: NodePath, name: str) -> Network:
    """Return `network` with a node renamed; what refers to it follows.

    Raises:
        EditError: the name cannot be one, or is taken.
    """
    if not path:
        raise IndexError(path)
    name, old = name.strip(), node_at(network, path).name
    if name == old:
        return network
    others = {node.name for i, node in enumerate(block_at(network, path[:-1]).layers) if i != path[-1]}
    check_name(name, others)
    if name in reserved(network):
        raise EditError(Message('"{name}" is the name of the network\'s input', name=name))
    # Found before the change: `first` says whether ties by this name mean the node.
    before, first = dotted(network, path), find(network, dotted(network, path)) == path
    new = update(network, path, lambda node: replace(node, name=name))
    # A sibling that has the old name too keeps the references to it. A tie means the first node of a name.
    if old not in others:
        new = update_block(
            new, path[:-1], lambda block: map_block_references(block, lambda ref: renamed(ref, {old: name}))
        )
    return retarget_ties(new, {before: dotted(new, path)}) if first else new


# -- the network itself


def rename_network(network: Network, name: str) -> Network:
    """Return `network` under another name."""
    return network if name == network.name else replace(network, name=name)
