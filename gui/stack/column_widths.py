"""Visible columns of the stack and their widths: the chosen columns, as far as there is room."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

from PySide6.QtCore import QCoreApplication, QObject, QPoint, Qt
from PySide6.QtWidgets import QHeaderView, QMenu, QTreeView

from layerledger.gui.document.document import Document
from layerledger.gui.stack.columns import COLUMNS, NAME, SHARE, StackColumn, default
from layerledger.gui.widgets.visibility_menu import VisibilityChoice, VisibilityEntry

_MIN_NAME = "conv1 Conv2d 64→64"
_NICE_NAME = "conv1 Conv2d 64→64 3×3 /2 00"
_PADDING = 16
_MIN_SHARE = 0.6
"""Part of its width to which the column of bars shrinks before other columns are hidden."""

_BY_RANK = sorted(range(1, len(COLUMNS)), key=lambda i: COLUMNS[i].rank)


class ColumnWidths(QObject):
    """Visibility and widths of a stack's columns."""

    def __init__(self, document: Document, view: QTreeView, gutter: Callable[[], int]) -> None:
        """`gutter` returns the width of the wiring before the names."""
        super().__init__(view)
        self._document, self._view, self._gutter = document, view, gutter
        self._widths: dict[int, int] = {}
        self.shown = VisibilityChoice(
            lambda: document.settings.columns,
            lambda value: document.change_settings(columns=value),
            partial(default, document),
        )
        self._set_up()
        document.settingsChanged.connect(self.measure)

    def _set_up(self) -> None:
        header = self._view.header()
        header.setAccessibleName(self.tr("Columns"))
        header.setStretchLastSection(False)
        header.setSectionsMovable(False)
        header.setMinimumSectionSize(40)
        header.setSectionResizeMode(NAME, QHeaderView.ResizeMode.Stretch)
        for column in _BY_RANK:
            header.setSectionResizeMode(column, QHeaderView.ResizeMode.Interactive)
        header.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        header.customContextMenuRequested.connect(self._open_menu)

    # -- room

    def measure(self) -> None:
        """Measure the columns in the current font, with the current headings."""
        before = self._widths
        self._widths = {i: self._width(COLUMNS[i]) for i in _BY_RANK}
        for i, width in self._widths.items():
            if before.get(i) != width and i != SHARE:  # `fit` sets SHARE; any other may have been resized by the user
                self._view.setColumnWidth(i, width)
        self.fit()

    def _width(self, column: StackColumn) -> int:
        metrics = self._view.fontMetrics()
        texts = (column.widest, f"{column.heading(self._document)}0")
        return max(map(metrics.horizontalAdvance, texts)) + _PADDING

    def fit(self) -> None:
        """Hide the columns that are not chosen, and those without room, lowest rank first."""
        wanted = [i for i in _BY_RANK if self._is_wanted(i)]
        left = self._room(_MIN_NAME)
        shown: set[int] = set()
        for i in wanted:
            left -= int(self._widths[i] * _MIN_SHARE) if i == SHARE else self._widths[i]
            if left >= 0:
                shown.add(i)
        for i in _BY_RANK:
            if self._view.isColumnHidden(i) != (i not in shown):  # setting even the same state repeats the layout
                self._view.setColumnHidden(i, i not in shown)
        self._fit_share(shown)

    def _fit_share(self, shown: set[int]) -> None:
        """Shrink the bars in favour of the names."""
        if SHARE in shown:
            full = self._widths[SHARE]
            spare = self._room(_NICE_NAME) - sum(self._widths[i] for i in shown)
            width = max(int(full * _MIN_SHARE), min(full, full + spare))
            if width != self._view.columnWidth(SHARE):
                self._view.setColumnWidth(SHARE, width)

    def _room(self, name: str) -> int:
        """Return the width that is left beside a column that is wide enough for `name`."""
        return self._view.viewport().width() - self._view.fontMetrics().horizontalAdvance(name) - self._gutter()

    def _is_wanted(self, i: int) -> bool:
        return COLUMNS[i].key in self.shown and COLUMNS[i].available(self._document)

    # -- choosing

    def fill(self, menu: QMenu) -> None:
        """Fill a menu with the columns."""
        self.shown.fill(menu, self._entries())

    def _entries(self) -> Iterator[VisibilityEntry]:
        for i, column in enumerate(COLUMNS):
            if i != NAME:
                available = column.available(self._document)
                yield VisibilityEntry(column.key, column.name(self._document), self._note(i), available)

    def _note(self, i: int) -> str:
        if not COLUMNS[i].available(self._document):
            return _tr("needs {setting}").format(setting=QCoreApplication.translate("core", COLUMNS[i].needs))
        return _tr("no room") if self._is_wanted(i) and self._view.isColumnHidden(i) else ""

    def _open_menu(self, at: QPoint) -> None:
        menu = QMenu(self._view)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.fill(menu)
        menu.popup(self._view.header().mapToGlobal(at))


def _tr(text: str) -> str:
    return QCoreApplication.translate("StackHeader", text)
