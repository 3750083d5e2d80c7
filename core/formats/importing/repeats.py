"""Equal blocks that follow one another become one block with a repeat."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

from layerledger.core.network.nodes import INPUT, Block, Layer, Node
from layerledger.core.network.references import join_reference, reference_name, renamed, split_reference

MARK = "draft"
"""The key of an unfinished layer with the number of its operation, and whether no other layer is equal to it."""


def folded(block: Block) -> Block:
    """Return a block in which runs of equal blocks are one each, at every depth."""
    found = _Children(block)
    for i, node in enumerate(block.layers):
        if isinstance(node, Block):
            found.change(i, folded(node))
    found.merge()
    block = found.block()
    return _without_shell(block) if block.name else block


class _Run(NamedTuple):
    """Children that become one: `times` equal blocks from `start` on; `carried` further inputs are the same for all."""

    start: int
    times: int
    carried: int


class _Children:
    """The children of a block while they are changed; a reference keeps its meaning."""

    def __init__(self, block: Block) -> None:
        self._block = block
        self._layers: list[Node] = list(block.layers)
        self._outputs: tuple[str, ...] = block.outputs

    def block(self) -> Block:
        """Return the block with its new children."""
        return replace(self._block, layers=tuple(self._layers), outputs=self._outputs)

    def change(self, i: int, new: Block) -> None:
        """Put a block in the place of another, which may have fewer outputs."""
        old = self._layers[i]
        self._layers[i] = new
        if isinstance(old, Block) and _outputs(new) > max(_outputs(old), 1):
            self._state_use_of(i)

    def _state_use_of(self, i: int) -> None:
        """Name child `i` where it is taken as the node before, since that would be all of its outputs."""
        if i + 1 == len(self._layers):
            self._outputs = self._outputs or (self._layers[i].name,)
        elif not self._layers[i + 1].inputs:
            self._layers[i + 1] = replace(self._layers[i + 1], inputs=(self._layers[i].name,))

    def merge(self) -> None:
        """Make one child of each run of equal blocks."""
        used = self._uses()
        keys: dict[int, object] = {}
        runs: list[_Run] = []
        i = 0
        while i < len(self._layers):
            runs.append(self._run_at(i, used, keys))
            i += runs[-1].times
        if len(runs) < len(self._layers):
            self._merge_runs(runs)

    def _uses(self) -> Mapping[str, set[int]]:
        """Return the numbers of the children that refer to each name; the outputs come after all."""
        found: dict[str, set[int]] = {}
        for i, node in enumerate(self._layers):
            for reference in node.inputs:
                found.setdefault(reference_name(reference), set()).add(i)
        for reference in self._outputs:
            found.setdefault(reference_name(reference), set()).add(len(self._layers))
        return found

    def _run_at(self, start: int, used: Mapping[str, set[int]], keys: dict[int, object]) -> _Run:
        first = self._layers[start]
        if not isinstance(first, Block) or len(first.outputs) > 1 or first.repeat != 1:
            return _Run(start, 1, 0)
        carried, stem = first.inputs[1:], _stem(first.name)
        end = start + 1
        while end < len(self._layers) and self._continues(end, carried, used):
            # Blocks of different names, such as encoder and decoder, were told apart by a person.
            if _stem(self._layers[end].name) != stem or _key(self._layers[end], keys) != _key(first, keys):
                break
            end += 1
        return _Run(start, end - start, len(carried))

    def _continues(self, i: int, carried: tuple[str, ...], used: Mapping[str, set[int]]) -> bool:
        """Return whether a child takes only the one before it and what is carried, and nobody else takes that one."""
        node, before = self._layers[i], self._layers[i - 1].name
        takes = node.inputs == (before, *carried) or (not carried and not node.inputs)
        return isinstance(node, Block) and takes and used.get(before, set()) <= {i}

    def _merge_runs(self, runs: Sequence[_Run]) -> None:
        copies = self._layers
        self._layers = []
        names: dict[str, str] = {}
        for run in runs:
            node = copies[run.start]
            if any(reference_name(each) in names for each in node.inputs):
                node = replace(node, inputs=tuple(renamed(each, names) for each in node.inputs))
            if run.times > 1 and isinstance(node, Block):
                names[copies[run.start + run.times - 1].name] = node.name
                node = replace(node, repeat=run.times, outputs=_handing_on(node, run.carried))
                if run.carried and run.start + run.times < len(copies):
                    after = copies[run.start + run.times]
                    copies[run.start + run.times] = replace(after, inputs=after.inputs or (node.name,))
            self._layers.append(node)
        self._outputs = tuple(renamed(each, names) for each in self._outputs)
        if runs[-1].carried and runs[-1].times > 1:
            self._outputs = self._outputs or (self._layers[-1].name,)


def _handing_on(block: Block, carried: int) -> tuple[str, ...]:
    """Return the outputs of one of several copies that hands its further inputs on to the next."""
    if not carried:
        return block.outputs
    first = block.outputs or (block.layers[-1].name,)
    return (*first, *(join_reference(INPUT, i + 1) for i in range(carried)))


def _stem(name: str) -> str:
    """Return a name without its numbers."""
    return _NUMBERS.sub("", name)


_NUMBERS = re.compile(r"\d+")


def _outputs(block: Block) -> int:
    return len(block.outputs) or 1


def _without_shell(block: Block) -> Block:
    """Return the block in a block that does nothing but hold it, under the outer name: layers.0 ×12 becomes layers."""
    inner = block.layers[0] if len(block.layers) == 1 else None
    if not isinstance(inner, Block) or block.repeat != 1:
        return block
    wanted = tuple(join_reference(INPUT, i) for i in range(max(len(block.inputs), 1)))
    if inner.inputs not in ((), wanted):
        return block
    if [split_reference(each) for each in block.outputs] != [(inner.name, i) for i in range(len(block.outputs))]:
        return block
    return replace(inner, name=block.name, inputs=block.inputs)


def _key(node: Node, found: dict[int, object]) -> object:
    """Return what two nodes of equal content have in common, whatever the block's own name."""
    if isinstance(node, Layer):
        # A layer that shares its weights is equal only to itself.
        number, is_unique = _mark(node)
        return (node.type, node.params, node.stored_dtypes, node.trainable, number if is_unique else None)
    if id(node) not in found:
        inner = tuple([(each.name, each.inputs, _key(each, found)) for each in node.layers])
        found[id(node)] = (node.repeat, node.outputs, inner)
    return found[id(node)]


def _mark(layer: Layer) -> tuple[object, object]:
    mark = layer.extra[MARK]
    assert isinstance(mark, tuple)
    return mark[0], mark[1]
