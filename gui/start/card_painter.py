"""Painting of a template: a card with its cost profile and its published figure."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QRectF, QSize
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter, QPen
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from layerledger.gui.start.row_fonts import TEXT_GAP, RowFonts
from layerledger.gui.start.template_model import Bar, TemplateFigures, TemplateModel
from layerledger.gui.theme import theme

Index = QModelIndex | QPersistentModelIndex

_GAP = 8
_INSET = 8
_RADIUS = 6.0
_BARS_LINES = 2  # height of the cost profile, in lines of small text
_AROUND_BARS = 6


class TemplateDelegate(QStyledItemDelegate):
    """Delegate that paints a card: title, input, params, MACs, MACs along the network, and the published figure."""

    def __init__(self, model: TemplateModel, view: QWidget, is_default: Callable[[Index], bool]) -> None:
        """
        Args:
            is_default: whether Enter chooses a card.
        """
        super().__init__(view)
        self._model, self._is_default = model, is_default
        self.width = 200
        self.refresh(view.font())

    def refresh(self, font: QFont) -> None:
        """Use another font."""
        self._fonts = RowFonts(font)

    @property
    def min_width(self) -> int:
        """Width at which a card shows the whole text of most templates."""
        longest = sum(map(QFontMetrics(self._fonts.small).horizontalAdvance, ("published 88.8 M params", "−88.8%")))
        return longest + TEXT_GAP + 2 + 2 * _INSET + _GAP

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        lines = self._fonts.line + self._fonts.small_line * (4 + _BARS_LINES)
        return QSize(self.width, lines + 2 * _INSET + 2 * _AROUND_BARS + _GAP)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        card = option.rect.adjusted(0, 0, -_GAP, -_GAP)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._paint_card(painter, QRectF(card).adjusted(1, 1, -1, -1), option.state, index)
        inner = card.adjusted(_INSET, _INSET, -_INSET, -_INSET)
        line = QRect(inner.left(), inner.top(), inner.width(), self._fonts.line)
        self._fonts.draw(painter, self._model.template(index).title, line, self._fonts.bold, theme.current().text)
        if known := self._model.figures(index):
            line = QRect(inner.left(), line.bottom() + 1, inner.width(), self._fonts.small_line)
            self._paint_figures(painter, line, known, str(self._model.template(index).year or ""))
        painter.restore()

    def _paint_figures(self, painter: QPainter, line: QRect, known: TemplateFigures, year: str) -> None:
        high, accent, muted = line.height(), theme.current().accent, theme.current().muted
        self._draw_line(painter, line, known.shape, year, muted)
        self._draw_line(painter, line.translated(0, high), known.line, "", muted)
        bars = QRect(line.left(), line.top() + 2 * high + _AROUND_BARS, line.width(), _BARS_LINES * high)
        self._paint_bars(painter, QRectF(bars), known.bars)
        published, below = known.published, line.translated(0, (2 + _BARS_LINES) * high + 2 * _AROUND_BARS)
        self._draw_line(painter, below, published.figure, published.verdict, muted if published.equal else accent)
        self._draw_line(painter, below.translated(0, high), published.source, "", muted)

    def _draw_line(self, painter: QPainter, line: QRect, left: str, right: str, colour: str) -> None:
        """Draw a line of small text, and another text in its own colour at the right end."""
        small = self._fonts.small
        room = self._fonts.draw_right(painter, right, line, small, colour)
        self._fonts.draw(painter, left, room, small, theme.current().muted)

    def _paint_card(self, painter: QPainter, rect: QRectF, state: QStyle.StateFlag, index: Index) -> None:
        colours = theme.current()
        chosen = self._is_default(index)
        hovered = bool(state & QStyle.StateFlag.State_MouseOver)
        edge = colours.focus if chosen else colours.field_border if hovered else colours.border
        painter.setPen(QPen(QColor(edge), 2 if chosen else 1))
        painter.setBrush(QColor(colours.hover if hovered else colours.panel))
        painter.drawRoundedRect(rect, _RADIUS, _RADIUS)

    def _paint_bars(self, painter: QPainter, rect: QRectF, bars: tuple[Bar, ...]) -> None:
        painter.setPen(QPen(QColor(theme.current().border), 1))
        painter.drawLine(rect.bottomLeft(), rect.bottomRight())
        painter.setPen(QColor(0, 0, 0, 0))
        step = min(rect.width() / max(len(bars), 1), 12.0)
        for i, (height, family) in enumerate(bars):
            painter.setBrush(QColor(theme.current().families[family]))
            high = max(1.0, rect.height() * height)
            painter.drawRect(QRectF(rect.left() + i * step, rect.bottom() - high, max(1.0, step * 0.72), high))
