"""The stack's panel in the window."""

from __future__ import annotations

from PySide6.QtCore import QEvent
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QVBoxLayout, QWidget

from layerledger.gui.document.document import Document
from layerledger.gui.stack.stack_view import StackView

_GAP = 10
_LARGEST_PART = 3
"""A sheet takes at most one part in three of the height; more of it scrolls."""


class StackPanel(QWidget):
    """A card that holds the stack, and above it at most one sheet about the network."""

    def __init__(self, document: Document, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        card = QFrame(self)
        card.setProperty("card", "true")
        self.view = StackView(document, card)
        inside = QVBoxLayout(card)
        inside.setContentsMargins(1, 1, 1, 1)
        inside.addWidget(self.view)
        self._sheet: QWidget | None = None
        self._rows = QVBoxLayout(self)
        self._rows.setContentsMargins(0, 0, 0, 0)
        self._rows.setSpacing(_GAP)
        self._rows.addWidget(card, 1)
        self.setFocusProxy(self.view)

    def show_above(self, sheet: QWidget) -> None:
        """Put a sheet above the stack; its height follows from the width, as far as there is room."""
        self._sheet = sheet
        self._rows.insertWidget(0, sheet)
        self._fit()

    def _fit(self) -> None:
        if (sheet := self._sheet) is not None and not sheet.isHidden():
            most = max(self.height() // _LARGEST_PART, sheet.minimumSizeHint().height())
            height = min(sheet.heightForWidth(self.width()), most)
            if (sheet.minimumHeight(), sheet.maximumHeight()) != (height, height):
                sheet.setFixedHeight(height)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.LayoutRequest:
            self._fit()
        return super().event(event)
