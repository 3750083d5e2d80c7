"""The dialog after an unexpected exception, and the one that says what this is."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import suppress
from importlib.metadata import Distribution, PathDistribution
from pathlib import Path

import pytest
from PySide6.QtCore import QCoreApplication, Qt, QTimer
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication, QDialogButtonBox, QLabel, QWidget
from pytestqt.qtbot import QtBot

from layerledger.gui.app import crash_dialog as crash
from layerledger.gui.app.crash_dialog import INTERRUPTED, CrashDialog, CrashHook, install_crash_dialog
from layerledger.gui.dialogs.about import AboutDialog
from layerledger.gui.dialogs.diagnostics import dependencies, version_lines
from layerledger.gui.dialogs.licences import LicencesDialog

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def hook(qapp: QApplication, monkeypatch: pytest.MonkeyPatch) -> Iterator[CrashHook]:
    """The installed hook; pytest-qt's own is back afterwards."""
    monkeypatch.setattr(sys, "excepthook", sys.excepthook)
    install_crash_dialog()
    assert isinstance(sys.excepthook, CrashHook)
    yield sys.excepthook
    if sys.excepthook.dialog is not None:
        sys.excepthook.dialog.close()


def fail(hook: CrashHook, message: str = "the bearings are loose") -> None:
    try:
        raise RuntimeError(message)
    except RuntimeError as error:
        hook(type(error), error, error.__traceback__)


def fail_elsewhere(hook: CrashHook) -> None:
    error = ValueError("another")
    hook(ValueError, error, None)


def shown(qtbot: QtBot, hook: CrashHook) -> CrashDialog:
    qtbot.waitUntil(lambda: hook.dialog is not None and hook.dialog.isVisible())
    assert hook.dialog is not None
    return hook.dialog


def texts(widget: QWidget) -> str:
    return "\n".join(label.text() for label in widget.findChildren(QLabel))


def close(qtbot: QtBot, dialog: CrashDialog) -> None:
    box = dialog.findChild(QDialogButtonBox)
    assert box is not None
    qtbot.mouseClick(box.button(QDialogButtonBox.StandardButton.Close), LEFT)


def test_it_says_a_sentence_and_keeps_the_traceback_for_the_clipboard(
    qtbot: QtBot, hook: CrashHook, capsys: pytest.CaptureFixture[str]
) -> None:
    fail(hook)
    dialog = shown(qtbot, hook)
    assert "The network stays open; save it under another name." in texts(dialog)
    for technical in ("bearings", "RuntimeError", "Traceback", ".py"):
        assert technical not in texts(dialog)
    assert "RuntimeError: the bearings are loose" in capsys.readouterr().err
    qtbot.mouseClick(dialog.copy_button, LEFT)
    details = QGuiApplication.clipboard().text()
    for part in ("LayerLedger", "PySide6", "Python", "Traceback", "test_dialogs.py", "the bearings are loose"):
        assert part in details


def test_it_does_not_open_inside_what_failed(hook: CrashHook) -> None:
    fail(hook)
    assert hook.dialog is None


def test_there_is_never_more_than_one(qtbot: QtBot, hook: CrashHook, capsys: pytest.CaptureFixture[str]) -> None:
    fail(hook)
    fail_elsewhere(hook)
    first = shown(qtbot, hook)
    fail_elsewhere(hook)
    QCoreApplication.processEvents()
    assert hook.dialog is first
    assert len([w for w in QApplication.topLevelWidgets() if isinstance(w, CrashDialog) and w.isVisible()]) == 1
    assert capsys.readouterr().err.count("ValueError: another") == 2


def test_the_next_one_opens_it_again(qtbot: QtBot, hook: CrashHook) -> None:
    fail(hook)
    close(qtbot, shown(qtbot, hook))
    assert hook.dialog is None
    fail_elsewhere(hook)
    shown(qtbot, hook)


def test_what_fails_at_every_painting_does_not_lock_the_window(
    qtbot: QtBot, hook: CrashHook, monkeypatch: pytest.MonkeyPatch
) -> None:
    fail(hook)
    close(qtbot, shown(qtbot, hook))
    fail(hook)
    QCoreApplication.processEvents()
    assert hook.dialog is None
    monkeypatch.setattr(crash, "_CALM_S", 0.0)
    fail(hook)
    shown(qtbot, hook)


