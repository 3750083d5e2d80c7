"""Aliases: which of the tensors that enter and leave nodes are one and the same, whatever they are called.

Tensors have no global numbers here, so that the result of a part of a network holds wherever that part is. Inside a
block, the id of a tensor is the number of the block's input that it is, the name of the network's input that it is, or
the child that produces it with the number of the output.
"""

from __future__ import annotations

from collections.abc import Callable, Container
from typing import NamedTuple, TypeAlias

from layerledger.core.analysis.node_result import TensorId, TensorIds, TensorsOrMissing
from layerledger.core.network.nodes import Block, Node

NamesIn: TypeAlias = Callable[[Block], Container[TensorId]]
"""A function that returns the names to which anything in a block refers."""


class TensorRefs(NamedTuple):
    """The tensors that enter or leave a node, and their ids."""

    tensors: TensorsOrMissing
    ids: TensorIds


def aliases(node: Node, ids: TensorIds, names_in: NamesIn) -> TensorIds:
    """Return the part of its inputs' ids on which the result of a node depends; see `NodeResult.aliases`."""
    if isinstance(node, Block):
        named = names_in(node)
        # A network input keeps its name only where something in the block refers to that name: only there can a child
        # see that both are one tensor. Else positions suffice, and the result holds for any tensors of these shapes.
        inner = tuple(each if each in named else ids.index(each) for each in ids)
        # The usual case is the empty tuple, so that cache keys are short and equal.
        return () if inner == tuple(range(len(inner))) else inner
    if len(ids) < 2 or len({*ids}) == len(ids):
        return ()
    return tuple(i for i, each in enumerate(ids) if each in ids[:i])


def referenced_names(block: Block) -> frozenset[TensorId]:
    """Return the names to which anything in a block refers; an input of the network has its name only there."""
    references = [*block.outputs, *(reference for node in block.layers for reference in node.inputs)]
    own = frozenset(reference.partition(":")[0] for reference in references)
    return own.union(*(referenced_names(node) for node in block.layers if isinstance(node, Block)))


def to_inner(ids: TensorIds) -> TensorIds:
    """Return the ids of a block's inputs as its children see them: of equal ones, the number of the first."""
    return tuple(each if isinstance(each, str) else ids.index(each) for each in ids)


def to_outer(inner: TensorIds, entering: TensorIds, name: str) -> TensorIds:
    """Return the ids around a block of tensors that have these ids inside it.

    Args:
        inner: the ids as the block's children see them.
        entering: the ids of the block's inputs, around it.
        name: the block's.
    """
    return tuple(
        each if isinstance(each, str) else entering[each] if isinstance(each, int) else (name, inner.index(each))
        for each in inner
    )


def after_passes(inner: TensorIds, entering: TensorIds, passes: range) -> TensorIds:
    """Return the ids around a repeated block of the tensors that come out of the last of several equal passes.

    Each pass hands on to the next one by position, so an id is followed back through the passes to the tensor that
    entered, or to the pass that made it. Positions that are handed round in a circle are followed once round it, which
    keeps the cost independent of the number of passes.

    Args:
        inner: the ids of the outputs of each pass, as the block's children see them.
        entering: the ids of the block's inputs, around it.
        passes: the numbers of the passes.
    """
    return tuple([_followed(inner, entering, passes, at) for at in range(len(inner))])


def _followed(inner: TensorIds, entering: TensorIds, passes: range, at: int) -> TensorId:
    left = len(passes)
    seen: dict[int, int] = {}
    while left:
        each = inner[at]
        if isinstance(each, str):
            return each
        if isinstance(each, tuple):
            return (str(passes[left - 1]), inner.index(each))
        if at in seen:
            left %= seen[at] - left
            seen = {}
            continue
        seen[at] = left
        at, left = each, left - 1
    return entering[at]


def fresh_ids(name: str, count: int) -> TensorIds:
    """Return the ids of `count` tensors that the child `name` produces."""
    return tuple([(name, port) for port in range(count)])


def all_own(ids: TensorIds) -> bool:
    """Return whether tensors of these ids, as a block's children see them, all differ and come from the children."""
    return len({*ids}) == len(ids) and all(isinstance(each, tuple) for each in ids)
