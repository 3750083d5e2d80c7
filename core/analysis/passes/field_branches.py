"""The arithmetic of receptive fields where branches meet."""

from __future__ import annotations

from collections.abc import Sequence

from layerledger.core.analysis.passes.field_map import Axis, AxisField, FieldMap, State, bound_of, phases_of, sized
from layerledger.core.analysis.passes.phases import joined
from layerledger.core.base.messages import Message
from layerledger.core.layers.windows import Number


def merge_fields(given: Sequence[State], out: Sequence[int], *, limit: int) -> State:
    """Return the field maps of several tensors together.

    Args:
        given: of the tensors.
        out: the shape of the tensor that is made of them.
        limit: the most phases that are followed.
    """
    given = [state for state in given if state]
    if not given or all(state is given[0] for state in given):
        return given[0] if given else ()
    found: dict[Axis, FieldMap] = {}
    for state in given:
        for seen in state:
            other = found.get(seen.axis)
            found[seen.axis] = seen if other is None else _both(other, seen, out, limit)
    return tuple(found[axis] for axis in sorted(found))


def _both(one: FieldMap, other: FieldMap, out: Sequence[int], limit: int) -> FieldMap:
    if one == other or one.field.whole or other.field.size == 0:
        return one
    if other.field.whole or one.field.size == 0:
        return other
    # A field without a size stays without one: a bound from the other branch alone would be too small.
    if one.field.size is None or other.field.size is None:
        return one if one.field.size is None else other
    reason = _clash(one, other)
    if reason:
        return FieldMap(one.axis, AxisField(None, reason=reason), tuple(sorted({*one.dims, *other.dims})), one.mixed)
    if one.phases or other.phases:
        return _joined_by_phase(one, other, out, limit)
    return _joined(one, other)


def _clash(one: FieldMap, other: FieldMap) -> str:
    """Return the reason why two fields cannot be joined; an empty text where they can."""
    if (one.dims, one.mixed) != (other.dims, other.mixed):
        return "the positions of joined branches are in different dimensions"
    if one.field.stride != other.field.stride:
        return Message(
            "joined branches have different strides: {stride} and {other_stride}",
            stride=_text(one.field.stride),
            other_stride=_text(other.field.stride),
        )
    if None in (one.field.start, other.field.start) and not (one.phases or other.phases):
        return "the positions of joined branches are unknown"
    return ""


def _joined(one: FieldMap, other: FieldMap) -> FieldMap:
    """Return a field map from the first position of two to their last."""
    mine, its = _ends(one.field), _ends(other.field)
    first, last = min(mine[0], its[0]), max(mine[1], its[1])
    # Prefer a field that is exact, then the first, so that layers with one field share it.
    for seen, ends in sorted(((one, mine), (other, its)), key=lambda pair: pair[0].field.at_most):
        if ends == (first, last):
            return seen
    at_most = one.field.at_most or other.field.at_most
    return one._replace(field=AxisField(last - first + 1, one.field.stride, first, at_most=at_most))


def _joined_by_phase(one: FieldMap, other: FieldMap, out: Sequence[int], limit: int) -> FieldMap:
    if one.field.at_most or other.field.at_most:
        phases = None
    else:
        phases = joined(one.phases or phases_of(one.field), other.phases or phases_of(other.field), limit)
    if phases is None or len(one.dims) != 1:
        pair = (
            seen._replace(field=bound_of(seen.phases), phases=None) if seen.phases else seen for seen in (one, other)
        )
        return _joined(*pair)
    return sized(one, phases, out[one.dims[0]])


def _ends(field: AxisField) -> tuple[Number, Number]:
    """Return the first and the last position in the field of output 0."""
    start = field.start or 0
    return start, start + (field.size or 0) - 1


def _text(number: Number | None) -> str:
    return "unknown" if number is None else f"{number}"
