"""Interaction with the bar chart: point, choose, zoom, and step through the bars by keyboard."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Sequence

from PySide6.QtCore import QEvent, QPoint, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QContextMenuEvent, QFocusEvent, QKeyEvent, QMouseEvent, QWheelEvent
from PySide6.QtWidgets import QApplication, QWidget

from layerledger.core.reports.series.bars import Chart
from layerledger.gui.charts.cost.plot import Plot
from layerledger.gui.charts.tip import Tip, note

_NEAR = 3.0  # pixels beside a thin bar that still hit it
_ZOOM_KEY = 0.7


class BarView(Plot):
    """A plot that reports the chosen bar."""

    chosen = Signal(int, bool)  # position of the bar, and whether to extend the selection by it
    menuRequested = Signal(QPoint)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.tip = Tip(self.viewport())
        self._pressed: tuple[QPointF, float] | None = None
        self._dragging = False

    def show_chart(self, chart: Chart, *, log: bool, keep: bool = True) -> None:
        super().show_chart(chart, log=log, keep=keep)
        self.tip.hide()

    # -- pointing

    def hit(self, point: QPointF) -> int | None:
        """Return the bar at a point of the widget: the bar of its column, or a close one if bars are thin."""
        at = self.box.mapFromScene(self.mapToScene(point.toPoint()))
        frame = self.bars.frame
        if self.chart is None or not QRectF(0, 0, frame.width, frame.height).contains(at):
            return None
        x = frame.position(at.x())
        exact = min(max(round(x), 0), len(self.values) - 1)
        if (self.values[exact] and frame.slot >= 1) or frame.slot >= 2 * _NEAR:
            return exact
        drawn, reach = self.chart.drawn, _NEAR / frame.slot
        close = drawn[bisect_left(drawn, x - reach) : bisect_right(drawn, x + reach)]
        if frame.slot < 1:  # several bars share the pixel: take the visible one
            return max(close, key=lambda i: self.values[i], default=exact)
        return min(close, key=lambda i: abs(i - x), default=exact)

    def _hover(self, point: QPointF | None) -> None:
        position = None if point is None else self.hit(point)
        if position != self.bars.marks.hovered:
            self.bars.marks.hovered = position
            self.redraw()
        if position is None or point is None:
            self.tip.hide()
        else:
            self._tell(position, point.toPoint())

    def _tell(self, position: int, near: QPoint) -> None:
        if self.chart is not None:
            self.tip.show_note(note(self.chart, position), near)

    def mousePressEvent(self, ev: QMouseEvent) -> None:
        if ev.button() == Qt.MouseButton.LeftButton:
            self._pressed, self._dragging = (ev.position(), self.bars.frame.x[0]), False

    def mouseMoveEvent(self, ev: QMouseEvent) -> None:
        if self._pressed is None:
            self._hover(ev.position())
            return
        start, left = self._pressed
        moved = ev.position().x() - start.x()
        if self._dragging or abs(moved) >= QApplication.startDragDistance():
            self._dragging = True
            self._hover(None)
            self.box.translateBy(x=left - moved / self.bars.frame.slot - self.bars.frame.x[0])

    def mouseReleaseEvent(self, ev: QMouseEvent) -> None:
        if ev.button() != Qt.MouseButton.LeftButton or self._pressed is None:
            return
        position = None if self._dragging else self.hit(ev.position())
        self._pressed, self._dragging = None, False
        if position is not None:
            self._choose(position, extend=bool(ev.modifiers() & Qt.KeyboardModifier.ControlModifier))

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        self.reset()

    def wheelEvent(self, ev: QWheelEvent) -> None:
        across, along = ev.angleDelta().x(), ev.angleDelta().y()
        frame = self.bars.frame
        if across or ev.modifiers() & Qt.KeyboardModifier.ShiftModifier:
            self.box.translateBy(x=-(across or along) / 2 / frame.slot)
        else:
            at = self.box.mapFromScene(self.mapToScene(ev.position().toPoint()))
            self.zoom(0.998**along, frame.position(at.x()))
        self._hover(ev.position())
        ev.accept()

    def zoom(self, factor: float, around: float | None = None) -> None:
        """Multiply the number of visible bars by `factor`, around a position or the current bar."""
        low, high = self.bars.frame.x
        centre = around if around is not None else self.current if self.current is not None else (low + high) / 2
        self.box.scaleBy(x=factor, center=(centre, 0))

    def leaveEvent(self, ev: QEvent) -> None:
        self._hover(None)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        by_mouse = event.reason() == QContextMenuEvent.Reason.Mouse
        self.menuRequested.emit(event.globalPos() if by_mouse else self.mapToGlobal(self.rect().center()))

    # -- the keyboard

    def keyPressEvent(self, ev: QKeyEvent) -> None:
        drawn = self.chart.drawn if self.chart else []
        move = _MOVES.get(Qt.Key(ev.key()))
        if move and drawn:
            self._step(drawn[move(drawn, self.current)])
        elif ev.text() in _ZOOMS:
            self.zoom(_ZOOMS[ev.text()])
        elif ev.text() == "0":
            self.reset()
        else:
            ev.ignore()

    def _step(self, position: int) -> None:
        self._choose(position, extend=False)
        self.reveal(position)
        if self.chart is not None:
            frame = self.bars.frame
            top = self.box.mapToScene(QPointF(frame.centre(position), self.bars.tops(position)))
            self._tell(position, self.mapFromScene(top))
            self.setAccessibleDescription(note(self.chart, position).text())

    def _choose(self, position: int, *, extend: bool) -> None:
        self.current = position
        self.chosen.emit(position, extend)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.tip.hide()


def _next(drawn: Sequence[int], current: int | None) -> int:
    return min(bisect_right(drawn, current), len(drawn) - 1) if current is not None else 0


def _previous(drawn: Sequence[int], current: int | None) -> int:
    return max(bisect_left(drawn, current) - 1, 0) if current is not None else len(drawn) - 1


_MOVES: dict[Qt.Key, Callable[[Sequence[int], int | None], int]] = {
    Qt.Key.Key_Right: _next,
    Qt.Key.Key_Left: _previous,
    Qt.Key.Key_Home: lambda drawn, current: 0,
    Qt.Key.Key_End: lambda drawn, current: len(drawn) - 1,
}
_ZOOMS = {"+": _ZOOM_KEY, "=": _ZOOM_KEY, "-": 1 / _ZOOM_KEY}
