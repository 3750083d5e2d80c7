"""The start page: begin a network, open one, go on with a recent one, or take a template."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QAbstractListModel, QEvent, QModelIndex, QPersistentModelIndex, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QHideEvent, QKeyEvent, QResizeEvent, QShowEvent, QWheelEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QHBoxLayout,
    QLabel,
    QListView,
    QPushButton,
    QScrollArea,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from layerledger.gui import icons
from layerledger.gui.models.recent_model import RecentModel
from layerledger.gui.models.template_model import TemplateModel
from layerledger.gui.panels.start_delegates import RecentDelegate, TemplateDelegate

Index = QModelIndex | QPersistentModelIndex

_WIDEST = 900
_ENTER = (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space)


class Choices(QListView):
    """A list that is as high as its rows; a click or Enter chooses. The page scrolls, not the list."""

    chosen = Signal(QModelIndex)
    reached = Signal(QModelIndex)  # by the keyboard

    def __init__(self, model: QAbstractListModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setModel(model)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setProperty("bare", "true")
        self.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
        self.setMouseTracking(True)
        self.setTabKeyNavigation(False)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.clicked.connect(self.chosen)
        model.modelReset.connect(self.fit)

    def columns(self) -> int:
        """Returns how many rows of the model stand side by side."""
        return 1

    def fit(self) -> None:
        """Makes the list as high as its rows."""
        lines = -(-self.model().rowCount() // self.columns())
        self.setFixedHeight(lines * max(0, self.sizeHintForRow(0)) + 4)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.fit()

    def currentChanged(self, current: Index, previous: Index) -> None:
        super().currentChanged(current, previous)
        if current.isValid():
            self.reached.emit(self.currentIndex())

    def wheelEvent(self, event: QWheelEvent) -> None:
        event.ignore()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in _ENTER and self.currentIndex().isValid():
            self.chosen.emit(self.currentIndex())
        else:
            super().keyPressEvent(event)


class Recent(Choices):
    """The recent files."""

    def __init__(self, model: RecentModel, parent: QWidget | None = None) -> None:
        super().__init__(model, parent)
        self.painter = RecentDelegate(model, self)
        self.setItemDelegate(self.painter)
        self.setAccessibleName(self.tr("Recent files"))


class Gallery(Choices):
    """The templates as cards, as many side by side as fit."""

    def __init__(self, model: TemplateModel, parent: QWidget | None = None) -> None:
        super().__init__(model, parent)
        self.painter = TemplateDelegate(model, self)
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


class StartPage(QScrollArea):
    """What stands in the stack's place while nothing has been done."""

    newRequested = Signal()
    openRequested = Signal()
    fileChosen = Signal(str)
    templateChosen = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.recent_model, self.template_model = RecentModel(self), TemplateModel(self)
        self._weighing = QTimer(self)
        self._weighing.timeout.connect(self._weigh)
        self.setProperty("card", "true")
        self.setWidgetResizable(True)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._page = self._build()
        self.setWidget(self._page)
        self._connect()

    def _build(self) -> QWidget:
        self.new = self._button(self.tr("New network"), "new", self.tr("Start with an empty stack"), primary=True)
        self.open = self._button(self.tr("Open…"), "open", self.tr("Open a .layers file"))
        self.recent = Recent(self.recent_model, self)
        self.gallery = Gallery(self.template_model, self)
        self.recent_heading = self._label(self.tr("Recent"), "section")
        page = QWidget(self)
        page.setMaximumWidth(_WIDEST)
        layout = QVBoxLayout(page)
        layout.setContentsMargins(24, 20, 14, 16)
        layout.setSpacing(6)
        layout.addWidget(self._label("LayerLedger", "headline"))
        layout.addWidget(self._label(self.tr("Weigh a neural network before you build it."), "muted"))
        layout.addSpacing(8)
        layout.addLayout(self._row(self.new, self.open))
        layout.addSpacing(8)
        for widget in (self.recent_heading, self.recent):
            layout.addWidget(widget)
        layout.addWidget(self._label(self.tr("Templates"), "section"))
        layout.addWidget(self.gallery)
        layout.addStretch(1)
        return self._centred(page)

    def _centred(self, page: QWidget) -> QWidget:
        outer = QWidget(self)
        layout = QHBoxLayout(outer)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addStretch(1)
        layout.addWidget(page, 100)
        layout.addStretch(1)
        return outer

    def _row(self, *widgets: QWidget) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(8)
        for widget in widgets:
            row.addWidget(widget)
        row.addStretch(1)
        return row

    def _label(self, text: str, style: str) -> QLabel:
        label = QLabel(text, self)
        label.setProperty(style, "true")
        label.setWordWrap(style == "muted")
        return label

    def _button(self, text: str, icon: str, tip: str, *, primary: bool = False) -> QPushButton:
        button = QPushButton(text, self)
        button.setIcon(icons.icon(icon, role="accent_text" if primary else "text"))
        button.setToolTip(tip)
        button.setProperty("primary", "true" if primary else "")
        return button

    def _connect(self) -> None:
        self.new.clicked.connect(self.newRequested)
        self.open.clicked.connect(self.openRequested)
        self.recent.chosen.connect(self._choose_file)
        self.gallery.chosen.connect(self._choose_template)
        for choices in (self.recent, self.gallery):
            choices.reached.connect(partial(self._show_row, choices))

    def _choose_file(self, index: QModelIndex) -> None:
        self.fileChosen.emit(str(self.recent_model.file(index)))

    def _choose_template(self, index: QModelIndex) -> None:
        self.templateChosen.emit(self.template_model.template(index).name)

    def _show_row(self, choices: Choices, index: QModelIndex) -> None:
        """Scrolls the page to the row that the keyboard is at."""
        rect = choices.visualRect(index)
        centre = choices.viewport().mapTo(self._page, rect.center())
        self.ensureVisible(centre.x(), centre.y(), 0, rect.height() // 2 + 8)

    def _weigh(self) -> None:
        if not self.template_model.weigh_next():
            self._weighing.stop()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.recent_model.refresh()
        some = self.recent_model.rowCount() > 0
        self.recent.setVisible(some)
        self.recent_heading.setVisible(some)
        self._weighing.start(0)  # after the first painting

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._weighing.stop()

    def minimumSizeHint(self) -> QSize:
        return QSize(240, 120)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange) and hasattr(self, "gallery"):
            for choices in (self.recent, self.gallery):
                choices.painter.refresh(choices.font())
                choices.fit()
