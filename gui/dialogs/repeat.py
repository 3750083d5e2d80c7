"""The number of copies of a block."""

from __future__ import annotations

from PySide6.QtWidgets import QDialog, QDialogButtonBox, QFormLayout, QVBoxLayout, QWidget

from layerledger.core.network.nodes import Block
from layerledger.gui.document import commands
from layerledger.gui.document.document import Document
from layerledger.gui.theme import theme
from layerledger.gui.widgets.basics import SpinBox

MAX_REPEATS = 10_000


class RepeatDialog(QDialog):
    """Asks how often the selection is repeated; it starts at the block's number, or at 2 where nothing is repeated."""

    def __init__(self, document: Document, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._document = document
        self.setWindowTitle(self.tr("Repeat"))
        node = document.current_node
        self.times = SpinBox(self)
        self.times.setRange(1, MAX_REPEATS)
        self.times.setValue(max(2, node.repeat) if isinstance(node, Block) else 2)
        self.times.setAccessibleName(self.tr("Copies in series"))
        self.times.selectAll()
        theme.inset(self.times)
        self._lay_out()

    def _lay_out(self) -> None:
        form = QFormLayout()
        form.addRow(self.tr("Copies in &series:"), self.times)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel, self)
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(18, 16, 18, 14)
        layout.setSpacing(14)
        layout.addLayout(form)
        layout.addWidget(buttons)

    def accept(self) -> None:
        """Repeat the selection, as one undoable step."""
        commands.repeat(self._document, self.times.value())
        super().accept()
