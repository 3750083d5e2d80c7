"""Edits through the clipboard and by drag and drop. Layers travel as the text of a document."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QCoreApplication, QMimeData
from PySide6.QtGui import QGuiApplication

from layerledger.core import edits
from layerledger.core.formats import FormatError, clipboard
from layerledger.core.network.nodes import Node
from layerledger.core.network.paths import NodePath, node_at
from layerledger.gui.document import commands
from layerledger.gui.document.document import Document
from layerledger.gui.document.insertion import insertion_point

MIME = "application/x-layerledger"
"""MIME type of dragged layers, beside plain text."""


def _tr(text: str) -> str:
    return QCoreApplication.translate("Commands", text)


def copy(document: Document) -> None:
    """Put the selection on the clipboard, as the text of a document."""
    if paths := commands.chosen(document):
        QGuiApplication.clipboard().setText(clipboard.copy(document.network, paths))


def mime_of(document: Document, paths: Sequence[NodePath]) -> QMimeData:
    """Return nodes of the document as the data of a drag."""
    return mime_of_nodes(document, [node_at(document.network, path) for path in edits.without_descendants(paths)])


def mime_of_nodes(document: Document, nodes: Sequence[Node]) -> QMimeData:
    """Return any nodes as the data of a drag."""
    text = clipboard.write(document.network, nodes)
    data = QMimeData()
    data.setText(text)
    data.setData(MIME, text.encode())
    return data


def cut(document: Document) -> None:
    """Move the selection to the clipboard."""
    copy(document)
    commands.delete(document, text=_tr("Cut %1"))


def paste(document: Document) -> None:
    """Insert the clipboard's layers after the selection."""
    insert_text(document, QGuiApplication.clipboard().text(), insertion_point(document), step=_tr("Paste %1"))


def insert_text(document: Document, text: str, at: NodePath, *, step: str = "") -> None:
    """Insert the layers in the text of a document before `at`."""
    try:
        nodes = clipboard.paste(text)
    except FormatError as error:
        document.reject(_tr("The clipboard does not contain layers: %1").replace("%1", str(error)))
        return
    commands.insert(document, nodes, at, step=step)
