"""The palette: typing, keys, mouse and drags become layers after the selection."""

from __future__ import annotations

import drag_events
import pytest
from PySide6.QtCore import QModelIndex, QPoint, QPointF, Qt
from PySide6.QtGui import QDropEvent
from PySide6.QtTest import QAbstractItemModelTester, QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from layerledger.core import Block, Layer, Network, NetworkInput
from layerledger.core.formats import native
from layerledger.core.library.catalog.entries import CATALOG, GROUPS
from layerledger.gui.document import clipboard_commands, commands
from layerledger.gui.document.document import Document
from layerledger.gui.palette.palette import Palette
from layerledger.gui.palette.palette_model import PaletteModel
from layerledger.gui.stack.stack_panel import StackPanel
from layerledger.gui.theme import theme

FATAL = QAbstractItemModelTester.FailureReportingMode.Fatal
Key = Qt.Key


def conv(name: str, out_channels: int = 8) -> Layer:
    return Layer(name=name, type="Conv2d", params={"out_channels": out_channels, "kernel_size": 3, "padding": 1})


@pytest.fixture
def document(qapp: QApplication) -> Document:
    given = NetworkInput(name="image", shape=(1, 3, 32, 32))
    return Document(Network(inputs=(given,), root=Block(name="", layers=(conv("stem", 24), conv("head")))))


@pytest.fixture
def palette(qtbot: QtBot, document: Document) -> Palette:
    panel = Palette(document)
    qtbot.addWidget(panel)
    panel.resize(196, 500)
    with qtbot.waitActive(panel):
        panel.show()
        panel.activateWindow()
    panel.focus_search()
    return panel


def titles(model: PaletteModel) -> list[str]:
    return [str(model.index(row).data()) for row in range(model.rowCount())]


def row_of(palette: Palette, title: str) -> QModelIndex:
    return palette.model.index(titles(palette.model).index(title))


def is_heading(palette: Palette, row: int) -> bool:
    return palette.model.flags(palette.model.index(row)) == Qt.ItemFlag.NoItemFlags


def types(document: Document) -> list[str]:
    return [node.type if isinstance(node, Layer) else "Block" for node in document.network.layers]


def last_params(document: Document) -> dict[str, object]:
    node = document.network.layers[-1]
    assert isinstance(node, Layer)
    return dict(node.params)


# -- the list


def test_all_that_can_be_added_stands_under_its_family(palette: Palette) -> None:
    shown = titles(palette.model)
    assert len(shown) == len(CATALOG) + len({entry.group for entry in CATALOG})
    assert shown[:2] == ["Convolution", "Conv1d"]
    headings = [palette.model.index(row).data() for row in range(len(shown)) if is_heading(palette, row)]
    assert headings == [group for group in GROUPS if group in shown]
    assert shown[-2:] == ["Block", "Block"]


def test_the_model_keeps_qts_contract_while_it_filters(document: Document) -> None:
    model = PaletteModel(document)
    tester = QAbstractItemModelTester(model, FATAL)
    for text in ["c", "conv 64", "xyzzy", "", "pool", "  "]:
        model.search(text)
    del tester


def test_headings_can_be_neither_chosen_nor_dragged(palette: Palette) -> None:
    heading = palette.model.index(0)
    assert palette.model.flags(heading) == Qt.ItemFlag.NoItemFlags
    QTest.mouseClick(palette.list.viewport(), Qt.MouseButton.LeftButton, pos=palette.list.visualRect(heading).center())
    assert not palette.list.selectionModel().hasSelection()


def test_a_tool_tip_says_what_it_does_and_what_it_takes(palette: Palette) -> None:
    tip = row_of(palette, "Conv2d").data(Qt.ItemDataRole.ToolTipRole)
    assert isinstance(tip, str)
    assert "2-D convolution" in tip
    for name in ("out_channels", "kernel_size", "padding_mode"):
        assert name in tip
    depthwise = row_of(palette, "Depthwise Conv2d").data(Qt.ItemDataRole.ToolTipRole)
    assert isinstance(depthwise, str)
    assert "<td>8" in depthwise, "the channels at the insertion point"


# -- typing


def test_typed_layers_go_one_after_the_other(qtbot: QtBot, palette: Palette, document: Document) -> None:
    for line in ("conv 16 3 2", "linear 10"):
        qtbot.keyClicks(palette.box, line)
        qtbot.keyClick(palette.box, Key.Key_Return)
        assert palette.box.text() == ""
        assert palette.box.hasFocus()
    assert types(document) == ["Conv2d", "Conv2d", "Conv2d", "Linear"]
    assert last_params(document) == {"out_features": 10}
    assert document.selection == ((3,),)
    assert document.undo_stack.undoText() == "Insert fc"
    document.undo()
    document.undo()
    assert types(document) == ["Conv2d", "Conv2d"]


