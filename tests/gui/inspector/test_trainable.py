"""Freezing in the inspector: a layer, several at once, blocks, and what the file says of them."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QLabel
from pytestqt.qtbot import QtBot

from layerledger.core import Block, Layer, Network, NetworkInput
from layerledger.gui.document.document import Document
from layerledger.gui.inspector.inspector import Inspector
from layerledger.gui.stack.columns import NAME
from layerledger.gui.stack.stack_model import StackModel
from layerledger.gui.theme import theme

CONV = {"out_channels": 3, "kernel_size": 1, "bias": False}
WEIGHTS = 9


def conv(name: str, **keys: object) -> Layer:
    return Layer(name=name, type="Conv2d", params=CONV, extra=keys)


@pytest.fixture
def document(qapp: QApplication) -> Document:
    theme.choose("light")
    body = Block(name="body", layers=(conv("b"), Layer(name="relu", type="ReLU"), conv("c")))
    given = NetworkInput(name="image", shape=(1, 3, 8, 8))
    return Document(Network(name="net", inputs=(given,), root=Block(name="", layers=(conv("a"), body, conv("d")))))


@pytest.fixture
def panel(qtbot: QtBot, document: Document) -> Inspector:
    panel = Inspector(document)
    qtbot.addWidget(panel)
    panel.resize(320, 1_400)
    panel.show()
    return panel


def click(qtbot: QtBot, panel: Inspector) -> None:
    qtbot.mouseClick(panel.trainable.box, Qt.MouseButton.LeftButton, pos=panel.trainable.box.rect().center() / 8)


def stated(document: Document) -> list[object]:
    a, body, d = document.network.root.layers
    assert isinstance(body, Block)
    return [a.trainable, body.trainable, *(node.trainable for node in body.layers), d.trainable]


def state(panel: Inspector) -> Qt.CheckState:
    return panel.trainable.box.checkState()


def learned(document: Document) -> int:
    return document.result.totals.trainable_params


def test_a_layer_is_frozen_and_trained_again(qtbot: QtBot, panel: Inspector, document: Document) -> None:
    assert not panel.trainable.isVisible()  # the network itself is selected
    document.select([(0,)])
    assert panel.trainable.isVisible()
    assert state(panel) == Qt.CheckState.Checked
    click(qtbot, panel)
    assert stated(document) == [False, None, None, None, None, None]
    assert learned(document) == 3 * WEIGHTS
    assert document.undo_stack.undoText() == "Freeze a"
    assert state(panel) == Qt.CheckState.Unchecked
    click(qtbot, panel)
    assert stated(document) == [None] * 6
    assert document.undo_stack.undoText() == "Train a"
    document.undo()
    document.undo()
    assert learned(document) == 4 * WEIGHTS
    assert state(panel) == Qt.CheckState.Checked


def test_layers_without_weights_have_no_box(panel: Inspector, document: Document) -> None:
    document.select([(1, 1)])
    assert not panel.trainable.isVisible()


def test_layers_and_blocks_at_once_are_one_step(qtbot: QtBot, panel: Inspector, document: Document) -> None:
    document.select([(0,), (1,), (2,)])
    click(qtbot, panel)
    assert stated(document) == [False, False, None, None, None, False]
    assert learned(document) == 0
    document.undo()
    assert stated(document) == [None] * 6
    document.select([(0,)])
    click(qtbot, panel)
    document.select([(0,), (2,)])
    assert (state(panel), panel.trainable.box.text()) == (Qt.CheckState.PartiallyChecked, "some")
    click(qtbot, panel)
    assert stated(document) == [None] * 6


def test_a_layer_in_a_frozen_block_says_so_and_can_be_trained(
    qtbot: QtBot, panel: Inspector, document: Document, tmp_path: Path
) -> None:
    document.select([(1,)])
    click(qtbot, panel)
    assert learned(document) == 2 * WEIGHTS
    document.select([(1, 0)])
    assert state(panel) == Qt.CheckState.Unchecked
    click(qtbot, panel)
    assert stated(document) == [None, False, True, None, None, None]
    assert learned(document) == 3 * WEIGHTS
    document.select([(1,)])
    assert state(panel) == Qt.CheckState.PartiallyChecked
    document.save(tmp_path / "net.layers")
    again = Document()
    again.open(tmp_path / "net.layers")
    assert (stated(again), learned(again)) == (stated(document), 3 * WEIGHTS)
    click(qtbot, panel)  # the block with all that is in it
    assert (stated(document), state(panel)) == ([None] * 6, Qt.CheckState.Checked)


def test_a_wrong_value_is_a_problem_at_the_box(qtbot: QtBot, panel: Inspector, document: Document) -> None:
    document.replace(Network(root=Block(name="", layers=(conv("a", trainable="no"),))))
    document.select([(0,)])
    assert panel.trainable.box.accessibleDescription() == 'trainable must be true or false; got "no"'
    click(qtbot, panel)
    assert learned(document) == 0
    assert document.result.ok


def test_rows_say_what_is_stated(qtbot: QtBot, panel: Inspector, document: Document) -> None:
    model = StackModel(document)
    document.select([(1,)])
    click(qtbot, panel)
    document.select([(1, 2)])
    click(qtbot, panel)
    block = model.index_of((1,))
    assert model.data(block.siblingAtColumn(NAME)) == "body 3 layers  frozen"
    inner = model.index_of((1, 2))
    assert str(model.data(inner.siblingAtColumn(NAME))).startswith("c Conv2d  trained")


def test_a_key_that_is_meant_for_another_is_named(panel: Inspector, document: Document) -> None:
    document.replace(Network(root=Block(name="", layers=(conv("a", requires_grad=False, groups=3),))))
    document.select([(0,)])
    assert 'did you mean "trainable"?' in panel.problems.findChildren(QLabel)[1].text()
    assert panel.forms.current is not None
    assert "write it into params" in panel.forms.current.fields["groups"].editor.accessibleDescription()
    assert panel.trainable.box.isChecked()
