"""Actions are data: ids and shortcuts are unique, menus hold them all, and check marks tell the truth."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import drag_events
import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent, QKeySequence
from PySide6.QtWidgets import QApplication, QDialog, QMenu, QWidget
from pytestqt.qtbot import QtBot

from layerledger.core.formats import save_network
from layerledger.core.library.templates.templates import load_template
from layerledger.core.network.nodes import Block, Layer, Network
from layerledger.gui.app.windows import Windows, open_windows
from layerledger.gui.dialogs.repeat import RepeatDialog
from layerledger.gui.document import commands
from layerledger.gui.document.document import Document
from layerledger.gui.theme import theme
from layerledger.gui.window.actions import SEPARATOR, actions_in
from layerledger.gui.window.main_window import MainWindow
from layerledger.gui.window.menus.menu_bar import CONTEXT_MENU, MENUS
from layerledger.gui.window.status_bar import StatusBar

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


def test_one_of_several_has_a_radio_mark(window: MainWindow) -> None:
    for ids in (("count-macs", "count-flops", "count-exact"), ("theme-system", "theme-light", "theme-dark")):
        groups = {window.actions_by_id[id_].actionGroup() for id_ in ids}
        assert len(groups) == 1
        assert None not in groups
        assert sum(window.actions_by_id[id_].isChecked() for id_ in ids) <= 1
    assert window.actions_by_id["fused"].actionGroup() is None


def test_repeat_starts_at_two(qtbot: QtBot) -> None:
    stage = Block(name="stage", layers=(Layer(name="relu", type="ReLU"),))
    document = Document(Network(root=Block(name="", layers=(stage, replace(stage, name="more", repeat=3)))))
    for path, number in (((0,), 2), ((1,), 3), ((0, 0), 2)):
        document.select([path])
        dialog = RepeatDialog(document)
        qtbot.addWidget(dialog)
        assert dialog.times.value() == number
    document.select([(0,)])
    dialog = RepeatDialog(document)
    qtbot.addWidget(dialog)
    dialog.accept()
    assert document.network.layers[0].repeat == 2  # type: ignore[union-attr]


def test_a_template_is_opened_by_its_name(qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    windows = open_windows(["resnet18"])
    (window,) = windows.open
    assert (window.document.network.name, window.document.file) == ("resnet18", None)
    assert not window.document.modified
    window.close()


def test_a_dropped_file_is_copied(window: MainWindow, tmp_path: Path) -> None:
    """A file manager that is told "moved" deletes the file."""
    file = tmp_path / "a.layers"
    save_network(load_template("lenet5"), file)
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(file))])
    both = Qt.DropAction.CopyAction | Qt.DropAction.MoveAction
    how = (both, data, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier)
    enter = drag_events.enter(QPoint(9, 9), *how)
    drop = QDropEvent(QPointF(9, 9), *how)
    for event, take in ((enter, window.dragEnterEvent), (drop, window.dropEvent)):
        event.setDropAction(Qt.DropAction.MoveAction)
        take(event)
        assert (event.isAccepted(), event.dropAction()) == (True, Qt.DropAction.CopyAction)


def test_a_message_leaves_room_for_the_problems(window: MainWindow) -> None:
    commands.set_param(window.document, (0,), "kernel_size", "x")
    bar = window.statusBar()
    assert isinstance(bar, StatusBar)
    window.document.say("a long sentence " * 40)
    commands.set_param(window.document, (0,), "kernel_size", "y")
    QApplication.processEvents()
    assert bar.problems.isVisible()
    assert not bar.summary.isVisible()
    assert bar.toolTip() == bar.currentMessage()
    text, accent = bar.grab().toImage(), bar.problems.geometry()
    bar.clearMessage()
    QApplication.processEvents()
    assert text.copy(accent) == bar.grab().toImage().copy(bar.problems.geometry())
    window.document.undo()  # a modified document would ask before it closes
    assert not window.document.modified
