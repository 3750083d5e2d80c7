"""The arithmetic of receptive fields through one layer.

A field map says which positions along an axis of the network's input the positions of a tensor see. `through` follows
it through a layer, dimension by dimension, as the layer's dim maps say. Where neighbouring outputs see parts of
different size, `phases` has those of each. A field that cannot be stated keeps a reason instead of a size. Invariant:
the size is that of the output that sees most; where it may be larger than that, `at_most` says so.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from math import floor
from typing import NamedTuple, TypeAlias

from layerledger.core.analysis.passes.phases import Phases, straight, through_window
from layerledger.core.layers.windows import SAME, DimMap, DimMaps, Number, Window


class Axis(NamedTuple):
    """A dimension of a network's input along which there are positions."""

    tensor: int
    dim: int
    size: int


class AxisField(NamedTuple):
    """The positions that one output sees along an axis.

    Attributes:
        size: from the first to the last position, both included, of the output that sees most; None where it is
            undefined or unknown.
        stride: the distance between the fields of neighbouring outputs, on average; None where it varies.
        start: the first position that output 0 sees; below 0 in the padding; None where it is unknown.
        whole: whether an operation over all positions sees the whole axis.
        reason: the reason where there is no size.
        smallest: the size of the output that sees least, where that is another; 0 where an output sees nothing.
        at_most: whether the size is only an upper bound.
    """

    size: Number | None
    stride: Number | None = None
    start: Number | None = None
    whole: bool = False
    reason: str = ""
    smallest: int | None = None
    at_most: bool = False

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
        phases: the exact fields of all outputs, where they differ by more than the stride.
    """

    axis: Axis
    field: AxisField
    dims: tuple[int, ...]
    mixed: bool = False
    phases: Phases | None = None

    def span(self, y: int) -> tuple[Number, Number] | None:
        """Return the first and the last position that output `y` sees; None for nothing, or where it is unknown."""
        if self.phases:
            return self.phases.span(y)
        size, stride, start = self.field[:3]
        if size is None or stride is None or start is None:
            return None
        return start + y * stride, start + y * stride + size - 1


State: TypeAlias = tuple[FieldMap, ...]
"""The field maps of a tensor, one for each axis on which it depends."""


# -- through one layer


def undefined(seen: FieldMap, reason: str) -> FieldMap:
    """Return a field map without a size, for a reason; one that has a reason, or is whole, stays."""
    return (
        seen
        if seen.field.whole or seen.field.reason
        else seen._replace(field=AxisField(None, reason=reason), phases=None)
    )


def through(seen: FieldMap, links: DimMaps, shape: Sequence[int], out: Sequence[int], *, limit: int) -> FieldMap:
    """Return a field map of a layer's input as a map of its output.

    The windows of the layer are applied dimension by dimension. Where the layer takes all positions along every
    dimension that has some, an output sees the whole axis; where it takes those along only some of the dimensions,
    the field has no size.

    Args:
        seen: of the input.
        links: the dim maps of the input.
        shape: of the input.
        out: the output's shape.
        limit: the most phases that are followed.
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
        seen = _moved(seen, link, limit)
    if seen.phases:
        seen = sized(seen, seen.phases, out[dims[0]]) if len(dims) == 1 and not mixed else _placeless(seen)
    return seen if dims == seen.dims and mixed == seen.mixed else seen._replace(dims=dims, mixed=mixed)


def _whole(axis: Axis) -> AxisField:
    return AxisField(axis.size, None, 0, whole=True)


def _covers(seen: FieldMap) -> bool:
    """Return whether the only position sees the whole input."""
    size, start = seen.field.size, seen.field.start
    return size is not None and start is not None and start <= 0 and start + size >= seen.axis.size


def _moved(seen: FieldMap, link: DimMap, limit: int) -> FieldMap:
    """Return a field map through the window along one dimension."""
    field = seen.field
    if field.size is None or link.by == SAME:
        return seen
    if link.by == "lost":
        return _placeless(seen)
    if not isinstance(link.by, Window):
        return seen
    if seen.mixed or len(seen.dims) > 1:
        return undefined(seen, "an earlier reshape has changed the order of the positions")
    if seen.phases is None:
        if field.stride is None or field.start is None:
            return _moved_placeless(seen, link.by)
        # Most windows are filters over outputs that all see alike.
        if field.at_most or (link.by.taps is None and type(link.by.stride) is int):
            moved = _seen_through(field, field.stride, field.start, link.by)
            return FieldMap(seen.axis, moved, seen.dims, seen.mixed)
    return _moved_by_phase(seen, link.by, limit)


def _seen_through(field: AxisField, distance: Number, start: Number, window: Window) -> AxisField:
    """Return the field of outputs whose windows are all alike; of other windows, their bounds."""
    size, (stride, first, last, _, _) = field.size or 0, window
    return AxisField(
        size + (last - first) * distance, stride * distance, start + first * distance, at_most=field.at_most
    )


def _moved_placeless(seen: FieldMap, window: Window) -> FieldMap:
    """Return a field map of unknown places through a window: the same where each output uses one position."""
    if window.first == window.last or (window.taps and all(len(taps) == 1 for taps in window.taps.phases)):
        return seen
    return undefined(seen, "the position of its input's receptive field is unknown")


def _placeless(seen: FieldMap) -> FieldMap:
    """Return a field map whose outputs may be any of those before; then the largest of them may be missing."""
    field = seen.field
    at_most = field.at_most or field.smallest is not None
    return seen._replace(
        field=field._replace(stride=None, start=None, smallest=None, at_most=at_most),
        phases=None,
    )


# -- by phase


def _moved_by_phase(seen: FieldMap, window: Window, limit: int) -> FieldMap:
    """Return a field map where neighbouring outputs see parts of different size; a bound of too many phases."""
    before = seen.phases or phases_of(seen.field)
    phases = through_window(before, window, limit)
    if phases is not None:
        return seen._replace(phases=phases)
    bound = bound_of(before)
    if bound.stride is None or bound.start is None:
        return seen._replace(field=bound, phases=None)  # no output sees anything
    return seen._replace(field=_seen_through(bound, bound.stride, bound.start, window), phases=None)


def phases_of(field: AxisField) -> Phases:
    """Return the phases of outputs that all see alike, as a field says that is exact and has a place."""
    return straight(int(field.start or 0), int(field.size or 0), int(field.stride or 0))


def bound_of(phases: Phases) -> AxisField:
    """Return a field in which each output's is contained."""
    ends = phases.bounds()
    if ends is None:
        return AxisField(0)
    return AxisField(ends[1] - ends[0] + 1, phases.stride, ends[0], at_most=True)


def sized(seen: FieldMap, phases: Phases, count: int) -> FieldMap:
    """Return a field map with the sizes of a number of outputs; without phases where all outputs see alike."""
    most, least = phases.sizes(max(count, 1))
    smallest = None if least == most else least
    span = phases.span(0)
    field = AxisField(most, phases.stride, span and span[0], smallest=smallest)
    return seen._replace(field=field, phases=None if phases.period == 1 and most else phases)


def fields(state: State) -> tuple[AxisField, ...]:
    """Return the fields of the first input in a state."""
    return tuple(seen.field for seen in state if seen.axis.tensor == state[0].axis.tensor)
