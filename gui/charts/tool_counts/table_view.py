"""Table of the conventions, with navigation by row and by part for mouse and keyboard."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QItemSelectionModel, QPoint, Qt, Signal
from PySide6.QtGui import (
    QContextMenuEvent,
    QFocusEvent,
    QGuiApplication,
    QKeyEvent,
    QKeySequence,
    QMouseEvent,
    QResizeEvent,
)
from PySide6.QtWidgets import QAbstractItemView, QFrame, QHeaderView, QTreeView, QWidget

from layerledger.core.base import units
from layerledger.core.metrics.conventions import CountPart
from layerledger.core.reports import tool_counts as comparison
from layerledger.gui.charts.tip import Tip, TipText
from layerledger.gui.charts.tool_counts.row_painter import GUTTER, ToolCountsDelegate
from layerledger.gui.charts.tool_counts.table_model import (
    CONVENTION,
    DIFFERENCE,
    FAULTS,
    PARTS,
    TOTAL,
    ToolCountsModel,
    counted_name,
    layers_text,
    part_name,
    share_text,
    title_of,
)

_WIDTHS = {TOTAL: "1,023 M", DIFFERENCE: "+1,023 M  +100.0%", FAULTS: "Faults"}
"""Sample texts that set the widths of the columns."""

_WIDEST_NAME, _LEAST_NAME = "thop 0.1  0.1.0 – 0.1.1.post2209072238 ", "ultralytics-thop 2.2 "
_LEAST_PARTS = "normalization +9.93 M, pooling +25.6 k "

_OWN_KEYS = (QKeySequence.StandardKey.Copy, QKeySequence.StandardKey.SelectAll)


class ToolCountsView(QTreeView):
    """The table. It reports choices by signals and changes nothing itself."""

    partChosen = Signal(int, int, bool)  # row, part, and whether to extend the selection by its layers
    countAsked = Signal(int)  # row of the convention to count by
    subjectChanged = Signal()  # another row, or another part of it
    menuRequested = Signal(QPoint)

    def __init__(self, model: ToolCountsModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.comparison = model
        self.painter = ToolCountsDelegate(model, self)
        self.tip = Tip(self.viewport())
        self.setModel(model)
        self.setItemDelegate(self.painter)
        self._set_up()
        self._fit_columns()
        self.selectionModel().currentRowChanged.connect(self._row_changed)
        model.compared.connect(self._follow)

    def _set_up(self) -> None:
        self.setAccessibleName(self.tr("What other tools print"))
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setRootIsDecorated(False)
        self.setItemsExpandable(False)
        self.setUniformRowHeights(True)
        self.setAllColumnsShowFocus(True)
        self.setMouseTracking(True)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)

    def _fit_columns(self) -> None:
        header, advance = self.header(), self.fontMetrics().horizontalAdvance
        header.setAccessibleName(self.tr("Columns"))
        header.setStretchLastSection(False)
        header.setSectionsMovable(False)
        header.setMinimumSectionSize(40)
        header.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        header.setSectionResizeMode(PARTS, QHeaderView.ResizeMode.Stretch)
        for column, text in _WIDTHS.items():
            header.resizeSection(column, advance(text) + 16)
        widest, least = advance(_WIDEST_NAME), advance(_LEAST_NAME)
        room = self.viewport().width() - sum(map(header.sectionSize, _WIDTHS)) - advance(_LEAST_PARTS)
        header.resizeSection(CONVENTION, min(max(room, GUTTER + least), GUTTER + widest))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit_columns()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange) and hasattr(self, "painter"):
            self.painter.refresh(self.font())
            self._fit_columns()
            self.scheduleDelayedItemsLayout()

    def set_own_scale(self, *, own: bool) -> None:
        """Scale each row separately, or all rows alike."""
        self.painter.own_scale = own
        self.viewport().update()

    # -- the subject: a row, and perhaps a part of it

    @property
    def row(self) -> int:
        """The current row, or -1."""
        return self.currentIndex().row()

    @property
    def part(self) -> int | None:
        """The part of the current row chosen last by keyboard or mouse."""
        marked = self.painter.marked
        if marked is None or marked[0] != self.row:
            return None
        return next((i for i, part in enumerate(self._parts(self.row)) if part.part == marked[1]), None)

    def set_row(self, row: int) -> None:
        """Make a row the current and the only selected one."""
        flags = QItemSelectionModel.SelectionFlag.ClearAndSelect | QItemSelectionModel.SelectionFlag.Rows
        self.selectionModel().setCurrentIndex(self.comparison.index(row, 0), flags)

    def set_part(self, part: int | None) -> None:
        """Mark a part of the current row."""
        row = self.row
        self.painter.marked = None if part is None or row < 0 else (row, self._parts(row)[part].part)
        self.viewport().update()
        self.setAccessibleDescription("" if part is None else self._note(row, part).text())
        self.subjectChanged.emit()

    def _parts(self, row: int) -> tuple[CountPart, ...]:
        return self.comparison.rows[row].parts if 0 <= row < len(self.comparison.rows) else ()

    def _row_changed(self) -> None:
        """Keep the part of the same name as the current one, if the row has one."""
        name = self.painter.marked[1] if self.painter.marked else ""
        names = [part.part for part in self._parts(self.row)]
        self.set_part(names.index(name) if name in names else None)

    def _follow(self) -> None:
        self.tip.hide()
        self._row_changed()

    def copy_rows(self) -> None:
        """Put the selected rows on the clipboard, a line each."""
        rows = sorted(index.row() for index in self.selectionModel().selectedRows())
        if rows:
            QGuiApplication.clipboard().setText(comparison.as_text([self.comparison.rows[i] for i in rows]))

    # -- pointing

    def part_at(self, point: QPoint) -> tuple[int, int] | None:
        """Return the row and the part at a point of the viewport."""
        index = self.indexAt(point)
        if not index.isValid() or index.column() != PARTS:
            return None
        found = self.painter.segments(index.row(), self.visualRect(index))
        hit = (each.part for each, area in found if area.left() - 1 <= point.x() <= area.right())
        part = next(hit, None)
        return None if part is None else (index.row(), part)

    def _note(self, row: int, part: int) -> TipText:
        compared = self.comparison.rows[row]
        found = compared.parts[part]
        share = share_text(compared, found.amount)
        name = counted_name(compared)
        of_own = self.tr("%1 of the %2").replace("%1", share).replace("%2", name) if share else ""
        value = " · ".join(filter(None, (units.signed(found.amount, full=True), of_own, title_of(compared))))
        return TipText(part_name(found), layers_text(len(found.layers)), value)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        super().mouseMoveEvent(event)
        hit = self.part_at(event.position().toPoint())
        if hit is None:
            self._leave()
        else:
            self.viewport().setCursor(Qt.CursorShape.PointingHandCursor)
            self.tip.show_note(self._note(*hit), event.position().toPoint())

    def scrollContentsBy(self, dx: int, dy: int) -> None:
        super().scrollContentsBy(dx, dy)
        self.tip.hide()

    def _leave(self) -> None:
        self.viewport().unsetCursor()
        self.tip.hide()

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        self._leave()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        hit = self.part_at(event.position().toPoint())
        left = event.button() == Qt.MouseButton.LeftButton
        if hit is None or not left:
            super().mousePressEvent(event)
        if hit is not None:
            self.set_row(hit[0])
            self.set_part(hit[1])
            if left:
                self.partChosen.emit(*hit, bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier))

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        point = event.position().toPoint()
        if event.button() == Qt.MouseButton.LeftButton and self.indexAt(point).isValid() and not self.part_at(point):
            self.countAsked.emit(self.indexAt(point).row())
        else:
            self.mousePressEvent(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        by_mouse = event.reason() == QContextMenuEvent.Reason.Mouse
        at = self.visualRect(self.currentIndex()).bottomLeft() + QPoint(GUTTER, 0)
        self.menuRequested.emit(event.globalPos() if by_mouse else self.viewport().mapToGlobal(at))

    # -- the keyboard

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent) and _is_own(event):
            event.accept()  # these keys are shortcuts of the window for layers
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = event.key()
        if event.matches(QKeySequence.StandardKey.Copy):
            self.copy_rows()
        elif key in (Qt.Key.Key_Left, Qt.Key.Key_Right):
            self._walk(1 if key == Qt.Key.Key_Right else -1)
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.part is not None:
            self.partChosen.emit(self.row, self.part, bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier))
        elif key == Qt.Key.Key_Escape and self.part is not None:
            self._leave()
            self.set_part(None)
        else:
            super().keyPressEvent(event)

    def _walk(self, step: int) -> None:
        """Move to the next part on the right or on the left."""
        cell = self.visualRect(self.comparison.index(self.row, PARTS))
        found = self.painter.segments(self.row, cell) if self.row >= 0 else []
        if not found:
            return
        order = [segment.part for segment, _ in found]
        start = -1 if step > 0 else len(order)
        at = min(max((order.index(self.part) if self.part is not None else start) + step, 0), len(order) - 1)
        self.set_part(order[at])
        self.tip.show_note(self._note(self.row, order[at]), found[at][1].bottomLeft().toPoint())

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.tip.hide()


def _is_own(event: QKeyEvent) -> bool:
    return any(event.matches(key) for key in _OWN_KEYS)
