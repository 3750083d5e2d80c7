"""Foreign files in the window: open, drop, cancel, notes, open sizes, undo, save beside, and open again."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from threading import Event

import pytest
from PySide6.QtCore import QMimeData, QPointF, Qt, QTimer, QUrl
from PySide6.QtGui import QDropEvent
from PySide6.QtWidgets import QApplication, QFileDialog, QMessageBox
from pytestqt.qtbot import QtBot

from layerledger.core.formats import registry
from layerledger.core.formats.importing.notes import Imported, ImportNote, imported_of
from layerledger.core.formats.importing.options import ImportOptions
from layerledger.core.formats.network_format import NetworkFormat
from layerledger.core.library.templates.templates import load_template
from layerledger.core.network.nodes import Network
from layerledger.gui.document import commands, recent_files
from layerledger.gui.document.document import Document
from layerledger.gui.document.reading_dialog import ReadingDialog
from layerledger.gui.window.main_window import MainWindow

CONFIG = {
    "model_type": "llama",
    "architectures": ["LlamaForCausalLM"],
    "hidden_size": 64,
    "intermediate_size": 128,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "vocab_size": 100,
    "transformers_version": "4.44.0",
}
"""A small network with one open size, tokens."""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    folder = tmp_path / "tiny"
    folder.mkdir()
    path = folder / "config.json"
    path.write_text(json.dumps(CONFIG))
    return path


@pytest.fixture
def window(qtbot: QtBot) -> MainWindow:
    return shown(qtbot)


def shown(qtbot: QtBot) -> MainWindow:
    window = MainWindow(Document(), lambda: shown(qtbot))
    # Without changes, it closes without a question.
    qtbot.addWidget(window, before_close_func=lambda _: window.document.replace(Network()))
    window.show()
    return window


def tokens(window: MainWindow) -> int:
    return window.document.network.inputs[0].shape[1]


def type_size(qtbot: QtBot, window: MainWindow, text: str) -> None:
    field = window.notes.fields.fields[0]
    field.selectAll()
    qtbot.keyClicks(field, text)
    qtbot.keyClick(field, Qt.Key.Key_Return)


def answer_messages(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Close each message box at once, and return the list of their texts."""
    said: list[str] = []

    def read(box: QMessageBox) -> int:
        said.append(box.informativeText())
        return 0

    monkeypatch.setattr(QMessageBox, "exec", read)
    return said


def save_as(monkeypatch: pytest.MonkeyPatch, chosen: Callable[[str], str]) -> list[str]:
    """Answer the save dialog, and return the list of the proposed files."""
    proposed: list[str] = []

    def ask(parent: object, title: str, start: str, kinds: str) -> tuple[str, str]:
        proposed.append(start)
        return chosen(start), kinds

    monkeypatch.setattr(QFileDialog, "getSaveFileName", ask)
    return proposed


# -- opening


def test_a_foreign_file_opens_with_its_notes_and_is_no_file_of_the_document(window: MainWindow, file: Path) -> None:
    before = file.read_bytes()
    assert not window.notes.is_on
    assert window.files.open_file(str(file))
    document = window.document
    assert (document.file, document.origin.source, document.modified) == (None, file, False)
    assert window.windowTitle().startswith("config.json")
    assert window.notes.isVisible()
    assert "Weights were not read." in window.notes.heading.text()
    assert [field.text() for field in window.notes.fields.fields] == ["128"]
    assert file.read_bytes() == before


def test_a_dropped_file_opens(window: MainWindow, file: Path) -> None:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(file))])
    buttons, keys = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    window.dropEvent(QDropEvent(QPointF(300, 300), Qt.DropAction.MoveAction, data, buttons, keys))
    assert window.notes.is_on
    assert file.exists()


def test_recent_files_list_foreign_files(window: MainWindow, file: Path) -> None:
    window.files.open_file(str(file))
    assert recent_files.files() == [file]


