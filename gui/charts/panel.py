"""Chart panel: the cost of each layer, block or type as bars, and the other pages of the registry.

The bar chart is made after the first paint of the window, every other page when its tab is first opened.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QEvent, Qt, QTimer, Signal
from PySide6.QtGui import QAction, QGuiApplication, QPaintEvent, QShowEvent
from PySide6.QtWidgets import QFrame, QLabel, QStackedWidget, QVBoxLayout, QWidget

from layerledger.core.reports.series import bars as data
from layerledger.core.reports.series.bars import Chart
from layerledger.core.reports.series.layer_series import SeriesBuilder
from layerledger.gui.charts import image_export as export
from layerledger.gui.charts.controls import Controls
from layerledger.gui.charts.page import Page
from layerledger.gui.charts.reasons import device_reason, zero_reason
from layerledger.gui.charts.registry import CHARTS
from layerledger.gui.document.document import Document
from layerledger.gui.document.large_networks import is_large
from layerledger.gui.widgets.debounce import Debounce

if TYPE_CHECKING:
    from layerledger.gui.charts.cost.bar_view import BarView

_REFRESH = QEvent.Type(QEvent.registerEventType())


class ChartPanel(QFrame):
    """A card with the charts of the document."""

    plotReady = Signal()

    def __init__(self, document: Document, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._document = document
        self.view: BarView | None = None
        self.opened: dict[str, Page] = {}  # by the id of their kind
        self.chart: Chart | None = None
        self._reader = SeriesBuilder()
        self._rest = Debounce(self._restart, self)
        self._begun = self._pending = self._fresh = self._keep = self._reveal = False
        self.setProperty("card", "true")
        self.controls = Controls(document.metric, self)
        self.controls.set_fused(fused=document.fused)
        for kind in CHARTS:
            self.controls.add_page(kind.id, QCoreApplication.translate("Charts", kind.title))
        self._show_tabs()
        self.message = QLabel(self)
        self.message.setProperty("muted", "true")
        self.message.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._lay_out()
        self._make_actions()
        self._connect()

    def _lay_out(self) -> None:
        self.pages = QStackedWidget(self)
        self.pages.addWidget(self.message)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(6, 4, 6, 4)
        layout.setSpacing(2)
        layout.addWidget(self.controls)
        layout.addWidget(self.pages, 1)

    def _make_actions(self) -> None:
        add = self.controls.add_action
        self.save_png = add("image", self.tr("Save as &PNG…"))
        self.save_svg = add("save", self.tr("Save as &SVG…"))
        self.copy = add("copy", self.tr("&Copy as an image"))
        self.controls.menu.addSeparator()
        self.reset = add("reset", self.tr("Show &all bars"))
        self._actions: list[QAction] = [self.save_png, self.save_svg, self.copy, self.reset]
        self.save_png.triggered.connect(lambda: self._save(export.PNG))
        self.save_svg.triggered.connect(lambda: self._save(export.SVG))
        self.copy.triggered.connect(self.copy_image)
        for action in self._actions:
            action.setEnabled(False)

    def _connect(self) -> None:
        document, controls = self._document, self.controls
        document.resultChanged.connect(self._result_changed)
        document.selectionChanged.connect(self._selection_changed)
        document.settingsChanged.connect(self._settings_changed)
        controls.turned.connect(self._turn)
        controls.orderChanged.connect(self._order_changed)
        controls.metricChanged.connect(self._restart)
        controls.scaleChanged.connect(self._restart)

    # -- pages

    def _turn(self) -> None:
        """Show the page of the chosen tab."""
        open_ = self.controls.page
        if open_:
            page = self._page(open_)
            self.pages.setCurrentWidget(page)
            self.setFocusProxy(page)
        else:
            shown = self.view or self.message
            self.pages.setCurrentWidget(shown)
            self.setFocusProxy(shown)
            self._order_changed()
        for id_, page in self.opened.items():
            page.header().setVisible(open_ == id_)

    def _page(self, id_: str) -> Page:
        """Return a page, and make it if it does not exist yet."""
        if id_ not in self.opened:
            kind = next(kind for kind in CHARTS if kind.id == id_)
            page = self.opened[id_] = kind.make(self._document, self)
            self.controls.add_tools(page.header())
            self.pages.addWidget(page)
        return self.opened[id_]

    # -- the plot, later

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if not self._begun:  # the first paint of the window must not wait for pyqtgraph and numpy
            self._begun = True
            QTimer.singleShot(0, self, self.finish)

    @property
    def ready(self) -> bool:
        """Whether the plot has been made; then plotReady was emitted."""
        return self.view is not None

    def finish(self) -> None:
        """Make the plot now if it has not been made yet, and draw pending changes."""
        if self.view is None:
            self._make_plot()
            return
        if self._rest.isActive():
            self._restart()
        if self._pending:
            self._refresh()

    def _make_plot(self) -> None:
        from layerledger.gui.charts.cost.bar_view import BarView

        self._begun = True
        view = self.view = BarView(self)
        view.setAccessibleName(self.tr("Cost chart"))
        view.chosen.connect(self._choose)
        view.menuRequested.connect(self.controls.menu.popup)
        self.reset.triggered.connect(view.reset)
        self.pages.addWidget(view)
        if not self.controls.page:
            self.setFocusProxy(view)
        self._refresh()
        self.plotReady.emit()

    # -- following the document: one refresh for all changes of one event

    def _selection_changed(self) -> None:
        self._reveal = True
        self._later()

    def _settings_changed(self, changed: frozenset[str]) -> None:
        if "count" in changed:
            self.controls.follow(self._document.metric)
        if "fused" in changed:
            self.controls.set_fused(fused=self._document.fused)
        if changed & {"device", "efficiency", "fused"}:
            self._restart()

    def _show_tabs(self) -> None:
        """Show the tabs of pages that suit the document."""
        self.controls.show_pages({kind.id for kind in CHARTS if not kind.suits(self._document)})

    def _result_changed(self) -> None:
        """Draw the new result; a metric that needs the schedule of a large network waits until typing pauses."""
        self._show_tabs()
        controls = self.controls
        slow = not controls.grouping.timed and controls.chosen_metric.from_schedule
        if slow and self._fresh and is_large(self._document.result):
            self._rest.start()
        else:
            self._restart()

    def _order_changed(self) -> None:
        self._keep = False
        self._restart()

    def _restart(self) -> None:
        self._rest.stop()
        self._fresh = False
        self._later()

    def _later(self) -> None:
        if not self._pending and self.view is not None and not self.controls.page and self.isVisible():
            self._pending = True
            QCoreApplication.postEvent(self, QEvent(_REFRESH))  # delivered before the next paint

    def customEvent(self, event: QEvent) -> None:
        if event.type() == _REFRESH:
            self._refresh()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._later()

    def _refresh(self) -> None:
        self._pending = False
        if self.view is None or self.controls.page:
            return
        if self.controls.grouping.timed and not self._timed():
            return
        chart = self.chart if self._fresh else None
        if chart is None:
            chart = self._draw(self.view)
        self.view.mark(chart.marked(self._document.selection), reveal=self._reveal)
        self._reveal = False

    def _timed(self) -> bool:
        """Return whether there are times to draw; if not, show the reason."""
        time = self._document.time
        if time and time.known:
            return True
        self._fresh = False
        self._say(device_reason(self._document))
        return False

    def _say(self, reason: str) -> None:
        """Show why the chart is empty."""
        self.message.setText(reason)
        self.pages.setCurrentWidget(self.message)
        self.controls.legend.show_entries([])
        for action in self._actions:
            action.setEnabled(False)

    def _draw(self, view: BarView) -> Chart:
        chart = self.chart = self._make_chart()
        view.show_chart(chart, log=self.controls.log.isChecked(), keep=self._keep)
        nothing = not any(chart.bars.values)
        self.message.setText(zero_reason(self._document.result, chart.metric) if nothing else "")
        self.pages.setCurrentWidget(self.message if nothing else view)
        self.controls.legend.show_entries([] if nothing else view.entries)
        for action in self._actions:
            action.setEnabled(not nothing)
        self._fresh = self._keep = True
        return chart

    def _make_chart(self) -> Chart:
        context, controls = self._document.metrics, self.controls
        grouping, descending = controls.grouping, controls.sort.isChecked()
        time = self._document.time if grouping.timed else None
        metric = time or controls.chosen_metric
        found = self._reader.read(context.result)
        return data.chart(context, found, metric, grouping, descending=descending, before=self.chart)

    # -- requests of the plot

    def _choose(self, position: int, extend: bool) -> None:
        """Select the nodes of a bar; with `extend`, add them to the selection or remove them from it."""
        if self.chart is None or self._rest.isActive():  # the bars are those of an older network
            return
        rows, selected = set(self.chart.rows(position)), set(self._document.selection)
        if extend:
            rows = selected - rows if rows <= selected else selected | rows
        self._document.select(rows)

    def _save(self, kind: export.Format) -> None:
        if self.view is not None and self.chart is not None:
            export.save(self._document, self.view, self.chart, kind)

    def copy_image(self) -> None:
        """Put a picture of the chart on the clipboard."""
        if self.view is not None and self.chart is not None:
            QGuiApplication.clipboard().setImage(export.image(self.view, self.chart))
