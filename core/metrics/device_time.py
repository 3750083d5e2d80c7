"""The least time of layers on a device, as a metric."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import Any

from layerledger.core.analysis.result import NodeResult, Result, Row
from layerledger.core.base import units
from layerledger.core.base.messages import Message
from layerledger.core.base.precision import dtype_title
from layerledger.core.metrics.devices.roofline import Roofline
from layerledger.core.metrics.devices.target import DeviceTarget
from layerledger.core.metrics.metric import Metric, MetricContext, Node, is_known

DEVICE_TIME = "device_seconds"


BY_COMPUTE, BY_MEMORY = "Bound by compute", "Bound by memory"
"""The groups by which bars of times are coloured; the legend's entries."""


class DeviceMetric(Metric):
    """Least time on one device, in attoseconds; None for all nodes where no figure of the device is known."""

    roofline: Roofline

    @property
    def known(self) -> bool:
        """True if the device has a peak or a bandwidth."""
        return bool(self.roofline.used or self.roofline.bandwidth)

    def value(self, context: MetricContext, node: Node) -> int | None:
        if not self.known:
            return None
        if isinstance(node, NodeResult):
            return self.roofline.time(node).total if is_known(node) else None
        if isinstance(node, Row) and is_known(node.result):
            return self.roofline.time(node.result).total * node.times
        return None

    def json_value(self, context: MetricContext, node: Node) -> Any:
        """Return the time in seconds; 0 for an uncounted layer, by the contract of JSON reports."""
        if not self.known or not isinstance(node, NodeResult | Row):
            return None
        return self.roofline.time(node if isinstance(node, NodeResult) else node.result).seconds

    def groups(self, results: Iterable[NodeResult]) -> list[str]:
        time = self.roofline.time
        return [BY_MEMORY if time(layer).bound == "memory" else BY_COMPUTE for layer in results]


class DeviceTimeMetric(Metric):
    """Least time on the device of the context."""

    def in_context(self, context: MetricContext) -> DeviceMetric | None:
        return time_on(context.target, context.result) if context.target else None

    def value(self, context: MetricContext, node: Node) -> int | None:
        found = self.in_context(context)
        return found.value(context, node) if found else None

    def json_value(self, context: MetricContext, node: Node) -> Any:
        found = self.in_context(context)
        return found.json_value(context, node) if found else None


def time_on(target: DeviceTarget, result: Result) -> DeviceMetric:
    """Return the least time on a device, for the dtype in which a network computes."""
    return _metric(target.roofline(result))


# Key: the roofline, by identity; never stale, since a roofline does not change.
@lru_cache(maxsize=16)
def _metric(found: Roofline) -> DeviceMetric:
    """Return the metric of a roofline: the same one for the same roofline, so that charts can reuse its values."""
    title = Message("Least time on {title}", title=found.device.title)
    return DeviceMetric(
        key=DEVICE_TIME, title=title, short="Time", help=explained(found), unit="seconds", roofline=found
    )


def explained(found: Roofline) -> str:
    """Return the definition of the least time, with the device's figures."""
    parts = ["Roofline, a lower bound: of each layer the larger of"]
    parts += [
        Message("operations at {found}", found=peak_text(found))
        if found.used
        else Message("operations (no peak for {dtype} is known)", dtype=dtype_title(found.dtype))
    ]
    bandwidth = units.rate(found.bandwidth, "B") if found.bandwidth else ""
    fused = "; batch norms, activation functions and element-wise arithmetic fused" if found.fused else ""
    parts += [
        Message("and bytes at {bandwidth}{fused}.", bandwidth=bandwidth, fused=fused)
        if bandwidth
        else "and bytes (no bandwidth is known)."
    ]
    cache = found.device.cache
    parts += [
        Message(
            "A tensor that the cache of {size} holds moves at {rate}; weights come from memory in each run{held}.",
            size=units.size(cache.nbytes),
            rate=units.rate(cache.bytes_per_s, "B"),
            held=", except where the cache holds all of them, as here" if found.held else "",
        )
        if cache
        else "It assumes that each tensor comes from memory once: where a cache holds one, that part is no bound."
    ] * bool(bandwidth or cache)
    return " ".join(parts)


def peak_text(found: Roofline) -> str:
    """Return the peak with its dtype and the efficiency: 65 Top/s (float16) × 0.5."""
    if found.used is None:
        return ""
    text = f"{units.rate(found.used.peak.operations_per_s, 'op')} ({dtype_text(found)})"
    return text if found.efficiency == 1 else f"{text} × {float(found.efficiency):g}"


def dtype_text(found: Roofline) -> str:
    """Return the dtype of the computation: int8, or `int8 as float16` where a wider one is used instead."""
    dtype = dtype_title(found.dtype)
    if found.used is None:
        return Message("no peak for {dtype}", dtype=dtype)
    if found.used.as_dtype == found.dtype:
        return dtype
    return Message("{dtype} as {wider}", dtype=dtype, wider=found.used.as_dtype)
