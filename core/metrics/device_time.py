"""The least time of layers on a device as a metric: a column, bars and cards like any other number."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache

from layerledger.core.analysis.result import NodeResult, Result, Row
from layerledger.core.base import units
from layerledger.core.base.record import Record
from layerledger.core.metrics.devices.device import Device
from layerledger.core.metrics.devices.roofline import Roofline, roofline
from layerledger.core.metrics.metric import Metric

DEVICE_TIME = "device_seconds"

_EXACT = 6
"""Digits of a time in full: no data sheet has more."""


@dataclass(frozen=True, kw_only=True)
class DeviceMetric(Metric):
    """Least time on a device, in attoseconds."""

    roofline: Roofline

    @property
    def known(self) -> bool:
        """Whether the device has a figure that says anything."""
        return bool(self.roofline.used or self.roofline.bandwidth)

    def of(self, result: NodeResult) -> int:
        return self.roofline.time(result).total

    def of_row(self, row: Row) -> int:
        return self.roofline.time(row.result).total

    def text(self, value: int, *, digits: int = 3) -> str:
        return units.duration(value, digits=digits) if value else "0 s"

    def exact(self, value: int) -> str:
        return units.duration(value, digits=_EXACT)


class DeviceTarget(Record):
    """On what a network is timed.

    Attributes:
        efficiency: the part of the peak that is counted on, above 0 and at most 1.
        fused: whether norms, activation functions and additions move nothing.
    """

    device: Device
    efficiency: Fraction = Fraction(1)
    fused: bool = False

    def roofline(self, result: Result) -> Roofline:
        """Return the device's roofline for the dtype in which a network computes."""
        return roofline(self.device, result.dtype, self.efficiency, fused=self.fused)

    def metric(self, result: Result) -> DeviceMetric:
        """Return the least time on the device, for the dtype in which a network computes."""
        return _metric(self.roofline(result))


@lru_cache(maxsize=16)
def _metric(found: Roofline) -> DeviceMetric:
    title = f"Least time on {found.device.title}"
    return DeviceMetric(
        key=DEVICE_TIME, title=title, short="Time", help=explained(found), unit="seconds", roofline=found
    )


def explained(found: Roofline) -> str:
    """Return what exactly is taken as the least time, with the figures."""
    parts = ["Roofline, a lower bound: of each layer the larger of"]
    parts += [f"operations at {peak_text(found)}" if found.used else f"operations (no peak for {found.dtype} is known)"]
    bandwidth = units.rate(found.bandwidth, "B") if found.bandwidth else ""
    fused = "; norms, activation functions and additions fused" if found.fused else ""
    parts += [f"and bytes at {bandwidth}{fused}." if bandwidth else "and bytes (no bandwidth is known)."]
    return " ".join(parts)


def peak_text(found: Roofline) -> str:
    """Return the peak, the dtype that it is of, and the efficiency: 65 Top/s (float16) × 0.5."""
    if found.used is None:
        return ""
    text = f"{units.rate(found.used.peak.operations_per_s, 'op')} ({dtype_text(found)})"
    return text if found.efficiency == 1 else f"{text} × {float(found.efficiency):g}"


def dtype_text(found: Roofline) -> str:
    """Return the dtype that is computed in: int8, or `int8 as float16` where a wider one stands in for it."""
    if found.used is None or found.used.as_dtype == found.dtype:
        return found.dtype
    return f"{found.dtype} as {found.used.as_dtype}"
