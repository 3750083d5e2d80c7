"""Fields for the sizes that an imported file leaves open."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QWidget

from layerledger.core.base.values import MAX_SIZE, parse_integer
from layerledger.core.formats.importing.notes import OpenSize
from layerledger.gui.inspector.labels import ElidedLabel
from layerledger.gui.theme.translation import translated
from layerledger.gui.widgets.basics import LineEdit, set_flag

_CHARACTERS = 8
_IN_A_ROW = 3
_GAP = 6


class SizeField(LineEdit):
    """A field for one size, which is set by Enter or when the focus leaves; Escape takes the typed text back."""

    chosen = Signal(str, int)
    refused = Signal(str)  # why a text is no size

    def __init__(self, size: OpenSize, parent: QWidget) -> None:
        super().__init__(parent)
        self._size = size
        self.setAccessibleName(translated(size.name))
        self.setFixedWidth(self.fontMetrics().averageCharWidth() * _CHARACTERS + 2 * _GAP)
        self.editingFinished.connect(self._commit)
        self.textEdited.connect(lambda: set_flag(self, "invalid", on=False))
        self.show_size(size)

    def show_size(self, size: OpenSize) -> None:
        """Show the size as it is now."""
        self._size = size
        self.setText(str(size.value))
        self.setCursorPosition(0)
        set_flag(self, "invalid", on=False)

    def _commit(self) -> None:
        value = parse_integer(self.text())
        if type(value) is not int or not 1 <= value <= MAX_SIZE:
            set_flag(self, "invalid", on=True)
            rule = self.tr("{name} must be a number of at least 1, such as 224 or 4k; got {text}")
            self.refused.emit(rule.format(name=self._size.name, text=self.text() or self.tr("nothing")))
        elif value != self._size.value:
            self._size = self._size._replace(value=value)  # a dialog takes the focus, and Qt commits again
            self.chosen.emit(self._size.name, value)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape and self.text() != str(self._size.value):
            self.show_size(self._size)
        else:
            super().keyPressEvent(event)


class SizeFields(QWidget):
    """A field for each open size, with its name before it."""

    chosen = Signal(str, int)
    refused = Signal(str)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.fields: list[SizeField] = []
        self._names: list[str] = []
        self._rows: QWidget | None = None
        self._layout = QHBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)

    def show_sizes(self, sizes: Sequence[OpenSize]) -> None:
        """Show sizes; fields of the same names stay, so that the keyboard keeps its place."""
        self.setVisible(bool(sizes))
        if [size.name for size in sizes] != self._names:
            self._build(sizes)
        for field, size in zip(self.fields, sizes, strict=True):
            field.show_size(size)

    def _build(self, sizes: Sequence[OpenSize]) -> None:
        if self._rows is not None:
            self._rows.hide()
            self._rows.deleteLater()
        self._names = [size.name for size in sizes]
        self._rows = rows = QWidget(self)
        grid = QGridLayout(rows)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(_GAP)
        grid.setVerticalSpacing(4)
        self.fields = [SizeField(size, rows) for size in sizes]
        for i, (size, field) in enumerate(zip(sizes, self.fields, strict=True)):
            name = QLabel(translated(size.name), rows)
            name.setTextFormat(Qt.TextFormat.PlainText)
            name.setBuddy(field)
            row, column = divmod(i, _IN_A_ROW)
            if column:
                grid.setColumnMinimumWidth(3 * column - 1, _GAP)
            grid.addWidget(name, row, 3 * column)
            grid.addWidget(field, row, 3 * column + 1)
            field.chosen.connect(self.chosen)
            field.refused.connect(self.refused)
        hint = ElidedLabel(rows)
        hint.setText(self.tr("left open by the file"))
        hint.setProperty("muted", "true")
        grid.addWidget(hint, 0, 3 * min(len(sizes), _IN_A_ROW))
        grid.setColumnStretch(3 * _IN_A_ROW + 1, 1)
        self._layout.addWidget(rows)
        rows.show()
