"""Every action of the window, once: text, keys, icon, what it does, when it can. Menus are lists of their ids."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QApplication

from layerledger.core.network.nodes import Block, Layer
from layerledger.gui.document import commands
from layerledger.gui.document import device_setting as device_choice
from layerledger.gui.document.document import Document
from layerledger.gui.theme.translation import QT_TRANSLATE_NOOP
from layerledger.gui.widgets.basics import CopyLabel
from layerledger.gui.window.actions import SEPARATOR, Action, Host, Menu, Run


def _some(document: Document) -> bool:
    return bool(commands.chosen(document))


def _one(document: Document) -> bool:
    return bool(document.current)


def _layer(document: Document) -> bool:
    return isinstance(document.current_node, Layer)


def _block(document: Document) -> bool:
    return isinstance(document.current_node, Block)


def _on(edit: Callable[[Document], None]) -> Run:
    return lambda host: edit(host.document)


def _copy(host: Host) -> None:
    """Copy the text that is selected where the keyboard is, else the layers that are selected."""
    place = QApplication.focusWidget()
    if isinstance(place, CopyLabel) and place.hasSelectedText():
        place.copy()
    else:
        commands.copy(host.document)


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
        id="new-from-template",
        text=QT_TRANSLATE_NOOP("Actions", "New from &template…"),
        run=lambda h: h.new_from_template(),
        keys=["Ctrl+Shift+N"],
        icon="template",
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
        keys=[_Key.Redo, "Ctrl+Shift+Z", "Ctrl+Y"],
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
        run=_copy,
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
        text=QT_TRANSLATE_NOOP("Actions", "Ungrou&p"),
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
        text=QT_TRANSLATE_NOOP("Actions", "E&xpand all blocks"),
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
        id="fused",
        text=QT_TRANSLATE_NOOP("Actions", "&Fused: norms, activations and additions move nothing"),
        run=lambda h: device_choice.fuse(h.document, on=not h.document.fused),
        checked="fused:on",
    ),
    Action(id="devices", text=QT_TRANSLATE_NOOP("Actions", "&Devices…"), run=lambda h: h.devices(), icon="device"),
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
    Action(
        id="budgets",
        text=QT_TRANSLATE_NOOP("Actions", "&Budgets…"),
        run=lambda h: h.budgets(),
        keys=["Ctrl+Shift+B"],
        icon="chart",
    ),
    Action(
        id="reference",
        text=QT_TRANSLATE_NOOP("Actions", "&How layers are counted"),
        run=lambda h: h.reference(),
        keys=["F1"],
        icon="help",
    ),
    Action(
        id="reference-layer",
        text=QT_TRANSLATE_NOOP("Actions", "How &this layer is counted"),
        run=lambda h: h.reference(of_layer=True),
        keys=["Shift+F1"],
        enabled=_layer,
    ),
    Action(id="about", text=QT_TRANSLATE_NOOP("Actions", "&About LayerLedger"), run=lambda h: h.about(), icon="info"),
)

RECENT, COLUMNS, CARDS = "*recent", "*columns", "*cards"
"""Menus that the window fills when they open."""

MENUS: tuple[Menu, ...] = (
    (
        QT_TRANSLATE_NOOP("Actions", "&File"),
        (
            "new",
            "new-from-template",
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
        (
            "undo",
            "redo",
            SEPARATOR,
            "cut",
            "copy",
            "paste",
            "duplicate",
            "delete",
            SEPARATOR,
            "select-all",
            SEPARATOR,
            "budgets",
        ),
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
            (QT_TRANSLATE_NOOP("Actions", "C&olumns"), (COLUMNS,)),
            (QT_TRANSLATE_NOOP("Actions", "C&ards"), (CARDS,)),
            "fused",
            "devices",
            SEPARATOR,
            (
                QT_TRANSLATE_NOOP("Actions", "&Go to"),
                ("focus-palette", "focus-stack", "focus-inspector", "focus-chart"),
            ),
            (QT_TRANSLATE_NOOP("Actions", "&Theme"), ("theme-system", "theme-light", "theme-dark")),
        ),
    ),
    (QT_TRANSLATE_NOOP("Actions", "&Help"), ("reference", "reference-layer", SEPARATOR, "about")),
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
