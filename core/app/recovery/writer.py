"""Thread that writes records one after the other; networks are immutable, so none changes while it is written."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from threading import Condition, Thread
from time import monotonic

from layerledger.core.app.recovery.record import RecoveryRecord
from layerledger.core.app.recovery.store import Session
from layerledger.core.base.messages import message_of
from layerledger.core.formats import FormatError
from layerledger.core.network.nodes import Network


@dataclass(frozen=True, slots=True)
class Copy:
    """A record to be written.

    Attributes:
        replaces: a record of an earlier run, deleted once this one is on the disk.
    """

    record: RecoveryRecord
    network: Network
    replaces: Path | None = None


class Writer:
    """The thread that writes; only the newest copy of each document waits. The first copy starts it."""

    def __init__(self, folder: Path, report: Callable[[int, str], None]) -> None:
        """Prepare the thread without a start.

        Args:
            folder: of the records of all runs.
            report: called in the thread with a document's number and the reason why it has no copy, or an empty text
                once it has one.
        """
        self._folder, self._report = folder, report
        self._session: Session | None = None
        self._thread: Thread | None = None
        self._changed = Condition()
        self._waiting: dict[int, Copy | None] = {}
        self._busy = self._closing = False

    def put(self, number: int, copy: Copy | None) -> None:
        """Request that a document's record is written or, without a copy, deleted. Any thread may call it."""
        with self._changed:
            if self._closing or (copy is None and self._thread is None):
                return
            self._waiting[number] = copy
            if self._thread is None:
                self._thread = Thread(target=self._run, name="recovery", daemon=True)
                self._thread.start()
            self._changed.notify_all()

    def flush(self, *, timeout_s: float) -> bool:
        """Wait until all copies are written; return whether that took less than the time."""
        with self._changed:
            return self._changed.wait_for(lambda: not self._waiting and not self._busy, timeout_s)

    def close(self, *, timeout_s: float) -> None:
        """Write the waiting copies, then end the thread. The next run offers the records that are left."""
        end = monotonic() + timeout_s
        with self._changed:
            self._closing = True
            self._changed.notify_all()
        if self._thread is not None:
            self._thread.join(end - monotonic())
            if not self._thread.is_alive() and self._session is not None:
                self._session.close()
                self._session = None

    def _run(self) -> None:
        while (work := self._next()) is not None:
            sentence = self._do(*work)
            if sentence is not None:
                self._report(work[0], sentence)
            with self._changed:
                self._busy = False
                self._changed.notify_all()

    def _next(self) -> tuple[int, Copy | None] | None:
        """Wait for the next request and return it; None at the end."""
        with self._changed:
            self._changed.wait_for(lambda: self._waiting or self._closing)
            if not self._waiting:
                return None
            number = next(iter(self._waiting))
            self._busy = True
            return number, self._waiting.pop(number)

    def _do(self, number: int, copy: Copy | None) -> str | None:
        """Write or delete a record; return the reason of a failure, "" for a written copy, None for a deleted one."""
        try:
            self._session = self._session or Session(self._folder)
            if copy is None:
                self._session.remove(number)
                return None
            self._session.write(number, copy.record, copy.network)
            if copy.replaces is not None:
                copy.replaces.unlink(missing_ok=True)
        except FormatError as error:
            return message_of(error)
        except Exception as error:  # such as MemoryError: the thread must survive to write the next copy
            return f"{type(error).__name__}: {error}"
        return ""
