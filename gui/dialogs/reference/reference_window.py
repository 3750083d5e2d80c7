"""Window of the reference: how layers are counted, with a search over all pages."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QItemSelectionModel, QModelIndex, QSize, Qt
from PySide6.QtGui import QCloseEvent, QKeyEvent, QKeySequence, QShortcut, QShowEvent
from PySide6.QtWidgets import (
    QApplication,
    QHBoxLayout,
    QLabel,
    QSplitter,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from layerledger.core.library.reference import page, page_key
from layerledger.core.library.reference.concept_pages import START
from layerledger.core.library.reference.format_page import TRACE, recorder_source
from layerledger.core.network.nodes import BLOCK
from layerledger.gui.dialogs.reference.contents_model import ReferenceModel
from layerledger.gui.dialogs.reference.history import PageHistory
from layerledger.gui.dialogs.reference.page_view import PageView
from layerledger.gui.dialogs.reference.save_html import save_as_html
from layerledger.gui.document import settings_store as store
from layerledger.gui.document.settings import REFERENCE_GEOMETRY, REFERENCE_SPLIT
from layerledger.gui.inspector.labels import ElidedLabel
from layerledger.gui.theme import icons
from layerledger.gui.theme.translation import QT_TRANSLATE_NOOP
from layerledger.gui.widgets.heading_list_painter import HeadingListDelegate
from layerledger.gui.widgets.search_box import ResultList, SearchBox

_TITLE = QT_TRANSLATE_NOOP("Reference", "How layers are counted")
_GAP = 10
_Flag = QItemSelectionModel.SelectionFlag


class ContentsList(ResultList):
    """Pages under headings, or search results."""

    def __init__(self, model: ReferenceModel, parent: QWidget) -> None:
        super().__init__(model, HeadingListDelegate(model, parent, square=BLOCK), parent)
        self.setAccessibleName(self.tr("Contents"))
        self.setProperty("card", "true")

    def scroll_to(self, index: QModelIndex) -> None:
        """Scroll to a row and the heading above it."""
        if index.row() > 0:
            self.scrollTo(index.siblingAtRow(index.row() - 1))
        self.scrollTo(index)


class ReferenceWindow(QWidget):
    """The window: contents and search on the left, a page on the right."""

    def __init__(self) -> None:
        super().__init__()
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setAttribute(Qt.WidgetAttribute.WA_QuitOnClose, False)
        self.setWindowTitle(QApplication.translate("Reference", _TITLE))
        self.setWindowIcon(icons.app_icon())
        self.trail = PageHistory()
        self.model = ReferenceModel(self)
        self.box = self._make_box()
        self.list = ContentsList(self.model, self)
        self.nothing = QLabel(self.tr("No page found. Try a layer type, a parameter or a symbol."), self)
        self.nothing.setWordWrap(True)
        self.nothing.setProperty("muted", "true")
        self.view = PageView(self)
        self.saved = ElidedLabel(self)
        self.saved.setProperty("muted", "true")
        self.back = self._button("chevron-left", self.tr("Back"), "Alt+Left")
        self.forward = self._button("chevron-right", self.tr("Forward"), "Alt+Right")
        self.copy = self._button("copy", self.tr("Copy the recorder"), "Ctrl+Shift+C")
        self.save = self._button("save", self.tr("Save as HTML…"), "Ctrl+S")
        self._lay_out()
        self._connect()
        self._restore()
        self._search("")

    # -- building

    def _make_box(self) -> SearchBox:
        return SearchBox(
            self,
            name=self.tr("Search the reference"),
            hint=self.tr("Search…  ( Ctrl+F )"),
            tip=self.tr("A layer type, a parameter, a symbol or a word, such as depthwise, bias or K_h"),
        )

    def _button(self, icon: str, name: str, keys: str) -> QToolButton:
        button = QToolButton(self)
        button.setIcon(icons.icon(icon))
        button.setText(name)
        button.setAccessibleName(name)
        shown = QKeySequence(keys).toString(QKeySequence.SequenceFormat.NativeText)
        button.setToolTip(f"{name}  {shown}")
        button.setShortcut(QKeySequence(keys))
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        return button

    def _lay_out(self) -> None:
        for button in (self.copy, self.save):
            button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        left, right = QWidget(self), QWidget(self)
        contents = QVBoxLayout(left)
        bar = QHBoxLayout()
        reading = QVBoxLayout(right)
        for layout in (contents, reading):
            layout.setContentsMargins(0, 0, 0, 0)
            layout.setSpacing(6)
        for widget, stretch in ((self.box, 0), (self.nothing, 0), (self.list, 1)):
            contents.addWidget(widget, stretch)
        bar.addWidget(self.back)
        bar.addWidget(self.forward)
        bar.addWidget(self.saved, 1)
        bar.addWidget(self.copy)
        bar.addWidget(self.save)
        reading.addLayout(bar)
        reading.addWidget(self.view, 1)
        self.split = QSplitter(Qt.Orientation.Horizontal, self)
        self.split.setHandleWidth(_GAP)
        self.split.setChildrenCollapsible(False)
        self.split.addWidget(left)
        self.split.addWidget(right)
        self.split.setStretchFactor(1, 1)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(_GAP, _GAP, _GAP, _GAP)
        whole.addWidget(self.split)

    def _connect(self) -> None:
        self.box.textChanged.connect(self._search)
        self.box.stepped.connect(self._step)
        self.box.entered.connect(lambda: self.view.setFocus(Qt.FocusReason.OtherFocusReason))
        self.box.escaped.connect(self._escape)
        self.list.escaped.connect(self._escape)
        self.list.typed.connect(self._type_on)
        self.list.selectionModel().currentChanged.connect(self._browse)
        self.view.linked.connect(self.open)
        self.back.clicked.connect(lambda: self._walk(-1))
        self.forward.clicked.connect(lambda: self._walk(1))
        self.save.clicked.connect(self.save_html)
        self.copy.clicked.connect(self._copy_recorder)
        self._shortcut(QKeySequence.StandardKey.Find, self.focus_search)
        self._shortcut(QKeySequence.StandardKey.FindNext, self.view.find_next)
        self._shortcut(QKeySequence.StandardKey.FindPrevious, lambda: self.view.find_next(back=True))

    def _shortcut(self, keys: QKeySequence.StandardKey, act: Callable[[], object]) -> None:
        QShortcut(QKeySequence(keys), self).activated.connect(lambda: act())

    # -- pages

    def open(self, key: str) -> None:
        """Show a page, or the place in one that is called so, and selects it in the list."""
        self._visit(key, passing=False)

    def _visit(self, key: str, *, passing: bool) -> None:
        found = page_key(key)
        self.trail.visit(found, passing=passing)
        self._show(found)
        if key != found:
            self.view.scrollToAnchor(key)

    def _show(self, key: str) -> None:
        self.view.show_page(page(key), mark=self.box.text())
        self.copy.setVisible(key == TRACE)
        self.back.setEnabled(self.trail.can_walk(-1))
        self.forward.setEnabled(self.trail.can_walk(1))
        self._select(self.model.index_of(key))

    def _walk(self, by: int) -> None:
        if self.trail.can_walk(by):
            self._show(self.trail.walk(by))

    def _browse(self, index: QModelIndex) -> None:
        entry = self.model.entry(index)
        if entry and entry.key != self.trail.current:
            self._visit(entry.key, passing=self.box.hasFocus())

    def _select(self, index: QModelIndex) -> None:
        if index != self.list.currentIndex():
            self.list.selectionModel().setCurrentIndex(index, _Flag.ClearAndSelect)
            self.list.scroll_to(index)

    # -- searching

    def focus_search(self) -> None:
        """Put the cursor into the search box."""
        self.box.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.box.selectAll()

    def _search(self, text: str) -> None:
        self.model.search(text)
        self.nothing.setVisible(self.model.rowCount() == 0)
        if text.strip():
            self.list.scrollToTop()
            self._select(self.model.step(QModelIndex(), 1))
        else:
            self._select(self.model.index_of(self.trail.current))
        self.view.mark(text)

    def _step(self, by: int) -> None:
        self._select(self.model.step(self.list.currentIndex(), by))

    def _type_on(self, event: QKeyEvent) -> None:
        self.box.setFocus(Qt.FocusReason.OtherFocusReason)
        self.box.insert(event.text())

    def _escape(self) -> None:
        if self.box.text():
            self.box.clear()
        else:
            self.close()

    # -- saving

    def save_html(self) -> None:
        """Ask for a file, write the whole reference to it, and say where it is."""
        if file := save_as_html(self):
            self.saved.setText(self.tr("Saved to %1").replace("%1", str(file)))

    def _copy_recorder(self) -> None:
        QApplication.clipboard().setText(recorder_source())
        self.saved.setText(self.tr("Copied"))

    # -- Qt's events

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self._escape()
        else:
            super().keyPressEvent(event)

    def sizeHint(self) -> QSize:
        wanted = QSize(self.fontMetrics().averageCharWidth() * 150, self.fontMetrics().height() * 46)
        return wanted.boundedTo(self.screen().availableSize() * 0.9)

    def _restore(self) -> None:
        self.resize(self.sizeHint())
        self.split.setSizes([self.fontMetrics().averageCharWidth() * 36, self.width()])
        if geometry := store.read(REFERENCE_GEOMETRY):
            self.restoreGeometry(geometry)
        if split := store.read(REFERENCE_SPLIT):
            self.split.restoreState(split)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.list.scroll_to(self.list.currentIndex())

    def closeEvent(self, event: QCloseEvent) -> None:
        store.write(REFERENCE_GEOMETRY, self.saveGeometry())
        store.write(REFERENCE_SPLIT, self.split.saveState())
        super().closeEvent(event)


# -- the one window


@dataclass
class _State:
    window: ReferenceWindow | None = None  # Qt alone would not keep its Python half


_state = _State()


def show_reference(key: str = "") -> ReferenceWindow:
    """Show the application's one reference window.

    Args:
        key: the page that it is opened at; the one it was at, or the first, unless given.
    """
    window = _state.window or _make()
    if key or not window.trail.current:
        window.open(key or START)
    window.show()
    window.raise_()
    window.activateWindow()
    window.focus_search()
    return window


def _make() -> ReferenceWindow:
    _state.window = window = ReferenceWindow()
    window.destroyed.connect(_forget)
    if isinstance(app := QApplication.instance(), QApplication):
        app.lastWindowClosed.connect(window.close)
    return window


def _forget() -> None:
    _state.window = None
