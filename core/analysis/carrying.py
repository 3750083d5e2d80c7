"""What an edit of a block left as it was: results at both ends of its children, not to be found one by one again."""

from __future__ import annotations

from collections.abc import Container, Sequence

from layerledger.core.analysis.nodes import NodeResult
from layerledger.core.network import Block, Node


class Carried:
    """The children's results from before an edit, where the block was fed the same and nothing was wrong.

    Attributes:
        front: those of the first children, which are still the first.
    """

    def __init__(self, block: Block, before: Sequence[NodeResult], inputs: Container[str]) -> None:
        """Compares a block with what it was.

        Args:
            block: as it is now.
            before: its children's results as they were.
            inputs: names of the network's inputs: which of them are hidden by a child, all children must know.
        """
        self._nodes, self._before = block.layers, before
        self.front, self._behind = before[:0], 0
        if before:
            self._compare(block, before, inputs)

    def _compare(self, block: Block, before: Sequence[NodeResult], inputs: Container[str]) -> None:
        ahead, self._behind = _ends(block.layers, [result.node for result in before])
        self._changed = _names(block.layers[ahead : len(block.layers) - self._behind])
        self._changed |= _names([result.node for result in before[ahead : len(before) - self._behind]])
        if any(name in inputs for name in self._changed):
            ahead = self._behind = 0
        self.front = before[:ahead]

    def at(self, i: int) -> NodeResult | None:
        """Returns the result that was in a child's place."""
        return self._before[i] if i < len(self._before) else None

    def rest(self, i: int, result: NodeResult) -> Sequence[NodeResult]:
        """Returns the results of all children behind `i`, whose own is `result`, where they are what they were."""
        left = len(self._nodes) - i - 1
        if not 0 < left < self._behind or result is not self._before[-left - 1]:
            return ()
        between = _names(self._nodes[len(self._nodes) - self._behind : i])
        behind = self._before[-left:]
        return () if _refer_to(behind, self._changed | between) else behind


def _ends(nodes: Sequence[Node], before: Sequence[Node]) -> tuple[int, int]:
    """Returns how many nodes at the front, and of the others at the end, are the same."""
    most = min(len(nodes), len(before))
    ahead = next((i for i in range(most) if nodes[i] is not before[i]), most)
    behind = next((n for n in range(most - ahead) if nodes[-1 - n] is not before[-1 - n]), most - ahead)
    return ahead, behind


def _refer_to(results: Sequence[NodeResult], names: set[str]) -> bool:
    wired = (reference for result in results for reference in result.node.inputs)
    return any(reference.partition(":")[0] in names for reference in wired)


def _names(nodes: Sequence[Node]) -> set[str]:
    return {node.name for node in nodes}
