"""What a layer has by its place among the others, for the stack: what is alive while it runs, and what it sees.

An edit anywhere can change it anywhere. In a large network it follows once typing rests, and says nothing meanwhile.
"""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, QObject, Signal

from layerledger.core.analysis import Result
from layerledger.core.base import units
from layerledger.core.metrics.placed import LIVE_BYTES, SPAN, UNDEFINED, WHOLE, live_bytes, seen
from layerledger.core.network.paths import NodePath
from layerledger.gui.document.document import Document
from layerledger.gui.document.large_networks import is_large
from layerledger.gui.widgets.debounce import Debounce

WAITING = "…"


class DeferredCells(QObject):
    """Reads the document for one stack; works out nothing before a cell asks."""

    changed = Signal()  # what has waited can be read

    def __init__(self, document: Document, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._document = document
        self._ready: Result | None = None
        self._asked = False
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
        """Lets what waits be read."""
        self._later.stop()
        self._ready = self._document.result
        if self._asked:
            self._asked = False
            self.changed.emit()

    def text(self, path: NodePath, key: str) -> str:
        """Return what a layer has in all passes of its blocks: of bytes the most, of fields the first and the last."""
        if self._waits():
            self._asked = True
            return WAITING
        result = self._document.result
        steps = result.schedule.steps_of(path)
        if key == LIVE_BYTES:
            nbytes = live_bytes(result, steps)
            return "" if nbytes is None else units.size(nbytes)
        return SPAN.join(map(_shown, seen(result, steps).split(SPAN)))


def _shown(field: str) -> str:
    return QCoreApplication.translate("core", field) if field in (WHOLE, UNDEFINED) else field
