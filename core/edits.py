"""Every way to change a network: pure functions from a network to a network that shares all that did not change.

Paths are positions. An edit that cannot be done raises EditError with one sentence; a result that is wrong in content is
no error here: analysis reports it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import Any

from layerledger.core.network import (
    INPUT,
    NO_VALUES,
    Block,
    Layer,
    Network,
    NetworkInput,
    Node,
    Path,
    block_at,
    dotted,
    find,
    node_at,
    split_reference,
)
from layerledger.core.params import Value
from layerledger.core.shapes import FLOAT_DTYPES, Shape


class EditError(ValueError):
    """An edit that cannot be done, in one sentence."""


# -- one node


def update(network: Network, path: Path, change: Callable[[Node], Node]) -> Network:
    """Returns `network` with the node at `path` changed; only the nodes on the way to it are new."""
    root = _update(network.root, path, change)
    return network if root is network.root else replace(network, root=root)


def _update(node: Node, path: Path, change: Callable[[Node], Node]) -> Any:
    if not path:
        return change(node)
    if not isinstance(node, Block):
        raise IndexError(path)
    child = node.layers[path[0]]
    new = _update(child, path[1:], change)
    if new is child:
        return node
    return replace(node, layers=(*node.layers[: path[0]], new, *node.layers[path[0] + 1 :]))


def _set(network: Network, path: Path, **changes: Any) -> Network:
    def change(node: Node) -> Node:
        same = all(getattr(node, name) == value for name, value in changes.items())
        return node if same else replace(node, **changes)

    return update(network, path, change)


def set_param(network: Network, path: Path, name: str, value: Value) -> Network:
    """Returns `network` with one parameter of a layer set, right or wrong."""
    layer = _layer_at(network, path)
    if name in layer.params and repr(layer.params[name]) == repr(value):
        return network
    return _set(network, path, params=MappingProxyType({**layer.params, name: value}))


def reset_param(network: Network, path: Path, name: str) -> Network:
    """Returns `network` with one parameter left to its default, or to what follows from the input."""
    rest = {k: v for k, v in _layer_at(network, path).params.items() if k != name}
    return _set(network, path, params=MappingProxyType(rest) if rest else NO_VALUES)


def _layer_at(network: Network, path: Path) -> Layer:
    node = node_at(network, path)
    if not isinstance(node, Layer):
        raise EditError(f"{node.name} is a block and has no such parameter")
    return node


def set_type(network: Network, path: Path, type_name: str, params: Mapping[str, Value]) -> Network:
    """Returns `network` with a layer made another type."""
    return _set(network, path, type=type_name, params=MappingProxyType(dict(params)))


def set_repeat(network: Network, path: Path, repeat: int) -> Network:
    """Returns `network` with a block repeated `repeat` times."""
    return _set(network, path, repeat=repeat)


def set_share_weights(network: Network, path: Path, *, share: bool) -> Network:
    """Returns `network` with the copies of a block sharing their weights, or not."""
    return _set(network, path, share_weights=share)


def set_inputs(network: Network, path: Path, inputs: Sequence[str]) -> Network:
    """Returns `network` with a node wired to `inputs`; none stands for the layer before it."""
    return _set(network, path, inputs=tuple(inputs))


def set_outputs(network: Network, path: Path, outputs: Sequence[str]) -> Network:
    """Returns `network` with a block's outputs; none stands for its last layer. () is the network itself."""
    return _set(network, path, outputs=tuple(outputs))


def set_tied_to(network: Network, path: Path, target: str | None) -> Network:
    """Returns `network` with a node's weights tied to those of `target`, a dotted name."""
    return _set(network, path, tied_to=target or None)


# -- the network itself


def rename_network(network: Network, name: str) -> Network:
    """Returns `network` under another name."""
    return network if name == network.name else replace(network, name=name)


def set_input(
    network: Network, index: int, *, name: str | None = None, shape: Shape | None = None, dtype: str | None = None
) -> Network:
    """Returns `network` with one of its inputs changed; references follow its name."""
    old = network.inputs[index]
    new = replace(old, name=name or old.name, shape=old.shape if shape is None else shape, dtype=dtype or old.dtype)
    if (new.name, new.shape, new.dtype) == (old.name, old.shape, old.dtype):
        return network
    changed = replace(network, inputs=(*network.inputs[:index], new, *network.inputs[index + 1 :]))
    if new.name == old.name:
        return changed
    return replace(changed, root=_rename_everywhere(network.root, old.name, new.name))


def _rename_everywhere(block: Block, old: str, new: str) -> Block:
    """Follows a renamed network input into all blocks where no layer has the name."""
    if any(node.name == old for node in block.layers):
        return block
    layers = tuple(_rename_everywhere(n, old, new) if isinstance(n, Block) else n for n in block.layers)
    return _map_references(replace(block, layers=layers), lambda ref: _renamed(ref, old, new))


