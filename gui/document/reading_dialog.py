"""Dialog that is shown while a file is read, if that takes long enough to be noticed."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QLabel, QProgressBar, QVBoxLayout, QWidget

from layerledger.core.base.frozen_map import EMPTY
from layerledger.gui.document.reading import Opened, ReadThread
from layerledger.gui.theme.translation import translated

AT_ONCE_S = 0.2
"""Time that a reading may take without a dialog."""

_POLL_MS = 30
_WIDTH = 56


def read_beside(file: Path, window: QWidget, sizes: Mapping[str, int] = EMPTY) -> Opened | None:
    """Read a file in a thread; return None if the user cancels.

    Args:
        file: the file.
        window: the parent of the dialog, which appears if the reading takes long.
        sizes: the open sizes of a foreign file by name.

    Raises:
        FormatError: the file cannot be read.
    """
    thread = ReadThread(file, dict(sizes))
    thread.join(AT_ONCE_S)
    if thread.is_alive():
        dialog = ReadingDialog(thread, window)
        dialog.exec()
        dialog.deleteLater()
    return thread.result()


class ReadingDialog(QDialog):
    """Shows what a reader does, and a button to cancel; closes when the reading ends."""

    def __init__(self, thread: ReadThread, parent: QWidget) -> None:
        super().__init__(parent)
        self._thread = thread
        self.setWindowTitle(self.tr("Open"))
        self.setWindowModality(Qt.WindowModality.WindowModal)
        self.text = QLabel(self.tr("Reading {file} …").format(file=thread.file.name), self)
        self.text.setTextFormat(Qt.TextFormat.PlainText)
        self.bar = QProgressBar(self)
        self.bar.setRange(0, 0)
        self.bar.setTextVisible(False)
        self.bar.setAccessibleName(self.tr("Progress"))
        self.step = QLabel(self)
        self.step.setProperty("muted", "true")
        self._lay_out()
        self._poll = QTimer(self, interval=_POLL_MS)
        self._poll.timeout.connect(self._follow)
        self._poll.start()
        self._follow()

    def _lay_out(self) -> None:
        self.buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel, self)
        self.buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(18, 16, 18, 14)
        layout.setSpacing(10)
        for widget in (self.text, self.bar, self.step, self.buttons):
            layout.addWidget(widget)
        self.setMinimumWidth(self.fontMetrics().averageCharWidth() * _WIDTH)

    def _follow(self) -> None:
        self.step.setText(translated(self._thread.step) if self._thread.step else "")
        if not self._thread.is_alive():
            self._poll.stop()
            self.accept()

    def reject(self) -> None:
        self._thread.cancelled = True
        super().reject()
