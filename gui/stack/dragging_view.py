"""Dragging of rows: the picture under the pointer, and a drop whose line shows the depth of the new row."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QPoint, QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QColor, QDrag, QDragMoveEvent, QDropEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractItemView, QTreeView, QWidget

from layerledger.core.network.nodes import Block
from layerledger.gui.document import commands
from layerledger.gui.document.document import Document
from layerledger.gui.stack.columns import NAME
from layerledger.gui.stack.drag_picture import drag_picture
from layerledger.gui.stack.row_painter import INDENT, StackDelegate
from layerledger.gui.stack.stack_model import StackModel
from layerledger.gui.theme import theme

Index = QModelIndex | QPersistentModelIndex

_Position = QAbstractItemView.DropIndicatorPosition
_THICK, _KNOB = 2, 3
"""The line of a drop, and the radius of the ring at its start."""


def _line(left: int, y: int, right: int) -> QRect:
    """Return a line that stays inside the view at its upper edge."""
    return QRect(left, max(y, _KNOB + 1), right - left, 1)


class DraggingView(QTreeView):
    """A tree view of a document's rows that can be dragged.

    Attributes:
        stack: the model.
        painter: the delegate.
        drop_mark: where the mark of a drop is while something is dragged over the view; one pixel high for a line.
    """

    stack: StackModel
    painter: StackDelegate

    def __init__(self, document: Document, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._document = document
        self.drop_mark = QRect()

    def startDrag(self, supportedActions: Qt.DropAction) -> None:  # noqa: N803  (Qt's name)
        """Drag the selected rows, with their names as the picture: Qt's would be an excerpt of the table."""
        indexes = [self.stack.index_of(path) for path in commands.chosen(self._document)]
        if indexes:
            drag = QDrag(self)
            drag.setMimeData(self.stack.mimeData(indexes))
            nodes = [node for index in indexes if (node := self.stack.row_of(index).node) is not None]
            drag.setPixmap(drag_picture(nodes, self.font(), self.devicePixelRatioF()))
            drag.setHotSpot(QPoint(-10, -6))  # beside the pointer, so that the line of the drop is seen
            drag.exec(supportedActions, self.defaultDropAction())

    # -- the line of a drop

    def dragMoveEvent(self, event: QDragMoveEvent) -> None:
        super().dragMoveEvent(event)
        index = self.indexAt(event.position().toPoint()).siblingAtColumn(NAME)
        self.drop_mark = self._mark(index, event.position().toPoint()) if event.isAccepted() else QRect()

    def _mark(self, index: QModelIndex, pointer: QPoint) -> QRect:
        """Return the line where a new row would be, from its depth on; the row's rectangle for a drop into a block."""
        where, right = self.dropIndicatorPosition(), self.viewport().width() - 2
        if where == _Position.OnViewport or not index.isValid():
            end = self.stack.index(self.stack.rowCount() - 1, NAME)
            while self.isExpanded(end) and (rows := self.stack.rowCount(end)):
                end = self.stack.index(rows - 1, NAME, end)
            return _line(self.painter.gutter, self.visualRect(end).bottom(), right)
        rect, left = self.visualRect(index), self.painter.text_left(self.stack.row_of(index))
        if where == _Position.OnItem:
            return QRect(QPoint(left - 4, rect.top()), QPoint(right, rect.bottom()))
        below = where == _Position.BelowItem
        inside = INDENT if self._drops_inside(index, pointer, rect) else 0
        return _line(left + inside, rect.bottom() if below else rect.top(), right)

    def paintEvent(self, event: QPaintEvent) -> None:
        # Qt's own line goes from edge to edge, whatever the depth of the new row; drops need it to be switched on.
        self.setDropIndicatorShown(False)
        super().paintEvent(event)
        self.setDropIndicatorShown(True)
        if self.state() == QAbstractItemView.State.DraggingState and not self.drop_mark.isNull():
            self._paint_mark(QPainter(self.viewport()))

    def _paint_mark(self, painter: QPainter) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(QColor(theme.current().accent), _THICK))
        mark = self.drop_mark
        if mark.height() > 1:
            painter.drawRoundedRect(QRectF(mark).adjusted(1, 1, -1, -1), 4, 4)
        else:
            start = QPointF(mark.left() + _KNOB, mark.top())
            painter.drawEllipse(start, _KNOB, _KNOB)
            painter.drawLine(start + QPointF(_KNOB, 0), QPointF(mark.right(), mark.top()))

    def _drops_inside(self, index: Index, pointer: QPoint, rect: QRect) -> bool:
        """Return whether a drop below a row is before its first child: the row is an open block."""
        below = pointer.y() > rect.bottom() - max(2, min(rect.height() * 2 // 11, 12))
        return below and isinstance(self.stack.row_of(index).node, Block) and self.isExpanded(index)

    def dropEvent(self, event: QDropEvent) -> None:
        index = self.indexAt(event.position().toPoint())
        name = index.siblingAtColumn(NAME)
        if index.isValid() and self._drops_inside(name, event.position().toPoint(), self.visualRect(name)):
            self.stack.dropMimeData(event.mimeData(), event.dropAction(), 0, 0, name)
            self.setState(QAbstractItemView.State.NoState)
            self.viewport().update()
            event.accept()
        else:
            super().dropEvent(event)
