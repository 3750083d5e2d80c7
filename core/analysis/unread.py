"""Check for outputs that nobody reads: layers whose work is lost, often a reference that was not rewired."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence

from layerledger.core.analysis.node_result import NodeResult, Problem
from layerledger.core.analysis.wiring import implicit_arity
from layerledger.core.base.messages import Message
from layerledger.core.network.nodes import INPUT, Block, Network, Node
from layerledger.core.network.paths import NodePath, block_at, dotted


def unread_problems(network: Network, root: NodeResult, paths: Iterable[NodePath]) -> Iterator[Problem]:
    """Yield a warning for each node, given by its path, whose outputs nobody reads."""
    for path in paths:
        block = block_at(network, path[:-1]) if path[1:] else network.root
        yield Problem("warning", _sentence(root, path[:-1], block, path[-1]), None, dotted(network, path), path)


def wired_alike(node: Node, before: Node) -> bool:
    """Return whether two nodes in the same place read the same outputs."""
    if node.name != before.name or node.inputs != before.inputs:
        return False
    if isinstance(node, Block):
        return isinstance(before, Block) and node.outputs == before.outputs
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
    # Imported here: few networks have such a layer, and the text of numbers needs fractions.
    from layerledger.core.base import units

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
