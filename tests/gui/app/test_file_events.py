"""A file that the desktop hands over is opened in a window."""

from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, QUrl
from PySide6.QtGui import QFileOpenEvent
from PySide6.QtWidgets import QApplication

from layerledger.gui.app.application import DESKTOP_ID, receive_files
from layerledger.gui.app.windows import Windows

ROOT = Path(__file__).parents[3]


@pytest.fixture
def windows(qapp: QApplication) -> Iterator[Windows]:
    windows = Windows()
    yield windows
    for window in windows.open:
        window.close()
    QCoreApplication.processEvents()


def test_a_file_from_the_desktop_is_opened(qapp: QApplication, windows: Windows, tmp_path: Path) -> None:
    windows.new()
    file = tmp_path / "mine.layers"
    file.write_bytes((files("layerledger.resources") / "templates/lenet5.layers").read_bytes())
    events = receive_files(qapp, windows)
    try:
        assert QApplication.sendEvent(qapp, QFileOpenEvent(QUrl.fromLocalFile(str(file))))
        QApplication.sendEvent(qapp, QEvent(QEvent.Type.User))
        assert [window.document.file for window in windows.open] == [file]
    finally:
        qapp.removeEventFilter(events)


def test_the_desktop_entry_bears_the_name_that_windows_give(qapp: QApplication) -> None:
    names = {path.name.removeprefix(DESKTOP_ID) for path in (ROOT / "packaging/linux").iterdir()}
    assert names == {".desktop", ".metainfo.xml", ".mime.xml"}
    assert f'APP_ID = "{DESKTOP_ID}"' in (ROOT / "packaging/bundling/project.py").read_text("utf-8")
