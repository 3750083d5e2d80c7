"""Edits of the list of nodes: insert, remove, move, duplicate."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from layerledger.core.analysis.wiring import implicit_inputs, implicit_reference
from layerledger.core.edits.retarget import map_block_references, retarget_ties, retargeted, with_inputs
from layerledger.core.edits.update import EditError, check_limits, splice, update_block
from layerledger.core.network.nodes import INPUT, Block, Network, Node
from layerledger.core.network.paths import Names, NodePath, block_at, copied, dotted, node_at, without_descendants
from layerledger.core.network.references import FreeNames, reference_name, renamed, reserved, shortest


def require_siblings(paths: Iterable[NodePath]) -> list[NodePath]:
    """Return `paths` in order.

    Raises:
        EditError: they are not neighbours in one block.
    """
    found = _chosen(paths)
    if found != consecutive(found[0], len(found)):
        raise EditError("select layers that follow one another in one block")
    return found


def _chosen(paths: Iterable[NodePath]) -> list[NodePath]:
    found = without_descendants(paths)
    if not found:
        raise EditError("select a layer first")
    return found


def consecutive(first: NodePath, length: int) -> list[NodePath]:
    """Return the paths of `length` neighbours from `first` on."""
    return [(*first[:-1], first[-1] + i) for i in range(length)]


# -- insert


def insert(network: Network, path: NodePath, nodes: Sequence[Node]) -> Network:
    """Return `network` with `nodes` before position `path`.

    Names that are taken get a number, and references among `nodes` follow.

    Raises:
        EditError: it would be too large or too deep for a file.
    """
    new = _renamed_apart(nodes, _taken(network, path[:-1]))
    return _inserted(network, path, new)


def _inserted(network: Network, path: NodePath, nodes: tuple[Node, ...]) -> Network:
    def change(block: Block) -> Block:
        return replace(block, layers=splice(block.layers, path[-1], 0, nodes))

    return check_limits(update_block(network, path[:-1], change)) if nodes else network


def _taken(network: Network, parent: NodePath) -> set[str]:
    return {node.name for node in block_at(network, parent).layers} | reserved(network)


def _renamed_apart(nodes: Sequence[Node], taken: Iterable[str]) -> tuple[Node, ...]:
    """Give `nodes` names that are free; references among them follow."""
    free = FreeNames(taken)
    names = [free.take(node.name) for node in nodes]
    changed = {node.name: name for node, name in zip(nodes, names, strict=True)}
    return tuple(
        node if name == node.name and not node.inputs else _renamed(node, name, changed)
        for node, name in zip(nodes, names, strict=True)
    )


def _renamed(node: Node, name: str, names: dict[str, str]) -> Node:
    inputs = tuple(renamed(reference, names) for reference in node.inputs)
    return node if name == node.name and inputs == node.inputs else replace(node, name=name, inputs=inputs)


def duplicate(network: Network, paths: Iterable[NodePath]) -> tuple[Network, list[NodePath]]:
    """Insert copies of nodes after the last of them; what refers among them refers among the copies.

    Returns:
        The network and where the copies are.

    Raises:
        EditError: nothing is selected, or it would be too large for a file.
    """
    chosen = _chosen(paths)
    at = (*chosen[-1][:-1], chosen[-1][-1] + 1)
    nodes = [copied(node_at(network, path)) for path in chosen]
    new = _renamed_apart(nodes, _taken(network, at[:-1]))
    start = dotted(network, at[:-1])
    ties = {dotted(network, p): f"{start}.{n.name}" if start else n.name for p, n in zip(chosen, new, strict=True)}
    return _inserted(network, at, tuple(retargeted(node, ties) for node in new)), consecutive(at, len(new))


# -- remove


def remove(network: Network, paths: Iterable[NodePath]) -> Network:
    """Return `network` without some nodes; references to a removed node become references to its first input."""
    return _taken_out(network, without_descendants(paths))


def _taken_out(network: Network, paths: Sequence[NodePath], *, plainly_from: NodePath | None = None) -> Network:
    """Return `network` without the nodes at `paths`; in one block, references to them stay as they are."""
    positions: dict[NodePath, set[int]] = {}
    for path in paths:
        node_at(network, path)
        positions.setdefault(path[:-1], set()).add(path[-1])
    # The deepest and last parents first, so that the paths of the others stay valid.
    for parent in sorted(positions, reverse=True):
        gone = positions[parent]
        leave = _only if parent == plainly_from else _without
        network = update_block(network, parent, lambda block, leave=leave, gone=gone: leave(block, gone))
    return network


def _only(block: Block, gone: set[int]) -> Block:
    """Return `block` without the children at some positions."""
    return replace(block, layers=tuple(node for i, node in enumerate(block.layers) if i not in gone))


def _without(block: Block, gone: set[int]) -> Block:
    """Return `block` without some children; references to them become references to their first inputs."""
    left = _only(block, gone)
    if not left.layers:
        return replace(left, outputs=())
    sources = _sources(block, gone)
    layers = tuple(_fed_on(block, i, sources) for i in range(len(block.layers)) if i not in gone)
    kept = {node.name for node in layers}
    # A child that stays may have the name of a removed one; references then mean that child.
    sources = {name: source for name, source in sources.items() if name not in kept}
    return map_block_references(replace(left, layers=layers), lambda ref: sources.get(reference_name(ref), ref))


def _sources(block: Block, gone: set[int]) -> dict[str, str]:
    """Return the first input of the children at some positions, by name; of a removed input, its own first input."""
    found: dict[str, str] = {}
    for i in sorted(gone):
        node, before = block.layers[i], implicit_reference(block.layers, i)
        # A node that takes the one before it among others is replaced by that: of an Add, the main path stays, not
        # the skip.
        source = node.inputs[0] if node.inputs and before not in map(shortest, node.inputs) else before
        found[node.name] = found.get(reference_name(source), source)
    return found


def _fed_on(block: Block, at: int, sources: Mapping[str, str]) -> Node:
    """Return a child that stays, with its implicit input written out where the removal would change it."""
    node, before = block.layers[at], implicit_reference(block.layers, at)
    if node.inputs or before not in sources or not implicit_inputs(node, (before,)):
        return node
    stays = next((block.layers[i].name for i in reversed(range(at)) if block.layers[i].name not in sources), INPUT)
    return node if sources[before] == stays else with_inputs(node, (sources[before],))


# -- move


def move(network: Network, paths: Iterable[NodePath], to: NodePath) -> tuple[Network, list[NodePath]]:
    """Move nodes, in order, before position `to`.

    Their own references stay as they are. In a block that they leave, references to a node become references to its
    first input.

    Returns:
        The network and where the nodes are now.

    Raises:
        EditError: a block would be moved into itself, or nested too deeply.
    """
    moved = without_descendants(paths)
    if any(len(to) > len(path) and to[: len(path)] == path for path in moved):
        raise EditError("a block cannot be moved into itself")
    if not moved or _stays(moved, to):
        return network, moved
    nodes = [node_at(network, path) for path in moved]
    before = [dotted(network, path) for path in moved]
    target = to
    # From the last one on: a removal shifts only the positions behind it.
    for path in reversed(moved):
        target = _after_removal(target, path)
    new = insert(_taken_out(network, moved, plainly_from=to[:-1]), target, nodes)
    now, there = consecutive(target, len(nodes)), Names(new)
    # A dotted name that still leads to a node is that of another node: ties to it stay.
    names = {old: dotted(new, path) for old, path in zip(before, now, strict=True) if there.find(old) is None}
    return retarget_ties(new, names), now


def _stays(moved: Sequence[NodePath], to: NodePath) -> bool:
    """Return whether the nodes are neighbours already at position `to`."""
    first = moved[0]
    together = list(moved) == consecutive(first, len(moved)) and to[:-1] == first[:-1]
    return together and first[-1] <= to[-1] <= first[-1] + len(moved)


def _after_removal(path: NodePath, removed: NodePath) -> NodePath:
    """Return where `path` is once the node at `removed` is gone."""
    depth = len(removed) - 1
    if len(path) > depth and path[:depth] == removed[:depth] and path[depth] > removed[depth]:
        return (*path[:depth], path[depth] - 1, *path[depth + 1 :])
    return path


def shift(network: Network, paths: Iterable[NodePath], by: int) -> tuple[Network, list[NodePath]]:
    """Move neighbouring nodes one up (-1) or down (+1) among their siblings, or out of their block at its end.

    Returns:
        The network and where the nodes are now.

    Raises:
        EditError: the nodes are not neighbours in one block.
    """
    moved = require_siblings(paths)
    to = _above(moved) if by < 0 else _below(network, moved)
    return move(network, moved, to) if to else (network, moved)


def _above(moved: Sequence[NodePath]) -> NodePath:
    """Return the position one up; before the block at its top; () at the top of all."""
    parent, first = moved[0][:-1], moved[0][-1]
    return (*parent, first - 1) if first else parent


def _below(network: Network, moved: Sequence[NodePath]) -> NodePath:
    """Return the position one down; behind the block at its end; () at the end of all."""
    parent, last = moved[-1][:-1], moved[-1][-1]
    if last < len(block_at(network, parent).layers) - 1:
        return (*parent, last + 2)
    return (*parent[:-1], parent[-1] + 1) if parent else ()
