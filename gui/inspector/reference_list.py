"""Combo boxes for references."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from layerledger.gui.inspector.field_grid import TallEditor
from layerledger.gui.inspector.labels import GAP, connect_click, small_button
from layerledger.gui.inspector.reference_choices import Entry
from layerledger.gui.widgets.basics import Combo, set_flag


class LazyCombo(Combo):
    """A combo box that fetches its entries when it is opened or a key steps through it.

    A large network has thousands of entries, and every keystroke elsewhere would otherwise fill the list again.
    """

    chosen = Signal(str)

    def __init__(self, entries: Callable[[], list[Entry]], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._entries = entries
        self._filled = False
        self.activated.connect(self._emit_choice)

    def show_current(self, text: str, value: str) -> None:
        """Show the current choice."""
        if self._filled or self.currentText() != text or self.currentData() != value:
            self._filled = False
            with QSignalBlocker(self):
                self.clear()
                self.addItem(text, value)

    def _emit_choice(self, index: int) -> None:
        self.chosen.emit(self.itemData(index))

    def _fill(self) -> None:
        if self._filled:
            return
        self._filled = True
        text, value = self.currentText(), self.currentData()
        entries = self._entries()
        with QSignalBlocker(self):
            self.clear()
            for entry in entries if value in [e[1] for e in entries] else [(text, value), *entries]:
                self.addItem(*entry)
            self.setCurrentIndex(self.findData(value))

    def showPopup(self) -> None:
        self._fill()
        fitting = self.view().sizeHintForColumn(0) + self.view().verticalScrollBar().sizeHint().width() + 2 * GAP
        self.view().setMinimumWidth(max(self.width(), fitting))
        super().showPopup()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        # Tab and Shift pass through; every other key may step to another entry or search for one
        if event.key() not in (Qt.Key.Key_Tab, Qt.Key.Key_Backtab, Qt.Key.Key_Shift):
            self._fill()
        super().keyPressEvent(event)


class ReferenceList(TallEditor):
    """An editor for a list of references; an empty list means a default, which is shown by its name."""

    changed = Signal(tuple)

    def __init__(self, entries: Callable[[], list[Entry]], add: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._entries = entries
        self._name, self._slot_name = "", ""
        self._references: tuple[str, ...] = ()
        self._default: Entry = ("", "")
        self._slots: list[tuple[LazyCombo, QWidget]] = []
        self._add = small_button("add", add, self)
        self._layout = QVBoxLayout()
        self._layout.setSpacing(GAP - 2)
        line = QHBoxLayout(self)
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(GAP - 2)
        line.addLayout(self._layout, 1)
        line.addWidget(self._add, 0, Qt.AlignmentFlag.AlignBottom)
        connect_click(self._add, self._add_reference)
        self._add_slot()

    def line_height(self) -> int:
        """Return the height of one combo box."""
        return self._slots[0][0].sizeHint().height()

    def combos(self) -> list[LazyCombo]:
        """Return the visible combo boxes."""
        return [combo for combo, _ in self._slots if not combo.isHidden()]

    def show_references(
        self, references: Sequence[str], default: Entry, describe: Callable[[str], str], *, slots: int, most: int
    ) -> None:
        """Show references.

        Args:
            default: text for an empty list, and a reference with the same meaning.
            describe: returns the text for a reference.
            slots: the fewest combo boxes to show; those without a reference show "choose…".
            most: the largest number of references.
        """
        self._references, self._default = tuple(references), default
        shown = max(len(references), slots, 1)
        while len(self._slots) < shown:
            self._add_slot()
        for i, (combo, remove) in enumerate(self._slots):
            combo.setVisible(i < shown)
            remove.setVisible(i < len(references) and len(references) > 1)
            if i < len(references):
                combo.show_current(describe(references[i]), references[i])
            elif i < shown:
                combo.show_current(*(self.tr("choose…"), "?") if i else (default[0], ""))
        self._add.setVisible(len(references or "1") < most and shown == max(len(references), 1))

    def show_invalid(self, *, on: bool) -> None:
        """Mark the combo boxes as invalid, or remove the mark."""
        for combo in self.combos():
            set_flag(combo, "invalid", on=on)

    def set_name(self, name: str, one: str) -> None:
        """Set the accessible names.

        Args:
            name: of the first combo box.
            one: of the others and of the remove buttons, with {number}.
        """
        self._name, self._slot_name = name, one
        for i, (combo, remove) in enumerate(self._slots):
            self._label(i, combo, remove)

    def _label(self, i: int, combo: QWidget, remove: QWidget) -> None:
        combo.setAccessibleName(self._slot_name.format(number=i + 1) if i else self._name)
        remove.setAccessibleName(self.tr("Remove {slot}").format(slot=self._slot_name.format(number=i + 1)))

    def _add_slot(self) -> None:
        i = len(self._slots)
        combo = LazyCombo(partial(self._choices, i), self)
        remove = small_button("close", self.tr("Remove"), self)
        combo.chosen.connect(partial(self._choose, i))
        connect_click(remove, self._remove, i)
        row = QHBoxLayout()
        row.setSpacing(GAP - 2)
        row.addWidget(combo, 1)
        row.addWidget(remove)
        self._layout.addLayout(row)
        self._slots.append((combo, remove))
        self._label(i, combo, remove)
        QWidget.setTabOrder(remove, self._add)
        self.setFocusProxy(self._slots[0][0])

    def _choices(self, i: int) -> list[Entry]:
        alone = i == 0 and len(self._references) < 2
        return [(self._default[0], ""), *self._entries()] if alone else self._entries()

    # -- editing

    def _choose(self, i: int, reference: str) -> None:
        if reference == "?":
            return
        chosen = list(self._references) or [self._default[1]]
        chosen[i : i + 1] = [reference]
        self.changed.emit(tuple(chosen) if reference else ())

    def _remove(self, i: int) -> None:
        self.changed.emit((*self._references[:i], *self._references[i + 1 :]))

    def _add_reference(self) -> None:
        chosen = self._references or (self._default[1],)
        fresh = next((value for _, value in self._entries() if value not in chosen), chosen[-1])
        self.changed.emit((*chosen, fresh))
