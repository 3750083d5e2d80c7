"""Dragging of rows: the picture under the pointer, and a drop whose line shows the depth of the new row."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QPoint, QRect, Qt
from PySide6.QtGui import QDrag, QDragMoveEvent, QDropEvent
from PySide6.QtWidgets import QAbstractItemView, QTreeView, QWidget

from layerledger.core.network.nodes import Block
from layerledger.gui.document import commands
from layerledger.gui.document.document import Document
from layerledger.gui.stack.columns import NAME
from layerledger.gui.stack.drag_picture import drag_picture
from layerledger.gui.stack.row_painter import INDENT, StackDelegate
from layerledger.gui.stack.stack_model import StackModel

Index = QModelIndex | QPersistentModelIndex


class DraggingView(QTreeView):
    """A tree view of a document's rows that can be dragged.

    Attributes:
        stack: the model.
        painter: the delegate.
    """

    stack: StackModel
    painter: StackDelegate

    def __init__(self, document: Document, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._document = document
        self._pointer: QPoint | None = None  # of a drag, while Qt places the line of the drop

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

    def dragMoveEvent(self, event: QDragMoveEvent) -> None:
        self._pointer = event.position().toPoint()
        super().dragMoveEvent(event)
        self._pointer = None

    def visualRect(self, index: Index) -> QRect:
        """Return a cell's rectangle; while Qt places the line of a drop, it starts at the depth of the new row."""
        rect = super().visualRect(index)
        if self._pointer is not None and index.isValid():
            row = self.stack.row_of(index)
            inside = INDENT if self._drops_inside(index, self._pointer, rect) else 0
            left = self.painter.text_left(row) + inside
            rect.setLeft(min(left, max(rect.left(), self._pointer.x())))  # Qt asks whether the pointer is in it
        return rect

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
