"""Model of the table of batches and contexts: a row a batch, a column a context."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from layerledger.core.base import units
from layerledger.core.reports.language_section import speed_text
from layerledger.core.studies.sizing import Sizing

Index = QModelIndex | QPersistentModelIndex
_NONE = QModelIndex()

WAITING = "…"


class LanguageTableModel(QAbstractTableModel):
    """Sizes of a network; a cell that has not been computed yet is empty."""

    # On the class: a view that is deleted asks once more when Python has already cleared the model's attributes.
    batches: tuple[int, ...] = ()
    contexts: tuple[int, ...] = ()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.present = (0, 0)
        self._cells: dict[tuple[int, int], Sizing] = {}

    # -- content

    def show_axes(self, batches: Sequence[int], contexts: Sequence[int], present: tuple[int, int]) -> None:
        """Show empty cells for these batches and contexts; `present` is the batch and context of the network."""
        same = (self.batches, self.contexts) == (tuple(batches), tuple(contexts))
        if not same:
            self.beginResetModel()
        self.batches, self.contexts, self.present = tuple(batches), tuple(contexts), present
        self._cells = {}
        if not same:
            self.endResetModel()
        elif batches:
            self.dataChanged.emit(self.index(0, 0), self.index(len(batches) - 1, len(contexts) - 1))
            self.headerDataChanged.emit(Qt.Orientation.Vertical, 0, len(batches) - 1)

    def add(self, sizing: Sizing) -> None:
        """Show one more cell."""
        context = sizing.context or 0
        self._cells[sizing.batch, context] = sizing
        at = self.index(self.batches.index(sizing.batch), self.contexts.index(context))
        self.dataChanged.emit(at, at)

    def sizing(self, index: Index) -> Sizing | None:
        """Return the sizing of a cell; None where it has not been computed yet."""
        return self._cells.get((self.batches[index.row()], self.contexts[index.column()]))

    def is_present(self, index: Index) -> bool:
        """Return whether a cell is the batch and context of the network."""
        return (self.batches[index.row()], self.contexts[index.column()]) == self.present

    # -- QAbstractTableModel

    def rowCount(self, parent: Index = _NONE) -> int:
        return 0 if parent.isValid() else len(self.batches)

    def columnCount(self, parent: Index = _NONE) -> int:
        return 0 if parent.isValid() else len(self.contexts)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        listed = self.batches if orientation == Qt.Orientation.Vertical else self.contexts
        if role != Qt.ItemDataRole.DisplayRole or section >= len(listed):
            return None
        if orientation == Qt.Orientation.Vertical:
            return units.grouped(self.batches[section])
        text = units.grouped(self.contexts[section])
        return self.tr("{n} tokens").format(n=text) if section == 0 else text

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        sizing = self.sizing(index)
        if role == Qt.ItemDataRole.DisplayRole:
            return " ".join(filter(None, cell_texts(sizing)))
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return self._spoken(index, sizing)
        if role == Qt.ItemDataRole.ToolTipRole and sizing:
            return self._spoken(index, sizing)
        return None

    def _spoken(self, index: Index, sizing: Sizing | None) -> str:
        batch, tokens = units.grouped(self.batches[index.row()]), units.grouped(self.contexts[index.column()])
        place = self.tr("Batch {batch}, {tokens} tokens").format(batch=batch, tokens=tokens)
        if sizing is None:
            return place
        fit = sizing.fit.sentence() if sizing.fit else ""
        time = f"≥ {units.duration(sizing.token.total)}" if sizing.token else ""
        per_s = self.tr("at most {n} tokens per second")
        speed = per_s.format(n=speed_text(sizing)) if sizing.tokens_per_s else ""
        token = self.tr("{time} a token").format(time=time) if time else ""
        return "\n".join(filter(None, (place, sizing.problem or fit, token, speed)))


def cell_texts(sizing: Sizing | None) -> tuple[str, str]:
    """Return the memory and the speed of a cell; a cell that does not fit has no speed."""
    if sizing is None:
        return WAITING, ""
    if sizing.problem:
        return units.NONE, ""
    size = units.size(sizing.footprint.total_bytes)
    return size, f"{speed_text(sizing)}/s" if fits(sizing) and sizing.tokens_per_s else ""


def fits(sizing: Sizing) -> bool:
    """Return whether a cell fits, as far as that is known."""
    return sizing.fit is None or sizing.fit.fits is not False
