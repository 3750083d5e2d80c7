"""The templates: a search, a family to look in, and a card each."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QModelIndex, QPersistentModelIndex, QRect, Qt, QTimer, Signal
from PySide6.QtGui import QHideEvent, QKeyEvent, QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QListView, QSizePolicy, QVBoxLayout, QWidget

from layerledger.core.base.messages import plural
from layerledger.core.library.templates.search import families
from layerledger.gui.start.card_painter import TemplateDelegate
from layerledger.gui.start.page_list import PageList
from layerledger.gui.start.template_model import TemplateModel
from layerledger.gui.theme.translation import translated
from layerledger.gui.widgets.basics import Combo
from layerledger.gui.widgets.search_box import SearchBox

Index = QModelIndex | QPersistentModelIndex

_TYPING = (Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.KeypadModifier)
_REFRESHED_BY = (QEvent.Type.FontChange, QEvent.Type.StyleChange)


class Gallery(PageList):
    """The cards in as many columns as fit; typing here continues in the search box."""

    typed = Signal(QKeyEvent)
    left = Signal()  # upwards
    escaped = Signal()

    def __init__(self, model: TemplateModel, parent: QWidget | None = None) -> None:
        super().__init__(model, parent)
        self.is_searching = False  # the search box chooses the current card
        self.painter = TemplateDelegate(model, self, self.is_default)
        self.setItemDelegate(self.painter)
        self.setAccessibleName(self.tr("Templates"))
        self.setFlow(QListView.Flow.LeftToRight)
        self.setWrapping(True)
        self.setUniformItemSizes(True)  # Qt then measures one card instead of all
        self.setResizeMode(QListView.ResizeMode.Adjust)

    def columns(self) -> int:
        return max(1, self._available_width() // self.painter.min_width)

    def _available_width(self) -> int:
        return self.viewport().width() - 2  # a row that fills the view to the last pixel would wrap

    def fit(self) -> None:
        width = self._available_width() // self.columns()
        if width != self.painter.width:
            self.painter.width = width
            self.scheduleDelayedItemsLayout()
        super().fit()

    def is_default(self, index: Index) -> bool:
        """Return whether Enter chooses a card."""
        return index == self.currentIndex() and (self.is_searching or self.hasFocus())

    def go_to(self, row: int) -> None:
        """Make a row the current one; no row for -1."""
        self.setCurrentIndex(self.model().index(row, 0))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.escaped.emit()
        elif event.key() == Qt.Key.Key_Up and self.currentIndex().row() < self.columns():
            self.left.emit()
        elif event.text().strip() and event.text().isprintable() and event.modifiers() in _TYPING:
            self.typed.emit(event)
        else:
            super().keyPressEvent(event)


class TemplateChooser(QWidget):
    """Search box, family and cards: arrows move, Enter chooses, Escape shows all cards again."""

    chosen = Signal(str)
    reached = Signal(QRect)  # by the keyboard; in the chooser's coordinates
    escaped = Signal()  # with nothing left to clear

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.model = TemplateModel(self)
        self.box, self.family, self.count = self._make_box(), self._make_family(), QLabel(self)
        self.gallery = Gallery(self.model, self)
        self.no_match = QLabel(self)
        self._analysis_timer = QTimer(self)
        self._analysis_timer.timeout.connect(self._analyze_next)
        self._style_labels()
        self.bar = self._make_bar()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        for widget in (self.bar, self.no_match, self.gallery):
            layout.addWidget(widget)
        layout.addStretch(1)
        self._connect()
        self._search()

    def _make_box(self) -> SearchBox:
        return SearchBox(
            self,
            name=self.tr("Search templates"),
            hint=self.tr("Search templates…"),
            tip=self.tr("A name, a family, a year or a word, such as resnet 50, language or 2015"),
        )

    def _make_family(self) -> Combo:
        combo = Combo(self)
        combo.setAccessibleName(self.tr("Family"))
        combo.setToolTip(self.tr("Family to search in"))
        combo.addItem(self.tr("All families"), "")
        for name, count in families().items():
            combo.addItem(f"{name}  ({count})", name)
        combo.setMinimumContentsLength(12)
        return combo

    def _style_labels(self) -> None:
        self.no_match.setWordWrap(True)
        for label in (self.no_match, self.count):
            label.setTextFormat(Qt.TextFormat.PlainText)
            label.setProperty("muted", "true")
        self.count.setProperty("small", "true")

    def _make_bar(self) -> QWidget:
        bar = QWidget(self)
        bar.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        layout = QHBoxLayout(bar)
        layout.setContentsMargins(2, 0, 12, 0)
        layout.setSpacing(8)
        layout.addWidget(self.box, 3)
        layout.addWidget(self.family, 2)
        layout.addWidget(self.count)
        return bar

    def _connect(self) -> None:
        self.box.textChanged.connect(self._search)
        self.family.currentIndexChanged.connect(self._search)
        self.box.stepped.connect(self._enter_gallery)
        self.box.entered.connect(lambda: self._choose(self.gallery.currentIndex()))
        self.box.escaped.connect(self.escape)
        self.gallery.chosen.connect(self._choose)
        self.gallery.typed.connect(self._continue_typing)
        self.gallery.left.connect(self.focus_search)
        self.gallery.escaped.connect(self.escape)
        self.gallery.reached.connect(self._show_reached)

    def focus_search(self) -> None:
        """Put the cursor into the search box."""
        self.box.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.box.selectAll()

    # -- searching

    def _search(self) -> None:
        text, family = self.box.text().strip(), self.family.currentData()
        self.model.search(text, family)
        self.gallery.is_searching = bool(text)
        self.gallery.go_to(0 if text else -1)
        self.gallery.fit()
        self._show_count(text, family)

    def _show_count(self, text: str, family: str) -> None:
        found = self.model.rowCount()
        self.no_match.setVisible(not found)
        plain = self.tr("No template matches “{text}”.")
        within = self.tr("No template of the family {family} matches “{text}”.")
        sentence = f"{within if family else plain} {self.tr('Esc shows all.')}"
        self.no_match.setText(sentence.format(family=family, text=text))
        self.count.setText(translated(plural(found, "{count} template", "{count} templates")))
        widest = max(self.count.minimumWidth(), self.count.sizeHint().width())
        self.count.setMinimumWidth(widest)  # it never shrinks, so that the fields do not move during typing

    def _enter_gallery(self, by: int) -> None:
        if by > 0 and self.model.rowCount():
            self.gallery.go_to(max(0, self.gallery.currentIndex().row()))
            self.gallery.setFocus(Qt.FocusReason.OtherFocusReason)

    def _continue_typing(self, event: QKeyEvent) -> None:
        self.box.setFocus(Qt.FocusReason.OtherFocusReason)
        self.box.insert(event.text())

    def escape(self) -> None:
        """Show all templates again; if all are shown, emit `escaped`."""
        if self.box.text() or self.family.currentIndex():
            self.box.clear()
            self.family.setCurrentIndex(0)
            self.focus_search()
        else:
            self.escaped.emit()

    def _choose(self, index: QModelIndex) -> None:
        if index.isValid():
            self.chosen.emit(self.model.template(index).name)

    def _show_reached(self, index: QModelIndex) -> None:
        rect = self.gallery.visualRect(index)
        self.reached.emit(QRect(self.gallery.viewport().mapTo(self, rect.topLeft()), rect.size()))

    # -- analysis, and Qt's events

    def _analyze_next(self) -> None:
        if not self.model.analyze_next():
            self._analysis_timer.stop()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._analysis_timer.start(0)  # after the first painting

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._analysis_timer.stop()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() in _REFRESHED_BY and hasattr(self, "gallery"):
            self.gallery.painter.refresh(self.gallery.font())
            self.gallery.fit()
