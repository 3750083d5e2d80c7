"""Head of the inspector: name, type, place and shapes of the inspected node, and problems without a field."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QVBoxLayout, QWidget

from layerledger.core import edits
from layerledger.core.analysis import Problem
from layerledger.core.base.messages import message_of
from layerledger.core.base.shapes import TensorSpec, shape_text
from layerledger.core.edits import EditError
from layerledger.core.network.paths import parent_name
from layerledger.gui.document import commands
from layerledger.gui.document.document import Document
from layerledger.gui.inspector.labels import GAP, ElidedLabel, note, set_text_if_changed, small_button
from layerledger.gui.inspector.receptive_field_line import ReceptiveFieldLine
from layerledger.gui.inspector.selection_view import InspectedNodes
from layerledger.gui.theme import icons
from layerledger.gui.theme.translation import translated
from layerledger.gui.widgets.basics import CopyLabel, LineEdit, set_flag

_ICON = 14
INSET = 6
"""Distance from the border of the name to its text; the field starts that much further left to align the texts."""


class NameEdit(LineEdit):
    """A name that looks like a title until it is clicked; Enter applies the new name, Escape restores the old one."""

    named = Signal(str)
    reverted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._name = ""
        self.setProperty("title", "true")
        self.setAccessibleName(self.tr("Name"))
        self.setToolTip(self.tr("Name; click to rename"))
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.returnPressed.connect(self._emit_name)
        self.textChanged.connect(self._fit)

    def show_name(self, name: str) -> None:
        """Show a name, unless the user is editing it."""
        if name != self._name or not self.isModified():
            self._name = name
            if name != self.text():
                self.setText(name)
            self.setCursorPosition(0)
            set_flag(self, "invalid", on=False)

    def _emit_name(self) -> None:
        if self.isModified():
            self.named.emit(self.text().strip())

    def revert(self) -> None:
        """Restore the old name."""
        self.setText(self._name)
        set_flag(self, "invalid", on=False)
        self.reverted.emit()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        if event.reason() != Qt.FocusReason.PopupFocusReason:  # the context menu does not end the editing
            self._emit_name()
            if self.isModified():
                self.revert()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape and self.isModified():
            self.revert()
        else:
            super().keyPressEvent(event)

    def _fit(self) -> None:
        self.ensurePolished()  # before that the font is not yet the style sheet's
        self.setMaximumWidth(self.fontMetrics().horizontalAdvance(self.text()) + 2 * INSET + 2)
        self.setMinimumWidth(min(self.maximumWidth(), self.fontMetrics().averageCharWidth() * 14))

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange):
            self._fit()


class TitleLine(QWidget):
    """Name, type, place and shapes of the inspected nodes, and a button for help."""

    def __init__(self, document: Document, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._document = document
        self._inspected = InspectedNodes((), (), ())
        self.name = NameEdit(self)
        self.name.named.connect(self._rename)
        self.name.textEdited.connect(self._show_check)
        self.name.reverted.connect(self._show_name_problem)
        self.selected_count = QLabel(self)
        self.selected_count.setProperty("title", "true")
        self.kind = ElidedLabel(self)
        self.kind.setProperty("muted", "true")
        self.help = small_button("help", self.tr("Explain each parameter"), self)
        self.help.setCheckable(True)
        self.shapes = note(self)
        self.receptive = ReceptiveFieldLine(document, self)
        self.name_error = note(self)
        set_flag(self.name_error, "error", on=True)
        self._lay_out()

    def _lay_out(self) -> None:
        line = QHBoxLayout()
        line.setSpacing(GAP - 2)
        for widget, stretch in ((self.name, 0), (self.selected_count, 0), (self.kind, 1), (self.help, 0)):
            line.addWidget(widget, stretch)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(2)
        layout.addLayout(line)
        for label in (self.selected_count, self.name_error, self.shapes, self.receptive):
            label.setContentsMargins(INSET, 0, 0, 0)
        layout.addWidget(self.name_error)
        layout.addWidget(self.shapes)
        layout.addWidget(self.receptive)

    def show_nodes(self, inspected: InspectedNodes) -> None:
        """Show the title of the inspected nodes."""
        if self._inspected.path != inspected.path or self._inspected.single != inspected.single:
            self.name.setModified(False)
        self._inspected = inspected
        several = len(inspected.nodes) > 1
        self.name.setVisible(not several)
        count = self.tr("{count} selected").format(count=len(inspected.nodes)) if several else ""
        set_text_if_changed(self.selected_count, count)
        if not several:
            self.name.show_name(inspected.nodes[0].name if inspected.nodes else self._document.network.name)
        self.kind.setText(self._kind_text(inspected))
        set_text_if_changed(self.shapes, _shape_change(inspected))
        self.receptive.show_nodes(inspected)
        if not self.name.isModified():
            self._show_name_problem()
        self.help.setVisible(inspected.type is not None)

    def _show_name_problem(self) -> None:
        named = self._inspected.about("name") if self._inspected.nodes else ()
        set_text_if_changed(self.name_error, next((translated(problem.message) for problem in named), ""))

    def _kind_text(self, inspected: InspectedNodes) -> str:
        if not inspected.nodes:
            return self.tr("network")
        if len(inspected.nodes) > 1:
            return inspected.layers[0].type if inspected.layers else ""
        kind = inspected.layer.type if inspected.layer else self.tr("block")
        place = parent_name(self._document.network, inspected.path)
        return self.tr("{kind} in {block}").format(kind=kind, block=place) if place else kind

    # -- renaming

    def _show_check(self, text: str) -> None:
        set_text_if_changed(self.name_error, self._check_name(text))
        set_flag(self.name, "invalid", on=bool(self.name_error.text()))

    def _check_name(self, text: str) -> str:
        """Return the reason why the node cannot be renamed to `text`; empty if it can."""
        if not self._inspected.single:
            return ""
        try:
            edits.rename(self._document.network, self._inspected.path, text)
        except EditError as error:
            return translated(message_of(error))
        return ""

    def _rename(self, name: str) -> None:
        if self._check_name(name):
            return
        self.name.setModified(False)
        set_text_if_changed(self.name_error, "")
        if self._inspected.single:
            commands.rename(self._document, self._inspected.path, name)
        else:
            commands.rename_network(self._document, name)


def _shape_change(inspected: InspectedNodes) -> str:
    """Return `1×64×56×56 → 1×64×28×28` for a single node, with ? for what is unknown, so that the line stays."""
    result = inspected.result
    if not inspected.single or result is None:
        return ""
    return f"{_shapes_text(result.known_inputs)} → {_shapes_text(result.outputs)}"


def _shapes_text(specs: Sequence[TensorSpec] | None) -> str:
    if specs is None:
        return "?"
    shown = [shape_text(spec.shape) for spec in specs[:4]]
    return ", ".join([*shown, "…"] if len(specs) > len(shown) else shown)


class ProblemList(QWidget):
    """Problems that no field shows, each with the icon of its severity."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._rows: list[tuple[QLabel, QLabel]] = []
        self._shown: list[Problem] = []
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setSpacing(GAP - 2)

    def show_problems(self, problems: Sequence[Problem]) -> None:
        """Show problems; hide the list if it is empty."""
        if list(problems) != self._shown:
            self._shown = list(problems)
            self._fill()
        self.setVisible(bool(problems))

    def _fill(self) -> None:
        while len(self._rows) < len(self._shown):
            self._rows.append(self._row())
        for i, (icon, text) in enumerate(self._rows):
            icon.setVisible(i < len(self._shown))
            set_text_if_changed(text, translated(self._shown[i].message) if i < len(self._shown) else "")
            if i < len(self._shown):
                severity = self._shown[i].severity
                role = "muted" if severity == "info" else severity
                icon.setPixmap(icons.pixmap(severity, _ICON, role=role, scale=self.devicePixelRatioF()))
                set_flag(text, "error", on=severity == "error")

    def _row(self) -> tuple[QLabel, QLabel]:
        icon, text = QLabel(self), CopyLabel(self)
        text.setWordWrap(True)
        text.setTextFormat(Qt.TextFormat.PlainText)
        row = QHBoxLayout()
        row.setSpacing(GAP)
        row.addWidget(icon, 0, Qt.AlignmentFlag.AlignTop)
        row.addWidget(text, 1)
        self._layout.addLayout(row)
        return icon, text

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self._fill()
