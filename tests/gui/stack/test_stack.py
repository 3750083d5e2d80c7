"""The stack: it follows every edit by exact signals, shows what is true, and edits the document."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import groupby

import drag_events
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QMimeData, QModelIndex, QPersistentModelIndex, QPoint, QPointF, Qt
from PySide6.QtGui import QColor, QDropEvent, QFontMetrics, QImage
from PySide6.QtTest import QAbstractItemModelTester
from PySide6.QtWidgets import QApplication, QLineEdit
from pytestqt.qtbot import QtBot

from layerledger.core import Block, Layer, Network, NetworkInput
from layerledger.core.analysis.components import components_of
from layerledger.core.layers import LAYER_TYPES
from layerledger.core.library.catalog.entries import entry_for
from layerledger.core.network.nodes import Node
from layerledger.core.network.paths import NodePath, walk
from layerledger.gui.document import clipboard_commands, commands
from layerledger.gui.document.document import Document
from layerledger.gui.stack.columns import COLUMNS
from layerledger.gui.stack.drag_picture import drag_picture
from layerledger.gui.stack.row_painter import INDENT
from layerledger.gui.stack.stack_model import COUNT, INPUT_ROWS, MIME_PATHS, NAME, OUTPUT, PARAMS, StackModel
from layerledger.gui.stack.stack_panel import StackPanel
from layerledger.gui.stack.stack_view import StackView
from layerledger.gui.theme import theme

FATAL = QAbstractItemModelTester.FailureReportingMode.Fatal


def conv(name: str, out_channels: int = 8, **params: object) -> Layer:
    return Layer(
        name=name, type="Conv2d", params={"out_channels": out_channels, "kernel_size": 3, "padding": 1, **params}
    )


def selected_in(view: StackView) -> list[NodePath]:
    return [view.stack.path_of(index) for index in view.selectionModel().selectedRows(NAME)]


def small() -> Network:
    stage = Block(name="stage", repeat=2, layers=(conv("a"), conv("b")))
    return Network(name="small", root=Block(name="", layers=(conv("stem"), stage, conv("head", 4))))


@pytest.fixture
def document(qapp: object) -> Document:
    return Document(small())


@pytest.fixture
def view(qtbot: QtBot, document: Document) -> Iterator[StackView]:
    panel = StackPanel(document)
    qtbot.addWidget(panel)
    panel.resize(900, 500)
    panel.show()
    qtbot.waitExposed(panel)
    yield panel.view
    panel.close()


def shown(model: StackModel, parent: QModelIndex | None = None) -> list[tuple[str, list[object]]]:
    above = parent or QModelIndex()
    first = 0 if above.isValid() else INPUT_ROWS
    indexes = [model.index(row, 0, above) for row in range(first, model.rowCount(above))]
    nodes = [index for index in indexes if not model.row_of(index).part]
    return [(str(model.data(i, Qt.ItemDataRole.EditRole)), list(shown(model, i))) for i in nodes]


def names(nodes: tuple[Node, ...]) -> list[tuple[str, list[object]]]:
    return [(n.name, list(names(n.layers)) if isinstance(n, Block) else []) for n in nodes]


# -- the model


_NAMES = st.sampled_from("abcde")
RELU = Layer(name="relu", type="ReLU")
TOKENS = (NetworkInput(name="tokens", shape=(1, 6, 8)),)
ATTENTION = Layer(name="attention", type="MultiheadAttention", params={"num_heads": 2, "batch_first": True})


@st.composite
def blocks(draw: st.DrawFn, depth: int = 2) -> Block:
    children: list[Node] = []
    for name in draw(st.lists(_NAMES, unique=True, max_size=3)):  # the tester asks for every cell at every signal
        nested = depth > 0 and draw(st.booleans())
        layer = Layer(name=name, type="LSTM", params={"hidden_size": 4}) if draw(st.booleans()) else RELU
        children.append(replace(draw(blocks(depth - 1)) if nested else layer, name=name))
    return Block(name="", layers=tuple(children))


def of_parts(model: StackModel, path: NodePath) -> list[tuple[str, str]]:
    """Return names and parameters of the rows below a layer."""
    above = model.index_of(path)
    rows = range(model.rowCount(above))
    return [(model.index(i, NAME, above).data(), model.index(i, PARAMS, above).data()) for i in rows]


@given(st.lists(blocks(), min_size=2, max_size=5))
def test_the_model_follows_any_edit_undo_and_redo(qapp: object, trees: list[Block]) -> None:
    document = Document(Network(root=trees[0], inputs=TOKENS))
    model = StackModel(document)
    tester = QAbstractItemModelTester(model, FATAL)
    for tree in trees[1:]:
        document.apply("x", replace(document.network, root=tree))
        assert shown(model) == names(tree.layers)
    while document.undo_stack.canUndo():
        document.undo()
        assert shown(model) == names(document.network.layers)
    assert model.rowCount() == INPUT_ROWS + len(trees[0].layers)
    for path, node in walk(document.network.root):
        if isinstance(node, Layer):
            found = document.result.at(path)
            assert len(of_parts(model, path)) == (len(components_of(found)) if found else 0)
    del tester


def test_a_composite_layer_shows_its_parts_which_add_up(qapp: object) -> None:
    document = Document(Network(inputs=TOKENS, root=Block(name="", layers=(RELU, ATTENTION))))
    model = StackModel(document)
    tester = QAbstractItemModelTester(model, FATAL)
    weights, none = "72", "–"
    expected = [("query", weights), ("key", weights), ("value", weights), ("scores", none), ("softmax", none)]
    found = of_parts(model, (1,))
    assert found[:5] == expected
    assert [name for name, _ in found[5:]] == ["weighted sum", "output", "mean of the heads"]
    assert document.result.totals.params == 4 * 72
    assert model.path_of(model.index(0, NAME, model.index_of((1,)))) == (1,)
    assert not model.flags(model.index(0, NAME, model.index_of((1,))))
    commands.set_param(document, (1,), "num_heads", 3)  # does not divide 8: nothing is counted
    assert of_parts(model, (1,)) == []
    document.undo()
    assert of_parts(model, (1,)) == found
    block = Block(name="attention", layers=(RELU,))
    document.apply("x", replace(document.network, root=Block(name="", layers=(RELU, block))))
    assert of_parts(model, (1,)) == [("relu  ReLU", none)] or model.rowCount(model.index_of((1,))) == 1
    document.undo()
    assert of_parts(model, (1,)) == found
    del tester


def test_an_edit_never_resets_and_rows_keep_their_place(document: Document) -> None:
    model = StackModel(document)
    resets: list[int] = []
    model.modelReset.connect(lambda: resets.append(1))
    head = QPersistentModelIndex(model.index_of((2,)))
    commands.insert(document, [conv("new")], (0,))
    assert model.path_of(head) == (3,)
    commands.set_param(document, (3,), "out_channels", 99)
    commands.move(document, [(3,)], (0,))
    assert model.path_of(head) == (0,)
    assert commands.rename(document, (0,), "top")
    assert head.data(Qt.ItemDataRole.EditRole) == "top"
    assert not resets


def test_duplicate_names_of_a_wrong_file_are_shown_and_can_be_mended(qapp: object) -> None:
    twins = Network(root=Block(name="", layers=(conv("a"), conv("a"), conv("b"))))
    document = Document(twins)
    model = StackModel(document)
    tester = QAbstractItemModelTester(model, FATAL)
    assert commands.rename(document, (1,), "c")
    assert [name for name, _ in shown(model)] == ["a", "c", "b"]
    del tester


def test_cells_say_what_the_analysis_says(document: Document) -> None:
    model = StackModel(document)
    row = model.index_of((0,))
    texts = [model.data(row.siblingAtColumn(c)) for c in range(NAME, COUNT + 1)]
    assert texts == ["stem Conv2d  3→8 3×3", "8×224×224", "224", "10.8 M"]  # 216 weights + 8; 27·8·224²
    document.change_settings(count="flops")
    assert model.data(row.siblingAtColumn(COUNT)) == "21.7 M"
    assert model.headerData(COUNT, Qt.Orientation.Horizontal) == "2 × MACs"


def test_a_wrong_layer_and_those_behind_it_say_why(document: Document) -> None:
    model = StackModel(document)
    commands.set_param(document, (0,), "groups", 2)
    tip = model.data(model.index_of((0,)), Qt.ItemDataRole.ToolTipRole)
    assert isinstance(tip, str)
    assert "groups" in tip
    assert model.data(model.index_of((2,), OUTPUT)) == "not computed: depends on stem, which has an error"
    assert model.data(model.index_of((2,), PARAMS)) == "?"


# -- the view


def test_a_row_shows_its_worst_problem_and_a_folded_block_that_of_its_layers(qapp: object) -> None:
    wrong = conv("wide", kernel_size=9)
    waiting = Block(name="block", layers=(Layer(name="a", type="ReLU"), Layer(name="b", type="Add", inputs=("z", "a"))))
    twins = (Layer(name="twin", type="ReLU"), Layer(name="twin", type="ReLU"))
    network = Network(
        inputs=(NetworkInput(name="x", shape=(1, 3, 4, 4)),), root=Block(name="", layers=(wrong, *twins, waiting))
    )
    model = StackModel(Document(network))
    cells = model.cells
    row = {i: model.row_of(model.index_of((i,))) for i in range(4)}
    assert cells.problem(row[1]) == ("info", "not computed: depends on wide, which has an error")
    severity, sentence = cells.problem(row[2]) or ("", "")
    assert (severity, "twin" in sentence) == ("error", True)
    assert "not computed: depends on wide, which has an error" in str(cells.tip(row[2], NAME))
    severity, sentence = cells.problem(row[3]) or ("", "")
    assert severity == "error"
    assert sentence.startswith("block.b: ")


def test_selecting_rows_selects_in_the_document_and_back(qtbot: QtBot, view: StackView, document: Document) -> None:
    click(qtbot, view, (0,))
    assert document.selection == ((0,),)
    click(qtbot, view, (2,), modifier=Qt.KeyboardModifier.ControlModifier)
    assert document.selection == ((0,), (2,))
    document.select([(1, 1)])
    assert view.stack.path_of(view.currentIndex()) == (1, 1)


def click(
    qtbot: QtBot,
    view: StackView,
    path: NodePath,
    *,
    modifier: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier,
) -> None:
    spot = view.visualRect(view.stack.index_of(path, OUTPUT)).center()
    qtbot.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, modifier, spot)


def test_a_click_on_the_arrow_folds_the_block(qtbot: QtBot, view: StackView) -> None:
    index = view.stack.index_of((1,))
    assert view.isExpanded(index)
    arrow = view.painter.arrow_rect(view.visualRect(index), view.stack.row_of(index)).center()
    qtbot.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=arrow)
    assert not view.isExpanded(index)
    view.setCurrentIndex(index)
    qtbot.keyClick(view, Qt.Key.Key_Right)
    assert view.isExpanded(index)


def test_a_name_is_painted_anew_where_it_says_something_else(qtbot: QtBot, view: StackView, document: Document) -> None:
    """What stands beside a name follows from what the layer is fed."""
    row = view.stack.row_of(view.stack.index_of((2,)))
    view.repaint()
    assert "8→4 3×3" in view.painter.painted[row.id].details
    commands.set_param(document, (1, 1), "out_channels", 16)
    commands.set_param(document, (1, 0), "out_channels", 16)
    qtbot.waitUntil(lambda: "16→4 3×3" in view.painter.painted[row.id].details)


def test_many_rows_here_and_there_go_at_once(view: StackView, document: Document) -> None:
    """What is left, selected and current is what one row after the other would leave."""
    document.replace(Network(root=Block(name="", layers=tuple(conv(f"c{i}") for i in range(40)))))
    QAbstractItemModelTester(view.stack, FATAL)
    document.select([(i,) for i in range(0, 40, 2)])
    commands.delete(document)
    assert [node.name for node in document.network.layers] == [f"c{i}" for i in range(1, 40, 2)]
    assert selected_in(view) == list(document.selection) != []
    document.undo()
    assert selected_in(view) == list(document.selection) == [(i,) for i in range(0, 40, 2)]


def test_a_click_on_a_part_selects_its_layer(qtbot: QtBot, view: StackView, document: Document) -> None:
    document.replace(Network(inputs=TOKENS, root=Block(name="", layers=(RELU, ATTENTION, RELU))))
    layer = view.stack.index_of((1,))
    assert not view.isExpanded(layer)
    arrow = view.painter.arrow_rect(view.visualRect(layer), view.stack.row_of(layer))
    qtbot.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=arrow.center())
    assert view.isExpanded(layer)
    part = view.stack.index(3, NAME, layer)
    qtbot.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=view.visualRect(part).center())
    assert document.selection == ((1,),)
    view.setFocus()
    qtbot.keyClick(view, Qt.Key.Key_Down)
    assert document.selection == ((2,),), "the keyboard passes the parts by"
    qtbot.keyClick(view, Qt.Key.Key_Delete)
    view.fold(expand=False)
    assert not view.isExpanded(layer)


@pytest.mark.parametrize("shape", [(7,), (1, 6), (1, 6, 8), (1, 6, 8, 8), (1, 6, 4, 4, 4)], ids=str)
def test_every_type_is_painted_whatever_it_is_fed(qtbot: QtBot, shape: tuple[int, ...]) -> None:
    given = NetworkInput(name="x", shape=shape)
    made = ((entry, entry.params()) for name in LAYER_TYPES if (entry := entry_for(name)))
    initial = tuple(Layer(name=e.name, type=e.type_name, inputs=("x",), params=params) for e, params in made)
    document = Document(Network(inputs=(given,), root=Block(name="", layers=initial)))
    panel = StackPanel(document)
    qtbot.addWidget(panel)
    panel.resize(900, 40 * len(initial))
    panel.show()
    qtbot.waitExposed(panel)
    assert not panel.grab().isNull()


def test_renaming_in_place(qtbot: QtBot, view: StackView, document: Document) -> None:
    document.select([(0,)])
    view.rename_current()
    editor = view.viewport().findChild(QLineEdit)
    assert isinstance(editor, QLineEdit)
    qtbot.keyClicks(editor, "first")
    qtbot.keyClick(editor, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: document.network.layers[0].name == "first")
    assert document.undo_stack.undoText() == "Rename stem"


def test_a_name_that_is_taken_is_refused_in_a_sentence(view: StackView, document: Document) -> None:
    said: list[str] = []
    document.editRejected.connect(said.append)
    assert not view.stack.setData(view.stack.index_of((0,)), "head")
    assert len(said) == 1
    assert said[0].startswith('"head" is taken')
    assert document.network.layers[0].name == "stem"


def test_dropping_a_row_into_a_block_moves_it(view: StackView, document: Document) -> None:
    drop(view, view.stack.mimeData([view.stack.index_of((0,))]), (1, 1), Qt.DropAction.MoveAction)
    assert [n.name for n in document.network.layers] == ["stage", "head"]
    stage = document.network.layers[0]
    assert isinstance(stage, Block)
    assert [n.name for n in stage.layers] == ["a", "stem", "b"]
    assert document.selection == ((0, 1),)
    document.undo()
    assert [n.name for n in document.network.layers] == ["stem", "stage", "head"]


def test_what_is_dropped_above_the_selection_is_selected(view: StackView, document: Document) -> None:
    document.select([(2,)])
    data = clipboard_commands.mime_of_nodes(document, [Layer(name="relu", type="ReLU")])
    view.stack.dropMimeData(data, Qt.DropAction.CopyAction, INPUT_ROWS, 0, QModelIndex())
    assert [node.name for node in document.network.layers] == ["relu", "stem", "stage", "head"]
    assert document.selection == ((0,),)
    assert selected_in(view) == [(0,)]
    document.undo()
    assert document.selection == ((2,),)


def test_dropping_layers_of_another_window_copies_them(view: StackView, document: Document) -> None:
    other = Document(small())
    data = clipboard_commands.mime_of(other, [(0,)])
    assert not data.hasFormat(MIME_PATHS)
    drop(view, data, (0,), Qt.DropAction.CopyAction)
    assert [n.name for n in document.network.layers] == ["stem2", "stem", "stage", "head"]
    assert [n.name for n in other.network.layers] == ["stem", "stage", "head"]


def test_a_block_cannot_be_dropped_into_itself(view: StackView, document: Document) -> None:
    said: list[str] = []
    document.editRejected.connect(said.append)
    drop(view, view.stack.mimeData([view.stack.index_of((1,))]), (1, 1), Qt.DropAction.MoveAction)
    assert said == ["a block cannot be moved into itself"]
    assert not document.undo_stack.count()


def drop(view: StackView, data: QMimeData, before: NodePath, action: Qt.DropAction) -> None:
    """Drop `data` on the upper edge of the row at `before`."""
    rect = view.visualRect(view.stack.index_of(before))
    spot, keys = QPoint(rect.left() + 120, rect.top() + 1), Qt.KeyboardModifier.NoModifier
    left = Qt.MouseButton.LeftButton
    both = Qt.DropAction.CopyAction | Qt.DropAction.MoveAction
    view.dragEnterEvent(drag_events.enter(spot, both, data, left, keys))
    move = drag_events.move(spot, both, data, left, keys)
    move.setDropAction(action)
    view.dragMoveEvent(move)
    event = QDropEvent(QPointF(spot), both, data, left, keys)
    event.setDropAction(action)
    view.dropEvent(event)


def test_a_thousand_layers_route_and_paint(qtbot: QtBot) -> None:
    layers = tuple(conv(f"conv{i}") for i in range(1000))
    document = Document(Network(root=Block(name="", layers=layers)))
    panel = StackPanel(document)
    qtbot.addWidget(panel)
    panel.resize(900, 500)
    assert len(panel.view.painter.wires) == 1001
    commands.set_param(document, (500,), "out_channels", 16)
    assert panel.view.stack.data(panel.view.stack.index_of((501,), NAME)) == "conv501 Conv2d  16→8 3×3"
    assert not panel.grab().isNull()


def test_a_thousand_layers_are_selected_and_grouped_at_once(qtbot: QtBot) -> None:
    """A view looks at all selected rows for each range of them, and for each removal."""
    layers = tuple(Layer(name=f"relu{i}", type="ReLU") for i in range(1000))
    document = Document(Network(root=Block(name="", layers=layers)))
    panel = StackPanel(document)
    qtbot.addWidget(panel)
    panel.show()
    removals: list[tuple[int, int]] = []
    panel.view.stack.rowsRemoved.connect(lambda _, first, last: removals.append((first, last)))
    commands.select_all(document)
    areas = list(panel.view.selectionModel().selection())
    assert [(area.top(), area.bottom()) for area in areas] == [(INPUT_ROWS, INPUT_ROWS + 999)]
    commands.group(document)
    assert removals == [(INPUT_ROWS, INPUT_ROWS + 999)]
    assert document.selection == ((0,),)
    document.undo()
    assert len(document.selection) == 1000


def test_a_layer_that_moves_to_the_end_is_one_signal(view: StackView, document: Document) -> None:
    view.expand(view.stack.index_of((1,)))
    head = QPersistentModelIndex(view.stack.index_of((2,)))
    tester = QAbstractItemModelTester(view.stack, FATAL)
    moves: list[tuple[int, int, int]] = []
    view.stack.rowsMoved.connect(lambda _, first, last, to, row: moves.append((first, last, row)))
    commands.move(document, [(0,)], (3,))
    assert moves == [(INPUT_ROWS, INPUT_ROWS, INPUT_ROWS + 3)]  # Qt's row is the one before the move
    assert view.stack.path_of(head) == (1,)
    assert view.isExpanded(view.stack.index_of((0,)))
    assert shown(view.stack) == names(document.network.layers)
    del tester


def drag_over(view: StackView, path: NodePath, *, at: float) -> QImage:
    """Drag the first layer over a row, at a part of its height, and return what the view shows."""
    rect = view.visualRect(view.stack.index_of(path))
    spot = QPoint(rect.left() + 200, rect.top() + round(at * (rect.height() - 1)))
    data = view.stack.mimeData([view.stack.index_of((0,))])
    how = Qt.DropAction.MoveAction, data, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    for event in (drag_events.enter(spot, *how), drag_events.move(spot, *how)):
        QApplication.sendEvent(view.viewport(), event)
    return view.viewport().grab().toImage()


def test_the_line_of_a_drop_starts_at_the_depth_of_the_new_row(view: StackView, document: Document) -> None:
    def line(path: NodePath, *, at: float) -> int:
        """Return the left end of the longest run of pixels in the colour of the line."""
        shown, accent = drag_over(view, path, at=at), QColor(theme.current().accent)
        near = view.drop_mark.top()
        runs = [
            list(run)
            for is_line, run in groupby(range(shown.width()), lambda x: shown.pixelColor(x, near) == accent)
            if is_line
        ]
        return max(runs, key=len)[0]

    view.expandAll()
    top, inner = (view.painter.text_left(view.stack.row_of(view.stack.index_of(path))) for path in ((1,), (1, 0)))
    assert inner - top == INDENT
    starts = [line((1,), at=0.0), line((1, 0), at=0.0), line((1,), at=1.0)]
    assert starts[1] - starts[0] == INDENT
    assert starts[2] == starts[1]  # below an open block: before its first layer
    assert 0 <= starts[0] - top <= 8


def test_a_drop_into_a_block_is_marked_around_its_row(view: StackView, document: Document) -> None:
    drag_over(view, (1,), at=0.5)
    row = view.visualRect(view.stack.index_of((1,)))
    assert (view.drop_mark.top(), view.drop_mark.height()) == (row.top(), row.height())


def test_a_drop_below_an_open_block_is_before_its_first_layer(view: StackView, document: Document) -> None:
    view.expandAll()
    rect = view.visualRect(view.stack.index_of((1,)))
    data = view.stack.mimeData([view.stack.index_of((0,))])
    spot, move = QPoint(rect.left() + 120, rect.bottom()), Qt.DropAction.MoveAction
    event = QDropEvent(QPointF(spot), move, data, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier)
    view.dropEvent(event)
    stage = document.network.layers[0]
    assert isinstance(stage, Block)
    assert [n.name for n in stage.layers] == ["stem", "a", "b"]


def test_the_picture_of_a_drag_names_the_layers(view: StackView, document: Document) -> None:
    nodes = [conv(f"conv{i}") for i in range(5)]
    one, many = (drag_picture(nodes[:n], view.font(), 1.0) for n in (1, 5))
    assert many.height() > 2 * one.height()
    for text in ("conv0  Conv2d", "relu  ReLU"):  # none is cut in a picture that is made for it
        name, kind = text.split()
        width = drag_picture([Layer(name=name, type=kind)], view.font(), 1.0).width()
        metrics = QFontMetrics(view.font())
        assert metrics.elidedText(text, Qt.TextElideMode.ElideRight, width - 18) == text
    assert one.toImage().pixelColor(4, one.height() // 2) == QColor(theme.current().panel)


def test_a_long_problem_has_a_tool_tip_in_every_column(view: StackView, document: Document) -> None:
    commands.set_param(document, (0,), "kernel_size", "x")
    tips = [view.stack.index_of((0,), column).data(Qt.ItemDataRole.ToolTipRole) for column in range(len(COLUMNS))]
    assert all(tip and "kernel_size must be" in tip for tip in tips)
