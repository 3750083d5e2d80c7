"""Form of a user-defined device: figures with their sources; invalid fields are marked."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial
from typing import Any

from PySide6.QtCore import QCoreApplication, Qt, Signal
from PySide6.QtWidgets import (
    QDialogButtonBox,
    QFrame,
    QGridLayout,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from layerledger.core.base import units
from layerledger.core.base.json_reader import DataError
from layerledger.core.base.quantities import read_rate, read_size
from layerledger.core.metrics.devices import KINDS, Cache, Device, device_of
from layerledger.core.metrics.devices.device import MAX_MEMORIES, PEAK_DTYPES
from layerledger.gui.dialogs.devices.figure_row import FigureRow, mark_invalid
from layerledger.gui.widgets.basics import Combo, LineEdit, set_flag


class DeviceEditor(QWidget):
    """Edits a device; emits `saved` when all fields are valid."""

    saved = Signal(object)  # the Device
    cancelled = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._fields: dict[str, QWidget] = {}
        self._fixed_id = ""
        self._cache: Cache | None = None  # has no fields; kept as it is
        self._grid = QGridLayout()
        self._grid.setColumnStretch(1, 2)
        self._grid.setColumnStretch(2, 3)
        self._grid.setContentsMargins(2, 2, 8, 2)
        self._grid.setHorizontalSpacing(8)
        self._grid.setVerticalSpacing(6)
        self.title = self._line("title", self.tr("Name"))
        self.short = self._line("short", self.tr("Short name"), hint=self.tr("for narrow places"))
        self.kind = self._make_kind()
        self.peaks = self._peak_rows()
        self.bandwidth = self._bandwidth_row()
        self.memories = self._memory_rows()
        self.note = self._make_note()
        self.message = QLabel(self)
        self.message.setProperty("error", "true")
        self.message.setWordWrap(True)
        self._lay_out()

    # -- building

    def _lay_out(self) -> None:
        form = QWidget(self)
        form.setLayout(self._grid)
        self._grid.setRowStretch(self._grid.rowCount(), 1)
        scroll = QScrollArea(self)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setWidgetResizable(True)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setWidget(form)
        buttons = QDialogButtonBox(self)
        self.save = QPushButton(self.tr("&Save"), self)
        self.save.setProperty("primary", "true")
        self.cancel = QPushButton(self.tr("&Cancel"), self)
        buttons.addButton(self.save, QDialogButtonBox.ButtonRole.ActionRole)
        buttons.addButton(self.cancel, QDialogButtonBox.ButtonRole.ActionRole)
        for button in (self.save, self.cancel):
            button.setAutoDefault(False)
        self.save.clicked.connect(self._save)
        self.cancel.clicked.connect(self.cancelled)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(scroll, 1)
        layout.addWidget(self.message)
        layout.addWidget(buttons)

    def _label(self, text: str, buddy: QWidget | None = None, *, section: bool = False) -> int:
        """Add a label in a new row, and return the row."""
        row = self._grid.rowCount()
        label = QLabel(text, self)
        if section:
            label.setProperty("section", "true")
            self._grid.addWidget(label, row, 0, 1, 3)
        else:
            self._grid.addWidget(label, row, 0)
        if buddy is not None:
            label.setBuddy(buddy)
        return row

    def _line(self, place: str, text: str, *, hint: str = "") -> QLineEdit:
        field = self._field(place, text, hint)
        self._grid.addWidget(field, self._label(text, field), 1, 1, 2)
        return field

    def _field(self, place: str, name: str, hint: str = "") -> QLineEdit:
        field = LineEdit(self)
        field.setAccessibleName(name)
        field.setPlaceholderText(hint)
        field.setMinimumWidth(field.fontMetrics().horizontalAdvance("0000000"))
        field.textEdited.connect(lambda: set_flag(field, "invalid", on=False))
        self._fields[place] = field
        return field

    def _make_kind(self) -> Combo:
        combo = Combo(self)
        combo.setAccessibleName(self.tr("Kind"))
        for kind in KINDS:
            combo.addItem(QCoreApplication.translate("core", kind), kind)
        self._grid.addWidget(combo, self._label(self.tr("Kind"), combo), 1, 1, 2)
        return combo

    def _peak_rows(self) -> dict[str, FigureRow]:
        self._label(self.tr("Dense peak; a multiply-add counts as two"), section=True)
        hint = self.tr("65 T")
        return {
            dtype: self._figure(f"peaks.{dtype}", dtype, hint, read_rate, "operations_per_s") for dtype in PEAK_DTYPES
        }

    def _bandwidth_row(self) -> FigureRow:
        self._label(self.tr("Memory"), section=True)
        return self._figure("bandwidth", self.tr("bandwidth"), self.tr("320 GB/s"), read_rate, "bytes_per_s")

    def _figure(self, place: str, name: str, hint: str, read: Callable[[str], int | None], key: str) -> FigureRow:
        value = self._field(f"{place}.{key}", name, hint)
        source = self._field(f"{place}.source", self.tr("Source of %1").replace("%1", name), self.tr("source"))
        self._check(value, read)
        self._place(name, value, source)
        return FigureRow(value, source)

    def _memory_rows(self) -> list[FigureRow]:
        rows: list[FigureRow] = []
        for i in range(MAX_MEMORIES):
            name = self._field(f"memories.{i}.name", self.tr("Name of memory %1").replace("%1", str(i + 1)), "SRAM")
            size = self._field(f"memories.{i}.bytes", self.tr("Size of memory %1").replace("%1", str(i + 1)), "320 KiB")
            text = self.tr("Source of memory %1").replace("%1", str(i + 1))
            source = self._field(f"memories.{i}.source", text, self.tr("source"))
            self._check(size, read_size)
            row = self._grid.rowCount()
            name.setMaximumWidth(name.fontMetrics().horizontalAdvance("bandwidth00"))
            for column, field in enumerate((name, size, source)):
                self._grid.addWidget(field, row, column)
            rows.append(FigureRow(size, source, name))
        return rows

    def _place(self, name: str, value: QLineEdit, source: QLineEdit) -> None:
        row = self._label(name, value)
        self._grid.addWidget(value, row, 1)
        self._grid.addWidget(source, row, 2)

    def _check(self, field: QLineEdit, read: Callable[[str], int | None]) -> None:
        """Mark a field while its text is not a figure."""
        field.textChanged.connect(partial(mark_invalid, field, read))

    def _make_note(self) -> QPlainTextEdit:
        note = QPlainTextEdit(self)
        note.setAccessibleName(self.tr("Note"))
        note.setTabChangesFocus(True)
        note.setFixedHeight(note.fontMetrics().height() * 3 + 12)
        self._grid.addWidget(note, self._label(self.tr("Note"), note), 1, 1, 2, Qt.AlignmentFlag.AlignTop)
        return note

    # -- filling

    def edit(self, device: Device | None, *, id_: str = "") -> None:
        """Show a device to edit, or an empty form.

        Args:
            id_: id to keep when the name changes; by default the id follows from the name.
        """
        self._fixed_id = id_
        self._cache = device.cache if device else None
        for field in self._fields.values():
            if isinstance(field, QLineEdit):
                field.clear()
                set_flag(field, "invalid", on=False)
        self.note.setPlainText(device.note if device else "")
        self.message.clear()
        self.kind.setCurrentIndex(max(0, self.kind.findData(device.kind if device else "Other")))
        if device:
            self._fill(device)
        self.title.setFocus(Qt.FocusReason.OtherFocusReason)

    def _fill(self, device: Device) -> None:
        self.title.setText(device.title)
        self.short.setText(device.short if device.short != device.title else "")
        for peak in device.peaks:
            for dtype in peak.dtypes:
                if dtype in self.peaks:
                    self.peaks[dtype].show(units.rate(peak.operations_per_s, "op"), peak.operations_per_s, peak.source)
        if device.bandwidth:
            value, source = device.bandwidth
            self.bandwidth.show(units.rate(value, "B"), value, source)
        for row, memory in zip(self.memories, device.memories, strict=False):
            row.show(units.size(memory.nbytes, digits=4), memory.nbytes, memory.source, read_size)
            if row.name:
                row.name.setText(memory.name)

    # -- what is stated

    def stated(self) -> dict[str, Any]:
        """Return the device as the JSON object of its file; an invalid figure is kept as text."""
        found: dict[str, Any] = {"id": self._fixed_id or id_of(self.title.text()), "title": self.title.text().strip()}
        if short := self.short.text().strip():
            found["short"] = short
        found["kind"] = self.kind.currentData()
        found["peaks"] = [
            {"dtypes": [dtype], "operations_per_s": row.stated(read_rate), "source": row.stated_source}
            for dtype, row in self._stated_peaks()
        ]
        if not self.bandwidth.empty:
            value, source = self.bandwidth.stated(read_rate), self.bandwidth.stated_source
            found["bandwidth"] = {"bytes_per_s": value, "source": source}
        found["memories"] = [
            {"name": row.stated_name, "bytes": row.stated(read_size), "source": row.stated_source}
            for row in self._stated_memories()
        ]
        if self._cache:
            found["cache"] = dict(zip(("bytes", "bytes_per_s", "source"), self._cache, strict=True))
        return found | {"note": self.note.toPlainText().strip()}

    def _stated_peaks(self) -> list[tuple[str, FigureRow]]:
        return [(dtype, row) for dtype, row in self.peaks.items() if not row.empty]

    def _stated_memories(self) -> list[FigureRow]:
        return [row for row in self.memories if not row.empty]

    def _save(self) -> None:
        try:
            device = device_of(self.stated())
        except DataError as error:
            self.complain(error)
            return
        self.message.clear()
        self.saved.emit(device)

    def complain(self, error: DataError) -> None:
        """Show an error, and mark the field that causes it."""
        field = self._fields.get(self._field_of(error.place))
        named = field.accessibleName() if field else ""
        self.message.setText(str(error).replace(error.place, named, 1) if named else str(error))
        if isinstance(field, QLineEdit):
            set_flag(field, "invalid", on=True)
            field.setFocus(Qt.FocusReason.OtherFocusReason)

    def _field_of(self, place: str) -> str:
        """Return the name of the field for a place in the file, such as `peaks[1].source`."""
        if place in ("id", "title"):
            return "title"
        if place == "peaks":
            return f"peaks.{PEAK_DTYPES[1]}.operations_per_s"
        found = re.fullmatch(r"(peaks|memories)\[(\d+)\]\.(\w+)", place)
        if not found:
            return place
        number, key = int(found[2]), found[3]
        if found[1] == "peaks":
            return f"peaks.{self._stated_peaks()[number][0]}.{key}"
        return f"memories.{self.memories.index(self._stated_memories()[number])}.{key}"


def id_of(title: str) -> str:
    """Return the id that follows from a name: `my-accelerator` from My accelerator."""
    return re.sub(r"[^a-z0-9._]+", "-", title.lower()).strip("-._")[:64]
