"""Which blocks are alike, and what is known of one told of another: networks repeat themselves under other names."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import replace
from functools import lru_cache

from layerledger.core.analysis.evaluation import read
from layerledger.core.analysis.node_result import NodeResult, Pass
from layerledger.core.layers.layer_type import LayerType
from layerledger.core.network.nodes import Block, Layer, Node


class StructuralKey:
    """What blocks that are alike have in common; one object for all of them."""


@lru_cache(maxsize=16_384)
def structural_key(block: Block) -> StructuralKey | None:
    """Return what a block has in common with those that are alike; None where it has something of its own.

    Blocks that are alike have children of the same names, types, parameters and references, so that without a fault
    they cost and give the same where they are fed the same. What the blocks themselves are called is no part of it.
    """
    children = tuple([_child(node) for node in block.layers])
    if None in children:
        return None
    return _kind(children, block.outputs, block.repeat, block.share_weights, block.tied_to is None)


@lru_cache(maxsize=16_384)
def _kind(*likeness: Hashable) -> StructuralKey:
    return StructuralKey()


def _child(node: Node) -> Hashable:
    what = structural_key(node) if isinstance(node, Block) else _spec(node)
    return None if what is None else (node.name, what, node.inputs, node.tied_to is None)


def _spec(layer: Layer) -> LayerType | None:
    """Return a layer's type with its parameters; None where it cannot be read, or states a dtype of its own."""
    return None if layer.stored_dtypes is not None else read(layer)[0]


def rebind_result(node: Node, known: NodeResult) -> NodeResult:
    """Return what is known of a node: what is known of one that is like it, is fed the same, and has no fault."""
    if not isinstance(node, Block):
        sizes = known.inputs, known.outputs, known.cost, known.traffic
        return NodeResult(node, *sizes, known.op, known.aliases, known.tied)
    passes = [Pass(tuple(map(rebind_result, node.layers, run.children)), run.times) for run in known.passes]
    return replace(known, node=node, passes=tuple(passes))
