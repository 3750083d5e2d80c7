"""What an action is, and how the actions of a window are made, kept up to date and put into menus."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, TypeAlias

from PySide6.QtCore import QCoreApplication
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QMenu, QMenuBar, QWidget

from layerledger.gui.document.document import Document
from layerledger.gui.theme import icons

if TYPE_CHECKING:
    from layerledger.gui.document.file_commands import Files


class Host(Protocol):
    """What actions may ask of a window."""

    @property
    def document(self) -> Document: ...
    @property
    def files(self) -> Files: ...
    def close(self) -> bool: ...
    def new_from_template(self) -> None: ...
    def find_layer(self) -> None: ...
    def rename_layer(self) -> None: ...
    def ask_repeat(self) -> None: ...
    def fold(self, *, expand: bool) -> None: ...
    def set_theme(self, name: str) -> None: ...
    def show_panel(self, name: str) -> None: ...
    def next_problem(self) -> None: ...
    def export(self) -> None: ...
    def devices(self) -> None: ...
    def budgets(self) -> None: ...
    def reference(self, *, of_layer: bool = False) -> None: ...
    def about(self) -> None: ...
    def quit(self) -> None: ...


def always(document: Document) -> bool:
    """When an action can always be done."""
    return True


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
    enabled: Callable[[Document], bool] = always
    checked: str = ""


Menu: TypeAlias = "tuple[str, Sequence[str | Menu]]"

SEPARATOR = "-"


def make(actions: Sequence[Action], host: Host, parent: QWidget) -> dict[str, QAction]:
    """Make the actions of one window, by id."""
    return {action.id: _make(action, host, parent) for action in actions}


def _make(action: Action, host: Host, parent: QWidget) -> QAction:
    made = QAction(QCoreApplication.translate("Actions", action.text), parent)
    made.setObjectName(action.id)
    made.setShortcuts(_sequences(action.keys))
    made.setCheckable(bool(action.checked))
    if action.icon:
        made.setIcon(icons.icon(action.icon))
    made.triggered.connect(lambda: action.run(host))
    return made


def _sequences(keys: Sequence[str | QKeySequence.StandardKey]) -> list[QKeySequence]:
    """Return key sequences, each once: a standard key may be one that is named beside it, and twice is ambiguous."""
    found = [QKeySequence(key) for key in keys]
    return [key for i, key in enumerate(found) if key not in found[:i]]


def refresh(actions: Sequence[Action], made: dict[str, QAction], document: Document, checked: set[str]) -> None:
    """Enable what can be done now, checks what is on, and names the steps that undo and redo would take."""
    for action in actions:
        made[action.id].setEnabled(action.enabled(document))
        if action.checked:
            made[action.id].setChecked(action.checked in checked)
    stack = document.undo_stack
    for name, step in (("undo", stack.undoText()), ("redo", stack.redoText())):
        text = QCoreApplication.translate("Actions", "&Undo" if name == "undo" else "&Redo")
        made[name].setText(f"{text} {step.replace('&', '&&')}".rstrip())


def fill_menu_bar(bar: QMenuBar, menus: Sequence[Menu], made: dict[str, QAction]) -> dict[str, QMenu]:
    """Fill a menu bar; returns the menus that the window fills itself."""
    open_ended: dict[str, QMenu] = {}
    for title, items in menus:
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
