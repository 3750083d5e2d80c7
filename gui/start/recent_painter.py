"""Painting of a recent file: its name and its folder."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter, QPen
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from layerledger.gui.start.recent_model import RecentModel
from layerledger.gui.start.row_fonts import RowFonts
from layerledger.gui.theme import theme

Index = QModelIndex | QPersistentModelIndex


class RecentDelegate(QStyledItemDelegate):
    """Delegate that paints a recent file: its name, and its folder in muted letters."""

    def __init__(self, model: RecentModel, parent: QWidget) -> None:
        super().__init__(parent)
        self._model = model
        self.refresh(parent.font())

    def refresh(self, font: QFont) -> None:
        """Use another font."""
        self._fonts = RowFonts(font)

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
        line.setLeft(line.left() + fonts.draw(painter, file.name, line, fonts.plain, colours.text) + 12)
        metrics, room = QFontMetrics(fonts.small), max(0, line.width())
        folder = metrics.elidedText(abbreviate_home(file.parent), Qt.TextElideMode.ElideMiddle, room)
        fonts.draw(painter, folder, line, fonts.small, colours.muted)
        painter.restore()


def abbreviate_home(folder: Path) -> str:
    """Return the path of a folder with ~ for the user's home."""
    try:
        return str(Path("~", folder.relative_to(Path.home())))
    except (ValueError, RuntimeError):
        return str(folder)
