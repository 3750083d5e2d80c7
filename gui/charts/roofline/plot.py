"""Draws layers as dots under a device's roof, on logarithmic axes; a dot can be pointed at, chosen, and walked to."""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from functools import cached_property

from PySide6.QtCore import QCoreApplication, QEvent, QLineF, QPoint, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QContextMenuEvent,
    QFocusEvent,
    QFontMetricsF,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QPolygonF,
)
from PySide6.QtWidgets import QWidget

from layerledger.core.base import units
from layerledger.core.metrics.devices.roofline import Roofline
from layerledger.core.network.paths import NodePath
from layerledger.core.reports.series.roofline import (
    Axes,
    Dot,
    Roofs,
    RoofScale,
    decades,
    intensity_text,
    rate_text,
    roof_points,
)
from layerledger.gui.charts import legend
from layerledger.gui.charts.tip import Tip, TipText
from layerledger.gui.theme import theme as themes

_SMALL = 0.86
_LEAST, _MOST = 3.5, 17.0  # radius of a dot in pixels
_NEAR = 6.0  # pixels beside a dot that still hit it
_ALPHA = 0.72
_PAD = 8.0
_TICK_ROOM = 62.0  # pixels a tick across
_LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
_CENTRE = Qt.AlignmentFlag.AlignCenter
_STEPS = {Qt.Key.Key_Right: 1, Qt.Key.Key_Left: -1}


def _tr(text: str) -> str:
    return QCoreApplication.translate("Charts", text)


