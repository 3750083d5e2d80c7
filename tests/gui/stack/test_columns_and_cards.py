"""Which columns and cards are shown: chosen, remembered, and right while the network changes."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QSettings, Qt
from PySide6.QtTest import QAbstractItemModelTester
from PySide6.QtWidgets import QApplication, QMenu
from pytestqt.qtbot import QtBot

from layerledger.core import Block, Layer, Network
from layerledger.core.library.templates.templates import load_template
from layerledger.core.metrics.registry import METRICS
from layerledger.gui.app.windows import Windows
from layerledger.gui.document import commands
from layerledger.gui.document.document import Document
from layerledger.gui.document.large_networks import AT_ONCE
from layerledger.gui.stack.columns import AT, COLUMNS
from layerledger.gui.stack.stack_model import StackModel
from layerledger.gui.stack.stack_panel import StackPanel
from layerledger.gui.stack.stack_view import StackView
from layerledger.gui.window.cards import CARDS
from layerledger.gui.window.header import Header

FATAL = QAbstractItemModelTester.FailureReportingMode.Fatal
CONV = Layer(name="conv", type="Conv2d", params={"out_channels": 8, "kernel_size": 3})
RELU = Layer(name="relu", type="ReLU")
POOL = Layer(name="pool", type="AdaptiveAvgPool2d", params={"output_size": 1})


def network(*layers: Layer | Block) -> Network:
    return Network(name="net", root=Block(name="", layers=layers))


@pytest.fixture
def document(qapp: QApplication) -> Document:
    return Document(network(CONV, RELU))


@pytest.fixture
def panel(qtbot: QtBot, document: Document) -> StackPanel:
    panel = StackPanel(document)
    qtbot.addWidget(panel)
    panel.resize(1600, 400)
    panel.show()
    qtbot.waitExposed(panel)
    return panel


@pytest.fixture
def view(panel: StackPanel) -> StackView:
    return panel.view


def columns_of(view: StackView) -> list[str]:
    return [column.key for i, column in enumerate(COLUMNS) if not view.isColumnHidden(i)]


def cards_of(header: Header) -> list[str]:
    return [key for key, card in header.cards.items() if not card.isHidden()]


def entries_of(menu: QMenu) -> dict[str, bool]:
    return {action.text(): action.isChecked() for action in menu.actions() if action.isCheckable()}


def test_the_columns_that_a_stack_starts_with(view: StackView) -> None:
    assert columns_of(view) == ["name", "output", "params", "count", "activation", "share"]


@pytest.mark.parametrize("key", ["weight_bytes", "read_bytes", "write_bytes", "intensity"])
def test_a_column_of_every_metric_of_bytes(view: StackView, document: Document, key: str) -> None:
    QAbstractItemModelTester(view.stack, FATAL)
    view.columns.shown.show(key, on=True)
    assert key in columns_of(view)
    model, result = view.stack, document.result
    for path in ((0,), (1,)):
        found = result.at(path)
        assert found is not None
        value = METRICS[key].value(document.metrics, found)
        assert model.data(model.index_of(path, AT[key])) == (METRICS[key].text(value) if value else "–")
        tip = model.data(model.index_of(path, AT[key]), Qt.ItemDataRole.ToolTipRole)
        assert tip == f"{METRICS[key].title}: {METRICS[key].exact(value)}"
    heading = model.headerData(AT[key], Qt.Orientation.Horizontal, Qt.ItemDataRole.ToolTipRole)
    assert str(heading).startswith(METRICS[key].title)


def shown_in(model: StackModel, path: tuple[int, ...], key: str) -> object:
    return model.data(model.index_of(path, AT[key]))


def test_columns_of_what_a_layer_has_by_its_place(view: StackView, document: Document) -> None:
    """A 3×3 convolution, and a ReLU behind it; then a convolution before both, so that they see 5×5."""
    model = view.stack
    QAbstractItemModelTester(model, FATAL)
    for key in ("live_bytes", "receptive_field"):
        view.columns.shown.show(key, on=True)
        assert key in columns_of(view)
    assert [shown_in(model, (i,), "receptive_field") for i in (0, 1)] == ["3×3", "3×3"]
    before = shown_in(model, (0,), "live_bytes")
    commands.insert(document, [CONV], (0,))
    assert [shown_in(model, (i,), "receptive_field") for i in range(3)] == ["3×3", "5×5", "5×5"]
    assert shown_in(model, (0,), "live_bytes") == before
    assert not view.grab().isNull()
    heading = model.headerData(AT["live_bytes"], Qt.Orientation.Horizontal, Qt.ItemDataRole.ToolTipRole)
    assert str(heading).startswith("Live activations: Bytes of the activations that are alive")
    menu = QMenu()
    view.columns.fill(menu)
    assert entries_of(menu)["Receptive field"] is True


def test_passes_of_a_block_say_where_they_begin_and_end(qapp: QApplication) -> None:
    document = Document(network(Block(name="b", repeat=3, layers=(CONV,)), POOL))
    model = StackModel(document)
    assert shown_in(model, (0, 0), "receptive_field") == "3×3 … 7×7"
    assert shown_in(model, (1,), "receptive_field") == "whole input"
    assert shown_in(model, (0,), "receptive_field") == shown_in(model, (0,), "live_bytes") == ""


def test_in_a_large_network_they_follow_when_typing_rests(qtbot: QtBot) -> None:
    document = Document(network(CONV, *(Layer(name=f"relu{i}", type="ReLU") for i in range(AT_ONCE))))
    model = StackModel(document)
    assert shown_in(model, (0,), "receptive_field") == "…"
    with qtbot.waitSignal(model.placed.changed):
        pass
    assert shown_in(model, (AT_ONCE,), "receptive_field") == "3×3"
    commands.set_param(document, (0,), "kernel_size", 5)
    assert shown_in(model, (AT_ONCE,), "receptive_field") == "…"
    model.placed.finish()
    assert shown_in(model, (AT_ONCE,), "receptive_field") == "5×5"


def test_intensity_of_a_block_is_the_ratio_of_its_sums(qapp: QApplication) -> None:
    document = Document(load_template("resnet18"))
    model = StackModel(document)
    text = model.data(model.index_of((4,), AT["intensity"]))
    assert text == "37.5 FLOP/B"


def test_a_choice_is_remembered_and_can_be_taken_back(qtbot: QtBot, view: StackView, document: Document) -> None:
    view.columns.shown.show("read_bytes", on=True)
    view.columns.shown.show("activation", on=False)
    other = StackPanel(document)
    qtbot.addWidget(other)
    other.resize(1600, 400)
    other.show()
    assert columns_of(other.view) == ["name", "output", "params", "count", "read_bytes", "share"]
    other.view.columns.shown.reset()
    assert "activation" in columns_of(other.view)


def test_settings_that_cannot_be_read_are_the_default(qapp: QApplication) -> None:
    for text in ("{", "[1]", '{"a": 1, "b": true}', "null"):
        QSettings().setValue("stack/columns", text)
        stored = Document().settings.columns
        assert "a" not in stored
        assert ("b" in stored) == ("b" in text)


def test_the_menu_of_the_header_lists_every_column(view: StackView) -> None:
    menu = QMenu()
    view.columns.fill(menu)
    found = entries_of(menu)
    assert len(found) == len(COLUMNS) - 1
    assert found["Intensity (2 × MACs per byte)"] is False
    assert found["Activations"] is True
    next(action for action in menu.actions() if action.text() == "Weight bytes").trigger()
    assert "weight_bytes" in columns_of(view)
    time = next(action for action in menu.actions() if action.text().startswith("Time"))
    assert (time.text(), time.isEnabled()) == ("Time – needs a device", False)


def test_what_has_no_room_says_so(qtbot: QtBot, view: StackView) -> None:
    view.columns.shown.show("intensity", on=True)
    view.window().resize(480, 400)
    QApplication.processEvents()
    assert "intensity" not in columns_of(view)
    menu = QMenu()
    view.columns.fill(menu)
    assert "Intensity (2 × MACs per byte) – no room" in entries_of(menu)
    view.window().resize(1600, 400)
    QApplication.processEvents()
    assert "intensity" in columns_of(view)


def test_without_outputs_what_is_wrong_is_still_painted(view: StackView, document: Document) -> None:
    for column in COLUMNS[1:]:
        view.columns.shown.show(column.key, on=False)
    commands.set_param(document, (0,), "kernel_size", 0)
    assert not view.grab().isNull()
    assert columns_of(view) == ["name"]


def test_fused_changes_what_is_moved_and_names_it(view: StackView, document: Document) -> None:
    model = view.stack
    for key in ("read_bytes", "intensity"):
        view.columns.shown.show(key, on=True)
    before = model.data(model.index_of((1,), AT["read_bytes"]))
    document.change_settings(fused=True)
    assert before != "–"
    assert model.data(model.index_of((1,), AT["read_bytes"])) == "–"
    assert model.headerData(AT["read_bytes"], Qt.Orientation.Horizontal) == "Read, fused"
    assert model.headerData(AT["weight_bytes"], Qt.Orientation.Horizontal) == "Weights"
    assert Document().fused, "remembered"


# -- cards


def test_the_cards_that_a_header_starts_with(qtbot: QtBot, document: Document) -> None:
    header = Header(document)
    qtbot.addWidget(header)
    assert cards_of(header) == ["params", "macs", "activations", "peak", "intensity", "layers"]


def test_peak_memory_is_weights_and_what_is_alive(qtbot: QtBot) -> None:
    document = Document(load_template("resnet18"))
    header = Header(document)
    qtbot.addWidget(header)
    peak = header.cards["peak"]
    assert (peak.value.text(), peak.line.text()) == ("50.7 MiB", "6.12 MiB live at bn1, float32")
    assert "46,758,048 B" in peak.toolTip()
    assert "6,422,528 B" in peak.toolTip()
    assert header.cards["intensity"].value.text() == "31.0 FLOP/B"
    document.change_settings(fused=True)
    assert header.cards["intensity"].value.text() == "52.2 FLOP/B"
    assert header.cards["intensity"].line.text() == "2 × MACs per byte, fused"


def test_cards_are_chosen_and_remembered(qtbot: QtBot, document: Document) -> None:
    header = Header(document)
    qtbot.addWidget(header)
    menu = QMenu()
    header.fill(menu)
    assert len(entries_of(menu)) == len(CARDS)
    for action in menu.actions():
        if action.text() in ("FLOPs", "Layers", "Weight bytes"):
            action.trigger()
    assert cards_of(header) == ["params", "macs", "flops", "activations", "peak", "intensity", "weights"]
    again = Header(document)
    qtbot.addWidget(again)
    assert cards_of(again) == cards_of(header)
    again.shown.reset()
    assert cards_of(again) == ["params", "macs", "activations", "peak", "intensity", "layers"]


def test_in_a_large_network_the_peak_follows_when_typing_rests(qtbot: QtBot) -> None:
    layers = [Layer(name=f"relu{i}", type="ReLU") for i in range(AT_ONCE)]
    document = Document(network(CONV, *layers))
    header = Header(document)
    qtbot.addWidget(header)
    peak = header.cards["peak"]
    assert peak.value.text() == "…"
    qtbot.waitUntil(lambda: peak.value.text() != "…")
    before = peak.value.text()
    commands.set_param(document, (0,), "out_channels", 16)
    assert peak.value.text() == "…"
    header.finish()
    assert peak.value.text() not in ("…", before)


def test_an_empty_network_has_cards(qtbot: QtBot) -> None:
    header = Header(Document(network()))
    qtbot.addWidget(header)
    for kind in CARDS:
        header.shown.show(kind.key, on=True)
    assert header.cards["peak"].line.text() == "no output yet"
    assert header.cards["intensity"].value.text() == "–"


def test_the_view_menu_has_columns_and_cards(qtbot: QtBot, qapp: QApplication) -> None:
    window = Windows().new(Document(load_template("resnet18")))
    qtbot.waitExposed(window)
    menus = {menu.title(): menu for menu in window.menuBar().findChildren(QMenu)}
    for title, listed in (("C&olumns", len(COLUMNS) - 1), ("C&ards", len(CARDS))):
        menus[title].aboutToShow.emit()
        assert len(entries_of(menus[title])) == listed
    fused = window.actions_by_id["fused"]
    fused.trigger()
    assert window.document.fused
    assert fused.isChecked()
    window.close()
