"""The plot of memory over time: visible steps, their positions and their painting."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPaintEvent, QPen, QPixmap
from PySide6.QtWidgets import QWidget

from layerledger.core.reports.series.memory import MemoryColumn, Timeline
from layerledger.gui.charts.memory.painter import MemoryGeometry, Painter, paint_marks, top_of
from layerledger.gui.theme import theme as themes

_SMALL = 0.86
_FEWEST = 4.0  # least number of visible steps
_WIDEST_VALUE = "1,023 MiB"
_PAD = 8.0


class MemoryPlot(QWidget):
    """Plot of a timeline, or of the visible part of it."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.timeline: Timeline | None = None
        self.hovered: int | None = None
        self.current: int | None = None
        self._marked: Sequence[int] = ()
        self.range = (-0.5, 0.5)
        self.setMinimumSize(120, 60)

    def sizeHint(self) -> QSize:
        return QSize(600, 200)

    # -- what is shown

    def show_timeline(self, timeline: Timeline) -> None:
        """Show another timeline; the visible part stays if the number of steps does."""
        same = self.timeline is not None and len(self.timeline.steps) == len(timeline.steps)
        self.timeline = timeline
        self.hovered = None
        self._forget()
        if not same:
            self.reset()

    def mark(self, steps: Sequence[int]) -> None:
        """Set off the steps of what is selected."""
        self._marked = steps
        if self.current not in steps:
            self.current = steps[0] if steps else None
        self.update()

    @property
    def count(self) -> int:
        """Number of steps."""
        return len(self.timeline.steps) if self.timeline else 1

    def reset(self) -> None:
        """Show all steps."""
        self.look(-0.5, self.count - 0.5)

    def look(self, low: float, high: float) -> None:
        """Show positions from `low` to `high`, kept within the steps."""
        whole = float(max(1, self.count))
        wide = min(max(high - low, min(_FEWEST, whole)), whole)
        low = min(max(low, -0.5), self.count - 0.5 - wide)
        self.range = (low, low + wide)
        self._forget()

    def zoom(self, factor: float, around: float | None = None) -> None:
        """Multiply the number of visible steps by `factor`, around a position or the current step."""
        low, high = self.range
        centre = around if around is not None else self.current if self.current is not None else (low + high) / 2
        wide = min(max((high - low) * factor, min(_FEWEST, self.count)), self.count)
        part = (centre - low) / (high - low)
        self.look(centre - part * wide, centre - part * wide + wide)

    def reveal(self, step: int) -> None:
        """Scroll to a step."""
        low, high = self.range
        if not low <= step <= high:
            self.look(step - (high - low) / 2, step + (high - low) / 2)

    # -- places

    def _forget(self) -> None:
        for name in ("place", "columns", "_picture"):
            self.__dict__.pop(name, None)
        self.update()

    def resizeEvent(self, event: QEvent) -> None:
        self._forget()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        self._forget()

    @cached_property
    def place(self) -> MemoryGeometry:
        """The positions of steps and bytes."""
        metrics = QFontMetricsF(themes.scaled(self.font(), _SMALL))
        left = metrics.horizontalAdvance(_WIDEST_VALUE) + 2 * _PAD
        area = QRectF(self.rect()).adjusted(round(left), _PAD, -2 * _PAD, -round(metrics.height() + 5))
        area.setSize(area.size().expandedTo(QSize(1, 20)))
        return MemoryGeometry(area, *self.range, top_of(self.timeline) if self.timeline else 1.0)

    @cached_property
    def columns(self) -> list[MemoryColumn]:
        """The visible steps, each at least a pixel wide."""
        if self.timeline is None or not self.timeline.steps:
            return []
        low, high = self.range
        first, last = max(0, int(low + 0.5)), min(self.count - 1, int(high + 0.5))
        return self.timeline.columns(first, last, max(1, int(self.place.area.width())))

    def step_at(self, point: QPointF) -> int | None:
        """Return the step at a point; of those that share its pixel, the one with the most alive."""
        place = self.place
        if not self.columns or not place.area.left() <= point.x() <= place.area.right():
            return None
        position = min(max(round(place.position(point.x())), 0), self.count - 1)
        column = self.column(position)
        return column.step if column and place.slot < 1 else position

    def column(self, step: int) -> MemoryColumn | None:
        """Return the column in which a step is drawn; None where it is out of sight."""
        first = self.columns[0].first if self.columns else 0
        wide = self.columns[0].last - first + 1 if self.columns else 1
        at = (step - first) // wide
        return self.columns[at] if 0 <= at < len(self.columns) else None

    # -- painting

    def paint_plot(self, painter: QPainter) -> None:
        """Paint the visible part, without selection and hover."""
        if self.timeline is not None:
            Painter(painter, self.place, self.timeline, themes.scaled(self.font(), _SMALL)).paint(self.columns)

    @cached_property
    def _picture(self) -> QPixmap:
        """The plot without marks: kept, since the pointer moves more often than the network changes."""
        ratio = self.devicePixelRatioF()
        picture = QPixmap(self.size() * ratio)
        picture.setDevicePixelRatio(ratio)
        picture.fill(QColor(themes.current().panel))
        painter = QPainter(picture)
        self.paint_plot(painter)
        painter.end()
        return picture

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.drawPixmap(0, 0, self._picture)
        paint_marks(painter, self.place, self._marked, self.hovered)
        if self.hasFocus():
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(QPen(QColor(themes.current().focus), 2))
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), 4, 4)
