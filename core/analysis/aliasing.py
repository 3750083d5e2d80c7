"""Which of the tensors that nodes are fed and give are one and the same, whatever they are called.

Tensors have no numbers here, so that what is known of a part of a network holds wherever that part stands. Inside a
block, a tensor's origin is the number of the block's source that it is, the name of the network's input that it is, or
the child that made it with the number of the output.
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

from layerledger.core.analysis.node_result import TensorId, TensorIds, TensorsOrMissing
from layerledger.core.network.nodes import Block, Node


class TensorRefs(NamedTuple):
    """Tensors that a node is fed, or gives, and their origins."""

    tensors: TensorsOrMissing
    ids: TensorIds


def aliases(node: Node, origins: TensorIds) -> TensorIds:
    """Return what of the origins of its sources a node's result depends on; see `NodeResult.alike`."""
    if isinstance(node, Block):
        named = _named(node)
        seen = tuple(origin if origin in named else origins.index(origin) for origin in origins)
        return () if seen == tuple(range(len(seen))) else seen
    if len(origins) < 2 or len({*origins}) == len(origins):
        return ()
    return tuple(i for i, origin in enumerate(origins) if origin in origins[:i])


def to_inner(origins: TensorIds) -> TensorIds:
    """Return the origins of a block's sources as its children see them, of one and the same the first one's."""
    return tuple(origin if isinstance(origin, str) else origins.index(origin) for origin in origins)


@lru_cache(maxsize=4096)
def _named(block: Block) -> frozenset[TensorId]:
    """Return the names that are referred to anywhere in a block; an input of the network has its name only there."""
    below = [_named(node) for node in block.layers if isinstance(node, Block)]
    references = [*block.outputs, *(reference for node in block.layers for reference in node.inputs)]
    return frozenset(reference.partition(":")[0] for reference in references).union(*below)


def to_outer(origins: TensorIds, fed: TensorIds, name: str) -> TensorIds:
    """Return the origins around a block of what has these inside it.

    Args:
        origins: as the block's children see them.
        fed: those of the block's sources, around it.
        name: the block's.
    """
    return tuple(
        origin if isinstance(origin, str) else fed[origin] if isinstance(origin, int) else (name, origins.index(origin))
        for origin in origins
    )


def fresh_ids(name: str, count: int) -> TensorIds:
    """Return the origins of tensors that the child of that name makes."""
    return tuple([(name, port) for port in range(count)])


def all_own(origins: TensorIds) -> bool:
    """Return whether tensors of these origins, as a block's children see them, are all different and made by these."""
    return len({*origins}) == len(origins) and all(isinstance(origin, tuple) for origin in origins)
