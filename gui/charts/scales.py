"""Values to heights and round tick values, on exact integers: nothing here overflows a float. Names no Qt."""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction
from typing import Protocol

from layerledger.core.metrics.metric import MILLION, Metric

Range = tuple[float, float]
Tick = tuple[float, str]

_HEADROOM = 1.06
_FOOT = 0.15  # least height of a bar, in powers
_STEPS = (10, 20, 25, 50, 100)  # tenths of a power of ten
_DECADES = (1, 2, 3, 6, 9, 12, 15, 18, 24, 30, 60, 120)
_OCTAVES = (1, 2, 5, 10, 20, 30, 40, 60, 80, 100, 200, 400)
_WIDEST = 10  # characters of a tick


class Scale(Protocol):
    """Position of values on the axis, and the ticks of the axis."""

    foot: float  # where bars start

    def height(self, value: int) -> float:
        """Return the height of `value`, which is at least 1."""
        ...

    def fit(self, values: Sequence[int]) -> Range:
        """Return the range of heights that shows `values`, each 1 or more, from their foot to a little above."""
        ...

    def ticks(self, bottom: float, top: float, most: int) -> list[Tick]:
        """Return at most `most` round values within a range of heights, as (height, text)."""
        ...


class Linear:
    """Heights in proportion: the largest value is 1."""

    foot = 0.0

    def __init__(self, metric: Metric, largest: int) -> None:
        self._metric, self._largest = metric, max(largest, 1)

    def height(self, value: int) -> float:
        return value / self._largest  # exact for integers beyond every float

    def fit(self, values: Sequence[int]) -> Range:
        return 0.0, self.height(max(values, default=self._largest)) * _HEADROOM

    def ticks(self, bottom: float, top: float, most: int) -> list[Tick]:
        if top <= 0:
            return []
        limit = max(1, int(Fraction(top) * self._largest))
        step = _round_up(limit // max(most, 2) + 1, binary=self._metric.unit == "bytes")
        return [(self.height(value), tick_text(self._metric, value)) for value in range(0, limit + 1, step)]


def _round_up(value: int, *, binary: bool) -> int:
    """Return the smallest step of a round axis that is no less than `value`."""
    if binary:
        return 1 << (value - 1).bit_length()
    power = 10 ** _exponent(value)
    return next(max(1, power * step // 10) for step in _STEPS if power * step >= value * 10)


class Log:
    """Heights by logarithm: of 10 for counts, of 2 for bytes, whose prefixes are powers of 2."""

    foot = -math.inf

    def __init__(self, metric: Metric) -> None:
        self._metric = metric
        self._base = 2 if metric.unit == "bytes" else 10
        self._strides = _OCTAVES if self._base == 2 else _DECADES

    def height(self, value: int) -> float:
        return math.log2(value) if self._base == 2 else math.log10(value)

    def fit(self, values: Sequence[int]) -> Range:
        low, high = (self.height(f(values, default=1)) for f in (min, max))
        bottom = math.ceil(low - _FOOT) - 1  # below the least value, so that its bar can be seen
        return float(bottom), max(bottom + (high - bottom) * _HEADROOM, bottom + self._strides[0] * 1.05)

    def ticks(self, bottom: float, top: float, most: int) -> list[Tick]:
        low, high = max(0, math.ceil(bottom - 1e-9)), math.floor(top + 1e-9)
        stride = next((s for s in self._strides if (high - low) // s < most), (high - low) // (most - 1) + 1)
        values = [self._base**e for e in range(-(-low // stride) * stride, high + 1, stride)]
        if high - low < 2 and self._base == 10:  # a short axis needs more than its powers
            finer = [10**e * factor for e in range(max(0, low - 1), high + 1) for factor in (1, 2, 5)]
            inside = [value for value in finer if bottom - 1e-9 <= self.height(value) <= top + 1e-9]
            values = inside if len(inside) <= most else values
        return [(self.height(value), tick_text(self._metric, value)) for value in values]


def tick_text(metric: Metric, value: int) -> str:
    """Return a round value without trailing zeros, such as 40 M or 1.5 MiB; an intensity has no unit."""
    if metric.unit == "ratio":
        return f"{value / MILLION:,g}"
    text = metric.text(value, digits=4)
    number, _, prefix = text.partition(" ")
    if "." in number:
        number = number.rstrip("0").rstrip(".")
    return f"{number} {prefix}".rstrip() if len(text) <= _WIDEST else power_text(value)


def power_text(value: int) -> str:
    """Return a value beyond all prefixes as a power of ten, such as 1.2e150."""
    exponent = _exponent(value)
    tenths = value * 10 // 10**exponent
    return f"{tenths // 10}.{tenths % 10}e{exponent}".replace(".0e", "e")


def _exponent(value: int) -> int:
    return len(str(value)) - 1
