"""Fields of one figure of a device: value, source and, for a memory, name."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from PySide6.QtWidgets import QLineEdit

from layerledger.core.base.quantities import read_rate
from layerledger.gui.widgets.basics import set_flag


class FigureRow(NamedTuple):
    """Fields of one figure; only a memory has a name."""

    value: QLineEdit
    source: QLineEdit
    name: QLineEdit | None = None

    @property
    def empty(self) -> bool:
        """Whether all fields are empty."""
        fields = (self.value, self.source, *([self.name] if self.name else []))
        return not any(field.text().strip() for field in fields)

    def show(self, text: str, value: int, source: str, read: Callable[[str], int | None] = read_rate) -> None:
        """Show a figure as `text`, or as the exact number if `text` is rounded."""
        self.value.setText(text if read(text) == value else str(value))
        self.source.setText(source)
        self.source.setCursorPosition(0)

    def stated(self, read: Callable[[str], int | None]) -> object:
        """Return the value; its text if it cannot be read."""
        found = read(self.value.text())
        return self.value.text() if found is None else found

    @property
    def stated_source(self) -> str:
        return self.source.text().strip()

    @property
    def stated_name(self) -> str:
        return self.name.text().strip() if self.name else ""


def mark_invalid(field: QLineEdit, read: Callable[[str], int | None], text: str) -> None:
    """Mark a field whose text is not a figure."""
    set_flag(field, "invalid", on=bool(text.strip()) and read(text) is None)
