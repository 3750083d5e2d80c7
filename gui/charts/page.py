"""Base of the pages beside the cost chart: a plot or the reason for its absence, tools, and pictures."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QCoreApplication, QEvent, Qt
from PySide6.QtGui import QAction, QGuiApplication, QHideEvent, QImage, QPainter, QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QMenu, QStackedLayout, QToolButton, QWidget

from layerledger.core.network.paths import NodePath
from layerledger.gui.charts import image_export as export
from layerledger.gui.charts.legend import Legend
from layerledger.gui.document.document import Document
from layerledger.gui.theme import icons

_REFRESH = QEvent.Type(QEvent.registerEventType())


class Page(QWidget):
    """A page of the chart panel, below the row of tabs."""

    @abstractmethod
    def header(self) -> QWidget:
        """Return the controls of the page, shown in the row of tabs while the page is open."""


class PageTools(QWidget):
    """The row above a plot: legend, options menu, and the menu to save and copy."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.legend = Legend(self)
        self.options, self.menu = QMenu(self), QMenu(self)
        self.save = self.menu.addAction(icons.icon("image"), _tr("Save as &PNG…"))
        self.copy = self.menu.addAction(icons.icon("copy"), _tr("&Copy as an image"))
        self.choose = self._button(self.options)
        self._more = self._button(self.menu)
        self._more.setIcon(icons.icon("export"))
        call(self._more, _tr("Save or copy the chart"))
        row = QHBoxLayout(self)
        row.setContentsMargins(8, 0, 0, 0)
        row.setSpacing(4)
        row.addWidget(self.legend, 1)
        row.addSpacing(8)
        row.addWidget(self.choose)
        row.addWidget(self._more)

    def _button(self, menu: QMenu) -> QToolButton:
        button = QToolButton(self)
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        button.setMenu(menu)
        return button


class ChartPage(Page):
    """A page that follows the document while it is visible."""

    name = ""
    """Part of the file name of a picture, after the name of the network."""

    def __init__(self, document: Document, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._document = document
        self._in_sight = self._pending = False
        self.message = QLabel(self)
        self.message.setProperty("muted", "true")
        self.message.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.message.setWordWrap(True)
        self.pages = QStackedLayout(self)
        self.pages.addWidget(self.message)

    def _set_up(self, tools: PageTools, plot: QWidget, actions: Sequence[QAction] = ()) -> None:
        """Set the parts of the page.

        Args:
            tools: the row above the plot.
            plot: shown if there is something to draw.
            actions: actions that need a plot, besides saving and copying.
        """
        self._tools, self._plot = tools, plot
        self._actions = (tools.save, tools.copy, *actions)
        tools.choose.setHidden(not tools.choose.accessibleName())  # a page that names no options has no button for them
        self.setFocusProxy(plot)
        self.pages.addWidget(plot)
        self._document.resultChanged.connect(self._changed)
        self._document.selectionChanged.connect(self._mark)
        tools.copy.triggered.connect(self.copy_image)
        tools.save.triggered.connect(self._save)

    def header(self) -> QWidget:
        return self._tools

    # -- following the document: one refresh for all changes of one event

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._in_sight = True
        self.refresh()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._in_sight = False

    def _changed(self) -> None:
        if self._in_sight and not self._pending:
            self._pending = True
            QGuiApplication.postEvent(self, QEvent(_REFRESH))  # delivered before the next paint

    def customEvent(self, event: QEvent) -> None:
        if event.type() == _REFRESH and self._pending:
            self.refresh()

    def refresh(self) -> None:
        """Draw the present state of the document."""
        self._pending = False
        if not self._in_sight:
            return
        reason = self._reason()
        self.message.setText(reason)
        self.pages.setCurrentWidget(self.message if reason else self._plot)
        for action in self._actions:
            action.setEnabled(not reason)
        self._tools.legend.show_entries([] if reason else self._draw())
        if not reason:
            self._mark()

    @abstractmethod
    def _reason(self) -> str:
        """Return why there is nothing to draw; empty if there is something."""

    @abstractmethod
    def _draw(self) -> Sequence[str]:
        """Draw the present state of the document, and return the entries of the legend."""

    @abstractmethod
    def _mark(self) -> None:
        """Mark the selection."""

    def _choose(self, path: NodePath, extend: bool) -> None:
        """Select a layer; with `extend`, add it to the selection or remove it."""
        selected = set(self._document.selection)
        self._document.select(selected ^ {path} if extend else {path})

    # -- pictures

    @abstractmethod
    def _paint(self, painter: QPainter) -> None:
        """Paint the visible part of the plot, without selection and hover."""

    def image(self) -> QImage:
        """Return the visible part of the chart, without selection and hover."""
        result = export.canvas(self._plot.size())
        painter = QPainter(result)
        self._paint(painter)
        painter.end()
        return result

    def copy_image(self) -> None:
        """Put a picture of the chart on the clipboard."""
        QGuiApplication.clipboard().setImage(self.image())

    def _save(self) -> None:
        name = f"{export.safe_name(self._document.network)}-{self.name}"
        if file := export.ask(self, _tr("Save the chart"), name, "png", _tr("PNG image")):
            self.save(file)

    def save(self, file: Path) -> None:
        """Write a picture of the chart."""
        export.write(self._document, file, export.as_png(self.image()))


def call(button: QToolButton, name: str) -> None:
    """Set the accessible name and the tool tip of a button."""
    button.setAccessibleName(name)
    button.setToolTip(name)


def _tr(text: str) -> str:
    return QCoreApplication.translate("Charts", text)
