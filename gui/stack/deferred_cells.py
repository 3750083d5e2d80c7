"""The cells of metrics that depend on the execution order, such as live activations and receptive fields.

Any edit can change any of them. In a large network they are computed once typing rests, and show … meanwhile.
"""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal

from layerledger.core.analysis import Result
from layerledger.core.metrics.metric import LayerPlace, Metric
from layerledger.core.metrics.step_metrics import SPAN, UNDEFINED, WHOLE
from layerledger.core.network.paths import NodePath
from layerledger.gui.document.document import Document
from layerledger.gui.document.large_networks import is_large
from layerledger.gui.theme.translation import translated
from layerledger.gui.widgets.debounce import Debounce

WAITING = "…"


class DeferredCells(QObject):
    """Reads the document for one stack; computes nothing before a cell is read."""

    changed = Signal()  # cells that showed … can be read

    def __init__(self, document: Document, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._document = document
        self._ready: Result | None = None
        self._read = False
        self._later = Debounce(self.finish, self)
        document.resultChanged.connect(self._follow)
        self._follow()

    def _follow(self) -> None:
        if self._waits():
            self._later.start()

    def _waits(self) -> bool:
        result = self._document.result
        return result is not self._ready and is_large(result)

    def finish(self) -> None:
        """Make the values of the present result available."""
        self._later.stop()
        self._ready = self._document.result
        if self._read:
            self._read = False
            self.changed.emit()

    def text(self, path: NodePath, metric: Metric) -> str:
        """Return the value of a layer in all passes of its blocks; "" where it has none."""
        if self._waits():
            self._read = True
            return WAITING
        value = metric.cell(self._document.metrics, LayerPlace(path))
        if isinstance(value, str):
            return SPAN.join(translated(part) if part in (WHOLE, UNDEFINED) else part for part in value.split(SPAN))
        return "" if value is None else metric.text(value)
