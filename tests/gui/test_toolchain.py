"""The installed Qt binding must survive ordinary use, and the tests must not touch the user's settings."""

from pathlib import Path

import pytest
from PySide6.QtCore import QObject, QSettings, QStandardPaths, qWarning


def test_void_calls_keep_none_alive() -> None:
    """PySide6 6.12 on CPython 3.11 loses a reference to None at each void call and aborts within these."""
    target = QObject()
    for number in range(20_000):
        target.setObjectName(str(number))
    assert target.objectName() == "19999"


def test_settings_stay_in_the_test_folder(own_folders: Path) -> None:
    settings = QSettings("LayerLedger", "LayerLedger")
    settings.setValue("probe", 1)
    settings.sync()
    assert own_folders in Path(settings.fileName()).parents
    assert Path(settings.fileName()).exists()


def test_standard_paths_stay_in_the_test_folder(own_folders: Path) -> None:
    config = Path(QStandardPaths.writableLocation(QStandardPaths.StandardLocation.ConfigLocation))
    assert own_folders in config.parents or QStandardPaths.isTestModeEnabled()


@pytest.mark.qt_log_level_fail("CRITICAL")
def test_qt_messages_are_recorded(qtlog) -> None:
    qWarning("a message")
    assert [record.message for record in qtlog.records] == ["a message"]
