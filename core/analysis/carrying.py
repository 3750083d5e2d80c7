"""What an edit of a block left as it was: results at both ends of its children, not to be found one by one again."""

from __future__ import annotations

from collections.abc import Container, Sequence
from functools import cached_property
from typing import NamedTuple, TypeAlias

from layerledger.core.analysis.node_result import NodeResult, TensorIds, TensorsOrMissing
from layerledger.core.network.nodes import Block, Node

Pairs: TypeAlias = Sequence[tuple[Node, NodeResult | None]]
"""Children of a block, each with what is known of it, or of what was in its place, from before an edit."""


class PreviousBlock(NamedTuple):
    """What is known of a block from before an edit.

    Attributes:
        children: the results of its children in the first pass.
        holds: whether it was fed the same, and nothing was wrong.
    """

    children: Sequence[NodeResult] = ()
    holds: bool = False


NO_PREVIOUS = PreviousBlock()


def previous_block(before: NodeResult | None, sources: TensorsOrMissing, same: TensorIds) -> PreviousBlock:
    """Return what is known from the result in a block's place for one that is fed `sources`."""
    if before is None:
        return NO_PREVIOUS
    return PreviousBlock(before.children, before.is_clean and (before.inputs, before.aliases) == (sources, same))


class ChildReuse:
    """Compares a block with what it was.

    Attributes:
        front: the results of the first children, where they are what they were.
    """

    def __init__(self, block: Block, past: PreviousBlock, inputs: Container[str]) -> None:
        before = past.children
        nodes, old = block.layers, [result.node for result in before]
        ahead, behind = _ends(nodes, old)
        self._changed = _names(nodes[ahead : len(nodes) - behind]) | _names(old[ahead : len(old) - behind])
        # which of the network's inputs are hidden by a child, all children must know
        self._holds = past.holds and not any(name in inputs for name in self._changed)
        self._nodes, self._before = nodes, before
        self.reused_prefix = before[:ahead] if self._holds else ()
        between = len(nodes) - ahead - behind
        places = (*before[ahead : len(before) - behind][:between], *(None,) * (between - len(before) + ahead + behind))
        self._likely = (*before[:ahead], *places, *before[len(before) - behind :])
        self._until, self._compared = -1, len(nodes) - behind

    def with_previous(self) -> Pairs:
        """Return each child with its own result of before, or what was in its place."""
        return list(zip(self._nodes, self._likely, strict=True))

    def reused_suffix(self, results: Sequence[NodeResult]) -> Sequence[NodeResult]:
        """Return the results of all children behind these, where they are what they were.

        Args:
            results: those of the children so far; the last is as before.
        """
        n = len(results)
        if not (self._holds and self._compared < n < len(self._nodes)) or results[-1].origins:
            return ()
        for i in range(self._compared, n):
            if results[i] is not self._likely[i] or results[i].origins:  # it may hand on another tensor of that size
                self._until = max(self._until, self._last_readers.get(self._nodes[i].name, -1))
        self._compared = n
        return self._before[n - len(self._nodes) :] if max(self._until, self._changed_until) < n else ()

    @cached_property
    def _changed_until(self) -> int:
        """The last child that refers to one that is not what it was."""
        return max((self._last_readers.get(name, -1) for name in self._changed), default=-1)

    @cached_property
    def _last_readers(self) -> dict[str, int]:
        """The last child that refers to each name."""
        wired = ((i, reference) for i, node in enumerate(self._nodes) for reference in node.inputs)
        return {reference.partition(":")[0]: i for i, reference in wired}


def _ends(nodes: Sequence[Node], before: Sequence[Node]) -> tuple[int, int]:
    """Return how many nodes at the front, and of the others at the end, are the same."""
    most = min(len(nodes), len(before))
    ahead = next((i for i in range(most) if nodes[i] is not before[i]), most)
    behind = next((n for n in range(most - ahead) if nodes[-1 - n] is not before[-1 - n]), most - ahead)
    return ahead, behind


def _names(nodes: Sequence[Node]) -> set[str]:
    return {node.name for node in nodes}
