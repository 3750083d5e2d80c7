"""The whole story on the real window, by mouse and keyboard: start, build, look, undo, save, reopen, export."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QCoreApplication, QPoint, Qt, QTimer
from PySide6.QtWidgets import (
    QApplication,
    QComboBox,
    QDialog,
    QFileDialog,
    QLineEdit,
    QMessageBox,
    QWidget,
)
from pytestqt.qtbot import QtBot

from layerledger.core import Block, Layer, Network, analyze, open_network, save_network
from layerledger.core.network.paths import NodePath
from layerledger.gui.app.windows import Windows
from layerledger.gui.dialogs.repeat import RepeatDialog
from layerledger.gui.theme import theme
from layerledger.gui.window.main_window import MainWindow

NONE = Qt.KeyboardModifier.NoModifier
CONTROL = Qt.KeyboardModifier.ControlModifier
SHIFT = Qt.KeyboardModifier.ShiftModifier


@pytest.fixture
def windows(qapp: QApplication) -> Iterator[Windows]:
    QCoreApplication.setAttribute(Qt.ApplicationAttribute.AA_DontUseNativeDialogs)
    theme.apply(qapp, theme.LIGHT)
    windows = Windows()
    yield windows
    for window in windows.open:
        window.document.undo_stack.setClean()
        window.close()
    QCoreApplication.processEvents()


@pytest.fixture
def window(qtbot: QtBot, windows: Windows) -> MainWindow:
    window = windows.new()
    qtbot.waitExposed(window)
    window.activateWindow()
    return window


# -- hands


def insert(qtbot: QtBot, window: MainWindow, *lines: str) -> None:
    """Types layers into the palette's search, each with Enter."""
    qtbot.keyClick(window, Qt.Key.Key_K, CONTROL)
    for line in lines:
        field = QApplication.focusWidget()
        assert isinstance(field, QLineEdit)
        qtbot.keyClicks(field, line)
        qtbot.keyClick(field, Qt.Key.Key_Return)


def select(qtbot: QtBot, window: MainWindow, path: NodePath, modifier: Qt.KeyboardModifier = NONE) -> None:
    """Clicks a row of the stack."""
    view = window.stack.view
    index = view.stack.index_of(path, 1)
    view.scrollTo(index)
    qtbot.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, modifier, view.visualRect(index).center())


def key(qtbot: QtBot, window: MainWindow, code: Qt.Key, modifier: Qt.KeyboardModifier = NONE) -> None:
    """Presses a key in the stack."""
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)
    window.stack.view.setFocus()
    qtbot.keyClick(window.stack.view, code, modifier)


def field(window: MainWindow, name: str) -> QWidget:
    """Return the inspector's editor of a parameter."""
    found = [w for w in window.inspector.findChildren(QWidget) if w.accessibleName() == name and w.isVisible()]
    assert len(found) == 1, f"{name}: {len(found)} editors"
    return found[0]


def type_over(qtbot: QtBot, editor: QWidget, text: str) -> None:
    """Select all of a field and types."""
    editor.setFocus()
    qtbot.keyClick(editor, Qt.Key.Key_A, CONTROL)
    qtbot.keyClicks(editor, text)


def choose(qtbot: QtBot, combo: QWidget, words: str) -> None:
    """Open a combo box and takes the item that holds `words`, by key."""
    assert isinstance(combo, QComboBox)
    combo.showPopup()
    item = next(i for i in range(combo.count()) if words in combo.itemText(i))
    view = combo.view()
    view.setCurrentIndex(combo.model().index(item, 0))
    qtbot.keyClick(view, Qt.Key.Key_Return)


def answer(act: Callable[[QDialog], None]) -> None:
    """Acts on the next modal dialog once it is open."""

    def when_open() -> None:
        dialog = QApplication.activeModalWidget()
        if isinstance(dialog, QDialog) and dialog.isVisible():
            act(dialog)
        else:
            QTimer.singleShot(10, when_open)

    QTimer.singleShot(0, when_open)


def choose_file(file: Path, then: Callable[[QDialog], None] | None = None) -> None:
    """Give the next file dialog a name, and acts on the dialog that this opens, if it does."""

    def act(dialog: QDialog) -> None:
        assert isinstance(dialog, QFileDialog)
        edit = dialog.findChild(QLineEdit, "fileNameEdit")
        assert isinstance(edit, QLineEdit)
        edit.setText(str(file))
        if then:
            answer(then)
        dialog.accept()

    answer(act)


