"""Layers one behind the other, each fed by the one before and by nothing else: most of most networks, in one loop."""

from __future__ import annotations

from functools import lru_cache
from typing import cast

from layerledger.core.analysis.carrying import Pairs
from layerledger.core.analysis.evaluation import measure, read
from layerledger.core.analysis.node_result import NodeResult, Problem, TensorsOrMissing, Unresolved
from layerledger.core.analysis.scope import implicit_arity
from layerledger.core.layers.layer_type import Inputs, LayerType
from layerledger.core.network.nodes import Block, Node


def evaluate_sequence(pairs: Pairs, first: int, gives: TensorsOrMissing, dtypes: tuple[str, str]) -> list[NodeResult]:
    """Return the results of children from `first` on, as far as each is a plain layer and not fed as before.

    Args:
        pairs: all children of a block.
        first: the position of the first.
        gives: what comes before it.
        dtypes: in which weights are computed, and in which they are stored.
    """
    found: list[NodeResult] = []
    if any(isinstance(source, Unresolved) for source in gives):
        return found
    for i in range(first, len(pairs)):
        node, before = pairs[i]
        spec = _plain(node)
        if spec is None or len(gives) != 1 or (before is not None and before.inputs == gives):
            break
        measured = measure(spec, cast(Inputs, gives), *dtypes)
        if isinstance(measured, Problem) or measured.warnings:
            break
        found.append(NodeResult(node, gives, measured.outputs, measured.cost, measured.traffic, spec))
        gives = measured.outputs
    return found


@lru_cache(maxsize=16_384)
def _plain(node: Node) -> LayerType | None:
    """Return the type of a layer that takes one tensor, that of the layer before, and has weights of its own."""
    if isinstance(node, Block) or node.inputs or node.tied_to is not None or node.stored_dtypes is not None:
        return None
    return read(node)[0] if implicit_arity(node.type) in (None, 1) else None