def test_another_network_has_no_sheet(window: MainWindow, file: Path) -> None:
    window.files.open_file(str(file))
    window.document.replace(Network(name="other"))
    assert not window.notes.is_on
    assert not window.actions_by_id["import-notes"].isEnabled()


# -- progress and cancel


@pytest.fixture
def slow(monkeypatch: pytest.MonkeyPatch) -> Event:
    """Adds a format whose reader goes on until the event is set, or it is cancelled."""
    go = Event()

    def read(path: Path, options: ImportOptions) -> Network:
        step = 0
        while not go.wait(0.01):
            step += 1
            options.progress(f"step {step}")
        return Network(name="slow")

    made = NetworkFormat(
        id="slow", title="Slow", suffixes=(".slow",), recognizes=lambda s: s.text == b"slow", read=read
    )
    monkeypatch.setattr(registry, "FORMATS", (*registry.FORMATS, made))
    return go


def in_dialog(act: Callable[[ReadingDialog], object]) -> None:
    """Call `act` once the dialog of a reading is open and has shown a step."""

    def look() -> None:
        found = QApplication.activeModalWidget()
        if isinstance(found, ReadingDialog) and found.step.text():
            act(found)
        else:
            QTimer.singleShot(20, look)

    QTimer.singleShot(0, look)


def test_a_long_reading_shows_its_steps_and_ends(window: MainWindow, slow: Event, tmp_path: Path) -> None:
    file = tmp_path / "a.slow"
    file.write_text("slow")
    seen: list[str] = []

    def look(dialog: ReadingDialog) -> None:
        seen.extend((dialog.text.text(), dialog.step.text()))
        slow.set()

    in_dialog(look)
    assert window.files.open_file(str(file))
    assert seen[0] == "Reading a.slow …"
    assert seen[1].startswith("step")
    assert window.document.network.name == "slow"


def test_a_cancelled_reading_changes_nothing(window: MainWindow, slow: Event, tmp_path: Path, file: Path) -> None:
    window.files.open_file(str(file))
    before = window.document.network
    other = tmp_path / "a.slow"
    other.write_text("slow")
    in_dialog(lambda dialog: dialog.reject())
    assert not window.files.open_file(str(other))
    assert window.document.network is before
    assert window.document.origin.source == file


# -- open sizes


def test_a_size_reads_the_file_again_as_one_step(qtbot: QtBot, window: MainWindow, file: Path) -> None:
    window.files.open_file(str(file))
    macs = window.document.result.totals.macs
    type_size(qtbot, window, "4k")
    assert tokens(window) == 4096
    assert window.notes.fields.fields[0].text() == "4096"
    assert window.document.undo_stack.undoText() == "Set tokens to 4,096"
    assert window.document.result.totals.macs > macs
    window.document.undo()
    assert (tokens(window), window.document.result.totals.macs) == (128, macs)
    assert window.notes.fields.fields[0].text() == "128"
    window.document.redo()
    type_size(qtbot, window, "64")
    assert tokens(window) == 64
    assert window.document.undo_stack.count() == 2


@pytest.mark.parametrize("why", ["edited", "deleted", "written", "saved"])
def test_a_size_sets_the_inputs_where_the_file_is_not_read_again(
    qtbot: QtBot, window: MainWindow, file: Path, why: str
) -> None:
    said: list[str] = []
    window.document.said.connect(said.append)
    window.files.open_file(str(file))
    if why == "edited":
        commands.rename_network(window.document, "mine")
    elif why == "deleted":
        file.unlink()
    elif why == "written":
        file.write_text(json.dumps(CONFIG | {"vocab_size": 20_000}))
    else:
        saved = file.with_name("tiny.layers")
        window.document.save(saved)
        window.document.open(saved)
        window.notes.show_notes()
    type_size(qtbot, window, "32")
    assert tokens(window) == 32
    assert said[-1].startswith("config.json was not read again")
    found = imported_of(window.document.network)
    assert found
    assert [(each.name, each.value) for each in found.sizes] == [("tokens", 32)]
    assert (window.document.network.name == "mine") == (why == "edited")


