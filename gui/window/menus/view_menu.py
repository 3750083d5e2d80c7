"""The View menu: how the network is counted and shown."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypedDict

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

from layerledger.gui.document import settings_store
from layerledger.gui.document.settings import THEME
from layerledger.gui.theme import theme
from layerledger.gui.theme.translation import QT_TRANSLATE_NOOP
from layerledger.gui.window.actions import SEPARATOR, Action, Menu, WindowContext


class _Choice(TypedDict):
    run: Callable[[WindowContext], object]
    checked: Callable[[WindowContext], bool]
    group: str


def _count(id_: str) -> _Choice:
    return _Choice(
        run=lambda c: c.document.change_settings(count=id_),
        checked=lambda c: c.document.settings.count == id_,
        group="count",
    )


def _theme(choice: theme.Choice) -> _Choice:
    return _Choice(run=lambda c: _choose_theme(choice), checked=lambda c: theme.choice() == choice, group="theme")


def _choose_theme(choice: theme.Choice) -> None:
    """Show all windows in a theme, and store the choice."""
    theme.choose(choice)
    settings_store.write(THEME, choice)


def _focus(panel: Callable[[WindowContext], QWidget]) -> Callable[[WindowContext], None]:
    return lambda c: panel(c).setFocus(Qt.FocusReason.ShortcutFocusReason)


def _next_problem(context: WindowContext) -> None:
    """Select the next layer with a problem after the selection, or the first one."""
    document = context.document
    wrong = sorted({problem.at for problem in document.result.problems if problem.severity != "info"})
    if wrong:
        last = document.selection[-1] if document.selection else ()
        document.select([next((path for path in wrong if path > last), wrong[0])])


def _devices(context: WindowContext) -> None:
    from layerledger.gui.dialogs.devices.devices_dialog import DevicesDialog

    context.show(DevicesDialog)


VIEW_MENU = Menu(
    title=QT_TRANSLATE_NOOP("Actions", "&View"),
    items=(
        Action(id="count-macs", text=QT_TRANSLATE_NOOP("Actions", "Count &MACs"), keys=["Ctrl+1"], **_count("macs")),
        Action(
            id="count-flops",
            text=QT_TRANSLATE_NOOP("Actions", "Count FLOPs, &2 × MACs"),
            keys=["Ctrl+2"],
            **_count("flops"),
        ),
        Action(
            id="count-exact",
            text=QT_TRANSLATE_NOOP("Actions", "Count FLOPs, &every multiply and add"),
            keys=["Ctrl+3"],
            **_count("exact"),
        ),
        SEPARATOR,
        Action(
            id="expand-all",
            text=QT_TRANSLATE_NOOP("Actions", "E&xpand all blocks"),
            run=lambda c: c.stack.view.fold(expand=True),
            keys=["Ctrl+Shift+Right"],
            icon="expand-all",
        ),
        Action(
            id="collapse-all",
            text=QT_TRANSLATE_NOOP("Actions", "&Collapse all blocks"),
            run=lambda c: c.stack.view.fold(expand=False),
            keys=["Ctrl+Shift+Left"],
            icon="collapse-all",
        ),
        Action(
            id="next-problem",
            text=QT_TRANSLATE_NOOP("Actions", "&Next problem"),
            run=_next_problem,
            keys=["F8"],
            icon="warning",
            enabled=lambda c: bool(c.document.result.problems),
        ),
        Action(
            id="import-notes",
            text=QT_TRANSLATE_NOOP("Actions", "Notes on the &import"),
            run=lambda c: c.notes.show_notes(on=not c.notes.is_on),
            enabled=lambda c: c.notes.has_notes,
            checked=lambda c: c.notes.is_on,
        ),
        SEPARATOR,
        Menu(title=QT_TRANSLATE_NOOP("Actions", "C&olumns"), fill=lambda c, menu: c.stack.view.columns.fill(menu)),
        Menu(title=QT_TRANSLATE_NOOP("Actions", "C&ards"), fill=lambda c, menu: c.header.fill(menu)),
        Action(
            id="fused",
            text=QT_TRANSLATE_NOOP("Actions", "&Fused: element-wise layers move no bytes"),
            run=lambda c: c.document.change_settings(fused=not c.document.settings.fused),
            checked=lambda c: c.document.settings.fused,
        ),
        Action(id="devices", text=QT_TRANSLATE_NOOP("Actions", "&Devices…"), run=_devices, icon="device"),
        SEPARATOR,
        Menu(
            title=QT_TRANSLATE_NOOP("Actions", "&Go to"),
            items=(
                Action(
                    id="focus-palette",
                    text=QT_TRANSLATE_NOOP("Actions", "&Palette"),
                    run=lambda c: c.palette.focus_search(),
                    keys=["Ctrl+Alt+1"],
                ),
                Action(
                    id="focus-stack",
                    text=QT_TRANSLATE_NOOP("Actions", "&Stack"),
                    run=_focus(lambda c: c.stack.view),
                    keys=["Ctrl+Alt+2"],
                ),
                Action(
                    id="focus-inspector",
                    text=QT_TRANSLATE_NOOP("Actions", "&Inspector"),
                    run=_focus(lambda c: c.inspector),
                    keys=["Ctrl+Alt+3"],
                ),
                Action(
                    id="focus-chart",
                    text=QT_TRANSLATE_NOOP("Actions", "&Chart"),
                    run=_focus(lambda c: c.chart),
                    keys=["Ctrl+Alt+4"],
                ),
            ),
        ),
        Menu(
            title=QT_TRANSLATE_NOOP("Actions", "&Theme"),
            items=(
                Action(id="theme-system", text=QT_TRANSLATE_NOOP("Actions", "&System"), **_theme("system")),
                Action(id="theme-light", text=QT_TRANSLATE_NOOP("Actions", "&Light"), **_theme("light")),
                Action(id="theme-dark", text=QT_TRANSLATE_NOOP("Actions", "&Dark"), **_theme("dark")),
            ),
        ),
    ),
)
