"""Files that the desktop hands to the running application: macOS sends them as events, not on the command line."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject
from PySide6.QtGui import QFileOpenEvent
from PySide6.QtWidgets import QApplication


class FileEvents(QObject):
    """Event filter that calls `open_file` with the name of each file sent by the desktop."""

    def __init__(self, app: QApplication, open_file: Callable[[str], object]) -> None:
        super().__init__(app)
        self._open_file = open_file
        app.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if not isinstance(event, QFileOpenEvent) or not event.file():
            return False
        self._open_file(event.file())
        return True
