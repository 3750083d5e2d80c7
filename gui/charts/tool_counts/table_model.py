"""Qt model of the counts by each convention; follows the document while it is visible."""

from __future__ import annotations

from collections.abc import Iterator
from time import perf_counter

from PySide6.QtCore import (
    QAbstractTableModel,
    QCoreApplication,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    Qt,
    QTimer,
    Signal,
)

from layerledger.core.analysis import NodeResult
from layerledger.core.base import units
from layerledger.core.metrics.conventions import CountPart, ToolCount, ToolCounts
from layerledger.gui.document.document import Document
from layerledger.gui.theme.translation import translated

Index = QModelIndex | QPersistentModelIndex
Role = Qt.ItemDataRole
_NOWHERE = QModelIndex()

CONVENTION, TOTAL, DIFFERENCE, PARTS, FAULTS = range(5)
"""The columns."""

_TURN_S = 0.006  # of a frame of 16 ms; longer work is split into several turns
_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter


def _tr(text: str) -> str:
    return QCoreApplication.translate("Comparison", text)


def layers_text(number: int) -> str:
    """Return a number of layers in words."""
    return _tr("1 layer") if number == 1 else _tr("%1 layers").replace("%1", units.grouped(number))


def part_name(part: CountPart) -> str:
    """Return a part's name in the user's language."""
    return QCoreApplication.translate("core", part.part)


def title_of(row: ToolCount) -> str:
    """Return a convention's name in the user's language."""
    return QCoreApplication.translate("core", row.convention.title)


def counted_name(row: ToolCount) -> str:
    """Return the name of the count with which a convention is compared, in the user's language."""
    return QCoreApplication.translate("core", row.convention.name_of_counted)


def share_text(row: ToolCount, amount: int) -> str:
    """Return an amount in percent of the app's own count, such as the MACs; empty where that is 0."""
    return units.signed_share(amount, row.total - row.difference)


def difference_text(row: ToolCount, *, full: bool = False) -> str:
    """Return the difference of a total from the app's own count, such as +9.96 M, +0.5%."""
    shares = share_text(row, row.difference) if row.difference else ""
    return "  ".join(filter(None, (units.signed(row.difference, full=full), shares)))


def parts_text(row: ToolCount) -> str:
    """Return the parts of the difference in words."""
    return ", ".join(f"{part_name(part)} {units.signed(part.amount)}" for part in row.parts)


class ToolCountsModel(QAbstractTableModel):
    """One row per convention. Compares only while it is visible, and long comparisons in short turns."""

    compared = Signal()

    def __init__(self, document: Document, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._document = document
        self._comparer: ToolCounts | None = None  # made when first needed: it reads the files of the conventions
        self._learning: Iterator[NodeResult] = iter(())
        self._shown, self._stale = False, True
        self._turn = QTimer(self, singleShot=True, interval=0)
        self._turn.timeout.connect(self._take_turn)
        self.rows: tuple[ToolCount, ...] = ()
        document.resultChanged.connect(self._restart)
        document.settingsChanged.connect(self._count_changed)

    # -- following the document

    def set_shown(self, *, shown: bool) -> None:
        """Set whether the table is visible; while it is not, nothing is computed."""
        self._shown = shown
        if shown and self._stale:
            self._restart()

    def forget(self) -> None:
        """Compare again, with the present conventions."""
        self._comparer = None
        self._restart()

    def finish(self) -> None:
        """Finish the comparison now."""
        if self._shown and self._stale:
            self._turn.stop()
            self._compare()

    def _restart(self) -> None:
        self._stale = True
        if self._shown:
            self._comparer = self._comparer or ToolCounts()
            self._learning = self._comparer.prepare(self._document.result)
            self._turn.start()

    def _take_turn(self) -> None:
        if not self._shown:
            return
        end = perf_counter() + _TURN_S
        for _ in self._learning:
            if perf_counter() > end:
                self._turn.start()
                return
        self._compare()

    def _compare(self) -> None:
        self._comparer = self._comparer or ToolCounts()
        rows = self._comparer.compare(self._document.result)
        self._stale, self._learning = False, iter(())
        if len(rows) != len(self.rows):
            self.beginResetModel()
            self.rows = rows
            self.endResetModel()
        else:
            self.rows = rows
            self._all_changed()
        self.compared.emit()

    def _all_changed(self) -> None:
        self.dataChanged.emit(self.index(0, CONVENTION), self.index(len(self.rows) - 1, FAULTS))

    def _count_changed(self) -> None:
        if self.rows:
            self._all_changed()

    # -- rows

    def is_counted(self, row: int) -> bool:
        """Return whether the window uses this convention."""
        return self.rows[row].convention.id == self._document.count

    def row_of(self, id: str) -> int:
        """Return the row of a convention, or -1."""
        return next((i for i, row in enumerate(self.rows) if row.convention.id == id), -1)

    # -- QAbstractTableModel

    def rowCount(self, parent: Index = _NOWHERE) -> int:
        return 0 if parent.isValid() else len(self.rows)

    def columnCount(self, parent: Index = _NOWHERE) -> int:
        return 0 if parent.isValid() else FAULTS + 1

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Role.DisplayRole) -> object:
        if orientation != Qt.Orientation.Horizontal:
            return None
        if role == Role.DisplayRole:
            parts = _tr("What makes the difference")
            return (_tr("Convention"), _tr("Total"), _tr("Difference"), parts, _tr("Faults"))[section]
        if role == Role.ToolTipRole and section in (DIFFERENCE, FAULTS):
            return {
                DIFFERENCE: _tr("From the MACs; of a convention that counts weights, from the parameters or buffers"),
                FAULTS: _tr("Known faults of the tool that show in this network"),
            }[section]
        return _RIGHT if role == Role.TextAlignmentRole and section in (TOTAL, DIFFERENCE) else None

    def data(self, index: Index, role: int = Role.DisplayRole) -> object:
        if not index.isValid():
            return None
        row, column = self.rows[index.row()], index.column()
        if role == Role.DisplayRole:
            return _text(row, column)
        if role == Role.ToolTipRole:
            return _tip(row, column) or None
        if role == Role.AccessibleTextRole:
            counted = (
                _tr("the window uses this convention") if column == CONVENTION and self.is_counted(index.row()) else ""
            )
            return ", ".join(filter(None, (_spoken(row, column), counted)))
        return _RIGHT if role == Role.TextAlignmentRole and column in (TOTAL, DIFFERENCE) else None


def _text(row: ToolCount, column: int) -> str:
    faults = units.grouped(len(row.defects)) if row.defects else ""
    return (title_of(row), units.count(row.total), difference_text(row), parts_text(row), faults)[column]


def _tip(row: ToolCount, column: int) -> str:
    description = QCoreApplication.translate("core", row.convention.description)
    name = " ".join(filter(None, (title_of(row), row.convention.versions)))
    exact = difference_text(row, full=True)
    return (f"{name}\n{description}", units.grouped(row.total), exact, "", "\n".join(_remarks(row)))[column]


def _remarks(row: ToolCount) -> list[str]:
    return [translated(each) for each in (*row.defects, row.not_modelled) if each]


def _spoken(row: ToolCount, column: int) -> str:
    name = " ".join(filter(None, (title_of(row), row.convention.versions)))
    exact = difference_text(row, full=True)
    return (name, units.grouped(row.total), exact, parts_text(row), " ".join(_remarks(row)))[column]
