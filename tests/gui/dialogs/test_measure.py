"""Measurement of this computer: a small one in full, its dialog with progress and cancel, and what is saved."""

from __future__ import annotations

from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from layerledger.core.metrics.devices import DEVICES, Cache, Device, as_object, device_of, devices
from layerledger.gui.dialogs.devices.devices_dialog import DevicesDialog
from layerledger.gui.dialogs.devices.measure_dialog import MeasureDialog
from layerledger.gui.dialogs.devices.measurement import Extent, Step, measure
from layerledger.gui.document.document import Document

SMALL = Extent(products=(32, 48), working_sets=(2**16, 2**20), seconds=0.001, rounds=1)
LONG = Extent(products=(32,) * 4_000, working_sets=(2**16,), seconds=0.001, rounds=1)


@pytest.fixture(autouse=True)
def own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv(DEVICES.variable, str(tmp_path))
    return tmp_path


def test_a_measurement_gives_a_device_with_sources() -> None:
    *steps, device = measure(SMALL)
    assert isinstance(device, Device)
    shares = [step.done for step in steps if isinstance(step, Step)]
    assert shares == sorted(shares)
    assert shares[-1] == 1
    single, double = device.peak("float32"), device.peak("float64")
    assert single is not None
    assert double is not None
    assert single.peak.operations_per_s >= double.peak.operations_per_s > 10**6
    assert device.bandwidth is not None
    assert device.bandwidth.value > 10**6
    figures = (*device.peaks, *device.memories, device.bandwidth, *([device.cache] if device.cache else ()))
    assert all("measured on" in each.source or "operating system" in each.source for each in figures)
    assert as_object(device_of(as_object(device))) == as_object(device)


def test_a_wider_peak_stands_in_for_what_is_not_measured() -> None:
    *_, device = measure(SMALL)
    assert isinstance(device, Device)
    used = device.peak("bfloat16")
    assert used is not None
    assert used.as_dtype == "float32"
    assert "bfloat16" in device.note


def test_the_dialog_measures_and_offers_the_device(qtbot: QtBot) -> None:
    dialog = MeasureDialog(extent=SMALL)
    qtbot.addWidget(dialog)
    with qtbot.waitSignal(dialog._thread.finished, timeout=30_000):
        dialog.show()
    qtbot.waitUntil(lambda: dialog.device is not None, timeout=30_000)
    assert dialog.save.isEnabled()
    assert dialog.bar.value() == dialog.bar.maximum()
    assert "float32" in dialog.figures.text()
    assert dialog.device.note in dialog.figures.text()
    qtbot.waitUntil(lambda: dialog.figures.height() >= dialog.figures.heightForWidth(dialog.figures.width()))
    assert dialog.area.verticalScrollBar().maximum() == 0  # all of it is seen
    with qtbot.waitSignal(dialog.saved):
        dialog.save.click()


def test_cancel_ends_the_thread_and_saves_nothing(qtbot: QtBot) -> None:
    dialog = MeasureDialog(extent=LONG)
    qtbot.addWidget(dialog)
    dialog.show()
    with qtbot.waitSignal(dialog._thread.finished, timeout=30_000):
        dialog.reject()
    assert dialog.device is None
    assert not dialog.isVisible()


def test_a_measured_device_becomes_the_users_own(qtbot: QtBot, own_folder: Path) -> None:
    dialog = DevicesDialog(Document())
    qtbot.addWidget(dialog)
    *_, device = measure(SMALL)
    assert isinstance(device, Device)
    dialog.add_measured(device)
    assert (own_folder / "this-computer.json").exists()
    assert dialog.current is devices()["this-computer"]
    dialog.add_measured(device)  # once more: it replaces the earlier one
    assert [id_ for id_ in devices() if id_.startswith("this")] == ["this-computer"]


def test_the_form_keeps_a_cache_that_it_has_no_fields_for(qtbot: QtBot) -> None:
    dialog = DevicesDialog(Document())
    qtbot.addWidget(dialog)
    *_, device = measure(SMALL)
    assert isinstance(device, Device)
    cached = device_of(as_object(device) | {"cache": {"bytes": 1024, "bytes_per_s": 5, "source": "made up"}})
    dialog.add_measured(cached)
    dialog.edit.click()
    dialog.editor.title.setText("Mine")
    dialog.editor.save.click()
    assert devices()["this-computer"].cache == Cache(1024, 5, "made up")
    assert "1.00 KiB" in dialog.details.toPlainText()