def test_a_failure_while_it_opens_is_not_the_end(
    qtbot: QtBot, hook: CrashHook, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(details: str, parent: QWidget | None) -> CrashDialog:
        raise MemoryError

    with monkeypatch.context() as patch:
        patch.setattr(crash, "CrashDialog", broken)
        patch.setattr(sys, "excepthook", lambda *_: None)
        fail(hook)
        with qtbot.captureExceptions(), suppress(MemoryError):  # before 6.11, PySide6 raises it here, too
            QCoreApplication.processEvents()
    assert hook.dialog is None
    fail_elsewhere(hook)
    shown(qtbot, hook)


def test_ctrl_c_ends_the_program_and_shows_nothing(
    qtbot: QtBot, hook: CrashHook, qapp: QApplication, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupt() -> None:
        error = KeyboardInterrupt()
        hook(KeyboardInterrupt, error, None)

    QTimer.singleShot(0, interrupt)
    assert qapp.exec() == INTERRUPTED
    assert hook.dialog is None
    assert "KeyboardInterrupt" in capsys.readouterr().err


def test_an_exception_of_a_slot_gets_there(qtbot: QtBot, hook: CrashHook) -> None:
    def slot() -> None:
        raise LookupError("of a slot")

    with qtbot.captureExceptions():  # a stand-in for the event loop, whose hook is pytest-qt's
        sys.excepthook = hook
        QTimer.singleShot(0, slot)
        shown(qtbot, hook)


# -- about


def test_about_names_versions_and_licences(qtbot: QtBot, qapp: QApplication) -> None:
    dialog = AboutDialog()
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, False)
    qtbot.addWidget(dialog)
    with qtbot.waitExposed(dialog):
        dialog.show()
    words = texts(dialog)
    assert "MIT licence" in words
    for part in dependencies():
        assert part.version
        assert part.name in words
        assert part.version in words
        assert part.licence in words
    pictures = [label.pixmap() for label in dialog.findChildren(QLabel) if not label.pixmap().isNull()]
    assert pictures[0].deviceIndependentSize().width() == 64
    qtbot.mouseClick(dialog.copy_button, LEFT)
    assert "pyqtgraph" in QGuiApplication.clipboard().text()
    qtbot.keyClick(dialog, Qt.Key.Key_Escape)
    assert not dialog.isVisible()


def test_about_opens_the_licences_of_everything_in_full(qtbot: QtBot) -> None:
    about = AboutDialog()
    about.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, False)
    qtbot.addWidget(about)
    about.show()
    qtbot.mouseClick(about.licences_button, LEFT)
    dialog = about.findChild(LicencesDialog)
    assert dialog is not None
    assert dialog.isVisible()
    seen: dict[str, str] = {}
    for row in range(dialog.list.count()):
        dialog.list.setCurrentRow(row)
        seen[dialog.components[row].name] = dialog.text.toPlainText()
    assert next(iter(seen)) == "layerledger"
    assert "SIL OPEN FONT LICENSE" in seen["layerledger"]
    assert "GNU LESSER GENERAL PUBLIC LICENSE" in seen["PySide6_Essentials"]
    assert "OpenBLAS" in seen["numpy"]
    assert "PYTHON SOFTWARE FOUNDATION" in seen["Python"]
    qtbot.keyClick(dialog, Qt.Key.Key_Escape)
    assert about.isVisible()


def test_a_part_without_metadata_has_no_version_and_is_listed_all_the_same(
    qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = tmp_path / "numpy-2.dist-info"
    place.mkdir()
    (place / "METADATA").write_text("Summary: what a broken installation has left\n", "utf-8")
    found = Distribution.from_name
    left = PathDistribution(place)
    monkeypatch.setattr(Distribution, "from_name", lambda name: left if name == "numpy" else found(name))
    assert any(part.name == "NumPy" and part.version == "" for part in dependencies())
    assert "None" not in "".join(version_lines())
    dialog = LicencesDialog()
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, False)
    qtbot.addWidget(dialog)
    row = next(i for i, part in enumerate(dialog.components) if part.name == "numpy")
    dialog.list.setCurrentRow(row)
    assert dialog.summary.text() == "numpy: no licence stated"
