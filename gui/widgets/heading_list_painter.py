"""Painting of lists with headings: a row is a heading, or a title with a mark in the colour of its family."""

from __future__ import annotations

from typing import Protocol

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter, QPen
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from layerledger.gui.theme import theme

Index = QModelIndex | QPersistentModelIndex


class HeadingListModel(Protocol):
    """A model of headings and entries."""

    def entry(self, index: Index) -> object | None:
        """Return the entry at an index; None for a heading."""
        ...

    def group(self, index: Index) -> str:
        """Return the family of a row, which determines its colour."""
        ...


_LEFT = 2
_DOT_X = 9
_DOT = 4.0
_TEXT_X = 21
_RADIUS = 4.0


class HeadingListDelegate(QStyledItemDelegate):
    """Delegate that paints the rows of a model with headings."""

    def __init__(self, model: HeadingListModel, parent: QWidget, *, square: str) -> None:
        """
        Args:
            square: the group whose mark is a square; the others have a dot.
        """
        super().__init__(parent)
        self._model, self._square = model, square
        self.refresh(parent.font())

    def refresh(self, font: QFont) -> None:
        """Use another font."""
        self._plain = QFont(font)
        self._small = theme.scaled(font, 0.86, QFont.Weight.DemiBold)
        self._heights = {True: QFontMetrics(font).height() + 4, False: QFontMetrics(self._small).height() + 11}

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(60, self._heights[self._model.entry(index) is not None])

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        text = str(index.data(Qt.ItemDataRole.DisplayRole))
        if self._model.entry(index) is None:
            self._paint_heading(painter, option.rect, text)
        else:
            self._paint_entry(painter, option, self._model.group(index), text)
        painter.restore()

    def _paint_heading(self, painter: QPainter, rect: QRect, text: str) -> None:
        painter.setPen(QColor(theme.current().muted))
        self._draw_text(painter, self._small, text, rect.adjusted(_LEFT, 6, -2, 0))

    def _paint_entry(self, painter: QPainter, option: QStyleOptionViewItem, group: str, text: str) -> None:
        colours, rect = theme.current(), option.rect
        back = self._background(option.state)
        if back:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(back))
            painter.drawRoundedRect(rect, _RADIUS, _RADIUS)
        if option.state & QStyle.StateFlag.State_HasFocus:
            painter.setPen(QPen(QColor(colours.focus), 1))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(QRectF(rect).adjusted(0.5, 0.5, -0.5, -0.5), _RADIUS, _RADIUS)
        self._paint_mark(painter, rect, group)
        painter.setPen(QColor(colours.text))
        self._draw_text(painter, self._plain, text, rect.adjusted(_TEXT_X, 0, -2, 0))

    def _background(self, state: QStyle.StateFlag) -> str:
        colours = theme.current()
        if state & QStyle.StateFlag.State_Selected:
            return colours.selection
        return colours.hover if state & QStyle.StateFlag.State_MouseOver else ""

    def _paint_mark(self, painter: QPainter, rect: QRect, group: str) -> None:
        centre = QPointF(rect.left() + _DOT_X, rect.center().y() + 0.5)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(theme.current().families.get(group, theme.current().muted)))
        if group == self._square:
            painter.drawRoundedRect(QRectF(centre.x() - 4.5, centre.y() - 4.5, 9, 9), 2, 2)
        else:
            painter.drawEllipse(centre, _DOT, _DOT)

    def _draw_text(self, painter: QPainter, font: QFont, text: str, rect: QRect) -> None:
        painter.setFont(font)
        shown = QFontMetrics(font).elidedText(text, Qt.TextElideMode.ElideRight, rect.width())
        painter.drawText(rect, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, shown)
