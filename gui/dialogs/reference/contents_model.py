"""Qt model of the contents of the reference: pages under headings, or search results, best first."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from PySide6.QtCore import QAbstractListModel, QCoreApplication, QModelIndex, QObject, QPersistentModelIndex, Qt

from layerledger.core.library.reference import Entry, contents, find

Index = QModelIndex | QPersistentModelIndex
Role = Qt.ItemDataRole
_NOWHERE = QModelIndex()


class ReferenceModel(QAbstractListModel):
    """Pages of the reference."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._rows: list[Entry | str] = _with_headings(contents())

    def search(self, text: str) -> None:
        """Show the pages that match `text`; all pages under headings if it is empty."""
        rows = list[Entry | str](find(text)) if text.strip() else _with_headings(contents())
        if rows != self._rows:
            self.beginResetModel()
            self._rows = rows
            self.endResetModel()

    def entry(self, index: Index) -> Entry | None:
        """Return the entry at an index; None for a heading or an invalid index."""
        row = self._rows[index.row()] if index.isValid() else ""
        return row if isinstance(row, Entry) else None

    def group(self, index: Index) -> str:
        """Return the heading that a row stands under, which gives it its colour."""
        row = self._rows[index.row()]
        return row.group if isinstance(row, Entry) else row

    def index_of(self, key: str) -> QModelIndex:
        """Return the index of a page; invalid if it is not listed."""
        rows = (i for i, row in enumerate(self._rows) if isinstance(row, Entry) and row.key == key)
        return self.index(next(rows, -1))

    def step(self, index: Index, by: int) -> QModelIndex:
        """Return the next entry up (-1) or down (+1); from no row, the first or last; the same at the ends."""
        row = index.row() if index.isValid() else -1 if by > 0 else len(self._rows)
        row += by
        while 0 <= row < len(self._rows) and not isinstance(self._rows[row], Entry):
            row += by
        return self.index(row) if 0 <= row < len(self._rows) else self.index(index.row())

    # -- QAbstractListModel

    def rowCount(self, parent: Index = _NOWHERE) -> int:
        return 0 if parent.isValid() else len(self._rows)

    def data(self, index: Index, role: int = Role.DisplayRole) -> object:
        if not index.isValid():
            return None
        row = self._rows[index.row()]
        if role == Role.DisplayRole:
            return QCoreApplication.translate("core", row.title if isinstance(row, Entry) else row)
        if role == Role.ToolTipRole and isinstance(row, Entry):
            return " – ".join(QCoreApplication.translate("core", text) for text in (row.title, row.group))
        return None

    def flags(self, index: Index) -> Qt.ItemFlag:
        if self.entry(index) is None:
            return Qt.ItemFlag.NoItemFlags
        return Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable | Qt.ItemFlag.ItemNeverHasChildren


def _with_headings(entries: Sequence[Entry]) -> list[Entry | str]:
    rows: list[Entry | str] = []
    for group, members in groupby(entries, key=lambda entry: entry.group):
        rows += [group, *members]
    return rows
