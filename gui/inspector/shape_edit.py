"""Editor for an input's shape, in the inspector and in the tool bar."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QSize, Qt
from PySide6.QtGui import QFocusEvent, QKeyEvent
from PySide6.QtWidgets import QWidget

from layerledger.core.base.params import MAX_RANK, MAX_SIZE, parse_value
from layerledger.core.base.shapes import Shape, shape_text
from layerledger.gui.document import commands
from layerledger.gui.document.document import Document
from layerledger.gui.widgets.basics import LineEdit, set_flag

_MIN_SHAPE = "1 × 3 × 224 × 224"
"""A shape for which the field has room."""

_NARROW_SHAPE = "1 × 4096"
"""A shape for which the field has room where there is little; longer ones scroll."""


def read_shape(text: str) -> Shape | None:
    """Return the shape that is written in `text`, such as 1×3×224×224; None if there is no valid one."""
    value = parse_value(text)
    sizes = value if isinstance(value, tuple) else (value,)
    found = tuple(size for size in sizes if isinstance(size, int) and not isinstance(size, bool))
    fits = len(found) == len(sizes) <= MAX_RANK and all(0 <= size <= MAX_SIZE for size in found)
    return found if fits else None


class ShapeEdit(LineEdit):
    """An editor for the shape of a network input.

    A valid text is applied as it is typed if it has as many sizes as before, since 1×3×64 is half of 1×3×64×64; another
    rank is applied by Enter or by leaving. While the text is not valid the network has the shape from before, which
    Escape restores.
    """

    def __init__(self, document: Document, index: int = 0, parent: QWidget | None = None, *, widest: str = "") -> None:
        """
        Args:
            widest: a shape whose width is the most that the editor takes.
        """
        self._narrow = False  # read while Qt makes the widget
        super().__init__(parent)
        self._document, self._index, self._max_shape = document, index, widest
        self.setAccessibleName(self.tr("Input shape"))
        self.setToolTip(self.tr("Shape of the input, the batch first: 1 × 3 × 224 × 224"))
        self.textEdited.connect(self._set_shape)
        self.editingFinished.connect(self._finish_typing)
        self._typing = False  # whether the network changes by what is typed here
        document.networkChanged.connect(self._follow)
        self._show()

    def _set_shape(self, text: str) -> None:
        shape = read_shape(text)
        set_flag(self, "invalid", on=shape is None)
        self._typing = True
        if shape is not None and len(shape) == self._rank():
            commands.set_input_shape(self._document, self._index, shape)
        else:
            self._document.cancel_typing()
        self._typing = False

    def _rank(self) -> int:
        return len(self._document.network.inputs[self._index].shape)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape and self.isModified():
            self._document.cancel_typing()
            self._settle()
        else:
            super().keyPressEvent(event)

    def _finish_typing(self) -> None:
        if not self.isModified():
            return
        shape = read_shape(self.text())
        if shape is None:
            rule = self.tr("shape must be sizes of at least 0, such as 1 × 3 × 224 × 224; got {text}")
            self._document.reject(rule.format(text=f"“{self.text()}”"))
        else:
            commands.set_input_shape(self._document, self._index, shape)
        self._settle()

    def _settle(self) -> None:
        """Show the network's shape in place of what was typed."""
        self._document.end_typing()
        self.setModified(False)
        self._show()

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self._document.end_typing()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self._show()

    def _follow(self) -> None:
        if not self._typing:
            self._show()

    def _show(self) -> None:
        inputs = self._document.network.inputs
        self.setEnabled(self._index < len(inputs))
        if self._index >= len(inputs):
            return
        set_flag(self, "invalid", on=False)
        text = shape_text(inputs[self._index].shape).replace("×", " × ")
        if text != self.text():
            self.setText(text)
        if not self.hasFocus():
            self.setCursorPosition(0)  # where there is little room, the beginning is what is seen

    def sizeHint(self) -> QSize:
        """Return the room that a shape needs; that of 17 letters would push others out of the tool bar."""
        return QSize(self.minimumWidth() or super().sizeHint().width(), super().sizeHint().height())

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange):
            self._set_widths()

    def set_narrow(self, *, narrow: bool) -> None:
        """Take room for a short shape only."""
        if narrow != self._narrow:
            self._narrow = narrow
            self._set_widths()

    def _set_widths(self) -> None:
        advance = self.fontMetrics().horizontalAdvance
        self.setMinimumWidth(advance(_NARROW_SHAPE if self._narrow else _MIN_SHAPE) + 21)
        if self._max_shape:
            self.setMaximumWidth(advance(self._max_shape) + 24)
