"""The page "Memory over time": what is alive at each step, what may be computed in place, and what a planner packs."""

from __future__ import annotations

from pathlib import Path
from typing import cast

from PySide6.QtCore import QEvent, Qt, QTimer
from PySide6.QtGui import QGuiApplication, QHideEvent, QImage, QPainter, QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QMenu, QStackedLayout, QToolButton, QWidget

from layerledger.core.analysis.memory import IN_PLACE
from layerledger.core.layers.base import Reuse
from layerledger.gui import icons
from layerledger.gui.charts import export
from layerledger.gui.charts.legend import Legend
from layerledger.gui.charts.memory_data import Timeline
from layerledger.gui.charts.memory_view import MemoryView
from layerledger.gui.document import Document
from layerledger.gui.shown import Entry, Shown

SETTING, PACKED = "memory/options", "packed"

AT_ONCE = 300
"""Layers up to which the chart follows each keystroke; else when typing rests."""

_REST_MS = 60
_REFRESH = QEvent.Type(QEvent.registerEventType())


class MemoryTools(QWidget):
    """The row above the plot: the legend, what is done in place, and the menu."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.legend = Legend(self)
        self.options = QMenu(self)
        self.menu = QMenu(self)
        self.save = self.menu.addAction(icons.icon("image"), self.tr("Save as &PNG…"))
        self.copy = self.menu.addAction(icons.icon("copy"), self.tr("&Copy as an image"))
        self.menu.addSeparator()
        self.reset = self.menu.addAction(icons.icon("reset"), self.tr("Show &all steps"))
        self.choose = self._button("", self.tr("What is computed in place, and how it is packed"), self.options)
        self.choose.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextOnly)
        row = QHBoxLayout(self)
        row.setContentsMargins(8, 0, 0, 0)
        row.setSpacing(4)
        row.addWidget(self.legend, 1)
        row.addSpacing(8)
        row.addWidget(self.choose)
        row.addWidget(self._button("export", self.tr("Save or copy the chart"), self.menu))

    def _button(self, icon: str, name: str, menu: QMenu) -> QToolButton:
        button = QToolButton(self)
        if icon:
            button.setIcon(icons.icon(icon))
        button.setAccessibleName(name)
        button.setToolTip(name)
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        button.setMenu(menu)
        return button


class MemoryPage(QWidget):
    """Follows the document while it is in sight."""

    def __init__(self, document: Document, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._document = document
        self._shown = self._pending = False
        self.options = Shown(SETTING, lambda key: False, self)
        self.tools = MemoryTools(self)
        self.view = MemoryView(self)
        self.message = QLabel(self)
        self.message.setProperty("muted", "true")
        self.message.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._later = QTimer(self, singleShot=True, interval=_REST_MS)
        self.setFocusProxy(self.view)
        self.pages = QStackedLayout(self)
        self.pages.addWidget(self.message)
        self.pages.addWidget(self.view)
        self._connect()

    def _connect(self) -> None:
        self._document.resultChanged.connect(self._changed)
        self._document.selectionChanged.connect(self._mark)
        self.options.changed.connect(self.refresh)
        self._later.timeout.connect(self.refresh)
        self.view.chosen.connect(self._choose)
        self.view.menuRequested.connect(self.tools.menu.popup)
        self.tools.options.aboutToShow.connect(self.fill_options)
        self.tools.reset.triggered.connect(self.view.reset)
        self.tools.copy.triggered.connect(self.copy_image)
        self.tools.save.triggered.connect(self._save)

    # -- following the document, once however much changes

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._shown = True
        self.refresh()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._shown = False
        self._later.stop()

    def _changed(self) -> None:
        if self._shown and self._document.result.root.layers > AT_ONCE:
            self._later.start()
        elif self._shown and not self._pending:
            self._pending = True
            QGuiApplication.postEvent(self, QEvent(_REFRESH))  # it comes before the next paint

    def customEvent(self, event: QEvent) -> None:
        if event.type() == _REFRESH and self._pending:
            self.refresh()

    def refresh(self) -> None:
        """Draws what the document says now."""
        self._pending = False
        self._later.stop()
        if not self._shown:
            return
        reason = self._reason()
        self.message.setText(reason)
        self.pages.setCurrentWidget(self.message if reason else self.view)
        for action in (self.tools.save, self.tools.copy, self.tools.reset):
            action.setEnabled(not reason)
        self._name_options()
        if reason:
            self.tools.legend.show_entries([])
            return
        timeline = Timeline(self._document.result, in_place=self._in_place(), packed=PACKED in self.options)
        self.view.show_timeline(timeline)
        self.tools.legend.show_entries(timeline.families)
        self._mark()

    def _reason(self) -> str:
        """Returns why there is nothing to draw."""
        root = self._document.result.root
        if not root.layers:
            return self.tr("No layers yet")
        return "" if self._document.result.flow.steps else self.tr("No layer has an output")

    def _mark(self) -> None:
        if self._shown and self.view.timeline is not None:
            self.view.mark(self.view.timeline.marked(self._document.selection))

    # -- options

    def _in_place(self) -> list[Reuse]:
        return [reuse for reuse in IN_PLACE if reuse in self.options]

    def fill_options(self) -> None:
        """Fills the menu with what may be computed in place, and the line of the planner."""
        titles = {
            "view": self.tr("Views take no room of their own"),
            "element-wise": self.tr("Element-wise layers in place"),
            "addition": self.tr("Additions in place"),
            "depthwise": self.tr("Depthwise convolutions in place"),
        }
        entries = [Entry(cast(str, reuse), titles[reuse]) for reuse in IN_PLACE]
        packed = Entry(PACKED, self.tr("Packed: what a planner needs, the largest first"))
        self.options.fill(self.tools.options, [*entries, packed])

    def _name_options(self) -> None:
        count = len(self._in_place())
        text = self.tr("In place: %1").replace("%1", str(count) if count else self.tr("none"))
        self.tools.choose.setText(text)

    # -- what is asked for

    def _choose(self, step: int, extend: bool) -> None:
        """Selects a step's layer; with `extend`, adds it to the selection or takes it away."""
        if self.view.timeline is None:
            return
        path, selected = self.view.timeline.steps[step].at, set(self._document.selection)
        self._document.select(selected ^ {path} if extend else {path})

    # -- what leaves

    def image(self) -> QImage:
        """Returns the chart as it is in sight, without what is selected or pointed at."""
        result = export.canvas(self.view.size())
        painter = QPainter(result)
        self.view.paint_plot(painter)
        painter.end()
        return result

    def copy_image(self) -> None:
        """Puts a picture of the chart on the clipboard."""
        QGuiApplication.clipboard().setImage(self.image())

    def _save(self) -> None:
        name = f"{export.safe_name(self._document.network)}-memory"
        if file := export.ask(self, self.tr("Save the chart"), name, "png", self.tr("PNG image")):
            self.save(file)

    def save(self, file: Path) -> None:
        """Writes a picture of the chart."""
        export.write(self._document, file, export.as_png(self.image()))
