"""The parts of differences as bars on both sides of zero: their colours, and where they lie. Names no Qt."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from layerledger.core.metrics.conventions import CountPart, ToolCount

LEAST = 5.0
"""Pixels of the smallest part: all can be seen and clicked."""

_GAP = 1.0  # between two parts
_ZERO = 0.3  # where zero stands in rows of their own scale, if any part is below it

_PLAIN = {
    "factor 2": "Convolution",
    "bias": "Linear",
    "normalization": "Normalization",
    "activation": "Activation",
    "pooling": "Pooling",
    "attention left out": "Attention",
    "not counted": "Merge",
    "first products need no add": "Reshape",
}
_HATCHED = {
    "transposed convolution on the output side": "Convolution",
    "tokens left out": "Linear",
    "interpolation": "Normalization",
    "comparisons": "Activation",
    "divisions, roots and exponentials": "Pooling",
    "matrix products left out": "Attention",
    "attention and tokens left out": "Attention",
    "softmax": "Merge",
    "other multiplies and adds": "Reshape",
}


class SegmentStyle(NamedTuple):
    """A family's colour, in full or as hatching."""

    family: str
    hatched: bool


def look_of(part: str) -> SegmentStyle:
    """Return what a part looks like: the eight colours differ for every kind of colour vision, hatched ones too."""
    if part in _PLAIN:
        return SegmentStyle(_PLAIN[part], hatched=False)
    return SegmentStyle(_HATCHED.get(part, "Other"), hatched=True)


def names(rows: Iterable[ToolCount]) -> list[str]:
    """Return the parts of all rows for a legend: those first that some row has most of."""
    largest: dict[str, int] = {}
    for row in rows:
        for part in row.parts:
            largest[part.part] = max(largest.get(part.part, 0), abs(part.amount))
    return sorted(largest, key=lambda name: -largest[name])


class Segment(NamedTuple):
    """Position of a part in pixels; `part` is its index among the parts of its row."""

    part: int
    left: float
    right: float


class _Sides(NamedTuple):
    """Amounts and numbers of parts on each side of zero: of a row, or the maximum of several."""

    below: int
    above: int
    parts_below: int
    parts_above: int


@dataclass(frozen=True)
class DivergingScale:
    """Position of zero in pixels, and the scale `length / amount` in pixels per unit."""

    zero: float
    length: float = 0.0
    amount: int = 1

    def pixels(self, amount: int) -> float:
        """Return the length of an amount, however large both are."""
        return max(LEAST, abs(amount) * round(self.length * 1000) / self.amount / 1000)


def common_scale(rows: Iterable[ToolCount], width: float) -> DivergingScale:
    """Return the scale in which all rows fit."""
    sides = _largest(_sides(row.parts) for row in rows)
    room = max(0.0, width - LEAST * (sides.parts_below + sides.parts_above))
    amount = sides.below + sides.above
    if not amount:
        return DivergingScale(0.0)
    return DivergingScale(LEAST * sides.parts_below + room * (sides.below / amount), room, amount)


def own_scale(row: ToolCount, rows: Iterable[ToolCount], width: float) -> DivergingScale:
    """Return the scale in which one row fills its room; zero stands in one place for all rows."""
    zero = width * _ZERO if any(part.amount < 0 for each in rows for part in each.parts) else 0.0
    below, above, parts_below, parts_above = _sides(row.parts)
    left, right = max(0.0, zero - LEAST * parts_below), max(0.0, width - zero - LEAST * parts_above)
    if not below or (above and right * below <= left * above):
        return DivergingScale(zero, right, above or 1)
    return DivergingScale(zero, left, below)


def segments(parts: Sequence[CountPart], scale: DivergingScale) -> list[Segment]:
    """Return the parts from left to right: those below zero to its left, the largest of both sides next to it."""
    before: list[Segment] = []
    after: list[Segment] = []
    left = right = scale.zero
    for i, part in enumerate(parts):
        length = scale.pixels(part.amount)
        if part.amount < 0:
            before.append(Segment(i, left - length, left - _GAP))
            left -= length
        else:
            after.append(Segment(i, right + _GAP, right + length))
            right += length
    return [*reversed(before), *after]


def _sides(parts: Iterable[CountPart]) -> _Sides:
    amounts = [part.amount for part in parts]
    below, above = [-a for a in amounts if a < 0], [a for a in amounts if a >= 0]
    return _Sides(sum(below), sum(above), len(below), len(above))


def _largest(found: Iterable[_Sides]) -> _Sides:
    columns = list(zip(*found, strict=True)) or [(0,)] * 4
    return _Sides(*(max(column) for column in columns))
