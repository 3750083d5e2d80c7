"""Store of recovery records: a folder per run and a file per document; records that earlier runs left there."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from layerledger.core.app.recovery.lock import Lock
from layerledger.core.app.recovery.record import RecoveryRecord, decode, decode_network, encode
from layerledger.core.base.files import reason
from layerledger.core.base.messages import Message, message_of
from layerledger.core.formats import FormatError, save_bytes
from layerledger.core.network.nodes import Network

SUFFIX = ".recovery"

_LOCK = "lock"
_BROKEN = "broken"
_TRIES = 5


class Session:
    """The folder of this run."""

    def __init__(self, folder: Path) -> None:
        """Begin a run in the folder of all runs, which is made if it is missing.

        Raises:
            FormatError: it cannot be written to.
        """
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self.folder, self._lock = _begin(folder)
        except OSError as error:
            raise FormatError(
                Message("the folder {folder} cannot be written to: {error}", folder=folder, error=reason(error))
            ) from None

    def file(self, number: int) -> Path:
        """Return where the record of a document is."""
        return self.folder / f"{number}{SUFFIX}"

    def write(self, number: int, record: RecoveryRecord, network: Network) -> None:
        """Write a document's record; the old one stays complete until the new one is.

        Raises:
            FormatError: it cannot be written.
        """
        save_bytes(encode(record, network), self.file(number), mode=0o600)

    def remove(self, number: int) -> None:
        """Delete a document's record, if there is one.

        Raises:
            FormatError: it cannot be deleted.
        """
        try:
            self.file(number).unlink(missing_ok=True)
        except OSError as error:
            raise FormatError(
                Message("{file} cannot be deleted: {error}", file=self.file(number), error=reason(error))
            ) from None

    def close(self) -> None:
        """End the run; the next one finds the records that are left."""
        _leave(self.folder, self._lock)


def _begin(folder: Path) -> tuple[Path, Lock]:
    """Make a run's folder and lock it; another process that starts may take a fresh folder for an abandoned one."""
    for _ in range(_TRIES):
        own = folder / os.urandom(6).hex()
        with suppress(FileExistsError, FileNotFoundError, BlockingIOError):
            own.mkdir(mode=0o700)
            return own, Lock(own / _LOCK, new=True)
    raise OSError(errno.EAGAIN, "it cannot be locked")


def _leave(folder: Path, lock: Lock) -> None:
    """Release the lock of a run, and delete its folder if nothing is left in it."""
    empty = not any(folder.glob(f"*{SUFFIX}"))
    if empty:
        for temporary in folder.glob(f".*{SUFFIX}.*"):  # left by an interrupted write
            with suppress(OSError):
                temporary.unlink()
    lock.release(delete=empty)
    with suppress(OSError):
        folder.rmdir()


# -- records of earlier runs


@dataclass(frozen=True, slots=True)
class Found:
    """A record of a run that is over."""

    file: Path
    record: RecoveryRecord

    def read(self) -> Network:
        """Return the record's network.

        Raises:
            FormatError: it cannot be read.
        """
        return decode_network(_content(self.file))

    def remove(self) -> None:
        """Delete the record."""
        with suppress(OSError):
            self.file.unlink()


@dataclass(frozen=True, slots=True)
class Broken:
    """A record that cannot be read: the place where it is kept, and the reason."""

    file: Path
    reason: str


class Leftovers:
    """Records of earlier runs; locked, so that another process does not offer them too.

    Attributes:
        records: complete ones, the newest first.
        broken: those that cannot be read, set aside.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._locks: dict[Path, Lock] = {}
        self.records: list[Found] = []
        self._taken: list[Found] = []
        self.broken: list[Broken] = []
        for run in _runs(folder):
            with suppress(OSError):  # it is still running, or belongs to another user
                self._locks[run] = Lock(run / _LOCK)
                self._look_into(run)
        self.records.sort(key=lambda found: -found.record.written_s)

    def __bool__(self) -> bool:
        return bool(self.records or self.broken)

    def _look_into(self, run: Path) -> None:
        for file in sorted(run.glob(f"*{SUFFIX}")):
            try:
                self.records.append(Found(file, decode(_content(file))))
            except FormatError as error:
                self.set_aside(file, message_of(error))
        self._tidy(run)

    def set_aside(self, file: Path, reason: str) -> None:
        """Move a record that cannot be read to a folder where it is kept but not offered again."""
        kept = self._folder / _BROKEN / f"{file.parent.name}-{file.name}"
        try:
            kept.parent.mkdir(mode=0o700, exist_ok=True)
            os.replace(file, kept)
        except OSError:
            kept = file
        self.records = [found for found in self.records if found.file != file]
        self.broken.append(Broken(kept, reason))

    def take(self, found: Found) -> None:
        """Stop offering a record; it stays locked until it is settled, or left to the next run."""
        self.records = [other for other in self.records if other is not found]
        self._taken.append(found)

    def settle(self, found: Found) -> None:
        """Drop a deleted record; its run's folder is deleted with the last one."""
        self.take(found)
        self._taken = [other for other in self._taken if other is not found]
        self._tidy(found.file.parent)

    def _tidy(self, run: Path) -> None:
        if run in self._locks and not any(found.file.parent == run for found in (*self.records, *self._taken)):
            _leave(run, self._locks.pop(run))

    def close(self) -> None:
        """Leave the remaining records to the next run."""
        for run, lock in self._locks.items():
            _leave(run, lock)
        self._locks.clear()


def _content(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise FormatError(Message("it cannot be opened: {error}", error=reason(error))) from None


def _runs(folder: Path) -> Iterator[Path]:
    try:
        yield from sorted(entry for entry in folder.iterdir() if entry.is_dir() and entry.name != _BROKEN)
    except OSError:
        return
