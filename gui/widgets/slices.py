"""A long computation in slices, between which the window stays responsive."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from threading import Thread
from time import perf_counter
from typing import Generic, TypeVar

from PySide6.QtCore import QObject, QTimer

_SLICE_S = 0.012
"""Less than a frame at 60 Hz; a single step may take longer."""

_POLL_MS = 15
_SWITCH_S = 0.0005
"""Time after which Python lets another thread run: each call from Qt waits for it while a step runs beside the window.

It costs nothing while there is no other thread, so it stays.
"""

_T = TypeVar("_T")


class StepThread(Thread, Generic[_T]):
    """One step of a generator in a thread of its own.

    Attributes:
        found: what the generator has yielded.
        error: why it has not; StopIteration at its end.
    """

    def __init__(self, steps: Iterator[_T | None]) -> None:
        super().__init__(daemon=True)  # the program does not wait for it when it ends
        self._steps = steps
        self.found: _T | None = None
        self.error: Exception | None = None
        self.start()

    def run(self) -> None:
        try:
            self.found = next(self._steps)
        except Exception as error:
            self.error = error

    def result(self) -> _T | None:
        """Wait for the end of the step, and return what it has yielded or raise why it has not."""
        self.join()
        if self.error is not None:
            raise self.error
        return self.found


class Slices(QTimer, Generic[_T]):
    """Runs a generator a few steps at a time, and hands on what it yields except None."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent, interval=0)
        self._steps: Iterator[_T | None] = iter(())
        self._take: Callable[[_T], object] = lambda found: None
        self._end: Callable[[], object] = lambda: None
        self._apart = False
        self._step: StepThread[_T] | None = None
        self._left: StepThread[_T] | None = None  # a step of steps that were replaced; it cannot be interrupted
        self.timeout.connect(self._run)

    def begin(
        self,
        steps: Iterator[_T | None],
        take: Callable[[_T], object],
        end: Callable[[], object] = lambda: None,
        *,
        apart: bool = False,
    ) -> None:
        """Run `steps` in place of those that run: `take` gets each value, and `end` is called after the last.

        Args:
            apart: whether each step runs in a thread of its own, for steps that would stop the window noticeably; they
                read values and change nothing that the window shows.
        """
        self._left, self._step = self._step or self._left, None
        self._steps, self._take, self._end, self._apart = steps, take, end, apart
        self.setInterval(_POLL_MS if apart else 0)
        self.start()

    def finish(self) -> None:
        """Run what is left at once."""
        step, self._step, self._apart = self._step, None, False
        if step is not None and self.isActive():
            self._hand_on(step.result)
        while self.isActive():
            self._run()

    def _run(self) -> None:
        if self._apart:
            self._run_apart()
            return
        until = perf_counter() + _SLICE_S
        while self.isActive() and perf_counter() < until:
            self._hand_on(lambda: next(self._steps))

    def _run_apart(self) -> None:
        if self._left is not None and self._left.is_alive():
            return  # one thread at a time
        self._left, step = None, self._step
        if step is not None and not step.is_alive():
            self._step = None
            self._hand_on(step.result)
        if self._step is None and self.isActive() and self._apart:  # not where the value has begun something else
            sys.setswitchinterval(_SWITCH_S)
            self._step = StepThread(self._steps)

    def _hand_on(self, step: Callable[[], _T | None]) -> None:
        try:
            found = step()
        except StopIteration:
            self.stop()
            self._end()
            return
        if found is not None:
            self._take(found)
