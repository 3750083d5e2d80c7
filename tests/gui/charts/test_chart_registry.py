"""The registry of chart pages: each entry is a tab whose page is made when it is first opened."""

from __future__ import annotations

import pytest
from PySide6.QtWidgets import QLabel, QWidget
from pytestqt.qtbot import QtBot

from layerledger.gui.charts import panel as panels
from layerledger.gui.charts.page import ChartPage, Page, PageTools
from layerledger.gui.charts.panel import ChartPanel
from layerledger.gui.charts.registry import CHARTS, ChartKind
from layerledger.gui.document.document import Document


class Empty(Page):
    """A page without a chart."""

    def __init__(self, document: Document, parent: QWidget) -> None:
        super().__init__(parent)
        self.top = QLabel("tools", self)

    def header(self) -> QWidget:
        return self.top


def open_page(panel: ChartPanel, id_: str) -> None:
    tabs = panel.controls.tabs
    tabs.setCurrentIndex(next(i for i in range(tabs.count()) if tabs.tabData(i) == id_))


@pytest.mark.parametrize("kind", CHARTS, ids=lambda kind: kind.id)
def test_each_page_of_the_registry_opens(qtbot: QtBot, kind: ChartKind) -> None:
    panel = ChartPanel(Document())
    qtbot.addWidget(panel)
    panel.show()
    assert not panel.opened
    open_page(panel, kind.id)
    page = panel.opened[kind.id]
    assert panel.pages.currentWidget() is page
    assert page.header().isVisible()


def test_one_more_entry_is_one_more_page(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(panels, "CHARTS", (*CHARTS, ChartKind("empty", "Nothing at all", Empty)))
    panel = ChartPanel(Document())
    qtbot.addWidget(panel)
    panel.show()
    tabs = panel.controls.tabs
    assert tabs.tabText(tabs.count() - 1) == "Nothing at all"
    open_page(panel, "empty")
    page = panel.opened["empty"]
    assert isinstance(page, Empty)
    assert page.top.isVisible()
    open_page(panel, "memory")
    assert not page.top.isVisible()
    open_page(panel, "empty")
    assert panel.opened["empty"] is page, "made once"


class Plain(ChartPage):
    """A page whose tools name no options."""

    def __init__(self, document: Document, parent: QWidget) -> None:
        super().__init__(document, parent)
        self.tools = PageTools(self)
        self._set_up(self.tools, QLabel("plot", self))

    def _reason(self) -> str:
        return "empty"


def test_a_page_without_options_has_no_button_for_them(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(panels, "CHARTS", (*CHARTS, ChartKind("plain", "Plain", Plain)))
    panel = ChartPanel(Document())
    qtbot.addWidget(panel)
    panel.show()
    for id_, hidden in (("plain", True), ("memory", False), ("roofline", False)):
        open_page(panel, id_)
        assert panel.opened[id_].tools.choose.isHidden() is hidden
