"""Budgets: set in a dialog, live under the header, kept with the file."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QDialogButtonBox
from pytestqt.qtbot import QtBot

from layerledger.core import Block, Layer, Network, NetworkInput
from layerledger.core.formats import open_network
from layerledger.core.library.templates.templates import load_template
from layerledger.core.metrics.budgets import TIME, TITLES, Limit, limits_of, with_limits
from layerledger.core.metrics.devices import devices
from layerledger.core.metrics.devices.target import DeviceTarget
from layerledger.core.metrics.registry import PEAK
from layerledger.gui.app.windows import Windows
from layerledger.gui.dialogs.budgets import BudgetsDialog
from layerledger.gui.document import commands
from layerledger.gui.document.document import Document
from layerledger.gui.document.large_networks import AT_ONCE
from layerledger.gui.window.budget_strip import BudgetStrip


@pytest.fixture
def document() -> Document:
    return Document(load_template("resnet18"))


@pytest.fixture
def dialog(qtbot: QtBot, document: Document) -> BudgetsDialog:
    dialog = BudgetsDialog(document)
    qtbot.addWidget(dialog)
    dialog.show()
    return dialog


def type_in(qtbot: QtBot, dialog: BudgetsDialog, key: str, text: str) -> None:
    dialog.fields[key].selectAll()
    qtbot.keyClicks(dialog.fields[key], text)


def press(qtbot: QtBot, dialog: BudgetsDialog, kind: QDialogButtonBox.StandardButton) -> None:
    box = dialog.findChild(QDialogButtonBox)
    assert isinstance(box, QDialogButtonBox)
    qtbot.mouseClick(box.button(kind), Qt.MouseButton.LeftButton)


def test_tab_goes_row_by_row(qtbot: QtBot, dialog: BudgetsDialog) -> None:
    dialog.activateWindow()
    qtbot.waitUntil(dialog.fields["params"].hasFocus)
    seen = [dialog.focusWidget()]
    for _ in range(7):
        qtbot.keyClick(dialog.focusWidget(), Qt.Key.Key_Tab)
        seen.append(dialog.focusWidget())
    *fields, time = dialog.fields.values()
    assert seen == [*fields, dialog.device, time, dialog.search.batch, dialog.search.image]


def test_limits_are_typed_judged_and_set_as_one_step(qtbot: QtBot, dialog: BudgetsDialog, document: Document) -> None:
    type_in(qtbot, dialog, "macs", "600 M")
    assert dialog.values["macs"].text() == "1.81 G\nfirst to break: layer2.first.conv1"
    assert dialog.marks["macs"].accessibleName() == "broken"
    type_in(qtbot, dialog, "params", "20M")
    assert dialog.marks["params"].accessibleName() == "kept"
    type_in(qtbot, dialog, PEAK, "320 KiB")
    type_in(qtbot, dialog, TIME, "5 ms")
    press(qtbot, dialog, QDialogButtonBox.StandardButton.Ok)
    assert dialog.result() == QDialog.DialogCode.Accepted
    limits = {limit.key: limit.maximum for limit in limits_of(document.network.budgets)}
    assert limits == {"params": 20 * 10**6, PEAK: 320 * 1024, "macs": 600 * 10**6, TIME: 5 * 10**15}
    assert document.undo_stack.count() == 1
    document.undo()
    assert document.network.budgets is None


def test_what_is_no_number_is_said_and_cannot_be_set(qtbot: QtBot, dialog: BudgetsDialog, document: Document) -> None:
    type_in(qtbot, dialog, "macs", "lots")
    assert dialog.sentence.text().startswith("MACs must be a number such as")
    assert not dialog.ok.isEnabled()
    type_in(qtbot, dialog, "macs", "2 G")
    assert dialog.ok.isEnabled()
    press(qtbot, dialog, QDialogButtonBox.StandardButton.Cancel)
    assert document.undo_stack.count() == 0


def test_digits_that_are_not_shown_are_kept(qtbot: QtBot, document: Document) -> None:
    document.replace(with_limits(document.network, (Limit(key="params", maximum=12_345_678),)))
    dialog = BudgetsDialog(document)
    qtbot.addWidget(dialog)
    assert dialog.fields["params"].text() == "12.3 M"
    press(qtbot, dialog, QDialogButtonBox.StandardButton.Ok)
    assert limits_of(document.network.budgets)[0].maximum == 12_345_678
    assert document.undo_stack.count() == 0


def test_what_fits_is_searched(qtbot: QtBot, dialog: BudgetsDialog) -> None:
    peak = 2 * 64 * 112 * 112 * 4
    type_in(qtbot, dialog, PEAK, str(10 * peak))
    qtbot.mouseClick(dialog.search.batch, Qt.MouseButton.LeftButton)
    assert dialog.sentence.text() == "The largest batch that keeps all limits: 10."
    type_in(qtbot, dialog, PEAK, "")
    type_in(qtbot, dialog, "macs", "2 G")
    qtbot.mouseClick(dialog.search.image, Qt.MouseButton.LeftButton)
    assert dialog.sentence.text() == "The largest image that keeps all limits: 224 × 224, in steps of 32."


def test_the_strip_is_live_and_goes_to_the_layer(qtbot: QtBot, document: Document) -> None:
    strip = BudgetStrip(document)
    qtbot.addWidget(strip)
    assert strip.isHidden()
    document.apply("x", with_limits(document.network, (Limit(key="params", maximum=11_700_000),)))
    qtbot.waitUntil(lambda: not strip.isHidden())
    (chip,) = strip.chips
    assert chip.text() == "Params 11.7 M ≤ 11.7 M"
    with qtbot.waitSignal(strip.asked):
        qtbot.mouseClick(chip, Qt.MouseButton.LeftButton)
    commands.set_param(document, (len(document.network.layers) - 1,), "out_features", 20_000)
    qtbot.waitUntil(lambda: ">" in chip.text())
    qtbot.mouseClick(chip, Qt.MouseButton.LeftButton)
    assert document.selection == ((len(document.network.layers) - 1,),)
    commands.set_param(document, (0,), "out_channels", 0)
    qtbot.waitUntil(lambda: "?" in chip.text())
    document.undo()
    document.undo()
    document.undo()
    qtbot.waitUntil(strip.isHidden)


def test_in_a_large_network_the_strip_tells_at_once_what_it_can(qtbot: QtBot) -> None:
    conv = Layer(name="conv", type="Conv2d", params={"out_channels": 8, "kernel_size": 3, "padding": 1})
    layers = (conv, *(Layer(name=f"relu{i}", type="ReLU") for i in range(AT_ONCE)))
    net = Network(inputs=(NetworkInput(name="image", shape=(1, 3, 32, 32)),), root=Block(name="", layers=layers))
    document = Document(net)
    strip = BudgetStrip(document)
    qtbot.addWidget(strip)
    target = DeviceTarget(devices()["nvidia-t4"])
    limits = (
        Limit(key="params", maximum=300),
        Limit(key=PEAK, maximum=64 * 1024),
        Limit(key=TIME, maximum=10**18, target=target),
    )
    document.apply("x", with_limits(document.network, limits))
    qtbot.waitUntil(lambda: not strip.isHidden())
    params, peak, _ = strip.chips
    assert [chip.text() for chip in strip.chips[:2]] == ["Params 224 ≤ 300", "Peak 64.0 KiB ≤ 64.0 KiB"]
    commands.set_param(document, (0,), "out_channels", 16)
    assert [chip.text() for chip in strip.chips[:2]] == ["Params 448 > 300", "Peak … ≤ 64.0 KiB"]
    assert peak.toolTip() == ""
    assert "memory" not in vars(document.result)
    qtbot.waitUntil(lambda: "…" not in peak.text())
    assert params.text() == "Params 448 > 300, first to break: conv"
    assert peak.text() == "Peak 128 KiB > 64.0 KiB, first to break: conv"
    document.apply("x", with_limits(document.network, (Limit(key="params", maximum=10**6),)))
    qtbot.waitUntil(lambda: params.text() == "Params 448 ≤ 1.00 M")
    assert peak.isHidden()
    document.undo()
    document.undo()
    document.undo()
    qtbot.waitUntil(strip.isHidden)


def test_budgets_are_saved_with_the_file(qtbot: QtBot, tmp_path: Path) -> None:
    window = Windows().new()
    window.document.replace(load_template("lenet5"))
    limits = (Limit(key="params", maximum=60_000),)
    window.document.apply("x", with_limits(window.document.network, limits))
    window.document.save(tmp_path / "limited.layers")
    assert limits_of(open_network(tmp_path / "limited.layers").budgets) == limits
    assert not window.budget_strip.isHidden() or window.budget_strip.chips == []
    window.close()


def test_every_limit_has_a_row(dialog: BudgetsDialog) -> None:
    assert list(dialog.fields) == list(TITLES)
    assert all(field.accessibleName() for field in dialog.fields.values())


def test_the_time_is_that_on_the_chosen_device_as_it_is_used(qtbot: QtBot, document: Document) -> None:
    document.change_settings(device=devices()["raspberry-pi-5"], efficiency=Fraction(1, 2))
    dialog = BudgetsDialog(document)
    qtbot.addWidget(dialog)
    assert dialog.device.currentData() == "raspberry-pi-5"
    assert document.time is not None
    assert dialog.values[TIME].text() == f"≥ {document.time.text(document.time.whole(document.metrics))}"


def test_a_peak_says_where_it_first_breaks_and_where_it_is(qtbot: QtBot, dialog: BudgetsDialog) -> None:
    type_in(qtbot, dialog, PEAK, "1 MiB")
    words = dialog.values[PEAK].text().split("\n")
    assert [line.partition(":")[0] for line in words[1:]] == ["first to break", "peak"]


def test_the_largest_batch_and_image_are_applied(qtbot: QtBot, dialog: BudgetsDialog, document: Document) -> None:
    type_in(qtbot, dialog, PEAK, "16 MiB")
    assert dialog.search.apply.isHidden()
    qtbot.mouseClick(dialog.search.batch, Qt.MouseButton.LeftButton)
    batch = int(dialog.search.apply.text().split()[-1])
    assert batch > 1
    qtbot.mouseClick(dialog.search.apply, Qt.MouseButton.LeftButton)
    assert document.network.inputs[0].shape == (batch, 3, 224, 224)
    assert dialog.search.apply.isHidden()
    assert dialog.marks[PEAK].accessibleName() == "kept"
    document.undo()
    assert document.network.inputs[0].shape == (1, 3, 224, 224)
    qtbot.mouseClick(dialog.search.image, Qt.MouseButton.LeftButton)
    qtbot.mouseClick(dialog.search.apply, Qt.MouseButton.LeftButton)
    assert document.network.inputs[0].shape[2] > 224
    type_in(qtbot, dialog, PEAK, "1")
    assert dialog.search.apply.isHidden()


def test_limits_come_from_the_memories_of_the_device(qtbot: QtBot) -> None:
    """1 MiB of flash for weights and 320 KiB of SRAM for activations; a card has one memory for both."""
    document = Document(load_template("resnet18"))
    document.change_settings(device=devices()["stm32f746"])
    dialog = BudgetsDialog(document)
    qtbot.addWidget(dialog)
    dialog.from_device.click()
    limits = {limit.key: limit.maximum for limit in dialog.limits()}
    assert limits == {"weight_bytes": 2**20, "peak_activation_bytes": 320 * 1024}
    assert dialog.marks["weight_bytes"].accessibleName() == "broken"
    dialog.device.setCurrentIndex(dialog.device.findData("nvidia-t4"))
    dialog.from_device.click()
    limits = {limit.key: limit.maximum for limit in dialog.limits()}
    assert limits["weight_bytes"] == 16 * 2**30
    assert limits["peak_activation_bytes"] == 16 * 2**30 - 4 * 11_689_512
    dialog.fields["weight_bytes"].clear()
    dialog.fields["peak_activation_bytes"].clear()
    dialog.device.setCurrentIndex(dialog.device.findData("coral-edge-tpu"))
    dialog.from_device.click()
    assert "No memory size" in dialog.sentence.text()
    assert not dialog.limits()