class RooflinePlot(QWidget):
    """The plot. What is chosen in it is said by a signal; it changes nothing itself."""

    chosen = Signal(tuple, bool)  # the path of a dot's layer, and whether it is chosen beside what is selected
    menuRequested = Signal(QPoint)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.roofs: Roofs | None = None
        self.hovered: int | None = None
        self.plain = False  # as in a picture: without what is selected or pointed at
        self._marked: set[int] = set()
        self._current: int | None = None
        self._scale: RoofScale | None = None
        self.tip = Tip(self)
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName(self.tr("Roofline chart"))
        self.setMinimumSize(120, 60)

    def sizeHint(self) -> QSize:
        return QSize(600, 200)

    def show_roofs(self, roofs: Roofs) -> None:
        """Draws another chart."""
        self.roofs, self._scale = roofs, RoofScale(roofs)
        self.hovered = self._current = None
        self._forget()
        self.tip.hide()
        self.update()

    def mark(self, selection: Collection[NodePath]) -> None:
        """Set off the dots of selected layers, and of those inside selected blocks."""
        wanted = {path for path in selection if path}
        dots = self.roofs.dots if self.roofs else ()
        self._marked = {i for i, dot in enumerate(dots) if any(dot.at[: len(path)] == path for path in wanted)}
        if len(self._marked) == 1:
            self._current = next(iter(self._marked))
        self.update()

    # -- places

    def _forget(self) -> None:
        for name in ("canvas", "centres", "radii", "_metrics"):
            self.__dict__.pop(name, None)

    def resizeEvent(self, event: QEvent) -> None:
        self._forget()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        self._forget()
        self.update()

    @cached_property
    def _metrics(self) -> QFontMetricsF:
        return QFontMetricsF(themes.scaled(self.font(), _SMALL))

    @cached_property
    def canvas(self) -> QRectF:
        """The area between the axes."""
        line = self._metrics.height()
        left = self._metrics.horizontalAdvance("100 Top/s") + 2 * _PAD
        return QRectF(self.rect()).adjusted(left, _PAD, -2 * _PAD, -(line + _PAD))

    @property
    def axes(self) -> Axes:
        return self._scale.axes if self._scale else Axes(-1, 3, 9, 13)

    def place(self, x: float, y: float) -> QPointF:
        """Return the pixel of two powers of ten."""
        area, axes = self.canvas, self.axes
        across = (x - axes.left) / (axes.right - axes.left)
        up = (y - axes.bottom) / (axes.top - axes.bottom)
        return QPointF(area.left() + across * area.width(), area.bottom() - up * area.height())

    @cached_property
    def centres(self) -> Sequence[QPointF]:
        """Where the dots are."""
        dots = self.roofs.dots if self.roofs else ()
        return [self.place(math.log10(dot.intensity), math.log10(dot.attained)) for dot in dots]

    @cached_property
    def radii(self) -> Sequence[float]:
        """How large the dots are: their area is their share of the time."""
        if not self.roofs or not self.roofs.total:
            return []
        most = min(_MOST, self.canvas.height() / 7)
        return [max(_LEAST, most * math.sqrt(dot.total / self.roofs.total) * 1.6) for dot in self.roofs.dots]

    def hit(self, point: QPointF) -> int | None:
        """Return the dot at a point: the smallest that holds it, else the nearest close by."""
        distances = [QLineF(point, centre).length() for centre in self.centres]
        inside = [i for i, distance in enumerate(distances) if distance <= self.radii[i]]
        if inside:
            return max(inside)  # the smallest: dots come with the largest first
        nearest = min(range(len(distances)), key=lambda i: distances[i] - self.radii[i], default=None)
        return nearest if nearest is not None and distances[nearest] - self.radii[nearest] <= _NEAR else None

    # -- painting

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self.paint_plot(painter)
        if self.hasFocus() and not self.plain:
            painter.setPen(QPen(QColor(themes.current().focus), 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), 4, 4)

    def paint_plot(self, painter: QPainter) -> None:
        """Paints axes, roofs and dots."""
        if self.roofs is None:
            return
        painter.setFont(themes.scaled(self.font(), _SMALL))
        self._paint_axes(painter)
        painter.save()
        painter.setClipRect(self.canvas.adjusted(-1, -_PAD, _PAD, 1))
        for other in self.roofs.others:
            self._paint_roof(painter, other, own=False)
        self._paint_roof(painter, self.roofs.roofline, own=True)
        self._paint_dots(painter)
        painter.restore()
        self._paint_words(painter)

    def _paint_axes(self, painter: QPainter) -> None:
        theme, area, axes = themes.current(), self.canvas, self.axes
        line = self._metrics.height()
        for power in decades(axes.left, axes.right, int(area.width() / _TICK_ROOM)):
            x = round(self.place(power, axes.bottom).x()) + 0.5
            painter.setPen(QPen(QColor(theme.grid), 1))
            painter.drawLine(QPointF(x, area.top()), QPointF(x, area.bottom()))
            painter.setPen(QColor(theme.muted))
            painter.drawText(QRectF(x - 40, area.bottom() + 4, 80, line), _CENTRE, intensity_text(power))
        for power in decades(axes.bottom, axes.top, int(area.height() / (1.6 * line))):
            y = round(self.place(axes.left, power).y()) + 0.5
            painter.setPen(QPen(QColor(theme.grid), 1))
            painter.drawLine(QPointF(area.left(), y), QPointF(area.right(), y))
            painter.setPen(QColor(theme.muted))
            painter.drawText(QRectF(0, y - line / 2, area.left() - _PAD, line), _RIGHT, rate_text(power))
        unit = _tr("op/B")
        painter.drawText(QRectF(0, area.bottom() + 4, area.left() - _PAD, line), _RIGHT, unit)

    def _paint_roof(self, painter: QPainter, roof: Roofline, *, own: bool) -> None:
        theme = themes.current()
        corners = [self.place(*corner) for corner in roof_points(roof, self.axes)]
        if not corners:
            return
        pen = QPen(QColor(theme.text if own else theme.lane), 2 if own else 1.4)
        pen.setStyle(Qt.PenStyle.SolidLine if own else Qt.PenStyle.DashLine)
        painter.setPen(pen)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawPolyline(QPolygonF(corners))
        if own and roof.ridge and len(corners) == 3:
            painter.setPen(QPen(QColor(theme.lane), 1, Qt.PenStyle.DotLine))
            painter.drawLine(corners[1], QPointF(corners[1].x(), self.canvas.bottom()))
        self._name_roof(painter, roof, corners, own=own)

    def _name_roof(self, painter: QPainter, roof: Roofline, corners: Sequence[QPointF], *, own: bool) -> None:
        """Write the device's name above the right end of its roof, or below it where there is no room."""
        theme, line = themes.current(), self._metrics.height()
        end = corners[-1]
        top = end.y() - line - 2 if end.y() - line - 2 > self.canvas.top() - _PAD else end.y() + 2
        painter.setPen(QColor(theme.text if own else theme.muted))
        text = roof.device.short if roof.used is None else f"{roof.device.short}, {roof.used.as_dtype}"
        painter.drawText(QRectF(end.x() - 260, top, 256, line), _RIGHT, text)

    def _paint_dots(self, painter: QPainter) -> None:
        assert self.roofs is not None
        theme = themes.current()
        edge = QPen(QColor(theme.panel), 1)
        for i, (dot, centre, radius) in enumerate(zip(self.roofs.dots, self.centres, self.radii, strict=True)):
            fill = legend.colour(dot.family)
            marked = not self.plain and i in self._marked
            fill.setAlphaF(1.0 if marked else _ALPHA)
            painter.setBrush(fill)
            painter.setPen(QPen(QColor(theme.accent), 2) if marked else edge)
            painter.drawEllipse(centre, radius, radius)
        if self.hovered is not None and not self.plain:
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(QColor(theme.text), 1.5))
            painter.drawEllipse(self.centres[self.hovered], self.radii[self.hovered] + 2, self.radii[self.hovered] + 2)

    def _paint_words(self, painter: QPainter) -> None:
        """Write what the two sides of the ridge mean, and which layers have no dot."""
        assert self.roofs is not None
        roof, area, line = self.roofs.roofline, self.canvas, self._metrics.height()
        painter.setPen(QColor(themes.current().muted))
        bottom = area.bottom() - line - 4
        if roof.ridge:
            x = self.place(math.log10(roof.ridge), self.axes.bottom).x()
            painter.drawText(QRectF(x - 306, bottom, 300, line), _RIGHT, _tr("bound by memory"))
            ridge = _tr("ridge %1 op/B").replace("%1", units.fixed(roof.ridge, 1))
            painter.drawText(QRectF(x + 6, bottom, 400, line), _LEFT, f"{_tr('bound by compute')} · {ridge}")
        if self.roofs.left_out:
            share = units.share(self.roofs.left_out_time, self.roofs.total)
            text = _tr("Not drawn: %1 layers without operations or bytes, %2 of the time")
            text = text.replace("%1", units.grouped(self.roofs.left_out)).replace("%2", share)
            place = QRectF(area.left() + 8, area.top() - 2, self._metrics.horizontalAdvance(text) + 4, line)
            painter.fillRect(place, QColor(themes.current().panel))  # no line of the grid goes through it
            painter.drawText(place, _LEFT, text)

    # -- pointing and choosing

    def note(self, i: int) -> TipText:
        """Return what is said of a dot."""
        assert self.roofs is not None
        dot = self.roofs.dots[i]
        parts = [f"≥ {units.duration(dot.total)}", units.share(dot.total, self.roofs.total)]
        parts += [_tr("%1 op/B").replace("%1", f"{dot.intensity:.3g}"), units.rate(round(dot.attained), "op")]
        parts += [_tr("bound by memory") if dot.bound == "memory" else _tr("bound by compute")]
        times = f" · {units.grouped(dot.times)}×" if dot.times > 1 else ""
        return TipText(dot.path, f"{dot.type}{times}", " · ".join(filter(None, parts)))

    def _hover(self, point: QPointF | None) -> None:
        found = None if point is None else self.hit(point)
        if found != self.hovered:
            self.hovered = found
            self.update()
        if found is None or point is None:
            self.tip.hide()
            self.unsetCursor()
        else:
            self.setCursor(Qt.CursorShape.PointingHandCursor)
            self.tip.show_note(self.note(found), point.toPoint())

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._hover(event.position())

    def leaveEvent(self, event: QEvent) -> None:
        self._hover(None)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        found = self.hit(event.position())
        if found is not None and event.button() == Qt.MouseButton.LeftButton:
            self._choose(found, extend=bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier))

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        by_mouse = event.reason() == QContextMenuEvent.Reason.Mouse
        self.menuRequested.emit(event.globalPos() if by_mouse else self.mapToGlobal(self.rect().center()))

    def _choose(self, i: int, *, extend: bool) -> None:
        dots: Sequence[Dot] = self.roofs.dots if self.roofs else ()
        self._current = i
        self.chosen.emit(dots[i].at, extend)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        step = _STEPS.get(Qt.Key(event.key()))
        if step is None or not self.centres:
            super().keyPressEvent(event)
            return
        order = sorted(range(len(self.centres)), key=lambda i: (self.centres[i].x(), i))
        at = order.index(self._current) + step if self._current is not None else 0
        found = order[min(max(at, 0), len(order) - 1)]
        self._choose(found, extend=False)
        self.tip.show_note(self.note(found), self.centres[found].toPoint())
        self.setAccessibleDescription(self.note(found).text())

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.tip.hide()
