"""The beginning of a file, by which its format is recognized, whatever its name."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Any, cast

from layerledger.core.base.files import FormatError, read_bytes, read_start

START_BYTES = 4096
"""Bytes of a file by which its format is recognized."""

_BLANKS = b"\xef\xbb\xbf \t\r\n"
_ZIP = b"PK\x03\x04"


class FileStart:
    """The beginning of a file, and on demand the names in an archive or the keys of a JSON object.

    Attributes:
        path: the file.
        start: its first bytes.
    """

    def __init__(self, path: Path) -> None:
        """Read the first bytes.

        Raises:
            FormatError: the file cannot be read.
        """
        self.path, self.start = path, read_start(path, START_BYTES)

    @property
    def text(self) -> bytes:
        """The first bytes after a byte order mark and blanks."""
        return self.start.lstrip(_BLANKS)

    @property
    def is_zip(self) -> bool:
        return self.start.startswith(_ZIP)

    @cached_property
    def entries(self) -> tuple[str, ...]:
        """The names in a zip archive; none where the file is no archive, or a damaged one."""
        if not self.is_zip:
            return ()
        from layerledger.core.formats.binary.archive import opened_archive  # only archives need it

        try:
            with opened_archive(self.path) as archive:
                return archive.names
        except FormatError:
            return ()

    @cached_property
    def keys(self) -> Mapping[str, Any]:
        """The object in a JSON file by its keys; none where the file has no such object."""
        if not self.text.startswith(b"{"):
            return {}
        from layerledger.core.formats.binary.json_text import MAX_JSON_BYTES, parse_json

        try:
            found = parse_json(read_bytes(self.path, MAX_JSON_BYTES).lstrip(_BLANKS))
        except FormatError:
            return {}
        return cast("Mapping[str, Any]", found) if isinstance(found, dict) else {}

    def has_keys(self, *names: str) -> bool:
        """Return whether the file is a JSON object with these keys."""
        return all(name in self.keys for name in names)
