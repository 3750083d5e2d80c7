"""The exact first and last positions that outputs see, where these differ from output to output.

After a pooling and an upsampling, neighbouring outputs see parts of the input of different size and distance, but the
pattern repeats: after some outputs, its period, it has moved by whole positions of the input. A staircase is such a
pattern; it holds one number for each output of a period, a phase. The first and the last positions seen are a
staircase each. Invariant: both are exact for each output, as if the input went on past its borders.

A convolution only shifts a staircase that never falls, so a long chain of them shares one, and the largest field is
found once for each distance between the two. Other windows write a new one, of as many numbers as it has phases.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from math import gcd, inf, isinf, lcm
from typing import NamedTuple, TypeAlias

from layerledger.core.layers.windows import MOST_PHASES, Number, Window, ratio

Position: TypeAlias = "int | float"
"""A position of the input; ∞ as the first and −∞ as the last position of an output that sees nothing."""

_STEPS_AT_MOST_PHASES = 2_000
_FEWEST = 64
_MOST_TAPS = 64


def most_phases(steps: int) -> int:
    """Return the most phases that are followed in a network of that many steps.

    The bound falls with the steps, so that the time for all of them stays in proportion to the network.
    """
    return max(_FEWEST, min(MOST_PHASES, MOST_PHASES * _STEPS_AT_MOST_PHASES // max(steps, 1)))


class Staircase:
    """Positions that repeat: f(y + period) = f(y) + advance.

    Attributes:
        values: f(0), f(1), … of one period.
        advance: the distance between periods.
        rising: whether it never falls, and each value is a position.
    """

    __slots__ = ("_sizes", "advance", "rising", "values")

    def __init__(self, values: Sequence[Position], advance: int) -> None:
        self.values, self.advance = _shortest(tuple(values), advance)
        following = (*self.values[1:], self.values[0] + self.advance)
        self.rising = all(map(_not_after, self.values, following)) and not isinf(self.values[0])
        # key: the other staircase, their distance, and the outputs looked at; as many as distances within a period
        self._sizes: dict[tuple[Staircase, int, int], tuple[Position, Position]] = {}

    @property
    def rate(self) -> Number:
        """The average distance of neighbouring outputs."""
        return ratio(self.advance, len(self.values))

    def at(self, y: int) -> Position:
        """Return f(y)."""
        periods, phase = divmod(y, len(self.values))
        return self.values[phase] + periods * self.advance

    def sizes_to(self, last: Staircase, apart: int, *, count: int) -> tuple[Position, Position]:
        """Return the largest and the smallest distance from f(y) to `last` at y + apart, for `count` outputs y."""
        key = (last, apart, count)
        if key not in self._sizes:
            found = [last.at(y + apart) - self.at(y) for y in range(count)]
            self._sizes[key] = max(found), min(found)
        return self._sizes[key]


def _not_after(one: Position, other: Position) -> bool:
    return one <= other


def _shortest(values: tuple[Position, ...], advance: int) -> tuple[tuple[Position, ...], int]:
    """Return the values and the advance of the shortest period."""
    period, divisor = len(values), 2
    while divisor <= period:
        part, step = period // divisor, advance // divisor
        if period % divisor or advance % divisor:
            divisor += 1
        elif all(values[i] + step == values[i + part] for i in range(period - part)):
            values, advance, period = values[:part], step, part
        else:
            divisor += 1
    return values, advance


class Edge(NamedTuple):
    """The first or the last position that each output y sees: the staircase at y + shift."""

    stairs: Staircase
    shift: int = 0

    def at(self, y: int) -> Position:
        """Return the position of output y."""
        return self.stairs.at(y + self.shift)


class Phases(NamedTuple):
    """The first and the last positions that outputs see."""

    first: Edge
    last: Edge

    @property
    def period(self) -> int:
        """The outputs after which sizes repeat."""
        return lcm(len(self.first.stairs.values), len(self.last.stairs.values))

    @property
    def stride(self) -> Number:
        """The average distance of neighbouring fields."""
        return self.first.stairs.rate

    def span(self, y: int) -> tuple[int, int] | None:
        """Return the first and the last position that output `y` sees; None where it sees nothing."""
        first, last = self.first.at(y), self.last.at(y)
        return None if isinf(first) else (int(first), int(last))

    def sizes(self, count: int) -> tuple[int, int]:
        """Return the largest and the smallest size of a field, of `count` outputs from 0 on."""
        if count < self.period:
            found = [self.last.at(y) - self.first.at(y) for y in range(count)]
            most, least = max(found), min(found)
        else:
            # All phases occur, so where they begin is of no matter, and equal distances have equal sizes.
            apart = (self.last.shift - self.first.shift) % len(self.last.stairs.values)
            periods = (self.last.shift - self.first.shift) // len(self.last.stairs.values)
            most, least = self.first.stairs.sizes_to(self.last.stairs, apart, count=self.period)
            most, least = (size + periods * self.last.stairs.advance for size in (most, least))
        return _size(most), _size(least)

    def bounds(self) -> tuple[Number, Number] | None:
        """Return the fixed first and last distances from y·stride within which each output y sees; None for nothing."""
        lows, highs = (_distances(edge) for edge in self)
        return (min(lows), max(highs)) if lows and highs else None


def _size(distance: Position) -> int:
    return 0 if isinf(distance) else int(distance) + 1


def _distances(edge: Edge) -> list[Number]:
    rate = Fraction(edge.stairs.rate)
    found = [(edge.at(y), y * rate) for y in range(len(edge.stairs.values))]
    return [_plain(int(at) - linear) for at, linear in found if not isinf(at)]


def _plain(number: Fraction) -> Number:
    return ratio(number.numerator, number.denominator)


def straight(start: int, size: int, stride: int) -> Phases:
    """Return the phases of outputs that all see alike."""
    return Phases(Edge(Staircase((start,), stride)), Edge(Staircase((start + size - 1,), stride)))


# -- through a window, and where branches meet


def through_window(seen: Phases, window: Window, limit: int) -> Phases | None:
    """Return the phases after a window; None where they are more than `limit`, or the window is not known exactly."""
    first = _moved(seen.first, window, limit, first=True)
    last = _moved(seen.last, window, limit, first=False) if first else None
    return None if first is None or last is None or lcm_of(first, last) > limit else Phases(first, last)


def lcm_of(one: Edge, other: Edge) -> int:
    """Return the outputs after which two edges repeat together."""
    return lcm(len(one.stairs.values), len(other.stairs.values))


def _moved(edge: Edge, window: Window, limit: int, *, first: bool) -> Edge | None:
    stairs = edge.stairs
    period = len(stairs.values)
    if window.taps:
        advance, phases = window.taps
    elif isinstance(window.stride, int) and isinstance(window.first, int) and isinstance(window.last, int):
        advance, phases = window.stride, (range(window.first, window.last + 1, window.dilation),)
        if advance == 1 and stairs.rising:
            return Edge(stairs, edge.shift + (window.first if first else window.last))
    else:
        return None
    repeats = period // gcd(period, advance)
    if repeats * len(phases) > limit:
        return None
    if stairs.rising:
        ends = [taps[:1] if first else taps[-1:] for taps in phases]
    else:
        # A later period is further on, so the outermost taps are within the first or the last one.
        ends = [taps[:period] if first else taps[-period:] for taps in phases]
        if repeats * sum(map(len, ends)) > limit * _MOST_TAPS:
            return None
    pick: Callable[..., Position] = min if first else max
    nothing = inf if first else -inf
    values = [
        pick((edge.at(repeat * advance + tap) for tap in taps), default=nothing)
        for repeat in range(repeats)
        for taps in ends
    ]
    return Edge(Staircase(values, repeats * advance // period * stairs.advance))


def joined(one: Phases, other: Phases, limit: int) -> Phases | None:
    """Return the phases of outputs that see what two see; None where they are more than `limit`.

    Both must have one stride.
    """
    first = _outer(one.first, other.first, limit, first=True)
    last = _outer(one.last, other.last, limit, first=False) if first else None
    return None if first is None or last is None or lcm_of(first, last) > limit else Phases(first, last)


def _outer(one: Edge, other: Edge, limit: int, *, first: bool) -> Edge | None:
    pick: Callable[[Position, Position], Position] = min if first else max
    if one.stairs is other.stairs and one.stairs.rising:
        return Edge(one.stairs, int(pick(one.shift, other.shift)))
    period = lcm_of(one, other)
    if period > limit:
        return None
    values = [pick(one.at(y), other.at(y)) for y in range(period)]
    return Edge(Staircase(values, period // len(one.stairs.values) * one.stairs.advance))
