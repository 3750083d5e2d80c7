"""The two axes: round values, and as many names as fit."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Sequence
from functools import lru_cache
from math import ceil
from typing import TypeAlias

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter
from PySide6.QtWidgets import QStyleOptionGraphicsItem, QWidget

from layerledger.core.reports.series.bars import Chart
from layerledger.gui.charts.cost.bars import BarFrame
from layerledger.gui.charts.names import elided
from layerledger.gui.charts.scales import Tick

Text: TypeAlias = tuple[QRectF, int, str]
Measure: TypeAlias = Callable[[str], float]

GAP = 10.0
"""Least pixels between two names."""

_PAD = 8.0  # between a value and the canvas
_OWN_NAMES = 76.0  # pixels a bar that leave room for each bar's own name
_WIDEST_VALUE = "1,023 MiB"
_FLAGS = int(Qt.AlignmentFlag.AlignVCenter.value | Qt.TextFlag.TextDontClip.value)
_LEFT = _FLAGS | Qt.AlignmentFlag.AlignLeft.value
_RIGHT = _FLAGS | Qt.AlignmentFlag.AlignRight.value


class Axis(pg.AxisItem):
    """An axis without a line and without ticks: only its texts, in one font and one colour."""

    def __init__(self, side: str) -> None:
        super().__init__(side, showValues=True)
        self.setStyle(hideOverlappingLabels=False, tickLength=0)  # texts may reach a little beyond the axis
        self._font, self._colour = QFont(), QColor()
        self._frame = BarFrame()
        self._texts: list[Text] | None = None
        self._measure()

    def set_look(self, font: QFont, colour: str) -> None:
        """Set the font and the colour of the texts."""
        self._font, self._colour = font, QColor(colour)
        self._measure()

    def _measure(self) -> None:
        self.metrics = QFontMetricsF(self._font)
        self.width_of: Measure = lru_cache(maxsize=4_096)(self.metrics.horizontalAdvance)

    def show_frame(self, frame: BarFrame) -> None:
        """Choose the texts for the visible range."""
        self._frame, self._texts = frame, None

    def texts(self) -> list[Text]:
        """Return (box, alignment, text) of what is shown."""
        return []

    def paint(self, p: QPainter, opt: QStyleOptionGraphicsItem, widget: QWidget | None) -> None:
        if self._texts is None:
            self._texts = self.texts()
        p.setFont(self._font)
        p.setPen(self._colour)
        for box, flags, text in self._texts:
            p.drawText(box, flags, text)


class ValueAxis(Axis):
    """Round values with their units, at the left."""

    def __init__(self) -> None:
        super().__init__("left")
        self._ticks: Sequence[Tick] = ()

    def set_look(self, font: QFont, colour: str) -> None:
        super().set_look(font, colour)
        self.setWidth(
            ceil(self.metrics.horizontalAdvance(_WIDEST_VALUE) + _PAD)
        )  # fixed: an edit must not move the bars

    def set_ticks(self, ticks: Sequence[Tick], frame: BarFrame) -> None:
        """Show another chart's values."""
        self._ticks = ticks
        self.show_frame(frame)

    def texts(self) -> list[Text]:
        levels: list[float] = self._frame.level(np.array([height for height, _ in self._ticks], dtype=float)).tolist()
        line, width = self.metrics.height(), self.width() - _PAD
        boxes = [QRectF(0, y - line / 2, width, line) for y in levels]
        return [(box, _RIGHT, text) for box, (_, text) in zip(boxes, self._ticks, strict=True)]


class NameAxis(Axis):
    """The names of bars, thinned out: of their place at the top level, or their own where there is room."""

    def __init__(self) -> None:
        super().__init__("bottom")
        self._chart: Chart | None = None

    def set_look(self, font: QFont, colour: str) -> None:
        super().set_look(font, colour)
        self.setHeight(ceil(self.metrics.height() + 4))

    def set_chart(self, chart: Chart) -> None:
        """Show another chart's names."""
        self._chart = chart

    def texts(self) -> list[Text]:
        if self._chart is None:
            return []
        own = self._frame.slot >= _OWN_NAMES
        name = self._own_name if own else self._chart.label
        placed = place(self._chart, self._frame, name, self.width_of, spans=self._chart.spanned and not own)
        return [(QRectF(left, 3, 1, self.metrics.height()), _LEFT, text) for left, text in placed]

    def _own_name(self, i: int) -> str:
        room, name = self._frame.slot - GAP / 2, self._chart.name(i) if self._chart else ""
        return elided(name, room, self.width_of)


def place(
    chart: Chart, frame: BarFrame, name: Callable[[int], str], measure: Measure, *, spans: bool
) -> list[tuple[float, str]]:
    """Return (left edge, text) of the names under the visible bars, without overlaps.

    Looks only at bars where there is room, not at all thousands of them.

    Args:
        name: of a bar.
        spans: whether bars of one node of the top level share a name; then blocks come first.
    """
    names = _Names(frame, name, measure)
    seen = chart.drawn[bisect_left(chart.drawn, frame.x[0]) : bisect_right(chart.drawn, frame.x[1])]
    if spans:
        for start, end in map(chart.span, chart.bars.found.blocks):
            k = bisect_left(seen, start)
            if k < len(seen) and seen[k] < end:
                names.add(seen[k])
    k = 0
    while k < len(seen):
        if spans and k and chart.top(seen[k]) == chart.top(seen[k - 1]):
            k = bisect_left(seen, chart.span(chart.top(seen[k]))[1])
        else:
            k = max(k + 1, bisect_left(seen, frame.position(names.add(seen[k]))))
    return [(left, text) for left, _, text in names.placed]


class _Names:
    """Names placed so far, from left to right."""

    def __init__(self, frame: BarFrame, name: Callable[[int], str], measure: Measure) -> None:
        self._frame, self._name, self._measure = frame, name, measure
        self.placed: list[tuple[float, float, str]] = []  # left edge, right edge, text

    def add(self, i: int) -> float:
        """Place the name of bar `i` if there is room; return the pixel from which there may be room again."""
        text, centre = self._name(i), self._frame.centre(i)
        size = self._measure(text)
        left = min(max(centre - size / 2, -GAP), self._frame.width + GAP - size)
        at = bisect_left(self.placed, left, key=lambda one: one[0])
        before = self.placed[at - 1][1] + GAP if at else -GAP
        after = self.placed[at][0] - GAP if at < len(self.placed) else self._frame.width + GAP
        if left < before:
            return before + size / 2
        if left + size > after:
            return self.placed[at][1]
        self.placed.insert(at, (left, left + size, text))
        return left + size
