"""Writing a report: format, options, and a preview that follows them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import cast

from PySide6.QtCore import QCoreApplication, QSize, QStandardPaths, Qt
from PySide6.QtGui import QFont, QFontDatabase, QGuiApplication
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFileDialog,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QMessageBox,
    QPlainTextEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from layerledger.core.base.params import Value, params_of
from layerledger.core.formats import FormatError, save_bytes
from layerledger.core.metrics.metric import MetricContext
from layerledger.core.reports.columns import DEVICE_COLUMNS
from layerledger.core.reports.context import ReportContext
from layerledger.core.reports.options import COUNT, Options, read_options
from layerledger.core.reports.registry import REPORTS, ReportFormat
from layerledger.gui.dialogs.export.options_form import LABEL_GAP, OptionsForm, make_label
from layerledger.gui.document import settings_store as store
from layerledger.gui.document.document import Document
from layerledger.gui.document.file_commands import file_name
from layerledger.gui.document.settings import EXPORT_FOLDER, EXPORT_FORMAT, export_options

PREVIEW_ROWS = 20

_FIRST = "csv"
_BYTE_ORDER_MARK = "\ufeff"


class ExportDialog(QDialog):
    """A dialog that writes a report of the document in a chosen format."""

    def __init__(self, document: Document, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._document = document
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(self.tr("Export"))
        self.setSizeGripEnabled(True)
        self.format = self._make_format()
        self.form = self._make_form()
        self.preview = self._make_preview()
        self.note = QLabel(self)
        self.note.setProperty("muted", "true")
        self.note.setProperty("small", "true")
        self.buttons = QDialogButtonBox(self)
        self._lay_out()
        self.format.currentIndexChanged.connect(self._show_format)
        self.form.changed.connect(self._show_preview)
        self._show_preview()

    # -- building

    def _make_format(self) -> QComboBox:
        combo = QComboBox(self)
        for report in sorted(REPORTS.values(), key=lambda report: report.id != _FIRST):
            combo.addItem(QCoreApplication.translate("core", report.title), report.id)
        combo.setCurrentIndex(max(0, combo.findData(store.read(EXPORT_FORMAT) or _FIRST)))
        return combo

    def _make_preview(self) -> QPlainTextEdit:
        preview = QPlainTextEdit(self)
        preview.setReadOnly(True)
        preview.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        preview.setAccessibleName(self.tr("Preview"))
        preview.setTabChangesFocus(True)
        font = QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont)
        font.setStyleHint(QFont.StyleHint.Monospace)
        font.setPointSizeF(self.font().pointSizeF() * 0.92)
        preview.setFont(font)
        return preview

    def _lay_out(self) -> None:
        self._left = QVBoxLayout()
        chooser = QFormLayout()
        chooser.setHorizontalSpacing(LABEL_GAP)
        caption = make_label(self.tr("Format"), self)
        caption.setBuddy(self.format)
        chooser.addRow(caption, self.format)
        self._left.addLayout(chooser)
        self._left.addWidget(self.form, 1)
        right = QVBoxLayout()
        right.addWidget(self.preview, 1)
        right.addWidget(self.note)
        body = QHBoxLayout()
        body.setSpacing(14)
        body.addLayout(self._left)
        body.addLayout(right, 1)
        layout = QVBoxLayout(self)
        layout.addLayout(body, 1)
        layout.addWidget(self.buttons)
        self._fill_buttons()
        wanted = QSize(self.fontMetrics().averageCharWidth() * 150, self.fontMetrics().height() * 38)
        self.resize(wanted.boundedTo(self.screen().availableSize() * 0.9))

    def _fill_buttons(self) -> None:
        close = self.buttons.addButton(QDialogButtonBox.StandardButton.Close)
        self.copy_button = QPushButton(self.tr("&Copy"), self)
        self.copy_button.setToolTip(self.tr("Put the whole report on the clipboard"))
        self.save_button = QPushButton(self.tr("&Save…"), self)
        self.save_button.setProperty("primary", "true")
        self.save_button.setDefault(True)
        close.setAutoDefault(False)
        self.copy_button.setAutoDefault(False)
        self.buttons.addButton(self.copy_button, QDialogButtonBox.ButtonRole.ActionRole)
        self.buttons.addButton(self.save_button, QDialogButtonBox.ButtonRole.ActionRole)
        self.buttons.rejected.connect(self.reject)
        self.copy_button.clicked.connect(self.copy)
        self.save_button.clicked.connect(self.save)

    # -- what is chosen

    @property
    def report(self) -> ReportFormat:
        """The chosen format."""
        return REPORTS[self.format.currentData()]

    def _make_form(self) -> OptionsForm:
        return OptionsForm(self._saved_options(self.report), self, device=self._document.target is not None)

    def _saved_options(self, report: ReportFormat) -> Options:
        """Return the options of the last export, with the convention that the window shows."""
        saved = _load(store.read(export_options(report.id)))
        count = params_of(report.options).get("count")
        if count is not None and count.kind is COUNT:
            saved["count"] = self._document.count
        if self._document.target is None and isinstance(columns := saved.get("columns"), tuple):
            saved["columns"] = tuple(key for key in columns if key not in DEVICE_COLUMNS)
        return read_options(report.options, saved)

    def _show_format(self) -> None:
        form = self._make_form()
        self._left.replaceWidget(self.form, form)
        self.form.deleteLater()
        self.form = form
        form.show()
        form.changed.connect(self._show_preview)
        self._show_preview()

    def content(self, *, limit: int | None = None) -> bytes:
        """Return the report; without fused layers, and with the window's device only in the columns that name it.

        Args:
            limit: the most rows of layers, for a preview.

        Raises:
            ValueError: an option is not valid.
        """
        file = self._document.file.name if self._document.file else ""
        options = self.form.options()
        timed = any(key in DEVICE_COLUMNS for key in getattr(options, "columns", ()))
        metrics = MetricContext(self._document.result, target=self._document.target if timed else None)
        return self.report.write(ReportContext(metrics, file, limit=limit), options)

    def text(self, *, limit: int | None = None) -> str:
        """Return the report as text."""
        return self.content(limit=limit).decode("utf-8")

    def _show_preview(self) -> None:
        try:
            text, note = self.text(limit=PREVIEW_ROWS).removeprefix(_BYTE_ORDER_MARK), self._extent()
        except ValueError:
            text, note = "", self.tr("Check at least one column.")
        at = self.preview.horizontalScrollBar().value()
        self.preview.setPlainText(text)
        self.preview.horizontalScrollBar().setValue(at)
        self.note.setText(note)
        for button in (self.save_button, self.copy_button):
            button.setEnabled(bool(text))

    def _extent(self) -> str:
        rows = sum(1 for _ in self._document.result.rows(expand=bool(self.form.values.get("expand", True))))
        first = self.tr("The first %1 of %2 rows").replace("%1", str(PREVIEW_ROWS)).replace("%2", f"{rows:,}")
        return first if rows > PREVIEW_ROWS else self.tr("The whole report")

    # -- writing

    def copy(self) -> None:
        """Put the whole report on the clipboard."""
        QGuiApplication.clipboard().setText(self.text().removeprefix(_BYTE_ORDER_MARK))
        self._remember()
        self.note.setText(self.tr("Copied"))

    def save(self) -> None:
        """Ask for a file, write the report and close; a failure is shown, and the dialog stays."""
        name, _ = QFileDialog.getSaveFileName(self, self.tr("Export"), str(self._proposal()), self._filter())
        if not name:
            return
        file = Path(name)
        file = file if file.suffix else file.with_suffix(self.report.suffix)
        try:
            save_bytes(self.content(), file)
        except FormatError as error:
            QMessageBox.warning(self, self.tr("The report is not written"), str(error))
            return
        store.write(EXPORT_FOLDER, str(file.parent))
        self._document.say(self.tr("Report written to {file}").format(file=file))
        self._remember()
        self.accept()

    def _proposal(self) -> Path:
        documents = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.DocumentsLocation)
        folder = self._document.file.parent if self._document.file else documents
        name = file_name(self._document.file.stem if self._document.file else self._document.network.name)
        return Path(store.read(EXPORT_FOLDER) or str(folder), f"{name}{self.report.suffix}")

    def _filter(self) -> str:
        return f"{self.format.currentText()} (*{self.report.suffix});;{self.tr('All files')} (*)"

    def _remember(self) -> None:
        store.write(EXPORT_FORMAT, self.report.id)
        store.write(export_options(self.report.id), json.dumps(self.form.values))


def _load(text: str) -> dict[str, Value]:
    """Return the stored options, without those that cannot be read."""
    try:
        found = cast("object", json.loads(text))
    except ValueError:
        return {}
    if not isinstance(found, dict):
        return {}
    return {name: _value(value) for name, value in cast("Mapping[str, object]", found).items()}


def _value(value: object) -> Value:
    if isinstance(value, list):
        return tuple(str(item) for item in cast("list[object]", value))
    return value if isinstance(value, bool | int | float | str) else None
