"""The network's snapshots as a Qt tree model.

It compares snapshots with `core.network.diff` and emits exact row signals, never a reset, so that selection, expansion
and scroll position survive an edit. Qt's indexes carry row ids, never pointers to nodes: Qt would still use such a
pointer after Python has freed the node of an old snapshot.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Sequence
from itertools import count, zip_longest

from PySide6.QtCore import QAbstractItemModel, QModelIndex, QObject, QPersistentModelIndex, Signal

from layerledger.core.analysis.components import Component, components_of, is_composite
from layerledger.core.network.diff import Change, Insert, Move, Remove, Step, diff_siblings, runs
from layerledger.core.network.nodes import Block, Layer, Node
from layerledger.core.network.paths import NodePath
from layerledger.gui.document.document import Document
from layerledger.gui.stack.columns import ANYWHERE, OUTPUT, SHARE
from layerledger.gui.stack.stack_row import INPUT_ROWS, StackRow

Index = QModelIndex | QPersistentModelIndex
_NOWHERE = QModelIndex()

_MANY = 8
"""Separate runs of removed rows above which the view clears its selection first: see `aboutToRemoveMany`."""


class NetworkTreeModel(QAbstractItemModel):
    """The document's nodes as rows, the network's inputs on top, and below a composite layer the parts it is made of.

    A subclass supplies the contents of the cells.
    """

    wiringChanged = Signal()  # rows were inserted, removed or moved, or an input was rewired
    aboutToRemoveMany = Signal()  # many separate runs of rows are about to be removed

    def __init__(self, document: Document, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._document = document
        self._ids = count(1)
        self._rows: dict[int, StackRow] = {}
        self._rewired = False
        self.updating = False  # selection changes meanwhile come from rows that are removed, not from the user
        self._changed_results: list[tuple[StackRow, int, int]] = []  # parent, first and last row
        self.root = self._make(document.network.root, None, 0)
        self._take_results()
        document.networkChanged.connect(self._update_rows)
        document.resultChanged.connect(self._show_results)

    # -- rows and paths

    def row_of(self, index: Index) -> StackRow:
        """Return the row behind an index; the root behind an invalid one."""
        return self._rows[index.internalId()] if index.isValid() else self.root

    def path_of(self, index: Index) -> NodePath:
        """Return the path of the node at an index; () for the network's inputs."""
        return self.row_of(index).path

    def paths_of(self, ids: Iterable[int]) -> set[NodePath]:
        """Return the paths of the rows with these ids; a row that was removed has no path."""
        return {self._rows[id_].path for id_ in ids if id_ in self._rows}

    def index_of(self, path: NodePath, column: int = 0) -> QModelIndex:
        """Return the index of the node at `path`; of the network's inputs for ()."""
        row = self.root
        for i, step in enumerate(path):
            at = step + (INPUT_ROWS if i == 0 else 0)
            if at >= len(row.children):
                return QModelIndex()
            row = row.children[at]
        return self._index(row if path else self.root.children[0], column)

    def _index(self, row: StackRow, column: int = 0) -> QModelIndex:
        if row.parent is None:
            return QModelIndex()
        row.parent.exposed = True
        return self.createIndex(row.position, column, row.id)

    def rows(self, row: StackRow | None = None) -> Iterator[StackRow]:
        """Yield all rows below `row`, parents first."""
        for child in (row or self.root).children:
            yield child
            yield from self.rows(child)

    # -- network

    def _make(self, node: Node | None, parent: StackRow | None, position: int) -> StackRow:
        row = StackRow(next(self._ids), node, parent, position)
        self._rows[row.id] = row
        if isinstance(node, Block):
            if parent is None:
                row.children.append(self._make(None, row, 0))
            first = len(row.children)
            row.children += [self._make(child, row, first + i) for i, child in enumerate(node.layers)]
        return row

    def _discard(self, row: StackRow) -> None:
        del self._rows[row.id]
        for child in row.children:
            self._discard(child)

    def _update_rows(self) -> None:
        self._rewired, self.updating = False, True
        self._show_node(self.root, self._document.network.root)
        self._take_results()
        self.updating = False
        if self._rewired:
            self.wiringChanged.emit()

    def _show_node(self, row: StackRow, node: Node) -> None:
        old = row.node
        if old is node:
            return
        if isinstance(old, Layer) and isinstance(node, Block):
            self._remove_parts(row)
        row.node = node
        if row.parent is not None and row.parent.exposed:
            self.dataChanged.emit(self._index(row), self._index(row))
        self._rewired |= old is None or old.inputs is not node.inputs or old.name != node.name
        before, after = (each.layers if isinstance(each, Block) else () for each in (old, node))
        if before or after:
            self._apply(row, diff_siblings(before, after))

    def _apply(self, row: StackRow, steps: Sequence[Step]) -> None:
        """Turn the steps between two lists of siblings into row signals."""
        offset = INPUT_ROWS if row.parent is None else 0
        if sum(isinstance(step, Remove) for step in steps) > _MANY:
            self.aboutToRemoveMany.emit()
        for step in steps:
            match step:
                case Change(position, node):
                    self._show_node(row.children[offset + position], node)
                case Insert(position, nodes):
                    self._insert(row, offset + position, nodes)
                case Remove(first, last):
                    self._remove(row, offset + first, offset + last)
                case Move(source, target):
                    self._move(row, offset + source, offset + target)

    def _insert(self, row: StackRow, at: int, nodes: Sequence[Node]) -> None:
        self.beginInsertRows(self._index(row), at, at + len(nodes) - 1)
        row.children[at:at] = [self._make(node, row, at + i) for i, node in enumerate(nodes)]
        self._renumber(row, at)
        self.endInsertRows()
        self._rewired = True

    def _remove(self, row: StackRow, first: int, last: int) -> None:
        self.beginRemoveRows(self._index(row), first, last)
        for child in row.children[first : last + 1]:
            self._discard(child)
        del row.children[first : last + 1]
        self._renumber(row, first)
        self.endRemoveRows()
        self._rewired = True

    def _move(self, row: StackRow, source: int, target: int) -> None:
        parent = self._index(row)
        # Qt counts the destination while the row is still at its source
        self.beginMoveRows(parent, source, source, parent, target + (target > source))
        row.children.insert(target, row.children.pop(source))
        self._renumber(row, min(source, target))
        self.endMoveRows()
        self._rewired = True

    def _renumber(self, row: StackRow, first: int) -> None:
        for i in range(first, len(row.children)):
            row.children[i].position = i

    # -- results

    def _take_results(self) -> None:
        """Give each row its result; a block whose result is the same object is skipped with all below it."""
        self._changed_results = []
        self.root.result = self._document.result.root
        self._take_results_below(self.root)

    def _take_results_below(self, row: StackRow) -> None:
        """Update the rows below one whose result is new: a block's children, or a composite layer's parts."""
        if isinstance(row.node, Block):
            self._take_child_results(row)
        elif row.node is not None:
            found = components_of(row.result) if row.result else ()
            if found or row.children:
                self._show_parts(row, found)

    def _take_child_results(self, row: StackRow) -> None:
        results = row.result.children if row.result else ()
        first = INPUT_ROWS if row.parent is None else 0
        changed = list(range(first))
        for child, result in zip_longest(row.children[first:], results[: len(row.children) - first]):
            if child.result is not result or result is None:
                changed.append(child.position)
                child.result = result
                if child.children or (result and is_composite(result)):
                    self._take_results_below(child)
        self._changed_results += [(row, start, end) for start, end in runs(changed)]

    def _show_parts(self, row: StackRow, found: Sequence[Component]) -> None:
        """Show `found` as the rows below a layer."""
        have = len(row.children)
        if len(found) < have:
            self._remove_parts(row, len(found))
        for child, part in zip(row.children, found, strict=False):
            child.part = part
        if len(found) > have:
            self._insert_parts(row, found[have:])
        if found:
            self._changed_results.append((row, 0, len(found) - 1))

    def _insert_parts(self, row: StackRow, found: Sequence[Component]) -> None:
        first = len(row.children)
        self.beginInsertRows(self._index(row), first, first + len(found) - 1)
        for part in found:
            row.children.append(child := self._make(None, row, len(row.children)))
            child.part = part
        self.endInsertRows()
        self._rewired = True

    def _remove_parts(self, row: StackRow, first: int = 0) -> None:
        if first < len(row.children):
            self._remove(row, first, len(row.children) - 1)

    def _show_results(self) -> None:
        """Announce the rows with new results, and in all rows the columns that any edit can change."""
        whole: set[int] = set()
        for row, start, end in self._changed_results:
            is_whole = (start, end) == (0, len(row.children) - 1)
            self._announce(row, start, end, OUTPUT, SHARE if is_whole else ANYWHERE - 1)
            if is_whole:
                whole.add(row.id)
        self._changed_results = []
        self._announce_all(ANYWHERE, whole)

    def _announce_all(self, first: int, known: Container[int] = ()) -> None:
        """Announce the columns from `first` on in all rows, except below the rows with `known` ids."""
        for row in self._rows.values():
            if row.children and row.id not in known:  # one signal for all children: Qt's cost is for each signal
                self._announce(row, 0, len(row.children) - 1, first, SHARE)

    def _announce(self, row: StackRow, start: int, end: int, first: int, last: int) -> None:
        """Announce columns of a row's children; never names, because a tree view queries the children of each."""
        if row.exposed:
            self.dataChanged.emit(self._index(row.children[start], first), self._index(row.children[end], last))

    # -- QAbstractItemModel

    def index(self, row: int, column: int, parent: Index = _NOWHERE) -> QModelIndex:
        above = self.row_of(parent)
        if parent.isValid() and parent.column() != 0:
            return QModelIndex()
        if not (0 <= row < len(above.children) and 0 <= column <= SHARE):
            return QModelIndex()
        above.exposed = True
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
