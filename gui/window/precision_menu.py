"""The menu of the precision control: bundles of dtypes with what a network takes in each, and each dtype on its own."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QSize, Qt
from PySide6.QtGui import QColor, QFont, QHideEvent, QKeyEvent, QPainter, QShowEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QGridLayout,
    QHeaderView,
    QLabel,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from layerledger.core.base.dtypes import ACTIVATIONS, CACHE, KNOWN, WEIGHTS
from layerledger.core.base.precision import Bundle, storage
from layerledger.gui.document import commands
from layerledger.gui.document.document import Document
from layerledger.gui.document.large_networks import is_huge
from layerledger.gui.document.sizing import may_generate
from layerledger.gui.inspector.labels import Separator
from layerledger.gui.theme import icons, theme
from layerledger.gui.theme.translation import translated
from layerledger.gui.widgets.editors import ChoiceEditor
from layerledger.gui.widgets.slices import Slices
from layerledger.gui.window.precision_columns import (
    PrecisionColumn,
    gguf_bundles,
    listed_bundles,
    precision_columns,
    row_note,
    rows,
)

_BUNDLE, _NOTE = Qt.ItemDataRole.UserRole, Qt.ItemDataRole.UserRole + 1
_MOST_ROWS = 14
_MARGIN, _GAP, _MARK = 8, 8, 16
_SMALL = 0.9
_WAITING = "…"

_Index = QModelIndex | QPersistentModelIndex


class _NameDelegate(QStyledItemDelegate):
    """Paints the name of a bundle, and behind it what its short name leaves out."""

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        super().paint(painter, option, index)
        note = index.data(_NOTE)
        if not note:
            return
        found = QStyleOptionViewItem(option)
        self.initStyleOption(found, index)
        left = found.rect.left() + _MARK + 2 * _GAP + found.fontMetrics.horizontalAdvance(found.text) + _GAP
        painter.save()
        painter.setFont(theme.scaled(option.font, _SMALL))
        painter.setPen(QColor(theme.current().muted))
        at = found.rect.adjusted(left - found.rect.left(), 0, 0, 0)
        painter.drawText(at, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, note)
        painter.restore()

    def sizeHint(self, option: QStyleOptionViewItem, index: _Index) -> QSize:
        size = super().sizeHint(option, index)
        if note := index.data(_NOTE):
            size.setWidth(size.width() + 2 * _GAP + option.fontMetrics.horizontalAdvance(note))
        return size


class BundleList(QTreeWidget):
    """A row for each bundle; those of GGUF files are below a row of their own."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._items: list[QTreeWidgetItem] = []
        self._own: QTreeWidgetItem | None = None  # the row of the bundle that the network has
        self._below: QTreeWidgetItem | None = None  # the row above the quantizations of GGUF files
        self.setProperty("bare", "true")
        self.setAccessibleName(self.tr("Precision"))
        self.setRootIsDecorated(False)
        self.setIndentation(0)
        self.setIconSize(QSize(_MARK, _MARK))
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setItemDelegateForColumn(0, _NameDelegate(self))
        self.setMouseTracking(True)
        header = self.header()
        header.setStretchLastSection(False)
        header.setSectionsMovable(False)
        header.setSectionsClickable(False)

    def fill(self, document: Document, columns: Sequence[PrecisionColumn]) -> None:
        """Fill the list for a document; the numbers follow."""
        self.clear()
        self._items, self._own = [], None
        self.setColumnCount(1 + len(columns))
        self.setHeaderLabels([self.tr("Precision"), *(column.title for column in columns)])
        right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        for i in range(1, 1 + len(columns)):
            self.headerItem().setTextAlignment(i, right)
        for bundle in listed_bundles(document):
            self._add(self, bundle, document, len(columns))
        self._below = below = QTreeWidgetItem(self, [self.tr("Quantizations of GGUF files")])
        for bundle in gguf_bundles():
            self._add(below, bundle, document, len(columns))
        own = self._own
        self.unfold(on=own is not None and own.parent() is below)
        self.setCurrentItem(own or self._items[0])
        self._fit_columns(columns)

    def _add(self, parent: QTreeWidget | QTreeWidgetItem, bundle: Bundle, document: Document, columns: int) -> None:
        item = QTreeWidgetItem(parent, [translated(bundle.short), *[_WAITING] * columns])
        self._items.append(item)
        item.setData(0, _BUNDLE, bundle)
        item.setData(0, _NOTE, row_note(document, bundle))
        item.setToolTip(0, translated(bundle.title))
        current = bundle.precision == document.result.precision
        item.setIcon(0, icons.icon("check", role="accent") if current else icons.icon("check", role="panel"))
        for i in range(1, 1 + columns):
            item.setTextAlignment(i, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        if current:
            self._own = item
            font = QFont(self.font())
            font.setBold(True)
            item.setFont(0, font)

    def items(self) -> Sequence[QTreeWidgetItem]:
        """Return the rows of bundles."""
        return self._items

    def waiting(self) -> Sequence[Bundle]:
        """Return the bundles that are shown without their numbers."""
        shown = (item for item in self._items if (above := item.parent()) is None or above.isExpanded())
        return [item.data(0, _BUNDLE) for item in shown if item.text(1) == _WAITING]

    def show_texts(self, bundle: Bundle, texts: Sequence[str]) -> None:
        """Show the numbers of a bundle."""
        for item in self.items():
            if item.data(0, _BUNDLE) is bundle:
                for i, text in enumerate(texts, 1):
                    item.setText(i, text)

    def unfold(self, *, on: bool) -> None:
        """Show the quantizations of GGUF files, or hide them."""
        if self._below is None:
            return
        self._below.setExpanded(on)
        self._below.setIcon(0, icons.icon("chevron-down" if on else "chevron-right"))
        self.updateGeometry()

    def _fit_columns(self, columns: Sequence[PrecisionColumn]) -> None:
        header, bold = self.header(), QFont(self.font())
        bold.setBold(True)
        for i, column in enumerate(columns, 1):
            header.setSectionResizeMode(i, QHeaderView.ResizeMode.Fixed)
            wide = max(self.fontMetrics().horizontalAdvance(text) for text in (column.sample, column.title))
            header.resizeSection(i, wide + 3 * _GAP)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)

    def sizeHint(self) -> QSize:
        names = max((self.sizeHintForIndex(self.indexFromItem(item)).width() for item in self.items()), default=0)
        others = sum(self.columnWidth(i) for i in range(1, self.columnCount()))
        row = max(self.sizeHintForRow(0), self.fontMetrics().height())
        below = self._below
        shown = self.topLevelItemCount() + (below.childCount() if below and below.isExpanded() else 0)
        frame = 2 * self.frameWidth() + 2
        height = self.header().sizeHint().height() + row * min(shown, _MOST_ROWS) + frame
        return QSize(names + others + 3 * _GAP, height)

    def minimumSizeHint(self) -> QSize:
        return QSize(self.sizeHint().width(), 6 * self.fontMetrics().height())


