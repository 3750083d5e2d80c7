"""What an edit of a block left as it was: results at both ends of its children, not to be found one by one again."""

from __future__ import annotations

from collections.abc import Container, Iterator, Sequence
from functools import cached_property

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
        nodes, old = block.layers, [result.node for result in before]
        ahead, behind = _ends(nodes, old)
        self._changed = _names(nodes[ahead : len(nodes) - behind]) | _names(old[ahead : len(old) - behind])
        if any(name in inputs for name in self._changed):
            ahead = behind = 0
        self._nodes, self._before, self.front = nodes, before, before[:ahead]
        self._own = (*(None,) * (len(nodes) - behind), *before[len(before) - behind :])
        self._until, self._compared = -1, len(nodes) - behind

    def ahead(self) -> Iterator[tuple[Node, NodeResult | None, NodeResult | None]]:
        """Yields each child behind the front, what was in its place, and its own result of before, where it had one."""
        first, n = len(self.front), len(self._nodes)
        places = (*self._before[first:n], *(None,) * (n - len(self._before)))
        return zip(self._nodes[first:], places, self._own[first:], strict=True)

    def rest(self, results: Sequence[NodeResult]) -> Sequence[NodeResult]:
        """Returns the results of all children behind these, where they are what they were.

        Args:
            results: those of the children so far; the last is its own of before.
        """
        for i in range(self._compared, len(results)):
            if results[i] is not self._own[i]:
                self._until = max(self._until, self._last_readers.get(self._nodes[i].name, -1))
        self._compared = len(results)
        until = max(self._until, self._changed_until)
        return self._before[len(results) - len(self._nodes) :] if until < len(results) < len(self._nodes) else ()

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
    """Returns how many nodes at the front, and of the others at the end, are the same."""
    most = min(len(nodes), len(before))
    ahead = next((i for i in range(most) if nodes[i] is not before[i]), most)
    behind = next((n for n in range(most - ahead) if nodes[-1 - n] is not before[-1 - n]), most - ahead)
    return ahead, behind


def _names(nodes: Sequence[Node]) -> set[str]:
    return {node.name for node in nodes}