def set_batch(network: Network, batch: int) -> Network:
    """Returns `network` with dimension 0 of every input set."""
    for i, given in enumerate(network.inputs):
        if given.shape:
            network = set_input(network, i, shape=(batch, *given.shape[1:]))
    return network


def set_float_dtype(network: Network, dtype: str) -> Network:
    """Returns `network` with the dtype of every floating-point input set."""
    for i, given in enumerate(network.inputs):
        if given.dtype in FLOAT_DTYPES:
            network = set_input(network, i, dtype=dtype)
    return network


def add_input(network: Network, given: NetworkInput) -> Network:
    """Returns `network` with one more input, under a name of its own."""
    taken = {i.name for i in network.inputs} | {n.name for n in network.layers}
    return replace(network, inputs=(*network.inputs, replace(given, name=free_name(given.name, taken))))


def remove_input(network: Network, index: int) -> Network:
    """Returns `network` without one of its inputs."""
    return replace(network, inputs=(*network.inputs[:index], *network.inputs[index + 1 :]))


# -- names and references


def free_name(wanted: str, taken: Iterable[str]) -> str:
    """Returns `wanted`, or with the next number that makes it free: conv, conv2, conv3."""
    used = {*taken, INPUT}
    if wanted not in used:
        return wanted
    stem = wanted.rstrip("0123456789") or wanted
    number = int(wanted[len(stem) :] or 1)
    while f"{stem}{number}" in used or f"{stem}{number}" == wanted:
        number += 1
    return f"{stem}{number}"


def rename(network: Network, path: Path, name: str) -> Network:
    """Returns `network` with a node renamed; what refers to it follows.

    Raises:
        EditError: the name is empty, holds a dot or a colon, or is taken.
    """
    name, old = name.strip(), node_at(network, path).name
    if name == old:
        return network
    siblings = block_at(network, path[:-1]).layers
    if not name or any(c in name for c in ".:"):
        raise EditError('a name must not be empty or hold "." or ":"')
    if name == INPUT or any(node.name == name for node in siblings):
        raise EditError(f'"{name}" is taken; a name is used once in a block')
    before = dotted(network, path)
    twins = sum(node.name == old for node in siblings) > 1
    renamed = _set(network, path, name=name)
    if not twins:
        renamed = update(renamed, path[:-1], lambda b: _map_references(_block(b), lambda r: _renamed(r, old, name)))
    return retie(renamed, before, dotted(renamed, path))


def _renamed(reference: str, old: str, new: str) -> str:
    name, colon, port = reference.partition(":")
    return f"{new}{colon}{port}" if name == old else reference


def _block(node: Node) -> Block:
    assert isinstance(node, Block)
    return node


def _map_references(block: Block, change: Callable[[str], str]) -> Block:
    """Returns `block` with `change` done to what its children and its outputs refer to."""
    layers = tuple(_with_inputs(node, [change(r) for r in node.inputs]) for node in block.layers)
    outputs = tuple(change(r) for r in block.outputs)
    same = outputs == block.outputs and all(a is b for a, b in zip(layers, block.layers, strict=True))
    return block if same else replace(block, layers=layers, outputs=outputs)


def _with_inputs(node: Node, inputs: Sequence[str]) -> Node:
    return node if tuple(inputs) == node.inputs else replace(node, inputs=tuple(inputs))


def retie(network: Network, before: str, after: str) -> Network:
    """Follows a renamed or moved node in every `tied_to`."""

    def change(node: Node) -> Node:
        if isinstance(node, Block):
            layers = tuple(change(n) for n in node.layers)
            node = node if all(a is b for a, b in zip(layers, node.layers, strict=True)) else replace(node, layers=layers)
        tied = node.tied_to
        if tied is None or not (tied == before or tied.startswith(f"{before}.")):
            return node
        return replace(node, tied_to=after + tied[len(before) :])

    root = _block(change(network.root))
    return network if root is network.root else replace(network, root=root)


# -- the list of nodes


def insert(network: Network, path: Path, nodes: Sequence[Node]) -> Network:
    """Returns `network` with `nodes` before position `path`; names that are taken get a number."""
    parent, at = path[:-1], path[-1]
    block = block_at(network, parent)
    taken = {node.name for node in block.layers} | ({i.name for i in network.inputs} if not parent else set())
    new = _renamed_apart(nodes, taken)
    return update(network, parent, lambda b: replace(b, layers=(*block.layers[:at], *new, *block.layers[at:])))


def _renamed_apart(nodes: Sequence[Node], taken: Iterable[str]) -> tuple[Node, ...]:
    """Gives `nodes` names that are free; references among them follow."""
    used, names = set(taken), dict[str, str]()
    for node in nodes:
        names[node.name] = free_name(node.name, used)
        used.add(names[node.name])
    changed = {old: new for old, new in names.items() if old != new}
    if not changed:
        return tuple(nodes)

    def follow(reference: str) -> str:
        name = reference.partition(":")[0]
        return _renamed(reference, name, changed.get(name, name))

    return tuple(
        replace(node, name=names[node.name], inputs=tuple(follow(r) for r in node.inputs)) for node in nodes
    )


