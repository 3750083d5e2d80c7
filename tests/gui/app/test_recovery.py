"""Unsaved work on real windows: a copy appears, goes when it is not needed, and is offered by the next start."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QCoreApplication, Qt, QTimer
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication, QCheckBox, QDialog, QFileDialog, QLabel, QLineEdit, QMessageBox, QPushButton
from pytestqt.qtbot import QtBot

from layerledger.core import Block, Layer, Network, open_network, save_network
from layerledger.core.app.recovery.record import RecoveryRecord, decode, encode
from layerledger.core.app.recovery.store import Found, Leftovers, Session
from layerledger.core.formats import FormatError, native
from layerledger.gui.app.application import save_at_the_end
from layerledger.gui.app.crash_dialog import CrashHook
from layerledger.gui.app.recovery import Recovery, recovery_folder
from layerledger.gui.app.recovery_strip import RecoveryStrip
from layerledger.gui.app.windows import Windows
from layerledger.gui.dialogs.diagnostics import diagnostic_lines
from layerledger.gui.document import commands
from layerledger.gui.document.document import Document
from layerledger.gui.document.state_folder import state_folder
from layerledger.gui.theme import theme
from layerledger.gui.window.main_window import MainWindow

LEFT, Key = Qt.MouseButton.LeftButton, Qt.Key
NEVER_S = 1_000.0


class Run:
    """The program from a start to its end; several can be at once, as if each were a process."""

    def __init__(self, *, quiet_s: float = 0.0) -> None:
        self.recovery = Recovery(recovery_folder(), quiet_s=quiet_s)
        self.windows = Windows(self.recovery)
        self.first = self.windows.new()

    def offer(self) -> RecoveryStrip:
        strip = self.windows.offer_leftovers()
        assert strip is not None
        QCoreApplication.processEvents()
        assert strip.isVisible()
        return strip

    def crash(self) -> None:
        """End as a killed process: what is written is there, what is open is gone."""
        assert self.recovery._writer.flush(timeout_s=10)
        self.recovery.close()
        self.end()

    def end(self) -> None:
        self.recovery.close()
        for window in list(self.windows.open):
            window.document.replace(Network())
            window.close()
        QCoreApplication.processEvents()


@pytest.fixture
def start(qapp: QApplication) -> Iterator[Callable[..., Run]]:
    QCoreApplication.setAttribute(Qt.ApplicationAttribute.AA_DontUseNativeDialogs)
    qapp.setOrganizationName("LayerLedger")
    qapp.setApplicationName("LayerLedger")
    theme.apply(qapp, theme.LIGHT)
    runs: list[Run] = []

    def make(**options: float) -> Run:
        runs.append(Run(**options))
        return runs[-1]

    yield make
    for run in runs:
        run.end()


@pytest.fixture
def run(start: Callable[..., Run]) -> Run:
    return start()


def edit(document: Document, name: str = "fc") -> None:
    commands.insert(document, [Layer(name=name, type="Linear", params={"out_features": 10})])


def copies() -> list[Found]:
    """What is on the disk at this moment, whoever keeps it."""
    files = sorted(recovery_folder().glob("*/*.recovery"))
    return [Found(file, decode(file.read_bytes())) for file in files if file.parent.name != "broken"]


def text(network: Network) -> str:
    return native.write(network)


def wait_for_copies(qtbot: QtBot, *documents: Document) -> None:
    """Wait until there is a copy of just these documents, as they are."""
    wanted = sorted(text(document.network) for document in documents)

    def there() -> bool:
        try:
            return sorted(text(found.read()) for found in copies()) == wanted
        except (OSError, FormatError):  # one was deleted meanwhile
            return False

    qtbot.waitUntil(there)


def answer(act: Callable[[QDialog], None]) -> None:
    """Acts on the next modal dialog once it is open."""

    def when_open() -> None:
        dialog = QApplication.activeModalWidget()
        if isinstance(dialog, QDialog) and dialog.isVisible():
            act(dialog)
        else:
            QTimer.singleShot(10, when_open)

    QTimer.singleShot(0, when_open)


def press(words: str) -> None:
    """Presses a button of the next message."""

    def act(dialog: QDialog) -> None:
        assert isinstance(dialog, QMessageBox)
        buttons = [b for b in dialog.findChildren(QPushButton) if b.text().replace("&", "").startswith(words)]
        assert len(buttons) == 1, [b.text() for b in dialog.findChildren(QPushButton)]
        buttons[0].click()

    answer(act)


# -- a copy is kept while there is something to lose


def test_an_edit_is_copied_with_all_that_is_needed(qtbot: QtBot, run: Run, tmp_path: Path) -> None:
    save_network(Network(name="mine"), tmp_path / "mine.layers")
    document = run.first.document
    run.first.files.open_file(str(tmp_path / "mine.layers"))
    assert copies() == []
    edit(document)
    wait_for_copies(qtbot, document)
    record = copies()[0].record
    assert (record.name, record.file, record.pid) == ("mine.layers", str(tmp_path / "mine.layers"), os.getpid())
    assert record.stamp == document.origin.stamp
    assert state_folder() in copies()[0].file.parents


def test_the_copy_follows_each_edit(qtbot: QtBot, run: Run) -> None:
    for name in ("one", "two", "three"):
        edit(run.first.document, name)
        wait_for_copies(qtbot, run.first.document)


def test_without_edits_nothing_is_written_at_all(run: Run) -> None:
    run.first.files.start(Network(name="a template"))
    run.recovery.save_and_wait()
    assert not state_folder().exists()


def test_saving_deletes_it(qtbot: QtBot, run: Run, tmp_path: Path) -> None:
    edit(run.first.document)
    wait_for_copies(qtbot, run.first.document)
    run.first.document.save(tmp_path / "saved.layers")
    wait_for_copies(qtbot)


def test_undoing_all_deletes_it_and_redoing_brings_it_back(qtbot: QtBot, run: Run) -> None:
    document = run.first.document
    edit(document)
    wait_for_copies(qtbot, document)
    document.undo()
    wait_for_copies(qtbot)
    document.redo()
    wait_for_copies(qtbot, document)


def test_closing_without_saving_deletes_it(qtbot: QtBot, run: Run) -> None:
    other = run.windows.new()
    for window in (run.first, other):
        edit(window.document, window.document.network.name)
    wait_for_copies(qtbot, run.first.document, other.document)
    press("Cancel")
    assert not run.first.close()
    wait_for_copies(qtbot, run.first.document, other.document)
    press("Don't Save" if sys.platform == "darwin" else "Discard")
    assert run.first.close()
    wait_for_copies(qtbot, other.document)


def test_a_network_whose_file_is_deleted_is_copied(qtbot: QtBot, run: Run, tmp_path: Path) -> None:
    document = run.first.document
    document.save(tmp_path / "gone.layers")
    (tmp_path / "gone.layers").unlink()
    assert document.detect_lost_file()
    wait_for_copies(qtbot, document)


def test_a_folder_that_cannot_be_written_to_is_told_once_and_editing_goes_on(qtbot: QtBot, run: Run) -> None:
    state_folder().parent.mkdir(parents=True)
    state_folder().write_text("in the way")
    document, said = run.first.document, list[str]()
    document.editRejected.connect(said.append)
    for name in ("one", "two"):
        edit(document, name)
        run.recovery.save_and_wait()
        QCoreApplication.processEvents()
    assert len(said) == 1
    assert "cannot be written to" in said[0]
    state_folder().unlink()
    edit(document)
    wait_for_copies(qtbot, document)


# -- whatever ends the program


def test_an_exception_has_it_copied_at_once(
    qtbot: QtBot, start: Callable[..., Run], capsys: pytest.CaptureFixture[str]
) -> None:
    run = start(quiet_s=NEVER_S)
    hook = CrashHook(run.recovery.save_now)
    edit(run.first.document)
    error = RuntimeError("in a thread")
    thread = threading.Thread(target=hook, args=(RuntimeError, error, None))
    thread.start()
    thread.join()
    wait_for_copies(qtbot, run.first.document)
    qtbot.waitUntil(lambda: hook.dialog is not None)
    assert hook.dialog is not None
    hook.dialog.close()
    assert "in a thread" in capsys.readouterr().err


def test_the_dialog_opens_even_if_the_copy_fails(qtbot: QtBot, capsys: pytest.CaptureFixture[str]) -> None:
    def save() -> None:
        raise LookupError("of the copy")

    hook = CrashHook(save)
    with pytest.raises(LookupError):
        hook(RuntimeError, RuntimeError("first"), None)
    qtbot.waitUntil(lambda: hook.dialog is not None)
    assert hook.dialog is not None
    hook.dialog.close()
    assert "first" in capsys.readouterr().err


@pytest.mark.parametrize("ending", ["session", "quit"])
def test_the_end_of_the_session_has_it_copied_before_it_goes_on(
    qapp: QApplication, start: Callable[..., Run], monkeypatch: pytest.MonkeyPatch, ending: str
) -> None:
    run = start(quiet_s=NEVER_S)
    monkeypatch.setattr(sys, "excepthook", sys.excepthook)
    signals = save_at_the_end(qapp, run.recovery)
    edit(run.first.document)
    if ending == "session":
        qapp.commitDataRequest.emit(None)
    else:
        qapp.aboutToQuit.emit()
    assert [text(found.read()) for found in copies()] == [text(run.first.document.network)]
    signals.stop()
    qapp.commitDataRequest.disconnect(run.recovery.save_and_wait)
    qapp.aboutToQuit.disconnect(run.recovery.save_and_wait)


# -- the next start


def two_left(qtbot: QtBot, start: Callable[..., Run], folder: Path) -> list[str]:
    """Leaves a network with a file and one without; returns their texts."""
    run = start()
    save_network(Network(name="filed"), folder / "filed.layers")
    run.first.files.open_file(str(folder / "filed.layers"))
    edit(run.first.document, "changed")
    other = run.windows.new()
    edit(other.document, "new")
    wait_for_copies(qtbot, run.first.document, other.document)
    texts = [text(run.first.document.network), text(other.document.network)]
    run.crash()
    return texts


def rows(strip: RecoveryStrip) -> list[QCheckBox]:
    return [box for box in strip.findChildren(QCheckBox) if box.isVisible()]


def test_after_a_good_end_nothing_is_offered(run: Run, start: Callable[..., Run]) -> None:
    edit(run.first.document)
    run.first.document.undo()
    run.end()
    assert start().windows.offer_leftovers() is None
    assert not list(recovery_folder().glob("*"))


def test_it_names_each_network_its_folder_and_time(qtbot: QtBot, start: Callable[..., Run], tmp_path: Path) -> None:
    two_left(qtbot, start, tmp_path)
    strip = start().offer()
    assert strip.heading.text() == "LayerLedger was closed unexpectedly. 2 networks have unsaved changes:"
    assert strip.accessibleName() == strip.heading.text()
    assert {box.text() for box in rows(strip)} == {"filed.layers", "untitled"}
    words = {label.text() for label in strip.findChildren(QLabel)}
    assert {str(tmp_path), "never saved"} <= words
    assert any(str(tmp_path) in box.accessibleDescription() for box in rows(strip))
    assert strip.restore.hasFocus() or not strip.window().isActiveWindow()


def test_enter_restores_each_in_a_window_of_its_own(qtbot: QtBot, start: Callable[..., Run], tmp_path: Path) -> None:
    texts = two_left(qtbot, start, tmp_path)
    run = start()
    strip = run.offer()
    strip.restore.setFocus()
    qtbot.keyClick(strip.restore, Key.Key_Return)
    assert not strip.isVisible()
    assert len(run.windows.open) == 2
    documents = [window.document for window in run.windows.open]
    assert sorted(text(document.network) for document in documents) == sorted(texts)
    assert {document.file for document in documents} == {tmp_path / "filed.layers", None}
    for window in run.windows.open:
        assert window.document.modified
        assert window.isWindowModified()
        assert window.centre.currentWidget() is window.stack
    wait_for_copies(qtbot, *documents)  # new ones, in the place of the old
    qtbot.waitUntil(lambda: len(list(recovery_folder().iterdir())) == 1)


def test_what_is_restored_survives_the_next_crash_and_is_saved_to_its_file(
    qtbot: QtBot, start: Callable[..., Run], tmp_path: Path
) -> None:
    two_left(qtbot, start, tmp_path)
    run = start()
    qtbot.mouseClick(run.offer().restore, LEFT)
    run.crash()
    run = start()
    qtbot.mouseClick(run.offer().restore, LEFT)
    filed = next(window for window in run.windows.open if window.document.file)
    assert filed.files.save()
    assert not filed.document.modified
    assert text(open_network(tmp_path / "filed.layers")) == text(filed.document.network)
    wait_for_copies(qtbot, *(window.document for window in run.windows.open if window.document.modified))


def test_undoing_what_was_done_since_does_not_lose_what_was_restored(
    qtbot: QtBot, start: Callable[..., Run], tmp_path: Path
) -> None:
    two_left(qtbot, start, tmp_path)
    run = start()
    qtbot.mouseClick(run.offer().restore, LEFT)
    document = run.first.document
    edit(document, "after")
    document.undo()
    assert document.modified
    wait_for_copies(qtbot, *(window.document for window in run.windows.open))


def test_only_what_is_ticked_is_restored_and_the_rest_waits(
    qtbot: QtBot, start: Callable[..., Run], tmp_path: Path
) -> None:
    two_left(qtbot, start, tmp_path)
    run = start()
    strip = run.offer()
    for box in rows(strip):
        qtbot.keyClick(box, Key.Key_Space)
    assert not strip.restore.isEnabled()
    assert not strip.discard.isEnabled()
    box = next(box for box in rows(strip) if box.text() == "filed.layers")
    qtbot.keyClick(box, Key.Key_Space)
    qtbot.mouseClick(strip.restore, LEFT)
    assert [window.document.title for window in run.windows.open] == ["filed.layers"]
    assert strip.isVisible()
    assert strip.heading.text() == "LayerLedger was closed unexpectedly. 1 network has unsaved changes:"
    assert [box.text() for box in rows(strip)] == ["untitled"]


def test_discarding_asks_first(qtbot: QtBot, start: Callable[..., Run], tmp_path: Path) -> None:
    two_left(qtbot, start, tmp_path)
    strip = start().offer()
    press("Cancel")
    qtbot.mouseClick(strip.discard, LEFT)
    assert strip.isVisible()
    assert len(copies()) == 2
    press("Don't Save" if sys.platform == "darwin" else "Discard")
    qtbot.mouseClick(strip.discard, LEFT)
    assert not strip.isVisible()
    assert not list(recovery_folder().iterdir())


@pytest.mark.parametrize("by_key", [True, False])
def test_what_is_decided_later_is_offered_again(
    qtbot: QtBot, start: Callable[..., Run], tmp_path: Path, by_key: bool
) -> None:
    two_left(qtbot, start, tmp_path)
    run = start()
    strip = run.offer()
    if by_key:
        qtbot.keyClick(strip.restore, Key.Key_Escape)
    else:
        qtbot.mouseClick(strip.later, LEFT)
    assert not strip.isVisible()
    assert start().windows.offer_leftovers() is None  # the first start still has it
    run.end()
    assert len(rows(start().offer())) == 2


def test_a_running_program_keeps_its_own(qtbot: QtBot, run: Run, start: Callable[..., Run]) -> None:
    edit(run.first.document)
    wait_for_copies(qtbot, run.first.document)
    assert start().windows.offer_leftovers() is None
    wait_for_copies(qtbot, run.first.document)


def test_files_of_the_command_line_are_not_overwritten(qtbot: QtBot, start: Callable[..., Run], tmp_path: Path) -> None:
    two_left(qtbot, start, tmp_path)
    save_network(Network(name="asked for"), tmp_path / "asked.layers")
    run = start()
    run.first.files.open_file(str(tmp_path / "asked.layers"))
    qtbot.mouseClick(run.offer().restore, LEFT)
    assert len(run.windows.open) == 3
    assert run.first.document.title == "asked.layers"
    assert not run.first.document.modified


# -- what cannot be read


def leave(content: bytes, number: int = 5) -> Path:
    session = Session(recovery_folder())
    session.file(number).write_bytes(content)
    session._lock.release(delete=False)
    return session.file(number)


def test_a_broken_copy_is_named_kept_and_stops_nothing(qtbot: QtBot, start: Callable[..., Run]) -> None:
    leave(b"\0 no record")
    run = start()
    strip = run.offer()
    assert "cannot be read" in strip.kept_aside.text()
    kept = next((recovery_folder() / "broken").iterdir())
    assert str(kept) in strip.kept_aside.text()
    assert not strip.restore.isVisible()
    qtbot.keyClick(strip.later, Key.Key_Return)
    assert not strip.isVisible()
    run.end()
    assert start().windows.offer_leftovers() is None
    assert kept.read_bytes() == b"\0 no record"


def test_one_that_turns_out_to_be_unreadable_opens_nothing(qtbot: QtBot, start: Callable[..., Run]) -> None:
    file = leave(encode(RecoveryRecord("gone.layers", None, None, 0.0, 1), Network()))
    run = start()
    strip = run.offer()
    file.unlink()  # such as by a cleaner of the disk
    qtbot.mouseClick(strip.restore, LEFT)
    assert len(run.windows.open) == 1
    assert run.first.document.untouched
    assert "there is no such file" in strip.kept_aside.text()


# -- a file that changed on the disk


@pytest.fixture
def changed(qtbot: QtBot, start: Callable[..., Run], tmp_path: Path) -> MainWindow:
    """A window with a restored network whose file another program wrote since."""
    two_left(qtbot, start, tmp_path)
    save_network(Network(name="of another program"), tmp_path / "filed.layers")
    run = start()
    qtbot.mouseClick(run.offer().restore, LEFT)
    return next(window for window in run.windows.open if window.document.file)


def test_it_says_so(changed: MainWindow) -> None:
    assert "Another program has written" in changed.statusBar().currentMessage()


def test_it_is_not_replaced_unless_that_is_wanted(changed: MainWindow, tmp_path: Path) -> None:
    press("Cancel")
    assert not changed.files.save()
    assert open_network(tmp_path / "filed.layers").name == "of another program"
    press("Replace")
    assert changed.files.save()
    assert text(open_network(tmp_path / "filed.layers")) == text(changed.document.network)
    edit(changed.document)
    assert changed.files.save()  # no question


def test_it_can_be_saved_beside_it(changed: MainWindow, tmp_path: Path) -> None:
    def choose(dialog: QDialog) -> None:
        assert isinstance(dialog, QFileDialog)
        name = dialog.findChild(QLineEdit, "fileNameEdit")
        assert isinstance(name, QLineEdit)
        name.setText(str(tmp_path / "both.layers"))
        dialog.accept()

    def save_as(dialog: QDialog) -> None:
        assert isinstance(dialog, QMessageBox)
        assert "Another program has written" in dialog.text()
        answer(choose)
        default = next(b for b in dialog.findChildren(QPushButton) if b.isDefault())
        assert default.text() == "Save &as…"
        default.click()

    answer(save_as)
    assert changed.files.save()
    assert open_network(tmp_path / "filed.layers").name == "of another program"
    assert open_network(tmp_path / "both.layers").layers
    assert changed.document.title == "both.layers"


def test_an_opened_file_that_changes_is_noticed_too(run: Run, tmp_path: Path) -> None:
    save_network(Network(name="mine"), tmp_path / "mine.layers")
    run.first.files.open_file(str(tmp_path / "mine.layers"))
    edit(run.first.document)
    assert run.first.files.save()
    assert not run.first.document.origin.changed
    save_network(Network(name="another's", root=Block(name="")), tmp_path / "mine.layers")
    assert run.first.document.origin.changed
    (tmp_path / "mine.layers").unlink()
    assert not run.first.document.origin.changed
    assert run.first.files.save()


# -- who never touches it


@pytest.mark.parametrize("call", ["report", "screenshot"])
def test_without_a_window_nothing_is_read_or_written(qtbot: QtBot, tmp_path: Path, call: str) -> None:
    broken = leave(b"broken")
    before = sorted(recovery_folder().rglob("*"))
    save_network(Network(), tmp_path / "x.layers")
    arguments = ["report", "x.layers"] if call == "report" else ["x.layers", "--screenshot", "x.png"]
    code = "import sys; from layerledger.core.app.cli import main; sys.exit(main(sys.argv[1:]))"
    done = subprocess.run([sys.executable, "-c", code, *arguments], cwd=tmp_path, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr
    assert sorted(recovery_folder().rglob("*")) == before
    assert broken.read_bytes() == b"broken"
    assert not Leftovers(recovery_folder()).records


# -- diagnostics


def test_diagnostics_say_what_a_report_needs_and_no_more(qapp: QApplication, own_folders: Path) -> None:
    theme.apply(qapp, theme.DARK)
    lines = "\n".join(diagnostic_lines())
    for part in ("LayerLedger", "Python 3.", "Qt 6.", "PySide6", "pyqtgraph", "NumPy", "Theme: dark", "Locale: "):
        assert part in lines
    assert f"Qt platform: {QGuiApplication.platformName()}" in lines
    assert f" at {QGuiApplication.primaryScreen().devicePixelRatio():g}, " in lines
    assert f"State: {state_folder()}" in lines
    paths = [line for line in diagnostic_lines() if str(own_folders) in line]
    assert [line.split(":")[0] for line in paths] == ["Settings", "State"]
