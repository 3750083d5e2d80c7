"""Editors of parameters, one for each kind; each tells its value with every keystroke, right or wrong."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from math import ceil

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent
from PySide6.QtWidgets import QCheckBox, QCompleter, QWidget

from layerledger.core.base.params import Choice, OneOf, Optional, ParamKind, Sizes, Value, show
from layerledger.gui.widgets.basics import Combo, LineEdit

_NUMBER = re.compile(r"(?<![\w.])-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?")
_LEAPS = {Qt.Key.Key_Up: 1, Qt.Key.Key_Down: -1}
_FAR = 10  # what Shift makes of a step


class TextEditor(LineEdit):
    """Edits a number, sizes, or a word as text; ↑ and ↓ step the number under the cursor."""

    edited = Signal(object)

    def __init__(self, kind: ParamKind, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._kind = kind
        self._least = least(kind)
        self.textEdited.connect(self._typed)
        if words := words_of(kind):
            self._offer(words)

    def value(self) -> Value:
        """Return what the text stands for."""
        return self._kind.parse(self.text())

    def show_value(self, value: Value) -> None:
        """Show a value; text that already stands for it stays as typed while it is being edited."""
        self.setPlaceholderText("")
        if not (self.hasFocus() and repr(self.value()) == repr(value)):
            self._write(show(value) if isinstance(value, Mapping) else self._kind.text(value))

    def show_blank(self, hint: str) -> None:
        """Show no value, only a hint."""
        self._write("")
        self.setPlaceholderText(hint)

    def _write(self, text: str) -> None:
        if text != self.text():
            at = self.cursorPosition()
            self.setText(text)
            self.setCursorPosition(min(at, len(text)))

    def _typed(self) -> None:
        self.edited.emit(self.value())

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        if self.text():
            self.show_value(self.value())

    # -- keys

    def keyPressEvent(self, event: QKeyEvent) -> None:
        by = _LEAPS.get(Qt.Key(event.key()))
        if by is None or self.isReadOnly():
            super().keyPressEvent(event)
        elif not self._step(by * (_FAR if event.modifiers() & Qt.KeyboardModifier.ShiftModifier else 1)):
            self._show_words()

    def _step(self, by: int) -> bool:
        """Step the number under the cursor, or the one before it; returns whether there is one."""
        numbers = list(_NUMBER.finditer(self.text()))
        if not numbers:
            return False
        at = self.cursorPosition()
        found = next((n for n in numbers if n.start() <= at <= n.end()), None)
        found = found or next((n for n in reversed(numbers) if n.end() <= at), numbers[0])
        new = stepped(found.group(), by, self._least)
        self.setText(self.text()[: found.start()] + new + self.text()[found.end() :])
        self.setCursorPosition(found.start() + len(new))
        self._typed()
        return True

    # -- words

    def _offer(self, words: Sequence[str]) -> None:
        completer = QCompleter(list(words), self)
        completer.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        self.setCompleter(completer)
        completer.activated.connect(self._pick)

    def _pick(self, word: str) -> None:
        self.setText(word)
        self._typed()

    def _show_words(self) -> None:
        if completer := self.completer():
            completer.setCompletionPrefix("")
            completer.complete()


class BoolEditor(QCheckBox):
    """Edits on or off; what is neither looks half checked, and becomes on with a click."""

    edited = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.clicked.connect(self._clicked)

    def nextCheckState(self) -> None:
        self.setChecked(self.checkState() != Qt.CheckState.Checked)

    def setChecked(self, on: bool) -> None:
        self.setTristate(False)
        super().setChecked(on)
        self._name_state(self.tr("on") if on else self.tr("off"))

    def _name_state(self, text: str) -> None:
        if text != self.text():
            self.setText(text)

    def _clicked(self) -> None:
        self.edited.emit(self.isChecked())

    def show_value(self, value: Value) -> None:
        """Show a value; the text of one that is no boolean stands beside the box."""
        if isinstance(value, bool):
            self.setChecked(value)
        else:
            self.show_blank(show(value))

    def show_blank(self, hint: str) -> None:
        """Show no value, only a hint."""
        self.setCheckState(Qt.CheckState.PartiallyChecked)
        self._name_state(hint)


class ChoiceEditor(Combo):
    """Edits one of a few values; a wrong one is in the list as long as it is the value."""

    edited = Signal(object)

    def __init__(self, options: Mapping[str, Value], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._values = list(options.values())
        self.addItems(list(options))
        self.activated.connect(self._chosen)

    def _chosen(self, index: int) -> None:
        if index < len(self._values):
            self.edited.emit(self._values[index])

    def show_value(self, value: Value) -> None:
        """Show a value."""
        at = next((i for i, option in enumerate(self._values) if repr(option) == repr(value)), -1)
        self._show(at, show(value))

    def show_blank(self, hint: str) -> None:
        """Show no value, only a hint."""
        self.setPlaceholderText(hint)
        self._show(-1, "")

    def _show(self, at: int, other: str) -> None:
        with QSignalBlocker(self):
            while self.count() > len(self._values):
                self.removeItem(len(self._values))
            if at < 0 and other:
                self.addItem(other)
                at = len(self._values)
            self.setCurrentIndex(at)


def words_of(kind: ParamKind) -> tuple[str, ...]:
    """Return the words that a kind takes beside numbers."""
    match kind:
        case Choice(options):
            return options
        case OneOf(kinds):
            return tuple(word for each in kinds for word in words_of(each))
        case Optional(inner):
            return (*words_of(inner), "none")
        case Sizes(keep=True):
            return ("none",)
        case _:
            return ()


def least(kind: ParamKind) -> float | None:
    """Return the smallest number that a kind takes, or None where there is no such limit."""
    match kind:
        case OneOf(kinds):
            return next((low for each in kinds if (low := least(each)) is not None), None)
        case Optional(inner):
            return least(inner)
        case _:
            return getattr(kind, "min", None)


def stepped(number: str, by: int, at_least: float | None) -> str:
    """Return a number moved by steps of its last decimal, not below `at_least`: 3 → 4, 0.25 → 0.26."""
    if number.lstrip("-").isdecimal():
        old = int(number)
        return str(old + by if at_least is None or by > 0 else max(old + by, min(old, ceil(at_least))))
    old = Decimal(number)
    exponent = old.as_tuple().exponent
    unit = Decimal(1).scaleb(exponent) if isinstance(exponent, int) and exponent < 0 else Decimal(1)
    new = old + by * unit
    return f"{new if at_least is None or by > 0 else max(new, min(old, Decimal(str(at_least)))):f}"
