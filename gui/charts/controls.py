"""The row above the plot: tabs, legend, metric, order, scale and the menu."""

from __future__ import annotations

from collections.abc import Collection

from PySide6.QtCore import QCoreApplication, Qt, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QHBoxLayout, QMenu, QTabBar, QToolButton, QWidget

from layerledger.core.metrics.metric import Metric
from layerledger.core.metrics.registry import COUNT, COUNTS, METRICS, metrics_on
from layerledger.core.reports.series.bars import GROUPINGS, Grouping
from layerledger.gui.charts.legend import Legend
from layerledger.gui.theme import icons
from layerledger.gui.widgets.metric_box import MetricBox, fill

_LISTED = [metric.key for metric in metrics_on("chart")]
_AT = _LISTED.index(COUNT)
SHOWN = (*_LISTED[:_AT], *(metric.key for metric in COUNTS.values()), *_LISTED[_AT + 1 :])
"""The metrics that can be chosen, by key: every count of operations stands in the place of the chosen one."""


def metric_of(key: str, *, fused: bool = False) -> Metric:
    """Return the metric of that key, as it is named where layers are fused or not."""
    metric = METRICS[key]
    return metric.when_fused if fused else metric


class Controls(QWidget):
    """The controls of the chart: its metric, grouping, order and scale."""

    orderChanged = Signal()  # other bars, or in another order
    metricChanged = Signal()
    scaleChanged = Signal()
    turned = Signal()  # to a page beside the chart, or back

    def __init__(self, metric: Metric, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._grouping = next(iter(GROUPINGS))
        self._fused = False
        self.tabs = self._make_tabs()
        self.legend = Legend(self)
        self.metric_box = self._make_metric_box()
        self.sort = self._toggle("sort", self.tr("Largest first, not in the order of the layers"))
        self.log = self._toggle("log-scale", self.tr("Logarithmic scale, on which small values can be seen"))
        self.menu = QMenu(self)
        self.more = self._make_more()
        self.follow(metric)
        self._lay_out()
        self.tabs.currentChanged.connect(self._turn)
        self.sort.toggled.connect(self.orderChanged)
        self.log.toggled.connect(self.scaleChanged)
        self.metric_box.currentIndexChanged.connect(self.metricChanged)

    @property
    def chosen_metric(self) -> Metric:
        """The metric that the bars show."""
        return metric_of(self.metric_box.currentData(), fused=self._fused)

    def set_fused(self, *, fused: bool) -> None:
        """Name the metrics as they are where element-wise layers move nothing, or not."""
        self._fused = fused
        for i in range(self.metric_box.count()):
            metric = metric_of(self.metric_box.itemData(i), fused=fused)
            self.metric_box.setItemText(i, QCoreApplication.translate("core", metric.title))
        self.metricChanged.emit()

    @property
    def grouping(self) -> Grouping:
        """The grouping of the bars; while another page is open, that of the last chart."""
        return GROUPINGS[self._grouping]

    @property
    def page(self) -> str:
        """The page that is open beside the chart; empty for the chart."""
        id_ = self.tabs.tabData(self.tabs.currentIndex())
        return "" if id_ in GROUPINGS else id_

    def add_page(self, id_: str, title: str) -> None:
        """Add a tab for a page that is not a chart of bars."""
        self.tabs.setTabData(self.tabs.addTab(title), id_)

    def show_pages(self, hidden: Collection[str]) -> None:
        """Hide the tabs of these pages, except one that is open, and show all others."""
        tabs = self.tabs
        visible = [tabs.tabData(i) not in hidden or i == tabs.currentIndex() for i in range(tabs.count())]
        # Qt lays the tabs out anew only if the last call has changed one.
        changed = [i for i, each in enumerate(visible) if each != tabs.isTabVisible(i)]
        for i in changed:
            tabs.setTabVisible(i, visible[i])
        if changed:
            tabs.updateGeometry()

    def add_tools(self, tools: QWidget) -> None:
        """Put the controls of another page where those of the chart are; the page shows and hides them."""
        self._row.addWidget(tools, 1)

    def _turn(self) -> None:
        page = self.page
        self._chart_tools.setVisible(not page)
        if not page:
            self._grouping = self.tabs.tabData(self.tabs.currentIndex())
            self.metric_box.setVisible(not self.grouping.timed)
        self.turned.emit()

    def follow(self, metric: Metric) -> None:
        """Take another count of operations, unless another metric is chosen."""
        if self.metric_box.currentData() not in _LISTED:
            self.metric_box.choose(metric.key)

    def add_action(self, icon: str, text: str) -> QAction:
        """Add an entry to the menu."""
        return self.menu.addAction(icons.icon(icon), text)

    # -- building

    def _make_tabs(self) -> QTabBar:
        tabs = QTabBar(self)
        tabs.setExpanding(False)
        tabs.setDrawBase(False)
        tabs.setAccessibleName(self.tr("What is shown"))
        for grouping in GROUPINGS.values():
            tabs.setTabData(tabs.addTab(QCoreApplication.translate("Charts", grouping.title)), grouping.id)
        return tabs

    def _make_metric_box(self) -> MetricBox:
        box = MetricBox(self)
        box.setProperty("outlined", "true")
        box.setAccessibleName(self.tr("Metric of the chart"))
        box.setToolTip(self.tr("What the bars measure"))
        fill(box, ((key, metric_of(key)) for key in SHOWN))
        box.choose(SHOWN[_AT])
        return box

    def _toggle(self, icon: str, name: str) -> QToolButton:
        button = self._button(icon, name)
        button.setCheckable(True)
        return button

    def _make_more(self) -> QToolButton:
        button = self._button("export", self.tr("Save or copy the chart"))
        button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        button.setMenu(self.menu)
        return button

    def _button(self, icon: str, name: str) -> QToolButton:
        button = QToolButton(self)
        button.setIcon(icons.icon(icon))
        button.setAccessibleName(name)
        button.setToolTip(name)
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        return button

    def _lay_out(self) -> None:
        self._chart_tools = QWidget(self)
        tools = QHBoxLayout(self._chart_tools)
        tools.setContentsMargins(0, 0, 0, 0)
        tools.setSpacing(4)
        tools.addWidget(self.legend, 1)
        tools.addSpacing(8)
        tools.addWidget(self.metric_box, 1)
        for widget in (self.sort, self.log, self.more):
            tools.addWidget(widget)
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(6, 0, 0, 0)
        self._row.setSpacing(4)
        self._row.addWidget(self.tabs, 0, Qt.AlignmentFlag.AlignBottom)
        self._row.addWidget(self._chart_tools, 1)
