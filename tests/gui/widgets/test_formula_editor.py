"""Formulas typed in the inspector: checked, computed and completed with every key, undone as anything else."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QStringListModel, Qt
from PySide6.QtTest import QAbstractItemModelTester
from PySide6.QtWidgets import QApplication, QLabel
from pytestqt.qtbot import QtBot

from layerledger.core.base.frozen_map import FrozenMap
from layerledger.core.base.params import Value
from layerledger.core.formula.param_kinds import CountFormula
from layerledger.core.network.nodes import Block, Layer, Network, NetworkInput
from layerledger.gui.document.document import Document
from layerledger.gui.inspector.field_grid import Field
from layerledger.gui.inspector.inspector import Inspector
from layerledger.gui.theme import theme
from layerledger.gui.widgets.editor_factory import make_editor
from layerledger.gui.widgets.formula_editor import FormulaEditor


@pytest.fixture
def panel(qtbot: QtBot, qapp: QApplication) -> Inspector:
    """The inspector of a Custom layer between an image and a ReLU."""
    theme.choose("light")
    own = Layer(name="own", type="Custom", params=FrozenMap({"constants": "K = 3, C_out = 3"}))
    root = Block(name="", layers=(own, Layer(name="relu", type="ReLU")))
    document = Document(Network(inputs=(NetworkInput(name="image", shape=(1, 3, 8, 8)),), root=root))
    found = Inspector(document)
    qtbot.addWidget(found)
    found.resize(340, 1200)
    document.select([(0,)])
    with qtbot.waitActive(found):
        found.show()
        found.activateWindow()
    return found


def field(panel: Inspector, name: str) -> Field:
    assert panel.forms.current is not None
    return panel.forms.current.fields[name]


def editor(panel: Inspector, name: str) -> FormulaEditor:
    found = field(panel, name).editor
    assert isinstance(found, FormulaEditor)
    return found


def given(panel: Inspector) -> dict[str, Value]:
    layer = panel._document.network.layers[0]
    assert isinstance(layer, Layer)
    return dict(layer.params)


def texts(panel: Inspector) -> list[str]:
    return [label.text().replace("\u00a0", " ") for label in panel.findChildren(QLabel) if label.isVisible()]


def names(edited: FormulaEditor) -> list[str]:
    """Return the names that are listed now."""
    popup = edited._completer.popup()
    assert popup is not None
    if not popup.isVisible():
        return []
    model = popup.model()
    return [str(model.index(row, 0).data()) for row in range(model.rowCount())]


def test_each_key_is_computed(qtbot: QtBot, panel: Inspector) -> None:
    edited, shown = editor(panel, "params"), field(panel, "params").result
    assert shown is not None
    edited.setFocus()
    seen = list[str]()
    for key in "K*K*C":
        qtbot.keyClicks(edited, key)
        seen.append(shown.text())
    assert seen == ["= 3", "", "= 9", "", "= 27"]
    assert given(panel)["params"] == "K*K*C"
    assert panel._document.result.totals.params == 27
    assert panel._document.undo_stack.count() == 1
    panel._document.undo()
    assert "params" not in given(panel)
    assert edited.text() == ""


def test_what_is_wrong_is_marked_with_its_sentence(qtbot: QtBot, panel: Inspector) -> None:
    edited = editor(panel, "macs")
    edited.setFocus()
    qtbot.keyClicks(edited, "N*Hout")
    assert edited.property("invalid") == "true"
    assert any("Hout is not known here; did you mean H_out?" in text for text in texts(panel))
    for _ in "out":
        qtbot.keyClick(edited, Qt.Key.Key_Backspace)
    assert not edited.property("invalid")
    assert panel._document.result.totals.macs == 8


def test_names_with_their_numbers_are_shown_where_one_types(qtbot: QtBot, panel: Inspector) -> None:
    late, early = editor(panel, "macs"), editor(panel, "output_shape")
    late.setFocus()
    qtbot.waitUntil(late.hasFocus)
    assert any("C = 3, H = 8, W = 8, numel = 192" in text and "H_out = 8" in text for text in texts(panel))
    early.setFocus()
    qtbot.waitUntil(early.hasFocus)
    assert not any("H_out" in text for text in texts(panel))
    assert any("numel = 192" in text for text in texts(panel))


def test_names_are_completed(qtbot: QtBot, panel: Inspector) -> None:
    edited = editor(panel, "macs")
    edited.setFocus()
    qtbot.keyClicks(edited, "2*h_")
    assert names(edited) == ["H_out"]
    popup = edited._completer.popup()
    assert popup is not None
    qtbot.keyClick(popup, Qt.Key.Key_Down)
    qtbot.keyClick(popup, Qt.Key.Key_Return)
    assert (edited.text(), edited.cursorPosition()) == ("2*H_out", 7)
    assert given(panel)["macs"] == "2*H_out"
    assert names(edited) == []
    qtbot.keyClicks(edited, "+")
    assert names(edited) == []


def test_control_space_lists_all_and_a_function_brings_its_parenthesis(qtbot: QtBot, panel: Inspector) -> None:
    edited = editor(panel, "mul")
    edited.setFocus()
    qtbot.keyClick(edited, Qt.Key.Key_Space, Qt.KeyboardModifier.ControlModifier)
    assert names(edited)[:3] == ["N", "C", "H"]
    assert names(edited)[-4:] == ["floor", "ceil", "min", "max"]
    qtbot.keyClick(edited._completer.popup(), Qt.Key.Key_Escape)
    assert names(edited) == []
    qtbot.keyClicks(edited, "flo")
    assert names(edited) == ["floor"]
    popup = edited._completer.popup()
    assert popup is not None
    qtbot.keyClick(popup, Qt.Key.Key_Down)
    qtbot.keyClick(popup, Qt.Key.Key_Tab)
    qtbot.keyClicks(edited, "H/2)")
    assert edited.text() == "floor(H/2)"
    assert panel._document.result.totals.exact_flops == 4


def test_the_list_of_names_is_a_sound_model(qtbot: QtBot) -> None:
    made = make_editor(CountFormula())
    qtbot.addWidget(made)
    assert isinstance(made, FormulaEditor)
    model = made.findChild(QStringListModel)
    assert model is not None
    tester = QAbstractItemModelTester(model, QAbstractItemModelTester.FailureReportingMode.Fatal)
    made.set_names(["N", "C"])
    made.set_names([])
    assert model.stringList() == ["floor", "ceil", "min", "max"]
    assert tester.model() is model


def test_several_layers_have_no_results(panel: Inspector) -> None:
    document = panel._document
    other = Layer(name="other", type="Custom", params=FrozenMap({"params": "C"}))
    document.replace(
        Network(inputs=document.network.inputs, root=Block(name="", layers=(*document.network.layers[:1], other))),
        None,
    )
    document.select([(1,)])
    shown = field(panel, "params").result
    assert shown is not None
    assert shown.text() == "= 3"
    document.select([(0,), (1,)])
    assert shown.text() == ""
    assert editor(panel, "params").placeholderText() == "different values"
