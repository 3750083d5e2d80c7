"""Anything a person may do, in any order: the window stays true to the document, and undo leads all the way back."""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest
from PySide6.QtCore import QModelIndex, QPoint, Qt
from PySide6.QtWidgets import QApplication, QComboBox, QLineEdit, QWidget
from pytestqt.qtbot import QtBot

from layerledger.core import Network, analyze
from layerledger.core.base import units
from layerledger.core.library.templates.templates import load_template
from layerledger.core.network.nodes import Block, Node
from layerledger.core.network.paths import node_at, walk
from layerledger.gui.app.application import choose_theme, make_application
from layerledger.gui.document import commands
from layerledger.gui.document.document import Document
from layerledger.gui.stack.stack_model import NAME
from layerledger.gui.stack.stack_row import INPUT_ROWS
from layerledger.gui.window.main_window import MainWindow

ASKING = {
    *("new", "new-from-template", "open", "save", "save-as", "export", "close", "quit", "repeat"),
    *("devices", "budgets", "reference", "reference-layer", "about"),
}
"""Actions that open a dialog or another window."""

LINES = (
    "conv 64 3 2",
    "bn",
    "relu",
    "linear 10",
    "maxpool 2",
    "add",
    "concat",
    "lstm 64",
    "mha 8",
    "flatten",
    "custom",
)
TEXTS = (
    "",
    "0",
    "-1",
    "3",
    "same",
    "(1, 2)",
    "99999999999999999999",
    "1.5",
    "K_h*",
    "2**2**99",
    "input",
    "none",
    "名字",
)
_HEAD = '{"format": "layerledger", "version": 1, "layers": '
PASTED = (
    "",
    "garbage",
    "[" * 3000,
    _HEAD + '[{"name": "odd", "type": "Nope", "params": {"x": [1]}}]}',
    _HEAD + '[{"name": "none", "type": "Block", "repeat": 0, "layers": []}]}',
    _HEAD + '[{"name": "a", "type": "Conv2d", "params": {"out_channels": "x"}}, {"name": "a", "type": "ReLU"}]}',
    _HEAD + '[{"name": "r", "type": "Add", "inputs": ["zz", "r:9", "input:3"]}]}',
    _HEAD + '[{"name": "zero", "type": "AdaptiveAvgPool2d", "params": {"output_size": 0}}]}',
)


