"""Painting of a timeline of live buffers, independent of documents and events."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QCoreApplication, QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPen

from layerledger.core.base import units
from layerledger.core.metrics.metric import METRICS
from layerledger.core.reports.series.memory import REST, MemoryColumn, Timeline
from layerledger.gui.charts.scales import Linear
from layerledger.gui.theme import theme as themes

FOOT = 5.0
"""Pixels below the zero line, where the marks of selected steps stand."""

_TICK_ROOM = 1.6  # lines of text a tick of the value axis
_HEADROOM = 1.18  # above the peak, for its name
_GAP = 10.0  # least pixels between two names
_PAD = 8.0
_SEAM = 3.0  # least height in pixels of a piece with an edge below it
_LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter


@dataclass(frozen=True)
class MemoryGeometry:
    """Positions of steps and bytes on a canvas.

    Attributes:
        area: the canvas between the axes, in pixels.
        low: the position at its left edge; a step reaches from half a step before its number to half a step after.
        high: the position at its right edge.
        top: the bytes at its upper edge.
    """

    area: QRectF
    low: float
    high: float
    top: float

    @property
    def slot(self) -> float:
        """Pixels a step."""
        return self.area.width() / (self.high - self.low)

    @property
    def base(self) -> float:
        """The pixel of the zero line."""
        return self.area.bottom() - FOOT

    def x(self, position: float) -> float:
        """Return the pixel of a position."""
        return self.area.left() + (position - self.low) * self.slot

    def y(self, nbytes: int) -> float:
        """Return the pixel of bytes."""
        return self.base - nbytes / self.top * (self.base - self.area.top())

    def position(self, x: float) -> float:
        """Return the position at a pixel."""
        return self.low + (x - self.area.left()) / self.slot

    def height(self, y: float) -> float:
        """Return the bytes at a pixel."""
        return (self.base - y) / (self.base - self.area.top()) * self.top

    def span(self, first: int, last: int) -> tuple[float, float]:
        """Return the left and right edge of steps within the canvas, on whole pixels."""
        left, right = round(self.x(first - 0.5)), round(self.x(last + 0.5))
        return max(self.area.left(), left), min(self.area.right(), max(right, left + 1))


def top_of(timeline: Timeline) -> float:
    """Return the bytes at the upper edge of a canvas that shows a timeline."""
    return max(1, timeline.top) * _HEADROOM


def rectangles(place: MemoryGeometry, columns: Sequence[MemoryColumn]) -> Iterator[tuple[str, QRectF]]:
    """Yield (family, rectangle) of the pieces; a piece that stays where it is over several columns is one."""
    open_: dict[tuple[int, int, int], tuple[str, float, float]] = {}
    for column in columns:
        left, right = place.span(column.first, column.last)
        going, open_ = open_, {}
        for buffer, base, size, family in column.pieces:
            started = going.pop((buffer, base, size), None)
            same = started is not None and started[0] == family
            open_[buffer, base, size] = (family, started[1] if same and started else left, right)
            if started is not None and not same:
                yield started[0], _box(place, base, size, started[1:])
        for (_, base, size), (family, *edges) in going.items():
            yield family, _box(place, base, size, edges)
    for (_, base, size), (family, *edges) in open_.items():
        yield family, _box(place, base, size, edges)


def _box(place: MemoryGeometry, base: int, size: int, edges: Sequence[float]) -> QRectF:
    left, right = edges
    foot, top = round(place.y(base)), round(place.y(base + size))
    seam = 1 if foot - top >= _SEAM else 0
    return QRectF(left, top + seam, right - left, max(0, foot - top - seam))


class Painter:
    """One painting of a timeline."""

    def __init__(self, painter: QPainter, place: MemoryGeometry, timeline: Timeline, font: QFont) -> None:
        self._painter, self._place, self._timeline = painter, place, timeline
        self._theme = themes.current()
        self._metrics = QFontMetricsF(font)
        painter.setFont(font)

    def paint(self, columns: Sequence[MemoryColumn]) -> None:
        """Paint grid, pieces, names and lines."""
        self._paint_ticks()
        self._paint_pieces(columns)
        self._paint_names()
        if self._timeline.packed is not None:
            self._paint_packed(self._timeline.packed)
        self._paint_peak()

    def _paint_ticks(self) -> None:
        place, painter = self._place, self._painter
        scale = Linear(METRICS["activation_bytes"], max(1, self._timeline.top))
        most = max(2, int(place.area.height() / (_TICK_ROOM * self._metrics.height())))
        line = self._metrics.height()
        for height, text in scale.ticks(0.0, _HEADROOM, most):
            y = round(place.y(int(height * max(1, self._timeline.top))))
            painter.setPen(QPen(QColor(self._theme.grid), 1))
            painter.drawLine(QLineF(place.area.left(), y, place.area.right(), y))
            painter.setPen(QColor(self._theme.muted))
            painter.drawText(QRectF(0, y - line / 2, place.area.left() - _PAD, line), _RIGHT, text)

    def _paint_pieces(self, columns: Sequence[MemoryColumn]) -> None:
        boxes: dict[str, list[QRectF]] = {}
        for family, box in rectangles(self._place, columns):
            boxes.setdefault(family, []).append(box)
        self._painter.setPen(Qt.PenStyle.NoPen)
        for family, found in boxes.items():
            self._painter.setBrush(QColor(self._theme.families.get(family, self._theme.families["Other"])))
            self._painter.drawRects(found)

    def _paint_names(self) -> None:
        """Write the names of the top level below the steps, those of blocks first, as many as have room."""
        self._painter.setPen(QColor(self._theme.muted))
        taken: list[tuple[float, float]] = []
        for blocks in (True, False):
            self._place_names([(step, name) for step, name, block in self._timeline.runs if block == blocks], taken)

    def _place_names(self, runs: Sequence[tuple[int, str]], taken: list[tuple[float, float]]) -> None:
        """Write names from left to right where nothing stands yet; looks only at those where there may be room."""
        place, line = self._place, self._metrics.height()
        free = place.area.left() - _GAP
        for step, name in runs:
            x = place.x(step - 0.5)
            if x < free + _GAP or x < place.area.left() - 1:
                continue
            if x > place.area.right():
                break
            width = self._metrics.horizontalAdvance(name)
            at = bisect_left(taken, (x, 0.0))
            before = taken[at - 1][1] if at else -_GAP
            after = taken[at][0] if at < len(taken) else place.area.right() + _PAD + _GAP
            if before + _GAP <= x and x + width + _GAP <= after:
                taken.insert(at, (x, x + width))
                self._painter.drawText(QRectF(x, place.area.bottom() + 3, width + 2, line), _LEFT, name)
                free = x + width

    def _paint_peak(self) -> None:
        """Mark the step with the most alive, and says how much that is."""
        timeline, place, step = self._timeline, self._place, self._timeline.memory.peak_step
        if step is None or not place.low <= step <= place.high:
            return
        text = _tr("peak %1 at %2").replace("%1", units.size(timeline.peak)).replace("%2", timeline.name(step))
        at = QPointF(place.x(step), place.y(timeline.peak))
        self._painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._painter.setPen(QPen(QColor(self._theme.panel), 1.5))
        self._painter.setBrush(QColor(self._theme.accent))
        self._painter.drawEllipse(at, 4.5, 4.5)
        self._painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        self._say(text, at + QPointF(_PAD, -self._metrics.height() * 0.75), self._theme.text)

    def _paint_packed(self, packed: int) -> None:
        place, y = self._place, round(self._place.y(packed))
        pen = QPen(QColor(self._theme.muted), 1, Qt.PenStyle.DashLine)
        self._painter.setPen(pen)
        self._painter.drawLine(QLineF(place.area.left(), y, place.area.right(), y))
        text = _tr("packed %1").replace("%1", units.size(packed))
        width = self._metrics.horizontalAdvance(text)
        self._say(text, QPointF(place.area.right() - width, y - self._metrics.height() * 0.6), self._theme.muted)

    def _say(self, text: str, at: QPointF, colour: str) -> None:
        """Write a line whose middle is beside `at`, within the canvas, on a ground of its own."""
        area, line = self._place.area, self._metrics.height()
        width = self._metrics.horizontalAdvance(text)
        left = min(max(at.x(), area.left()), area.right() - width)
        box = QRectF(left, max(area.top(), at.y() - line / 2), width + 2, line)
        ground = QColor(self._theme.panel)
        ground.setAlphaF(0.8)
        self._painter.fillRect(box.adjusted(-3, 0, 1, 0), ground)
        self._painter.setPen(QColor(colour))
        self._painter.drawText(box, _LEFT, text)


def paint_marks(painter: QPainter, place: MemoryGeometry, marked: Sequence[int], hovered: int | None) -> None:
    """Set off the steps that are selected, and the one under the pointer."""
    theme = themes.current()
    bands: list[tuple[float, float]] = []
    for step in marked:
        if place.low - 1 <= step <= place.high + 1:
            left, right = place.span(step, step)
            if bands and left <= bands[-1][1] + 0.5:
                bands[-1] = (bands[-1][0], right)
            else:
                bands.append((left, right))
    accent, glow = QColor(theme.accent), QColor(theme.accent)
    glow.setAlphaF(0.14)
    for left, right in bands:
        painter.fillRect(QRectF(left, place.area.top(), right - left, place.base - place.area.top()), glow)
        painter.fillRect(QRectF(left, place.base + 1, max(2.0, right - left), FOOT - 1), accent)
    if hovered is not None:
        left, right = place.span(hovered, hovered)
        glow = QColor(theme.text)
        glow.setAlphaF(0.16)
        painter.fillRect(QRectF(left, place.area.top(), right - left, place.base - place.area.top()), glow)


def piece_at(column: MemoryColumn, nbytes: float) -> int | None:
    """Return the buffer at a height of a column; None above them, and for the rest."""
    found = next((piece for piece in column.pieces if piece.base <= nbytes < piece.base + piece.size), None)
    return found.buffer if found and found.buffer != REST else None


def _tr(text: str) -> str:
    return QCoreApplication.translate("Charts", text)
