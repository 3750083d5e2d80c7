"""The inspector on a real document: what is typed and clicked changes the network, and what changes is shown."""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QAccessible, QGuiApplication
from PySide6.QtWidgets import QAbstractButton, QApplication, QLabel, QLineEdit, QMenu, QToolButton, QWidget
from pytestqt.qtbot import QtBot

from layerledger.core.base.frozen_map import FrozenMap
from layerledger.core.base.params import Value, params_of
from layerledger.core.layers import LAYER_TYPES
from layerledger.core.metrics.registry import COUNTS
from layerledger.core.network.nodes import Block, Layer, Network, NetworkInput, Node
from layerledger.core.network.paths import NodePath, node_at
from layerledger.gui.document import commands
from layerledger.gui.document.document import Document
from layerledger.gui.inspector.explanations import ExplanationBox
from layerledger.gui.inspector.inspector import Inspector
from layerledger.gui.inspector.param_form import DerivedField
from layerledger.gui.inspector.reference_list import LazyCombo
from layerledger.gui.theme import theme
from layerledger.gui.widgets.basics import Combo
from layerledger.gui.widgets.editors import BoolEditor, TextEditor

Show = Callable[..., Inspector]


def conv(name: str, **params: Value) -> Layer:
    return Layer(name=name, type="Conv2d", params=FrozenMap({"out_channels": 8, "kernel_size": 3, **params}))


def add(name: str, *inputs: str) -> Layer:
    return Layer(name=name, type="Add", inputs=inputs)


def network(*nodes: Node, shape: tuple[int, ...] = (1, 3, 32, 32)) -> Network:
    return Network(name="net", inputs=(NetworkInput(name="image", shape=shape),), root=Block(name="", layers=nodes))


@pytest.fixture
def show(qtbot: QtBot, qapp: QApplication) -> Show:
    """Show the inspector of some nodes, with a selection."""
    theme.choose("light")

    def build(*nodes: Node, select: NodePath | list[NodePath] = (0,)) -> Inspector:
        panel = Inspector(Document(network(*nodes)))
        qtbot.addWidget(panel)
        panel.resize(320, 900)
        document_of(panel).select(select if isinstance(select, list) else [select])
        with qtbot.waitActive(panel):
            panel.show()
            panel.activateWindow()
        return panel

    return build


def document_of(panel: Inspector) -> Document:
    return panel._document


def params(panel: Inspector, path: NodePath = (0,)) -> dict[str, Value]:
    return dict(cast("Layer", node_at(document_of(panel).network, path)).params)


def editor(panel: Inspector, name: str) -> QWidget:
    assert panel.forms.current is not None
    return panel.forms.current.fields[name].editor


def line(panel: Inspector, name: str) -> TextEditor:
    found = editor(panel, name)
    assert isinstance(found, TextEditor)
    return found


def type_over(qtbot: QtBot, field: QLineEdit, text: str) -> None:
    field.setFocus()
    field.selectAll()
    qtbot.keyClicks(field, text)


def texts(panel: QWidget) -> list[str]:
    return [label.text() for label in panel.findChildren(QLabel) if label.isVisible()]


def button(panel: QWidget, name: str) -> QToolButton:
    return next(b for b in panel.findChildren(QToolButton) if b.accessibleName() == name and b.isVisible())


def click(qtbot: QtBot, widget: QWidget) -> None:
    qtbot.mouseClick(widget, Qt.MouseButton.LeftButton)


def choose(qtbot: QtBot, combo: Combo, text: str) -> None:
    """Open a list and picks the entry that begins with `text`."""
    combo.setFocus()
    combo.showPopup()
    view = combo.view()
    row = next(i for i in range(combo.count()) if combo.itemText(i).startswith(text))
    index = combo.model().index(row, 0)
    view.scrollTo(index)
    qtbot.mouseMove(view.viewport(), view.visualRect(index).center())
    qtbot.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=view.visualRect(index).center())


# -- parameters


def test_each_keystroke_reaches_the_network_and_all_are_one_step(qtbot: QtBot, show: Show) -> None:
    panel = show(conv("a"))
    document, seen = document_of(panel), list[int]()
    document.resultChanged.connect(lambda: seen.append(document.result.totals.params))
    type_over(qtbot, line(panel, "out_channels"), "128")
    assert params(panel)["out_channels"] == 128
    assert seen == [28, 12 * 28, 128 * 28]
    assert document.undo_stack.count() == 1
    document.undo()
    assert line(panel, "out_channels").text() == "8"


