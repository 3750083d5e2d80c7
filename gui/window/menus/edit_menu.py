"""The Edit menu."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QApplication

from layerledger.gui.document import clipboard_commands, commands
from layerledger.gui.theme.translation import QT_TRANSLATE_NOOP
from layerledger.gui.widgets.basics import CopyLabel
from layerledger.gui.window.actions import SEPARATOR, Action, Menu, WindowContext
from layerledger.gui.window.menus.conditions import any_selected, edit


def _with_step(text: str, step: str) -> str:
    """Return the text of Undo or Redo with the name of its step."""
    return f"{QCoreApplication.translate('Actions', text)} {step.replace('&', '&&')}".rstrip()


def _copy(context: WindowContext) -> None:
    """Copy the text that is selected in the focused label, else the selected layers."""
    focused = QApplication.focusWidget()
    if isinstance(focused, CopyLabel) and focused.hasSelectedText():
        focused.copy()
    else:
        clipboard_commands.copy(context.document)


def _budgets(context: WindowContext) -> None:
    from layerledger.gui.dialogs.budgets import BudgetsDialog

    context.show(BudgetsDialog)


_Key = QKeySequence.StandardKey
_UNDO, _REDO = QT_TRANSLATE_NOOP("Actions", "&Undo"), QT_TRANSLATE_NOOP("Actions", "&Redo")

EDIT_MENU = Menu(
    title=QT_TRANSLATE_NOOP("Actions", "&Edit"),
    items=(
        Action(
            id="undo",
            text=_UNDO,
            run=lambda c: c.document.undo(),
            keys=[_Key.Undo],
            icon="undo",
            enabled=lambda c: c.document.undo_stack.canUndo(),
            name=lambda c: _with_step(_UNDO, c.document.undo_stack.undoText()),
        ),
        Action(
            id="redo",
            text=_REDO,
            run=lambda c: c.document.redo(),
            keys=[_Key.Redo, "Ctrl+Shift+Z", "Ctrl+Y"],
            icon="redo",
            enabled=lambda c: c.document.undo_stack.canRedo(),
            name=lambda c: _with_step(_REDO, c.document.undo_stack.redoText()),
        ),
        SEPARATOR,
        Action(
            id="cut",
            text=QT_TRANSLATE_NOOP("Actions", "Cu&t"),
            run=edit(clipboard_commands.cut),
            keys=[_Key.Cut],
            icon="cut",
            enabled=any_selected,
        ),
        Action(
            id="copy",
            text=QT_TRANSLATE_NOOP("Actions", "&Copy"),
            run=_copy,
            keys=[_Key.Copy],
            icon="copy",
            enabled=any_selected,
        ),
        Action(
            id="paste",
            text=QT_TRANSLATE_NOOP("Actions", "&Paste"),
            run=edit(clipboard_commands.paste),
            keys=[_Key.Paste],
            icon="paste",
        ),
        Action(
            id="duplicate",
            text=QT_TRANSLATE_NOOP("Actions", "&Duplicate"),
            run=edit(commands.duplicate),
            keys=["Ctrl+D"],
            icon="duplicate",
            enabled=any_selected,
        ),
        Action(
            id="delete",
            text=QT_TRANSLATE_NOOP("Actions", "De&lete"),
            run=edit(commands.delete),
            keys=["Delete", "Backspace"],
            icon="delete",
            enabled=any_selected,
        ),
        SEPARATOR,
        Action(
            id="select-all",
            text=QT_TRANSLATE_NOOP("Actions", "Select &all"),
            run=edit(commands.select_all),
            keys=[_Key.SelectAll],
        ),
        SEPARATOR,
        Action(
            id="budgets",
            text=QT_TRANSLATE_NOOP("Actions", "&Budgets…"),
            run=_budgets,
            keys=["Ctrl+Shift+B"],
            icon="chart",
        ),
    ),
)
