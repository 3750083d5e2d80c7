"""Beside the table: the memory of the present batch and context, and the largest that fit."""

from __future__ import annotations

from typing import NamedTuple

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from layerledger.core.base import units
from layerledger.core.studies.remedies import Largest
from layerledger.core.studies.sizing import Sizing
from layerledger.gui.charts.language.memory_bar import FAMILIES, BarPart, MemoryBar
from layerledger.gui.charts.language.table_model import WAITING
from layerledger.gui.theme import theme
from layerledger.gui.theme.translation import translated


class LargestRow(NamedTuple):
    """A line on the largest batch or the longest context."""

    name: QLabel
    value: QLabel
    size: QLabel
    button: QPushButton


class MemoryPanel(QWidget):
    """The memory bar, and what fits at most."""

    batchAsked = Signal(int)
    contextAsked = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.title, self.capacity = self._label("small"), self._label("small")
        self.bar = MemoryBar(self)
        self.legend, self.free = self._label("small"), self._label("small")
        self.legend.setTextFormat(Qt.TextFormat.RichText)
        self.legend.setWordWrap(True)
        self.verdict = self._label("small")
        self.verdict.setWordWrap(True)
        self._largest: dict[str, int] = {}
        self._grid = QGridLayout()
        self._grid.setColumnStretch(0, 1)
        self.batch, self.context = self._row(0), self._row(1)
        self.batch.button.clicked.connect(lambda: self.batchAsked.emit(self._largest["batch"]))
        self.context.button.clicked.connect(lambda: self.contextAsked.emit(self._largest["context"]))
        self.note = self._label("small")
        self.note.setWordWrap(True)
        self.note.setText(
            self.tr(
                "Cells: weights, the cache of all sequences and the live activations of one prompt, and tokens per "
                "second of all sequences, at most. Red: does not fit. A click on a cell sets batch and context."
            )
        )
        self._lay_out()

    def _label(self, style: str = "") -> QLabel:
        label = QLabel(self)
        if style:
            label.setProperty(style, "true")
            label.setProperty("muted", "true")
        return label

    def _row(self, at: int) -> LargestRow:
        row = LargestRow(self._label(), self._label(), self._label("small"), QPushButton(self.tr("Set"), self))
        row.name.setWordWrap(True)
        font = row.value.font()
        font.setBold(True)
        row.value.setFont(font)
        for column, widget in enumerate(row):
            align = Qt.AlignmentFlag.AlignRight if 0 < column < 3 else Qt.AlignmentFlag(0)
            self._grid.addWidget(widget, at, column, align | Qt.AlignmentFlag.AlignVCenter if column else align)
        return row

    def _lay_out(self) -> None:
        layout = QVBoxLayout(self)
        layout.setContentsMargins(12, 2, 8, 4)
        layout.setSpacing(5)
        for left, right in ((self.title, self.capacity), (None, None), (self.legend, self.free)):
            if left is None or right is None:
                layout.addWidget(self.bar)
                continue
            row = QHBoxLayout()
            row.addWidget(left, 1)
            row.addWidget(right)
            layout.addLayout(row)
        layout.addWidget(self.verdict)
        layout.addLayout(self._grid)
        layout.addWidget(self.note)
        layout.addStretch(1)

    # -- content

    def show_sizing(self, sizing: Sizing) -> None:
        """Show the memory of the present batch and context."""
        batch, context = units.grouped(sizing.batch), units.grouped(sizing.context or 0)
        self.title.setText(self.tr("Memory at batch {batch} and {tokens} tokens").format(batch=batch, tokens=context))
        uses = sizing.fit.uses if sizing.fit else ()
        room = sum(use.capacity_bytes for use in uses)
        self.capacity.setText(units.size(room) if uses else self.tr("size not known"))
        self.bar.show_parts([BarPart(n, f) for n, f in zip(sizing.footprint, FAMILIES, strict=True)], room)
        self._show_legend(sizing)
        free = room - sizing.footprint.total_bytes
        words = self.tr("{size} free") if free >= 0 else self.tr("{size} too much")
        self.free.setText(words.format(size=units.size(abs(free))) if uses else "")
        refused = sizing.problem or (sizing.fit.sentence() if sizing.fit and sizing.fit.fits is not True else "")
        self.verdict.setText(translated(refused))
        self.verdict.setVisible(bool(refused))
        at = self.tr("Largest batch at {tokens} tokens").format(tokens=context)
        self.batch.name.setText(at)
        self.context.name.setText(self.tr("Longest context at batch {batch}").format(batch=batch))
        for row in (self.batch, self.context):
            self._show_largest(row, None, known=bool(uses))

    def _show_legend(self, sizing: Sizing) -> None:
        texts, prefix = units.sizes(*sizing.footprint)
        names = (self.tr("weights"), self.tr("KV cache"), self.tr("live activations"))
        families = theme.current().families
        parts = [
            f'<span style="color: {families[family]}">●</span>&nbsp;{name.replace(" ", "&nbsp;")}&nbsp;{text}'
            for name, text, family in zip(names, texts, FAMILIES, strict=True)
        ]
        self.legend.setText(f"{'&nbsp; '.join(parts)}&nbsp;{prefix}")

    def show_batch(self, found: Largest) -> None:
        """Show the largest batch that fits."""
        self._largest["batch"] = found.value
        self._show_largest(self.batch, found)

    def show_context(self, found: Largest) -> None:
        """Show the longest context that fits."""
        self._largest["context"] = found.value
        self._show_largest(self.context, found)

    def _show_largest(self, row: LargestRow, found: Largest | None, *, known: bool = True) -> None:
        waiting = WAITING if known else units.NONE
        none = self.tr("none") if found else waiting
        row.value.setText(units.grouped(found.value) if found and found.value else none)
        row.size.setText(units.size(found.needed_bytes) if found and found.value else "")
        row.button.setEnabled(bool(found and found.value))
        row.button.setAccessibleName(f"{row.button.text()}: {row.name.text()}, {row.value.text()}")
