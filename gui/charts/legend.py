"""The legend: a dot and a name for each family, or for each part of a difference."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QCoreApplication, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QBrush, QColor, QFontMetricsF, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from layerledger.core.reports.series.bars import BY_COMPUTE, BY_MEMORY
from layerledger.gui.charts.tool_counts import diverging_bars as parts
from layerledger.gui.theme import theme as themes

UNCOUNTED = "Not counted"
"""The entry of bars for layers that are not counted."""

_BOUNDS = {BY_COMPUTE: "Convolution", BY_MEMORY: "Linear"}  # their colours differ for all kinds of colour vision
_DOT, _TO_NAME, _TO_NEXT = 8.0, 6.0, 16.0
_SMALL = 0.86


def title(entry: str) -> str:
    """Return an entry in the user's language."""
    return QCoreApplication.translate("Charts" if entry in (UNCOUNTED, *_BOUNDS) else "core", entry)


def colour(entry: str) -> QColor:
    """Return the colour of a family, or of a part of a difference, in the current theme."""
    theme = themes.current()
    family = _BOUNDS.get(entry) or (entry if entry in theme.families else parts.look_of(entry).family)
    return QColor(theme.error if entry == UNCOUNTED else theme.families[family])


def is_hatched(entry: str) -> bool:
    """Return whether an entry is hatched; families never are."""
    plain = entry == UNCOUNTED or entry in _BOUNDS or entry in themes.current().families
    return not plain and parts.look_of(entry).hatched


def paint_swatch(painter: QPainter, area: QRectF, entry: str) -> None:
    """Fill a rectangle with the look of an entry; a hatched one has an edge."""
    full = colour(entry)
    if not is_hatched(entry):
        painter.fillRect(area, full)
        return
    pale = QColor(full)
    pale.setAlphaF(0.22)
    painter.fillRect(area, pale)
    painter.fillRect(area, QBrush(full, Qt.BrushStyle.BDiagPattern))
    painter.setPen(QPen(full, 1))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawRect(area.adjusted(0.5, 0.5, -0.5, -0.5))


def paint(painter: QPainter, area: QRectF, entries: Sequence[str]) -> None:
    """Paint entries at the right of an area, and the number of entries that do not fit."""
    widths = [_width(QFontMetricsF(painter.font()), title(entry)) for entry in entries]
    shown = len(entries)
    while shown and sum(widths[:shown]) + (0 if shown == len(entries) else _rest(painter)) > area.width():
        shown -= 1
    x = area.right() + _TO_NEXT - sum(widths[:shown]) - (0 if shown == len(entries) else _rest(painter))
    for entry, width in zip(entries[:shown], widths, strict=False):
        _paint_entry(painter, QRectF(x, area.top(), width, area.height()), entry)
        x += width
    if shown < len(entries):
        painter.setPen(QColor(themes.current().muted))
        painter.drawText(QRectF(x, area.top(), _rest(painter), area.height()), _LEFT, f"+{len(entries) - shown}")


_LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter


def _width(metrics: QFontMetricsF, text: str) -> float:
    return _DOT + _TO_NAME + metrics.horizontalAdvance(text) + _TO_NEXT


def _rest(painter: QPainter) -> float:
    return QFontMetricsF(painter.font()).horizontalAdvance("+00") + _TO_NEXT


def _paint_entry(painter: QPainter, area: QRectF, entry: str) -> None:
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    if is_hatched(entry):
        side = _DOT + 2
        paint_swatch(painter, QRectF(area.left() - 1, area.center().y() - side / 2, side, side), entry)
    else:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colour(entry))
        painter.drawEllipse(QPointF(area.left() + _DOT / 2, area.center().y()), _DOT / 2, _DOT / 2)
    painter.setPen(QColor(themes.current().muted))
    painter.drawText(area.adjusted(_DOT + _TO_NAME, 0, 0, 0), _LEFT, title(entry))


class Legend(QWidget):
    """Legend that takes all room and aligns to the right."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.entries: list[str] = []
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)

    def show_entries(self, entries: Sequence[str]) -> None:
        """Show other entries."""
        if list(entries) == self.entries:
            return
        self.entries = list(entries)
        names = ", ".join(map(title, entries))
        self.setAccessibleName(f"{self.tr('Legend')}: {names}")
        self.setToolTip(names)
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(0, self.fontMetrics().height() + 4)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setFont(themes.scaled(self.font(), _SMALL))
        paint(painter, QRectF(self.rect()).adjusted(0, 0, -2, 0), self.entries)
