"""The stack's panel in the window."""

from __future__ import annotations

from PySide6.QtWidgets import QFrame, QVBoxLayout, QWidget

from layerledger.gui.document.document import Document
from layerledger.gui.stack.stack_view import StackView


class StackPanel(QFrame):
    """A card that holds the stack."""

    def __init__(self, document: Document, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("card", "true")
        self.view = StackView(document, self)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(1, 1, 1, 1)
        layout.addWidget(self.view)
        self.setFocusProxy(self.view)
