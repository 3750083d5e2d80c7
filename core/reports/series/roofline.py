"""The roofline chart as plain values: a result and a device in; dots, axes and the corners of roofs out."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import NamedTuple

from layerledger.core.analysis import NodeResult, Result
from layerledger.core.base import units
from layerledger.core.metrics.devices.roofline import SECOND, Boundary, Roofline, moved_bytes, operations
from layerledger.core.metrics.devices.target import DeviceTarget
from layerledger.core.network.paths import NodePath

_DECADE_PAD = 0.25  # of a power of ten, around what is shown
_LEAST_DECADES = 2.0


class Dot(NamedTuple):
    """The dot of a layer: all its equal passes together.

    Attributes:
        path: names, with the numbers of passes.
        intensity: operations a byte.
        attained: operations a second in the least time.
        total: that time, of all those passes, in attoseconds.
    """

    path: str
    at: NodePath
    type: str
    family: str
    times: int
    intensity: float
    attained: float
    total: int
    bound: Boundary


class Axes(NamedTuple):
    """Ranges as powers of ten: of intensity (x) and of operations a second (y)."""

    left: float
    right: float
    bottom: float
    top: float


class Roofs(NamedTuple):
    """The content of a roofline chart.

    Attributes:
        dots: the layers, those with the most time first.
        total: the least time of the whole network, in attoseconds.
        left_out: the number of layers without a position on logarithmic axes: those without operations or bytes.
        left_out_time: their part of `total`.
        roofline: the chosen device's.
        others: rooflines of other devices, drawn over it.
    """

    dots: Sequence[Dot]
    total: int
    left_out: int
    left_out_time: int
    roofline: Roofline
    others: Sequence[Roofline]

    @property
    def families(self) -> list[str]:
        """Families of the dots, that with most of the time first."""
        sums: dict[str, int] = {}
        for dot in self.dots:
            sums[dot.family] = sums.get(dot.family, 0) + dot.total
        return sorted(sums, key=lambda family: -sums[family])


class RoofsBuilder:
    """Makes the charts of successive results, and reuses the dots of layers that an edit left as they were.

    The cache is keyed by the layer's result and holds those of the last chart; another roofline empties it.
    """

    def __init__(self) -> None:
        self._known: dict[NodeResult, tuple[float, float] | None] = {}
        self._of: Roofline | None = None

    def make(self, result: Result, target: DeviceTarget, others: Iterable[DeviceTarget] = ()) -> Roofs:
        """Return the chart of a network on a device."""
        roof = target.roofline(result)
        before = self._known if self._of is roof else {}
        self._known, self._of = {}, roof
        dots: list[Dot] = []
        left_out = left_out_time = 0
        for row in result.rows(expand=False):
            layer, time = row.result, roof.time(row.result)
            place = before[layer] if layer in before else _place(layer, roof)
            # Also None, for a layer without a place: it is not sought again after an edit elsewhere.
            self._known[layer] = place
            if place:
                total = time.total * row.times
                dots.append(Dot(row.path, row.at, row.type, layer.family, row.times, *place, total, time.bound))
            elif time.total:
                left_out, left_out_time = left_out + row.times, left_out_time + time.total * row.times
        dots.sort(key=lambda dot: -dot.total)
        rest = [other.roofline(result) for other in others]
        return Roofs(dots, roof.time(result.root).total, left_out, left_out_time, roof, rest)


def _place(layer: NodeResult, roof: Roofline) -> tuple[float, float] | None:
    """Return a layer's intensity and its attained speed; None where it has no position on logarithmic axes."""
    done, nbytes, time = operations(layer), moved_bytes(layer, fused=roof.fused), roof.time(layer)
    if not (done and nbytes and time.total):
        return None
    return done / nbytes, done * SECOND / time.total


class RoofScale:
    """The axes that show all dots and the corners of the roofs, as powers of ten."""

    def __init__(self, roofs: Roofs) -> None:
        self._roofs = roofs

    @cached_property
    def axes(self) -> Axes:
        roofs = (self._roofs.roofline, *self._roofs.others)
        ridges = [float(roof.ridge) for roof in roofs if roof.ridge]
        ceilings = [float(roof.ceiling) for roof in roofs if roof.ceiling]
        # A range beyond each ridge, so that the flat part of a roof is seen.
        across = [dot.intensity for dot in self._roofs.dots] + ridges + [ridge * 4 for ridge in ridges]
        left, right = _range(across or [0.1, 100.0])
        up = [dot.attained for dot in self._roofs.dots] + ceilings
        up += [roof.bandwidth * 10**left for roof in roofs if roof.bandwidth and not roof.ceiling]
        bottom, top = _range(up or [1e9, 1e12])
        return Axes(left, right, bottom, top)


def _range(values: Sequence[float]) -> tuple[float, float]:
    low, high = math.log10(min(values)) - _DECADE_PAD, math.log10(max(values)) + _DECADE_PAD
    missing = max(0.0, _LEAST_DECADES - (high - low)) / 2
    return low - missing, high + missing


def decades(low: float, high: float, most: int) -> list[int]:
    """Return the powers of ten within a range, thinned out to at most `most`."""
    # A power of ten at the border counts as inside, in spite of rounding.
    found = range(math.ceil(low - 1e-9), math.floor(high + 1e-9) + 1)
    step = -(-len(found) // max(1, most))
    return [power for power in found if power % max(1, step) == 0]


def roof_points(roof: Roofline, axes: Axes) -> list[tuple[float, float]]:
    """Return the corners of a roof as powers of ten, from left to right; nothing where it has no part."""
    ceiling = math.log10(roof.ceiling) if roof.ceiling else None
    slope = math.log10(roof.bandwidth) if roof.bandwidth else None
    if slope is None:
        return [] if ceiling is None else [(axes.left, ceiling), (axes.right, ceiling)]
    if ceiling is None:
        return [(axes.left, axes.left + slope), (axes.right, axes.right + slope)]
    ridge = ceiling - slope
    start = (axes.left, min(axes.left + slope, ceiling))
    return [
        start,
        *([(ridge, ceiling)] if axes.left < ridge < axes.right else []),
        (axes.right, min(axes.right + slope, ceiling)),
    ]


def intensity_text(power: int) -> str:
    """Return a power of ten for the axis of intensity: 0.1, 1, 1 k."""
    return units.count(10**power) if power >= 0 else f"{10.0**power:.{-power}f}"


def rate_text(power: int) -> str:
    """Return a power of ten for the axis of speed: 1 Top/s."""
    return units.rate(10**power, "op") if power >= 0 else ""