@pytest.mark.parametrize("text", ["0", "-3", "many", "1.5", ""])
def test_what_is_no_size_is_refused(qtbot: QtBot, window: MainWindow, file: Path, text: str) -> None:
    said: list[str] = []
    window.document.editRejected.connect(said.append)
    window.files.open_file(str(file))
    field = window.notes.fields.fields[0]
    field.selectAll()
    qtbot.keyClick(field, Qt.Key.Key_Delete)
    qtbot.keyClicks(field, text)
    qtbot.keyClick(field, Qt.Key.Key_Return)
    assert tokens(window) == 128
    assert said[-1].startswith("tokens must be a number of at least 1")
    qtbot.keyClick(field, Qt.Key.Key_Escape)
    assert field.text() == "128"


# -- the sheet


def test_the_sheet_closes_and_comes_back(window: MainWindow, file: Path) -> None:
    window.files.open_file(str(file))
    action = window.actions_by_id["import-notes"]
    assert action.isChecked()
    window.notes.close_button.click()
    assert not window.notes.is_on
    assert not action.isChecked()
    window.status_bar.notesRequested.emit()
    assert window.notes.is_on
    action.trigger()
    assert not window.notes.is_on
    assert "note" in window.status_bar.problems.text()


def test_the_sheet_leaves_room_for_the_stack(qtbot: QtBot, window: MainWindow, tmp_path: Path) -> None:
    notes = tuple(ImportNote("not counted", f"{i} operators of one kind are not counted.") for i in range(60))
    network = replace(load_template("resnet18"), imported=Imported("a.onnx", "ONNX model", notes=notes).stored())
    window.resize(1024, 640)
    window.document.replace(network)
    window.notes.show_notes()
    qtbot.waitUntil(lambda: window.notes.height() <= window.stack.height() // 3 + 1)
    assert window.stack.view.height() > window.notes.height()
    assert window.notes.area.verticalScrollBar().maximum() > 0


def test_links_select_layers(window: MainWindow, tmp_path: Path) -> None:
    network = load_template("resnet18")
    names = [node.name for node in network.layers[:6]]
    note = ImportNote("not counted", "6 operators are not counted.", (*names, "gone"))
    window.document.replace(replace(network, imported=Imported("a.onnx", "ONNX model", notes=(note,)).stored()))
    line = window.notes.lines["not counted"]
    line.linkActivated.emit("0:1")
    assert window.document.selection == ((1,),)
    line.linkActivated.emit("0:all")
    assert window.document.selection == tuple((i,) for i in range(6))
    said: list[str] = []
    window.document.editRejected.connect(said.append)
    line.linkActivated.emit("0:6")
    assert said == ["gone is no longer in the network"]


# -- saving


def test_save_proposes_a_file_beside_and_keeps_the_notes(
    window: MainWindow, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = file.read_bytes()
    window.files.open_file(str(file))
    proposed = save_as(monkeypatch, lambda start: start)
    assert window.files.save()
    assert proposed == [str(file.with_name(f"{window.document.network.name}.layers"))]
    saved = window.document.file
    assert saved
    assert window.notes.is_on
    window.document.open(saved)
    assert not window.notes.is_on
    assert window.notes.has_notes
    window.notes.show_notes()
    assert "config.json" in window.notes.heading.text()
    assert file.read_bytes() == before


@pytest.mark.parametrize("name", ["config.json", "new.onnx", "other.gguf"])
def test_a_network_is_never_written_over_a_foreign_name(
    window: MainWindow, file: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    before = file.read_bytes()
    window.files.open_file(str(file))
    save_as(monkeypatch, lambda start: str(file.with_name(name)))
    said = answer_messages(monkeypatch)
    assert not window.files.save()
    assert "never written" in said[0]
    assert file.read_bytes() == before
    assert not file.with_name("new.onnx").exists()
    assert window.document.file is None
