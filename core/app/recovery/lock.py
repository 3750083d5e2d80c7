"""File lock that a process holds until it ends, however it ends: process ids are reused, so they prove nothing."""

from __future__ import annotations

import errno
import os
import sys
from contextlib import suppress
from pathlib import Path

if sys.platform == "win32":
    import msvcrt

    def _take(handle: int) -> None:
        msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
else:
    import fcntl

    def _take(handle: int) -> None:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)


_HELD = (errno.EWOULDBLOCK, errno.EAGAIN, errno.EACCES, errno.EDEADLK)
_NEW = os.O_RDWR | os.O_CREAT | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_NOINHERIT", 0)


class Lock:
    """A file that this process has locked.

    On a file system without locks every process gets one: better to offer a copy twice than never.
    """

    def __init__(self, file: Path, *, new: bool = False) -> None:
        """Lock a file, which must not exist yet if it is `new`.

        Raises:
            OSError: another process holds it (BlockingIOError), or it cannot be made.
        """
        self.file = file
        self._handle = os.open(file, _NEW | (os.O_EXCL if new else 0), 0o600)
        try:
            _take(self._handle)
            self._check_place()
        except OSError as error:
            if error.errno in _HELD or isinstance(error, FileNotFoundError):
                os.close(self._handle)
                raise BlockingIOError(errno.EAGAIN, "the lock is held by another") from None

    def _check_place(self) -> None:
        """Raise FileNotFoundError where the file was deleted between being opened and being locked."""
        there = self.file.stat()
        if not os.path.samestat(there, os.fstat(self._handle)):
            raise FileNotFoundError(errno.ENOENT, "")

    def release(self, *, delete: bool) -> None:
        """Release the lock.

        Args:
            delete: whether to delete the file too.
        """
        os.close(self._handle)
        if delete:
            with suppress(OSError):  # another may have it by now, or have deleted it
                self.file.unlink()
