"""How the start page's rows are painted: a template as a card with its cost profile, a recent file with its folder."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter, QPen
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from layerledger.gui import theme
from layerledger.gui.models.recent_model import RecentModel
from layerledger.gui.models.template_model import Bar, TemplateModel

Index = QModelIndex | QPersistentModelIndex

_GAP = 10
_INSET = 10
_RADIUS = 6.0
_BARS_LINES = 2  # height of the cost profile, in lines of small text


class _Fonts:
    """The fonts of a row, and how high a line of each is."""

    def __init__(self, font: QFont) -> None:
        self.plain, self.bold = QFont(font), theme.scaled(font, 1.0, QFont.Weight.DemiBold)
        self.small = theme.scaled(font, 0.86)
        self.line = QFontMetrics(self.bold).height()
        self.small_line = QFontMetrics(self.small).height()

    def write(self, painter: QPainter, text: str, rect: QRect, font: QFont, colour: str) -> int:
        """Writes one line, cut at the end of `rect`; returns its width."""
        metrics = QFontMetrics(font)
        shown = metrics.elidedText(text, Qt.TextElideMode.ElideRight, max(0, rect.width()))
        painter.setFont(font)
        painter.setPen(QColor(colour))
        painter.drawText(rect, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, shown)
        return metrics.horizontalAdvance(shown)


class TemplateDelegate(QStyledItemDelegate):
    """Paints a card: title, input, params and MACs, and where in the network the MACs are."""

    def __init__(self, model: TemplateModel, parent: QWidget) -> None:
        super().__init__(parent)
        self._model = model
        self.width = 200
        self.refresh(parent.font())

    def refresh(self, font: QFont) -> None:
        """Takes another font."""
        self._fonts = _Fonts(font)

    @property
    def least_width(self) -> int:
        """The width at which a card shows all of most templates."""
        longest = QFontMetrics(self._fonts.small).horizontalAdvance("888 M params · 88.8 G MACs")
        return longest + 2 * _INSET + _GAP

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        lines = self._fonts.line + self._fonts.small_line * (2 + _BARS_LINES)
        return QSize(self.width, lines + 2 * _INSET + 6 + _GAP)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        colours, fonts = theme.current(), self._fonts
        card = option.rect.adjusted(0, 0, -_GAP, -_GAP)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._paint_card(painter, QRectF(card).adjusted(1, 1, -1, -1), option.state)
        inner = card.adjusted(_INSET, _INSET, -_INSET, -_INSET)
        line = QRect(inner.left(), inner.top(), inner.width(), fonts.line)
        fonts.write(painter, self._model.template(index).title, line, fonts.bold, colours.text)
        known = self._model.figures(index)
        if known:
            line = QRect(inner.left(), line.bottom() + 1, inner.width(), fonts.small_line)
            for text in (known.shape, known.line):
                fonts.write(painter, text, line, fonts.small, colours.muted)
                line.translate(0, fonts.small_line)
            self._paint_bars(painter, QRectF(inner).adjusted(0, line.top() + 6 - inner.top(), 0, 0), known.bars)
        painter.restore()

    def _paint_card(self, painter: QPainter, rect: QRectF, state: QStyle.StateFlag) -> None:
        colours = theme.current()
        focused = bool(state & QStyle.StateFlag.State_HasFocus)
        hovered = bool(state & QStyle.StateFlag.State_MouseOver)
        edge = colours.focus if focused else colours.field_border if hovered else colours.border
        painter.setPen(QPen(QColor(edge), 2 if focused else 1))
        painter.setBrush(QColor(colours.hover if hovered else colours.panel))
        painter.drawRoundedRect(rect, _RADIUS, _RADIUS)

    def _paint_bars(self, painter: QPainter, rect: QRectF, bars: tuple[Bar, ...]) -> None:
        painter.setPen(Qt.PenStyle.NoPen)
        step = min(rect.width() / max(len(bars), 1), 12.0)
        for i, (height, family) in enumerate(bars):
            painter.setBrush(QColor(theme.current().families[family]))
            high = max(1.0, rect.height() * height)
            painter.drawRect(QRectF(rect.left() + i * step, rect.bottom() - high, max(1.0, step * 0.72), high))


class RecentDelegate(QStyledItemDelegate):
    """Paints a recent file: its name, and its folder in muted letters."""

    def __init__(self, model: RecentModel, parent: QWidget) -> None:
        super().__init__(parent)
        self._model = model
        self.refresh(parent.font())

    def refresh(self, font: QFont) -> None:
        """Takes another font."""
        self._fonts = _Fonts(font)

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(100, self._fonts.line + 8)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        colours, fonts, rect = theme.current(), self._fonts, option.rect
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if option.state & (QStyle.StateFlag.State_MouseOver | QStyle.StateFlag.State_HasFocus):
            focused = bool(option.state & QStyle.StateFlag.State_HasFocus)
            painter.setPen(QPen(QColor(colours.focus), 1) if focused else Qt.PenStyle.NoPen)
            painter.setBrush(QColor(colours.hover))
            painter.drawRoundedRect(QRectF(rect).adjusted(0.5, 0.5, -0.5, -0.5), 4, 4)
        file = self._model.file(index)
        line = rect.adjusted(8, 0, -8, 0)
        line.setLeft(line.left() + fonts.write(painter, file.name, line, fonts.plain, colours.text) + 12)
        metrics, room = QFontMetrics(fonts.small), max(0, line.width())
        folder = metrics.elidedText(home(file.parent), Qt.TextElideMode.ElideMiddle, room)
        fonts.write(painter, folder, line, fonts.small, colours.muted)
        painter.restore()


def home(folder: Path) -> str:
    """Returns a folder for people: ~ for the user's own."""
    try:
        return str(Path("~", folder.relative_to(Path.home())))
    except (ValueError, RuntimeError):
        return str(folder)