def choose_number(number: int) -> None:
    """Give the next number dialog a number."""

    def act(dialog: QDialog) -> None:
        assert isinstance(dialog, RepeatDialog)
        dialog.times.setValue(number)
        dialog.accept()

    answer(act)


# -- the story


def test_first_stage_of_resnet18_from_start_to_csv(
    qtbot: QtBot, windows: Windows, window: MainWindow, tmp_path: Path
) -> None:
    assert window.centre.currentWidget() is window.start
    build_the_stem(qtbot, window)
    add_a_residual_block(qtbot, window)
    name_and_repeat_the_block(qtbot, window)
    open_a_number(qtbot, window)
    make_a_mistake_and_undo_it(qtbot, window)
    save_and_reopen(qtbot, windows, window, tmp_path)
    leave_with_a_csv(qtbot, window, tmp_path)


def build_the_stem(qtbot: QtBot, window: MainWindow) -> None:
    """Build the stem by typing: totals move at each layer (figures: torchvision's, by torch's FlopCounterMode)."""
    document = window.document
    insert(qtbot, window, "conv 64 7 2 padding=3 bias=false")
    assert window.centre.currentWidget() is window.stack
    assert (document.result.totals.params, document.result.totals.macs) == (9_408, 118_013_952)
    insert(qtbot, window, "bn", "relu", "maxpool 3 2 1")
    assert document.result.totals.params == 9_408 + 128
    assert document.result.at((3,)).outputs[0].shape == (1, 64, 56, 56)  # type: ignore[union-attr, index]


def add_a_residual_block(qtbot: QtBot, window: MainWindow) -> None:
    """Add a residual block: two convolutions, and an Add of what comes in."""
    document = window.document
    body = "conv 64 3 padding=1 bias=false"
    insert(qtbot, window, body, "bn", "relu", body, "bn", "add", "relu")
    select(qtbot, window, (4,))
    select(qtbot, window, (10,), SHIFT)
    key(qtbot, window, Qt.Key.Key_G, CONTROL)
    assert [n.type for n in block(window, 4).layers if not isinstance(n, Block)][-2:] == ["Add", "ReLU"]
    select(qtbot, window, (4, 5))
    assert block(window, 4).layers[5].inputs == ("bn3", "input")  # the skip was found by itself
    choose(qtbot, field(window, "Input 2"), "relu2")
    assert block(window, 4).layers[5].inputs == ("bn3", "relu2")
    key(qtbot, window, Qt.Key.Key_Z, CONTROL)
    assert block(window, 4).layers[5].inputs == ("bn3", "input")
    assert not document.result.problems


def name_and_repeat_the_block(qtbot: QtBot, window: MainWindow) -> None:
    """Name it, repeat it."""
    document = window.document
    select(qtbot, window, (4,))
    key(qtbot, window, Qt.Key.Key_F2)
    editor = window.stack.view.viewport().findChild(QLineEdit)
    assert isinstance(editor, QLineEdit)
    qtbot.keyClicks(editor, "layer1")
    qtbot.keyClick(editor, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: block(window, 4).name == "layer1")
    choose_number(2)
    key(qtbot, window, Qt.Key.Key_R, CONTROL)
    assert block(window, 4).repeat == 2
    assert document.result.totals.macs == 118_013_952 + 4 * 115_605_504
    assert document.result.totals.params == 9_408 + 128 + 4 * (36_864 + 128)


def open_a_number(qtbot: QtBot, window: MainWindow) -> None:
    """Open a number: the formula, filled in, and its result."""
    select(qtbot, window, (4, 0))
    assert "36,864" in texts(window.inspector)
    assert "115,605,504" in texts(window.inspector)


def make_a_mistake_and_undo_it(qtbot: QtBot, window: MainWindow) -> None:
    """Make a mistake: it is said where it is, and undone."""
    document = window.document
    before = document.network
    type_over(qtbot, field(window, "kernel_size"), "0")
    assert document.result.problems[0].param == "kernel_size"
    assert document.result.problems[0].path.startswith("layer1.0.")
    key(qtbot, window, Qt.Key.Key_Z, CONTROL)
    assert document.network is before
    assert not document.result.problems


