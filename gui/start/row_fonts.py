"""Fonts of a painted row, and drawing of lines of text in them."""

from __future__ import annotations

from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter

from layerledger.gui.theme import theme

TEXT_GAP = 6


class RowFonts:
    """The fonts of a row with their line heights."""

    def __init__(self, font: QFont) -> None:
        self.plain, self.bold = QFont(font), theme.scaled(font, 1.0, QFont.Weight.DemiBold)
        self.small = theme.scaled(font, 0.86)
        self.line = QFontMetrics(self.bold).height()
        self.small_line = QFontMetrics(self.small).height()

    def draw(self, painter: QPainter, text: str, rect: QRect, font: QFont, colour: str) -> int:
        """Draw one line, elided to `rect`; return its width."""
        metrics = QFontMetrics(font)
        shown = metrics.elidedText(text, Qt.TextElideMode.ElideRight, max(0, rect.width()))
        painter.setFont(font)
        painter.setPen(QColor(colour))
        painter.drawText(rect, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, shown)
        return metrics.horizontalAdvance(shown)

    def draw_right(self, painter: QPainter, text: str, rect: QRect, font: QFont, colour: str) -> QRect:
        """Draw one line at the right end of `rect`; return the rest of the rectangle."""
        if not text:
            return rect
        width = min(QFontMetrics(font).horizontalAdvance(text) + 1, rect.width())  # 1: the advance is rounded
        self.draw(painter, text, rect.adjusted(rect.width() - width, 0, 0, 0), font, colour)
        return rect.adjusted(0, 0, -width - TEXT_GAP, 0)
