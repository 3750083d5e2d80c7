"""A long computation in slices, between which the window stays responsive."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from time import perf_counter
from typing import Generic, TypeVar

from PySide6.QtCore import QObject, QTimer

_SLICE_S = 0.012
"""Less than a frame at 60 Hz; a single step may take longer."""

_T = TypeVar("_T")


class Slices(QTimer, Generic[_T]):
    """Runs a generator a few steps at a time, and hands on what it yields except None."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent, interval=0)
        self._steps: Iterator[_T | None] = iter(())
        self._take: Callable[[_T], object] = lambda found: None
        self._end: Callable[[], object] = lambda: None
        self.timeout.connect(self._run)

    def begin(
        self, steps: Iterator[_T | None], take: Callable[[_T], object], end: Callable[[], object] = lambda: None
    ) -> None:
        """Run `steps` in place of those that run: `take` gets each value, and `end` is called after the last."""
        self._steps, self._take, self._end = steps, take, end
        self.start()

    def finish(self) -> None:
        """Run what is left at once."""
        while self.isActive():
            self._run()

    def _run(self) -> None:
        until = perf_counter() + _SLICE_S
        while perf_counter() < until:
            try:
                found = next(self._steps)
            except StopIteration:
                self.stop()
                self._end()
                return
            if found is not None:
                self._take(found)