def test_leaving_a_field_ends_the_step(qtbot: QtBot, show: Show) -> None:
    panel = show(conv("a"))
    type_over(qtbot, line(panel, "out_channels"), "12")
    qtbot.keyClick(line(panel, "out_channels"), Qt.Key.Key_Return)
    type_over(qtbot, line(panel, "out_channels"), "34")
    assert document_of(panel).undo_stack.count() == 2


def test_escape_takes_back_what_was_typed(qtbot: QtBot, show: Show) -> None:
    panel = show(conv("a"))
    document, field = document_of(panel), line(panel, "out_channels")
    before = document.network
    type_over(qtbot, field, "4k")
    assert params(panel)["out_channels"] == 4096
    qtbot.keyClicks(field, "x")
    qtbot.keyClick(field, Qt.Key.Key_Escape)
    assert document.network is before
    assert (field.text(), document.undo_stack.count(), document.modified) == ("8", 0, False)
    qtbot.keyClick(field, Qt.Key.Key_Up)
    qtbot.keyClick(field, Qt.Key.Key_Return)
    qtbot.keyClick(field, Qt.Key.Key_Up)
    qtbot.keyClick(field, Qt.Key.Key_Escape)
    assert (params(panel)["out_channels"], field.text()) == (9, "9")


def test_a_wrong_value_stays_as_typed_with_its_sentence(qtbot: QtBot, show: Show) -> None:
    panel = show(conv("a"))
    field = line(panel, "kernel_size")
    type_over(qtbot, field, "3,5,x")
    assert params(panel)["kernel_size"] == (3, 5, "x")
    assert field.text() == "3,5,x"
    assert field.property("invalid") == "true"
    assert any(text.startswith("kernel_size must be") for text in texts(panel))
    assert "kernel_size must be" in field.accessibleDescription()
    type_over(qtbot, field, "5")
    assert not field.property("invalid")
    assert not any(text.startswith("kernel_size must be") for text in texts(panel))


def test_focus_and_cursor_stay_while_typing_in_the_middle(qtbot: QtBot, show: Show) -> None:
    panel = show(conv("a", kernel_size=(3, 5)))
    field = line(panel, "kernel_size")
    field.setFocus()
    field.setCursorPosition(1)
    qtbot.keyClick(field, Qt.Key.Key_1)
    assert params(panel)["kernel_size"] == (31, 5)
    assert (field.text(), field.cursorPosition(), field.hasFocus()) == ("31 × 5", 2, True)


