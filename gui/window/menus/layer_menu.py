"""The Layer menu."""

from __future__ import annotations

from layerledger.gui.document import commands
from layerledger.gui.theme.translation import QT_TRANSLATE_NOOP
from layerledger.gui.window.actions import SEPARATOR, Action, Menu, WindowContext
from layerledger.gui.window.menus.conditions import any_selected, block_selected, edit, one_selected


def _repeat(context: WindowContext) -> None:
    from layerledger.gui.dialogs.repeat import RepeatDialog

    context.show(RepeatDialog)


LAYER_MENU = Menu(
    title=QT_TRANSLATE_NOOP("Actions", "&Layer"),
    items=(
        Action(
            id="add",
            text=QT_TRANSLATE_NOOP("Actions", "&Add a layer…"),
            run=lambda c: c.palette.focus_search(),
            keys=["Ctrl+K", "/"],
            icon="add",
        ),
        Action(
            id="add-block",
            text=QT_TRANSLATE_NOOP("Actions", "Add an empty &block"),
            run=edit(commands.add_block),
            keys=["Ctrl+B"],
            icon="group",
        ),
        SEPARATOR,
        Action(
            id="rename",
            text=QT_TRANSLATE_NOOP("Actions", "Re&name"),
            run=lambda c: c.stack.view.rename_current(),
            keys=["F2"],
            icon="rename",
            enabled=one_selected,
        ),
        Action(
            id="move-up",
            text=QT_TRANSLATE_NOOP("Actions", "Move &up"),
            run=edit(lambda d: commands.shift(d, -1)),
            keys=["Alt+Up"],
            icon="move-up",
            enabled=any_selected,
        ),
        Action(
            id="move-down",
            text=QT_TRANSLATE_NOOP("Actions", "Move d&own"),
            run=edit(lambda d: commands.shift(d, 1)),
            keys=["Alt+Down"],
            icon="move-down",
            enabled=any_selected,
        ),
        SEPARATOR,
        Action(
            id="group",
            text=QT_TRANSLATE_NOOP("Actions", "&Group into a block"),
            run=edit(commands.group),
            keys=["Ctrl+G"],
            icon="group",
            enabled=any_selected,
        ),
        Action(
            id="ungroup",
            text=QT_TRANSLATE_NOOP("Actions", "Ungrou&p"),
            run=edit(commands.ungroup),
            keys=["Ctrl+Shift+G"],
            icon="ungroup",
            enabled=block_selected,
        ),
        Action(
            id="repeat",
            text=QT_TRANSLATE_NOOP("Actions", "&Repeat…"),
            run=_repeat,
            keys=["Ctrl+R"],
            icon="repeat",
            enabled=any_selected,
        ),
    ),
)
