"""A file opened for reading in steps: a regular file only, with one sentence for each failure."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from layerledger.core.base.files import FormatError, read_start, reason
from layerledger.core.base.messages import Message

if TYPE_CHECKING:
    from io import FileIO


class Source:
    """An open file that is read at places.

    Attributes:
        size: of the file in bytes.
    """

    def __init__(self, file: FileIO) -> None:
        self._file = file
        self.size = file.seek(0, 2)

    def read(self, at: int, count: int) -> bytes:
        """Return exactly `count` bytes from byte `at` on.

        Raises:
            FormatError: they reach past the end of the file, or it cannot be read.
        """
        if count < 0 or at < 0 or at + count > self.size:
            raise FormatError(
                Message("byte {at}: {count} bytes reach past the end of the file", at=brief(at), count=brief(count))
            )
        self._file.seek(at)
        content = self._file.read(count)
        if len(content) < count:  # another program has cut the file since it was opened
            raise FormatError(Message("byte {at}: the file ends early", at=at))
        return content


@contextmanager
def opened(path: Path) -> Generator[Source]:
    """Open a regular file.

    Raises:
        FormatError: it is a folder, a device or a pipe, or it cannot be opened or read.
    """
    read_start(path, 0)  # says why a file cannot be opened, and waits for no pipe
    try:
        with path.open("rb", buffering=0) as file:
            yield Source(file)
    except OSError as error:
        raise FormatError(Message("it cannot be read: {error}", error=reason(error))) from None


def brief(number: int) -> str:
    """Return a number for a sentence; one of many digits, which a damaged file may state, as its size."""
    return str(number) if -(10**20) < number < 10**20 else f"about 2^{number.bit_length()}"


def text_of(content: bytes) -> str:
    """Return the text in UTF-8; bytes that are no UTF-8 become escapes, so that different names stay different."""
    return content.decode("utf-8", "backslashreplace")