def remove(network: Network, paths: Iterable[Path]) -> Network:
    """Returns `network` without some nodes; what referred to one refers to what fed it."""
    for path in sorted(outermost(paths), reverse=True):
        network = update(network, path[:-1], lambda b, at=path[-1]: _without(_block(b), at))
    return network


def _without(block: Block, at: int) -> Block:
    gone = block.layers[at]
    left = replace(block, layers=(*block.layers[:at], *block.layers[at + 1 :]))
    if any(node.name == gone.name for node in left.layers):
        return left
    source = _source(block, at)
    return _map_references(left, lambda ref: source if ref.partition(":")[0] == gone.name else ref)


def _source(block: Block, at: int) -> str:
    """Returns a reference to what feeds the child at `at`."""
    node = block.layers[at]
    if node.inputs:
        return node.inputs[0]
    return block.layers[at - 1].name if at else INPUT


def outermost(paths: Iterable[Path]) -> list[Path]:
    """Returns `paths` in order, without those inside another."""
    found: list[Path] = []
    for path in sorted(set(paths)):
        if path and not (found and path[: len(found[-1])] == found[-1]):
            found.append(path)
    return found


def move(network: Network, paths: Iterable[Path], to: Path) -> tuple[Network, list[Path]]:
    """Moves nodes, in order, before position `to`.

    Returns:
        The network and where the nodes are now.

    Raises:
        EditError: a block would be moved into itself.
    """
    moved = outermost(paths)
    if any(to[: len(path)] == path for path in moved):
        raise EditError("a block cannot be moved into itself")
    nodes = [node_at(network, path) for path in moved]
    names = [dotted(network, path) for path in moved]
    target = to
    for path in reversed(moved):
        block = block_at(network, path[:-1])
        left = (*block.layers[: path[-1]], *block.layers[path[-1] + 1 :])
        network = update(network, path[:-1], lambda b, left=left: replace(_block(b), layers=left))
        target = _after_removal(target, path)
    network = insert(network, target, nodes)
    now = [(*target[:-1], target[-1] + i) for i in range(len(nodes))]
    for before, path in zip(names, now, strict=True):
        if find(network, before) is None:
            network = retie(network, before, dotted(network, path))
    return network, now


def _after_removal(path: Path, removed: Path) -> Path:
    """Returns where `path` is once the node at `removed` is gone."""
    depth = len(removed) - 1
    if len(path) > depth and path[:depth] == removed[:depth] and path[depth] > removed[depth]:
        return (*path[:depth], path[depth] - 1, *path[depth + 1 :])
    return path


def shift(network: Network, paths: Iterable[Path], by: int) -> tuple[Network, list[Path]]:
    """Moves neighbouring nodes one up (-1) or down (+1) among their siblings, or out of their block at its end."""
    moved = siblings(paths)
    parent, first, last = moved[0][:-1], moved[0][-1], moved[-1][-1]
    if by < 0:
        to = (*parent, first - 1) if first else parent
    else:
        last_place = len(block_at(network, parent).layers) - 1
        to = (*parent, last + 2) if last < last_place else (*parent[:-1], parent[-1] + 1) if parent else ()
    return move(network, moved, to) if to else (network, moved)


def siblings(paths: Iterable[Path]) -> list[Path]:
    """Returns `paths` in order.

    Raises:
        EditError: they are not neighbours in one block.
    """
    found = outermost(paths)
    if not found:
        raise EditError("select a layer first")
    together = [(*found[0][:-1], found[0][-1] + i) for i in range(len(found))]
    if found != together:
        raise EditError("select layers that follow one another in one block")
    return found


def duplicate(network: Network, paths: Iterable[Path]) -> tuple[Network, list[Path]]:
    """Inserts copies of nodes after the last of them; returns the network and where the copies are."""
    chosen = outermost(paths)
    if not chosen:
        raise EditError("select a layer first")
    nodes = [replace(node_at(network, path)) for path in chosen]
    at = (*chosen[-1][:-1], chosen[-1][-1] + 1)
    return insert(network, at, nodes), [(*at[:-1], at[-1] + i) for i in range(len(nodes))]


def reachable(network: Network, path: Path) -> list[str]:
    """Returns the names that the node at `path` may take as inputs: earlier siblings and what comes from outside."""
    block = block_at(network, path[:-1])
    own = [node.name for node in block.layers[: path[-1]]]
    outer = [i.name for i in network.inputs if i.name not in own]
    return [*reversed(own), INPUT, *outer]


def reference_name(reference: str) -> str:
    """Returns the name in a reference, without its output number; a malformed one comes back whole."""
    try:
        return split_reference(reference)[0]
    except ValueError:
        return reference
