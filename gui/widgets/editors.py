"""Editors of parameters, one for each kind; each emits its value at every keystroke, valid or not.

Escape takes back what was typed since the editor was entered, or since Enter.
"""

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
_STEP_KEYS = {Qt.Key.Key_Up: 1, Qt.Key.Key_Down: -1}
_SHIFT_FACTOR = 10  # steps at once with Shift


class TextEditor(LineEdit):
    """An editor for a number, sizes, or a word as text; ↑ and ↓ step the number under the cursor."""

    edited = Signal(object)
    cancelled = Signal()  # what was emitted since the last editingFinished is void

    def __init__(self, kind: ParamKind, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._kind = kind
        self._minimum = minimum_of(kind)
        self._typing, self._settled = False, ""
        self.textEdited.connect(self._typed)
        self.editingFinished.connect(self._settle)
        if words := words_of(kind):
            self._set_completions(words)

    def value(self) -> Value:
        """Return the value of the text."""
        return self._kind.parse(self.text())

    def show_value(self, value: Value) -> None:
        """Show a value; while the editor has the focus, text with the same value stays as typed."""
        self.setPlaceholderText("")
        if not (self.hasFocus() and repr(self.value()) == repr(value)):
            self._write(show(value) if isinstance(value, Mapping) else self._kind.text(value))

    def show_blank(self, hint: str) -> None:
        """Show no value, only a hint."""
        self._write("")
        self.setPlaceholderText(hint)

    def _write(self, text: str) -> None:
        if text != self.text():
            at = self.cursorPosition()  # setText moves the cursor to the end
            self.setText(text)
            self.setCursorPosition(min(at, len(text)))
        if not self._typing:
            self._settled = text

    # -- typing

    def _typed(self) -> None:
        self._typing = True
        self.edited.emit(self.value())

    def _settle(self) -> None:
        self._typing, self._settled = False, self.text()

    def _cancel(self) -> None:
        self._typing = False
        self._write(self._settled)
        self.cancelled.emit()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        if self._typing and event.reason() != Qt.FocusReason.PopupFocusReason:
            self.editingFinished.emit()  # Qt does it only for keys that change the text, not for steps and words
        if self.text():
            self.show_value(self.value())

    # -- keys

    def keyPressEvent(self, event: QKeyEvent) -> None:
        by = _STEP_KEYS.get(Qt.Key(event.key()))
        if event.key() == Qt.Key.Key_Escape and self._typing:
            self._cancel()
        elif by is None or self.isReadOnly():
            super().keyPressEvent(event)
        elif not self._step(by * (_SHIFT_FACTOR if event.modifiers() & Qt.KeyboardModifier.ShiftModifier else 1)):
            self._show_words()

    def _step(self, by: int) -> bool:
        """Step the number under the cursor, or the one before it; return whether there is one."""
        numbers = list(_NUMBER.finditer(self.text()))
        if not numbers:
            return False
        at = self.cursorPosition()
        found = next((n for n in numbers if n.start() <= at <= n.end()), None)
        found = found or next((n for n in reversed(numbers) if n.end() <= at), numbers[0])
        new = stepped(found.group(), by, self._minimum)
        self.setText(self.text()[: found.start()] + new + self.text()[found.end() :])
        self.setCursorPosition(found.start() + len(new))
        self._typed()
        return True

    # -- words

    def _set_completions(self, words: Sequence[str]) -> None:
        completer = QCompleter(list(words), self)
        completer.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        self.setCompleter(completer)
        completer.activated.connect(self._take_completion)

    def _take_completion(self, word: str) -> None:
        self.setText(word)
        self._typed()

    def _show_words(self) -> None:
        if completer := self.completer():
            completer.setCompletionPrefix("")
            completer.complete()


class BoolEditor(QCheckBox):
    """An editor for a boolean; any other value is shown as partially checked, and a click turns it on."""

    edited = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.clicked.connect(self._emit_value)

    def nextCheckState(self) -> None:
        # a tristate box would step to "partially checked", which is not a value
        self.setChecked(self.checkState() != Qt.CheckState.Checked)

    def setChecked(self, on: bool) -> None:
        self.setTristate(False)
        super().setChecked(on)
        self._set_label(self.tr("on") if on else self.tr("off"))

    def _set_label(self, text: str) -> None:
        if text != self.text():
            self.setText(text)

    def _emit_value(self) -> None:
        self.edited.emit(self.isChecked())

    def show_value(self, value: Value) -> None:
        """Show a value; if it is not a boolean, its text is shown beside the box."""
        if isinstance(value, bool):
            self.setChecked(value)
        else:
            self.show_blank(show(value))

    def show_blank(self, hint: str) -> None:
        """Show no value, only a hint."""
        self.setCheckState(Qt.CheckState.PartiallyChecked)
        self._set_label(hint)


class ChoiceEditor(Combo):
    """An editor for one of a few values; an invalid value is listed as long as it is the current one."""

    edited = Signal(object)

    def __init__(self, options: Mapping[str, Value], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._values = list(options.values())
        self.addItems(list(options))
        self.activated.connect(self._emit_value)

    def _emit_value(self, index: int) -> None:
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
    """Return the words that a kind accepts besides numbers."""
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


def minimum_of(kind: ParamKind) -> float | None:
    """Return the smallest number that a kind accepts; None if there is no limit."""
    match kind:
        case OneOf(kinds):
            return next((low for each in kinds if (low := minimum_of(each)) is not None), None)
        case Optional(inner):
            return minimum_of(inner)
        case _:
            return getattr(kind, "min", None)


def stepped(number: str, by: int, at_least: float | None) -> str:
    """Return a number moved by steps of its last decimal, not below `at_least`: 3 → 4, 0.25 → 0.26."""
    # Decimal, because a step of a float would show digits that nobody typed: 0.1 + 0.2
    if number.lstrip("-").isdecimal():
        old = int(number)
        return str(old + by if at_least is None or by > 0 else max(old + by, min(old, ceil(at_least))))
    old = Decimal(number)
    exponent = old.as_tuple().exponent
    unit = Decimal(1).scaleb(exponent) if isinstance(exponent, int) and exponent < 0 else Decimal(1)
    new = old + by * unit
    return f"{new if at_least is None or by > 0 else max(new, min(old, Decimal(str(at_least)))):f}"
