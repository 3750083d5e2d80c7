"""Sections of the inspector that are folded up until they are asked for, and work nothing out before."""

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
    """A number: its name, its value to read, the same in full, and what it is, as sentences."""

    name: str
    text: str
    exact: str
    rule: str
    strong: bool = False


class ValueGrid(QWidget):
    """Names on the left, values on the right; what they are as tool tips."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.rows: list[tuple[QLabel, QLabel]] = []
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setVerticalSpacing(GAP - 2)
        self._grid.setColumnStretch(0, 1)

    def show_amounts(self, amounts: Iterable[LabelledValue]) -> None:
        """Show numbers in place of those before."""
        found = list(amounts)
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


def _show(name: QLabel, value: QLabel, amount: LabelledValue) -> None:
    set_text_if_changed(name, amount.name)
    set_text_if_changed(value, amount.text)
    font = value.font()
    if font.bold() != amount.strong:
        font.setBold(amount.strong)
        value.setFont(font)
    tip = f"<p><b>{escape(amount.name)}</b>: {escape(amount.exact)}</p><p>{escape(amount.rule)}</p>"
    for label in (name, value):
        label.setToolTip(tip)
    value.setAccessibleName(f"{amount.name}: {amount.text}")
    value.setAccessibleDescription(amount.rule)


class CollapsibleBody(QWidget):
    """What a section shows when it is unfolded: fields to choose by, numbers, and words below them."""

    def __init__(self, document: Document, parent: QWidget) -> None:
        super().__init__(parent)
        self.document = document
        self.grid = FieldGrid(self)
        self.amounts = ValueGrid(self)
        self.words = note(self)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(GAP)
        for widget in (self.grid, self.amounts, self.words):
            layout.addWidget(widget)

    def compute(self) -> None:
        """Works out the numbers and shows them."""
        raise NotImplementedError


class CollapsibleSection(QWidget):
    """A section about the network: its title folds and unfolds it.

    Its body is made when it is first unfolded, and works something out only while it is in sight.
    """

    unfolded = Signal()

    def __init__(self, title: str, document: Document, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.document = document
        self.body: CollapsibleBody | None = None
        self._stale = True
        self.head = text_button("chevron-right", title, self)
        self.head.setProperty("heading", "true")
        self.head.setIconSize(QSize(ICON - 2, ICON - 2))
        self.head.clicked.connect(lambda: self.fold(on=self.is_open()))
        self.later = Debounce(self.follow, self)
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setSpacing(GAP)
        self._layout.addWidget(self.head, 0, Qt.AlignmentFlag.AlignLeft)
        self._label(folded=True)

    def make_body(self) -> CollapsibleBody:
        """Return what is shown when it is unfolded."""
        raise NotImplementedError

    def is_open(self) -> bool:
        """Return whether it is unfolded."""
        return self.body is not None and not self.body.isHidden()

    def fold(self, *, on: bool) -> None:
        """Folds it up, or unfolds it and works out what it shows."""
        if self.body is None:
            self.body = self.make_body()
            self._layout.addWidget(self.body)
        self.body.setVisible(not on)
        self._label(folded=on)
        if not on:
            self.follow()
            self.unfolded.emit()

    def _label(self, *, folded: bool) -> None:
        self.head.setIcon(icons.icon("chevron-right" if folded else "chevron-down", role="muted"))
        self.head.setAccessibleDescription(self.tr("folded") if folded else self.tr("unfolded"))
        self.head.setToolTip(self.tr("Unfold") if folded else self.tr("Fold"))

    def show_subject(self, subject: InspectedNodes) -> None:
        """Show the network's numbers once typing rests; hides where something is selected."""
        self.setVisible(not subject.nodes)
        self._stale = True
        if not subject.nodes:
            self.later.start()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.later.start()

    def follow(self) -> None:
        """Works out what has changed, if anybody sees it."""
        if self._stale and self.body is not None and self.body.isVisible():
            self._stale = False
            self.body.compute()
