"""Registry of the chart pages beside the cost chart: tabs, titles and the modules that make them.

To add a page, write a `ChartPage` in a module of its own and add an entry to CHARTS. A page is made, and its module
imported, when its tab is first opened, so the start of the program does not wait for it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from PySide6.QtWidgets import QWidget

from layerledger.gui.charts.page import Page
from layerledger.gui.document.document import Document
from layerledger.gui.document.sizing import may_generate
from layerledger.gui.theme.translation import QT_TRANSLATE_NOOP


class ChartKind(NamedTuple):
    """A page that can be opened.

    Attributes:
        id: id of its tab.
        title: in English, marked for translation in the context "Charts".
        make: makes the page, with the chart panel as its parent.
        suits: returns, without taking time, whether a document may have something for the page to show; else its tab
            is hidden while another one is open.
    """

    id: str
    title: str
    make: Callable[[Document, QWidget], Page]
    suits: Callable[[Document], bool] = lambda document: True


def _memory(document: Document, parent: QWidget) -> Page:
    from layerledger.gui.charts.memory.page import MemoryPage

    return MemoryPage(document, parent)


def _roofline(document: Document, parent: QWidget) -> Page:
    from layerledger.gui.charts.roofline.page import RooflinePage

    return RooflinePage(document, parent)


def _language(document: Document, parent: QWidget) -> Page:
    from layerledger.gui.charts.language.page import LanguagePage

    return LanguagePage(document, parent)


def _tool_counts(document: Document, parent: QWidget) -> Page:
    from layerledger.gui.charts.tool_counts.page import ToolCountsPage

    return ToolCountsPage(document, parent)


CHARTS: tuple[ChartKind, ...] = (
    ChartKind("memory", QT_TRANSLATE_NOOP("Charts", "Memory over time"), _memory),
    ChartKind("roofline", QT_TRANSLATE_NOOP("Charts", "Roofline"), _roofline),
    ChartKind("language", QT_TRANSLATE_NOOP("Charts", "Language model"), _language, may_generate),
    ChartKind("comparison", QT_TRANSLATE_NOOP("Charts", "What other tools print"), _tool_counts),
)
