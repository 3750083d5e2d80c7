"""Every action of the window, once: text, keys, icon, what it does, when it can. Menus are lists of their ids."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, TypeAlias

from PySide6.QtCore import QCoreApplication
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QMenu, QMenuBar, QWidget

from layerledger.core.network import Block
from layerledger.gui import commands, icons
from layerledger.gui.document import Document
from layerledger.gui.translation import QT_TRANSLATE_NOOP

if TYPE_CHECKING:
    from layerledger.gui.files import Files


class Host(Protocol):
    """What actions may ask of a window."""

    @property
    def document(self) -> Document: ...
    @property
    def files(self) -> Files: ...
    def close(self) -> bool: ...
    def find_layer(self) -> None: ...
    def rename_layer(self) -> None: ...
    def ask_repeat(self) -> None: ...
    def fold(self, *, expand: bool) -> None: ...
    def set_theme(self, name: str) -> None: ...
    def show_panel(self, name: str) -> None: ...
    def next_problem(self) -> None: ...
    def export(self) -> None: ...
    def about(self) -> None: ...
    def quit(self) -> None: ...


def _always(document: Document) -> bool:
    return True


def _some(document: Document) -> bool:
    return bool(commands.chosen(document))


def _one(document: Document) -> bool:
    return bool(document.current)


def _block(document: Document) -> bool:
    return isinstance(document.current_node, Block)


Run: TypeAlias = Callable[[Host], object]


@dataclass(frozen=True, kw_only=True)
class Action:
    """One action.

    Attributes:
        keys: shortcuts, the one shown in the menu first.
        enabled: when it can be done.
        checked: for one that is on or off: its group and value, such as `count:macs`.
    """

    id: str
    text: str
    run: Run
    keys: Sequence[str | QKeySequence.StandardKey] = ()
    icon: str = ""
    enabled: Callable[[Document], bool] = _always
    checked: str = ""


def _on(edit: Callable[[Document], None]) -> Run:
    return lambda host: edit(host.document)


def _count(key: str) -> Run:
    return lambda host: host.document.set_count(key)


def _theme(name: str) -> Run:
    return lambda host: host.set_theme(name)


def _panel(name: str) -> Run:
    return lambda host: host.show_panel(name)


_Key = QKeySequence.StandardKey

ACTIONS: tuple[Action, ...] = (
    Action(
        id="new", text=QT_TRANSLATE_NOOP("Actions", "&New"), run=lambda h: h.files.new(), keys=[_Key.New], icon="new"
    ),
    Action(
        id="open",
        text=QT_TRANSLATE_NOOP("Actions", "&Open…"),
        run=lambda h: h.files.open(),
        keys=[_Key.Open],
        icon="open",
    ),
    Action(
        id="save",
        text=QT_TRANSLATE_NOOP("Actions", "&Save"),
        run=lambda h: h.files.save(),
        keys=[_Key.Save],
        icon="save",
    ),
    Action(
        id="save-as",
        text=QT_TRANSLATE_NOOP("Actions", "Save &as…"),
        run=lambda h: h.files.save_as(),
        keys=["Ctrl+Shift+S"],
        icon="save-as",
    ),
    Action(
        id="export",
        text=QT_TRANSLATE_NOOP("Actions", "&Export…"),
        run=lambda h: h.export(),
        keys=["Ctrl+E"],
        icon="export",
    ),
    Action(
        id="close",
        text=QT_TRANSLATE_NOOP("Actions", "&Close"),
        run=lambda h: h.close(),
        keys=[_Key.Close],
        icon="close",
    ),
    Action(id="quit", text=QT_TRANSLATE_NOOP("Actions", "&Quit"), run=lambda h: h.quit(), keys=["Ctrl+Q"], icon="quit"),
    Action(
        id="undo",
        text=QT_TRANSLATE_NOOP("Actions", "&Undo"),
        run=lambda h: h.document.undo_stack.undo(),
        keys=[_Key.Undo],
        icon="undo",
        enabled=lambda d: d.undo_stack.canUndo(),
    ),
    Action(
        id="redo",
        text=QT_TRANSLATE_NOOP("Actions", "&Redo"),
        run=lambda h: h.document.undo_stack.redo(),
        keys=[_Key.Redo, "Ctrl+Y"],
        icon="redo",
        enabled=lambda d: d.undo_stack.canRedo(),
    ),
    Action(
        id="cut",
        text=QT_TRANSLATE_NOOP("Actions", "Cu&t"),
        run=_on(commands.cut),
        keys=[_Key.Cut],
        icon="cut",
        enabled=_some,
    ),
    Action(
        id="copy",
        text=QT_TRANSLATE_NOOP("Actions", "&Copy"),
        run=_on(commands.copy),
        keys=[_Key.Copy],
        icon="copy",
        enabled=_some,
    ),
    Action(
        id="paste",
        text=QT_TRANSLATE_NOOP("Actions", "&Paste"),
        run=_on(commands.paste),
        keys=[_Key.Paste],
        icon="paste",
    ),
    Action(
        id="duplicate",
        text=QT_TRANSLATE_NOOP("Actions", "&Duplicate"),
        run=_on(commands.duplicate),
        keys=["Ctrl+D"],
        icon="duplicate",
        enabled=_some,
    ),
    Action(
        id="delete",
        text=QT_TRANSLATE_NOOP("Actions", "De&lete"),
        run=_on(commands.delete),
        keys=["Delete", "Backspace"],
        icon="delete",
        enabled=_some,
    ),
    Action(
        id="select-all",
        text=QT_TRANSLATE_NOOP("Actions", "Select &all"),
        run=_on(commands.select_all),
        keys=[_Key.SelectAll],
        icon="check",
    ),
    Action(
        id="add",
        text=QT_TRANSLATE_NOOP("Actions", "&Add a layer…"),
        run=lambda h: h.find_layer(),
        keys=["Ctrl+K", "/"],
        icon="add",
    ),
    Action(
        id="add-block",
        text=QT_TRANSLATE_NOOP("Actions", "Add an empty &block"),
        run=_on(commands.add_block),
        keys=["Ctrl+B"],
        icon="group",
    ),
    Action(
        id="rename",
        text=QT_TRANSLATE_NOOP("Actions", "Re&name"),
        run=lambda h: h.rename_layer(),
        keys=["F2"],
        icon="rename",
        enabled=_one,
    ),
    Action(
        id="move-up",
        text=QT_TRANSLATE_NOOP("Actions", "Move &up"),
        run=_on(lambda d: commands.shift(d, -1)),
        keys=["Alt+Up"],
        icon="move-up",
        enabled=_some,
    ),
    Action(
        id="move-down",
        text=QT_TRANSLATE_NOOP("Actions", "Move d&own"),
        run=_on(lambda d: commands.shift(d, 1)),
        keys=["Alt+Down"],
        icon="move-down",
        enabled=_some,
    ),
    Action(
        id="group",
        text=QT_TRANSLATE_NOOP("Actions", "&Group into a block"),
        run=_on(commands.group),
        keys=["Ctrl+G"],
        icon="group",
        enabled=_some,
    ),
    Action(
        id="ungroup",
        text=QT_TRANSLATE_NOOP("Actions", "&Ungroup"),
        run=_on(commands.ungroup),
        keys=["Ctrl+Shift+G"],
        icon="ungroup",
        enabled=_block,
    ),
    Action(
        id="repeat",
        text=QT_TRANSLATE_NOOP("Actions", "&Repeat…"),
        run=lambda h: h.ask_repeat(),
        keys=["Ctrl+R"],
        icon="repeat",
        enabled=_some,
    ),
    Action(
        id="expand-all",
        text=QT_TRANSLATE_NOOP("Actions", "&Expand all blocks"),
        run=lambda h: h.fold(expand=True),
        keys=["Ctrl+Shift+Right"],
        icon="expand-all",
    ),
    Action(
        id="collapse-all",
        text=QT_TRANSLATE_NOOP("Actions", "&Collapse all blocks"),
        run=lambda h: h.fold(expand=False),
        keys=["Ctrl+Shift+Left"],
        icon="collapse-all",
    ),
    Action(
        id="count-macs",
        text=QT_TRANSLATE_NOOP("Actions", "Count &MACs"),
        run=_count("macs"),
        keys=["Ctrl+1"],
        checked="count:macs",
    ),
    Action(
        id="count-flops",
        text=QT_TRANSLATE_NOOP("Actions", "Count FLOPs, &2 × MACs"),
        run=_count("flops"),
        keys=["Ctrl+2"],
        checked="count:flops",
    ),
    Action(
        id="count-exact",
        text=QT_TRANSLATE_NOOP("Actions", "Count FLOPs, &every multiply and add"),
        run=_count("exact"),
        keys=["Ctrl+3"],
        checked="count:exact",
    ),
    Action(
        id="focus-palette", text=QT_TRANSLATE_NOOP("Actions", "&Palette"), run=_panel("palette"), keys=["Ctrl+Alt+1"]
    ),
    Action(id="focus-stack", text=QT_TRANSLATE_NOOP("Actions", "&Stack"), run=_panel("stack"), keys=["Ctrl+Alt+2"]),
    Action(
        id="focus-inspector",
        text=QT_TRANSLATE_NOOP("Actions", "&Inspector"),
        run=_panel("inspector"),
        keys=["Ctrl+Alt+3"],
    ),
    Action(id="focus-chart", text=QT_TRANSLATE_NOOP("Actions", "&Chart"), run=_panel("chart"), keys=["Ctrl+Alt+4"]),
    Action(
        id="next-problem",
        text=QT_TRANSLATE_NOOP("Actions", "&Next problem"),
        run=lambda h: h.next_problem(),
        keys=["F8"],
        icon="warning",
        enabled=lambda d: bool(d.result.problems),
    ),
    Action(
        id="theme-system", text=QT_TRANSLATE_NOOP("Actions", "&System"), run=_theme("system"), checked="theme:system"
    ),
    Action(
        id="theme-light",
        text=QT_TRANSLATE_NOOP("Actions", "&Light"),
        run=_theme("light"),
        icon="light",
        checked="theme:light",
    ),
    Action(
        id="theme-dark",
        text=QT_TRANSLATE_NOOP("Actions", "&Dark"),
        run=_theme("dark"),
        icon="dark",
        checked="theme:dark",
    ),
    Action(id="about", text=QT_TRANSLATE_NOOP("Actions", "&About LayerLedger"), run=lambda h: h.about(), icon="info"),
)

Menu: TypeAlias = "tuple[str, Sequence[str | Menu]]"

SEPARATOR = "-"
RECENT, TEMPLATES = "*recent", "*templates"
"""Menus that the window fills when they open."""

MENUS: tuple[Menu, ...] = (
    (
        QT_TRANSLATE_NOOP("Actions", "&File"),
        (
            "new",
            (QT_TRANSLATE_NOOP("Actions", "New from &template"), (TEMPLATES,)),
            "open",
            (QT_TRANSLATE_NOOP("Actions", "Open &recent"), (RECENT,)),
            SEPARATOR,
            "save",
            "save-as",
            "export",
            SEPARATOR,
            "close",
            "quit",
        ),
    ),
    (
        QT_TRANSLATE_NOOP("Actions", "&Edit"),
        ("undo", "redo", SEPARATOR, "cut", "copy", "paste", "duplicate", "delete", SEPARATOR, "select-all"),
    ),
    (
        QT_TRANSLATE_NOOP("Actions", "&Layer"),
        (
            "add",
            "add-block",
            SEPARATOR,
            "rename",
            "move-up",
            "move-down",
            SEPARATOR,
            "group",
            "ungroup",
            "repeat",
        ),
    ),
    (
        QT_TRANSLATE_NOOP("Actions", "&View"),
        (
            "count-macs",
            "count-flops",
            "count-exact",
            SEPARATOR,
            "expand-all",
            "collapse-all",
            "next-problem",
            SEPARATOR,
            (
                QT_TRANSLATE_NOOP("Actions", "&Go to"),
                ("focus-palette", "focus-stack", "focus-inspector", "focus-chart"),
            ),
            (QT_TRANSLATE_NOOP("Actions", "&Theme"), ("theme-system", "theme-light", "theme-dark")),
        ),
    ),
    (QT_TRANSLATE_NOOP("Actions", "&Help"), ("about",)),
)

CONTEXT = (
    "add",
    "rename",
    SEPARATOR,
    "cut",
    "copy",
    "paste",
    "duplicate",
    "delete",
    SEPARATOR,
    "move-up",
    "move-down",
    "group",
    "ungroup",
    "repeat",
)
"""The stack's context menu."""


