"""The memory over time as one works with it: steps are pointed at, chosen, and walked through by keyboard."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, QEvent, QPoint, QPointF, Qt, Signal
from PySide6.QtGui import QContextMenuEvent, QFocusEvent, QKeyEvent, QMouseEvent, QWheelEvent
from PySide6.QtWidgets import QApplication, QWidget

from layerledger.core.base import units
from layerledger.core.reports.series.memory import Timeline
from layerledger.gui.charts.memory.painter import piece_at
from layerledger.gui.charts.memory.plot import MemoryPlot
from layerledger.gui.charts.tip import Tip, TipText

_ZOOM_KEY = 0.7
_ZOOMS = {"+": _ZOOM_KEY, "=": _ZOOM_KEY, "-": 1 / _ZOOM_KEY}


class MemoryView(MemoryPlot):
    """A plot that says which step is chosen; it changes nothing itself."""

    chosen = Signal(int, bool)  # a step, and whether to extend the selection by it
    menuRequested = Signal(QPoint)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._pressed: tuple[QPointF, float] | None = None
        self._dragging = False
        self.tip = Tip(self)
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName(self.tr("Memory over time"))

    def show_timeline(self, timeline: Timeline) -> None:
        super().show_timeline(timeline)
        self.tip.hide()

    # -- pointing

    def note(self, step: int, point: QPointF | None = None) -> TipText:
        """Return what is said of a step, and of the tensor at a point of it."""
        assert self.timeline
        column = self.column(step)
        buffer = None
        if point is not None and column is not None and column.step == step:
            buffer = piece_at(column, self.place.height(point.y()))
        alive = _tr("live %1").replace("%1", units.size(self.timeline.live[step]))
        text = f"{alive} · {self.timeline.tensor_text(buffer, step)}" if buffer is not None else alive
        number = f"{_tr('step %1').replace('%1', units.grouped(step + 1))}  {self.timeline.type(step)}"
        return TipText(self.timeline.name(step), number, text)

    def _hover(self, point: QPointF | None) -> None:
        step = None if point is None else self.step_at(point)
        if step != self.hovered:
            self.hovered = step
            self.update()
        if step is None or point is None:
            self.tip.hide()
        else:
            self.tip.show_note(self.note(step, point), point.toPoint())

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self._pressed, self._dragging = (event.position(), self.range[0]), False

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._pressed is None:
            self._hover(event.position())
            return
        start, low = self._pressed
        moved = event.position().x() - start.x()
        if self._dragging or abs(moved) >= QApplication.startDragDistance():
            self._dragging = True
            self._hover(None)
            left = low - moved / self.place.slot
            self.look(left, left + self.range[1] - self.range[0])

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if event.button() != Qt.MouseButton.LeftButton or self._pressed is None:
            return
        step = None if self._dragging else self.step_at(event.position())
        self._pressed, self._dragging = None, False
        if step is not None:
            self._choose(step, extend=bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier))

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        self.reset()

    def wheelEvent(self, event: QWheelEvent) -> None:
        across, along = event.angleDelta().x(), event.angleDelta().y()
        low, high = self.range
        if across or event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
            by = -(across or along) / 2 / self.place.slot
            self.look(low + by, high + by)
        else:
            self.zoom(0.998**along, self.place.position(event.position().x()))
        self._hover(event.position())
        event.accept()

    def leaveEvent(self, event: QEvent) -> None:
        self._hover(None)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        by_mouse = event.reason() == QContextMenuEvent.Reason.Mouse
        self.menuRequested.emit(event.globalPos() if by_mouse else self.mapToGlobal(self.rect().center()))

    # -- the keyboard

    def keyPressEvent(self, event: QKeyEvent) -> None:
        target = self._target(Qt.Key(event.key())) if self.columns else None
        if target is not None:
            self._walk(target)
        elif event.text() in _ZOOMS:
            self.zoom(_ZOOMS[event.text()])
        elif event.text() == "0":
            self.reset()
        else:
            event.ignore()

    def _target(self, key: Qt.Key) -> int | None:
        """Return the step to which a key leads."""
        last = self.count - 1
        now = self.current
        peak = self.timeline.memory.peak_step if self.timeline else None
        targets = {
            Qt.Key.Key_Right: 0 if now is None else min(now + 1, last),
            Qt.Key.Key_Left: last if now is None else max(now - 1, 0),
            Qt.Key.Key_Home: 0,
            Qt.Key.Key_End: last,
            Qt.Key.Key_P: peak,
        }
        return targets.get(key)

    def _walk(self, step: int) -> None:
        self._choose(step, extend=False)
        self.reveal(step)
        said = self.note(step)
        near = QPointF(self.place.x(step), self.place.y(self.timeline.live[step] if self.timeline else 0))
        self.tip.show_note(said, near.toPoint())
        self.setAccessibleDescription(said.text())

    def _choose(self, step: int, *, extend: bool) -> None:
        self.current = step
        self.chosen.emit(step, extend)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.tip.hide()


def _tr(text: str) -> str:
    return QCoreApplication.translate("Charts", text)
