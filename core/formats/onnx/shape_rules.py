"""The rules of those operators of ONNX that change axes and sizes."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import NamedTuple

from layerledger.core.base.messages import Message
from layerledger.core.base.shapes import Shape, shape_text
from layerledger.core.formats.importing.graph import Uncounted
from layerledger.core.formats.onnx.operation import OnnxOperation

_PAST_END = 1 << 30


def reshaped(shape: Shape, target: Sequence[int], *, zero_is_kept: bool) -> Shape:
    """Return the shape that Reshape gives; −1 in the target is what is left, 0 the size of the input.

    Raises:
        Uncounted: the target does not fit.
    """
    out = [shape[i] if not size and zero_is_kept and i < len(shape) else size for i, size in enumerate(target)]
    if -1 in out:
        rest = prod(size for size in out if size != -1)
        out[out.index(-1)] = prod(shape) // rest if rest else 0
    if prod(out) != prod(shape) or min(out, default=1) < 0:
        raise Uncounted(
            Message("{shape} has not as many elements as {out}", shape=shape_text(shape), out=shape_text(out))
        )
    return tuple(out)


def flattened(shape: Shape, axis: int) -> Shape:
    """Return the shape that Flatten gives: two dimensions, parted at `axis`.

    Raises:
        Uncounted: there is no such dimension.
    """
    if not -len(shape) <= axis <= len(shape):
        raise _no_axis(axis, len(shape))
    axis = axis + len(shape) if axis < 0 else axis
    return (prod(shape[:axis]), prod(shape[axis:]))


def unsqueezed_axes(rank: int, axes: Sequence[int]) -> list[int]:
    """Return the new dimensions of Unsqueeze, in order.

    Raises:
        Uncounted: there is no such dimension.
    """
    return sorted(_checked(axes, rank + len(axes)))


def squeezed_axes(shape: Shape, axes: Sequence[int] | None) -> list[int]:
    """Return the dimensions that Squeeze takes away; without axes, all of size 1.

    Raises:
        Uncounted: there is no such dimension.
    """
    if axes is None:
        return [i for i, size in enumerate(shape) if size == 1]
    return _checked(axes, len(shape))


def transposed_axes(rank: int, stated: Sequence[int] | None) -> list[int]:
    """Return the order of dimensions that Transpose gives; without one, the reverse.

    Raises:
        Uncounted: it is no order of them.
    """
    axes = list(range(rank))[::-1] if stated is None else list(stated)
    if sorted(axes) != list(range(rank)):
        raise Uncounted(Message("its perm is no order of {rank} dimensions", rank=rank))
    return axes


class SliceOf(NamedTuple):
    """A slice along one dimension; without an `end`, to the last element."""

    axis: int
    start: int
    end: int | None
    step: int


def sliced(op: OnnxOperation, shape: Shape) -> list[SliceOf]:
    """Return the slices of a node; those that take all of a dimension are left out.

    Raises:
        Uncounted: they are computed, or there is no such dimension.
    """
    starts, ends = op.sizes(1, "starts") or (), op.sizes(2, "ends") or ()
    axes = op.sizes(3, "axes") or tuple(range(len(starts)))
    steps = op.sizes(4) or (1,) * len(starts)
    if not len(starts) == len(ends) == len(axes) == len(steps) or 0 in steps:
        raise Uncounted("its starts, ends, axes and steps do not fit each other")
    found: list[SliceOf] = []
    for axis, start, end, step in zip(_checked(axes, len(shape)), starts, ends, steps, strict=True):
        size = shape[axis]
        if step > 0 and (start == 0 or start <= -size) and end >= size and step == 1:
            continue
        to_end = end >= size if step > 0 else end < -size
        found.append(SliceOf(axis, max(min(start, _PAST_END), -_PAST_END), None if to_end else end, step))
    return found


def _checked(axes: Sequence[int], rank: int) -> list[int]:
    for axis in axes:
        if not -rank <= axis < rank:
            raise _no_axis(axis, rank)
    found = [axis % rank for axis in axes]
    if len(set(found)) < len(found):
        raise Uncounted("it names a dimension twice")
    return found


def _no_axis(axis: int, rank: int) -> Uncounted:
    return Uncounted(Message("there is no axis {axis} of {rank} dimensions", axis=axis, rank=rank))
