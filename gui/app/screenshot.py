"""Picture of a window, painted without a display."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from PySide6.QtWidgets import QApplication

from layerledger.core.formats import FormatError
from layerledger.core.library.templates.templates import open_file_or_template
from layerledger.core.network.nodes import Block
from layerledger.gui.document.document import Document
from layerledger.gui.window.main_window import MainWindow


def take_screenshot(files: Sequence[str], screenshot: str, size: tuple[int, int] | None) -> int:
    """Write a picture of a window with the first file; return the exit status."""
    document = Document()
    try:
        if files:
            file = Path(files[0]).absolute()
            if file.exists():
                document.open(file)
            else:
                document.replace(open_file_or_template(files[0]))
    except FormatError as error:
        print(f"layerledger: {error}", file=sys.stderr)
        return 2
    window = MainWindow(document, lambda: window)
    if size:
        window.resize(*size)
    window.show()
    _settle(window)
    _select_something(document)
    _settle(window)
    if not window.grab().save(screenshot):
        print(f"layerledger: {screenshot} cannot be written; choose a name that ends in .png", file=sys.stderr)
        return 2
    return 0


def _select_something(document: Document) -> None:
    """Select the first layer of the first block, or the first layer, so that the inspector shows a layer."""
    layers = document.network.layers
    block = next((i for i, node in enumerate(layers) if isinstance(node, Block) and node.layers), None)
    if layers:
        document.select([(0,) if block is None else (block, 0)])


def _settle(window: MainWindow) -> None:
    """Let the window finish its work after the first paint."""
    for _ in range(5):
        QApplication.processEvents()
    window.chart.finish()
    window.header.finish()
    QApplication.processEvents()
