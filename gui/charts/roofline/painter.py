"""Painting of a roofline chart: axes, roofs, dots and notes."""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence

from PySide6.QtCore import QCoreApplication, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPen, QPolygonF

from layerledger.core.base import units
from layerledger.core.metrics.devices.roofline import Roofline
from layerledger.core.reports.series.roofline import decades, intensity_text, rate_text, roof_points
from layerledger.gui.charts import legend
from layerledger.gui.charts.roofline.geometry import PAD, RooflineGeometry
from layerledger.gui.theme import theme as themes

_ALPHA = 0.72
_TICK_ROOM = 62.0  # pixels a tick across
_LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
_CENTRE = Qt.AlignmentFlag.AlignCenter


def _tr(text: str) -> str:
    return QCoreApplication.translate("Charts", text)


class RooflinePainter:
    """Painter of one chart, used once."""

    def __init__(
        self,
        painter: QPainter,
        geometry: RooflineGeometry,
        font: QFont,
        *,
        marked: Collection[int] = (),
        hovered: int | None = None,
    ) -> None:
        """
        Args:
            marked: dots of selected layers.
            hovered: dot under the mouse pointer.
        """
        self._painter, self._geometry, self._roofs = painter, geometry, geometry.roofs
        self._marked, self._hovered = marked, hovered
        self._metrics = QFontMetricsF(font)
        painter.setFont(font)

    def paint(self) -> None:
        """Paint the whole chart."""
        painter = self._painter
        self._paint_axes()
        painter.save()
        painter.setClipRect(self._geometry.canvas.adjusted(-1, -PAD, PAD, 1))
        for other in self._roofs.others:
            self._paint_roof(other, own=False)
        self._paint_roof(self._roofs.roofline, own=True)
        self._paint_dots()
        painter.restore()
        self._paint_words()

    def _paint_axes(self) -> None:
        theme, area, axes = themes.current(), self._geometry.canvas, self._geometry.axes
        line = self._metrics.height()
        for power in decades(axes.left, axes.right, int(area.width() / _TICK_ROOM)):
            x = round(self._geometry.place(power, axes.bottom).x()) + 0.5
            self._painter.setPen(QPen(QColor(theme.grid), 1))
            self._painter.drawLine(QPointF(x, area.top()), QPointF(x, area.bottom()))
            self._painter.setPen(QColor(theme.muted))
            self._painter.drawText(QRectF(x - 40, area.bottom() + 4, 80, line), _CENTRE, intensity_text(power))
        for power in decades(axes.bottom, axes.top, int(area.height() / (1.6 * line))):
            y = round(self._geometry.place(axes.left, power).y()) + 0.5
            self._painter.setPen(QPen(QColor(theme.grid), 1))
            self._painter.drawLine(QPointF(area.left(), y), QPointF(area.right(), y))
            self._painter.setPen(QColor(theme.muted))
            self._painter.drawText(QRectF(0, y - line / 2, area.left() - PAD, line), _RIGHT, rate_text(power))
        unit = _tr("op/B")
        self._painter.drawText(QRectF(0, area.bottom() + 4, area.left() - PAD, line), _RIGHT, unit)

    def _paint_roof(self, roof: Roofline, *, own: bool) -> None:
        theme = themes.current()
        corners = [self._geometry.place(*corner) for corner in roof_points(roof, self._geometry.axes)]
        if not corners:
            return
        pen = QPen(QColor(theme.text if own else theme.lane), 2 if own else 1.4)
        pen.setStyle(Qt.PenStyle.SolidLine if own else Qt.PenStyle.DashLine)
        self._painter.setPen(pen)
        self._painter.setBrush(Qt.BrushStyle.NoBrush)
        self._painter.drawPolyline(QPolygonF(corners))
        if own and roof.ridge and len(corners) == 3:
            self._painter.setPen(QPen(QColor(theme.lane), 1, Qt.PenStyle.DotLine))
            self._painter.drawLine(corners[1], QPointF(corners[1].x(), self._geometry.canvas.bottom()))
        self._name_roof(roof, corners, own=own)

    def _name_roof(self, roof: Roofline, corners: Sequence[QPointF], *, own: bool) -> None:
        """Write the name of the device above the right end of its roof, or below it if there is no room."""
        theme, line = themes.current(), self._metrics.height()
        end = corners[-1]
        top = end.y() - line - 2 if end.y() - line - 2 > self._geometry.canvas.top() - PAD else end.y() + 2
        self._painter.setPen(QColor(theme.text if own else theme.muted))
        text = roof.device.short if roof.used is None else f"{roof.device.short}, {roof.used.as_dtype}"
        self._painter.drawText(QRectF(end.x() - 260, top, 256, line), _RIGHT, text)

    def _paint_dots(self) -> None:
        theme = themes.current()
        edge = QPen(QColor(theme.panel), 1)
        centres, radii = self._geometry.centres, self._geometry.radii
        for i, (dot, centre, radius) in enumerate(zip(self._roofs.dots, centres, radii, strict=True)):
            fill = legend.colour(dot.family)
            marked = i in self._marked
            fill.setAlphaF(1.0 if marked else _ALPHA)
            self._painter.setBrush(fill)
            self._painter.setPen(QPen(QColor(theme.accent), 2) if marked else edge)
            self._painter.drawEllipse(centre, radius, radius)
        if self._hovered is not None:
            radius = self._geometry.radii[self._hovered] + 2
            self._painter.setBrush(Qt.BrushStyle.NoBrush)
            self._painter.setPen(QPen(QColor(theme.text), 1.5))
            self._painter.drawEllipse(self._geometry.centres[self._hovered], radius, radius)

    def _paint_words(self) -> None:
        """Write the meaning of both sides of the ridge, and the layers without a dot."""
        roof, area, line = self._roofs.roofline, self._geometry.canvas, self._metrics.height()
        self._painter.setPen(QColor(themes.current().muted))
        bottom = area.bottom() - line - 4
        if roof.ridge:
            x = self._geometry.place(math.log10(roof.ridge), self._geometry.axes.bottom).x()
            self._painter.drawText(QRectF(x - 306, bottom, 300, line), _RIGHT, _tr("bound by memory"))
            ridge = _tr("ridge %1 op/B").replace("%1", units.fixed(roof.ridge, 1))
            self._painter.drawText(QRectF(x + 6, bottom, 400, line), _LEFT, f"{_tr('bound by compute')} · {ridge}")
        if self._roofs.left_out:
            share = units.share(self._roofs.left_out_time, self._roofs.total)
            text = _tr("Not drawn: %1 layers without operations or bytes, %2 of the time")
            text = text.replace("%1", units.grouped(self._roofs.left_out)).replace("%2", share)
            place = QRectF(area.left() + 8, area.top() - 2, self._metrics.horizontalAdvance(text) + 4, line)
            self._painter.fillRect(place, QColor(themes.current().panel))  # so that no grid line crosses the text
            self._painter.drawText(place, _LEFT, text)
