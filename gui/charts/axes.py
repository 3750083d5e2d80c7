"""The two axes: values in round numbers, and names as many as fit."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Sequence
from math import ceil
from typing import NamedTuple, TypeAlias

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QFont, QFontMetricsF, QPainter, QPen

from layerledger.gui.charts.bars import Frame
from layerledger.gui.charts.data import Chart
from layerledger.gui.charts.scales import Tick

Text: TypeAlias = tuple[QRectF, int, str]
Measure: TypeAlias = Callable[[str], float]

GAP = 14.0
"""Least pixels between two names."""

_PAD = 8.0  # between a value and the canvas
_OWN_NAMES = 76.0  # pixels a bar that leave room for each bar's own name
_WIDEST_VALUE = "1,023 MiB"
_FLAGS = int(Qt.AlignmentFlag.AlignVCenter.value | Qt.TextFlag.TextDontClip.value)
_LEFT = _FLAGS | Qt.AlignmentFlag.AlignLeft.value
_RIGHT = _FLAGS | Qt.AlignmentFlag.AlignRight.value


class Name(NamedTuple):
    """A name under a pixel, and whether it is that of several bars."""

    centre: float
    text: str
    wide: bool


class Axis(pg.AxisItem):
    """An axis without a line and without ticks: only its texts, in one font and one colour."""

    def __init__(self, side: str) -> None:
        super().__init__(side, showValues=True)
        self.setStyle(hideOverlappingLabels=False, tickLength=0)  # texts may reach a little beyond the axis
        self.metrics = QFontMetricsF(QFont())
        self._frame = Frame()

    def set_look(self, font: QFont, colour: str) -> None:
        """Takes the font and the colour of the texts."""
        self.metrics = QFontMetricsF(font)
        self.setTickFont(font)
        self.setTextPen(colour)

    def redraw(self, frame: Frame) -> None:
        """Draws the texts that fit what is in sight."""
        self._frame = frame
        self.picture = None
        self.update()

    def texts(self) -> list[Text]:
        """Returns (box, alignment, text) of what is shown."""
        return []

    def generateDrawSpecs(self, p: QPainter) -> tuple[tuple[QPen, QPointF, QPointF], list[object], list[Text]]:
        return (QPen(Qt.GlobalColor.transparent), QPointF(), QPointF()), [], self.texts()


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

    def set_ticks(self, ticks: Sequence[Tick], frame: Frame) -> None:
        """Names other values."""
        self._ticks = ticks
        self.redraw(frame)

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
        """Names the bars of another chart."""
        self._chart = chart

    def texts(self) -> list[Text]:
        if self._chart is None:
            return []
        own = self._frame.slot >= _OWN_NAMES
        names = own_names(self._chart, self._frame, self._elided) if own else span_names(self._chart, self._frame)
        height = self.metrics.height()
        placed = place(names, self._frame.width, self.metrics.horizontalAdvance)
        return [(QRectF(left, 3, 1, height), _LEFT, text) for left, text in placed]

    def _elided(self, name: str) -> str:
        return self.metrics.elidedText(name, Qt.TextElideMode.ElideMiddle, self._frame.slot - GAP / 2)


def own_names(chart: Chart, frame: Frame, elided: Callable[[str], str]) -> list[Name]:
    """Returns the name of each bar in sight."""
    drawn = chart.drawn
    seen = drawn[bisect_left(drawn, frame.x[0]) : bisect_right(drawn, frame.x[1])]
    return [Name(frame.centre(i), elided(chart.name(i)), wide=False) for i in seen]


def span_names(chart: Chart, frame: Frame) -> list[Name]:
    """Returns the name of each span in sight, at its first bar in sight."""
    drawn, names = chart.drawn, list[Name]()
    spans = chart.spans
    start = bisect_right(spans, frame.x[0], key=lambda span: span.end - 1)
    for span in spans[start : bisect_right(spans, frame.x[1], key=lambda span: span.first)]:
        at = bisect_left(drawn, max(span.first, frame.x[0]))
        if at < len(drawn) and drawn[at] < span.end and drawn[at] <= frame.x[1]:
            names.append(Name(frame.centre(drawn[at]), span.name, wide=span.end - span.first > 1))
    return names


def place(names: Sequence[Name], width: float, measure: Measure) -> list[tuple[float, str]]:
    """Returns (left edge, text) of the names that do not touch one another; those of wide spans come first."""
    placed: list[tuple[float, float, str]] = []
    for wide in (True, False):
        free = -2 * GAP
        for name in names:
            if name.wide == wide and name.centre >= free:
                free = _try(placed, name, width, measure)
    return [(left, text) for left, _, text in placed]


def _try(placed: list[tuple[float, float, str]], name: Name, width: float, measure: Measure) -> float:
    """Places a name if there is room; returns from which centre on the next one may have some."""
    size = measure(name.text)
    left = min(max(name.centre - size / 2, -GAP), width + GAP - size)
    at = bisect_left(placed, left, key=lambda one: one[0])
    before = placed[at - 1][1] if at else -2 * GAP
    after = placed[at][0] if at < len(placed) else width + 2 * GAP + size
    if left < before + GAP:
        return before
    if left + size + GAP > after:
        return placed[at][1]
    placed.insert(at, (left, left + size, name.text))
    return left + size
