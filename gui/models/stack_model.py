"""The stack as a Qt model: one row a node, the network's inputs on top.

It follows snapshots by identity and emits exact row signals, never a reset, so that selection, expansion and scroll
position survive an edit. Qt is given numbers, never pointers to nodes, since old nodes are collected.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import count

from PySide6.QtCore import (
    QAbstractItemModel,
    QCoreApplication,
    QMimeData,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    Qt,
)
from PySide6.QtCore import Signal as QtSignal

from layerledger.core import units
from layerledger.core.analysis import NodeResult
from layerledger.core.metrics import METRICS
from layerledger.core.network import Block, Layer, Node, Path
from layerledger.core.shapes import shape_text
from layerledger.gui import commands
from layerledger.gui.document import Document

Index = QModelIndex | QPersistentModelIndex
Role = Qt.ItemDataRole
_NOWHERE = QModelIndex()

NAME, OUTPUT, PARAMS, COUNT, ACTIVATION, SHARE = range(6)
"""The columns."""

INPUT_ROWS = 1
"""Rows above the network's layers: its inputs."""

MIME_PATHS = "application/x-layerledger-paths"
"""Where dragged layers come from, for a move inside one window."""


class StackRow:
    """One row; it outlives the snapshots that it shows."""

    __slots__ = ("children", "id", "node", "parent", "position", "result")

    def __init__(self, id_: int, node: Node | None, parent: StackRow | None, position: int) -> None:
        self.id = id_
        self.node = node  # None: the network's inputs
        self.parent = parent
        self.position = position
        self.children: list[StackRow] = []
        self.result: NodeResult | None = None

    @property
    def path(self) -> Path:
        """Where its node is in the network; () for the inputs."""
        steps: list[int] = []
        row = self
        while row.parent is not None:
            steps.append(row.position - (INPUT_ROWS if row.parent.parent is None else 0))
            row = row.parent
        return tuple(reversed(steps)) if self.node is not None else ()

    @property
    def depth(self) -> int:
        """How many blocks it is in."""
        return -1 if self.parent is None else self.parent.depth + 1


