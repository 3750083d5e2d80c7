"""Copies of the unsaved changes of each window, so that a crash or a power cut costs only seconds of work."""

from __future__ import annotations

import os
from pathlib import Path
from time import monotonic, time

from PySide6.QtCore import QCoreApplication, QObject, QTimer, Signal

from layerledger.core.app.recovery.debounce import LONGEST_S, QUIET_S, WriteDelay
from layerledger.core.app.recovery.record import RecoveryRecord
from layerledger.core.app.recovery.store import Found, Leftovers
from layerledger.core.app.recovery.writer import Copy, Writer
from layerledger.core.network.nodes import Network
from layerledger.gui.document.document import Document
from layerledger.gui.document.state_folder import state_folder

_LAST_S = 5.0  # a hanging disk must not keep the process alive for ever
_RETRY_S = 10.0


def recovery_folder() -> Path:
    """Return the folder of the copies of all runs."""
    return state_folder() / "recovery"


class Keeper(QObject):
    """Keeps the copy of one document while it has unsaved changes."""

    def __init__(self, document: Document, number: int, writer: Writer, pace: WriteDelay) -> None:
        super().__init__()
        self.number = number
        self._document, self._writer, self._pace = document, writer, pace
        self._kept: Network | None = None  # the last network given to the writer
        self._any = False  # whether there may be a copy, old or new
        self._replaces: Found | None = None
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self.write)
        document.networkChanged.connect(self._look)
        document.stateChanged.connect(self._look)
        self._look()

    def _look(self) -> None:
        if not self._document.modified:
            self.drop()
        elif self._document.network is not self._kept:
            now = monotonic()
            self._timer.start(max(0, round(1000 * (self._pace.edited(now) - now))))

    def drop(self) -> None:
        """Delete the copy: there are no unsaved changes any more."""
        self._rest()
        if self._any:
            self._kept, self._any = None, False
            self._writer.put(self.number, None)

    def write(self) -> None:
        """Write a copy of the present network."""
        self._rest()
        self.hand_over()

    def _rest(self) -> None:
        self._timer.stop()
        self._pace.begun()

    def hand_over(self) -> None:
        """Give the writer the present network if it does not have it yet. Uses no timer, so any thread may call it."""
        document, network = self._document, self._document.network
        if not document.modified or network is self._kept:
            return
        self._kept, self._any = network, True
        file = str(document.file) if document.file else None
        record = RecoveryRecord(document.title, file, document.origin.stamp, time(), os.getpid())
        self._writer.put(self.number, Copy(record, network, self._replaces.file if self._replaces else None))

    def take_over(self, found: Found) -> None:
        """Write a copy at once that replaces one of an earlier run."""
        self._replaces = found
        self.write()

    def written(self) -> Found | None:
        """Note that the copy is written. Return the earlier copy that it replaces, the first time."""
        found, self._replaces = self._replaces, None
        return found

    def failed(self) -> None:
        """Note that the copy could not be written, and try again later."""
        if self._document.modified:
            self._kept = None
            self._timer.start(round(1000 * _RETRY_S))

    def say(self, sentence: str) -> None:
        """Show why there is no copy, in the status bar."""
        self._document.reject(sentence)


class Recovery(QObject):
    """The copies of all windows, and those left by earlier runs."""

    _reported = Signal(int, str)  # in the writer's thread

    def __init__(self, folder: Path, *, quiet_s: float = QUIET_S, longest_s: float = LONGEST_S) -> None:
        super().__init__()
        self._quiet_s, self._longest_s = quiet_s, longest_s
        self._keepers: dict[Document, Keeper] = {}
        self._numbers = 0
        self._said = ""
        self._writer = Writer(folder, self._reported.emit)
        self._reported.connect(self._written)
        self.leftovers = Leftovers(folder)

    def watch(self, document: Document) -> None:
        """Keep a copy of a document's unsaved changes from now on."""
        self._numbers += 1
        pace = WriteDelay(self._quiet_s, self._longest_s)
        self._keepers[document] = Keeper(document, self._numbers, self._writer, pace)

    def forget(self, document: Document) -> None:
        """Delete the copy of a closed document: it was saved, or its changes were discarded."""
        if keeper := self._keepers.pop(document, None):
            keeper.drop()
            keeper.deleteLater()

    def save_now(self) -> None:
        """Write all unsaved changes without waiting for a pause. Any thread may call it."""
        for keeper in list(self._keepers.values()):
            keeper.hand_over()

    def save_and_wait(self) -> None:
        """Write all unsaved changes and wait until they are written, before the process may end."""
        self.save_now()
        self._writer.flush(timeout_s=_LAST_S)

    def take_over(self, document: Document, found: Found) -> None:
        """Replace the copy that a document was restored from by a copy of the document."""
        self.leftovers.take(found)
        self._keepers[document].take_over(found)

    def discard(self, found: Found) -> None:
        """Delete a copy of an earlier run."""
        found.remove()
        self.leftovers.settle(found)

    def close(self) -> None:
        """End the run. Copies of unsaved changes stay, and the next start offers them."""
        self.save_now()
        self._keepers.clear()
        self._writer.close(timeout_s=_LAST_S)
        self.leftovers.close()

    def _written(self, number: int, sentence: str) -> None:
        keeper = next((k for k in self._keepers.values() if k.number == number), None)
        if sentence and keeper:
            keeper.failed()
            self._say(keeper, sentence)
        elif keeper and (found := keeper.written()):
            self.leftovers.settle(found)
        self._said = sentence

    def _say(self, keeper: Keeper, sentence: str) -> None:
        if sentence != self._said:  # once, not at each attempt
            words = QCoreApplication.translate("Recovery", "There is no copy of unsaved changes for a crash: %1")
            keeper.say(words.replace("%1", sentence))