def test_it_goes_after_the_selection(qtbot: QtBot, palette: Palette, document: Document) -> None:
    document.select([(0,)])
    qtbot.keyClicks(palette.box, "dw")
    qtbot.keyClick(palette.box, Key.Key_Enter)
    made = document.network.layers[1]
    assert isinstance(made, Layer)
    assert dict(made.params) == {"out_channels": 24, "kernel_size": 3, "groups": 24}


def test_names_of_new_layers_are_numbered(qtbot: QtBot, palette: Palette, document: Document) -> None:
    for _ in range(3):
        qtbot.keyClicks(palette.box, "conv 8")
        qtbot.keyClick(palette.box, Key.Key_Return)
    assert [node.name for node in document.network.layers] == ["stem", "head", "conv", "conv2", "conv3"]


def test_a_merge_is_wired(qtbot: QtBot, palette: Palette, document: Document) -> None:
    qtbot.keyClicks(palette.box, "conv 8 3 padding=1")
    qtbot.keyClick(palette.box, Key.Key_Return)
    qtbot.keyClicks(palette.box, "add")
    qtbot.keyClick(palette.box, Key.Key_Return)
    assert document.network.layers[-1].inputs == ("conv", "head")
    assert document.result.ok


def test_the_hint_says_what_enter_inserts(qtbot: QtBot, palette: Palette) -> None:
    assert not palette.hint.isVisible()
    qtbot.keyClicks(palette.box, "conv 64 3 2")
    assert palette.hint.text() == "Conv2d  8→64 3×3 /2"
    assert palette.hint.property("error") != "true"


def test_the_hint_follows_the_selection(qtbot: QtBot, palette: Palette, document: Document) -> None:
    qtbot.keyClicks(palette.box, "conv 64")
    document.select([(0,)])
    assert palette.hint.text() == "Conv2d  24→64 3×3"


def test_the_results_follow_the_tensor(qtbot: QtBot, palette: Palette, document: Document) -> None:
    qtbot.keyClicks(palette.box, "conv 64")
    commands.set_input_shape(document, 0, (1, 3, 32))
    document.select([()])
    assert titles(palette.model)[0] == "Conv1d"
    assert palette.hint.text() == "Conv1d  3→64 3"


def test_an_error_is_a_sentence_and_enter_repeats_it(qtbot: QtBot, palette: Palette, document: Document) -> None:
    before = document.network
    qtbot.keyClicks(palette.box, "conv 0")
    assert palette.hint.text() == "out_channels must be an integer ≥ 1; got 0"
    assert palette.hint.property("error") == "true"
    with qtbot.waitSignal(document.editRejected) as refused:
        qtbot.keyClick(palette.box, Key.Key_Return)
    assert refused.args == [palette.hint.text()]
    assert palette.box.text() == "conv 0"
    assert document.network is before


def test_a_word_that_fits_nothing_gets_a_proposal(qtbot: QtBot, palette: Palette, document: Document) -> None:
    qtbot.keyClicks(palette.box, "cnov 3")
    assert palette.model.rowCount() == 0
    assert palette.hint.text() == 'unknown layer type "cnov"; did you mean Conv2d?'
    qtbot.keyClick(palette.box, Key.Key_Return)
    assert len(document.network.layers) == 2


def test_up_and_down_choose_among_the_results(qtbot: QtBot, palette: Palette, document: Document) -> None:
    qtbot.keyClicks(palette.box, "conv 16")
    second = titles(palette.model)[1]
    qtbot.keyClick(palette.box, Key.Key_Down)
    assert palette.hint.text().startswith(second)
    qtbot.keyClick(palette.box, Key.Key_Up)
    qtbot.keyClick(palette.box, Key.Key_Up)
    assert palette.list.currentIndex().row() == 0
    qtbot.keyClick(palette.box, Key.Key_Down)
    qtbot.keyClick(palette.box, Key.Key_Return)
    assert types(document)[-1] == second


def test_without_text_down_walks_the_whole_list(qtbot: QtBot, palette: Palette, document: Document) -> None:
    qtbot.keyClick(palette.box, Key.Key_Return)
    assert len(document.network.layers) == 2, "Enter alone does nothing"
    qtbot.keyClick(palette.box, Key.Key_Down)
    qtbot.keyClick(palette.box, Key.Key_Down)
    qtbot.keyClick(palette.box, Key.Key_Return)
    assert types(document)[-1] == "Conv2d"


def test_escape_clears_and_then_leaves(qtbot: QtBot, palette: Palette) -> None:
    qtbot.keyClicks(palette.box, "conv")
    with qtbot.assertNotEmitted(palette.left):
        qtbot.keyClick(palette.box, Key.Key_Escape)
    assert palette.box.text() == ""
    assert len(titles(palette.model)) > len(CATALOG)
    with qtbot.waitSignal(palette.left):
        qtbot.keyClick(palette.box, Key.Key_Escape)


