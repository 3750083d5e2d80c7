"""Settings: each is declared once, survives its window under its old key, and changes with one signal."""

from __future__ import annotations

from dataclasses import fields
from fractions import Fraction
from pathlib import Path

import pytest
from PySide6.QtCore import QByteArray, QSettings
from PySide6.QtWidgets import QApplication

from layerledger.core.metrics.devices import devices
from layerledger.gui.document import settings, settings_store
from layerledger.gui.document.document import Document
from layerledger.gui.document.settings import DisplaySettings
from layerledger.gui.document.settings_store import Setting

GUI = Path(settings.__file__).parents[1]
DECLARED = {name: value for name, value in vars(settings).items() if isinstance(value, Setting)}


def test_only_the_store_names_qsettings() -> None:
    naming = {path.name for path in GUI.rglob("*.py") if "QSettings" in path.read_text("utf-8")}
    assert naming == {"settings_store.py"}


def test_keys_are_those_of_earlier_versions_and_used_once() -> None:
    assert sorted(setting.key for setting in DECLARED.values()) == [
        "charts/folder",
        "device/efficiency",
        "device/fused",
        "device/id",
        "export/folder",
        "export/format",
        "files/folder",
        "files/recent",
        "header/cards",
        "memory/options",
        "reference/geometry",
        "reference/split",
        "stack/columns",
        "theme",
        "window/columns",
        "window/geometry",
        "window/rows",
    ]
    assert settings.export_options("csv").key == "export/options/csv"
    assert all(setting.text for setting in DECLARED.values())


VALUES = {
    "TEXT": "a text",
    "FLAG": True,
    "NAMES": ("one", "two"),
    "BYTES": QByteArray(b"abc"),
    "FLAGS": {"params": False, "macs": True},
}


@pytest.mark.parametrize("kind", VALUES)
def test_what_is_stored_is_read_again(qapp: QApplication, kind: str) -> None:
    setting = Setting("test/key", getattr(settings_store, kind), None, "a test")
    assert settings_store.read(setting) is None, "the default"
    settings_store.write(setting, VALUES[kind])
    QSettings().sync()
    assert settings_store.read(setting) == VALUES[kind]


def test_a_list_of_one_is_read_as_a_list(qapp: QApplication) -> None:
    settings_store.write(settings.RECENT_FILES, ("/one",))
    assert settings_store.read(settings.RECENT_FILES) == ("/one",)


CHANGES: dict[str, object] = {
    "fused": True,
    "efficiency": Fraction(1, 2),
    "columns": {"params": False},
    "cards": {"macs": True},
    "memory_options": {"packed": True},
}


def test_display_settings_are_remembered_except_the_count_and_the_context(qapp: QApplication) -> None:
    device = devices()["nvidia-t4"]
    document = Document()
    document.change_settings(count="exact", context=4096, device=device, **CHANGES)
    again = Document().settings
    assert {name: getattr(again, name) for name in CHANGES} == CHANGES
    assert again.device is device
    assert (again.count, again.context) == ("macs", None)
    assert {field.name for field in fields(DisplaySettings)} == {"count", "context", "device", *CHANGES}


def test_a_change_is_one_signal_that_names_the_fields(qapp: QApplication) -> None:
    document, seen = Document(), list[frozenset[str]]()
    document.settingsChanged.connect(seen.append)
    document.change_settings(fused=True, count="exact", efficiency=Fraction(1))
    document.change_settings(fused=True)
    assert seen == [frozenset({"fused", "count"})]


def test_an_unknown_setting_is_an_error(qapp: QApplication) -> None:
    with pytest.raises(TypeError):
        Document().change_settings(colour="red")


def test_only_changed_settings_are_stored(qapp: QApplication) -> None:
    document = Document()
    QSettings().setValue("device/efficiency", "1/2")  # by another window
    document.change_settings(fused=True)
    assert Document().settings.efficiency == Fraction(1, 2)


def test_the_target_is_the_device_with_its_use(qapp: QApplication) -> None:
    document = Document()
    assert document.target is None
    document.change_settings(device=devices()["nvidia-t4"], efficiency=Fraction(1, 2), fused=True)
    target = document.target
    assert target is not None
    assert (target.device.id, target.efficiency, target.fused) == ("nvidia-t4", Fraction(1, 2), True)
    assert document.target is target