def save_and_reopen(qtbot: QtBot, windows: Windows, window: MainWindow, tmp_path: Path) -> None:
    """Save, and reopen in a window of its own."""
    document = window.document
    file = tmp_path / "stage.layers"
    choose_file(file)
    key(qtbot, window, Qt.Key.Key_S, CONTROL)
    assert not document.modified
    assert open_network(file).layers[4].name == "layer1"
    copied = tmp_path / "copied.layers"
    copied.write_bytes(file.read_bytes())
    choose_file(copied)
    key(qtbot, window, Qt.Key.Key_O, CONTROL)
    qtbot.waitUntil(lambda: len(windows.open) == 2)
    again = windows.open[1].document
    assert again.result.totals == document.result.totals
    assert again.title == "copied.layers"


def leave_with_a_csv(qtbot: QtBot, window: MainWindow, tmp_path: Path) -> None:
    """Leave with a CSV."""
    document = window.document
    report = tmp_path / "stage.csv"
    export_csv(qtbot, window, report)
    rows = list(csv.reader(report.read_text("utf-8-sig").splitlines()))
    assert len(rows) == 1 + document.result.totals.layers + 1
    assert str(document.result.totals.macs) in rows[-1]
    assert str(document.result.totals.params) in rows[-1]


def block(window: MainWindow, at: int) -> Block:
    node = window.document.network.layers[at]
    assert isinstance(node, Block)
    return node


def texts(widget: QWidget) -> str:
    """Return all text that labels and text boxes in a widget show."""
    from PySide6.QtWidgets import QLabel, QTextEdit

    labels = [label.text() for label in widget.findChildren(QLabel) if label.isVisible()]
    return "\n".join(labels + [t.toPlainText() for t in widget.findChildren(QTextEdit) if t.isVisible()])


def export_csv(qtbot: QtBot, window: MainWindow, file: Path) -> None:
    """Open the export dialog and saves with what it proposes."""

    def act(dialog: QDialog) -> None:
        choose_file(file)
        dialog.save()  # type: ignore[attr-defined]
        if dialog.isVisible():
            dialog.reject()

    answer(act)
    key(qtbot, window, Qt.Key.Key_E, CONTROL)
    qtbot.waitUntil(file.exists)


def test_copy_in_one_window_paste_in_another(qtbot: QtBot, windows: Windows, window: MainWindow) -> None:
    insert(qtbot, window, "conv 8 3", "relu")
    select(qtbot, window, (0,))
    select(qtbot, window, (1,), CONTROL)
    key(qtbot, window, Qt.Key.Key_C, CONTROL)
    other = windows.new()
    qtbot.waitExposed(other)
    other.activateWindow()
    qtbot.waitUntil(other.isActiveWindow)
    insert(qtbot, other, "relu")
    key(qtbot, other, Qt.Key.Key_V, CONTROL)
    assert [getattr(n, "type", "") for n in other.document.network.layers] == ["ReLU", "Conv2d", "ReLU"]
    assert other.document.network.layers[2].name != other.document.network.layers[0].name
    assert [other.document.undo_stack.undoText()] == ["Paste 2 layers"]


def test_closing_asks_about_unsaved_changes(qtbot: QtBot, windows: Windows, window: MainWindow) -> None:
    insert(qtbot, window, "relu")
    press(QMessageBox.StandardButton.Cancel)
    window.close()
    assert window.isVisible()
    press(QMessageBox.StandardButton.Discard)
    window.close()
    qtbot.waitUntil(lambda: window not in windows.open)


def press(button: QMessageBox.StandardButton) -> None:
    """Presses a button of the next question."""

    def act(dialog: QDialog) -> None:
        assert isinstance(dialog, QMessageBox)
        dialog.button(button).click()

    answer(act)


def test_a_file_that_cannot_be_read_is_one_sentence_and_nothing_is_lost(
    qtbot: QtBot, windows: Windows, window: MainWindow, tmp_path: Path
) -> None:
    insert(qtbot, window, "relu")
    bad = tmp_path / "bad.layers"
    bad.write_text('{"format": "layerledger", "version": 99}')
    said: list[str] = []

    def act(dialog: QDialog) -> None:
        assert isinstance(dialog, QMessageBox)
        said.append(dialog.informativeText())
        dialog.accept()

    answer(act)
    window.files.open_file(str(bad))
    assert len(said) == 1
    assert "bad.layers" in said[0]
    assert "version 99" in said[0]
    assert len(window.document.network.layers) == 1
    qtbot.waitUntil(lambda: len([w for w in windows.open if w.isVisible()]) == 1)


