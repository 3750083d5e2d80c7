"""The plot: axes, bars and marks, fitted to the visible bars."""

from __future__ import annotations

from collections.abc import Sequence

import pyqtgraph as pg
from PySide6.QtCore import QEvent, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QGraphicsGridLayout, QGraphicsWidget, QWidget

from layerledger.core.reports.series.bars import Chart
from layerledger.gui.charts.cost.axes import NameAxis, ValueAxis
from layerledger.gui.charts.cost.bars import BarFrame, BarMarks, BarPieces, BarsItem, pieces
from layerledger.gui.charts.legend import UNCOUNTED
from layerledger.gui.charts.scales import Linear, Log, Scale
from layerledger.gui.theme import theme as themes

_FEWEST = 4  # least number of visible bars
_TICK_ROOM = 1.6  # lines of text a tick of the value axis
_SMALL = 0.86
_LOOKS = (
    QEvent.Type.PaletteChange,
    QEvent.Type.FontChange,
    QEvent.Type.StyleChange,
    QEvent.Type.DevicePixelRatioChange,
)


class Plot(pg.GraphicsView):
    """Plot of a chart. The view box holds the range of positions; the frame fits the heights."""

    def __init__(self, parent: QWidget | None = None) -> None:
        self._made = False
        super().__init__(parent)
        self.chart: Chart | None = None
        self.current: int | None = None
        self.entries: list[str] = []  # of the legend
        self.values: Sequence[int] = ()
        self._scale: Scale | None = None
        self.box = pg.ViewBox(enableMouse=False, enableMenu=False, defaultPadding=0)
        self.bars = BarsItem(self.box)
        self.value_axis, self.name_axis = ValueAxis(), NameAxis()
        self._lay_out()
        self._made = True
        self._dress()
        self.box.sigRangeChanged.connect(self._fit)
        self.box.sigResized.connect(self._fit)

    def _lay_out(self) -> None:
        canvas = QGraphicsWidget()
        grid = QGraphicsGridLayout(canvas)
        grid.setContentsMargins(2, 6, 16, 0)
        grid.setSpacing(0)
        for item, row, column in ((self.value_axis, 0, 0), (self.box, 0, 1), (self.name_axis, 1, 1)):
            grid.addItem(item, row, column)
        self.setCentralItem(canvas)
        self.setViewportUpdateMode(self.ViewportUpdateMode.NoViewportUpdate)
        self.viewport().setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)  # Qt paints nothing behind it

    def redraw(self) -> None:
        """Repaint with the next frame of the window; the scene would paint changes in a frame of their own."""
        self.viewport().update()

    def _dress(self) -> None:
        theme = themes.current()
        self.setBackground(theme.panel)
        small = themes.scaled(self.font(), _SMALL)
        for axis in (self.value_axis, self.name_axis):
            axis.set_look(small, theme.muted)
        self._fit()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if self._made and event.type() in _LOOKS:
            self._dress()

    def show_chart(self, chart: Chart, *, log: bool, keep: bool = True) -> None:
        """Show another chart; with `keep`, the visible range stays if possible."""
        zoomed = self.zoomed and keep
        self.chart, self.values = chart, chart.bars.values
        self._scale = Log(chart.metric) if log else Linear(chart.metric, max(self.values, default=1))
        by_colour = by_family(chart, self._scale, stacked=not log)
        self.bars.set_pieces(by_colour)
        self.bars.marks = BarMarks(uncounted=[i for i in chart.drawn if not self.values[i]])
        self.entries = [*by_colour, *([UNCOUNTED] if self.bars.marks.uncounted else [])]
        self.name_axis.set_chart(chart)
        count = max(1, len(chart.bars))
        self.box.setLimits(xMin=-0.5, xMax=count - 0.5, minXRange=min(count, _FEWEST), maxXRange=count)
        if not zoomed:
            self.reset()
        self._fit()

    @property
    def zoomed(self) -> bool:
        """Whether some bars are not visible."""
        low, high = self.bars.frame.x
        return bool(self.values) and high - low < len(self.values) - 1e-6

    def reset(self) -> None:
        """Show all bars."""
        self.box.setXRange(-0.5, max(1, len(self.values)) - 0.5, padding=0)

    def mark(self, positions: Sequence[int], *, reveal: bool = False) -> None:
        """Mark the selected bars; with `reveal`, brings the first into sight."""
        self.bars.marks.selected = positions
        if self.current not in positions:
            self.current = positions[0] if positions else None
        if reveal and self.current is not None:
            self.reveal(self.current)
        self.redraw()

    def reveal(self, position: int) -> None:
        """Scroll to a bar."""
        low, high = self.bars.frame.x
        if not low <= position <= high:
            self.box.translateBy(x=position - (low + high) / 2)

    def _fit(self) -> None:
        """Fit the heights to the visible bars, and the texts to the room."""
        if not self._made or self._scale is None:
            return
        size = self.box.size()
        x: list[float] = self.box.viewRange()[0]
        inside = self.values[max(0, round(x[0])) : round(x[1] - 1e-6) + 1]
        y = self._scale.fit([value for value in inside if value])
        frame = BarFrame(max(1.0, size.width()), max(20.0, size.height()), (x[0], x[1]), y, self.devicePixelRatioF())
        ticks = self._scale.ticks(*y, max(2, int(frame.height / (_TICK_ROOM * self.value_axis.metrics.height()))))
        self.bars.set_frame(frame, [height for height, _ in ticks])
        self.value_axis.set_ticks(ticks, frame)
        self.name_axis.show_frame(frame)
        self.redraw()

    def paint_plot(self, painter: QPainter, target: QRectF) -> None:
        """Paint the visible part, without selection and hover."""
        self.bars.plain = True
        painter.save()
        painter.setBrush(Qt.BrushStyle.NoBrush)  # the view box fills its frame with the current brush
        try:
            scene = self.scene()
            self.box.prepareForPaint()
            scene.render(painter, target, QRectF(0, 0, self.width(), self.height()))
        finally:
            painter.restore()
            self.bars.plain = False

    def paintEvent(self, ev: QPaintEvent) -> None:
        super().paintEvent(ev)
        if self.hasFocus():
            painter = QPainter(self.viewport())
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(QPen(QColor(themes.current().focus), 2))
            painter.drawRoundedRect(QRectF(self.viewport().rect()).adjusted(1, 1, -1, -1), 4, 4)


def by_family(chart: Chart, scale: Scale, *, stacked: bool) -> dict[str, BarPieces]:
    """Return the bars of a chart by family, the family with the largest total first.

    Args:
        stacked: whether a bar of several families is divided among them; on a logarithmic axis that would mislead.
    """
    bars, foot = chart.bars, scale.foot
    whole: dict[str, list[int]] = {}
    for i in chart.drawn:
        if bars.values[i] and not (stacked and i in bars.parts):
            whole.setdefault(bars.families[i], []).append(i)
    found = {family: [(i, foot, scale.height(bars.values[i])) for i in at] for family, at in whole.items()}
    sums = {family: sum([bars.values[i] for i in at]) for family, at in whole.items()}
    for i, parts in bars.parts.items() if stacked else ():
        done = 0
        for part, share in parts.items():
            found.setdefault(part, []).append((i, scale.height(done) if done else foot, scale.height(done + share)))
            sums[part] = sums.get(part, 0) + share
            done += share
    return {family: pieces(sorted(found[family])) for family in sorted(found, key=lambda family: -sums[family])}
