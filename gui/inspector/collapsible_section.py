"""Collapsible sections of the inspector, which compute their values only while they are open and visible."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from typing import NamedTuple

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QGridLayout, QLabel, QVBoxLayout, QWidget

from layerledger.gui.document.document import Document
from layerledger.gui.inspector.field_grid import FieldGrid
from layerledger.gui.inspector.labels import GAP, ICON, WrapLabel, note, set_text_if_changed, text_button
from layerledger.gui.inspector.selection_view import InspectedNodes
from layerledger.gui.theme import icons
from layerledger.gui.widgets.basics import MOUSE_AND_KEYS, CopyLabel
from layerledger.gui.widgets.debounce import Debounce


class LabelledValue(NamedTuple):
    """A named number.

    Attributes:
        text: the rounded value.
        exact: the exact value.
        rule: its definition, as sentences.
        strong: whether it is shown in bold.
    """

    name: str
    text: str
    exact: str
    rule: str
    strong: bool = False


class ValueGrid(QWidget):
    """Names on the left, values on the right, definitions as tool tips."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.rows: list[tuple[QLabel, QLabel]] = []
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setVerticalSpacing(GAP - 2)
        self._grid.setColumnStretch(0, 1)

    def show_values(self, values: Iterable[LabelledValue]) -> None:
        """Show values in place of the previous ones."""
        found = list(values)
        # labels are reused and hidden, never deleted: new widgets at each keystroke would be slow and flicker
        while len(self.rows) < len(found):
            self.rows.append(self._row(len(self.rows)))
        for i, (name, value) in enumerate(self.rows):
            name.setVisible(i < len(found))
            value.setVisible(i < len(found))
            if i < len(found):
                _show(name, value, found[i])
        self.setVisible(bool(found))

    def _row(self, at: int) -> tuple[QLabel, QLabel]:
        name, value = WrapLabel(self), CopyLabel(self, by=MOUSE_AND_KEYS)
        name.setProperty("muted", "true")
        value.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._grid.addWidget(name, at, 0)
        self._grid.addWidget(value, at, 1, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignTop)
        return name, value


def _show(name: QLabel, value: QLabel, labelled: LabelledValue) -> None:
    set_text_if_changed(name, labelled.name)
    set_text_if_changed(value, labelled.text)
    font = value.font()
    if font.bold() != labelled.strong:
        font.setBold(labelled.strong)
        value.setFont(font)
    tip = f"<p><b>{escape(labelled.name)}</b>: {escape(labelled.exact)}</p><p>{escape(labelled.rule)}</p>"
    for label in (name, value):
        label.setToolTip(tip)
    value.setAccessibleName(f"{labelled.name}: {labelled.text}")
    value.setAccessibleDescription(labelled.rule)


class CollapsibleBody(QWidget):
    """Contents of an open section: fields for choices, values, and a note below them."""

    def __init__(self, document: Document, parent: QWidget) -> None:
        super().__init__(parent)
        self.document = document
        self.grid = FieldGrid(self)
        self.values = ValueGrid(self)
        self.note = note(self)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(GAP)
        for widget in (self.grid, self.values, self.note):
            layout.addWidget(widget)

    def compute(self) -> None:
        """Compute the values and show them."""
        raise NotImplementedError


class CollapsibleSection(QWidget):
    """A section about the network that its title folds and unfolds.

    Its body is made when it is first unfolded, and computes only while it is visible.
    """

    unfolded = Signal()

    def __init__(self, title: str, document: Document, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.document = document
        self.body: CollapsibleBody | None = None
        self._stale = True  # the network has changed since the last `compute`
        self.head = text_button("chevron-right", title, self)
        self.head.setProperty("heading", "true")
        self.head.setIconSize(QSize(ICON - 2, ICON - 2))
        self.head.clicked.connect(lambda: self.fold(on=self.is_open()))
        self.debounce = Debounce(self.refresh, self)
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setSpacing(GAP)
        self._layout.addWidget(self.head, 0, Qt.AlignmentFlag.AlignLeft)
        self._label(folded=True)

    def make_body(self) -> CollapsibleBody:
        """Return a new body; called when the section is first unfolded."""
        raise NotImplementedError

    def is_open(self) -> bool:
        """Return whether it is unfolded."""
        return self.body is not None and not self.body.isHidden()

    def fold(self, *, on: bool) -> None:
        """Fold the section, or unfold it and update its values."""
        if self.body is None:
            self.body = self.make_body()
            self._layout.addWidget(self.body)
        self.body.setVisible(not on)
        self._label(folded=on)
        if not on:
            self.refresh()
            self.unfolded.emit()

    def _label(self, *, folded: bool) -> None:
        self.head.setIcon(icons.icon("chevron-right" if folded else "chevron-down", role="muted"))
        self.head.setAccessibleDescription(self.tr("folded") if folded else self.tr("unfolded"))
        self.head.setToolTip(self.tr("Unfold") if folded else self.tr("Fold"))

    def show_nodes(self, inspected: InspectedNodes) -> None:
        """Schedule an update if the network itself is inspected; hide otherwise."""
        self.setVisible(not inspected.nodes)
        self._stale = True
        if not inspected.nodes:
            self.debounce.start()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.debounce.start()

    def refresh(self) -> None:
        """Compute the values again if the network has changed and they are visible."""
        if self._stale and self.body is not None and self.body.isVisible():
            self._stale = False
            self.body.compute()
