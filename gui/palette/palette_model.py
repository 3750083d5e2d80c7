"""Qt model of the palette: entries under headings, or the results of a search, best first."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from itertools import groupby

from PySide6.QtCore import (
    QAbstractListModel,
    QCoreApplication,
    QMimeData,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    Qt,
)

from layerledger.core.base.params import ParamInfo, Value
from layerledger.core.layers.layer_type import Inputs
from layerledger.core.library.catalog.entries import CATALOG, CatalogEntry
from layerledger.core.library.catalog.quick_insert import QuickError, node, rank_of, read, summary, unknown
from layerledger.core.network.nodes import Block, Node
from layerledger.gui.document import clipboard_commands
from layerledger.gui.document.document import Document
from layerledger.gui.document.insertion import inputs_at, insertion_point

Index = QModelIndex | QPersistentModelIndex
Role = Qt.ItemDataRole
_NOWHERE = QModelIndex()


def _tr_core(text: str) -> str:
    return QCoreApplication.translate("core", text)


class PaletteModel(QAbstractListModel):
    """The catalogue entries that can be inserted after the document's selection."""

    def __init__(self, document: Document, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._document = document
        self._text, self._rank = "", rank_of(self.inputs)
        self._line = read("")
        self._rows: list[CatalogEntry | str] = _with_headings(CATALOG)
        self._hint: tuple[object, str] = (None, "")

    @property
    def inputs(self) -> Inputs:
        """Inputs that a new layer would get."""
        return inputs_at(self._document, insertion_point(self._document))

    @property
    def text(self) -> str:
        """The searched text."""
        return self._text

    def search(self, text: str) -> None:
        """Show the entries that match `text`, a name with or without arguments; all under headings if it is empty."""
        self._text = text
        self._rank = rank_of(self.inputs)
        line = read(text, rank=self._rank)
        rows = list[CatalogEntry | str](line.entries) if line.name else _with_headings(CATALOG)
        self._line = line
        if rows != self._rows:  # a reset would lose the current row
            self.beginResetModel()
            self._rows = rows
            self.endResetModel()

    def refresh(self) -> bool:
        """Search again if the tensor at the insertion point has another rank; return whether it was necessary."""
        stale = bool(self._text) and rank_of(self.inputs) != self._rank
        if stale:
            self.search(self._text)
        return stale

    # -- rows

    def entry(self, index: Index) -> CatalogEntry | None:
        """Return the entry at an index; None for a heading and for an invalid index."""
        row = self._rows[index.row()] if index.isValid() else ""
        return row if isinstance(row, CatalogEntry) else None

    def group(self, index: Index) -> str:
        """Return the palette group of a row, which determines its colour."""
        row = self._rows[index.row()]
        return row.group if isinstance(row, CatalogEntry) else row

    def step(self, index: Index, by: int) -> QModelIndex:
        """Return the next entry up (-1) or down (+1); from an invalid index the first or last; at the ends the same."""
        row = index.row() if index.isValid() else -1 if by > 0 else len(self._rows)
        row += by
        while 0 <= row < len(self._rows) and not isinstance(self._rows[row], CatalogEntry):
            row += by
        return self.index(row) if 0 <= row < len(self._rows) else self.index(index.row())

    # -- insertion

    def node(self, index: Index) -> Node:
        """Return the new layer of a row, with the typed arguments.

        Raises:
            QuickError: no entry matches, or an argument is invalid; the message gives an example.
        """
        entry = self.entry(index)
        if entry is None:
            raise QuickError(unknown(self._line.name, rank=self._rank))
        return node(entry, self._line, self.inputs)

    def hint(self, index: Index) -> str:
        """Return a short description of the layer that a row inserts.

        Raises:
            QuickError: as `node`.
        """
        # An edit elsewhere leaves all three as they were.
        asked, (known, hint) = (self._line, self.entry(index), self.inputs), self._hint
        if asked != known:
            made, entry = self.node(index), self.entry(index)
            hint = "  ".join(filter(None, (entry.title if entry else "", summary(made, self.inputs))))
            self._hint = asked, hint
        return hint

    # -- QAbstractListModel

    def rowCount(self, parent: Index = _NOWHERE) -> int:
        return 0 if parent.isValid() else len(self._rows)

    def data(self, index: Index, role: int = Role.DisplayRole) -> object:
        if not index.isValid():
            return None
        row = self._rows[index.row()]
        if role == Role.DisplayRole:
            return row.title if isinstance(row, CatalogEntry) else _tr_core(row)
        if isinstance(row, CatalogEntry):
            if role == Role.ToolTipRole:
                return self._tip(row)
            if role == Role.AccessibleDescriptionRole:
                return _tr_core(row.help)
        return None

    def flags(self, index: Index) -> Qt.ItemFlag:
        if self.entry(index) is None:
            return Qt.ItemFlag.NoItemFlags
        flags = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable | Qt.ItemFlag.ItemIsDragEnabled
        return flags | Qt.ItemFlag.ItemNeverHasChildren

    def supportedDragActions(self) -> Qt.DropAction:
        return Qt.DropAction.CopyAction

    def mimeTypes(self) -> list[str]:
        return [clipboard_commands.MIME]

    def mimeData(self, indexes: Sequence[QModelIndex]) -> QMimeData:
        """Return the dragged layers in the format of a drag from a stack."""
        return clipboard_commands.mime_of_nodes(self._document, [self._dragged_node(index) for index in indexes])

    def _dragged_node(self, index: QModelIndex) -> Node:
        try:
            return self.node(index)
        except QuickError:
            entry = self.entry(index)
            return entry.node(self.inputs) if entry else Block(name="block")

    # -- tool tips

    def _tip(self, entry: CatalogEntry) -> str:
        values = entry.params(self.inputs)
        rows = [_param_row(info, values) for info in entry.declared.values()]
        table = f"<table cellspacing='0' cellpadding='2'>{''.join(rows)}</table>" if rows else ""
        return f"<p style='white-space: pre-wrap'><b>{entry.title}</b><br>{escape(_tr_core(entry.help))}</p>{table}"


def _param_row(info: ParamInfo, values: dict[str, Value]) -> str:
    text = "" if info.derived else info.kind.text(values.get(info.name, info.start))
    cells = (info.name, text, _tr_core(info.help))
    return f"<tr>{''.join(f'<td>{escape(cell)}&nbsp;&nbsp;</td>' for cell in cells)}</tr>"


def _with_headings(entries: Sequence[CatalogEntry]) -> list[CatalogEntry | str]:
    rows: list[CatalogEntry | str] = []
    for group, members in groupby(entries, key=lambda entry: entry.group):
        rows += [group, *members]
    return rows