class StackModel(QAbstractItemModel):
    """The document's nodes with output, params, count, activations and share."""

    wiringChanged = QtSignal()  # rows came, went or moved, or an input was wired anew

    def __init__(self, document: Document, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._document = document
        self._ids = count(1)
        self._rows: dict[int, StackRow] = {}
        self._rewired = False
        self.root = self._make(document.network.root, None, 0)
        self._take_results()
        document.networkChanged.connect(self._follow)
        document.resultChanged.connect(self._show_results)
        document.countChanged.connect(self._show_count)

    # -- rows and paths

    def row_of(self, index: Index) -> StackRow:
        """Returns the row behind an index; the root behind an invalid one."""
        return self._rows[index.internalId()] if index.isValid() else self.root

    def path_of(self, index: Index) -> Path:
        """Returns the path of the node at an index; () for the network's inputs."""
        return self.row_of(index).path

    def index_of(self, path: Path, column: int = 0) -> QModelIndex:
        """Returns the index of the node at `path`; of the network's inputs for ()."""
        row = self.root
        for i, step in enumerate(path):
            at = step + (INPUT_ROWS if i == 0 else 0)
            if at >= len(row.children):
                return QModelIndex()
            row = row.children[at]
        return self._index(row if path else self.root.children[0], column)

    def _index(self, row: StackRow, column: int = 0) -> QModelIndex:
        return QModelIndex() if row.parent is None else self.createIndex(row.position, column, row.id)

    def rows(self, row: StackRow | None = None) -> Iterator[StackRow]:
        """Yields all rows below `row`, parents first."""
        for child in (row or self.root).children:
            yield child
            yield from self.rows(child)

    # -- following the network

    def _make(self, node: Node | None, parent: StackRow | None, position: int) -> StackRow:
        row = StackRow(next(self._ids), node, parent, position)
        self._rows[row.id] = row
        if isinstance(node, Block):
            if parent is None:
                row.children.append(self._make(None, row, 0))
            first = len(row.children)
            row.children += [self._make(child, row, first + i) for i, child in enumerate(node.layers)]
        return row

    def _drop(self, row: StackRow) -> None:
        del self._rows[row.id]
        for child in row.children:
            self._drop(child)

    def _follow(self) -> None:
        self._rewired = False
        self._sync(self.root, self._document.network.root)
        self._take_results()
        if self._rewired:
            self.wiringChanged.emit()

    def _sync(self, row: StackRow, node: Node) -> None:
        old = row.node
        if old is node:
            return
        row.node = node
        if row.parent is not None:
            self.dataChanged.emit(self._index(row), self._index(row))
        self._rewired |= old is None or old.inputs is not node.inputs or old.name != node.name
        before = old.layers if isinstance(old, Block) else ()
        self._sync_children(row, before, node.layers if isinstance(node, Block) else ())

    def _sync_children(self, row: StackRow, before: Sequence[Node], after: Sequence[Node]) -> None:
        """Matches children: equal ends by identity, the middle by name, and what keeps its place is a change."""
        offset = len(row.children) - len(before)
        start = _common(before, after)
        end = _common(before[start:][::-1], after[start:][::-1])
        old, new = before[start : len(before) - end], after[start : len(after) - end]
        if len(old) == len(new) and _in_place(old, new):
            for i, node in enumerate(new):
                self._sync(row.children[offset + start + i], node)
        else:
            self._rewired = True
            self._remove_absent(row, offset + start, old, new)
            self._place(row, offset + start, new)

    def _remove_absent(self, row: StackRow, first: int, old: Sequence[Node], new: Sequence[Node]) -> None:
        kept = _Names(new)
        gone = [i for i, node in enumerate(old) if not kept.take(node.name)]
        for i in reversed(gone):
            self.beginRemoveRows(self._index(row), first + i, first + i)
            self._drop(row.children.pop(first + i))
            self._renumber(row, first + i)
            self.endRemoveRows()

    def _place(self, row: StackRow, first: int, new: Sequence[Node]) -> None:
        have = _Names([child.node for child in row.children[first:] if child.node is not None])
        missing = [not have.take(node.name) for node in new]
        i = 0
        while i < len(new):
            if missing[i]:
                run = next((j for j in range(i, len(new)) if not missing[j]), len(new)) - i
                self._insert(row, first + i, new[i : i + run])
                i += run
                continue
            self._bring(row, first + i, new[i])
            self._sync(row.children[first + i], new[i])
            i += 1

    def _insert(self, row: StackRow, at: int, nodes: Sequence[Node]) -> None:
        self.beginInsertRows(self._index(row), at, at + len(nodes) - 1)
        row.children[at:at] = [self._make(node, row, at + i) for i, node in enumerate(nodes)]
        self._renumber(row, at)
        self.endInsertRows()

    def _bring(self, row: StackRow, at: int, node: Node) -> None:
        """Moves the row of `node`'s name to `at`, if it is not there."""
        now = next(i for i in range(at, len(row.children)) if _name(row.children[i]) == node.name)
        if now != at:
            parent = self._index(row)
            self.beginMoveRows(parent, now, now, parent, at)
            row.children.insert(at, row.children.pop(now))
            self._renumber(row, at)
            self.endMoveRows()

    def _renumber(self, row: StackRow, first: int) -> None:
        for i in range(first, len(row.children)):
            row.children[i].position = i

    # -- following the results

    def _take_results(self) -> None:
        self._assign(self.root, self._document.result.root)

    def _assign(self, row: StackRow, result: NodeResult | None) -> None:
        if row.result is result and result is not None:
            return
        row.result = result
        results = result.children if result else ()
        first = INPUT_ROWS if row.parent is None else 0
        for i, child in enumerate(row.children[first:]):
            self._assign(child, results[i] if i < len(results) else None)

    def _show_results(self) -> None:
        self._changed(self.root, SHARE)
        for row in self.rows():
            if row.children:
                self._changed(row, SHARE)

    def _show_count(self) -> None:
        self.headerDataChanged.emit(Qt.Orientation.Horizontal, COUNT, SHARE)
        self._show_results()

    def _changed(self, row: StackRow, last_column: int) -> None:
        """Says that the numbers below a row changed; not the names: for each of them a tree view asks for children."""
        if row.children:
            self.dataChanged.emit(self._index(row.children[0], OUTPUT), self._index(row.children[-1], last_column))

    # -- QAbstractItemModel

    def index(self, row: int, column: int, parent: Index = _NOWHERE) -> QModelIndex:
        above = self.row_of(parent)
        if parent.isValid() and parent.column() != 0:
            return QModelIndex()
        if not (0 <= row < len(above.children) and 0 <= column <= SHARE):
            return QModelIndex()
        return self.createIndex(row, column, above.children[row].id)

    def parent(self, index: Index = _NOWHERE) -> QModelIndex:  # type: ignore[override]
        above = self.row_of(index).parent if index.isValid() else None
        return self._index(above) if above else QModelIndex()

    def rowCount(self, parent: Index = _NOWHERE) -> int:
        return 0 if parent.column() > 0 else len(self.row_of(parent).children)

    def hasChildren(self, parent: Index = _NOWHERE) -> bool:
        return self.rowCount(parent) > 0

    def columnCount(self, parent: Index = _NOWHERE) -> int:
        return SHARE + 1

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Role.DisplayRole) -> object:
        if orientation != Qt.Orientation.Horizontal:
            return None
        metric = self._document.metric
        if role == Role.DisplayRole:
            titles = (self.tr("Layer"), self.tr("Output"), self.tr("Params"), metric.short, self.tr("Activation"))
            return titles[section] if section < SHARE else self.tr("Share of %1").replace("%1", metric.short)
        if role == Role.ToolTipRole and section in (COUNT, SHARE):
            return f"{metric.title}: {metric.help}"
        if role == Role.TextAlignmentRole and section in (PARAMS, COUNT, ACTIVATION):
            return Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        return None

    def data(self, index: Index, role: int = Role.DisplayRole) -> object:
        if not index.isValid():
            return None
        row = self.row_of(index)
        if role == Role.DisplayRole:
            return self.text(row, index.column())
        if role == Role.EditRole and index.column() == NAME:
            return _name(row)
        if role == Role.ToolTipRole:
            return self._tip(row, index.column())
        if role == Role.AccessibleTextRole:
            return self._spoken(row, index.column())
        if role == Role.TextAlignmentRole and index.column() in (PARAMS, COUNT, ACTIVATION):
            return Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        return None

    def setData(self, index: Index, value: object, role: int = Role.EditRole) -> bool:
        if role != Role.EditRole or index.column() != NAME or not self.path_of(index):
            return False
        return commands.rename(self._document, self.path_of(index), str(value))

    def flags(self, index: Index) -> Qt.ItemFlag:
        if not index.isValid():
            return Qt.ItemFlag.ItemIsDropEnabled
        flags = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable
        row = self.row_of(index)
        if row.node is None:
            return flags
        flags |= Qt.ItemFlag.ItemIsDragEnabled
        if isinstance(row.node, Block):
            flags |= Qt.ItemFlag.ItemIsDropEnabled
        return flags | Qt.ItemFlag.ItemIsEditable if index.column() == NAME else flags

    # -- what the cells say

    def text(self, row: StackRow, column: int) -> str:
        """Returns a cell's text."""
        if column == NAME:
            return " ".join(filter(None, (_name(row), self.detail(row))))
        if row.node is None:
            return self._input_text(column)
        result = row.result
        if result is None or (result.outputs is None and column == OUTPUT):
            return self._unknown(row) if column == OUTPUT else ""
        if column == OUTPUT:
            return " , ".join(_sizes(spec.shape) for spec in result.outputs or ())
        if column == ACTIVATION and isinstance(row.node, Block):
            return ""
        return self._count_text(result, column)

    def _count_text(self, result: NodeResult, column: int) -> str:
        if column == ACTIVATION:
            return units.size(result.activation_bytes) if result.activation_bytes else units.NONE
        if result.uncounted and not result.cost.params and not result.cost.macs:
            return "?" if column != SHARE else ""
        value = result.cost.params if column == PARAMS else self._document.metric.of(result)
        if column == SHARE:
            return units.share(value, self._document.metric.of(self._document.result.root)) if value else ""
        return units.count(value) if value else units.NONE

    def share(self, row: StackRow) -> float:
        """Returns a row's part of the whole in the chosen count, from 0 to 1."""
        whole = self._document.metric.of(self._document.result.root)
        part = self._document.metric.of(row.result) if row.result else 0
        return part / whole if whole else 0.0

    def _input_text(self, column: int) -> str:
        inputs = self._document.network.inputs
        if column == OUTPUT:
            return ", ".join(_sizes(given.shape) for given in inputs)
        if column in (PARAMS, COUNT):
            return units.NONE
        if column == ACTIVATION:
            known = self._document.result.root.known_inputs
            return units.size(sum(spec.nbytes for spec in known)) if known else ""
        return ""

    def detail(self, row: StackRow) -> str:
        """Returns what stands beside the name: type and a few words on its parameters."""
        node = row.node
        if node is None:
            return ", ".join(given.name for given in self._document.network.inputs)
        if isinstance(node, Block):
            n = sum(child.layers for child in row.result.children) if row.result else len(node.layers)
            return self.tr("%1 layers").replace("%1", units.grouped(n)) if n != 1 else self.tr("1 layer")
        return "  ".join(filter(None, (node.type, self.summary(row))))

    def summary(self, row: StackRow) -> str:
        """Returns the few words on a layer's parameters, or what it takes where that is not the layer before."""
        result = row.result
        inputs = result.known_inputs if result else None
        words = result.spec.summary(inputs) if result and result.spec and inputs else ""
        if isinstance(row.node, Layer) and len(row.node.inputs) > 1:
            words = " ".join(filter(None, (words, " + ".join(row.node.inputs))))
        return words

    def problem(self, row: StackRow) -> tuple[str, str] | None:
        """Returns (severity, sentence) of the first problem of a row, or of those below it."""
        if row.node is None or not self._document.result.problems:
            return None
        own = self._document.result.problems_at.get(row.path)
        if own:
            return own[0].severity, own[0].message
        if row.result and not row.result.faultless and isinstance(row.node, Block):
            path = row.path
            below = [p for p in self._document.result.problems if p.at[: len(path)] == path]
            worst = next((p for p in below if p.severity == "error"), below[0] if below else None)
            return (worst.severity, f"{worst.path}: {worst.message}") if worst else None
        return None

    def _unknown(self, row: StackRow) -> str:
        problem = self.problem(row)
        return problem[1] if problem else ""

    def _tip(self, row: StackRow, column: int) -> str | None:
        problem = self.problem(row)
        if problem and column in (NAME, OUTPUT):
            return problem[1]
        if row.node is None or row.result is None or row.result.outputs is None:
            return None
        metrics: dict[int, str | None] = {PARAMS: "params", COUNT: None, SHARE: None, ACTIVATION: "activation_bytes"}
        if column not in metrics:
            return (
                " , ".join(f"{shape_text(s.shape)} {s.dtype}" for s in row.result.outputs) if column == OUTPUT else None
            )
        metric = METRICS[metrics[column] or self._document.metric.key]
        return f"{metric.title}: {metric.exact(metric.of(row.result))}"

    def _spoken(self, row: StackRow, column: int) -> str:
        problem = self.problem(row)
        return ". ".join(filter(None, (self.text(row, column), problem[1] if problem and column == NAME else "")))

    # -- drag and drop

    def supportedDropActions(self) -> Qt.DropAction:
        return Qt.DropAction.CopyAction | Qt.DropAction.MoveAction

    def mimeTypes(self) -> list[str]:
        return [commands.MIME, MIME_PATHS]

    def mimeData(self, indexes: Sequence[QModelIndex]) -> QMimeData:
        paths = sorted({path for index in indexes if (path := self.path_of(index))})
        data = commands.mime_of(self._document, paths)
        data.setData(MIME_PATHS, repr((id(self._document), paths)).encode())
        return data

    def canDropMimeData(self, data: QMimeData, action: Qt.DropAction, row: int, column: int, parent: Index) -> bool:
        return data.hasFormat(commands.MIME)

    def dropMimeData(self, data: QMimeData, action: Qt.DropAction, row: int, column: int, parent: Index) -> bool:
        if not data.hasFormat(commands.MIME):
            return False
        to = self.drop_path(row, parent)
        paths = self._dragged(data) if action == Qt.DropAction.MoveAction else None
        if paths:
            commands.move(self._document, paths, to)
        else:
            commands.insert_text(self._document, bytes(data.data(commands.MIME).data()).decode(), to)
        return False  # the rows have moved already; Qt must not remove any

    def drop_path(self, row: int, parent: Index) -> Path:
        """Returns the path that a drop before `row` of `parent` means; -1 is the end."""
        above = self.row_of(parent)
        last = len(above.children)
        at = last if row < 0 else min(row, last)
        return (*above.path, max(0, at - INPUT_ROWS) if above.parent is None else at)

    def _dragged(self, data: QMimeData) -> list[Path] | None:
        import ast

        if not data.hasFormat(MIME_PATHS):
            return None
        source, paths = ast.literal_eval(bytes(data.data(MIME_PATHS).data()).decode())
        return paths if source == id(self._document) else None


class _Names:
    """Names that may occur several times, each taken once."""

    def __init__(self, nodes: Sequence[Node]) -> None:
        self._left: dict[str, int] = {}
        for node in nodes:
            self._left[node.name] = self._left.get(node.name, 0) + 1

    def take(self, name: str) -> bool:
        left = self._left.get(name, 0)
        self._left[name] = left - 1
        return left > 0


def _common(a: Sequence[Node], b: Sequence[Node]) -> int:
    """Returns how many first nodes are the same objects."""
    n = 0
    for x, y in zip(a, b, strict=False):
        if x is not y:
            break
        n += 1
    return n


def _in_place(old: Sequence[Node], new: Sequence[Node]) -> bool:
    """Returns whether every node kept its place, under its name or a new one."""
    names = {node.name for node in old}
    return all(a.name == b.name or b.name not in names for a, b in zip(old, new, strict=True))


def _name(row: StackRow) -> str:
    return row.node.name if row.node is not None else QCoreApplication.translate("StackModel", "input")


def _sizes(shape: Sequence[int]) -> str:
    """Returns a shape for a row: without the batch where there is one and it is 1."""
    return shape_text(shape[1:] if len(shape) > 1 and shape[0] == 1 else shape)
