"""A tree of rows that follows the network's snapshots, as a Qt model.

It finds what changed by identity and emits exact row signals, never a reset, so that selection, expansion and scroll
position survive an edit. Qt is given numbers, never pointers to nodes, since old nodes are collected.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Sequence
from itertools import count, zip_longest

from PySide6.QtCore import QAbstractItemModel, QModelIndex, QObject, QPersistentModelIndex, Signal

from layerledger.core.analysis import NodeResult
from layerledger.core.analysis.components import Component, components_of, is_composite
from layerledger.core.network.nodes import Block, Layer, Node
from layerledger.core.network.paths import NodePath
from layerledger.gui.document.document import Document
from layerledger.gui.stack.columns import ANYWHERE, OUTPUT, SHARE

Index = QModelIndex | QPersistentModelIndex
_NOWHERE = QModelIndex()

INPUT_ROWS = 1
"""Rows above the network's layers: its inputs."""


_FEW = 8
"""Removals at which a view may look after what it has selected."""


class StackRow:
    """One row; it outlives the snapshots that it shows."""

    __slots__ = ("asked", "children", "id", "node", "parent", "part", "position", "result")

    def __init__(self, id_: int, node: Node | None, parent: StackRow | None, position: int) -> None:
        self.id = id_
        self.node = node  # None: the network's inputs, or a part of a layer
        self.part: Component | None = None
        self.parent = parent
        self.position = position
        self.children: list[StackRow] = []
        self.asked = False  # whether anybody was ever given the index of a child, and so wants to hear of it
        self.result: NodeResult | None = None

    @property
    def path(self) -> NodePath:
        """Where its node, or the layer that it is a part of, is in the network; () for the inputs."""
        steps: list[int] = []
        row = self.parent if self.part and self.parent else self
        while row.parent is not None:
            steps.append(row.position - (INPUT_ROWS if row.parent.parent is None else 0))
            row = row.parent
        return tuple(reversed(steps)) if self.node is not None or self.part else ()

    @property
    def depth(self) -> int:
        """How many blocks it is in."""
        return -1 if self.parent is None else self.parent.depth + 1


