"""The settings in the tool bar: input shape, batch, dtype, the convention that counts operations, and the device."""

from __future__ import annotations

from typing import TypeVar

from PySide6.QtCore import QEvent, QSignalBlocker, Qt
from PySide6.QtGui import QFocusEvent
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QWidget

from layerledger.core.base.params import MAX_RANK, MAX_SIZE, parse_value
from layerledger.core.base.shapes import FLOAT_DTYPES, Shape, shape_text
from layerledger.gui.document import commands
from layerledger.gui.document.document import Document
from layerledger.gui.theme import theme
from layerledger.gui.widgets.basics import LineEdit, SpinBox
from layerledger.gui.widgets.metric_box import CountBox
from layerledger.gui.window.device_button import DeviceBox


def read_shape(text: str) -> Shape | None:
    """Returns the shape that `text` stands for, such as 1×3×224×224, or None."""
    value = parse_value(text)
    sizes = value if isinstance(value, tuple) else (value,)
    found = tuple(size for size in sizes if isinstance(size, int) and not isinstance(size, bool))
    fits = len(found) == len(sizes) <= MAX_RANK and all(0 <= size <= MAX_SIZE for size in found)
    return found if fits else None


_SPACING, _NARROW = 6, 3
_COMMON, _LONG = "1 × 3 × 224 × 224", "16 × 256 × 224 × 224 × 224"
"""Shapes that fields have room for."""

_Combo = TypeVar("_Combo", bound=QComboBox)


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
            self._document.refuse(rule.replace("%1", f"“{self.text()}”"))
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


class SettingsBar(QWidget):
    """Input, batch, dtype, count and device, side by side."""

    def __init__(self, document: Document, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._document = document
        self._labels: list[QLabel] = []
        self.shape = ShapeEdit(document, parent=self, widest=_LONG)
        self.batch = self._batch_box()
        self.dtype = self._dtype_combo()
        self.count = self._named(CountBox(self), self.tr("Convention by which operations are counted"))
        self.device = DeviceBox(document, self)
        self._lay_out()
        self.batch.valueChanged.connect(self._batch_typed)
        self.dtype.activated.connect(lambda: commands.set_dtype(document, self.dtype.currentData()))
        self.count.activated.connect(lambda: document.set_count(self.count.currentData()))
        document.networkChanged.connect(self._show)
        document.countChanged.connect(self._show)
        self._show()

    @property
    def compact_gain(self) -> int:
        """How much narrower the bar is when it is compact."""
        return sum(label.sizeHint().width() + _SPACING for label in self._labels) + self.device.compact_gain()

    def set_compact(self, *, compact: bool) -> None:
        """Shows the fields alone where there is little room; their tool tips name them."""
        for label in self._labels:
            label.setVisible(not compact)
        if layout := self.layout():
            layout.setSpacing(_NARROW if compact else _SPACING)
        self.device.set_compact(compact=compact)

    def _lay_out(self) -> None:
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(_SPACING)
        labelled = ((self.tr("Input"), self.shape), (self.tr("Batch"), self.batch))
        for text, widget in (*labelled, ("", self.dtype), ("", self.count), ("", self.device)):
            if text:
                label = QLabel(text, self)
                label.setProperty("muted", "true")
                label.setBuddy(widget)
                layout.addWidget(label)
                self._labels.append(label)
            layout.addWidget(widget)

    def _batch_box(self) -> SpinBox:
        box = SpinBox(self)
        box.setRange(0, 2**31 - 1)
        box.setKeyboardTracking(True)
        box.setAccessibleName(self.tr("Batch"))
        box.setToolTip(self.tr("Batch: dimension 0 of every input"))
        box.setMaximumWidth(box.fontMetrics().horizontalAdvance("00000") + 36)
        theme.inset(box)
        box.editingFinished.connect(self._document.end_typing)
        return box

    def _dtype_combo(self) -> QComboBox:
        combo = QComboBox(self)
        for dtype in FLOAT_DTYPES:
            combo.addItem(dtype, dtype)
        return self._named(combo, self.tr("Data type of inputs and weights"))

    def _named(self, combo: _Combo, name: str) -> _Combo:
        combo.setProperty("outlined", "true")
        combo.setAccessibleName(name)
        combo.setToolTip(name)
        combo.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        return combo

    def _batch_typed(self, value: int) -> None:
        commands.set_batch(self._document, value)

    def _show(self) -> None:
        inputs = self._document.network.inputs
        shaped = [i.shape[0] for i in inputs if i.shape]
        self.batch.setEnabled(bool(shaped))
        if shaped and shaped[0] != self.batch.value():
            with QSignalBlocker(self.batch):
                self.batch.setValue(min(shaped[0], 2**31 - 1))
        result = self._document.result
        self.dtype.setCurrentIndex(max(0, self.dtype.findData(result.dtype)))
        stored = self.tr("Weights are stored as %1; the inspector of the network changes that").replace(
            "%1", result.weights
        )
        self.dtype.setToolTip("\n".join((self.dtype.accessibleName(), stored)))
        self.count.choose(self._document.count)
        self.count.setToolTip(self.count.currentData(Qt.ItemDataRole.ToolTipRole))
