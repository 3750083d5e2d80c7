"""Actions are data: ids and shortcuts are unique, menus hold them all, and check marks tell the truth."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import pytest
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QDialog, QMenu, QWidget
from pytestqt.qtbot import QtBot

from layerledger.core.library.templates.templates import load_template
from layerledger.gui.app.windows import Windows
from layerledger.gui.document.document import Document
from layerledger.gui.theme import theme
from layerledger.gui.window.actions import SEPARATOR, actions_in
from layerledger.gui.window.main_window import MainWindow
from layerledger.gui.window.menus.menu_bar import CONTEXT_MENU, MENUS

ACTIONS = tuple(actions_in(MENUS))


@pytest.fixture
def windows(qtbot: QtBot) -> Iterator[Windows]:
    opened = Windows()
    yield opened
    theme.choose("light")
    for window in list(opened.open):
        window.close()


@pytest.fixture
def window(windows: Windows) -> MainWindow:
    return windows.new(Document(load_template("resnet18")))


def test_ids_and_keys_are_unique() -> None:
    assert max(Counter(action.id for action in ACTIONS).values()) == 1
    named = [key for action in ACTIONS for key in action.keys if isinstance(key, str)]
    assert max(Counter(named).values()) == 1


def test_every_action_is_in_a_menu_of_the_window(window: MainWindow) -> None:
    shown = {action for menu in window.menuBar().findChildren(QMenu) for action in menu.actions()}
    assert len(ACTIONS) == len(window.actions_by_id)
    assert set(window.actions_by_id.values()) <= shown
    assert set(CONTEXT_MENU) - {SEPARATOR} <= window.actions_by_id.keys()


def test_keys_of_an_action_are_those_declared(window: MainWindow) -> None:
    assert QKeySequence("Ctrl+Y") in window.actions_by_id["redo"].shortcuts()


def test_a_count_that_is_chosen_again_stays_checked(window: MainWindow) -> None:
    action = window.actions_by_id["count-macs"]
    assert action.isChecked()
    action.trigger()
    assert action.isChecked()
    window.actions_by_id["count-exact"].trigger()
    assert (action.isChecked(), window.actions_by_id["count-exact"].isChecked()) == (False, True)


def test_another_window_shows_a_theme_that_was_chosen_here(windows: Windows, window: MainWindow) -> None:
    other = windows.new()
    window.actions_by_id["theme-dark"].trigger()
    view = next(menu for menu in other.menuBar().findChildren(QMenu) if menu.title() == "&View")
    view.aboutToShow.emit()
    assert other.actions_by_id["theme-dark"].isChecked()
    assert not other.actions_by_id["theme-light"].isChecked()


def test_undo_names_its_step(window: MainWindow) -> None:
    assert not window.actions_by_id["undo"].isEnabled()
    window.document.select([(0,)])
    window.actions_by_id["delete"].trigger()
    assert window.actions_by_id["undo"].text() == "&Undo Delete conv1"
    window.actions_by_id["undo"].trigger()
    assert window.actions_by_id["redo"].text() == "&Redo Delete conv1"


def test_a_dialog_is_shown_for_the_window_and_deleted(qtbot: QtBot, window: MainWindow) -> None:
    made: list[tuple[Document, QWidget | None]] = []

    class Dialog(QDialog):
        def __init__(self, document: Document, parent: QWidget) -> None:
            super().__init__(parent)
            made.append((document, self.parentWidget()))

        def exec(self) -> int:
            self.show()
            with qtbot.waitSignal(self.destroyed):
                self.accept()
            return 1

    window._context.show(Dialog)
    assert made == [(window.document, window)]
