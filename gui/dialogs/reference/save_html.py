"""Writing of the whole reference to an HTML file."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QCoreApplication, QStandardPaths
from PySide6.QtWidgets import QFileDialog, QMessageBox, QWidget

from layerledger.core.formats import FormatError, save_bytes
from layerledger.core.library.reference import book
from layerledger.gui.document import settings_store as store
from layerledger.gui.document.settings import EXPORT_FOLDER


def save_as_html(parent: QWidget) -> Path | None:
    """Ask for a file, write the reference to it and return it; None if nothing is written."""
    name, _ = QFileDialog.getSaveFileName(parent, _tr("Save the reference"), str(_proposal()), _tr("HTML (*.html)"))
    if not name:
        return None
    file = Path(name) if Path(name).suffix else Path(name).with_suffix(".html")
    try:
        save_bytes(book().encode(), file)
    except FormatError as error:
        QMessageBox.warning(parent, _tr("The reference is not written"), str(error))
        return None
    store.write(EXPORT_FOLDER, str(file.parent))
    return file


def _proposal() -> Path:
    documents = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.DocumentsLocation)
    return Path(store.read(EXPORT_FOLDER) or documents, "how-layers-are-counted.html")


def _tr(text: str) -> str:
    return QCoreApplication.translate("ReferenceWindow", text)
