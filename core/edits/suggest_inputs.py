"""Suggested inputs of a new layer that takes several: the layer before it, and the most likely skip."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from layerledger.core.analysis import NodeResult, Result
from layerledger.core.base.shapes import TensorSpec
from layerledger.core.layers import LAYER_TYPES, LayerType, bind, evaluate
from layerledger.core.layers.layer_type import ParamProblem
from layerledger.core.network.nodes import INPUT, Block, Layer, Node
from layerledger.core.network.paths import NodePath, node_at
from layerledger.core.network.references import join_reference

_SHAPELESS = ("Normalization", "Activation", "Dropout")
"""Families that end a unit such as convolution, norm, activation: a skip leaves after them."""

Tap = tuple[str, TensorSpec]
"""A reference and its tensor."""


def suggest_inputs(node: Node, result: Result, at: NodePath) -> Node:
    """Return a new node with the inputs that it needs and does not name.

    The first input is the layer before it. The others are the nearest likely skip: a tensor of the same shape, sought
    from the last merge on and taken at the end of a unit such as convolution, norm, activation; else one that fits.

    Args:
        node: what is about to be inserted.
        result: the network's analysis before that.
        at: where it will be.
    """
    cls = LAYER_TYPES.get(node.type) if isinstance(node, Layer) and not node.inputs else None
    if cls is None or _wanted(cls) < 2:
        return node
    taps = _taps(result, at)
    if len(taps) < 2:
        return node
    first, others = taps[-1], taps[:-1]
    spec = bind(cls.type_name, node.params).op if isinstance(node, Layer) else None
    other = _skip(others, first, spec) or others[0][0]
    return replace(node, inputs=(first[0], *[other] * (_wanted(cls) - 1)))


def _wanted(cls: type[LayerType]) -> int:
    """Return how many inputs a new layer of a type wants; a Concat of one is possible, but pointless."""
    fewest, most = cls.input_arity
    return max(fewest, min(2, most)) if cls.family == "Merge" else fewest


def _skip(taps: Sequence[Tap], first: Tap, spec: LayerType | None) -> str | None:
    """Return a tensor of the same shape as `first`, else one that fits, or None."""
    alike = [name for name, tensor in taps if tensor.shape == first[1].shape]
    fitting = (
        name for name, tensor in taps if spec and not isinstance(evaluate(spec, (first[1], tensor)), ParamProblem)
    )
    return alike[0] if alike else next(fitting, None)


def _taps(result: Result, at: NodePath) -> list[Tap]:
    """Return what the new node may take, in the order of preference, and last what is before it."""
    parent, block = result.at(at[:-1]), node_at(result.network, at[:-1])
    if parent is None or not isinstance(block, Block):
        return []
    entering = [(join_reference(INPUT, i), s) for i, s in enumerate(parent.inputs) if isinstance(s, TensorSpec)]
    before = parent.children[: at[-1]]
    # The analysis did not reach all children, as in a block that was refused.
    if len(before) < at[-1]:
        return []
    if not before:
        return [*entering[1:], *entering[:1]]
    last = before[-1]
    found = [*entering, *(_tap(before[i]) for i in _by_preference(before) if before[i].outputs)]
    return [*found, _tap(last)] if last.outputs else [*found, (last.node.name, TensorSpec(()))]


def _tap(child: NodeResult) -> Tap:
    return child.node.name, child.outputs[0] if child.outputs else TensorSpec(())


def _by_preference(before: Sequence[NodeResult]) -> Iterator[int]:
    """Yield positions: from the last merge on, then from the top; each at the end of its unit, but not the last."""
    last = len(before) - 1
    merge = next((i for i in range(last, -1, -1) if before[i].family == "Merge"), 0)
    for i in [*range(merge, last), *range(merge)]:
        end = i
        while end < last and _goes_on(before[end], before[end + 1]):
            end += 1
        yield end if end < last else i


def _goes_on(one: NodeResult, following: NodeResult) -> bool:
    """Return whether `following` belongs to the unit of `one`: it only changes the values of its output."""
    same = one.outputs is not None and one.outputs == following.outputs
    return same and following.family in _SHAPELESS and not following.node.inputs