def make(host: Host, parent: QWidget) -> dict[str, QAction]:
    """Makes the actions of one window, by id."""
    return {action.id: _make(action, host, parent) for action in ACTIONS}


def _make(action: Action, host: Host, parent: QWidget) -> QAction:
    made = QAction(QCoreApplication.translate("Actions", action.text), parent)
    made.setObjectName(action.id)
    made.setShortcuts([QKeySequence(key) for key in action.keys])
    made.setCheckable(bool(action.checked))
    if action.icon:
        made.setIcon(icons.icon(action.icon))
    made.triggered.connect(lambda: action.run(host))
    return made


def refresh(made: dict[str, QAction], document: Document, checked: set[str]) -> None:
    """Enables what can be done now, checks what is on, and names the steps that undo and redo would take."""
    for action in ACTIONS:
        made[action.id].setEnabled(action.enabled(document))
        if action.checked:
            made[action.id].setChecked(action.checked in checked)
    stack = document.undo_stack
    for name, step in (("undo", stack.undoText()), ("redo", stack.redoText())):
        text = QCoreApplication.translate("Actions", "&Undo" if name == "undo" else "&Redo")
        made[name].setText(f"{text} {step.replace('&', '&&')}".rstrip())


def fill_menu_bar(bar: QMenuBar, made: dict[str, QAction]) -> dict[str, QMenu]:
    """Fills a menu bar; returns the menus that the window fills itself."""
    open_ended: dict[str, QMenu] = {}
    for title, items in MENUS:
        _fill(bar.addMenu(QCoreApplication.translate("Actions", title)), items, made, open_ended)
    return open_ended


def _fill(menu: QMenu, items: Sequence[str | Menu], made: dict[str, QAction], open_ended: dict[str, QMenu]) -> None:
    for item in items:
        if not isinstance(item, str):
            _fill(menu.addMenu(QCoreApplication.translate("Actions", item[0])), item[1], made, open_ended)
        elif item == SEPARATOR:
            menu.addSeparator()
        elif item.startswith("*"):
            open_ended[item] = menu
        else:
            menu.addAction(made[item])
