"""The File menu."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QCoreApplication
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QApplication, QMenu

from layerledger.gui.document import recent_files
from layerledger.gui.theme.translation import QT_TRANSLATE_NOOP
from layerledger.gui.window.actions import SEPARATOR, Action, Menu, WindowContext


def _new_from_template(context: WindowContext) -> None:
    """Let the user choose a template: on the start page if it is shown, else in a dialog."""
    if context.centre.currentWidget() is context.start:
        context.start.focus_templates()
        return
    from layerledger.gui.start.templates_dialog import TemplatesDialog

    dialog = TemplatesDialog(context.window)
    if dialog.exec():
        context.files.new_from_template(dialog.name)
    dialog.deleteLater()


def _export(context: WindowContext) -> None:
    from layerledger.gui.dialogs.export.export_dialog import ExportDialog

    context.show(ExportDialog)


def _list_recent(context: WindowContext, menu: QMenu) -> None:
    menu.clear()
    for file in recent_files.files():
        action = menu.addAction(f"{file.name}  –  {file.parent}".replace("&", "&&"))
        action.triggered.connect(partial(_open_recent, context, str(file)))
    if menu.isEmpty():
        menu.addAction(QCoreApplication.translate("Actions", "No recent files")).setEnabled(False)


def _open_recent(context: WindowContext, name: str) -> None:
    context.files.open_file(name)


_Key = QKeySequence.StandardKey

FILE_MENU = Menu(
    title=QT_TRANSLATE_NOOP("Actions", "&File"),
    items=(
        Action(
            id="new",
            text=QT_TRANSLATE_NOOP("Actions", "&New"),
            run=lambda c: c.files.new(),
            keys=[_Key.New],
            icon="new",
        ),
        Action(
            id="new-from-template",
            text=QT_TRANSLATE_NOOP("Actions", "New from &template…"),
            run=_new_from_template,
            keys=["Ctrl+Shift+N"],
            icon="template",
        ),
        Action(
            id="open",
            text=QT_TRANSLATE_NOOP("Actions", "&Open…"),
            run=lambda c: c.files.open(),
            keys=[_Key.Open],
            icon="open",
        ),
        Menu(title=QT_TRANSLATE_NOOP("Actions", "Open &recent"), fill=_list_recent),
        SEPARATOR,
        Action(
            id="save",
            text=QT_TRANSLATE_NOOP("Actions", "&Save"),
            run=lambda c: c.files.save(),
            keys=[_Key.Save],
            icon="save",
        ),
        Action(
            id="save-as",
            text=QT_TRANSLATE_NOOP("Actions", "Save &as…"),
            run=lambda c: c.files.save_as(),
            keys=["Ctrl+Shift+S"],
            icon="save-as",
        ),
        Action(
            id="export",
            text=QT_TRANSLATE_NOOP("Actions", "&Export…"),
            run=_export,
            keys=["Ctrl+E"],
            icon="export",
        ),
        SEPARATOR,
        Action(
            id="close",
            text=QT_TRANSLATE_NOOP("Actions", "&Close"),
            run=lambda c: c.window.close(),
            keys=[_Key.Close],
            icon="close",
        ),
        Action(
            id="quit",
            text=QT_TRANSLATE_NOOP("Actions", "&Quit"),
            run=lambda c: QApplication.closeAllWindows(),
            keys=["Ctrl+Q"],
            icon="quit",
        ),
    ),
)
