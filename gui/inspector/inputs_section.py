"""Section for the network's inputs: name, shape and dtype of each."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from layerledger.core.base.shapes import ELEMENT_BYTES, TensorSpec
from layerledger.core.network.nodes import NetworkInput
from layerledger.gui.document import commands
from layerledger.gui.document.document import Document
from layerledger.gui.inspector.labels import (
    GAP,
    connect_click,
    heading,
    note,
    set_text_if_changed,
    small_button,
    text_button,
)
from layerledger.gui.inspector.selection_view import InspectedNodes
from layerledger.gui.inspector.shape_edit import ShapeEdit
from layerledger.gui.theme.translation import translated
from layerledger.gui.widgets.basics import LineEdit, set_flag
from layerledger.gui.widgets.editors import ChoiceEditor


class InputRow(QWidget):
    """One input: its name and dtype, and below them its shape."""

    def __init__(self, document: Document, index: int, parent: QWidget) -> None:
        super().__init__(parent)
        self._document, self._index = document, index
        self.name = LineEdit(self)
        self.name.editingFinished.connect(self._rename)
        self.dtype = ChoiceEditor({dtype: dtype for dtype in ELEMENT_BYTES}, self)
        self.dtype.edited.connect(partial(commands.set_input_dtype, document, index))
        self.shape = ShapeEdit(document, index, self)
        self.remove = small_button("close", self.tr("Remove this input"), self)
        connect_click(self.remove, commands.remove_input, document, index)
        self.message = note(self)
        self._label()
        self._lay_out()

    def _label(self) -> None:
        number = str(self._index + 1)
        self.name.setAccessibleName(self.tr("Name of input {number}").format(number=number))
        self.name.setToolTip(self.tr("Name by which layers refer to this input"))
        self.dtype.setAccessibleName(self.tr("Data type of input {number}").format(number=number))
        self.dtype.setToolTip(
            self.tr("Data type of this input; of numbers it is that of all activations where Precision states one")
        )
        self.shape.setAccessibleName(self.tr("Shape of input {number}").format(number=number))

    def _lay_out(self) -> None:
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, GAP)
        layout.setSpacing(GAP - 2)
        for widgets in ((self.name, self.dtype, self.remove), (self.shape,)):
            row = QHBoxLayout()
            row.setSpacing(GAP)
            for widget in widgets:
                row.addWidget(widget, 0 if widget is self.remove else 1)
            layout.addLayout(row)
        layout.addWidget(self.message)

    def _rename(self) -> None:
        self._document.end_typing()
        commands.set_input_name(self._document, self._index, self.name.text().strip())
        self._document.end_typing()

    def show_input(self, network_input: NetworkInput, inspected: InspectedNodes) -> None:
        """Show an input and its problems."""
        if not (self.name.hasFocus() and self.name.isModified()) and self.name.text() != network_input.name:
            self.name.setText(network_input.name)
        self.dtype.show_value(self._dtype_of(network_input))
        own = (problem for problem in reversed(inspected.problems) if problem.path == network_input.name)
        found = {problem.param: problem for problem in own}  # reversed, so that the first of each field is kept
        for key, widget in (("name", self.name), ("shape", self.shape), ("dtype", self.dtype)):
            set_flag(widget, "invalid", on=key in found and found[key].severity == "error")
        worst = next((p for p in found.values() if p.severity == "error"), next(iter(found.values()), None))
        set_flag(self.message, "error", on=worst is not None and worst.severity == "error")
        set_flag(self.message, "warning", on=worst is not None and worst.severity == "warning")
        set_text_if_changed(self.message, translated(worst.message) if worst else "")

    def _dtype_of(self, network_input: NetworkInput) -> str:
        """Return the dtype that holds: of numbers it is that of the network's activations, where these are stated."""
        found = self._document.result.inputs.get(network_input.name)
        return found.dtype if isinstance(found, TensorSpec) else network_input.dtype


class InputsSection(QWidget):
    """The network's inputs, with a button that adds one."""

    def __init__(self, document: Document, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._document = document
        self.rows: list[InputRow] = []
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setSpacing(GAP)
        self._layout.addWidget(heading(self.tr("Inputs"), self))
        self.add = text_button("add", self.tr("Add input"), self)
        connect_click(self.add, commands.add_input, document)
        self._layout.addWidget(self.add, 0, Qt.AlignmentFlag.AlignLeft)

    def show_nodes(self, inspected: InspectedNodes) -> None:
        """Show the network's inputs if nothing is selected; hide otherwise."""
        self.setVisible(not inspected.nodes)
        if inspected.nodes:
            return
        inputs = self._document.network.inputs
        while len(self.rows) < len(inputs):
            self.rows.append(row := InputRow(self._document, len(self.rows), self))
            self._layout.insertWidget(len(self.rows), row)
            QWidget.setTabOrder(row.remove, self.add)
        for i, row in enumerate(self.rows):
            row.setVisible(i < len(inputs))
            if i < len(inputs):
                row.show_input(inputs[i], inspected)
