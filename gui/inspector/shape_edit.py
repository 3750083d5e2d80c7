"""The field of an input's shape, in the inspector and in the tool bar."""

from __future__ import annotations

from PySide6.QtCore import QEvent
from PySide6.QtGui import QFocusEvent
from PySide6.QtWidgets import QWidget

from layerledger.core.base.params import MAX_RANK, MAX_SIZE, parse_value
from layerledger.core.base.shapes import Shape, shape_text
from layerledger.gui.document import commands
from layerledger.gui.document.document import Document
from layerledger.gui.widgets.basics import LineEdit

_COMMON = "1 × 3 × 224 × 224"
"""A shape that the field always has room for."""


def read_shape(text: str) -> Shape | None:
    """Return the shape that `text` stands for, such as 1×3×224×224, or None."""
    value = parse_value(text)
    sizes = value if isinstance(value, tuple) else (value,)
    found = tuple(size for size in sizes if isinstance(size, int) and not isinstance(size, bool))
    fits = len(found) == len(sizes) <= MAX_RANK and all(0 <= size <= MAX_SIZE for size in found)
    return found if fits else None


class ShapeEdit(LineEdit):
    """Edits the shape of one of the network's inputs; what is typed counts at once."""

    def __init__(self, document: Document, index: int = 0, parent: QWidget | None = None, *, widest: str = "") -> None:
        """
        Args:
            widest: a shape that it is at most made wide enough for.
        """
        super().__init__(parent)
        self._document, self._index, self._widest = document, index, widest
        self.setAccessibleName(self.tr("Input shape"))
        self.setToolTip(self.tr("Shape of the input, the batch first: 1 × 3 × 224 × 224"))
        self.textEdited.connect(self._typed)
        self.editingFinished.connect(self._finished)
        document.networkChanged.connect(self._show)
        self._show()

    def _typed(self, text: str) -> None:
        shape = read_shape(text)
        self._mark(valid=shape is not None)
        if shape is not None:
            commands.set_input_shape(self._document, self._index, shape)

    def _finished(self) -> None:
        if not self.isModified():
            return
        if read_shape(self.text()) is None:
            rule = self.tr("A shape is sizes from 0 up, such as 1 × 3 × 224 × 224; %1 is none")
            self._document.reject(rule.replace("%1", f"“{self.text()}”"))
        self._document.end_typing()
        self.setModified(False)
        self._show()

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self._document.end_typing()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self._show()

    def _mark(self, *, valid: bool) -> None:
        if self.property("invalid") != ("false" if valid else "true"):
            self.setProperty("invalid", "false" if valid else "true")
            self.style().unpolish(self)
            self.style().polish(self)

    def _show(self) -> None:
        inputs = self._document.network.inputs
        self.setEnabled(self._index < len(inputs))
        if self._index >= len(inputs) or (self.hasFocus() and read_shape(self.text()) == inputs[self._index].shape):
            return
        self._mark(valid=True)
        text = shape_text(inputs[self._index].shape).replace("×", " × ")
        if text != self.text():
            self.setText(text)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange):
            advance = self.fontMetrics().horizontalAdvance
            self.setMinimumWidth(advance(_COMMON) + 24)
            if self._widest:
                self.setMaximumWidth(advance(self._widest) + 24)
