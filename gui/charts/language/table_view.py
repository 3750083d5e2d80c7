"""The table of batches and contexts, and the painting of its cells."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFontMetrics, QKeyEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QHeaderView,
    QLabel,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QWidget,
)

from layerledger.gui.charts.language.table_model import LanguageTableModel, cell_texts, fits
from layerledger.gui.theme import theme

Index = QModelIndex | QPersistentModelIndex

_PAD = 8
_WIDEST = "16.6 GiB  1,844/s"


class LanguageCellDelegate(QStyledItemDelegate):
    """Memory and speed side by side; a tint where it does not fit, an outline around the network's own cell."""

    def __init__(self, model: LanguageTableModel, parent: QWidget) -> None:
        super().__init__(parent)
        self._model = model

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        metrics = QFontMetrics(option.font)
        return QSize(metrics.horizontalAdvance(_WIDEST) + 2 * _PAD, metrics.height() + 7)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        cell = option.rect.adjusted(2, 1, -2, -1)
        sizing = self._model.sizing(index)
        too_large = sizing is not None and not fits(sizing)
        self._paint_ground(painter, option, cell, too_large=too_large)
        self._paint_texts(painter, option, cell, index, too_large=too_large)
        if self._model.is_present(index):
            painter.setPen(QPen(QColor(theme.current().accent), 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(cell.adjusted(1, 1, -1, -1), 4, 4)
        painter.restore()

    def _paint_ground(self, painter: QPainter, option: QStyleOptionViewItem, cell: QRect, *, too_large: bool) -> None:
        colours = theme.current()
        painter.setPen(Qt.PenStyle.NoPen)
        if too_large:
            tint = QColor(colours.error)
            tint.setAlphaF(0.12)
            painter.setBrush(tint)
            painter.drawRoundedRect(cell, 4, 4)
        if option.state & QStyle.StateFlag.State_MouseOver:
            painter.setBrush(QColor(colours.hover))
            painter.drawRoundedRect(cell, 4, 4)
        if option.state & QStyle.StateFlag.State_HasFocus:
            painter.setPen(QPen(QColor(colours.focus), 1, Qt.PenStyle.DotLine))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(cell.adjusted(3, 3, -3, -3), 3, 3)

    def _paint_texts(
        self, painter: QPainter, option: QStyleOptionViewItem, cell: QRect, index: Index, *, too_large: bool
    ) -> None:
        colours = theme.current()
        size, speed = cell_texts(self._model.sizing(index))
        painter.setFont(option.font)
        right, centre = Qt.AlignmentFlag.AlignRight, Qt.AlignmentFlag.AlignVCenter
        area = cell.adjusted(_PAD - 2, 0, 2 - _PAD, 0)
        painter.setPen(QColor(colours.error if too_large else colours.text))
        if speed:
            room = QFontMetrics(option.font).horizontalAdvance(_WIDEST.split()[2] + "  ")
            painter.drawText(area.adjusted(0, 0, -room, 0), right | centre, size)
            painter.setPen(QColor(colours.muted))
            painter.drawText(area, right | centre, speed)
        else:
            painter.drawText(area, right | centre, size)


class ScrolledEdge(QWidget):
    """A line beside the batches while columns are scrolled behind them, so that no text seems to touch another."""

    def paintEvent(self, event: QPaintEvent) -> None:
        QPainter(self).fillRect(self.rect(), QColor(theme.current().border))


class LanguageTable(QTableView):
    """The table; a click, Enter or Space on a cell asks for its batch and context."""

    asked = Signal(int, int)

    _corner: QLabel | None = None  # Qt arranges the view before it is complete

    def __init__(self, model: LanguageTableModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._cells = model
        self.setModel(model)
        self.setItemDelegate(LanguageCellDelegate(model, self))
        self.setAccessibleName(self.tr("Memory and tokens per second by batch and context"))
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setShowGrid(False)
        self.setMouseTracking(True)
        self.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setCornerButtonEnabled(False)
        self._corner, self.edge = self._make_corner(), ScrolledEdge(self)
        self.edge.hide()
        self.horizontalScrollBar().valueChanged.connect(self._show_edge)
        self._set_up_headers()
        self.clicked.connect(self._ask)

    def _make_corner(self) -> QLabel:
        """Return the heading of the batches, above them: a table view has none in its corner."""
        corner = QLabel(self.tr("Batch"), self)
        corner.setProperty("small", "true")
        corner.setProperty("muted", "true")
        corner.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        corner.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        return corner

    def _show_edge(self, scrolled: int) -> None:
        self.edge.setVisible(scrolled > 0)

    def updateGeometries(self) -> None:
        super().updateGeometries()
        if self._corner is not None:
            left, high = self.verticalHeader().width(), self.horizontalHeader().height()
            self._corner.setGeometry(0, 0, left - _PAD, high)
            self.edge.setGeometry(left - 1, 0, 1, high + self.viewport().height())

    def _set_up_headers(self) -> None:
        columns, rows = self.horizontalHeader(), self.verticalHeader()
        columns.setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        columns.setMinimumSectionSize(QFontMetrics(self.font()).horizontalAdvance(_WIDEST) + 2 * _PAD)
        rows.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        high = QFontMetrics(self.font()).height() + 3
        rows.setMinimumSectionSize(high)
        rows.setDefaultSectionSize(high)
        rows.setMinimumWidth(QFontMetrics(self.font()).horizontalAdvance("16,384") + 2 * _PAD)
        rows.setStyleSheet("QHeaderView::section { border: none; }")  # a table without lines
        for header in (columns, rows):
            header.setHighlightSections(False)
            header.setSectionsClickable(False)

    def _ask(self, index: Index) -> None:
        if index.isValid():
            self.asked.emit(self._cells.batches[index.row()], self._cells.contexts[index.column()])

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            self._ask(self.currentIndex())
        else:
            super().keyPressEvent(event)
