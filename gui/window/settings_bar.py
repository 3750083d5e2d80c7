"""The settings in the tool bar: input shape, batch, precision, the convention that counts, and the device."""

from __future__ import annotations

from typing import TypeVar

from PySide6.QtCore import QSignalBlocker, Qt
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QWidget

from layerledger.gui.document import commands
from layerledger.gui.document.document import Document
from layerledger.gui.inspector.shape_edit import ShapeEdit
from layerledger.gui.theme import theme
from layerledger.gui.widgets.basics import SpinBox
from layerledger.gui.widgets.metric_box import CountBox
from layerledger.gui.window.device_button import DeviceBox
from layerledger.gui.window.precision_button import PrecisionBox

_SPACING, _NARROW = 4, 3
_LONG = "16 × 256 × 224 × 224 × 224"
"""Longest shape that fits into the field."""

_Combo = TypeVar("_Combo", bound=QComboBox)


class SettingsBar(QWidget):
    """Input, batch, precision, count and device, side by side."""

    def __init__(self, document: Document, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._document = document
        self._labels: list[QLabel] = []
        self.shape = ShapeEdit(document, parent=self, widest=_LONG)
        self.batch = self._batch_box()
        self.precision = PrecisionBox(document, self)
        self.count = self._named(CountBox(self), self.tr("Convention by which operations are counted"))
        self.device = DeviceBox(document, self)
        self._lay_out()
        self.batch.valueChanged.connect(self._batch_typed)
        self.count.activated.connect(lambda: document.change_settings(count=self.count.currentData()))
        document.networkChanged.connect(self._show)
        document.settingsChanged.connect(self._show)
        self._show()

    @property
    def compact_gain(self) -> int:
        """Pixels saved when the bar is compact."""
        return sum(label.sizeHint().width() + _SPACING for label in self._labels) + sum(
            box.compact_gain() for box in (self.precision, self.count, self.device)
        )

    def set_compact(self, *, compact: bool) -> None:
        """Show the fields alone where there is little room; their tool tips name them."""
        for label in self._labels:
            label.setVisible(not compact)
        if layout := self.layout():
            layout.setSpacing(_NARROW if compact else _SPACING)
        self.precision.set_compact(compact=compact)
        self.count.set_compact(compact=compact)
        self.device.set_compact(compact=compact)

    def _lay_out(self) -> None:
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(_SPACING)
        labelled = ((self.tr("Input"), self.shape), (self.tr("Batch"), self.batch))
        for text, widget in (*labelled, ("", self.precision), ("", self.count), ("", self.device)):
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
        box.setMaximumWidth(box.fontMetrics().horizontalAdvance("0000") + 28)
        theme.inset(box)
        box.editingFinished.connect(self._document.end_typing)
        box.cancelled.connect(self._document.cancel_typing)
        return box

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
        self.count.choose(self._document.count)
        self.count.setToolTip(self.count.currentData(Qt.ItemDataRole.ToolTipRole))
