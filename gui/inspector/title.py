"""The head of the inspector: the name, edited in place, what it is the name of, and what is wrong with it."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QVBoxLayout, QWidget

from layerledger.core import edits
from layerledger.core.analysis import Problem
from layerledger.core.base.shapes import TensorSpec, shape_text
from layerledger.core.edits import EditError
from layerledger.gui.document import commands
from layerledger.gui.document.document import Document
from layerledger.gui.inspector.labels import GAP, ElidedLabel, note, set_text_if_changed, small_button
from layerledger.gui.inspector.receptive_field_line import ReceptiveLine
from layerledger.gui.inspector.selection_view import InspectedNodes
from layerledger.gui.theme import icons
from layerledger.gui.widgets.basics import CopyLabel, LineEdit, set_flag

_ICON = 14
INSET = 6
"""From the border of the name to its text: so much further left it begins, for the texts to stand in line."""


class NameEdit(LineEdit):
    """A name that looks like a title until it is clicked; Enter takes it, Escape leaves the old one."""

    named = Signal(str)
    reverted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._name = ""
        self.setProperty("title", "true")
        self.setAccessibleName(self.tr("Name"))
        self.setToolTip(self.tr("Name; click to rename"))
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.returnPressed.connect(self._take)
        self.textChanged.connect(self._fit)

    def show_name(self, name: str) -> None:
        """Show the name that it has now."""
        if name != self._name or not self.isModified():
            self._name = name
            if name != self.text():
                self.setText(name)
            self.setCursorPosition(0)
            set_flag(self, "invalid", on=False)

    def _take(self) -> None:
        if self.isModified():
            self.named.emit(self.text().strip())

    def revert(self) -> None:
        """Show the old name again."""
        self.setText(self._name)
        set_flag(self, "invalid", on=False)
        self.reverted.emit()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        if event.reason() != Qt.FocusReason.PopupFocusReason:
            self._take()
            if self.isModified():
                self.revert()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape and self.isModified():
            self.revert()
        else:
            super().keyPressEvent(event)

    def _fit(self) -> None:
        self.ensurePolished()
        self.setMaximumWidth(self.fontMetrics().horizontalAdvance(self.text()) + 2 * INSET + 2)
        self.setMinimumWidth(min(self.maximumWidth(), self.fontMetrics().averageCharWidth() * 14))

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange):
            self._fit()


class TitleLine(QWidget):
    """Name, type and place of what is shown, its shapes, and a button for help."""

    def __init__(self, document: Document, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._document = document
        self._subject = InspectedNodes((), (), ())
        self.name = NameEdit(self)
        self.name.named.connect(self._rename)
        self.name.textEdited.connect(self._check)
        self.name.reverted.connect(self._show_fault)
        self.many = QLabel(self)
        self.many.setProperty("title", "true")
        self.what = ElidedLabel(self)
        self.what.setProperty("muted", "true")
        self.help = small_button("help", self.tr("Explain each parameter"), self)
        self.help.setCheckable(True)
        self.shapes = note(self)
        self.receptive = ReceptiveLine(document, self)
        self.fault = note(self)
        set_flag(self.fault, "error", on=True)
        self._lay_out()

    def _lay_out(self) -> None:
        line = QHBoxLayout()
        line.setSpacing(GAP - 2)
        for widget, stretch in ((self.name, 0), (self.many, 0), (self.what, 1), (self.help, 0)):
            line.addWidget(widget, stretch)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(2)
        layout.addLayout(line)
        for label in (self.many, self.fault, self.shapes, self.receptive):
            label.setContentsMargins(INSET, 0, 0, 0)
        layout.addWidget(self.fault)
        layout.addWidget(self.shapes)
        layout.addWidget(self.receptive)

    def show_subject(self, subject: InspectedNodes) -> None:
        """Show whose inspector this is."""
        if self._subject.path != subject.path or self._subject.single != subject.single:
            self.name.setModified(False)
        self._subject = subject
        several = len(subject.nodes) > 1
        self.name.setVisible(not several)
        set_text_if_changed(self.many, self.tr("%1 selected").replace("%1", str(len(subject.nodes))) if several else "")
        if not several:
            self.name.show_name(subject.nodes[0].name if subject.nodes else self._document.network.name)
        self.what.setText(self._what(subject))
        set_text_if_changed(self.shapes, _shapes(subject))
        self.receptive.show_subject(subject)
        if not self.name.isModified():
            self._show_fault()
        self.help.setVisible(subject.type is not None)

    def _show_fault(self) -> None:
        named = self._subject.about("name") if self._subject.nodes else ()
        set_text_if_changed(self.fault, next((problem.message for problem in named), ""))

    def _what(self, subject: InspectedNodes) -> str:
        if not subject.nodes:
            return self.tr("network")
        if len(subject.nodes) > 1:
            return subject.layers[0].type if subject.layers else ""
        kind = subject.layer.type if subject.layer else self.tr("block")
        place = self._document.parent_name(subject.path)
        return self.tr("%1 in %2").replace("%1", kind).replace("%2", place) if place else kind

    # -- renaming

    def _check(self, text: str) -> None:
        set_text_if_changed(self.fault, self._fault(text))
        set_flag(self.name, "invalid", on=bool(self.fault.text()))

    def _fault(self, text: str) -> str:
        """Return why the node cannot be called `text`, or nothing."""
        if not self._subject.single:
            return ""
        try:
            edits.rename(self._document.network, self._subject.path, text)
        except EditError as error:
            return str(error)
        return ""

    def _rename(self, name: str) -> None:
        if self._fault(name):
            return
        self.name.setModified(False)
        set_text_if_changed(self.fault, "")
        if self._subject.single:
            commands.rename(self._document, self._subject.path, name)
        else:
            commands.rename_network(self._document, name)


def _shapes(subject: InspectedNodes) -> str:
    """Return `1×64×56×56 → 1×64×28×28` for the one node, as far as it is known."""
    result = subject.result
    if not subject.single or result is None or result.outputs is None or result.known_inputs is None:
        return ""
    return f"{_listed(result.known_inputs)} → {_listed(result.outputs)}"


def _listed(specs: Sequence[TensorSpec]) -> str:
    shown = [shape_text(spec.shape) for spec in specs[:4]]
    return ", ".join([*shown, "…"] if len(specs) > len(shown) else shown)


class ProblemList(QWidget):
    """The problems that no field shows, each with its severity's icon."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._rows: list[tuple[QLabel, QLabel]] = []
        self._shown: list[Problem] = []
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setSpacing(GAP - 2)

    def show_problems(self, problems: Sequence[Problem]) -> None:
        """Show problems; none hides the list."""
        if list(problems) != self._shown:
            self._shown = list(problems)
            self._fill()
        self.setVisible(bool(problems))

    def _fill(self) -> None:
        while len(self._rows) < len(self._shown):
            self._rows.append(self._row())
        for i, (icon, text) in enumerate(self._rows):
            icon.setVisible(i < len(self._shown))
            set_text_if_changed(text, self._shown[i].message if i < len(self._shown) else "")
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
