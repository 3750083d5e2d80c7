"""The precision control: chosen from the menu, undone, saved, read again, and the same in window and report."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from layerledger.core import Layer, Network, NetworkInput
from layerledger.core.app.cli import main
from layerledger.core.base.dtypes import CACHE, WEIGHTS
from layerledger.core.base.precision import BUNDLES
from layerledger.core.library.templates.templates import load_template
from layerledger.core.metrics.devices import devices
from layerledger.core.network.nodes import Block
from layerledger.gui.document import commands
from layerledger.gui.document.document import Document
from layerledger.gui.inspector.inspector import Inspector
from layerledger.gui.inspector.language_section import LanguageBody
from layerledger.gui.theme import theme
from layerledger.gui.widgets.editors import ChoiceEditor
from layerledger.gui.window.cards import latency
from layerledger.gui.window.header import Header
from layerledger.gui.window.main_window import MainWindow
from layerledger.gui.window.precision_menu import PrecisionMenu
from layerledger.gui.window.settings_bar import SettingsBar

GPT2_PARAMS = 124_439_808  # transformers, GPT2LMHeadModel
A100 = "nvidia-a100-80gb"


@pytest.fixture
def document(qapp: QApplication) -> Document:
    theme.choose("light")
    return Document(load_template("gpt2"))


@pytest.fixture
def bar(qtbot: QtBot, document: Document) -> SettingsBar:
    bar = SettingsBar(document)
    qtbot.addWidget(bar)
    bar.show()
    return bar


def opened(bar: SettingsBar) -> PrecisionMenu:
    menu = bar.precision.open_menu()
    assert isinstance(menu, PrecisionMenu)
    menu.finish()
    return menu


def choose(menu: PrecisionMenu, name: str) -> None:
    item = next(each for each in menu.list.items() if each.text(0) == name)
    menu.list.itemClicked.emit(item, 0)


def pick(editor: ChoiceEditor, text: str) -> None:
    at = editor.findText(text)
    assert at >= 0, text
    editor.setCurrentIndex(at)
    editor.activated.emit(at)


def texts(menu: PrecisionMenu) -> dict[str, list[str]]:
    columns = range(1, menu.list.columnCount())
    return {each.text(0): [each.text(i) for i in columns] for each in menu.list.items()}


def test_a_bundle_of_the_menu_is_one_step_that_can_be_undone(bar: SettingsBar, document: Document) -> None:
    assert bar.precision.text() == "Precision: float32"
    assert document.result.totals.weight_bytes == GPT2_PARAMS * 4
    choose(opened(bar), "float16")
    assert bar.precision.text() == "Precision: float16"
    assert document.result.totals.weight_bytes == GPT2_PARAMS * 2
    assert document.network.stored_dtypes == {"compute": "float16"}
    assert document.undo_stack.undoText() == "Set precision to float16"
    document.undo()
    assert bar.precision.text() == "Precision: float32"
    assert document.network.stored_dtypes is None


@pytest.mark.parametrize("bundle", ["float16", "w4a16kv8", "Q4_K_M", "tf32"])
@pytest.mark.parametrize("template", ["gpt2", "resnet18"])
def test_window_and_report_agree_on_a_saved_file(
    qapp: QApplication, tmp_path: Path, capsys: pytest.CaptureFixture[str], template: str, bundle: str
) -> None:
    document = Document(load_template(template))
    document.change_settings(device=devices()[A100])
    commands.set_precision(document, BUNDLES[bundle])
    document.save(file := tmp_path / "net.layers")
    reports: list[dict[str, object]] = []
    for arguments in ([str(file)], [template, "--dtype", bundle]):
        assert main(["report", *arguments, "--format", "json", "--device", A100]) == 0
        reports.append(json.loads(capsys.readouterr().out))
    assert document.time is not None
    for report in reports:
        totals = report["totals"]
        assert isinstance(totals, dict)
        assert totals["weight_bytes"] == document.result.totals.weight_bytes
        assert totals["peak_activation_bytes"] == document.result.memory.peak_bytes
        assert totals["device_seconds"] == document.time.roofline.time(document.result.root).seconds
        assert report["precision"] == {"name": document.result.precision.text, **document.result.precision._asdict()}


@pytest.mark.parametrize(
    ("bundle", "wide", "compact"),
    [
        ("w4a16kv8", "w4a16kv8", None),
        ("w4a16", "Precision: w4a16", "w4a16"),
        ("Q4_K_M", "Precision: Q4_K_M", "Q4_K_M"),
        ("int8", "Precision: int8", "int8"),
    ],
)
def test_the_button_names_each_bundle_in_full(
    bar: SettingsBar, document: Document, bundle: str, wide: str, compact: str | None
) -> None:
    commands.set_precision(document, BUNDLES[bundle])
    assert bar.precision.text() == wide
    assert bar.precision.accessibleName() == f"Precision: {BUNDLES[bundle].title}"
    bar.set_compact(compact=True)
    assert compact in (None, bar.precision.text())


def test_the_menu_shows_what_each_bundle_takes(bar: SettingsBar, document: Document) -> None:
    document.change_settings(device=devices()[A100])
    menu = opened(bar)
    found = texts(menu)
    assert [menu.list.headerItem().text(i) for i in range(4)] == ["Precision", "Weights", "Memory", "tokens/s"]
    assert found["float32"][0] == "475 MiB"
    assert found["float16"][0] == "237 MiB"
    assert found["int4 weights"][0] == "66.8 MiB"
    gguf = next(item for item in menu.list.items() if item.text(0) == "Q6_K weights").parent()
    assert {each.text(1) for each in menu.list.items() if each.parent() is gguf} == {"…"}
    menu.list.itemClicked.emit(gguf, 0)
    menu.finish()
    found = texts(menu)
    assert all(text not in ("", "…") for row in found.values() for text in row)
    assert found["Q8_0 weights"][0] == "126 MiB"
    menu.close()


def test_of_a_network_without_a_cache_nothing_is_said_of_one(bar: SettingsBar, document: Document) -> None:
    document.replace(load_template("resnet18"))
    document.change_settings(device=devices()["nvidia-t4"])
    menu = opened(bar)
    assert "int8 weights and cache" not in texts(menu)
    assert "TF32" not in texts(menu)
    assert menu.list.headerItem().text(3) == "Time"
    assert not menu.editors[CACHE].isVisible()
    menu.close()


def test_the_keyboard_chooses_and_escape_leaves_all_as_it_is(
    qtbot: QtBot, bar: SettingsBar, document: Document
) -> None:
    menu = opened(bar)
    qtbot.keyClick(menu.list, Qt.Key.Key_Escape)
    assert document.network.stored_dtypes is None
    menu = opened(bar)
    qtbot.keyClick(menu.list, Qt.Key.Key_Down)
    qtbot.keyClick(menu, Qt.Key.Key_Return)
    assert document.result.precision == BUNDLES["bfloat16"].precision


def test_each_on_its_own(bar: SettingsBar, document: Document) -> None:
    choose(opened(bar), "float16")
    menu = opened(bar)
    assert menu.editors[WEIGHTS].currentText() == "float16 (follows)"
    pick(menu.editors[WEIGHTS], "Q6_K")
    pick(menu.editors[CACHE], "int8")
    assert menu.isVisible()
    assert document.network.stored_dtypes == {"compute": "float16", "weights": "Q6_K", "cache": "int8"}
    assert "float16, Q6_K weights, int8 cache" in bar.precision.toolTip()
    pick(menu.editors[CACHE], "float16 (follows)")
    pick(menu.editors[WEIGHTS], "float16 (follows)")
    assert document.network.stored_dtypes == {"compute": "float16"}
    menu.close()


def test_an_int8_network_is_timed_at_the_peak_of_int8(bar: SettingsBar, document: Document) -> None:
    conv = Layer(name="conv", type="Conv2d", params={"out_channels": 512, "kernel_size": 3})
    given = NetworkInput(name="image", shape=(8, 512, 32, 32), dtype="int8")
    document.replace(Network(inputs=(given,), root=Block(name="", layers=(conv,))))
    document.change_settings(device=devices()["nvidia-t4"])
    assert bar.precision.text() == "Precision: int8"
    assert document.time is not None
    flops = 2 * 8 * 512 * 512 * 9 * 30 * 30
    assert document.time.roofline.time(document.result.root).seconds == pytest.approx(flops / 130e12)


def test_cards_say_in_what(qtbot: QtBot, document: Document) -> None:
    document.change_settings(device=devices()[A100])
    header = Header(document)
    qtbot.addWidget(header)
    commands.set_precision(document, BUNDLES["w4a16"])
    assert header.cards["params"].line.text() == "66.8 MiB as int4"
    time = latency(document)
    assert time is not None
    assert time.line == "A100 80 GB, float16, roofline"
    document.change_settings(device=devices()["coral-edge-tpu"])
    time = latency(document)
    assert time is not None
    assert (time.value, time.line) == ("not known", "Edge TPU, no peak for float16, roofline")


def test_the_cache_has_a_choice_of_its_own_in_the_inspector(qtbot: QtBot, document: Document) -> None:
    panel = Inspector(document)
    qtbot.addWidget(panel)
    body = LanguageBody(document, panel)
    commands.set_precision(document, BUNDLES["float16"])
    body.compute()
    assert body.dtype.currentText() == "as Precision (float16)"
    pick(body.dtype, "int8")
    body.compute()
    assert document.network.stored_dtypes == {"compute": "float16", "cache": "int8"}
    assert body.dtype.currentText() == "int8"
    document.undo()
    body.compute()
    assert body.dtype.currentText() == "as Precision (float16)"


def test_the_dtype_of_an_input_is_that_of_the_activations_where_these_are_stated(qapp: QApplication) -> None:
    document = Document(load_template("lenet5"))
    commands.set_input_dtype(document, 0, "bfloat16")
    assert document.network.stored_dtypes is None
    assert document.result.dtype == "bfloat16"
    commands.set_precision(document, BUNDLES["float16"])
    commands.set_input_dtype(document, 0, "float32")
    assert document.network.stored_dtypes == {"compute": "float16", "activations": "float32"}
    assert [spec.dtype for spec in document.result.root.outputs or ()] == ["float32"]


def test_the_menu_opens_inside_the_window(qtbot: QtBot) -> None:
    document = Document(load_template("lenet5"))
    window = MainWindow(document, lambda: window)
    qtbot.addWidget(window)
    window.resize(1024, 640)
    window.show()
    qtbot.waitExposed(window)
    menu = window.settings_bar.precision.open_menu()
    assert menu.frameGeometry().right() <= window.frameGeometry().right()
    menu.close()
