"""Check for outputs that nobody reads: layers whose work is lost, often a reference that was not rewired.

Which outputs are read depends on the wiring alone: names, types, inputs and outputs. So the paths found are kept for
each block (key: its identity), and an edit that changes no wiring takes over those of the block before it. Without
that, an edit of 1,000 residual blocks takes 2.7 times as long.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from itertools import compress
from operator import is_not
from typing import TypeAlias

from layerledger.core.analysis.node_result import NodeResult, Problem
from layerledger.core.analysis.wiring import implicit_arity
from layerledger.core.base import units
from layerledger.core.base.messages import Message
from layerledger.core.network.nodes import INPUT, Block, Network, Node
from layerledger.core.network.paths import NodePath, block_at, dotted

UnreadPaths: TypeAlias = dict[Block, tuple[NodePath, ...]]
"""The paths of the nodes inside a block whose outputs nobody reads, counted from that block."""


def unread_problems(network: Network, root: NodeResult, known: UnreadPaths, before: Block | None) -> Iterator[Problem]:
    """Yield a warning for each node whose outputs no other reads and its block does not return.

    Args:
        network: as it was analysed.
        root: its result.
        known: the paths of blocks that were checked before; those of this network are added.
        before: the block of everything before an edit.
    """
    for path in _paths(network.root, known, before):
        block = block_at(network, path[:-1])
        yield Problem("warning", _sentence(root, path[:-1], block, path[-1]), None, dotted(network, path), path)


def _paths(block: Block, known: UnreadPaths, before: Block | None = None) -> tuple[NodePath, ...]:
    found = known.get(block)
    if found is None and before is not None and before in known and _wired_alike(block, before):
        found = known[before]
    if found is None:
        own = [(i,) for i in unread(block)]
        inner = [(i, _paths(node, known)) for i, node in enumerate(block.layers) if isinstance(node, Block)]
        found = (*own, *[(i, *path) for i, paths in inner for path in paths])
    known[block] = found
    return found


def _wired_alike(block: Block, before: Block) -> bool:
    """Return whether two versions of a block, and the blocks in them, differ in nothing but values."""
    new, old = block.layers, before.layers
    if len(new) != len(old) or block.outputs != before.outputs:
        return False
    # An edit changes one child of many: `compress` finds it without a step of Python for each.
    return all(_in_the_same_place(*pair) for pair in compress(zip(new, old, strict=True), map(is_not, new, old)))


def _in_the_same_place(node: Node, before: Node) -> bool:
    if node.name != before.name or node.inputs != before.inputs:
        return False
    if isinstance(node, Block):
        return isinstance(before, Block) and _wired_alike(node, before)
    return not isinstance(before, Block) and node.type == before.type


def unread(block: Block) -> list[int]:
    """Return the positions of the children whose outputs nobody reads."""
    layers = block.layers
    named: set[str] = {each.partition(":")[0] for each in block.outputs}
    read: set[int] = set() if block.outputs else {len(layers) - 1}
    # Once over all layers for each edit: most have no `inputs`, and those cost one test.
    for i, node in enumerate(layers):
        if node.inputs:
            named.update([each.partition(":")[0] for each in node.inputs])
        elif _takes_before(node):
            read.add(i - 1)
    return [i for i, node in enumerate(layers) if i not in read and node.name not in named]


def _takes_before(node: Node) -> bool:
    """Return whether a node without `inputs` takes the outputs before it."""
    return isinstance(node, Block) or implicit_arity(node.type) != 0


def _sentence(root: NodeResult, path: NodePath, block: Block, position: int) -> Message:
    wasted = _macs(root, path, _only_for(block, position))
    place = Message("the outputs of {name}", name=block.name) if path else Message("the outputs of the network")
    if not wasted:
        return Message("nothing reads its output; add it to {place}, or delete the layer", place=place)
    return Message(
        "nothing reads its output, yet it takes {share} of the MACs, with the layers that only it needs; add it to "
        "{place}, or delete the layer",
        share=units.share(wasted, root.cost.macs),
        place=place,
    )


def _only_for(block: Block, position: int) -> set[int]:
    """Return the positions of a child that nobody reads, and of those that are read only for its sake."""
    places = {node.name: i for i, node in enumerate(block.layers)}
    ends = [places.get(each.partition(":")[0], -1) for each in block.outputs] or [len(block.layers) - 1]
    others = [i for i in unread(block) if i != position]
    return _needed(block, places, [position]) - _needed(block, places, [*ends, *others])


def _needed(block: Block, places: dict[str, int], ends: Sequence[int]) -> set[int]:
    """Return the positions of some children and of all whose outputs they need."""
    found: set[int] = set()
    waiting = list(ends)
    while waiting:
        i = waiting.pop()
        if i < 0 or i in found:
            continue
        found.add(i)
        node = block.layers[i]
        if node.inputs:
            waiting += [places.get(each.partition(":")[0], -1) for each in node.inputs if each != INPUT]
        elif _takes_before(node):
            waiting.append(i - 1)
    return found


def _macs(result: NodeResult, path: NodePath, positions: Collection[int]) -> int:
    """Return the MACs of some children of the block at `path`, in all passes."""
    found = 0
    for run in result.passes:
        if path:
            inside = run.children[path[0]] if path[0] < len(run.children) else None
            found += run.times * _macs(inside, path[1:], positions) if inside else 0
        else:
            found += run.times * sum(run.children[i].cost.macs for i in positions if i < len(run.children))
    return found
