"""The list of the reference's pages."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex
from PySide6.QtWidgets import QWidget

from layerledger.core.network.nodes import BLOCK
from layerledger.gui.dialogs.reference.contents_model import ReferenceModel
from layerledger.gui.widgets.heading_list_painter import HeadingListDelegate
from layerledger.gui.widgets.search_box import ResultList


class ContentsList(ResultList):
    """Pages under headings, or what a search found."""

    def __init__(self, model: ReferenceModel, parent: QWidget) -> None:
        super().__init__(model, HeadingListDelegate(model, parent, square=BLOCK), parent)
        self.setAccessibleName(self.tr("Contents"))
        self.setProperty("card", "true")

    def scroll_to(self, index: QModelIndex) -> None:
        """Brings a row into sight, and the heading above it."""
        if index.row() > 0:
            self.scrollTo(index.siblingAtRow(index.row() - 1))
        self.scrollTo(index)
