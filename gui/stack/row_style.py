"""Fonts and colours of the stack's rows, and lines of text that are laid out once."""

from __future__ import annotations

from typing import NamedTuple

from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter, QPen, QStaticText, QTransform

from layerledger.gui.theme import theme

_CACHED_LINES = 4_096
"""Bound of the cache of laid-out lines: some screens full of cells."""


class TextLine(NamedTuple):
    """Text that is elided to its width and laid out."""

    text: QStaticText
    width: int


class CellStyle:
    """A font with its metrics, and a cache of lines laid out in it.

    The cache is keyed by text and width, is cleared when it is full, and ends with this object, which
    `StackDelegate.refresh` replaces when theme or font change.
    """

    def __init__(self, font: QFont) -> None:
        self.font, self.metrics = font, QFontMetrics(font)
        self.height = self.metrics.height()
        self._lines: dict[tuple[str, int], TextLine] = {}

    def line(self, text: str, width: int) -> TextLine:
        """Return `text` laid out, elided to `width` pixels."""
        found = self._lines.get((text, width))
        if found is None:
            if len(self._lines) > _CACHED_LINES:
                self._lines.clear()
            shown = self.metrics.elidedText(text, Qt.TextElideMode.ElideRight, max(0, width))
            laid = QStaticText(shown)
            laid.setTextFormat(Qt.TextFormat.PlainText)
            laid.prepare(QTransform(), self.font)
            found = self._lines[text, width] = TextLine(laid, self.metrics.horizontalAdvance(shown))
        return found

    def draw(self, painter: QPainter, line: TextLine, colour: QColor, left: int, rect: QRect) -> None:
        """Draw a line from `left` on, vertically centred in `rect`."""
        painter.setFont(self.font)
        painter.setPen(colour)
        painter.drawStaticText(left, rect.top() + (rect.height() - self.height) // 2, line.text)


class RowStyle:
    """Colours and fonts of the rows for one theme and font, made once instead of for each cell."""

    def __init__(self, font: QFont) -> None:
        colours = theme.current()
        self.text, self.muted, self.error = (QColor(c) for c in (colours.text, colours.muted, colours.error))
        self.panel = QColor(colours.panel)
        self.warning, self.accent = QColor(colours.warning), QColor(colours.accent)
        self.accent_text = QColor(colours.accent_text)
        self.bar, self.bar_block, self.track = (QColor(c) for c in (colours.bar, colours.bar_block, colours.bar_track))
        self.selection, self.hover, self.alternate = (
            QColor(c) for c in (colours.selection, colours.hover, colours.alternate)
        )
        self.focus = QPen(QColor(colours.focus), 1)
        self.lane, self.skip = QPen(QColor(colours.lane), 1.6), QPen(QColor(colours.lane_skip), 1.6)
        self.skip.setCapStyle(Qt.PenCapStyle.RoundCap)
        self.families = {name: QColor(colour) for name, colour in colours.families.items()}
        self.plain, self.bold = CellStyle(QFont(font)), CellStyle(theme.scaled(font, 1.0, QFont.Weight.DemiBold))
        self.small, self.badge = (
            CellStyle(theme.scaled(font, 0.88)),
            CellStyle(theme.scaled(font, 0.82, QFont.Weight.DemiBold)),
        )