class NetworkTreeModel(QAbstractItemModel):
    """The document's nodes as rows, the network's inputs on top, and below a composite layer the parts it is made of.

    What the cells say is the subclass's.
    """

    wiringChanged = Signal()  # rows came, went or moved, or an input was wired anew
    manyGo = Signal()  # many rows are about to go, here and there

    def __init__(self, document: Document, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._document = document
        self._ids = count(1)
        self._rows: dict[int, StackRow] = {}
        self._rewired = False
        self.following = False  # rows come and go, and with them what a view has selected, which nobody chose
        self._fresh: list[tuple[StackRow, int, int]] = []  # rows whose results are new: parent, first, last
        self.root = self._make(document.network.root, None, 0)
        self._take_results()
        document.networkChanged.connect(self._follow)
        document.resultChanged.connect(self._show_results)

    # -- rows and paths

    def row_of(self, index: Index) -> StackRow:
        """Return the row behind an index; the root behind an invalid one."""
        return self._rows[index.internalId()] if index.isValid() else self.root

    def path_of(self, index: Index) -> NodePath:
        """Return the path of the node at an index; () for the network's inputs."""
        return self.row_of(index).path

    def paths_of(self, ids: Iterable[int]) -> set[NodePath]:
        """Return the paths of the rows of these ids, as far as they still exist."""
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
        row.parent.asked = True
        return self.createIndex(row.position, column, row.id)

    def rows(self, row: StackRow | None = None) -> Iterator[StackRow]:
        """Yield all rows below `row`, parents first."""
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
        self._rewired, self.following = False, True
        self._sync(self.root, self._document.network.root)
        self._take_results()
        self.following = False
        if self._rewired:
            self.wiringChanged.emit()

    def _sync(self, row: StackRow, node: Node) -> None:
        old = row.node
        if old is node:
            return
        if isinstance(old, Layer) and isinstance(node, Block):
            self._remove_parts(row)
        row.node = node
        if row.parent is not None and row.parent.asked:
            self.dataChanged.emit(self._index(row), self._index(row))
        self._rewired |= old is None or old.inputs is not node.inputs or old.name != node.name
        before, after = (each.layers if isinstance(each, Block) else () for each in (old, node))
        if before or after:
            self._sync_children(row, before, after)

    def _sync_children(self, row: StackRow, before: Sequence[Node], after: Sequence[Node]) -> None:
        """Match children: equal ends by identity, the middle by name, and what keeps its place is a change."""
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
        runs = list(_runs(gone))
        if len(runs) > _FEW:
            self.manyGo.emit()
        for start, end in reversed(runs):  # a run at once: a view looks at all rows for each removal
            self.beginRemoveRows(self._index(row), first + start, first + end)
            for child in row.children[first + start : first + end + 1]:
                self._drop(child)
            del row.children[first + start : first + end + 1]
            self._renumber(row, first + start)
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
        """Move the row of `node`'s name to `at`, if it is not there."""
        now = next(i for i in range(at, len(row.children)) if _is_called(row.children[i], node.name))
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
        """Give each row its result; a block whose result is the same is not looked into."""
        self._fresh = []
        self.root.result = self._document.result.root
        self._look_into(self.root)

    def _look_into(self, row: StackRow) -> None:
        """Give the rows below one whose result is new their results, or its parts."""
        if isinstance(row.node, Block):
            self._give_below(row)
        elif row.node is not None:
            found = components_of(row.result) if row.result else ()
            if found or row.children:
                self._show_parts(row, found)

    def _give_below(self, row: StackRow) -> None:
        results = row.result.children if row.result else ()
        first = INPUT_ROWS if row.parent is None else 0
        changed = list(range(first))
        for child, result in zip_longest(row.children[first:], results[: len(row.children) - first]):
            if child.result is not result or result is None:
                changed.append(child.position)
                child.result = result
                if child.children or (result and is_composite(result)):
                    self._look_into(child)
        self._fresh += [(row, start, end) for start, end in _runs(changed)]

    def _show_parts(self, row: StackRow, found: Sequence[Component]) -> None:
        """Make the rows below a layer those of its parts."""
        have = len(row.children)
        if len(found) < have:
            self._remove_parts(row, len(found))
        for child, part in zip(row.children, found, strict=False):
            child.part = part
        if len(found) > have:
            self._insert_parts(row, found[have:])
        if found:
            self._fresh.append((row, 0, len(found) - 1))

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
            self.beginRemoveRows(self._index(row), first, len(row.children) - 1)
            for child in row.children[first:]:
                self._drop(child)
            del row.children[first:]
            self.endRemoveRows()
            self._rewired = True

    def _show_results(self) -> None:
        """Says which rows' numbers changed, and that in all rows those did which an edit anywhere changes."""
        whole: set[int] = set()
        for row, start, end in self._fresh:
            all_of_it = (start, end) == (0, len(row.children) - 1)
            self._changed(row, start, end, OUTPUT, SHARE if all_of_it else ANYWHERE - 1)
            if all_of_it:
                whole.add(row.id)
        self._fresh = []
        self._change_all(ANYWHERE, whole)

    def _change_all(self, first: int, known: Container[int] = ()) -> None:
        """Says that the numbers from column `first` on changed in all rows, but below the `known` ones."""
        for row in self._rows.values():
            if row.children and row.id not in known:
                self._changed(row, 0, len(row.children) - 1, first, SHARE)

    def _changed(self, row: StackRow, start: int, end: int, first: int, last: int) -> None:
        """Announces columns of a row's children; not the names: for each of them a tree view asks for children."""
        if row.asked:
            self.dataChanged.emit(self._index(row.children[start], first), self._index(row.children[end], last))

    # -- QAbstractItemModel

    def index(self, row: int, column: int, parent: Index = _NOWHERE) -> QModelIndex:
        above = self.row_of(parent)
        if parent.isValid() and parent.column() != 0:
            return QModelIndex()
        if not (0 <= row < len(above.children) and 0 <= column <= SHARE):
            return QModelIndex()
        above.asked = True
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
    """Return how many first nodes are the same objects."""
    n = 0
    for x, y in zip(a, b, strict=False):
        if x is not y:
            break
        n += 1
    return n


def _runs(positions: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Yield the first and last of each run of neighbours."""
    start = 0
    for i, position in enumerate(positions):
        if i + 1 == len(positions) or positions[i + 1] != position + 1:
            yield positions[start], position
            start = i + 1


def _in_place(old: Sequence[Node], new: Sequence[Node]) -> bool:
    """Return whether every node kept its place, under its name or, as a node of its kind, under a new one."""
    names = {node.name for node in old}
    pairs = zip(old, new, strict=True)
    return all(a.name == b.name or (b.name not in names and type(a) is type(b)) for a, b in pairs)


def _is_called(row: StackRow, name: str) -> bool:
    return row.node is not None and row.node.name == name
