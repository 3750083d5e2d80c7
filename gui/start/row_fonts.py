"""The fonts of a painted row, and one line of text in them."""

from __future__ import annotations

from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter

from layerledger.gui.theme import theme

BETWEEN = 6


class RowFonts:
    """The fonts of a row, and how high a line of each is."""

    def __init__(self, font: QFont) -> None:
        self.plain, self.bold = QFont(font), theme.scaled(font, 1.0, QFont.Weight.DemiBold)
        self.small = theme.scaled(font, 0.86)
        self.line = QFontMetrics(self.bold).height()
        self.small_line = QFontMetrics(self.small).height()

    def write(self, painter: QPainter, text: str, rect: QRect, font: QFont, colour: str) -> int:
        """Write one line, cut at the end of `rect`; returns its width."""
        metrics = QFontMetrics(font)
        shown = metrics.elidedText(text, Qt.TextElideMode.ElideRight, max(0, rect.width()))
        painter.setFont(font)
        painter.setPen(QColor(colour))
        painter.drawText(rect, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, shown)
        return metrics.horizontalAdvance(shown)

    def write_right(self, painter: QPainter, text: str, rect: QRect, font: QFont, colour: str) -> QRect:
        """Write one line to the right end of `rect`; returns what is left of that."""
        if not text:
            return rect
        width = min(QFontMetrics(font).horizontalAdvance(text) + 1, rect.width())  # 1: it is rounded
        self.write(painter, text, rect.adjusted(rect.width() - width, 0, 0, 0), font, colour)
        return rect.adjusted(0, 0, -width - BETWEEN, 0)
