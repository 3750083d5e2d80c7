"""Editor for formulas, which completes the names that a formula can use."""

from __future__ import annotations

import re
from collections.abc import Iterable

from PySide6.QtCore import QEvent, QStringListModel, Qt, Signal
from PySide6.QtGui import QFocusEvent, QFont, QKeyEvent
from PySide6.QtWidgets import QCompleter, QWidget

from layerledger.core.base.params import ParamKind
from layerledger.core.formula.parser import FUNCTIONS
from layerledger.gui.widgets.editors import TextEditor

_MONOSPACE = ["JetBrains Mono", "Cascadia Mono", "SF Mono", "Menlo", "Consolas", "DejaVu Sans Mono", "monospace"]
_WORD = re.compile(r"[^\W\d]\w*$")
_MIN_LETTERS = 2  # of a name before completions are listed
_LIST_KEYS = (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Escape, Qt.Key.Key_Tab, Qt.Key.Key_Backtab)


class FormulaEditor(TextEditor):
    """An editor for a formula as text; names are completed while they are typed, and listed by Ctrl+Space or ↓."""

    focusChanged = Signal()

    def __init__(self, kind: ParamKind, parent: QWidget | None = None) -> None:
        super().__init__(kind, parent)
        self._names = QStringListModel([*FUNCTIONS], self)
        self._completer = QCompleter(self._names, self)
        self._completer.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        self._completer.setWidget(self)  # not setCompleter, which would complete the text instead of a word in it
        self._completer.activated.connect(self._complete)
        self.textEdited.connect(self._suggest)
        self._set_font()

    def _set_font(self) -> None:
        font = QFont(self.font())
        font.setFamilies(_MONOSPACE)
        font.setStyleHint(QFont.StyleHint.Monospace)
        self.setFont(font)

    def set_names(self, names: Iterable[str]) -> None:
        """Set the names that the formula can use, besides the functions."""
        offered = [*names, *FUNCTIONS]
        if offered != self._names.stringList():
            self._names.setStringList(offered)

    # -- completing

    def _suggest(self) -> None:
        word = self._current_word()
        if len(word) < _MIN_LETTERS or not self._filter_names(word) or self._completer.currentCompletion() == word:
            self._hide_words()
        else:
            self._completer.complete()

    def _hide_words(self) -> None:
        if popup := self._completer.popup():
            popup.hide()

    def _is_listing(self) -> bool:
        """Return whether the list of names is open."""
        popup = self._completer.popup()
        return popup is not None and popup.isVisible()

    def _show_words(self) -> None:
        if self._filter_names(self._current_word()) or self._filter_names(""):
            self._completer.complete()

    def _filter_names(self, start: str) -> int:
        """Select the names that begin with `start`; return their number."""
        self._completer.setCompletionPrefix(start)
        return self._completer.completionCount()

    def _current_word(self) -> str:
        """Return the part of a name before the cursor."""
        found = _WORD.search(self.text()[: self.cursorPosition()])
        return found[0] if found else ""

    def _complete(self, name: str) -> None:
        at = self.cursorPosition()
        start, rest = self.text()[: at - len(self._current_word())], self.text()[at:]
        new = f"{name}(" if name in FUNCTIONS and not rest.startswith("(") else name
        self.setText(start + new + rest)
        self.setCursorPosition(len(start) + len(new))
        self._typed()

    # -- events

    def event(self, event: QEvent) -> bool:
        # while names are listed, these keys belong to the list, not to the line edit or the dialog around it
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress and self._is_for_list(event):
            event.ignore()
            return False
        return super().event(event)

    def _is_for_list(self, event: QKeyEvent) -> bool:
        return event.key() in _LIST_KEYS and self._is_listing()

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