def test_a_file_deleted_while_open_is_noticed_and_can_be_saved_again(
    qtbot: QtBot, window: MainWindow, tmp_path: Path
) -> None:
    insert(qtbot, window, "relu")
    file = tmp_path / "here.layers"
    window.document.save(file)
    file.unlink()
    assert window.document.detect_lost_file()
    assert window.document.modified
    key(qtbot, window, Qt.Key.Key_S, CONTROL)
    assert analyze(open_network(file)).totals.layers == 1


def test_a_file_that_is_open_is_shown_and_not_opened_twice(
    qtbot: QtBot, windows: Windows, window: MainWindow, tmp_path: Path
) -> None:
    insert(qtbot, window, "relu")
    file, link = tmp_path / "here.layers", tmp_path / "link.layers"
    window.document.save(file)
    link.symlink_to(file)
    other = windows.new()
    window.showMinimized()
    assert other.files.open_file(str(link))
    assert len(windows.open) == 2
    assert other.document.untouched
    assert not window.isMinimized()

    save_network(Network(root=Block(name="", layers=(Layer(name="new", type="Tanh"),))), file)
    assert other.files.open_file(str(file)), "what another program wrote is shown, since nothing is lost"
    assert [node.name for node in window.document.network.layers] == ["new"]

    insert(qtbot, window, "sigmoid")
    save_network(Network(root=Block(name="", layers=(Layer(name="newer", type="Tanh"),))), file)
    assert other.files.open_file(str(file))
    assert [node.name for node in window.document.network.layers] == ["new", "sigmoid"]
    assert "Another program has written" in window.statusBar().currentMessage()

    file.unlink()
    assert other.files.open_file(str(file)), "a file that is gone is still in its window"
    assert len(windows.open) == 2
    assert "deleted or moved" in window.statusBar().currentMessage()
    window.document.save(file)


def test_a_file_that_is_open_elsewhere_is_not_replaced(
    qtbot: QtBot, windows: Windows, window: MainWindow, tmp_path: Path
) -> None:
    insert(qtbot, window, "relu")
    file = tmp_path / "here.layers"
    window.document.save(file)
    other = windows.new()
    other.activateWindow()
    qtbot.waitUntil(other.isActiveWindow)
    insert(qtbot, other, "sigmoid")
    assert other.document.modified
    said: list[str] = []

    def act(dialog: QDialog) -> None:
        assert isinstance(dialog, QMessageBox)
        said.append(dialog.informativeText())
        dialog.accept()

    def replace(dialog: QDialog) -> None:
        assert isinstance(dialog, QMessageBox)
        answer(act)
        dialog.button(QMessageBox.StandardButton.Yes).click()

    choose_file(file, then=replace)
    assert not other.files.save_as()
    assert said == ["here.layers is open in another window. Choose another name, or close that window first."]
    assert [node.name for node in open_network(file).layers] == ["relu"]
    assert other.document.modified


def test_dark_and_light_repaint_everything(qtbot: QtBot, window: MainWindow) -> None:
    insert(qtbot, window, "conv 8 3", "relu")
    corner = QPoint(2, window.height() - 60)
    light = window.grab().toImage().pixelColor(corner).lightness()
    window.actions_by_id["theme-dark"].trigger()
    QCoreApplication.processEvents()
    dark = window.grab().toImage().pixelColor(corner).lightness()
    window.actions_by_id["theme-light"].trigger()
    assert light > 200
    assert dark < 60


def test_every_control_has_a_name_for_assistive_technology(qtbot: QtBot, window: MainWindow) -> None:
    from PySide6.QtGui import QAccessible

    insert(qtbot, window, "conv 8 3", "relu")
    window.document.select([(0,)])
    nameless: list[str] = []
    for widget in window.findChildren(QWidget):
        takes_focus = widget.focusPolicy() != Qt.FocusPolicy.NoFocus and widget.focusProxy() is None
        if widget.isVisible() and takes_focus:
            interface = QAccessible.queryAccessibleInterface(widget)
            if interface is not None and not interface.text(QAccessible.Text.Name):
                nameless.append(f"{type(widget).__name__} {widget.objectName()}")
    assert not nameless
