"""The arithmetic of receptive fields: through one layer, and where branches meet.

A field map says which positions along an axis of the network's input the positions of a tensor see. `through` follows
it through a layer, dimension by dimension, as the layer's dim maps say; `merge_fields` joins the maps of several
inputs. A field that cannot be stated keeps a reason instead of a size. Invariant: no output sees more positions than
the size says; where a stride is a fraction, the size is a bound.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from math import floor
from typing import NamedTuple, TypeAlias

from layerledger.core.base.messages import Message
from layerledger.core.layers.windows import SAME, DimMap, DimMaps, Number, Window


class Axis(NamedTuple):
    """A dimension of a network's input along which there are positions."""

    tensor: int
    dim: int
    size: int


class AxisField(NamedTuple):
    """The positions that one output sees along an axis.

    Attributes:
        size: from the first to the last position, both included; a bound where a stride is a fraction; None where it
            is undefined or unknown.
        stride: the distance between the fields of neighbouring outputs; None where it varies.
        start: the first position that output 0 sees; below 0 in the padding; None where it is unknown.
        whole: whether an operation over all positions sees the whole axis.
        reason: the reason where there is no size.
    """

    size: Number | None
    stride: Number | None = None
    start: Number | None = None
    whole: bool = False
    reason: str = ""

    @property
    def positions(self) -> int | None:
        """The size as a whole number."""
        return None if self.size is None else floor(self.size)

    @property
    def centre(self) -> Number | None:
        """The middle of the field of output 0; None where it is unknown."""
        if self.size is None or self.start is None:
            return None
        return self.start + Fraction(1, 2) * (self.size - 1)


class FieldMap(NamedTuple):
    """The field of a tensor's positions along an axis.

    Attributes:
        axis: of a network's input.
        field: of one position.
        dims: the tensor's dimensions along which the axis's positions are.
        mixed: whether a reshape has put these positions into another order.
    """

    axis: Axis
    field: AxisField
    dims: tuple[int, ...]
    mixed: bool = False


State: TypeAlias = tuple[FieldMap, ...]
"""The field maps of a tensor, one for each axis on which it depends."""


# -- through one layer


def undefined(seen: FieldMap, reason: str) -> FieldMap:
    """Return a field map without a size, for a reason; one that has a reason, or is whole, stays."""
    return seen if seen.field.whole or seen.field.reason else seen._replace(field=AxisField(None, reason=reason))


def through(seen: FieldMap, links: DimMaps, shape: Sequence[int]) -> FieldMap:
    """Return a field map of a layer's input as a map of its output.

    The windows of the layer are applied dimension by dimension. Where the layer takes all positions along every
    dimension that has some, an output sees the whole axis; where it takes those along only some of the dimensions,
    the field has no size.

    Args:
        seen: of the input.
        links: the dim maps of the input.
        shape: of the input.
    """
    field = seen.field
    if field.whole or not links:
        return seen
    found = [(d, links[d]) for d in seen.dims]
    over = [d for d, link in found if link.by == "whole" and shape[d] != 1]
    if over:
        if all(link.by == "whole" or shape[d] == 1 for d, link in found):
            return FieldMap(seen.axis, _whole(seen.axis), ())
        seen = undefined(seen, "an operation uses only some of the positions")
    # A dimension of size 1 is taken whole: its only position sees the whole axis if its window covers the input.
    elif any(link.by == "whole" for _, link in found) and _covers(seen):
        return FieldMap(seen.axis, _whole(seen.axis), ())
    dims = tuple(sorted({to for d, link in found for to in link.to if shape[d] != 1 or link.by != "whole"}))
    mixed = seen.mixed or any(link.by == "mixed" for _, link in found)
    for _, link in found:
        seen = _moved(seen, link)
    return seen._replace(dims=dims, mixed=mixed)


def _whole(axis: Axis) -> AxisField:
    return AxisField(axis.size, None, 0, whole=True)


def _covers(seen: FieldMap) -> bool:
    """Return whether the only position sees the whole input."""
    size, start = seen.field.size, seen.field.start
    return size is not None and start is not None and start <= 0 and start + size >= seen.axis.size


def _moved(seen: FieldMap, link: DimMap) -> FieldMap:
    """Return a field map through the window along one dimension."""
    field = seen.field
    if field.size is None or link.by == SAME:
        return seen
    if link.by == "lost":
        return seen._replace(field=field._replace(stride=None, start=None))
    if not isinstance(link.by, Window):
        return seen
    if seen.mixed or len(seen.dims) > 1:
        return undefined(seen, "an earlier reshape has changed the order of the positions")
    return seen._replace(field=_seen_through(field, link.by))


def _seen_through(field: AxisField, window: Window) -> AxisField:
    stride, first, last = window
    if field.size is None:
        return field
    if field.stride is None or field.start is None:
        if first == last:
            return field
        return AxisField(None, reason="the position of its input's receptive field is unknown")
    return AxisField(
        field.size + (last - first) * field.stride, stride * field.stride, field.start + first * field.stride
    )


def fields(state: State) -> tuple[AxisField, ...]:
    """Return the fields of the first input in a state."""
    return tuple(seen.field for seen in state if seen.axis.tensor == state[0].axis.tensor)


# -- branches


def merge_fields(given: Sequence[State]) -> State:
    """Return the field maps of several tensors together."""
    given = [state for state in given if state]
    if not given or all(state is given[0] for state in given):
        return given[0] if given else ()
    found: dict[Axis, FieldMap] = {}
    for state in given:
        for seen in state:
            other = found.get(seen.axis)
            found[seen.axis] = seen if other is None else _both(other, seen)
    return tuple(found[axis] for axis in sorted(found))


def _both(one: FieldMap, other: FieldMap) -> FieldMap:
    if one == other or one.field.whole:
        return one
    if other.field.whole:
        return other
    # A field without a size stays without one: a bound from the other branch alone would be too small.
    if one.field.size is None or other.field.size is None:
        return one if one.field.size is None else other
    reason = _clash(one, other)
    if reason:
        return FieldMap(one.axis, AxisField(None, reason=reason), tuple(sorted({*one.dims, *other.dims})), one.mixed)
    return one if one.field.size >= other.field.size else other


def _clash(one: FieldMap, other: FieldMap) -> str:
    """Return the reason why two fields cannot be joined; "" where the larger contains the other."""
    if (one.dims, one.mixed) != (other.dims, other.mixed):
        return "the positions of joined branches are in different dimensions"
    if one.field.stride != other.field.stride:
        return Message(
            "joined branches have different strides: {stride} and {other_stride}",
            stride=_text(one.field.stride),
            other_stride=_text(other.field.stride),
        )
    mine, its = _interval(one.field), _interval(other.field)
    if mine is None or its is None:
        return "the positions of joined branches are unknown"
    if (mine[0] - its[0]) * (mine[1] - its[1]) <= 0:  # one contains the other
        return ""
    return Message(
        "joined branches are not aligned; they start {distance} apart", distance=_text(abs(mine[0] - its[0]))
    )


def _interval(field: AxisField) -> tuple[Number, Number] | None:
    """Return the first and the last position in the field of output 0; None where they are unknown."""
    if field.size is None or field.start is None:
        return None
    return field.start, field.start + field.size - 1


def _text(number: Number | None) -> str:
    return "unknown" if number is None else f"{number}"
