"""Reader of zip archives: files are read whole into memory, within bounds, and never unpacked to the disk.

The format is PKWARE's APPNOTE.TXT, as Python's zipfile reads it. The directory is bounded before it is read, and a file
before it is unpacked: by the size that the directory states, which is also the most that is unpacked.
"""

from __future__ import annotations

import re
import struct
import zipfile
import zlib
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO, cast

from layerledger.core.base.files import FormatError
from layerledger.core.base.messages import Message
from layerledger.core.base.values import show
from layerledger.core.formats.binary.json_text import MAX_JSON_BYTES, parse_json
from layerledger.core.formats.binary.source import Source, opened

SIGNATURE = b"PK\3\4"

MAX_DIRECTORY_BYTES = 1 << 22
"""Most bytes of the directory: some 40,000 files with names of 50 characters."""

MAX_RATIO = 250
"""Most times its packed size to which a file of more than 16 MiB may unpack; deflate reaches 1,032."""

_SMALL = 1 << 24
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_ENCRYPTED = 1
_OUTSIDE = re.compile(r"^[/\\]|^[A-Za-z]:|(^|[/\\])\.\.([/\\]|$)")

# All that zipfile raises on damaged archives; each was met in fuzzing.
_DAMAGE = (
    zipfile.BadZipFile,
    NotImplementedError,
    RuntimeError,
    EOFError,
    ValueError,
    LookupError,
    OverflowError,
    struct.error,
    zlib.error,
)


class Archive:
    """An open archive.

    Attributes:
        names: of its files, in the order of the directory, without those that would lie outside of its folder.
        ignored: names that would lie outside, which no reader sees.
    """

    def __init__(self, source: Source) -> None:
        file = _BoundedFile(source, MAX_DIRECTORY_BYTES)
        try:
            self._zip = zipfile.ZipFile(cast("IO[bytes]", file))
        except FormatError:
            raise
        except _DAMAGE:
            raise FormatError("this is no zip archive, or a damaged or incomplete one") from None
        file.most = MAX_JSON_BYTES
        files: dict[str, zipfile.ZipInfo] = {}
        ignored: list[str] = []
        for info in self._zip.infolist():
            if _OUTSIDE.search(info.filename):
                ignored.append(info.filename)
            elif info.filename in files:
                raise FormatError(Message("the archive has two files named {name}", name=show(info.filename)))
            else:
                files[info.filename] = info
        self._files: Mapping[str, zipfile.ZipInfo] = files
        self.names, self.ignored = tuple(files), tuple(ignored)

    def size(self, name: str) -> int:
        """Return the size in bytes of a file, unpacked, as the directory states it."""
        return self._files[name].file_size

    def read(self, name: str, *, most: int) -> bytes:
        """Return the content of a file of at most `most` bytes.

        Raises:
            FormatError: it is missing, larger, encrypted, damaged, or packed in a way that is not read.
        """
        self._check(name, most)
        info = self._files[name]
        try:
            with self._zip.open(info) as file:
                # One byte more than stated tells a size that is not true; zipfile compares the checksum at the end.
                content = file.read(info.file_size + 1)
        except FormatError:
            raise
        except _DAMAGE:
            content = None
        if content is None or len(content) != info.file_size:
            raise FormatError(Message("{name} in the archive is damaged", name=show(name)))
        return content

    def read_json(self, name: str) -> object:
        """Return the value of a JSON file.

        Raises:
            FormatError: it cannot be read, or it is not JSON or too large.
        """
        return parse_json(self.read(name, most=MAX_JSON_BYTES))

    def _check(self, name: str, most: int) -> None:
        info = self._files.get(name)
        if info is None:
            raise FormatError(Message("{name} is missing in the archive", name=show(name)))
        if info.flag_bits & _ENCRYPTED:
            raise FormatError(Message("{name} in the archive is encrypted", name=show(name)))
        if info.compress_type not in _METHODS:
            raise FormatError(
                Message(
                    "{name} in the archive is packed by method {method}; 0 and 8 (deflate) are read",
                    name=show(name),
                    method=info.compress_type,
                )
            )
        if info.file_size > most:
            raise FormatError(
                Message(
                    "{name} in the archive has {size:,} bytes; at most {most:,} are read",
                    name=show(name),
                    size=info.file_size,
                    most=most,
                )
            )
        if info.file_size > max(_SMALL, MAX_RATIO * info.compress_size):
            raise FormatError(
                Message(
                    "{name} in the archive unpacks to more than {ratio} times its size",
                    name=show(name),
                    ratio=MAX_RATIO,
                )
            )


@contextmanager
def opened_archive(path: Path) -> Generator[Archive]:
    """Open a zip archive.

    Raises:
        FormatError: it cannot be opened, is no zip archive, or names a file twice.
    """
    with opened(path) as source:
        yield Archive(source)


class _BoundedFile:
    """The file as zipfile reads it; a read of more than `most` bytes is refused before it is made."""

    def __init__(self, source: Source, most: int) -> None:
        self._source, self._at, self.most = source, 0, most

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = 0) -> int:
        self._at = (0, self._at, self._source.size)[whence] + offset
        if self._at < 0:
            raise ValueError
        return self._at

    def read(self, count: int = -1) -> bytes:
        rest = max(self._source.size - self._at, 0)
        count = rest if count < 0 else min(count, rest)
        if count > self.most:
            raise FormatError(Message("its directory has more than {most} MiB", most=self.most // 2**20))
        content = self._source.read(self._at, count)
        self._at += count
        return content

    def close(self) -> None:
        """Do nothing: the source is closed by who opened it."""
