"""Actions and menus as data, and the QActions and QMenus of one window made from them.

A menu lists its actions where it declares them, so a new action is one entry. Its callback and its conditions take the
window's context: the document and the panels of that window.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import NamedTuple, TypeAlias

from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtGui import QAction, QActionGroup, QKeySequence
from PySide6.QtWidgets import QDialog, QMainWindow, QMenu, QMenuBar, QStackedWidget

from layerledger.gui.charts.panel import ChartPanel
from layerledger.gui.document.document import Document
from layerledger.gui.document.file_commands import Files
from layerledger.gui.inspector.inspector import Inspector
from layerledger.gui.palette.palette import Palette
from layerledger.gui.stack.stack_panel import StackPanel
from layerledger.gui.start.start_page import StartPage
from layerledger.gui.theme import icons
from layerledger.gui.window.header import Header
from layerledger.gui.window.imported.notes_sheet import NotesSheet


class WindowContext(NamedTuple):
    """The parts of one window that actions use.

    Attributes:
        centre: shows `start` or `stack`.
    """

    window: QMainWindow
    document: Document
    files: Files
    header: Header
    palette: Palette
    stack: StackPanel
    notes: NotesSheet
    start: StartPage
    centre: QStackedWidget
    inspector: Inspector
    chart: ChartPanel

    def show(self, dialog: Callable[[Document, QMainWindow], QDialog]) -> None:
        """Make a dialog, usually by its class, from the document and the window; run it until it is closed."""
        made = dialog(self.document, self.window)
        made.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        made.exec()


def always(context: WindowContext) -> bool:
    """Return True: the condition of an action that is always enabled."""
    return True


@dataclass(frozen=True, kw_only=True)
class Action:
    """One action.

    Attributes:
        text: in English, marked for translation in the context "Actions".
        run: what the action does.
        keys: shortcuts; menus show the first.
        icon: name of an icon, or empty.
        enabled: whether the action can run now.
        checked: whether the action is on now; None for an action that is not checkable.
        group: a name that actions share of which one at most is on; they have radio marks.
        name: returns the text if it depends on the document.
    """

    id: str
    text: str
    run: Callable[[WindowContext], object]
    keys: Sequence[str | QKeySequence.StandardKey] = ()
    icon: str = ""
    enabled: Callable[[WindowContext], bool] = always
    checked: Callable[[WindowContext], bool] | None = None
    group: str = ""
    name: Callable[[WindowContext], str] | None = None


@dataclass(frozen=True, kw_only=True)
class Menu:
    """A menu, or a submenu of one.

    Attributes:
        items: actions, submenus and SEPARATOR, from top to bottom.
        fill: fills the menu each time it opens, instead of `items`.
    """

    title: str
    items: Sequence[Item] = ()
    fill: Callable[[WindowContext, QMenu], None] | None = None


SEPARATOR = "-"

Item: TypeAlias = "Action | Menu | str"


def actions_in(menus: Sequence[Item]) -> Iterator[Action]:
    """Yield the actions of menus and their submenus, in order."""
    for item in menus:
        if isinstance(item, Menu):
            yield from actions_in(item.items)
        elif isinstance(item, Action):
            yield item


class Actions:
    """The actions of one window, as QActions by id."""

    def __init__(self, menus: Sequence[Menu], context: WindowContext) -> None:
        self._menus, self._context = menus, context
        self._declared = tuple(actions_in(menus))
        self._groups: dict[str, QActionGroup] = {}
        self.by_id = {action.id: self._make(action) for action in self._declared}

    def _make(self, action: Action) -> QAction:
        made = QAction(_tr(action.text), self._context.window)
        made.setObjectName(action.id)
        made.setShortcuts(_sequences(action.keys))
        made.setCheckable(action.checked is not None)
        if action.icon:
            made.setIcon(icons.icon(action.icon))
        if action.group:
            self._group(action.group).addAction(made)
        made.triggered.connect(lambda: self._run(action))
        return made

    def _group(self, name: str) -> QActionGroup:
        if name not in self._groups:
            self._groups[name] = group = QActionGroup(self._context.window)
            group.setExclusionPolicy(QActionGroup.ExclusionPolicy.ExclusiveOptional)  # none is on for another count
        return self._groups[name]

    def _run(self, action: Action) -> None:
        action.run(self._context)
        if action.checked:
            self.refresh()  # Qt has toggled the action, whether or not anything changed

    def refresh(self) -> None:
        """Update which actions are enabled and checked, and the texts that depend on the document."""
        context = self._context
        for action in self._declared:
            made = self.by_id[action.id]
            made.setEnabled(action.enabled(context))
            if action.checked:
                made.setChecked(action.checked(context))
            if action.name:
                made.setText(action.name(context))

    def fill_menu_bar(self, bar: QMenuBar) -> None:
        """Add the menus to a menu bar."""
        for menu in self._menus:
            made = bar.addMenu(_tr(menu.title))
            made.aboutToShow.connect(self.refresh)  # another window may have changed the theme
            self._fill(made, menu)

    def _fill(self, made: QMenu, menu: Menu) -> None:
        if menu.fill:
            made.aboutToShow.connect(partial(menu.fill, self._context, made))
        for item in menu.items:
            if isinstance(item, Menu):
                self._fill(made.addMenu(_tr(item.title)), item)
            elif isinstance(item, Action):
                made.addAction(self.by_id[item.id])
            else:
                made.addSeparator()


def _sequences(keys: Sequence[str | QKeySequence.StandardKey]) -> list[QKeySequence]:
    """Return key sequences without duplicates: a standard key may equal one named beside it, which is ambiguous."""
    found = [QKeySequence(key) for key in keys]
    return [key for i, key in enumerate(found) if key not in found[:i]]


def _tr(text: str) -> str:
    return QCoreApplication.translate("Actions", text)
