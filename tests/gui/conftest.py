"""What every test of the window gets: settings and standard paths in its own folder."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QSettings, QStandardPaths
from PySide6.QtWidgets import QApplication

sys.path.append(str(Path(__file__).parent))  # so that they find drag_events
sys.path.append(str(Path(__file__).parents[1] / "core"))  # and network_strategies


@pytest.fixture(autouse=True)
def own_settings(own_folders: Path) -> None:
    """Points QSettings and QStandardPaths at the test's folders; the latter follow XDG_* on Linux only."""
    QSettings.setDefaultFormat(QSettings.Format.IniFormat)
    for form in (QSettings.Format.IniFormat, QSettings.Format.NativeFormat):
        QSettings.setPath(form, QSettings.Scope.UserScope, str(own_folders / "config"))
    QStandardPaths.setTestModeEnabled(not sys.platform.startswith("linux"))


@pytest.fixture(scope="session", autouse=True)
def empty_clipboard() -> Iterator[None]:
    """Empty the clipboard in the end: offscreen, Qt frees what Python put there after Python is gone, and crashes."""
    yield
    if QApplication.instance() is not None:
        QApplication.clipboard().clear()
