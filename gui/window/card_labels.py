"""Labels of a card of the header: a line that makes do with little room, and the verdict of a device."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QFont, QFontMetrics, QPainter, QPaintEvent
from PySide6.QtWidgets import QLabel, QWidget

from layerledger.gui.theme import theme
from layerledger.gui.window.total import Verdict

VALUE_SIZES = (1.0, 0.92, 0.85, 0.78, 0.7, 0.62, 0.55)
"""Factors of the font size of a value."""

LINE_SIZES = VALUE_SIZES[:5]
"""Factors of the font size of a caption or a line; a text of the usual size is drawn no smaller."""

_LEAST_POINTS = 8.0
_BEFORE_LESS = (", ", " · ", " = ", " at ", " in ", " as ")
"""Marks before words that a line can do without where there is little room."""


def _shorter(text: str) -> str:
    """Return a line without its last part; empty if it has only one."""
    end = text.rfind("; ")  # a clause is left out as a whole
    if end < 0:
        end = max(text.rfind(mark) for mark in _BEFORE_LESS)
    return text[:end] if end > 0 else ""


class FittingLabel(QLabel):
    """A line of text that is drawn smaller or said shorter where there is little room, and elided at last."""

    sizes: Sequence[float] = (1.0,)
    """Factors of its font size to try, the largest first."""

    short = ""
    """A shorter text; without one, the text without its last parts."""

    def _texts(self) -> Iterator[str]:
        text = self.text()
        while text:
            yield text
            text = _shorter(text)

    def _legible_sizes(self) -> Sequence[float]:
        points = self.font().pointSizeF()
        return [size for size in self.sizes if size == 1.0 or size * points >= _LEAST_POINTS]

    def is_whole(self) -> bool:
        """Return whether all of its text is drawn."""
        return self.fitting()[1] == self.text()

    def fitting(self) -> tuple[QFont, str]:
        """Return the font and the text that fit."""
        sizes = self._legible_sizes()
        room, smallest = self.contentsRect().width(), QFontMetrics(theme.scaled(self.font(), sizes[-1]))
        texts = [*self._texts(), *filter(None, (self.short,))]
        text = next((text for text in texts if smallest.horizontalAdvance(text) <= room), texts[-1] if texts else "")
        font = self.font()
        for size in sizes:
            font = theme.scaled(self.font(), size)
            if QFontMetrics(font).horizontalAdvance(text) <= room:
                return font, text  # elidedText is stricter by a part of a pixel
        return font, QFontMetrics(font).elidedText(text, Qt.TextElideMode.ElideRight, room)

    def paintEvent(self, event: QPaintEvent) -> None:
        area = self.contentsRect()
        flags = int(Qt.AlignmentFlag.AlignVCenter.value | Qt.TextFlag.TextSingleLine.value)
        painter = QPainter(self)
        font, text = self.fitting()
        painter.setFont(font)
        self.style().drawItemText(painter, area, flags, self.palette(), self.isEnabled(), text, self.foregroundRole())


class VerdictBadge(QLabel):
    """A mark and a word: whether the network fits."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._verdict: Verdict = ""
        self._brief = False
        self.setProperty("small", "true")
        self.setTextFormat(Qt.TextFormat.RichText)
        self.hide()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange and self._verdict:
            self.show_verdict(self._verdict)  # in the colours of the theme

    def fit(self, room: int) -> None:
        """Show the mark alone where the word finds no room."""
        words = QFontMetrics(theme.scaled(self.font(), 1.0, QFont.Weight.DemiBold))
        brief = words.horizontalAdvance(f"✓ {self.accessibleName()}") > room
        if brief != self._brief:
            self._brief = brief
            self.show_verdict(self._verdict)

    def show_verdict(self, verdict: Verdict) -> None:
        """Show a verdict, or nothing."""
        self._verdict = verdict
        self.setVisible(bool(verdict))
        if not verdict:
            return
        colours = theme.current()
        word, sign, colour = {
            "fits": (self.tr("fits"), "✓", colours.ok),
            "does not fit": (self.tr("does not fit"), "✕", colours.error),
            "not known": (self.tr("not known"), "?", colours.warning),
        }[verdict]
        said = sign if self._brief else f"{sign} {word}"
        self.setText(f'<span style="color: {colour}; font-weight: 600">{said}</span>')
        self.setAccessibleName(word)
