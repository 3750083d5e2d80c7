"""A timer for work that waits until typing pauses."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, QTimer

_PAUSE_MS = 120


class Debounce(QTimer):
    """Call `act` once no `start` has come for a moment: each `start` begins the wait again."""

    def __init__(self, act: Callable[[], object], parent: QObject) -> None:
        super().__init__(parent, singleShot=True, interval=_PAUSE_MS)
        self.timeout.connect(act)
