"""Sentences that say why a chart is empty."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication

from layerledger.core.analysis import Result
from layerledger.core.metrics.device_time import DEVICE_TIME
from layerledger.core.metrics.metric import Metric
from layerledger.core.metrics.placed import LIVE_BYTES, RECEPTIVE
from layerledger.gui.document.document import Document
from layerledger.gui.theme.translation import QT_TRANSLATE_NOOP

_ALL_ZERO = {
    "params": QT_TRANSLATE_NOOP("Charts", "No layer has parameters"),
    "exact_flops": QT_TRANSLATE_NOOP("Charts", "No layer multiplies or adds"),
    "activation_bytes": QT_TRANSLATE_NOOP("Charts", "No layer has an output"),
    "weight_bytes": QT_TRANSLATE_NOOP("Charts", "No layer has parameters"),
    "read_bytes": QT_TRANSLATE_NOOP("Charts", "No layer reads anything"),
    "write_bytes": QT_TRANSLATE_NOOP("Charts", "No layer has an output"),
    LIVE_BYTES: QT_TRANSLATE_NOOP("Charts", "No layer has an output"),
    RECEPTIVE: QT_TRANSLATE_NOOP("Charts", "No layer has a receptive field"),
    DEVICE_TIME: QT_TRANSLATE_NOOP("Charts", "No layer takes any time"),
}
"""By the key of a metric that is 0 for all layers."""

_NO_MACS = QT_TRANSLATE_NOOP("Charts", "No layer has multiply-accumulates")


def uncounted_reason(result: Result) -> str:
    """Return why no layer can be drawn; empty if at least one layer is counted."""
    if not result.root.layers:
        return _tr("No layers yet")
    return _tr("No layer could be counted") if result.root.uncounted_layers >= result.root.layers else ""


def zero_reason(result: Result, metric: Metric) -> str:
    """Return why all bars of a metric are empty."""
    return uncounted_reason(result) or _tr(_ALL_ZERO.get(metric.key, _NO_MACS))


def device_reason(document: Document) -> str:
    """Return why layers cannot be timed; empty if they can."""
    time = document.time
    if time is None:
        return _tr("Choose a device in the tool bar to see the least time of each layer")
    if time.known:
        return ""
    text = _tr("The peak of %1 for %2 and its bandwidth are not known; choose another dtype or device")
    return text.replace("%1", time.roofline.device.title).replace("%2", time.roofline.dtype)


def _tr(text: str) -> str:
    return QCoreApplication.translate("Charts", text)
