"""The list of the reference's pages; what is typed in it goes on in the search box."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QModelIndex, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QAbstractItemView, QListView, QWidget

from layerledger.gui.models.reference_model import ReferenceModel
from layerledger.gui.panels.palette_delegate import PaletteDelegate

_TYPING = (Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.KeypadModifier)


class ContentsList(QListView):
    """Pages under headings, or what a search found."""

    typed = Signal(QKeyEvent)
    escaped = Signal()

    def __init__(self, model: ReferenceModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setModel(model)
        self.painter = PaletteDelegate(model, self)
        self.setItemDelegate(self.painter)
        self.setAccessibleName(self.tr("Contents"))
        self.setProperty("card", "true")
        self.setMouseTracking(True)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setResizeMode(QListView.ResizeMode.Adjust)

    def scroll_to(self, index: QModelIndex) -> None:
        """Brings a row into sight, and the heading above it."""
        if index.row() > 0:
            self.scrollTo(index.siblingAtRow(index.row() - 1))
        self.scrollTo(index)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.escaped.emit()
        elif event.text().strip() and event.text().isprintable() and event.modifiers() in _TYPING:
            self.typed.emit(event)
        else:
            super().keyPressEvent(event)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange) and hasattr(self, "painter"):
            self.painter.refresh(self.font())
            self.scheduleDelayedItemsLayout()
