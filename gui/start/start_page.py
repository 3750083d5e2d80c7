"""Start page: a new network, a file, a recent file, or a template."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QModelIndex, QRect, QSize, Qt, Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QScrollArea, QVBoxLayout, QWidget

from layerledger.gui.start.page_list import PageList
from layerledger.gui.start.recent_model import RecentModel
from layerledger.gui.start.recent_painter import RecentDelegate
from layerledger.gui.start.template_gallery import TemplateChooser
from layerledger.gui.theme import icons

_MAX_WIDTH = 900
_MARGIN_ABOVE = 12


class RecentList(PageList):
    """The recent files."""

    def __init__(self, model: RecentModel, parent: QWidget | None = None) -> None:
        super().__init__(model, parent)
        self.painter = RecentDelegate(model, self)
        self.setItemDelegate(self.painter)
        self.setAccessibleName(self.tr("Recent files"))


class StartPage(QScrollArea):
    """The page in place of the stack while the document is new and empty."""

    newRequested = Signal()
    openRequested = Signal()
    fileChosen = Signal(str)
    templateChosen = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.recent_model = RecentModel(self)
        self.setProperty("card", "true")
        self.setWidgetResizable(True)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._page = self._build()
        self.setWidget(self._page)
        self._connect()

    def _build(self) -> QWidget:
        self.new = self._button(self.tr("New network"), "new", self.tr("Start with an empty stack"), primary=True)
        self.open = self._button(
            self.tr("Open…"),
            "open",
            self.tr("Open a .layers file, or a model of another program"),
        )
        self.recent = RecentList(self.recent_model, self)
        self.templates = TemplateChooser(self)
        self.recent_heading = self._label(self.tr("Recent"), "section")
        page = QWidget(self)
        page.setMaximumWidth(_MAX_WIDTH)
        layout = QVBoxLayout(page)
        layout.setContentsMargins(20, 18, 10, 16)
        layout.setSpacing(6)
        layout.addWidget(self._label("LayerLedger", "headline"))
        layout.addWidget(self._label(self.tr("Weigh a neural network before you build it."), "muted"))
        layout.addSpacing(8)
        layout.addLayout(self._row(self.new, self.open))
        layout.addSpacing(8)
        for widget in (self.recent_heading, self.recent):
            layout.addWidget(widget)
        layout.addWidget(self._label(self.tr("Templates"), "section"))
        layout.addWidget(self.templates)
        layout.addStretch(1)
        return self._center(page)

    def _center(self, page: QWidget) -> QWidget:
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
        self.recent.reached.connect(self._show_recent)
        self.templates.chosen.connect(self.templateChosen)
        self.templates.reached.connect(self._show_template)

    def _choose_file(self, index: QModelIndex) -> None:
        self.fileChosen.emit(str(self.recent_model.file(index)))

    def focus_templates(self) -> None:
        """Put the cursor into the search for a template."""
        self.templates.focus_search()
        self.verticalScrollBar().setValue(self.templates.y() - _MARGIN_ABOVE)

    def _show_recent(self, index: QModelIndex) -> None:
        self._show(self.recent, self.recent.visualRect(index))

    def _show_template(self, rect: QRect) -> None:
        self._show(self.templates, rect)

    def _show(self, widget: QWidget, rect: QRect) -> None:
        """Scroll the page to the row that the keyboard has reached."""
        centre = widget.mapTo(self._page, rect.center())
        self.ensureVisible(centre.x(), centre.y(), 0, rect.height() // 2 + 8)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.recent_model.refresh()  # another window may have opened a file since
        some = self.recent_model.rowCount() > 0
        self.recent.setVisible(some)
        self.recent_heading.setVisible(some)

    def minimumSizeHint(self) -> QSize:
        return QSize(240, 120)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange) and hasattr(self, "templates"):
            self.recent.painter.refresh(self.recent.font())
            self.recent.fit()
