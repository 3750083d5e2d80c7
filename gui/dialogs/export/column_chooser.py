"""A list of columns to choose and to order."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence

from PySide6.QtCore import QSignalBlocker, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QListWidget,
    QListWidgetItem,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from layerledger.gui.theme import icons

_KEY = Qt.ItemDataRole.UserRole
_STEPS = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1}


class ColumnList(QListWidget):
    """Columns with check boxes, in the order in which they are written; those that lack something cannot be checked."""

    changed = Signal()

    def __init__(
        self,
        titles: Mapping[str, str],
        tips: Mapping[str, str],
        parent: QWidget | None = None,
        *,
        lacking: Collection[str] = (),
    ) -> None:
        """
        Args:
            lacking: the keys of the columns that lack what they need.
        """
        super().__init__(parent)
        self._titles, self._tips, self._lacking = titles, tips, lacking
        self.setProperty("card", "true")
        self.setAccessibleName(self.tr("Columns"))
        self.setDragDropMode(QAbstractItemView.DragDropMode.InternalMove)
        self.setDefaultDropAction(Qt.DropAction.MoveAction)
        self.setUniformItemSizes(True)
        self.setSpacing(1)
        self.itemChanged.connect(self.changed)
        self.model().rowsMoved.connect(self.changed)
        self.model().rowsRemoved.connect(self.changed)  # a drag inserts a copy, then removes the old row

    def show_columns(self, chosen: Sequence[str]) -> None:
        """Check the chosen columns and put them first, in their order."""
        with QSignalBlocker(self):
            self.clear()
            for key in [*chosen, *(key for key in self._titles if key not in chosen)]:
                self._add(key, checked=key in chosen)
        self.setCurrentRow(0)
        self.changed.emit()

    def _add(self, key: str, *, checked: bool) -> None:
        item = QListWidgetItem(self._titles[key], self)
        item.setData(_KEY, key)
        item.setToolTip(self._tips[key])
        if key in self._lacking:
            item.setFlags(Qt.ItemFlag.NoItemFlags)
            item.setCheckState(Qt.CheckState.Unchecked)
            return
        flags = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable
        item.setFlags(flags | Qt.ItemFlag.ItemIsUserCheckable | Qt.ItemFlag.ItemIsDragEnabled)
        item.setCheckState(Qt.CheckState.Checked if checked else Qt.CheckState.Unchecked)

    def retitle(self, titles: Mapping[str, str]) -> None:
        """Replace the titles of the columns."""
        with QSignalBlocker(self):
            for item in self._items():
                item.setText(titles[item.data(_KEY)])

    def columns(self) -> tuple[str, ...]:
        """Return the checked columns in order."""
        return tuple(item.data(_KEY) for item in self._items() if item.checkState() == Qt.CheckState.Checked)

    def _items(self) -> Iterator[QListWidgetItem]:
        return (self.item(row) for row in range(self.count()))

    def shift(self, by: int) -> None:
        """Move the current column up (-1) or down (+1)."""
        row = self.currentRow()
        if 0 <= row + by < self.count() and row >= 0:
            with QSignalBlocker(self):
                self.insertItem(row + by, self.takeItem(row))
                self.setCurrentRow(row + by)
            self.changed.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in _STEPS and event.modifiers() & Qt.KeyboardModifier.AltModifier:
            self.shift(_STEPS[Qt.Key(event.key())])
        else:
            super().keyPressEvent(event)

    def sizeHint(self) -> QSize:
        return QSize(self.fontMetrics().averageCharWidth() * 34, self.fontMetrics().height() * 10)


class ColumnChooser(QWidget):
    """The list of columns with buttons that move the current one."""

    def __init__(self, columns: ColumnList, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        layout.addWidget(columns, 1)
        row = QHBoxLayout()
        for icon, text, by in (("move-up", self.tr("Up"), -1), ("move-down", self.tr("Down"), 1)):
            row.addWidget(self._button(columns, icon, text, by))
        row.addStretch(1)
        layout.addLayout(row)
        self.setFocusProxy(columns)

    def _button(self, columns: ColumnList, icon: str, text: str, by: int) -> QToolButton:
        button = QToolButton(self)
        button.setIcon(icons.icon(icon))
        button.setText(text)
        button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        button.setToolTip(self.tr("Move the column  %1").replace("%1", "Alt+↑" if by < 0 else "Alt+↓"))
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        button.clicked.connect(lambda: columns.shift(by))
        return button
