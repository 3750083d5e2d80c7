"""What waits until typing rests: it goes through the whole of a large network, or changes rarely or out of sight."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, QTimer

from layerledger.core.analysis import Result

AT_ONCE = 300
"""Layers up to which what goes through the whole network follows each keystroke."""

_REST_MS = 120


class Debounce(QTimer):
    """Does something once typing rests: each `start` puts it off."""

    def __init__(self, act: Callable[[], object], parent: QObject) -> None:
        super().__init__(parent, singleShot=True, interval=_REST_MS)
        self.timeout.connect(act)


def is_large(result: Result) -> bool:
    """Return whether what goes through the whole network waits."""
    return result.root.layers > AT_ONCE
