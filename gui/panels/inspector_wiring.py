"""Where a node's inputs come from, what a block gives out, and whose weights a node has: each chosen from a list."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import TypeAlias

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from layerledger.core import edits
from layerledger.core.analysis import NodeResult
from layerledger.core.network import INPUT, Block, Layer, Node, Path, block_at, dotted, node_at, walk
from layerledger.core.shapes import TensorSpec, shape_text
from layerledger.gui.document import Document
from layerledger.gui.editors import Combo, set_flag
from layerledger.gui.panels.inspector_fields import GAP, TallEditor, clicked, small_button

Entry: TypeAlias = tuple[str, str]
"""What a list shows, and what it stands for."""


class LazyCombo(Combo):
    """A list that is only filled when it is opened or stepped through, however long it is."""

    chosen = Signal(str)

    def __init__(self, entries: Callable[[], list[Entry]], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._entries = entries
        self._filled = False
        self.activated.connect(self._choose)

    def show_current(self, text: str, value: str) -> None:
        """Shows the present choice."""
        if self._filled or self.currentText() != text or self.currentData() != value:
            self._filled = False
            with QSignalBlocker(self):
                self.clear()
                self.addItem(text, value)

    def _choose(self, index: int) -> None:
        self.chosen.emit(self.itemData(index))

    def _fill(self) -> None:
        if self._filled:
            return
        self._filled = True
        text, value = self.currentText(), self.currentData()
        entries = self._entries()
        with QSignalBlocker(self):
            self.clear()
            for entry in entries if value in [e[1] for e in entries] else [(text, value), *entries]:
                self.addItem(*entry)
            self.setCurrentIndex(self.findData(value))

    def showPopup(self) -> None:
        self._fill()
        fitting = self.view().sizeHintForColumn(0) + self.view().verticalScrollBar().sizeHint().width() + 2 * GAP
        self.view().setMinimumWidth(max(self.width(), fitting))
        super().showPopup()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() not in (Qt.Key.Key_Tab, Qt.Key.Key_Backtab, Qt.Key.Key_Shift):
            self._fill()
        super().keyPressEvent(event)


class ReferenceList(TallEditor):
    """Edits a list of references; none stands for a default that has a name of its own."""

    changed = Signal(tuple)

    def __init__(self, entries: Callable[[], list[Entry]], add: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._entries = entries
        self._name, self._one = "", ""
        self._references: tuple[str, ...] = ()
        self._default: Entry = ("", "")
        self._slots: list[tuple[LazyCombo, QWidget]] = []
        self._add = small_button("add", add, self)
        self._layout = QVBoxLayout()
        self._layout.setSpacing(GAP - 2)
        line = QHBoxLayout(self)
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(GAP - 2)
        line.addLayout(self._layout, 1)
        line.addWidget(self._add, 0, Qt.AlignmentFlag.AlignBottom)
        clicked(self._add, self._add_one)
        self._add_slot()

    def line_height(self) -> int:
        """Returns the height of one list."""
        return self._slots[0][0].sizeHint().height()

    def combos(self) -> list[LazyCombo]:
        """Returns the lists that are shown."""
        return [combo for combo, _ in self._slots if not combo.isHidden()]

    def show_references(
        self, references: Sequence[str], default: Entry, describe: Callable[[str], str], *, slots: int, most: int
    ) -> None:
        """Shows references.

        Args:
            default: the text of what none stands for, and a reference that means the same.
            describe: what a list shows for a reference.
            slots: places to show at least; those that are not filled ask for a choice.
            most: references that are possible.
        """
        self._references, self._default = tuple(references), default
        shown = max(len(references), slots, 1)
        while len(self._slots) < shown:
            self._add_slot()
        for i, (combo, remove) in enumerate(self._slots):
            combo.setVisible(i < shown)
            remove.setVisible(i < len(references) and len(references) > 1)
            if i < len(references):
                combo.show_current(describe(references[i]), references[i])
            elif i < shown:
                combo.show_current(*(self.tr("choose…"), "?") if i else (default[0], ""))
        self._add.setVisible(len(references or "1") < most and shown == max(len(references), 1))

    def show_invalid(self, *, on: bool) -> None:
        """Marks the lists as wrong, or not."""
        for combo in self.combos():
            set_flag(combo, "invalid", on=on)

    def set_name(self, name: str, one: str) -> None:
        """Says for assistive technology what the lists are; `one` names a slot by its number, %1."""
        self._name, self._one = name, one
        for i, (combo, remove) in enumerate(self._slots):
            self._label(i, combo, remove)

    def _label(self, i: int, combo: QWidget, remove: QWidget) -> None:
        combo.setAccessibleName(self._one.replace("%1", str(i + 1)) if i else self._name)
        remove.setAccessibleName(self.tr("Remove %1").replace("%1", self._one.replace("%1", str(i + 1))))

    def _add_slot(self) -> None:
        i = len(self._slots)
        combo = LazyCombo(partial(self._choices, i), self)
        remove = small_button("close", self.tr("Remove"), self)
        combo.chosen.connect(partial(self._choose, i))
        clicked(remove, self._remove, i)
        row = QHBoxLayout()
        row.setSpacing(GAP - 2)
        row.addWidget(combo, 1)
        row.addWidget(remove)
        self._layout.addLayout(row)
        self._slots.append((combo, remove))
        self._label(i, combo, remove)
        QWidget.setTabOrder(remove, self._add)
        self.setFocusProxy(self._slots[0][0])

    def _choices(self, i: int) -> list[Entry]:
        alone = i == 0 and len(self._references) < 2
        return [(self._default[0], ""), *self._entries()] if alone else self._entries()

    # -- editing

    def _choose(self, i: int, reference: str) -> None:
        if reference == "?":
            return
        chosen = list(self._references) or [self._default[1]]
        chosen[i : i + 1] = [reference]
        self.changed.emit(tuple(chosen) if reference else ())

    def _remove(self, i: int) -> None:
        self.changed.emit((*self._references[:i], *self._references[i + 1 :]))

    def _add_one(self) -> None:
        chosen = self._references or (self._default[1],)
        fresh = next((value for _, value in self._entries() if value not in chosen), chosen[-1])
        self.changed.emit((*chosen, fresh))


# -- what there is to choose from


def before(document: Document, path: Path) -> str:
    """Returns a reference to what a node without inputs is fed."""
    return node_at(document.network, (*path[:-1], path[-1] - 1)).name if path[-1] else INPUT


def sources(document: Document, path: Path) -> list[Entry]:
    """Returns the references that the node at `path` may take, nearest first, with their shapes."""
    parent = path[:-1]
    siblings = block_at(document.network, parent).layers[: path[-1]]
    found = [entry for i in reversed(range(len(siblings))) for entry in _ports(document, (*parent, i))]
    own = {node.name for node in siblings}
    outer = document.result.inputs.items()
    return [
        *found,
        *_named(INPUT, _block_inputs(document, parent)),
        *[(_described(name, [spec], 0), name) for name, spec in outer if name not in own],
    ]


def children(document: Document, path: Path) -> list[Entry]:
    """Returns the references that the outputs of the block at `path` may name, last first."""
    return sources(document, (*path, len(block_at(document.network, path).layers)))


def describe(document: Document, path: Path, reference: str) -> str:
    """Returns a reference of the node at `path` with its shape."""
    name = edits.reference_name(reference)
    siblings = block_at(document.network, path[:-1]).layers[: path[-1]]
    at = next((i for i in reversed(range(len(siblings))) if siblings[i].name == name), None)
    if at is not None:
        known = _ports(document, (*path[:-1], at))
    elif name == INPUT:
        known = _named(INPUT, _block_inputs(document, path[:-1]))
    else:
        known = [(_described(n, [spec], 0), n) for n, spec in document.result.inputs.items() if n == name]
    return next((text for text, value in known if value == reference), reference)


def _block_inputs(document: Document, path: Path) -> Sequence[object]:
    block = document.result.at(path)
    return block.inputs if block else ()


def _ports(document: Document, path: Path) -> list[Entry]:
    result = document.result.at(path)
    return _named(node_at(document.network, path).name, (result.outputs if result else None) or ())


def _named(name: str, specs: Sequence[object]) -> list[Entry]:
    """Returns an entry for each of several outputs: name, name:1, …"""
    ports = [name, *(f"{name}:{i}" for i in range(1, len(specs)))]
    return [(_described(port, specs, i), port) for i, port in enumerate(ports)]


def _described(text: str, specs: Sequence[object], i: int) -> str:
    spec = specs[i] if i < len(specs) else None
    return f"{text}  {shape_text(spec.shape)}" if isinstance(spec, TensorSpec) else text


# -- weights of another node


def has_weights(node: Node, result: NodeResult | None) -> bool:
    """Returns whether tying a node makes sense, or has been done."""
    if node.tied_to is not None:
        return True
    if isinstance(node, Block):
        return bool(result and result.cost.params)
    return bool(result and result.spec and "params" in result.spec.formulas)


def ties(document: Document, path: Path) -> list[Entry]:
    """Returns the nodes whose weights the one at `path` could have: those of its type with as many params."""
    own = node_at(document.network, path)
    result = document.result.at(path)
    params = result.cost.params if result and own.tied_to is None else None
    found: list[Entry] = []
    for other, node in walk(document.network.root):
        inside = other[: len(path)] == path or path[: len(other)] == other
        if not inside and _alike(own, node) and params in (None, _params(document, other)):
            name = dotted(document.network, other)
            found.append((name, name))
    return found


def _params(document: Document, path: Path) -> int | None:
    result = document.result.at(path)
    return result.cost.params if result else None


def _alike(one: Node, other: Node) -> bool:
    if isinstance(one, Layer) and isinstance(other, Layer):
        return one.type == other.type and other.tied_to is None
    return isinstance(one, Block) and isinstance(other, Block) and other.tied_to is None
