"""A bar of a device's memory: weights, cache and live activations, and what is free."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from layerledger.gui.theme import theme

_HEIGHT = 14
FAMILIES = ("Convolution", "Attention", "Normalization")
"""The families whose colours weights, cache and live activations have."""


class BarPart(NamedTuple):
    """A part of the bar: its bytes, and the family whose colour it has."""

    nbytes: int
    family: str


class MemoryBar(QWidget):
    """Parts side by side in a track as long as the memory, or as the parts where they exceed it."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._parts: Sequence[BarPart] = ()
        self._capacity = 1
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def show_parts(self, parts: Sequence[BarPart], capacity: int) -> None:
        """Show parts of a memory of `capacity` bytes."""
        self._parts, self._capacity = parts, max(1, capacity)
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(120, _HEIGHT)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, colours = QPainter(self), theme.current()
        painter.fillRect(self.rect(), QColor(colours.bar_track))
        whole = max(self._capacity, sum(part.nbytes for part in self._parts))
        x = 0.0
        for part in self._parts:
            wide = self.width() * part.nbytes / whole
            painter.fillRect(QRectF(x, 0, max(0.0, wide - 1), self.height()), QColor(colours.families[part.family]))
            x += wide
        if whole > self._capacity:
            end = round(self.width() * self._capacity / whole)
            painter.setPen(QColor(colours.error))
            painter.drawLine(end, 0, end, self.height())
        painter.setPen(Qt.PenStyle.NoPen)
