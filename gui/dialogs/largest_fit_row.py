"""Buttons that look for the largest batch or image within limits, and one that applies what was found."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QWidget

from layerledger.core.base import units
from layerledger.core.metrics.budgets import Limit
from layerledger.core.studies.largest_fit import STEP, image_input, largest_batch, largest_image
from layerledger.gui.document import commands
from layerledger.gui.document.document import Document


class LargestFitRow(QWidget):
    """The two searches of the budgets; each offers to apply its result, as one undoable step."""

    said = Signal(str)
    applied = Signal()

    def __init__(self, document: Document, limits: Callable[[], Sequence[Limit]], parent: QWidget) -> None:
        super().__init__(parent)
        self._document, self._limits = document, limits
        self._use: Callable[[], None] | None = None
        self.batch = QPushButton(self.tr("Largest &batch"), self)
        self.batch.setToolTip(self.tr("Look for the largest batch with which all limits are kept"))
        self.batch.clicked.connect(self._find_batch)
        self.image = QPushButton(self.tr("Largest &image"), self)
        self.image.setToolTip(self.tr("Look for the largest image with which all limits are kept"))
        self.image.clicked.connect(self._find_image)
        self.apply = QPushButton(self)
        self.apply.setToolTip(self.tr("Use it in the network; Undo takes it back"))
        self.apply.clicked.connect(self._apply)
        self.apply.hide()
        self._lay_out()

    def _lay_out(self) -> None:
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        for button in (self.batch, self.image, self.apply):
            button.setAutoDefault(False)
            row.addWidget(button)
        row.addStretch(1)

    def forget(self) -> None:
        """Offer nothing: the limits or the network are no longer those of the search."""
        self._offer("")

    def _find_batch(self) -> None:
        found = largest_batch(self._document.network, self._limits())
        if found is None:
            self._offer(self.tr("Not even one fits."))
            return
        size = units.grouped(found)
        sentence = self.tr("The largest batch that keeps all limits: {batch}.").format(batch=size)
        use = partial(commands.set_batch, self._document, found)
        self._offer(sentence, self.tr("&Apply batch {batch}").format(batch=size), use)

    def _find_image(self) -> None:
        found = largest_image(self._document.network, self._limits())
        if found is None:
            self._offer(self.tr("No image keeps all limits, or the network has no image as an input."))
            return
        size = f"{units.grouped(found)} × {units.grouped(found)}"
        sentence = self.tr("The largest image that keeps all limits: {size}, in steps of {step}.")
        use = partial(self._set_image, found)
        self._offer(sentence.format(size=size, step=STEP), self.tr("&Apply {size}").format(size=size), use)

    def _set_image(self, size: int) -> None:
        at = image_input(self._document.network)
        if at is not None:
            shape = self._document.network.inputs[at].shape
            commands.set_input_shape(self._document, at, (*shape[:2], size, size))

    def _offer(self, sentence: str, name: str = "", use: Callable[[], None] | None = None) -> None:
        self._use = use
        self.apply.setText(name)
        self.apply.setVisible(use is not None)
        if sentence:
            self.said.emit(sentence)

    def _apply(self) -> None:
        if self._use is not None:
            self._document.end_typing()
            self._use()
            self._document.end_typing()
            self.forget()
            self.applied.emit()
