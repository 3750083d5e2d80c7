"""Layers into a block, with the wiring kept as it was.

Idea: the children keep the references among them. What they take from outside becomes an input of the block, which they
read as `input`, `input:1` and so on; what is taken from them outside becomes an output. An implicit input is written
out only where the block would change its meaning. Cost: a pass over the siblings, and an analysis where none is given:
the numbers of outputs say what a node without `inputs` takes.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from layerledger.core.analysis import Result
from layerledger.core.analysis.wiring import implicit_inputs
from layerledger.core.edits.arrange import require_siblings
from layerledger.core.edits.output_counts import OutputCounts
from layerledger.core.edits.retarget import map_references, retarget_ties, with_inputs
from layerledger.core.edits.ungroup import MAX_UNROLLED, ungroup
from layerledger.core.edits.update import check_limits, splice, update
from layerledger.core.network.nodes import INPUT, Block, Network, Node
from layerledger.core.network.paths import NodePath, block_at, dotted
from layerledger.core.network.references import free_name, join_reference, reference_name, reserved, shortest

__all__ = ["MAX_UNROLLED", "group", "ungroup"]


def group(
    network: Network, paths: Iterable[NodePath], name: str = "block", *, result: Result | None = None
) -> tuple[Network, NodePath]:
    """Put neighbouring nodes into a new block; what they refer to outside becomes the block's inputs.

    Args:
        network: where the nodes are.
        paths: of the nodes.
        name: of the block, which gets a number where it is taken.
        result: the network's analysis, where there is one; without it, the network is analysed.

    Returns:
        The network and where the block is.

    Raises:
        EditError: the nodes are not neighbours in one block, or would be nested too deeply.
    """
    chosen = require_siblings(paths)
    at = chosen[0]
    group = _Group(OutputCounts(network, result), network, at[:-1], range(at[-1], at[-1] + len(chosen)))
    new = check_limits(update(network, at[:-1], lambda _: group.parent(name)))
    names = {dotted(network, path): dotted(new, (*at, i)) for i, path in enumerate(chosen)}
    return retarget_ties(new, names), at


class _Group:
    """The children of a block from `first` to before `end`, and the wiring around them."""

    def __init__(self, counts: OutputCounts, network: Network, path: NodePath, positions: range) -> None:
        self._block, self._path = block_at(network, path), path
        self._first, self._end = first, end = positions.start, positions.stop
        self._inner = self._block.layers[first:end]
        self._names = {node.name for node in self._inner}
        self._reserved = reserved(network)
        self._counts = counts
        self._sources: list[str] = []

    def parent(self, wanted: str) -> Block:
        """Return the block that holds the group, with the group as a block."""
        layers, name = self._block.layers, self._free_name(wanted)
        # First: it finds the sources, of which the inputs of the block are made.
        inner = self._children()
        outputs = self._outputs()
        new = Block(name=name, layers=inner, inputs=self._inputs(inner), outputs=outputs)
        places = {ref: join_reference(name, i) for i, ref in enumerate(outputs or self._of_last())}
        after = [map_references(node, lambda ref: places.get(shortest(ref), ref)) for node in layers[self._end :]]
        if after and not after[0].inputs:
            after[0] = self._next(after[0], places)
        return replace(
            self._block,
            layers=splice(layers, self._first, len(layers), (new, *after)),
            outputs=tuple(places.get(shortest(ref), ref) for ref in self._block.outputs),
        )

    def _free_name(self, wanted: str) -> str:
        """Return a name that is not taken, nor waited for by a reference that leads nowhere."""
        outside = {node.name for node in self._block.layers} - self._names
        # Such a name would give a wrong reference a meaning.
        awaited = {reference_name(ref) for node in self._block.layers for ref in node.inputs} - self._names
        return free_name(wanted, outside | awaited | self._reserved)

    # -- what goes in

    def _children(self) -> tuple[Node, ...]:
        given = self._counts.before(self._path, self._first)
        start = implicit_inputs(self._inner[0], given) if not self._inner[0].inputs else ()
        self._sources = list(start)
        children = [map_references(node, self._inside) for node in self._inner]
        # Inputs that later children need follow those that the first child takes implicitly. If it would now take
        # more, its own are written out.
        if start and self._sources != list(start) and implicit_inputs(children[0], tuple(self._sources)) != start:
            children[0] = with_inputs(children[0], [join_reference(INPUT, i) for i in range(len(start))])
        return tuple(children)

    def _inside(self, reference: str) -> str:
        """Return what a reference is called inside; one that leads nowhere, or to the network's input, stays."""
        name = reference_name(reference)
        leads = name == INPUT or self._counts.resolves(reference, self._path, self._first)
        if name in self._names or not leads:
            return reference
        if shortest(reference) not in self._sources:
            self._sources.append(shortest(reference))
        return join_reference(INPUT, self._sources.index(shortest(reference)))

    def _inputs(self, children: tuple[Node, ...]) -> tuple[str, ...]:
        """Return the block's inputs; () where it takes only what is before it."""
        before = self._counts.before(self._path, self._first)
        start = implicit_inputs(children[0], before) if not children[0].inputs else before[:1]
        return () if self._sources in ([], list(start)) else tuple(self._sources)

    # -- what comes out

    def _of_last(self) -> tuple[str, ...]:
        return self._counts.of((*self._path, self._end - 1), self._inner[-1].name)

    def _outputs(self) -> tuple[str, ...]:
        """Return the last node's outputs and all else that is used outside; none where the former are all."""
        used = [shortest(ref) for node in self._block.layers[self._end :] for ref in node.inputs]
        used += map(shortest, self._block.outputs)
        mine = [ref for ref in used if reference_name(ref) in self._names]
        valid = [ref for ref in dict.fromkeys(mine) if self._counts.resolves(ref, self._path, self._end)]
        if set(valid) <= set(self._of_last()):
            return ()
        return tuple(dict.fromkeys((*self._of_last(), *valid)))

    def _next(self, node: Node, places: dict[str, str]) -> Node:
        """Return the node behind the group, with the group's last node as its input still."""
        wanted = tuple(places[ref] for ref in implicit_inputs(node, self._of_last()))
        return node if implicit_inputs(node, tuple(places.values())) == wanted else with_inputs(node, wanted)
