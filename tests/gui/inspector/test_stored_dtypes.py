"""How weights and activations are stored, in the inspector: of the network, of one layer, of several."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from layerledger.core import Block, Layer, Network, NetworkInput
from layerledger.gui.document.document import Document
from layerledger.gui.inspector.inspector import Inspector
from layerledger.gui.theme import theme
from layerledger.gui.widgets.editors import ChoiceEditor
from layerledger.gui.window.settings_bar import SettingsBar

CONV = {"out_channels": 8, "kernel_size": 3, "bias": False}


@pytest.fixture
def document(qapp: QApplication) -> Document:
    theme.choose("light")
    layers = (
        Layer(name="a", type="Conv2d", params=CONV),
        Layer(name="relu", type="ReLU"),
        Layer(name="b", type="Conv2d", params=CONV),
    )
    given = NetworkInput(name="image", shape=(1, 3, 32, 32))
    return Document(Network(name="net", inputs=(given,), root=Block(name="", layers=layers)))


@pytest.fixture
def panel(qtbot: QtBot, document: Document) -> Inspector:
    panel = Inspector(document)
    qtbot.addWidget(panel)
    panel.resize(320, 1_400)
    panel.show()
    return panel


def choose(editor: ChoiceEditor, text: str) -> None:
    at = editor.findText(text)
    assert at >= 0, text
    editor.setCurrentIndex(at)
    editor.activated.emit(at)


def test_the_networks_weights_are_stored_as_int4(panel: Inspector, document: Document, tmp_path: Path) -> None:
    section = panel.dtypes
    assert section.isVisible()
    assert section.weights.currentText() == "as computed (float32)"
    assert not section.activations.isVisible()
    before = document.result.totals
    choose(section.weights, "int4")
    assert document.network.stored_dtypes == {"weights": "int4"}
    assert document.result.totals.weight_bytes < before.weight_bytes / 7
    assert document.result.totals.activation_bytes == before.activation_bytes
    assert document.undo_stack.undoText() == "Store weights as int4"
    document.save(tmp_path / "net.layers")
    again = Document()
    again.open(tmp_path / "net.layers")
    assert again.result.weights == "int4"
    choose(section.weights, "as computed (float32)")
    assert document.network.stored_dtypes is None
    document.undo()
    assert section.weights.currentText() == "int4"


def test_a_layer_says_how_it_stores(panel: Inspector, document: Document) -> None:
    section = panel.dtypes
    document.select([(0,)])
    assert section.weights.currentText() == "float32 (network)"
    assert section.activations.currentText() == "as computed"
    choose(section.weights, "int8")
    choose(section.activations, "float16")
    result = document.result.at((0,))
    assert result is not None
    assert result.outputs is not None
    assert (result.weight_bytes, result.outputs[0].dtype) == (3 * 8 * 9, "float16")
    document.select([(1,)])
    assert not section.weights.isVisible()
    assert section.activations.isVisible()
    document.undo()
    document.undo()
    assert document.network.root.layers[0].stored_dtypes is None


def test_several_layers_at_once(panel: Inspector, document: Document) -> None:
    document.select([(0,)])
    choose(panel.dtypes.weights, "int8")
    document.select([(0,), (2,)])
    assert panel.dtypes.weights.currentIndex() == -1
    assert panel.dtypes.weights.placeholderText() == "several"
    choose(panel.dtypes.weights, "float16")
    assert [document.network.root.layers[i].stored_dtypes for i in (0, 2)] == [{"weights": "float16"}] * 2
    document.undo()
    assert document.network.root.layers[2].stored_dtypes is None


def test_a_wrong_dtype_is_a_problem_at_its_field(panel: Inspector, document: Document) -> None:
    wrong = Layer(name="a", type="Conv2d", params=CONV, extra={"dtypes": {"weights": "int3"}})
    document.replace(Network(name="wrong", root=Block(name="", layers=(wrong,))))
    document.select([(0,)])
    assert panel.dtypes.weights.placeholderText() == "not readable"
    assert "must be one of" in panel.dtypes.weights.accessibleDescription()
    choose(panel.dtypes.weights, "int8")
    assert document.result.ok
    assert panel.dtypes.weights.currentText() == "int8"


def test_blocks_have_none(panel: Inspector, document: Document) -> None:
    document.replace(Network(root=Block(name="", layers=(Block(name="s", layers=(Layer(name="r", type="ReLU"),)),))))
    document.select([(0,)])
    assert not panel.dtypes.isVisible()


def test_the_tool_bar_says_how_weights_are_stored(qtbot: QtBot, panel: Inspector, document: Document) -> None:
    bar = SettingsBar(document)
    qtbot.addWidget(bar)
    choose(panel.dtypes.weights, "int4")
    assert "weights int4" in bar.precision.toolTip()