class Person:
    """Does things to a window at random."""

    def __init__(self, qtbot: QtBot, window: MainWindow, seed: int) -> None:
        self.qtbot, self.window, self.document = qtbot, window, window.document
        self.random = random.Random(seed)
        self.actions = sorted(window.actions_by_id.keys() - ASKING)
        often: list[Callable[[], None]] = [self.choose, self.choose, self.act, self.act, self.type_in_the_inspector]
        self.habits = [*often, self.click, self.add_a_layer, self.paste, self.drag, self.undo, self.pick]

    def do_something(self) -> None:
        self.random.choice(self.habits)()

    def choose(self) -> None:
        paths = [path for path, _ in walk(self.document.network.root) if path]
        count = min(len(paths), self.random.choice((0, 1, 1, 1, 2, 5)))
        self.document.select(self.random.sample(paths, count))

    def act(self) -> None:
        self.window.actions_by_id[self.random.choice(self.actions)].trigger()

    def add_a_layer(self) -> None:
        box = self.window.palette_panel.box
        box.clear()
        self.qtbot.keyClicks(box, self.random.choice(LINES))
        self.qtbot.keyClick(box, Qt.Key.Key_Return)

    def paste(self) -> None:
        QApplication.clipboard().setText(self.random.choice(PASTED))
        self.window.actions_by_id["paste"].trigger()

    def type_in_the_inspector(self) -> None:
        fields = [f for f in self.shown(QLineEdit) if not f.isReadOnly()]
        if fields:
            field = self.random.choice(fields)
            field.selectAll()
            field.insert(self.random.choice(TEXTS))
            field.textEdited.emit(field.text())
            self.qtbot.keyClick(field, Qt.Key.Key_Return)

    def pick(self) -> None:
        boxes = [box for box in self.shown(QComboBox) if box.count()]
        if boxes:
            box = self.random.choice(boxes)
            at = self.random.randrange(box.count())
            box.setCurrentIndex(at)
            box.activated.emit(at)

    def shown(self, kind: type[QWidget]) -> list[QWidget]:
        return [f for f in self.window.inspector.findChildren(kind) if f.isVisible() and f.isEnabled()]

    def click(self) -> None:
        place = self.window.stack.view.viewport()
        at = QPoint(self.random.randrange(place.width()), self.random.randrange(place.height()))
        keys = self.random.choice((Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier))
        self.qtbot.mouseClick(place, Qt.MouseButton.LeftButton, keys, at)

    def drag(self) -> None:
        paths = [path for path, _ in walk(self.document.network.root) if path]
        if paths:
            model = self.window.stack.view.stack
            data = model.mimeData([model.index_of(self.random.choice(paths))])
            above = model.index_of(self.random.choice(paths)[:-1]) if self.random.random() < 0.5 else QModelIndex()
            above = above if above.isValid() and model.path_of(above) else QModelIndex()
            how = self.random.choice((Qt.DropAction.MoveAction, Qt.DropAction.CopyAction))
            before = {id(node): node for _, node in walk(self.document.network.root)}
            model.dropMimeData(data, how, self.random.randrange(-1, 4), 0, above)
            if how == Qt.DropAction.CopyAction:
                assert all(id(node_at(self.document.network, path)) not in before for path in self.document.selection)

    def undo(self) -> None:
        for _ in range(self.random.randrange(6)):
            self.random.choice((self.document.undo, self.document.redo))()


def tree(nodes: tuple[Node, ...]) -> list[object]:
    return [(node.name, tree(node.layers) if isinstance(node, Block) else []) for node in nodes]


def shown_tree(window: MainWindow, above: QModelIndex, first: int = 0) -> list[object]:
    model = window.stack.view.stack
    indexes = [model.index(row, NAME, above) for row in range(first, model.rowCount(above))]
    rows = [(model.row_of(index).node, index) for index in indexes]
    return [(node.name, shown_tree(window, index)) for node, index in rows if node is not None]


def check(window: MainWindow) -> None:
    document, view = window.document, window.stack.view
    assert shown_tree(window, QModelIndex(), INPUT_ROWS) == tree(document.network.layers)
    selected = {view.stack.path_of(index) for index in view.selectionModel().selectedRows(NAME)}
    assert selected == set(document.selection)
    totals = analyze(document.network).totals
    unknown = totals.layers and totals.uncounted_layers == totals.layers
    for key, value in (("macs", totals.macs), ("params", totals.params)):
        shown = f"{'≥ ' if totals.uncounted_layers else ''}{units.count(value, digits=4)}"
        assert window.header.cards[key].value.text() == ("?" if unknown else shown)


@pytest.mark.parametrize("seed", range(3))
def test_whatever_is_done_the_window_is_true_and_undo_leads_back(qtbot: QtBot, seed: int) -> None:
    choose_theme(make_application(), "light")
    window = MainWindow(Document(load_template("googlenet" if seed % 2 else "resnet18")), lambda: window)
    window.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, on=False)
    qtbot.addWidget(window, before_close_func=lambda _: window.document.replace(Network()))
    window.show()
    qtbot.waitExposed(window)
    before, stack = window.document.network, window.document.undo_stack
    person = Person(qtbot, window, seed)
    for _ in range(80):
        person.do_something()
        QApplication.processEvents()
        check(window)
    after = window.document.network
    steps = stack.index()
    while stack.canUndo():
        window.document.undo()
    assert window.document.network is before
    check(window)
    for _ in range(steps):
        window.document.redo()
    assert window.document.network is after
    check(window)
    commands.select_all(window.document)
    check(window)