# -- mouse, and keys in the list


def test_a_double_click_inserts(qtbot: QtBot, palette: Palette, document: Document) -> None:
    index = row_of(palette, "Conv2d")
    palette.list.scrollTo(index)
    spot, view = palette.list.visualRect(index).center(), palette.list.viewport()
    qtbot.mouseClick(view, Qt.MouseButton.LeftButton, pos=spot)
    assert len(document.network.layers) == 2
    qtbot.mouseDClick(view, Qt.MouseButton.LeftButton, pos=spot)
    assert types(document) == ["Conv2d", "Conv2d", "Conv2d"]
    assert last_params(document) == {"out_channels": 64, "kernel_size": 3}


def test_enter_in_the_list_inserts_and_typing_goes_on_in_the_box(
    qtbot: QtBot, palette: Palette, document: Document
) -> None:
    palette.list.setFocus()
    palette.list.setCurrentIndex(row_of(palette, "Conv2d"))
    qtbot.keyClick(palette.list, Key.Key_Return)
    assert types(document) == ["Conv2d", "Conv2d", "Conv2d"]
    palette.list.setFocus()
    qtbot.keyClicks(palette.list, "l")
    assert palette.box.text() == "l"
    assert palette.box.hasFocus()


def test_the_list_walks_over_headings(qtbot: QtBot, palette: Palette) -> None:
    palette.list.setFocus()
    rows = titles(palette.model)
    before = rows.index("Linear") - 1
    palette.list.setCurrentIndex(palette.model.index(before))
    qtbot.keyClick(palette.list, Key.Key_Down)
    assert palette.list.currentIndex().row() == before + 2


# -- dragging


def test_a_drag_carries_a_document_of_one_layer(palette: Palette) -> None:
    assert palette.model.supportedDragActions() == Qt.DropAction.CopyAction
    data = palette.model.mimeData([row_of(palette, "Depthwise Conv2d")])
    assert data.hasFormat(clipboard_commands.MIME)
    (layer,) = native.read(data.text()).layers
    assert isinstance(layer, Layer)
    assert dict(layer.params) == {"out_channels": 8, "kernel_size": 3, "groups": 8}


def test_a_drag_carries_what_is_typed(qtbot: QtBot, palette: Palette) -> None:
    qtbot.keyClicks(palette.box, "conv 5 1")
    (layer,) = native.read(palette.model.mimeData([palette.model.index(0)]).text()).layers
    assert isinstance(layer, Layer)
    assert dict(layer.params) == {"out_channels": 5, "kernel_size": 1}
    palette.box.setText("conv 0")
    (layer,) = native.read(palette.model.mimeData([palette.model.index(0)]).text()).layers
    assert isinstance(layer, Layer)
    assert dict(layer.params) == {"out_channels": 64, "kernel_size": 3}


def test_dropped_on_the_stack_it_is_a_layer_there(qtbot: QtBot, palette: Palette, document: Document) -> None:
    stack = StackPanel(document)
    qtbot.addWidget(stack)
    stack.resize(700, 300)
    with qtbot.waitExposed(stack):
        stack.show()
    view = stack.view
    data = palette.model.mimeData([row_of(palette, "Conv2d")])
    spot = view.visualRect(view.stack.index_of((1,))).topLeft() + QPoint(60, 1)
    at, copy = QPointF(spot), Qt.DropAction.CopyAction
    left, none = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    QApplication.sendEvent(view.viewport(), drag_events.enter(spot, copy, data, left, none))
    QApplication.sendEvent(view.viewport(), drag_events.move(spot, copy, data, left, none))
    QApplication.sendEvent(view.viewport(), QDropEvent(at, copy, data, left, none))
    assert [node.name for node in document.network.layers] == ["stem", "conv", "head"]


# -- how it looks and feels


def _lightness(panel: Palette) -> int:
    """Return the median over a column of pixels, most of which are background."""
    picture = panel.grab().toImage()
    return sorted(picture.pixelColor(100, y).lightness() for y in range(picture.height()))[picture.height() // 2]


def test_it_takes_the_theme_and_the_font_of_the_moment(qtbot: QtBot, palette: Palette, qapp: QApplication) -> None:
    theme.apply(qapp, theme.LIGHT)
    light = _lightness(palette)
    theme.apply(qapp, theme.DARK)
    dark = _lightness(palette)
    theme.apply(qapp, theme.LIGHT)
    assert light > 200 > 60 > dark
    before = palette.list.visualRect(palette.model.index(1)).height()
    palette.list.setFont(theme.scaled(palette.list.font(), 1.5))
    qtbot.waitUntil(lambda: palette.list.visualRect(palette.model.index(1)).height() > before * 1.3)
