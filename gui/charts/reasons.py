"""Sentences that say why a chart is empty."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication

from layerledger.core.analysis import Result
from layerledger.core.base.precision import dtype_title
from layerledger.core.metrics.device_time import DEVICE_TIME
from layerledger.core.metrics.metric import Metric
from layerledger.core.metrics.registry import COUNT, METRICS
from layerledger.gui.document.document import Document
from layerledger.gui.theme.translation import QT_TRANSLATE_NOOP, translated

_ALL_ZERO = {
    "exact_flops": QT_TRANSLATE_NOOP("Charts", "No layer multiplies or adds"),
    DEVICE_TIME: QT_TRANSLATE_NOOP("Charts", "No layer takes any time"),
}
"""By the key of a metric that is 0 for all layers and not on the list of the chart's metrics by itself."""


def uncounted_reason(result: Result) -> str:
    """Return why no layer can be drawn; empty if at least one layer is counted."""
    if not result.root.layers:
        return _tr("No layers yet")
    return _tr("No layer could be counted") if result.root.uncounted_layers >= result.root.layers else ""


def zero_reason(result: Result, metric: Metric) -> str:
    """Return why all bars of a metric are empty."""
    if reason := uncounted_reason(result):
        return reason
    if metric.key in _ALL_ZERO:
        return _tr(_ALL_ZERO[metric.key])
    surface = metric.chart or METRICS[COUNT].chart  # a count by a convention is one of the counts
    return translated(surface.empty) if surface else ""


def device_reason(document: Document) -> str:
    """Return why layers cannot be timed; empty if they can."""
    time = document.time
    if time is None:
        return _tr("Choose a device in the tool bar to see the least time of each layer")
    if time.known:
        return ""
    text = _tr("The peak of %1 for %2 and its bandwidth are not known; choose another dtype or device")
    return text.replace("%1", time.roofline.device.title).replace("%2", dtype_title(time.roofline.dtype))


def _tr(text: str) -> str:
    return QCoreApplication.translate("Charts", text)
