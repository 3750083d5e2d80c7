"""The editor of parameters that are formulas: it completes the names that a formula can use."""

from __future__ import annotations

import re
from collections.abc import Iterable

from PySide6.QtCore import QEvent, QStringListModel, Qt, Signal
from PySide6.QtGui import QFocusEvent, QFont, QKeyEvent
from PySide6.QtWidgets import QCompleter, QWidget

from layerledger.core.base.params import ParamKind
from layerledger.core.formula.parser import FUNCTIONS
from layerledger.gui.widgets.editors import TextEditor

_FIXED = ["JetBrains Mono", "Cascadia Mono", "SF Mono", "Menlo", "Consolas", "DejaVu Sans Mono", "monospace"]
_WORD = re.compile(r"[^\W\d]\w*$")
_LEAST = 2  # letters of a name before it is completed unasked
_LIST_KEYS = (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Escape, Qt.Key.Key_Tab, Qt.Key.Key_Backtab)


class FormulaEditor(TextEditor):
    """Edits a formula as text; names are completed while they are typed, and listed by Ctrl+Space or ↓."""

    focusChanged = Signal()

    def __init__(self, kind: ParamKind, parent: QWidget | None = None) -> None:
        super().__init__(kind, parent)
        self._names = QStringListModel([*FUNCTIONS], self)
        self._words = QCompleter(self._names, self)
        self._words.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        self._words.setWidget(self)  # not setCompleter, which would complete the text instead of a word in it
        self._words.activated.connect(self._complete)
        self.textEdited.connect(self._suggest)
        self._set_font()

    def _set_font(self) -> None:
        font = QFont(self.font())
        font.setFamilies(_FIXED)
        font.setStyleHint(QFont.StyleHint.Monospace)
        self.setFont(font)

    def offer(self, names: Iterable[str]) -> None:
        """Take the names that the formula can use, beside the functions."""
        offered = [*names, *FUNCTIONS]
        if offered != self._names.stringList():
            self._names.setStringList(offered)

    # -- completing

    def _suggest(self) -> None:
        word = self._word()
        if len(word) < _LEAST or not self._list(word) or self._words.currentCompletion() == word:
            self._hide_words()
        else:
            self._words.complete()

    def _hide_words(self) -> None:
        if popup := self._words.popup():
            popup.hide()

    def _lists(self) -> bool:
        """Return whether names are listed now."""
        popup = self._words.popup()
        return popup is not None and popup.isVisible()

    def _show_words(self) -> None:
        if self._list(self._word()) or self._list(""):
            self._words.complete()

    def _list(self, start: str) -> int:
        """List the names that begin so; returns how many there are."""
        self._words.setCompletionPrefix(start)
        return self._words.completionCount()

    def _word(self) -> str:
        """Return what of a name stands before the cursor."""
        found = _WORD.search(self.text()[: self.cursorPosition()])
        return found[0] if found else ""

    def _complete(self, name: str) -> None:
        at = self.cursorPosition()
        start, rest = self.text()[: at - len(self._word())], self.text()[at:]
        new = f"{name}(" if name in FUNCTIONS and not rest.startswith("(") else name
        self.setText(start + new + rest)
        self.setCursorPosition(len(start) + len(new))
        self._typed()

    # -- events

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress and self._is_for_list(event):
            event.ignore()
            return False
        return super().event(event)

    def _is_for_list(self, event: QKeyEvent) -> bool:
        return event.key() in _LIST_KEYS and self._lists()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Space and event.modifiers() == Qt.KeyboardModifier.ControlModifier:
            self._show_words()
        else:
            super().keyPressEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.focusChanged.emit()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.focusChanged.emit()
