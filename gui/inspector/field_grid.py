"""A grid of named fields, each with a message and a reset button: the base of the inspector's sections."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, Qt
from PySide6.QtWidgets import QComboBox, QGridLayout, QHBoxLayout, QLabel, QLineEdit, QToolButton, QWidget

from layerledger.core.analysis import Problem
from layerledger.gui.inspector.labels import GAP, ICON, ElidedLabel, note, set_text_if_changed, small_button
from layerledger.gui.theme.translation import translated
from layerledger.gui.widgets.basics import set_flag


class TallEditor(QWidget):
    """An editor that may have several lines; the field's name is aligned with the first one."""

    def line_height(self) -> int:
        """Return the height of its first line."""
        raise NotImplementedError


class Field:
    """A field of a grid: name and editor, a message below them, and a reset button on the editor.

    The editor of a wide field is below its name and spans both columns; beside the name is the result of its formula.
    """

    def __init__(self, grid: FieldGrid, row: int, name: str, editor: QWidget, *, wide: bool = False) -> None:
        self._grid, self._row = grid, row
        self.editor = editor
        self.result = ElidedLabel(grid) if wide else None
        self._cell = (row + 1, 0, 1, 2) if wide else (row, 1, 1, 1)
        self.label = ElidedLabel(grid)
        self.label.setText(name)
        self.label.setProperty("muted", "true")
        self.label.setBuddy(editor)
        self._message: QLabel | None = None
        self._reset: QToolButton | None = None
        self._help, self._help_shown, self._hint = "", False, ""
        self._problem: Problem | None = None
        self._add_to_grid(name)

    def _add_to_grid(self, name: str) -> None:
        layout = self._grid.grid
        tall = isinstance(self.editor, TallEditor)
        layout.addWidget(self.label, self._row, 0, Qt.AlignmentFlag.AlignTop if tall else Qt.AlignmentFlag.AlignVCenter)
        self.align_label()
        layout.addWidget(self.editor, *self._cell)
        if self.result:
            self.result.setProperty("muted", "true")
            self.result.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            layout.addWidget(self.result, self._row, 1)
        if not self.editor.accessibleName():
            self.editor.setAccessibleName(name)

    def align_label(self) -> None:
        """Give the label the height of the editor's first line."""
        if isinstance(self.editor, TallEditor):
            self.label.setMinimumHeight(self.editor.line_height())

    def set_help(self, help: str, tip: str) -> None:
        """Set the explanation of the field: `help` as text, `tip` as tool tip."""
        self._help = help
        for widget in (self.label, self.editor):
            widget.setToolTip(tip)
            widget.setWhatsThis(tip)

    def set_visible(self, *, on: bool) -> None:
        """Show or hide the field."""
        for widget in filter(None, (self.label, self.editor, self.result)):
            widget.setVisible(on)
        if not on:
            self.show_problem(None)

    def show_help(self, *, on: bool) -> None:
        """Show or hide the help below the field."""
        self._help_shown = on
        self._show_message()

    def show_hint(self, text: str) -> None:
        """Show a hint below the field, such as the names that can be typed; an empty text hides it."""
        if text != self._hint:
            self._hint = text
            self._show_message()

    # -- problems

    def show_problem(self, problem: Problem | None) -> None:
        """Mark the field and show a problem below it; None clears both."""
        if problem is not self._problem:
            self._problem = problem
            set_flag(self.editor, "invalid", on=problem is not None and problem.severity == "error")
            self.editor.setAccessibleDescription(translated(problem.message) if problem else self._help)
            self._show_message()

    def _show_message(self) -> None:
        lines = (self._help if self._help_shown else "", self._hint)
        text = translated(self._problem.message) if self._problem else "\n".join(filter(None, lines))
        if text and self._message is None:
            self._message = note(self._grid)
            self._grid.grid.addWidget(self._message, self._row + 2, 0, 1, 2)
        if self._message is not None:
            set_flag(self._message, "error", on=self._problem is not None and self._problem.severity == "error")
            set_flag(self._message, "warning", on=self._problem is not None and self._problem.severity == "warning")
            set_text_if_changed(self._message, text)

    # -- reset

    def show_changed(self, tip: str, reset: Callable[[], None]) -> None:
        """Mark a field whose value is not the default.

        Args:
            tip: names the default; empty to remove the mark.
            reset: called when the user resets the field.
        """
        set_flag(self.label, "changed", on=bool(tip))
        if tip and self._reset is None:
            self._reset = self._make_reset(reset)
        if self._reset is not None and (self._reset.isHidden() == bool(tip) or self._reset.toolTip() != tip):
            self._reset.setToolTip(tip)
            self._reset.setVisible(bool(tip))
            if isinstance(self.editor, QLineEdit):
                self.editor.setTextMargins(0, 0, ICON + GAP if tip else 0, 0)

    def _make_reset(self, reset: Callable[[], None]) -> QToolButton:
        name = self._grid.tr("Reset {param}").format(param=self.label.text())
        button = small_button("reset", name, self._grid)
        button.clicked.connect(reset)
        over = QHBoxLayout()
        over.setContentsMargins(0, 0, 22 if isinstance(self.editor, QComboBox) else 4, 0)
        over.addStretch()
        over.addWidget(button)
        self._grid.grid.addLayout(over, *self._cell)
        button.raise_()  # it lies in the cell of the editor, above it
        QWidget.setTabOrder(self.editor, button)
        return button


class FieldGrid(QWidget):
    """Names on the left, editors on the right."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.fields: dict[str, Field] = {}
        self.grid = QGridLayout(self)
        self.grid.setContentsMargins(0, 0, 0, 0)
        self.grid.setHorizontalSpacing(10)
        self.grid.setVerticalSpacing(GAP - 2)
        self.grid.setColumnStretch(1, 1)

    def label_width(self) -> int:
        """Return the width of the longest visible name."""
        return max((f.label.sizeHint().width() for f in self.fields.values() if not f.label.isHidden()), default=0)

    def set_label_width(self, width: int) -> None:
        """Set the width of the column of names, to align it with other grids."""
        if width != self.grid.columnMinimumWidth(0):  # Qt would redo the layout even for the same width
            self.grid.setColumnMinimumWidth(0, width)

    def add(self, key: str, name: str, editor: QWidget, *, wide: bool = False) -> Field:
        """Add a row."""
        self.fields[key] = Field(self, 3 * len(self.fields), name, editor, wide=wide)
        return self.fields[key]

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange):
            for field in self.fields.values():
                field.align_label()

    def show_help(self, *, on: bool) -> None:
        """Show or hide the help below each field."""
        for field in self.fields.values():
            field.show_help(on=on)
