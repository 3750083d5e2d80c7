"""A block's layers in place of the block, a copy for each repeat, with the wiring kept as it was.

Idea: the copies are made in the order of the passes. What reads `input` in the block reads the inputs of the block in
the first copy, and in each other one the outputs of the copy before it. What refers to the block refers to the outputs
of the last copy. Shared weights become ties to the first copy. Cost: the nodes of all copies, and a pass over the
siblings; an analysis where none is given, as in `group`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from layerledger.core.analysis import Result
from layerledger.core.analysis.wiring import implicit_inputs
from layerledger.core.base.messages import Message
from layerledger.core.base.params import show
from layerledger.core.edits.arrange import consecutive
from layerledger.core.edits.output_counts import OutputCounts, implicit_outputs
from layerledger.core.edits.retarget import map_references, retarget_ties, retargeted, with_inputs
from layerledger.core.edits.update import EditError, check_limits, splice, update
from layerledger.core.network.nodes import INPUT, Block, Network, Node
from layerledger.core.network.paths import NodePath, block_at, copied, count_nodes, dotted, find, node_at
from layerledger.core.network.references import FreeNames, join_reference, reserved, split_reference

MAX_UNROLLED = 1_000
"""Most layers that ungrouping a repeated block makes."""


def ungroup(network: Network, path: NodePath, *, result: Result | None = None) -> tuple[Network, list[NodePath]]:
    """Put a block's nodes in its place, a copy for each repeat; shared weights become tied ones.

    Args:
        network: where the block is.
        path: of the block.
        result: the network's analysis, where there is one; without it, the network is analysed.

    Returns:
        The network and where the nodes are.

    Raises:
        EditError: this is no block, or there would be too many copies.
    """
    block = node_at(network, path)
    if not isinstance(block, Block) or not path:
        raise EditError("select a block to ungroup")
    if block.repeat < 1:
        raise EditError(
            Message(
                "{name} is repeated {repeat} times; set its repeat to 1 or more first",
                name=block.name,
                repeat=show(block.repeat),
            )
        )
    if block.repeat > 1 and block.repeat * count_nodes(block) > MAX_UNROLLED:
        raise EditError(
            Message(
                "ungrouping {name} would make more than {max_unrolled:,} layers; lower its repeat first",
                name=block.name,
                max_unrolled=MAX_UNROLLED,
            )
        )
    splice = _Splice(OutputCounts(network, result), network, path, _weights(network, path, block))
    new = check_limits(update(splice.network, path[:-1], lambda _: splice.parent()))
    return new, consecutive(path, len(splice.nodes))


def _weights(network: Network, path: NodePath, block: Block) -> list[str]:
    """Return whose weights the children have, as dotted names; none where they have their own."""
    if block.tied_to is None:
        return []
    found = find(network, block.tied_to)
    target = node_at(network, found) if found else None
    if not isinstance(target, Block) or len(target.layers) != len(block.layers):
        raise EditError(
            Message(
                "{name} has the weights of {tied_to}; untie it before you ungroup it",
                name=block.name,
                tied_to=block.tied_to,
            )
        )
    return [f"{block.tied_to}.{node.name}" for node in target.layers]


class _Splice:
    """The copies of a block's children, wired as the block was.

    Attributes:
        network: the network with ties following to the first copy.
        nodes: the copies in order.
    """

    def __init__(self, counts: OutputCounts, network: Network, path: NodePath, weights: Sequence[str]) -> None:
        self._block = block = block_at(network, path)
        self._counts, self._path, self._weights = counts, path, weights
        self._parent = block_at(network, path[:-1])
        # The name of the block becomes free; those of the network's inputs never are.
        self._free = FreeNames({node.name for node in self._parent.layers} - {block.name} | reserved(network))
        self._prefix = "".join(f"{name}." for name in dotted(network, path[:-1]).split(".") if name)
        self._inside = f"{self._prefix}{block.name}."
        self._before = self._counts.before(path[:-1], path[-1])
        self._given = block.inputs or self._before
        self.nodes: list[Node] = []
        # Order matters: the first copy takes its names first, then ties follow to it, and the children are read from
        # the network in which they do.
        self._first = self._names(0)
        self.network = retarget_ties(network, self._moved(self._first))
        self._copy(0, block_at(self.network, path).layers, self._first)
        # The first copy takes the nodes themselves, so that views keep them; the others get new ones.
        for number in range(1, block.repeat if block.layers else 1):
            self._copy(number, [copied(node) for node in block.layers], self._names(number))

    def _names(self, number: int) -> dict[str, str]:
        """Return the names of a copy's nodes by their names in the block."""
        suffix = f"_{number + 1}" if number else ""
        return {node.name: self._free.take(node.name + suffix) for node in self._block.layers}

    def _moved(self, names: Mapping[str, str]) -> dict[str, str]:
        return {self._inside + old: self._prefix + new for old, new in names.items()}

    def _copy(self, number: int, children: Sequence[Node], names: Mapping[str, str]) -> None:
        sources, before = self._given, self._before
        for i, child in enumerate(children):
            node = replace(map_references(child, lambda ref: _outside(ref, names, sources)), name=names[child.name])
            if i == 0 and not node.inputs and implicit_inputs(node, before) != implicit_inputs(node, sources):
                node = with_inputs(node, implicit_inputs(node, sources))
            self.nodes.append(self._freezing(self._tied(node, number, i, names), i))
        if children:
            self._before = tuple(
                _outside(ref, names, ()) for ref in implicit_outputs(self._block, self._counts, self._path)
            )
            outputs = tuple(_outside(ref, names, sources) for ref in self._block.outputs)
            self._given = outputs or self._before

    def _freezing(self, node: Node, i: int) -> Node:
        """Return a node of a copy that is frozen, or trained, as in the block."""
        stated = self._block.trainable
        states = stated is not None and node.trainable is None and self._counts.has_weights((*self._path, i))
        return replace(node, trainable=stated) if states else node

    def _tied(self, node: Node, number: int, i: int, names: Mapping[str, str]) -> Node:
        """Return a node of a copy with its weights where they belong."""
        if number:
            node = retargeted(node, self._moved(names))
        if node.tied_to is not None or not self._counts.has_weights((*self._path, i)):
            return node
        if self._weights:
            return replace(node, tied_to=self._weights[i])
        first = self._prefix + self._first[self._block.layers[i].name]
        return replace(node, tied_to=first) if number and self._block.share_weights else node

    def parent(self) -> Block:
        """Return the block around, with the nodes in place of the block."""
        at, parent = self._path[-1], block_at(self.network, self._path[:-1])
        places = {join_reference(self._block.name, i): ref for i, ref in enumerate(self._given)}
        after = [map_references(node, lambda ref: _place(ref, places)) for node in parent.layers[at + 1 :]]
        if (
            after
            and not after[0].inputs
            and implicit_inputs(after[0], self._before) != implicit_inputs(after[0], self._given)
        ):
            after[0] = with_inputs(after[0], implicit_inputs(after[0], self._given))
        outputs = tuple(_place(ref, places) for ref in parent.outputs)
        if not after and not outputs and self._given != self._before:
            outputs = self._given
        layers = splice(parent.layers, at, len(parent.layers), (*self.nodes, *after))
        return replace(parent, layers=layers, outputs=outputs)


def _outside(reference: str, names: Mapping[str, str], sources: Sequence[str]) -> str:
    """Return a reference in the block as it is written outside; one that means nothing stays.

    Not the work of a `Scope`: a reference to a later node follows the node's new name too, wrong as it is.
    """
    try:
        name, port = split_reference(reference)
    except ValueError:
        return reference
    if name == INPUT:
        return sources[port] if port < len(sources) else reference
    return join_reference(names[name], port) if name in names else reference


def _place(reference: str, places: Mapping[str, str]) -> str:
    try:
        return places.get(join_reference(*split_reference(reference)), reference)
    except ValueError:
        return reference
