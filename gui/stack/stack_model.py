"""The stack's Qt model: a row a node, cell contents, renaming in place, and drag and drop."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QCoreApplication, QMimeData, QModelIndex, QObject, Qt

from layerledger.core.network.nodes import Block
from layerledger.core.network.paths import NodePath
from layerledger.gui.document import clipboard_commands, commands
from layerledger.gui.document.document import Document
from layerledger.gui.stack.cell_text import StackCells, name_of
from layerledger.gui.stack.columns import ANYWHERE, COLUMNS, COUNT, NAME, OUTPUT, PARAMS, SHARE, TIME
from layerledger.gui.stack.deferred_cells import DeferredCells
from layerledger.gui.stack.stack_row import INPUT_ROWS, StackRow
from layerledger.gui.stack.tree_model import Index, NetworkTreeModel

__all__ = [
    "COUNT",
    "INPUT_ROWS",
    "MIME_PATHS",
    "NAME",
    "OUTPUT",
    "PARAMS",
    "SHARE",
    "TIME",
    "StackModel",
    "StackRow",
]

Role = Qt.ItemDataRole

_NUMBERS = tuple(i for i, column in enumerate(COLUMNS) if column.metric or column.placed)

# Made once: Qt lays out a network by asking each row, and joining flags takes Python 5 µs: 1 s of 100,000 layers.
_ON_ROOT = Qt.ItemFlag.ItemIsDropEnabled
_ON_PART = Qt.ItemFlag.NoItemFlags  # a click selects its layer
_ON_INPUTS = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable
_DRAGGED = _ON_INPUTS | Qt.ItemFlag.ItemIsDragEnabled
_ON_LAYER = (_DRAGGED, _DRAGGED | Qt.ItemFlag.ItemIsEditable)  # without and with a name to edit
_ON_BLOCK = (_ON_LAYER[0] | Qt.ItemFlag.ItemIsDropEnabled, _ON_LAYER[1] | Qt.ItemFlag.ItemIsDropEnabled)

MIME_PATHS = "application/x-layerledger-paths"
"""Format of the paths of dragged layers, for a move inside one window."""


class StackModel(NetworkTreeModel):
    """The document's nodes with the columns of COLUMNS."""

    def __init__(self, document: Document, parent: QObject | None = None) -> None:
        super().__init__(document, parent)
        self.placed = DeferredCells(document, self)
        self.cells = StackCells(document, self.placed)
        self.placed.changed.connect(lambda: self._announce_all(ANYWHERE))
        document.settingsChanged.connect(self._show_settings)

    def _show_settings(self, changed: frozenset[str]) -> None:
        if changed & {"count", "fused"}:
            self._show_count()
        if changed & {"device", "efficiency", "fused"}:
            self._show_device()

    def _show_count(self) -> None:
        self.headerDataChanged.emit(Qt.Orientation.Horizontal, COUNT, SHARE)
        self._announce_all(OUTPUT)

    def _show_device(self) -> None:
        self.headerDataChanged.emit(Qt.Orientation.Horizontal, TIME, TIME)
        self._announce_all(TIME)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Role.DisplayRole) -> object:
        if orientation != Qt.Orientation.Horizontal:
            return None
        if role == Role.DisplayRole:
            return COLUMNS[section].heading(self._document)
        if role == Role.ToolTipRole:
            return self._help(section)
        if role == Role.TextAlignmentRole and section in _NUMBERS:
            return Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        return None

    def _help(self, section: int) -> str | None:
        """Return the definition of a column's numbers."""
        metric = self._document.metric if section == SHARE else COLUMNS[section].told(self._document)
        return f"{_tr_core(metric.title)}: {_tr_core(metric.help)}" if metric else None

    def data(self, index: Index, role: int = Role.DisplayRole) -> object:
        if not index.isValid():
            return None
        row = self.row_of(index)
        if role == Role.DisplayRole:
            return self.cells.text(row, index.column())
        if role == Role.EditRole and index.column() == NAME:
            return name_of(row)
        if role == Role.ToolTipRole:
            return self.cells.tip(row, index.column())
        if role == Role.AccessibleTextRole:
            return self.cells.spoken(row, index.column())
        if role == Role.TextAlignmentRole and index.column() in _NUMBERS:
            return Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        return None

    def setData(self, index: Index, value: object, role: int = Role.EditRole) -> bool:
        if role != Role.EditRole or index.column() != NAME or not self.path_of(index):
            return False
        return commands.rename(self._document, self.path_of(index), str(value))

    def flags(self, index: Index) -> Qt.ItemFlag:
        if not index.isValid():
            return _ON_ROOT
        row = self.row_of(index)
        if row.part:
            return _ON_PART
        if row.node is None:
            return _ON_INPUTS
        return (_ON_BLOCK if isinstance(row.node, Block) else _ON_LAYER)[index.column() == NAME]

    # -- drag and drop

    def supportedDropActions(self) -> Qt.DropAction:
        return Qt.DropAction.CopyAction | Qt.DropAction.MoveAction

    def mimeTypes(self) -> list[str]:
        return [clipboard_commands.MIME, MIME_PATHS]

    def mimeData(self, indexes: Sequence[QModelIndex]) -> QMimeData:
        paths = sorted({path for index in indexes if (path := self.path_of(index))})
        data = clipboard_commands.mime_of(self._document, paths)
        data.setData(MIME_PATHS, repr((id(self._document), paths)).encode())
        return data

    def canDropMimeData(self, data: QMimeData, action: Qt.DropAction, row: int, column: int, parent: Index) -> bool:
        return data.hasFormat(clipboard_commands.MIME)

    def dropMimeData(self, data: QMimeData, action: Qt.DropAction, row: int, column: int, parent: Index) -> bool:
        if not data.hasFormat(clipboard_commands.MIME):
            return False
        to = self.drop_path(row, parent)
        paths = self._dragged(data) if action == Qt.DropAction.MoveAction else None
        if paths:
            commands.move(self._document, paths, to)
        else:
            clipboard_commands.insert_text(
                self._document, bytes(data.data(clipboard_commands.MIME).data()).decode(), to
            )
        return False  # the rows have moved already; Qt must not remove any

    def drop_path(self, row: int, parent: Index) -> NodePath:
        """Return the path for a drop before `row` of `parent`; a row of -1 is the end."""
        above = self.row_of(parent)
        last = len(above.children)
        at = last if row < 0 else min(row, last)
        return (*above.path, max(0, at - INPUT_ROWS) if above.parent is None else at)

    def _dragged(self, data: QMimeData) -> list[NodePath] | None:
        import ast  # here, because it lengthens the start and few sessions drag

        if not data.hasFormat(MIME_PATHS):
            return None
        source, paths = ast.literal_eval(bytes(data.data(MIME_PATHS).data()).decode())
        return paths if source == id(self._document) else None


def _tr_core(text: str) -> str:
    return QCoreApplication.translate("core", text)
