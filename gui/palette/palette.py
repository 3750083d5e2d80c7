"""Palette: the layer types by family, and a search box that accepts a layer with its values."""

from __future__ import annotations

from PySide6.QtCore import QItemSelectionModel, QModelIndex, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QAbstractItemView, QFrame, QLabel, QVBoxLayout, QWidget

from layerledger.core.base.messages import message_of
from layerledger.core.library.catalog.quick_insert import QuickError
from layerledger.core.network.nodes import BLOCK
from layerledger.gui.document import commands
from layerledger.gui.document.document import Document
from layerledger.gui.palette.palette_model import PaletteModel
from layerledger.gui.theme.translation import translated
from layerledger.gui.widgets.basics import set_flag
from layerledger.gui.widgets.heading_list_painter import HeadingListDelegate
from layerledger.gui.widgets.search_box import ResultList, SearchBox


class Palette(QFrame):
    """The left panel."""

    left = Signal()  # Escape: the keyboard goes back to the stack

    def __init__(self, document: Document, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._document = document
        self.setProperty("card", "true")
        self.model = PaletteModel(document, self)
        self.box = self._make_box()
        self.hint = self._make_hint()
        self.list = self._make_list()
        self._lay_out()
        self._connect()
        self._show_hint()

    def _make_box(self) -> SearchBox:
        return SearchBox(
            self,
            name=self.tr("Add a layer"),
            hint=self.tr("Add a layer…  ( / )"),
            tip=self.tr("Add a layer: a name and its values, such as conv 64 3 2, then Enter  /  or  Ctrl+K"),
            clearable=False,
        )

    def _make_list(self) -> ResultList:
        found = ResultList(self.model, HeadingListDelegate(self.model, self, square=BLOCK), self)
        found.setAccessibleName(self.tr("Layer types"))
        found.setFrameShape(QFrame.Shape.NoFrame)
        found.setDragDropMode(QAbstractItemView.DragDropMode.DragOnly)
        found.doubleClicked.connect(found.entered_row)
        return found

    def _make_hint(self) -> QLabel:
        hint = QLabel(self)
        hint.setTextFormat(Qt.TextFormat.PlainText)
        hint.setWordWrap(True)
        for flag in ("small", "muted"):
            hint.setProperty(flag, "true")
        return hint

    def _lay_out(self) -> None:
        layout = QVBoxLayout(self)
        layout.setContentsMargins(9, 9, 3, 3)
        layout.setSpacing(4)
        for widget in (self.box, self.hint):
            row = QVBoxLayout()
            row.setContentsMargins(0, 0, 6, 0)
            row.addWidget(widget)
            layout.addLayout(row)
        layout.addWidget(self.list, 1)

    def _connect(self) -> None:
        self.box.textChanged.connect(self._search)
        self.box.stepped.connect(self._step)
        self.box.entered.connect(lambda: self._insert(self.list.currentIndex()))
        self.box.escaped.connect(self._escape)
        self.list.entered_row.connect(self._insert)
        self.list.typed.connect(self._continue_typing)
        self.list.escaped.connect(self._escape)
        self.list.selectionModel().currentChanged.connect(self._show_hint)
        self._document.resultChanged.connect(self._update_results)
        self._document.selectionChanged.connect(self._update_results)

    def sizeHint(self) -> QSize:
        return QSize(self.fontMetrics().averageCharWidth() * 28, 400)

    def minimumSizeHint(self) -> QSize:
        return QSize(self.fontMetrics().averageCharWidth() * 18, 120)

    def focus_search(self) -> None:
        """Put the cursor into the search box."""
        self.box.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.box.selectAll()

    # -- searching

    def _search(self, text: str) -> None:
        self.model.search(text)
        self._set_best_current()
        self.list.scrollToTop()
        self._show_hint()

    def _set_best_current(self) -> None:
        self._set_current(self.model.step(QModelIndex(), 1) if self.model.text.strip() else QModelIndex())

    def _set_current(self, index: QModelIndex) -> None:
        flags = QItemSelectionModel.SelectionFlag.ClearAndSelect
        self.list.selectionModel().setCurrentIndex(index, flags)

    def _step(self, by: int) -> None:
        self._set_current(self.model.step(self.list.currentIndex(), by))

    def _update_results(self) -> None:
        """Update results and hint after a change of the network or the selection."""
        if self.model.refresh():
            self._set_best_current()
        if self.model.text:
            self._show_hint()

    def _show_hint(self) -> None:
        text, wrong = self._hint()
        if text != self.hint.text():
            self.hint.setText(text)
        self.hint.setVisible(bool(text))
        set_flag(self.hint, "error", on=wrong)

    def _hint(self) -> tuple[str, bool]:
        index = self.list.currentIndex()
        if not self.box.text().strip():
            return "", False
        try:
            return self.model.hint(index), False
        except QuickError as error:
            return translated(message_of(error)), True

    # -- inserting

    def _insert(self, index: QModelIndex) -> None:
        """Insert the layer of a row after the selection, and clear the search box for the next one."""
        if not index.isValid() and not self.box.text().strip():
            return
        try:
            node = self.model.node(index)
        except QuickError as error:
            self._document.reject(translated(message_of(error)))
            return
        commands.insert(self._document, [node])
        self.box.clear()

    def _continue_typing(self, event: QKeyEvent) -> None:
        self.box.setFocus(Qt.FocusReason.OtherFocusReason)
        self.box.insert(event.text())

    def _escape(self) -> None:
        if self.box.text() or self.list.currentIndex().isValid():
            self.box.clear()
            self._set_current(QModelIndex())
        else:
            self.left.emit()
