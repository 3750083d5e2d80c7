"""The templates: a search, a family to look in, and a card each."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QModelIndex, QPersistentModelIndex, QRect, Qt, QTimer, Signal
from PySide6.QtGui import QHideEvent, QKeyEvent, QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QListView, QSizePolicy, QVBoxLayout, QWidget

from layerledger.core.library.templates.search import families
from layerledger.gui.start.card_painter import TemplateDelegate
from layerledger.gui.start.page_list import PageList
from layerledger.gui.start.template_model import TemplateModel
from layerledger.gui.widgets.basics import Combo
from layerledger.gui.widgets.search_box import SearchBox

Index = QModelIndex | QPersistentModelIndex

_TYPING = (Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.KeypadModifier)
_REFRESHED_BY = (QEvent.Type.FontChange, QEvent.Type.StyleChange)


class Gallery(PageList):
    """The cards, as many side by side as fit; what is typed here goes on in the search box."""

    typed = Signal(QKeyEvent)
    left = Signal()  # upwards
    escaped = Signal()

    def __init__(self, model: TemplateModel, parent: QWidget | None = None) -> None:
        super().__init__(model, parent)
        self.searched = False  # the current card is what the search box would choose
        self.painter = TemplateDelegate(model, self, self.offers)
        self.setItemDelegate(self.painter)
        self.setAccessibleName(self.tr("Templates"))
        self.setFlow(QListView.Flow.LeftToRight)
        self.setWrapping(True)
        self.setUniformItemSizes(True)
        self.setResizeMode(QListView.ResizeMode.Adjust)

    def columns(self) -> int:
        return max(1, self._room() // self.painter.least_width)

    def _room(self) -> int:
        return self.viewport().width() - 2  # a row that fills the view to the last pixel would wrap

    def fit(self) -> None:
        width = self._room() // self.columns()
        if width != self.painter.width:
            self.painter.width = width
            self.scheduleDelayedItemsLayout()
        super().fit()

    def offers(self, index: Index) -> bool:
        """Whether Enter would choose a card."""
        return index == self.currentIndex() and (self.searched or self.hasFocus())

    def go_to(self, row: int) -> None:
        """Make a row the current one, or none."""
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
    """Search, family and cards; type to search, arrows to go, Enter to choose, Escape for all again."""

    chosen = Signal(str)
    reached = Signal(QRect)  # by the keyboard, in the chooser's coordinates
    escaped = Signal()  # where nothing is left to clear

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.model = TemplateModel(self)
        self.box, self.family, self.found = self._make_box(), self._make_family(), QLabel(self)
        self.gallery = Gallery(self.model, self)
        self.nothing = QLabel(self)
        self._weighing = QTimer(self)
        self._weighing.timeout.connect(self._weigh)
        self._dress()
        self.bar = self._make_bar()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        for widget in (self.bar, self.nothing, self.gallery):
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
        combo.setToolTip(self.tr("The family to look in"))
        combo.addItem(self.tr("All families"), "")
        for name, count in families().items():
            combo.addItem(f"{name}  ({count})", name)
        combo.setMinimumContentsLength(12)
        return combo

    def _dress(self) -> None:
        self.nothing.setWordWrap(True)
        for label in (self.nothing, self.found):
            label.setTextFormat(Qt.TextFormat.PlainText)
            label.setProperty("muted", "true")
        self.found.setProperty("small", "true")

    def _make_bar(self) -> QWidget:
        bar = QWidget(self)
        bar.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        layout = QHBoxLayout(bar)
        layout.setContentsMargins(2, 0, 12, 0)
        layout.setSpacing(8)
        layout.addWidget(self.box, 3)
        layout.addWidget(self.family, 2)
        layout.addWidget(self.found)
        return bar

    def _connect(self) -> None:
        self.box.textChanged.connect(self._search)
        self.family.currentIndexChanged.connect(self._search)
        self.box.stepped.connect(self._enter_gallery)
        self.box.entered.connect(lambda: self._choose(self.gallery.currentIndex()))
        self.box.escaped.connect(self.escape)
        self.gallery.chosen.connect(self._choose)
        self.gallery.typed.connect(self._type_on)
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
        self.gallery.searched = bool(text)
        self.gallery.go_to(0 if text else -1)
        self.gallery.fit()
        self._tell(text, family)

    def _tell(self, text: str, family: str) -> None:
        found = self.model.rowCount()
        self.nothing.setVisible(not found)
        plain, within = self.tr("No template fits “%1”."), self.tr("No template of the family %2 fits “%1”.")
        sentence = f"{within if family else plain} {self.tr('Esc shows all.')}"
        self.nothing.setText(sentence.replace("%2", family).replace("%1", text))
        self.found.setText(self.tr("1 template") if found == 1 else self.tr("%1 templates").replace("%1", str(found)))
        widest = max(self.found.minimumWidth(), self.found.sizeHint().width())
        self.found.setMinimumWidth(widest)  # never less, lest the fields move while one types

    def _enter_gallery(self, by: int) -> None:
        if by > 0 and self.model.rowCount():
            self.gallery.go_to(max(0, self.gallery.currentIndex().row()))
            self.gallery.setFocus(Qt.FocusReason.OtherFocusReason)

    def _type_on(self, event: QKeyEvent) -> None:
        self.box.setFocus(Qt.FocusReason.OtherFocusReason)
        self.box.insert(event.text())

    def escape(self) -> None:
        """Show all templates again; where all are shown, says that the keyboard wants to leave."""
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

    # -- weighing, and Qt's events

    def _weigh(self) -> None:
        if not self.model.weigh_next():
            self._weighing.stop()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._weighing.start(0)  # after the first painting

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._weighing.stop()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() in _REFRESHED_BY and hasattr(self, "gallery"):
            self.gallery.painter.refresh(self.gallery.font())
            self.gallery.fit()
