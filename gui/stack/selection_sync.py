"""Selection of the stack: the document's and the view's are kept the same."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from PySide6.QtCore import QItemSelection, QItemSelectionModel, QObject
from PySide6.QtWidgets import QTreeView

from layerledger.core.network.paths import NodePath
from layerledger.gui.document.document import Document
from layerledger.gui.stack.columns import NAME
from layerledger.gui.stack.stack_model import StackModel, StackRow


class SelectionSync(QObject):
    """Link between the selections of a view and its document.

    Attributes:
        row_ids: ids of the selected rows, which stay valid while rows move.
    """

    def __init__(self, document: Document, view: QTreeView, stack: StackModel) -> None:
        super().__init__(view)
        self._document, self._view, self._stack = document, view, stack
        self._syncing = False
        self.row_ids: set[int] = set()
        stack.aboutToRemoveMany.connect(self._clear_selection)
        document.networkChanged.connect(self._show_selection)
        document.selectionChanged.connect(self._show_selection)
        view.selectionModel().selectionChanged.connect(self._take_selection)

    def _take_selection(self) -> None:
        if self._stack.updating:  # Qt deselects each row that is removed; the document keeps its own selection
            return
        rows = list(self._selected_rows())
        self.row_ids = {row.id for row in rows}
        if not self._syncing:
            self._document.select(row.path for row in rows)

    def _selected_rows(self) -> Iterator[StackRow]:
        """Yield the selected rows range by range: Qt's `selectedRows` compares each row with all the others."""
        selection = self._view.selectionModel().selection()
        for area in map(selection.at, range(selection.size())):
            for at in range(area.top(), area.bottom() + 1):
                row = self._stack.row_of(self._stack.index(at, NAME, area.parent()))
                if not row.part:
                    yield row

    def _clear_selection(self) -> None:
        """Deselect everything until it is shown again: at each removal Qt would look up every selected row."""
        self._view.clearSelection()
        self.row_ids = set()

    def _show_selection(self) -> None:
        wanted = self._document.selection
        if self._stack.paths_of(self.row_ids) == set(wanted):
            return
        self._syncing = True
        try:
            self._select(wanted)
        finally:
            self._syncing = False

    def _select(self, paths: tuple[NodePath, ...]) -> None:
        chosen = QItemSelection()
        for parent in dict.fromkeys(path[:-1] for path in paths):
            self._expand_around((*parent, 0))
        for first, last in _runs_of_siblings(paths):
            chosen.select(self._stack.index_of(first), self._stack.index_of(last))
        flags = QItemSelectionModel.SelectionFlag.ClearAndSelect | QItemSelectionModel.SelectionFlag.Rows
        self._view.selectionModel().select(chosen, flags)
        if paths:
            last = self._stack.index_of(paths[-1])
            self._view.selectionModel().setCurrentIndex(last, QItemSelectionModel.SelectionFlag.NoUpdate)
            self._view.scrollTo(last)

    def _expand_around(self, path: NodePath) -> None:
        for depth in range(1, len(path)):
            index = self._stack.index_of(path[:depth])
            if not self._view.isExpanded(index):
                self._view.expand(index)


def _runs_of_siblings(paths: Sequence[NodePath]) -> Iterator[tuple[NodePath, NodePath]]:
    """Yield the first and last path of each run of siblings that follow one another; () is a run of its own."""
    start = 0
    for i, path in enumerate(paths, 1):
        following = (*path[:-1], path[-1] + 1) if path else None
        if i == len(paths) or paths[i] != following:
            yield paths[start], path
            start = i