class PrecisionMenu(QFrame):
    """The menu. A click or Enter chooses a bundle and closes it; a dtype of its own leaves it open."""

    def __init__(self, document: Document, parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        self._document = document
        self._slices: Slices[tuple[Bundle, Sequence[str]]] = Slices(self)
        self._columns: Sequence[PrecisionColumn] = ()
        self.setProperty("card", "true")
        self.list = BundleList(self)
        self.list.itemClicked.connect(self._choose)
        self.editors = {part: self._editor(part) for part in (WEIGHTS, ACTIVATIONS, CACHE)}
        self._lay_out()

    def _editor(self, part: str) -> ChoiceEditor:
        editor = ChoiceEditor({"": None, **{dtype: dtype for dtype in KNOWN[part]}}, self)
        editor.setMinimumContentsLength(8)
        editor.edited.connect(partial(self._set, part))
        return editor

    def _lay_out(self) -> None:
        layout = QVBoxLayout(self)
        layout.setContentsMargins(_MARGIN, _MARGIN, _MARGIN, _MARGIN + 2)
        layout.setSpacing(_GAP)
        layout.addWidget(self.list, 1)
        layout.addWidget(Separator(self))
        heading = QLabel(self.tr("Each on its own"), self)
        heading.setProperty("muted", "true")
        layout.addWidget(heading)
        grid = QGridLayout()
        grid.setHorizontalSpacing(2 * _GAP)
        grid.setVerticalSpacing(2)
        names = {WEIGHTS: self.tr("weights"), ACTIVATIONS: self.tr("activations"), CACHE: self.tr("cache")}
        self._labels: dict[str, QLabel] = {}
        for column, (part, editor) in enumerate(self.editors.items()):
            self._labels[part] = label = QLabel(names[part], self)
            label.setProperty("muted", "true")
            label.setBuddy(editor)
            editor.setAccessibleName(names[part])
            grid.addWidget(label, 0, column)
            grid.addWidget(editor, 1, column)
            grid.setColumnStretch(column, 1)
        layout.addLayout(grid)

    def refresh(self) -> None:
        """Show the precision of the network, and begin to compute the rows."""
        self._columns = precision_columns(self._document)
        self.list.fill(self._document, self._columns)
        self._show_parts()
        self._compute()
        self.resize(self.sizeHint())  # adjustSize() leaves a third of the screen empty

    def _compute(self) -> None:
        """Begin to compute the rows that are shown and have no numbers yet."""
        steps = rows(self._document, self.list.waiting(), self._columns)
        apart = is_huge(self._document.result)
        self._slices.begin(steps, lambda found: self.list.show_texts(*found), apart=apart)

    def finish(self) -> None:
        """Compute the rows that are left at once."""
        self._slices.finish()

    def _show_parts(self) -> None:
        result = self._document.result
        computed = storage(result.precision.compute)
        for part, editor in self.editors.items():
            dtype = result.precision.activations if part == CACHE else computed
            text = self.tr("{dtype} (follows)").format(dtype=dtype)
            if editor.itemText(0) != text:
                editor.setItemText(0, text)
            editor.show_value(getattr(result.stated, part))
        kept = may_generate(self._document)
        self.editors[CACHE].setVisible(kept)
        self._labels[CACHE].setVisible(kept)

    def _set(self, part: str, dtype: str | None) -> None:
        commands.set_stored_dtype(self._document, [()], part, dtype)
        self.refresh()

    def _choose(self, item: QTreeWidgetItem) -> None:
        bundle = item.data(0, _BUNDLE)
        if bundle is None:
            self.list.unfold(on=not item.isExpanded())
            self._compute()
            self.resize(self.sizeHint())
            return
        self.close()
        commands.set_precision(self._document, bundle)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        item = self.list.currentItem()
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space) and item is not None:
            self._choose(item)
        else:
            super().keyPressEvent(event)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.list.setFocus(Qt.FocusReason.PopupFocusReason)

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._slices.stop()
