"""The stack: the network as a tree-table, with its wiring in the gutter."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QModelIndex, QPersistentModelIndex, QPoint, QRect, Qt, QTimer
from PySide6.QtGui import (
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QRegion,
    QResizeEvent,
)
from PySide6.QtWidgets import QAbstractItemView, QFrame, QStyleOptionViewItem, QWidget

from layerledger.core.network.nodes import Block
from layerledger.gui.document.document import Document
from layerledger.gui.stack.column_widths import ColumnWidths
from layerledger.gui.stack.columns import COLUMNS, NAME, OUTPUT
from layerledger.gui.stack.dragging_view import DraggingView
from layerledger.gui.stack.lanes import route
from layerledger.gui.stack.row_painter import StackDelegate
from layerledger.gui.stack.selection_sync import SelectionSync
from layerledger.gui.stack.stack_model import StackModel, StackRow
from layerledger.gui.stack.wire_sources import visible_rows, wire_sources

Index = QModelIndex | QPersistentModelIndex

EXPAND_UP_TO = 40
"""Most rows of a network that opens with all its blocks expanded."""


class StackView(DraggingView):
    """The tree view: it paints row backgrounds, and a click on an arrow folds or unfolds a row."""

    def __init__(self, document: Document, parent: QWidget | None = None) -> None:
        super().__init__(document, parent)
        self.stack = StackModel(document, self)
        self.painter = StackDelegate(self.stack, self)
        self._routing_scheduled = self._had_problems = False
        self._exposed = QRegion()
        self._columns: list[tuple[int, int, int]] = []
        self._hovered: StackRow | None = None
        self._focused: StackRow | None = None
        self.setModel(self.stack)
        self.setItemDelegate(self.painter)
        self.selected = SelectionSync(document, self, self.stack)
        self.columns = ColumnWidths(document, self, lambda: self.painter.gutter)
        self._set_up()
        self._connect()
        self.columns.measure()
        self.show_all_of_small()
        self._route()

    def _set_up(self) -> None:
        self.setAccessibleName(self.tr("Layer stack"))
        self.setObjectName("stack")
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setUniformRowHeights(True)
        self.setRootIsDecorated(False)
        self.setIndentation(0)
        self.setItemsExpandable(True)
        self.setExpandsOnDoubleClick(False)
        self.setAllColumnsShowFocus(True)
        self.setMouseTracking(True)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setEditTriggers(QAbstractItemView.EditTrigger.DoubleClicked)
        self.setDragDropMode(QAbstractItemView.DragDropMode.DragDrop)
        self.setDefaultDropAction(Qt.DropAction.MoveAction)
        self.setDragEnabled(True)
        self.setAcceptDrops(True)
        self.setDropIndicatorShown(True)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.ActionsContextMenu)
        self.viewport().setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)  # paintEvent fills all of it: Qt need not

    def _connect(self) -> None:
        document = self._document
        self.stack.wiringChanged.connect(self._route_later)
        self.expanded.connect(self._update_fold)
        self.collapsed.connect(self._update_fold)
        document.resultChanged.connect(self._show_problems)
        document.resultChanged.connect(self._show_names)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.columns.fit()

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.StyleChange and hasattr(self, "painter"):
            # QTreeView would lay out all rows at once, for each of the style changes of a theme
            self.changeEvent(event)
            self.scheduleDelayedItemsLayout()
            return True
        return super().event(event)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        kinds = (QEvent.Type.PaletteChange, QEvent.Type.FontChange, QEvent.Type.StyleChange)
        if event.type() in kinds and hasattr(self, "painter"):  # Qt sends such events before __init__ is through
            self.painter.refresh(self.font())
            if event.type() == QEvent.Type.FontChange:
                self.columns.measure()
                self.scheduleDelayedItemsLayout()

    # -- folding

    def show_all_of_small(self) -> None:
        """Expand all blocks of a small network, and the first one of a large network."""
        rows = [row for row in self.stack.rows() if isinstance(row.node, Block)]
        small = sum(1 for row in self.stack.rows() if not row.part) <= EXPAND_UP_TO
        top = [row for row in rows if row.depth == 0]
        for row in rows if small else top[:1]:
            self.expand(self.stack.index_of(row.path))

    def fold(self, *, expand: bool) -> None:
        """Expand all blocks, or collapse everything."""
        for row in list(self.stack.rows()):
            if row.children and (isinstance(row.node, Block) or not expand):
                self.setExpanded(self.stack.index_of(row.path), expand)

    def _update_fold(self, index: Index) -> None:
        row = self.stack.row_of(index)
        (self.painter.expanded.add if self.isExpanded(index) else self.painter.expanded.discard)(row.id)
        self._route_later()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        index = self._arrow_at(event)
        if index is not None:
            self.setExpanded(index, not self.isExpanded(index))
            event.accept()
            return
        row = self.stack.row_of(self.indexAt(event.position().toPoint()))
        if row.part:
            self._document.select([row.path])
        super().mousePressEvent(event)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        index = self.indexAt(event.position().toPoint())
        if self._arrow_at(event) is not None:
            return
        if index.isValid() and index.column() != NAME and self.stack.rowCount(index.siblingAtColumn(NAME)):
            self.setExpanded(index.siblingAtColumn(NAME), not self.isExpanded(index.siblingAtColumn(NAME)))
            return
        super().mouseDoubleClickEvent(event)

    def _arrow_at(self, event: QMouseEvent) -> QModelIndex | None:
        index = self.indexAt(event.position().toPoint())
        if not index.isValid() or index.column() != NAME or not self.stack.rowCount(index):
            return None
        arrow = self.painter.arrow_rect(self.visualRect(index), self.stack.row_of(index))
        return index if arrow.contains(event.position().toPoint()) else None

    def rename_current(self) -> None:
        """Open the name of the current row for editing."""
        path = self._document.current
        if path:
            self.edit(self.stack.index_of(path))

    # -- wiring

    def _route_later(self) -> None:
        """Schedule one routing for all rows that an edit moves or a click folds."""
        if not self._routing_scheduled:
            self._routing_scheduled = True
            QTimer.singleShot(0, self, self._route)

    def _route(self) -> None:
        self._routing_scheduled = False
        expanded = self.painter.expanded
        rows = list(visible_rows(self.stack.root, expanded))
        inputs = [given.name for given in self._document.network.inputs]
        wires, self.painter.lanes = route(wire_sources(rows, expanded, inputs))
        self.painter.wires = {row.id: wire for row, wire in zip(rows, wires, strict=True)}
        self.viewport().update()

    # -- painting

    def dataChanged(self, top_left: Index, bottom_right: Index, roles: Sequence[int] = ()) -> None:
        """Repaint only the cells that changed; QTreeView would repaint its whole viewport."""
        if top_left.column() == NAME:
            super().dataChanged(top_left, bottom_right, roles)
            return
        if (above := top_left.parent()).isValid() and above.internalId() not in self.painter.expanded:
            return
        first, last = self.visualRect(self._name_index(top_left)), self.visualRect(self._name_index(bottom_right))
        if not (first.isNull() or last.isNull()):  # null inside a collapsed block
            cells = first.united(last)
            if (left := self._left_of(top_left.column())) is None:
                return
            cells.setLeft(left)
            cells.setRight(self.viewport().width())
            self.viewport().update(cells)

    def _left_of(self, column: int) -> int | None:
        """Return the left edge of the first shown column from `column` on; None if all of these are hidden."""
        shown = (i for i in range(column, len(COLUMNS)) if not self.isColumnHidden(i))
        return next(map(self.columnViewportPosition, shown), None)

    def _name_index(self, index: Index) -> QModelIndex:
        return self.stack.index(index.row(), NAME, index.parent())

    def _show_problems(self) -> None:
        """Repaint everything if there are or were problems: the blocks around a layer show its problem, too."""
        problems = bool(self._document.result.problems)
        if problems or self._had_problems:
            self.viewport().update()
        self._had_problems = problems

    def _show_names(self) -> None:
        """Repaint the visible names whose details changed: a layer's summary can depend on its input's shape.

        The model does not announce names, since a tree view queries the children of each: see `_announce`.
        """
        bottom, step = self.viewport().height(), max(1, self.rowHeight(self.indexAt(QPoint(0, 0))))
        for y in (*range(0, bottom, step), bottom - 1):
            row = self.stack.row_of(index := self.indexAt(QPoint(0, y)))
            if index.isValid() and self.painter.painted.get(row.id) != self.painter.texts(row):
                self.viewport().update(self.visualRect(index))

    def drawRow(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        rect, style, row = option.rect, self.painter.style, self.stack.row_of(index)
        if row.id in self.selected.row_ids:
            painter.fillRect(rect, style.selection)
        elif self._hovered is row:
            painter.fillRect(rect, style.hover)
        elif isinstance(row.node, Block):
            painter.fillRect(rect, style.alternate)
        top, height = rect.top(), rect.height()
        for column, left, width in self._cells(row):
            if self._exposed.intersects(QRect(left, top, width, height)):
                self.painter.paint_cell(painter, QRect(left, top, width, height), row, column)
        if self._focused is row:
            painter.setPen(style.focus)
            painter.drawRect(rect.adjusted(0, 0, -1, -1))

    def _cells(self, row: StackRow) -> Sequence[tuple[int, int, int]]:
        """Return the columns to paint with left edge and width; a problem spans all columns of numbers."""
        unknown = row.node is not None and (row.result is None or row.result.outputs is None)
        if not unknown:
            return self._columns
        name, *others = self._columns
        if not others:
            return (name,)
        return name, (OUTPUT, others[0][1], sum(width for _, _, width in others))

    def paintEvent(self, event: QPaintEvent) -> None:
        # read once for all rows: each of these calls goes through Qt
        self._hovered, self._exposed = self._under_mouse(), event.region()
        self._focused = self.stack.row_of(self.currentIndex()) if self.hasFocus() else None
        shown = (column for column in range(len(COLUMNS)) if not self.isColumnHidden(column))
        self._columns = [(c, self.columnViewportPosition(c), self.columnWidth(c)) for c in shown]
        painter = QPainter(self.viewport())
        painter.fillRect(event.rect(), self.painter.style.panel)
        painter.end()
        super().paintEvent(event)

    def _under_mouse(self) -> StackRow | None:
        if not self.viewport().underMouse():
            return None
        index = self.indexAt(self.viewport().mapFromGlobal(self.cursor().pos()))
        return self.stack.row_of(index) if index.isValid() else None
