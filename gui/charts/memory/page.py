"""The page "Memory over time": live buffers at each step, with options for work in place and for packing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

from PySide6.QtCore import Qt
from PySide6.QtGui import QHideEvent, QPainter
from PySide6.QtWidgets import QWidget

from layerledger.core.analysis.passes.liveness import IN_PLACE
from layerledger.core.layers.layer_type import InPlaceKind
from layerledger.core.reports.series.memory import Timeline
from layerledger.gui.charts.memory.view import MemoryView
from layerledger.gui.charts.page import ChartPage, PageTools, call
from layerledger.gui.charts.reasons import uncounted_reason
from layerledger.gui.document.document import Document
from layerledger.gui.document.large_networks import is_large
from layerledger.gui.theme import icons
from layerledger.gui.widgets.debounce import Debounce
from layerledger.gui.widgets.visibility_menu import VisibilityChoice, VisibilityEntry

PACKED = "packed"


class MemoryTools(PageTools):
    """The row above the plot: legend, options and menu."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.menu.addSeparator()
        self.reset = self.menu.addAction(icons.icon("reset"), self.tr("Show &all steps"))
        self.choose.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextOnly)
        call(self.choose, self.tr("Work in place, and packing"))


class MemoryPage(ChartPage):
    """Memory over time; follows the document while it is visible."""

    name = "memory"

    def __init__(self, document: Document, parent: QWidget | None = None) -> None:
        super().__init__(document, parent)
        self.options = VisibilityChoice(
            lambda: document.settings.memory_options,
            lambda value: document.change_settings(memory_options=value),
            lambda key: False,
        )
        self.tools = MemoryTools(self)
        self.view = MemoryView(self)
        self._later = Debounce(self.refresh, self)
        self._set_up(self.tools, self.view, [self.tools.reset])
        document.settingsChanged.connect(self._settings_changed)
        self.view.chosen.connect(self._choose_step)
        self.view.menuRequested.connect(self.tools.menu.popup)
        self.tools.options.aboutToShow.connect(self.fill_options)
        self.tools.reset.triggered.connect(self.view.reset)

    # -- following the document

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._later.stop()

    def _changed(self) -> None:
        if self._in_sight and is_large(self._document.result):
            self._later.start()
        else:
            super()._changed()

    def _settings_changed(self, changed: frozenset[str]) -> None:
        if "memory_options" in changed:
            self.refresh()

    def refresh(self) -> None:
        self._later.stop()
        self._name_options()
        super().refresh()

    def _draw(self) -> Sequence[str]:
        timeline = Timeline(self._document.result, in_place=self._in_place(), packed=PACKED in self.options)
        self.view.show_timeline(timeline)
        return timeline.families

    def _reason(self) -> str:
        if not self._document.result.root.layers:
            return uncounted_reason(self._document.result)
        return "" if self._document.result.schedule.steps else self.tr("No layer has an output")

    def _mark(self) -> None:
        if self._in_sight and self.view.timeline is not None:
            self.view.mark(self.view.timeline.marked(self._document.selection))

    # -- options

    def _in_place(self) -> list[InPlaceKind]:
        return [reuse for reuse in IN_PLACE if reuse in self.options]

    def fill_options(self) -> None:
        """Fill the menu with the kinds of work in place, and the line of the planner."""
        titles = {
            "view": self.tr("Views need no memory"),
            "element-wise": self.tr("Element-wise layers in place"),
            "addition": self.tr("Additions in place"),
            "depthwise": self.tr("Depthwise convolutions in place"),
        }
        entries = [VisibilityEntry(cast(str, reuse), titles[reuse]) for reuse in IN_PLACE]
        packed = VisibilityEntry(PACKED, self.tr("Packed: memory after planning, largest buffer first"))
        self.options.fill(self.tools.options, [*entries, packed])

    def _name_options(self) -> None:
        count = len(self._in_place())
        text = self.tr("In place: %1").replace("%1", str(count) if count else self.tr("none"))
        self.tools.choose.setText(text)

    # -- requests of the plot, and pictures

    def _choose_step(self, step: int, extend: bool) -> None:
        if self.view.timeline is not None:
            self._choose(self.view.timeline.steps[step].path, extend)

    def _paint(self, painter: QPainter) -> None:
        self.view.paint_plot(painter)
