"""What one analysis leaves to the next: results by node, or kind of block, and by what that was fed."""

from __future__ import annotations

from typing import TypeAlias

from layerledger.core.analysis.node_result import NodeResult, TensorIds, TensorsOrMissing
from layerledger.core.analysis.structural_sharing import StructuralKey
from layerledger.core.network.nodes import Node

Key: TypeAlias = tuple[Node | StructuralKey, TensorsOrMissing, TensorIds]


class ResultCache:
    """Keeps results until there are too many; then those that it has kept longest go first."""

    def __init__(self) -> None:
        self._known: dict[Key, NodeResult] = {}
        self._weight = 0

    def __len__(self) -> int:
        """Return how many results it keeps, those inside blocks counted."""
        return self._weight

    def get(self, key: Key) -> NodeResult | None:
        return self._known.get(key)

    def put(self, key: Key, result: NodeResult) -> None:
        """Keep a result, in place of one that it has."""
        self._weight += _weight(result) - (_weight(self._known[key]) if key in self._known else 0)
        self._known[key] = result

    def evict(self, most: int) -> None:
        """Keep no more results than `most`; asked at each analysis, so that few go at once."""
        if self._weight > most:
            for key in list(self._known):
                self._weight -= _weight(self._known.pop(key))
                if self._weight <= most:
                    break


def _weight(result: NodeResult) -> int:
    return 1 + sum([len(run.children) for run in result.passes])
