"""Qt model of the recent files."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QAbstractListModel, QModelIndex, QPersistentModelIndex, Qt

from layerledger.gui.document import recent_files as recent

Index = QModelIndex | QPersistentModelIndex
Role = Qt.ItemDataRole
_NOWHERE = QModelIndex()


class RecentModel(QAbstractListModel):
    """The files that were opened or saved last: names, with folders as tool tips."""

    _files: tuple[Path, ...] = ()

    def refresh(self) -> None:
        """Read the list again."""
        files = tuple(recent.files())
        if files != self._files:
            self.beginResetModel()
            self._files = files
            self.endResetModel()

    def file(self, index: Index) -> Path:
        """Return the file of a row."""
        return self._files[index.row()]

    def rowCount(self, parent: Index = _NOWHERE) -> int:
        return 0 if parent.isValid() else len(self._files)

    def data(self, index: Index, role: int = Role.DisplayRole) -> object:
        if not index.isValid():
            return None
        if role == Role.DisplayRole:
            return self.file(index).name
        return str(self.file(index)) if role in (Role.ToolTipRole, Role.AccessibleDescriptionRole) else None
