"""What every test of the window gets: settings and standard paths in its own folder."""

import sys
from pathlib import Path

import pytest
from PySide6.QtCore import QSettings, QStandardPaths


@pytest.fixture(autouse=True)
def own_settings(own_folders: Path) -> None:
    """Points QSettings and QStandardPaths at the test's folders; the latter follow XDG_* on Linux only."""
    QSettings.setDefaultFormat(QSettings.Format.IniFormat)
    for form in (QSettings.Format.IniFormat, QSettings.Format.NativeFormat):
        QSettings.setPath(form, QSettings.Scope.UserScope, str(own_folders / "config"))
    QStandardPaths.setTestModeEnabled(not sys.platform.startswith("linux"))