def test_words_check_boxes_and_lists_reach_the_network(qtbot: QtBot, show: Show) -> None:
    panel = show(conv("a"))
    type_over(qtbot, line(panel, "padding"), "same")
    bias = editor(panel, "bias")
    qtbot.mouseClick(bias, Qt.MouseButton.LeftButton, pos=QPoint(8, bias.height() // 2))
    qtbot.keyClick(editor(panel, "padding_mode"), Qt.Key.Key_Down)
    assert params(panel) | {"padding": "same", "bias": False, "padding_mode": "reflect"} == params(panel)
    document_of(panel).undo()
    document_of(panel).undo()
    assert cast("BoolEditor", bias).isChecked()


def test_a_changed_parameter_is_marked_and_reset(qtbot: QtBot, show: Show) -> None:
    panel = show(conv("a", stride=(2, 2), dilation=(1, 1)))
    assert panel.forms.current is not None
    fields = panel.forms.current.fields
    assert [name for name, field in fields.items() if field.label.property("changed")] == ["stride"]
    reset = button(panel, "Reset stride")
    assert "1" in reset.toolTip()
    click(qtbot, reset)
    assert "stride" not in params(panel)
    assert not reset.isVisible()
    assert line(panel, "stride").text() == "1"
    assert document_of(panel).undo_stack.undoText() == "Reset stride"


def test_what_follows_from_the_input_is_shown_and_not_typed(qtbot: QtBot, show: Show) -> None:
    panel = show(conv("a"), conv("b"), select=(1,))
    field = editor(panel, "in_channels")
    assert isinstance(field, DerivedField)
    assert field.text() == "8 (from input)"
    field.setFocus()
    qtbot.keyClicks(field, "4")
    assert "in_channels" not in params(panel, (1,))
    commands.set_param(document_of(panel), (0,), "out_channels", 16)
    assert field.text() == "16 (from input)"


def test_a_derived_value_that_does_not_fit_is_shown_and_left_to_the_input(qtbot: QtBot, show: Show) -> None:
    panel = show(conv("a", in_channels=12))
    field = cast("DerivedField", editor(panel, "in_channels"))
    assert field.text() == "12"
    assert field.property("invalid") == "true"
    click(qtbot, button(panel, "Reset in_channels"))
    assert "in_channels" not in params(panel)
    assert field.text() == "3 (from input)"


def test_the_normalized_shape_that_the_input_gives_is_a_hint(qtbot: QtBot, show: Show) -> None:
    panel = show(Layer(name="norm", type="LayerNorm"))
    field = line(panel, "normalized_shape")
    assert (field.text(), field.placeholderText()) == ("", "32 (from input)")
    type_over(qtbot, field, "32,32")
    assert params(panel)["normalized_shape"] == (32, 32)


def test_a_missing_parameter_is_required(show: Show) -> None:
    panel = show(Layer(name="a", type="Conv2d", params=FrozenMap({"kernel_size": 3})))
    assert line(panel, "out_channels").placeholderText() == "required"
    assert line(panel, "out_channels").property("invalid") == "true"


def test_an_unknown_parameter_is_listed_and_removed(qtbot: QtBot, show: Show) -> None:
    panel = show(conv("a", strid=2))
    assert any("strid = 2" in text and "stride" in text for text in texts(panel))
    click(qtbot, button(panel, "Remove strid"))
    assert "strid" not in params(panel)
    assert not panel.raw.isVisible()


def test_help_is_in_the_tool_tip_and_below_each_field_on_request(qtbot: QtBot, show: Show) -> None:
    panel = show(conv("a"))
    help = params_of(LAYER_TYPES["Conv2d"])["groups"].help
    assert help in editor(panel, "groups").toolTip()
    assert "Default: 1" in editor(panel, "groups").toolTip()
    assert help not in texts(panel)
    click(qtbot, panel.title.help)
    assert help in texts(panel)
    click(qtbot, panel.title.help)
    assert help not in texts(panel)


def test_one_form_serves_all_layers_of_a_type(show: Show) -> None:
    panel = show(conv("a"), conv("b", kernel_size=5), Layer(name="r", type="ReLU"))
    field = line(panel, "kernel_size")
    document_of(panel).select([(1,)])
    assert line(panel, "kernel_size") is field
    assert field.text() == "5"
    document_of(panel).select([(2,)])
    assert not field.isVisible()
    document_of(panel).select([(0,)])
    assert line(panel, "kernel_size") is field
    assert field.text() == "3"


# -- several layers


def test_layers_of_one_type_are_edited_together_in_one_step(qtbot: QtBot, show: Show) -> None:
    panel = show(conv("a"), conv("b", kernel_size=5), conv("c"), select=[(0,), (1,), (2,)])
    field = line(panel, "kernel_size")
    assert (field.text(), field.placeholderText()) == ("", "different values")
    assert line(panel, "out_channels").text() == "8"
    qtbot.keyClicks(field, "17")
    assert [params(panel, (i,))["kernel_size"] for i in range(3)] == [17, 17, 17]
    assert document_of(panel).undo_stack.count() == 1
    document_of(panel).undo()
    assert [params(panel, (i,))["kernel_size"] for i in range(3)] == [3, 5, 3]
    assert "3 selected" in texts(panel)


def test_resetting_several_is_one_step(qtbot: QtBot, show: Show) -> None:
    panel = show(conv("a", stride=2), conv("b", stride=3), select=[(0,), (1,)])
    click(qtbot, button(panel, "Reset stride"))
    assert all("stride" not in params(panel, (i,)) for i in range(2))
    assert document_of(panel).undo_stack.count() == 1


def test_different_types_are_summed_up(show: Show) -> None:
    panel = show(conv("a"), Layer(name="r", type="ReLU"), conv("b"), select=[(0,), (1,), (2,)])
    results = [document_of(panel).result.at((i,)) for i in range(3)]
    params_sum = sum(result.cost.params for result in results if result)
    assert not panel.forms.isVisible()
    assert panel.summary.values["params"].text() == f"{params_sum:,}"
    assert not panel.explanations.isVisible()


def test_a_repeated_block_around_the_selection_is_said_not_to_count(show: Show) -> None:
    inner = Block(name="s", layers=(conv("a"), conv("b")), repeat=3)
    panel = show(conv("in", out_channels=8), inner, select=[(1, 0), (1, 1)])
    assert panel.summary.once.isVisible()
    document_of(panel).select([(0,), (1,)])
    assert not panel.summary.once.isVisible()


# -- the name


def test_enter_renames_and_references_follow(qtbot: QtBot, show: Show) -> None:
    panel = show(conv("a"), add("sum", "a", "a"))
    type_over(qtbot, panel.title.name, "stem")
    assert document_of(panel).network.layers[0].name == "a"
    qtbot.keyClick(panel.title.name, Qt.Key.Key_Return)
    assert document_of(panel).network.layers[0].name == "stem"
    assert document_of(panel).network.layers[1].inputs == ("stem", "stem")


def test_a_name_that_will_not_do_says_why_and_is_not_taken(qtbot: QtBot, show: Show) -> None:
    panel = show(conv("a"), conv("b"))
    type_over(qtbot, panel.title.name, "b")
    assert panel.title.name.property("invalid") == "true"
    assert any("taken" in text for text in texts(panel))
    qtbot.keyClick(panel.title.name, Qt.Key.Key_Escape)
    assert (panel.title.name.text(), panel.title.name.property("invalid")) == ("a", "")
    assert not any("taken" in text for text in texts(panel))
    assert document_of(panel).undo_stack.count() == 0


def test_selecting_another_layer_while_renaming_keeps_the_other_name(qtbot: QtBot, show: Show) -> None:
    panel = show(conv("a"), conv("b"))
    type_over(qtbot, panel.title.name, "stem")
    document_of(panel).select([(1,)])
    assert panel.title.name.text() == "b"
    panel.title.name.clearFocus()
    assert [node.name for node in document_of(panel).network.layers] == ["a", "b"]


def test_the_title_says_type_and_place(show: Show) -> None:
    panel = show(Block(name="stage", layers=(conv("a"),)), select=(0, 0))
    assert panel.title.kind.text() == "Conv2d in stage"
    assert "1×3×32×32 → 1×8×30×30" in texts(panel)


# -- wiring


def test_an_input_is_chosen_from_what_is_reachable(qtbot: QtBot, show: Show) -> None:
    panel = show(conv("a", padding=1), conv("b", padding=1), conv("c", padding=1), select=(2,))
    combo = panel.wiring.inputs.combos()[0]
    assert combo.currentText() == "layer before (b)"
    choose(qtbot, combo, "a ")
    assert document_of(panel).network.layers[2].inputs == ("a",)
    assert combo.currentText() == "a  1×8×32×32"
    names = [combo.itemText(i).split()[0] for i in range(combo.count())]
    assert names == ["a"]
    choose(qtbot, combo, "layer before")
    assert document_of(panel).network.layers[2].inputs == ()


def test_the_list_holds_earlier_siblings_the_block_s_input_and_the_network_s(show: Show) -> None:
    inside = Block(name="s", layers=(conv("a"), conv("b"), conv("c")))
    panel = show(conv("stem"), inside, select=(1, 1))
    combo = panel.wiring.inputs.combos()[0]
    combo.showPopup()
    assert [combo.itemData(i) for i in range(combo.count())] == ["", "a", "input", "image"]
    combo.hidePopup()


def test_the_keyboard_steps_through_the_list(qtbot: QtBot, show: Show) -> None:
    panel = show(conv("a", padding=1), conv("b", padding=1), select=(1,))
    combo = panel.wiring.inputs.combos()[0]
    qtbot.keyClick(combo, Qt.Key.Key_Down)
    assert document_of(panel).network.layers[1].inputs == ("a",)
    qtbot.keyClick(combo, Qt.Key.Key_Down)
    assert document_of(panel).network.layers[1].inputs == ("input",)


def test_a_merge_asks_for_its_second_input(qtbot: QtBot, show: Show) -> None:
    panel = show(conv("a", padding=1), conv("b", padding=1), add("sum"), select=(2,))
    first, second = panel.wiring.inputs.combos()
    assert (first.currentText(), second.currentText()) == ("layer before (b)", "choose…")
    choose(qtbot, second, "a ")
    assert document_of(panel).network.layers[2].inputs == ("b", "a")
    assert document_of(panel).result.ok


def test_inputs_are_added_and_removed(qtbot: QtBot, show: Show) -> None:
    panel = show(conv("a", padding=1), conv("b", padding=1), add("sum", "a", "b"), select=(2,))
    click(qtbot, button(panel.wiring, "Add input"))
    assert document_of(panel).network.layers[2].inputs == ("a", "b", "input")
    click(qtbot, button(panel.wiring, "Remove Input 1"))
    assert document_of(panel).network.layers[2].inputs == ("b", "input")


def test_a_type_of_one_input_offers_no_more(show: Show) -> None:
    panel = show(conv("a"))
    assert not [b for b in panel.wiring.findChildren(QToolButton) if b.isVisible()]


def test_a_dangling_reference_is_shown_as_it_is_and_mended(qtbot: QtBot, show: Show) -> None:
    lost = Layer(name="r", type="ReLU", inputs=("gone",))
    panel = show(conv("a"), lost, select=(1,))
    combo = panel.wiring.inputs.combos()[0]
    assert combo.currentText() == "gone"
    assert combo.property("invalid") == "true"
    assert any('"gone"' in text for text in texts(panel.wiring))
    choose(qtbot, combo, "a ")
    assert document_of(panel).result.ok
    assert not combo.property("invalid")


def test_outputs_of_a_source_with_several_are_numbered(show: Show) -> None:
    two = Block(name="two", layers=(conv("a"), conv("b")), outputs=("a", "b"))
    panel = show(two, Layer(name="r", type="ReLU"), select=(1,))
    combo = panel.wiring.inputs.combos()[0]
    combo.showPopup()
    assert [combo.itemData(i) for i in range(combo.count())] == ["", "two", "two:1", "input", "image"]
    combo.hidePopup()


def test_weights_are_tied_to_those_of_a_layer_like_it(qtbot: QtBot, show: Show) -> None:
    panel = show(conv("a", out_channels=3), conv("b", out_channels=3), conv("c", out_channels=4), select=(1,))
    tied = panel.tie.tied
    before = document_of(panel).result.totals.params
    tied.showPopup()
    assert [tied.itemText(i) for i in range(tied.count())] == ["none", "a"]
    tied.hidePopup()
    choose(qtbot, tied, "a")
    assert document_of(panel).network.layers[1].tied_to == "a"
    assert document_of(panel).result.totals.params == before - 84
    assert any("The weights are those of a" in text for text in texts(panel.explanations))
    choose(qtbot, tied, "none")
    assert document_of(panel).network.layers[1].tied_to is None


def test_a_weight_alone_is_tied_to_one_of_the_same_size(qtbot: QtBot, show: Show) -> None:
    last = Layer(name="d", type="Conv2d", params=FrozenMap({"out_channels": 3, "kernel_size": 3, "bias": False}))
    panel = show(conv("a", out_channels=3), last, select=(1,))
    tied = panel.tie.tied
    before = document_of(panel).result.totals.params
    tied.showPopup()
    assert [tied.itemText(i) for i in range(tied.count())] == ["none", "a.weight"]
    tied.hidePopup()
    choose(qtbot, tied, "a.weight")
    assert document_of(panel).network.layers[1].tied_to == "a.weight"
    assert document_of(panel).result.totals.params == before - 81
    assert any("a.weight counts there" in text for text in texts(panel.explanations))


def test_a_layer_without_weights_has_nothing_to_tie(show: Show) -> None:
    panel = show(Layer(name="r", type="ReLU"))
    assert not panel.tie.tied.isVisible()


# -- blocks


def test_a_block_is_repeated_shares_its_weights_and_gives_out_what_is_chosen(qtbot: QtBot, show: Show) -> None:
    stage = Block(name="s", layers=(conv("a", out_channels=3, padding=1), conv("b", out_channels=3, padding=1)))
    panel = show(stage)
    document = document_of(panel)
    panel.block.repeat.setFocus()
    panel.block.repeat.selectAll()
    qtbot.keyClicks(panel.block.repeat, "12")
    qtbot.keyClick(panel.block.share, Qt.Key.Key_Space)
    choose(qtbot, panel.block.outputs.combos()[0], "a ")
    block = cast("Block", document.network.layers[0])
    assert (block.repeat, block.share_weights, block.outputs) == (12, True, ("a",))
    assert document.undo_stack.count() == 3
    assert document.result.totals.params == 2 * 84


def test_the_sum_of_a_block_is_explained(show: Show) -> None:
    stage = Block(name="s", layers=(conv("a", out_channels=3), conv("b", out_channels=3)), repeat=2)
    panel = show(stage)
    box = next(b for b in panel.explanations.boxes() if b.title.text() == "Parameters")
    assert box.explanation is not None
    assert (box.explanation.filled, box.explanation.value) == ("2 × (84 + 84)", 336)


@pytest.mark.parametrize("repeat", [0, -3, 10**12])
def test_a_wrong_repeat_is_shown_with_its_sentence(show: Show, repeat: int) -> None:
    panel = show(Block(name="s", layers=(conv("a"),), repeat=repeat))
    assert panel.block.repeat.property("invalid") == "true"
    assert any("repeat" in text and str(repeat) in text for text in texts(panel.block))


# -- the network


@pytest.mark.parametrize("selection", [[], [()]])
def test_the_network_is_edited_where_nothing_is_selected(qtbot: QtBot, show: Show, selection: list[NodePath]) -> None:
    panel = show(conv("a"), select=selection)
    document = document_of(panel)
    row = panel.inputs.rows[0]
    type_over(qtbot, panel.title.name, "my net")
    qtbot.keyClick(panel.title.name, Qt.Key.Key_Return)
    type_over(qtbot, row.name, "photo")
    qtbot.keyClick(row.name, Qt.Key.Key_Return)
    type_over(qtbot, row.shape, "2,3,64,64")
    choose(qtbot, row.dtype, "float16")
    given = document.network.inputs[0]
    assert document.network.name == "my net"
    assert (given.name, given.shape, given.dtype) == ("photo", (2, 3, 64, 64), "float16")


def test_inputs_of_the_network_are_added_and_removed(qtbot: QtBot, show: Show) -> None:
    panel = show(conv("a"), select=())
    click(qtbot, panel.inputs.add)
    assert [given.name for given in document_of(panel).network.inputs] == ["image", "image2"]
    type_over(qtbot, panel.inputs.rows[1].shape, "1,3,8,8")
    assert document_of(panel).network.inputs[1].shape == (1, 3, 8, 8)
    click(qtbot, panel.inputs.rows[0].remove)
    assert [given.name for given in document_of(panel).network.inputs] == ["image2"]
    assert panel.inputs.rows[0].name.text() == "image2"
    document_of(panel).undo()
    assert panel.inputs.rows[1].isVisible()


def test_outputs_of_the_network_are_chosen(qtbot: QtBot, show: Show) -> None:
    panel = show(conv("a"), conv("b"), select=())
    choose(qtbot, panel.block.outputs.combos()[0], "a ")
    assert document_of(panel).network.root.outputs == ("a",)
    click(qtbot, button(panel.block, "Add output"))
    assert document_of(panel).network.root.outputs == ("a", "b")


# -- unknown types


def test_an_unknown_type_is_kept_shown_and_made_a_known_one(qtbot: QtBot, show: Show) -> None:
    odd = Layer(name="odd", type="Conv2x", params=FrozenMap({"out_channels": 4, "depth": 2}))
    panel = show(odd)
    assert "out_channels = 4" in texts(panel)
    assert "depth = 2" in texts(panel)
    assert any("Conv2x" in text and "not counted" in text for text in texts(panel.types))
    choose(qtbot, panel.types.types, "Conv2d")
    layer = cast("Layer", document_of(panel).network.layers[0])
    assert (layer.type, dict(layer.params)) == ("Conv2d", {"out_channels": 4, "kernel_size": 3})
    assert not panel.types.isVisible()
    assert line(panel, "out_channels").text() == "4"


# -- explanations


def box(panel: Inspector, title: str) -> ExplanationBox:
    return next(b for b in panel.explanations.boxes() if b.title.text() == title)


def test_each_count_is_explained_with_its_numbers(show: Show) -> None:
    panel = show(conv("a"))
    assert "K<sub>h</sub>" in box(panel, "MACs").body.text()
    assert "194,400" in box(panel, "MACs").body.text()
    explanation = box(panel, "Parameters").explanation
    assert explanation is not None
    assert explanation.value == 8 * 28
    assert any("C<sub>in</sub>&nbsp;=&nbsp;3" in text for text in texts(panel))


def test_the_chosen_count_comes_first(show: Show) -> None:
    panel = show(conv("a"))
    # A convolution has no weights that are not trained, which is said in the line of zeros.
    for count in COUNTS.keys() - {"keras-params-non-trainable"}:
        document_of(panel).change_settings(count=count)
        first, *others = panel.explanations.boxes()
        assert first.title.text() == document_of(panel).metric.title
        assert first.property("chosen") == "true"
        assert not any(other.property("chosen") for other in others)


def test_a_tools_count_is_explained_by_its_own_parts(show: Show) -> None:
    panel = show(conv("a"), Layer(name="bn", type="BatchNorm2d"), Layer(name="relu", type="ReLU"))
    document_of(panel).change_settings(count="calflops")
    first = panel.explanations.boxes()[0]
    assert "factor 2:" in first.body.text()
    document_of(panel).change_settings(count="torchstat-madd")
    document_of(panel).select([(1,)])
    assert "4" in panel.explanations.boxes()[0].body.text()
    document_of(panel).change_settings(count="thop")
    document_of(panel).select([(2,)])
    assert "thop 0.1: 0. thop has no rule for it." in panel.explanations.zeros.text()


def test_what_is_out_of_sight_follows_when_typing_rests(qtbot: QtBot, show: Show) -> None:
    panel = show(conv("a"))
    first, second, *_ = panel.explanations.boxes()
    panel.resize(320, 300)
    panel.area.verticalScrollBar().setValue(0)
    QApplication.processEvents()
    assert second.visibleRegion().isEmpty()
    before = second.body.text()
    commands.set_param(document_of(panel), (0,), "out_channels", 9)
    assert f"{194_400 // 8 * 9:,}" in first.body.text()
    assert second.body.text() == before
    qtbot.waitUntil(lambda: second.body.text() != before)


def titles_of(panel: Inspector) -> list[str]:
    return [box.title.text() for box in panel.explanations.boxes()]


def test_bytes_are_explained_with_their_dtype(show: Show) -> None:
    panel = show(conv("a"), Layer(name="relu", type="ReLU"))
    titles = titles_of(panel)
    assert titles[-4:] == ["Weight bytes", "Bytes read", "Bytes written", "Intensity (2 × MACs per byte)"]
    weights, read, written, intensity = panel.explanations.boxes()[-4:]
    assert "params·4" in weights.body.text().replace("\u200b", "")
    assert weights.note.text() == "float32: 4 bytes a weight."
    assert "float32" in read.note.text()
    assert " B</span>" in written.body.text()
    assert "FLOP/B" in intensity.body.text()
    document_of(panel).select([(1,)])
    document_of(panel).change_settings(fused=True)
    assert "fused into the layer before it" in panel.explanations.zeros.text()
    document_of(panel).select([(0,), (1,)])
    assert panel.summary.names["read_bytes"].text() == "Bytes read, fused"
    assert panel.summary.values["intensity"].text() == intensity.explanation.shown if intensity.explanation else ""


def test_from_one_layer_without_counts_to_the_next(show: Show) -> None:
    panel = show(Layer(name="a", type="Dropout"), Layer(name="b", type="Dropout"))
    document_of(panel).select([(1,)])
    assert titles_of(panel) == []
    assert "Dropout" in panel.explanations.zeros.text()


def test_what_is_zero_by_convention_is_said_in_one_line(show: Show) -> None:
    panel = show(Layer(name="flat", type="Flatten"))
    assert titles_of(panel) == []
    assert "Flatten has none by this convention." in panel.explanations.zeros.text()


def test_a_wrong_layer_says_why_it_is_not_counted(show: Show) -> None:
    panel = show(conv("a", out_channels=0), conv("b"))
    assert panel.explanations.reason.text() == "Not counted: out_channels must be an integer ≥ 1; got 0"
    document_of(panel).select([(1,)])
    assert panel.explanations.reason.text() == "Not computed: depends on a, which has an error"
    assert panel.problems.isVisible()
    commands.set_param(document_of(panel), (0,), "out_channels", 8)
    assert not panel.explanations.reason.text()
    assert not panel.problems.isVisible()


@pytest.mark.parametrize(
    ("entry", "part"),
    [("Copy as text", "Parameters = K_h·K_w·"), ("Copy as LaTeX", r"\mathrm"), ("Copy as HTML", "<sub>in</sub>")],
)
def test_a_count_is_copied(qtbot: QtBot, show: Show, entry: str, part: str) -> None:
    panel = show(conv("a"))
    target = box(panel, "Parameters")
    click(qtbot, target.copy)
    menu = target.findChild(QMenu)
    assert isinstance(menu, QMenu)
    qtbot.waitUntil(menu.isVisible)
    action = next(action for action in menu.actions() if action.text() == entry)
    qtbot.mouseClick(menu, Qt.MouseButton.LeftButton, pos=menu.actionGeometry(action).center())
    assert part in QGuiApplication.clipboard().text()


def test_selected_text_is_copied_as_it_looks(qtbot: QtBot, show: Show) -> None:
    panel = show(conv("a"))
    body = box(panel, "Parameters").body
    body.setFocus()
    qtbot.keyClick(body, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
    qtbot.keyClick(body, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    text = QGuiApplication.clipboard().text()
    assert "3·3·3/1·8 + 1·8 = 224" in text
    assert "\u200b" not in text


def test_nothing_is_cut_at_any_width(qtbot: QtBot, show: Show) -> None:
    panel = show(conv("a", out_channels=2**62, kernel_size=1))
    document_of(panel).change_settings(count="exact")
    for width in (240, 320, 500):
        panel.resize(width, 600)
        QApplication.processEvents()
        for each in panel.explanations.boxes():
            body = each.body
            assert body.height() >= body.heightForWidth(body.width())
            assert each.geometry().right() <= panel.area.viewport().width()


# -- problems


def test_a_problem_that_no_parameter_would_mend_is_at_the_top(show: Show) -> None:
    panel = show(Block(name="s"))
    assert any("empty" in text for text in texts(panel.problems))


def test_one_sentence_for_all_passes(show: Show) -> None:
    panel = show(Block(name="s", layers=(conv("a", out_channels=0),), repeat=2), select=(0, 0))
    assert sum(text.startswith("out_channels must be") for text in texts(panel)) == 1


# -- the panel


def test_the_theme_recolours_the_formulas(qapp: QApplication, show: Show) -> None:
    panel = show(conv("a"))
    light = box(panel, "MACs").body.text()
    theme.choose("dark")
    QApplication.processEvents()
    assert theme.current().accent in box(panel, "MACs").body.text() != light
    theme.choose("light")


def test_every_control_has_a_name(show: Show) -> None:
    wired = add("sum", "a", "b")
    panel = show(conv("a"), conv("b", out_channels=3), wired, Block(name="s", layers=(conv("c"),), repeat=2))
    for path in ((), (0,), (2,), (3,)):
        document_of(panel).select([path])
        for widget in panel.findChildren(QWidget):
            if widget.isVisible() and not widget.focusProxy() and widget.focusPolicy() & Qt.FocusPolicy.TabFocus:
                name = QAccessible.queryAccessibleInterface(widget).text(QAccessible.Text.Name)
                assert name, f"{type(widget).__name__} at {path}"


def test_tab_goes_through_the_fields_in_their_order(qtbot: QtBot, show: Show) -> None:
    panel = show(conv("a"))
    panel.setFocus()
    assert line(panel, "out_channels").hasFocus()
    for name in ("kernel_size", "stride", "padding"):
        qtbot.keyClick(QApplication.focusWidget(), Qt.Key.Key_Tab)
        assert editor(panel, name).hasFocus(), name


@pytest.mark.parametrize("name", LAYER_TYPES)
def test_every_type_fits_into_a_narrow_panel(show: Show, name: str) -> None:
    start = {key: info.initial for key, info in params_of(LAYER_TYPES[name]).items() if info.required}
    panel = show(Layer(name="layer", type=name, params=FrozenMap(start)))
    panel.resize(260, 600)
    QApplication.processEvents()
    QApplication.processEvents()  # a scroll bar that comes makes the panel narrower once more
    assert panel.area.widget().minimumSizeHint().width() <= panel.area.viewport().width()
    assert panel.forms.current is not None
    assert set(panel.forms.current.fields) == set(params_of(LAYER_TYPES[name]))


def test_lists_are_filled_when_opened(show: Show) -> None:
    panel = show(*[conv(f"conv{i}", padding=1) for i in range(100)], select=(99,))
    assert all(combo.count() == 1 for combo in panel.findChildren(LazyCombo))


def test_a_panel_of_a_deleted_layer_shows_the_next(show: Show) -> None:
    panel = show(conv("a"), conv("b"))
    commands.delete(document_of(panel))
    assert panel.title.name.text() == "b"
    commands.delete(document_of(panel))
    assert panel.inputs.isVisible()
    assert not [b for b in panel.forms.findChildren(QAbstractButton) if b.isVisible()]


def test_a_button_hands_on_the_further_inputs_of_a_repeated_block(show: Show, qtbot: QtBot) -> None:
    inner = (add("sum", "input", "input:1"),)
    block = Block(name="iter", repeat=3, inputs=("c1", "c2"), layers=inner)
    panel = show(conv("c1"), Layer(name="c2", type="ReLU", inputs=("c1",)), block, select=(2,))
    button = panel.block.hand_on
    assert button.isVisible()
    assert "sum, input:1" in button.toolTip()
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    mended = node_at(document_of(panel).network, (2,))
    assert isinstance(mended, Block)
    assert mended.outputs == ("sum", "input:1")
    assert not button.isVisible()
    assert not document_of(panel).result.problems


# -- a calm panel


def test_the_edited_field_stays_where_it_is_when_lines_come_and_go(qtbot: QtBot, show: Show) -> None:
    panel = show(conv("a"))
    field = line(panel, "kernel_size")

    def top() -> int:
        QApplication.processEvents()
        return field.mapTo(panel, QPoint(0, 0)).y()

    qtbot.waitUntil(lambda: "receptive field" in panel.title.receptive.text())
    field.setFocus()
    before = top()
    for text in ("x", "99", "3"):
        type_over(qtbot, field, text)
        assert top() == before, text
    assert "→ ?" not in panel.title.shapes.text()


def test_a_block_says_the_problems_of_its_layers(show: Show) -> None:
    inner = Block(name="stage", layers=(conv("a", out_channels=0), conv("b")))
    panel = show(inner)
    assert any(text.startswith("stage.a: out_channels must be") for text in texts(panel))
    assert not any("depends on" in text for text in texts(panel))
