"""Drawing of bars from numbers and colours, independent of networks and metrics."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QLineF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen
from PySide6.QtWidgets import QGraphicsItem, QGraphicsObject, QStyleOptionGraphicsItem, QWidget

from layerledger.gui.charts import legend
from layerledger.gui.charts.scales import Range
from layerledger.gui.theme import theme as themes
from layerledger.gui.theme.theme import Theme

FOOT = 5.0
"""Pixels below the zero line, where the marks of selected bars stand."""

_FILL = 0.78  # part of its slot that a bar fills
_WIDEST = 56.0  # pixels: three layers are three bars, not three slabs
_LEAST_HEIGHT = 1.5  # pixels: a value that is not zero stays visible
_LEAST_MARK = 7.0
_STUB = 4.0

Floats: TypeAlias = npt.NDArray[np.float64]


@dataclass(frozen=True)
class BarPieces:
    """The bars of one colour: their positions, and the heights from which and to which they go."""

    x: Floats
    low: Floats
    high: Floats


def pieces(found: Sequence[tuple[int, float, float]]) -> BarPieces:
    """Return (position, from, to) of the bars of one colour, in the order of the positions."""
    table = np.array(found, dtype=np.float64).reshape(-1, 3)
    return BarPieces(table[:, 0], table[:, 1], table[:, 2])


@dataclass(frozen=True)
class BarFrame:
    """Geometry of bars on a canvas of `width` × `height` pixels that shows a range of positions and heights."""

    width: float = 1.0
    height: float = 1.0
    x: Range = (0.0, 1.0)
    y: Range = (0.0, 1.0)
    ratio: float = 1.0  # device pixels a pixel

    @property
    def slot(self) -> float:
        """Pixels from one bar to the next."""
        return self.width / (self.x[1] - self.x[0])

    @property
    def bar(self) -> float:
        """Width of a bar: whole pixels of the device."""
        wanted = min(self.slot * _FILL, _WIDEST)
        return max(1.0, math.floor(wanted * self.ratio + 0.2)) / self.ratio

    def centre(self, x: float) -> float:
        """Return the pixel of a position."""
        return (x - self.x[0]) * self.slot

    def left(self, x: Floats) -> Floats:
        """Return the left edges of bars, on whole pixels of the device."""
        edges = (x - self.x[0]) * self.slot - self.bar / 2
        return np.floor(edges * self.ratio + 0.5) / self.ratio

    def level(self, heights: Floats) -> Floats:
        """Return the pixels of heights, from the top down."""
        bottom, top = self.y
        shown = np.clip(heights, bottom, top)
        return np.round((top - shown) / (top - bottom) * (self.height - FOOT) * self.ratio) / self.ratio

    @property
    def base(self) -> float:
        """The pixel of the zero line."""
        return round((self.height - FOOT) * self.ratio) / self.ratio

    def position(self, pixel: float) -> float:
        """Return the position at a pixel."""
        return pixel / self.slot + self.x[0]


def rectangles(frame: BarFrame, shown: BarPieces) -> Floats:
    """Return (left, top, width, height) of the visible bars; bars in one pixel column are merged."""
    inside = (shown.x >= frame.x[0] - 1) & (shown.x <= frame.x[1] + 1)
    left, top, foot = frame.left(shown.x[inside]), frame.level(shown.high[inside]), frame.level(shown.low[inside])
    top = np.minimum(top, np.floor((foot - _LEAST_HEIGHT) * frame.ratio) / frame.ratio)
    if frame.slot * frame.ratio < 1 and left.size:
        first = np.flatnonzero(np.diff(left, prepend=left[0] - 1))
        left, top, foot = left[first], np.minimum.reduceat(top, first), np.maximum.reduceat(foot, first)
    return np.column_stack((left, top, np.full_like(left, frame.bar), foot - top))


@dataclass
class BarMarks:
    """Marked bars: selected ones, the one under the pointer, and those of layers that are not counted."""

    selected: Sequence[int] = ()
    hovered: int | None = None
    uncounted: Sequence[int] = field(default=())


class BarsItem(QGraphicsObject):
    """The canvas: grid, bars by colour, marks. Its coordinates are pixels."""

    def __init__(self, parent: QGraphicsItem) -> None:
        super().__init__(parent)
        self._pieces: Mapping[str, BarPieces] = {}
        self._grid: Sequence[float] = ()
        self.frame = BarFrame()
        self.marks = BarMarks()
        self.plain = False  # for a saved picture: without marks

    def set_pieces(self, by_family: Mapping[str, BarPieces]) -> None:
        """Take other bars; the families come in the order in which they are drawn."""
        self._pieces = by_family

    def set_frame(self, frame: BarFrame, grid: Sequence[float]) -> None:
        """Take another part of the bars, with lines at the heights of `grid`."""
        if (frame.width, frame.height) != (self.frame.width, self.frame.height):
            self.prepareGeometryChange()
        self.frame, self._grid = frame, grid

    def tops(self, position: int) -> float:
        """Return the pixel of the top of a bar; the zero line where nothing is drawn."""
        levels = [self.frame.level(p.high[p.x == position]).min() for p in self._pieces.values() if position in p.x]
        return float(min(levels, default=self.frame.base))

    def boundingRect(self) -> QRectF:
        return QRectF(0, 0, self.frame.width, self.frame.height)

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        theme = themes.current()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        if not self.plain:
            self._paint_bands(painter, theme)
        self._paint_grid(painter, theme)
        for family, shown in self._pieces.items():
            _fill(painter, legend.colour(family).name(), rectangles(self.frame, shown), self.frame.ratio)
        self._paint_uncounted(painter, theme)
        if not self.plain:
            self._paint_marks(painter, theme)

    def _paint_bands(self, painter: QPainter, theme: Theme) -> None:
        for column in self._columns(self.marks.selected):
            painter.fillRect(column, QColor(theme.selection))
        if self.marks.hovered is not None:
            painter.fillRect(self._column(self.marks.hovered), QColor(theme.hover))

    def _paint_grid(self, painter: QPainter, theme: Theme) -> None:
        painter.setPen(QPen(QColor(theme.grid), 1))
        levels: list[float] = self.frame.level(np.array(self._grid, dtype=np.float64)).tolist()
        painter.drawLines([QLineF(0, y, self.frame.width, y) for y in {*levels, self.frame.base}])

    def _paint_uncounted(self, painter: QPainter, theme: Theme) -> None:
        if self.marks.uncounted:
            x = np.array(self.marks.uncounted, dtype=np.float64)
            left = self.frame.left(x[(x >= self.frame.x[0]) & (x <= self.frame.x[1])])
            full = np.full_like
            box = (left, full(left, self.frame.base - _STUB), full(left, self.frame.bar), full(left, _STUB))
            _fill(painter, theme.error, np.column_stack(box), self.frame.ratio)

    def _paint_marks(self, painter: QPainter, theme: Theme) -> None:
        if self.marks.hovered is not None:
            glow = QColor(theme.text)
            glow.setAlphaF(0.22)
            painter.fillRect(self._bar(self.marks.hovered), glow)
        for column in self._columns(self.marks.selected):
            painter.fillRect(QRectF(column.left(), self.frame.base + 1, column.width(), FOOT - 1), QColor(theme.accent))
        if self.frame.bar >= _LEAST_MARK:
            self._outline(painter, theme)

    def _outline(self, painter: QPainter, theme: Theme) -> None:
        pen = QPen(QColor(theme.accent), 2)
        pen.setJoinStyle(Qt.PenJoinStyle.MiterJoin)
        painter.setPen(pen)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for position in self._in_sight(self.marks.selected):
            bar = self._bar(position)
            if bar.height() > 0:
                painter.drawRect(bar.adjusted(-1, -1, 1, 0))

    def _in_sight(self, positions: Iterable[int]) -> list[int]:
        return [i for i in positions if self.frame.x[0] - 1 <= i <= self.frame.x[1] + 1]

    def _columns(self, positions: Iterable[int]) -> list[QRectF]:
        """Return the columns of visible bars, with neighbours merged."""
        frame, runs = self.frame, list[list[int]]()
        reach = (self._mark + 0.5) / frame.slot  # to the next bar whose column touches
        for i in self._in_sight(positions):
            if runs and i - runs[-1][1] <= reach:
                runs[-1][1] = i
            else:
                runs.append([i, i])
        return [self._column(first).united(self._column(last)) for first, last in runs]

    @property
    def _mark(self) -> float:
        """Pixels that the column of a marked bar is wide."""
        slot, bar = self.frame.slot, self.frame.bar
        return max(min(slot, bar * 1.5), bar + 2, _LEAST_MARK if slot < 3 else 0)

    def _column(self, position: int) -> QRectF:
        return QRectF(self.frame.centre(position) - self._mark / 2, 0, self._mark, self.frame.height)

    def _bar(self, position: int) -> QRectF:
        left = float(self.frame.left(np.array([position], dtype=np.float64))[0])
        top = self.tops(position)
        return QRectF(left, top, self.frame.bar, max(0.0, self.frame.base - top))


def _fill(painter: QPainter, colour: str, boxes: Floats, ratio: float) -> None:
    """Fill boxes, which lie on whole pixels of the device: as integers they cost Qt half."""
    painter.save()
    painter.scale(1 / ratio, 1 / ratio)
    fill, filling = painter.fillRect, QColor(colour)
    for left, top, width, height in np.round(boxes * ratio).astype(np.int64).tolist():
        fill(left, top, width, height, filling)
    painter.restore()
