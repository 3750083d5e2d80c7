"""Orderly end of the program on SIGTERM, on SIGHUP when its terminal closes, and on Ctrl+C.

Left to Python, Ctrl+C would raise its exception in whatever runs, half-way through what Qt called.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from types import FrameType
from typing import Any

from PySide6.QtCore import QObject, QSocketNotifier

_BASE = 128  # exit status of what a signal ended, as shells count
_MOST = 64


class SystemSignals(QObject):
    """Passes signals to the event loop: a Python handler would wait for the next line of Python code.

    Windows sends none; it tells the session's end through Qt.
    """

    def __init__(self, end: Callable[[int], object]) -> None:
        """
        Args:
            end: ends the program with an exit status.
        """
        super().__init__()
        self._end = end
        self._before: dict[int, Callable[[int, FrameType | None], Any] | int | None] = {}
        if sys.platform != "win32":
            self._listen()

    def _listen(self) -> None:
        self._source, self._sink = os.pipe()
        os.set_blocking(self._source, False)
        os.set_blocking(self._sink, False)
        self._notifier = QSocketNotifier(self._source, QSocketNotifier.Type.Read, self)
        self._notifier.activated.connect(self._read)
        for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
            before = signal.getsignal(number)
            if before in (signal.SIG_DFL, signal.default_int_handler):  # nohup ignores SIGHUP, and means it
                signal.signal(number, _wait)
                self._before[number] = before
        signal.set_wakeup_fd(self._sink, warn_on_full_buffer=False)

    def _read(self) -> None:
        for number in os.read(self._source, _MOST):
            if number in self._before:
                self._end(_BASE + number)

    def stop(self) -> None:
        """Restore the default handling of the signals."""
        if not self._before:
            return
        signal.set_wakeup_fd(-1)
        for number, before in self._before.items():
            signal.signal(number, before)
        self._before.clear()
        self._notifier.setEnabled(False)
        os.close(self._source)
        os.close(self._sink)


def _wait(number: int, frame: FrameType | None) -> None:
    """Do nothing: the event loop handles the signal."""
