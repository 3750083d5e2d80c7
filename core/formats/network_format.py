"""The declaration of a format of network files."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from layerledger.core.base.record import Record
from layerledger.core.network.nodes import Network


class NetworkFormat(Record):
    """A format of network files, which the registry finds by the content of a file.

    Attributes:
        id: name in code and tests.
        title: name on the screen, such as `LayerLedger network`.
        suffixes: file name endings with their dot; the first is that of new files.
        recognizes: whether a file that begins with these bytes has the format.
        read: reads a file. It raises FormatError with the place and what to change, without the file's name.
        write: returns the content of a file; None for a format that is only read. It raises FormatError.
    """

    id: str
    title: str
    suffixes: tuple[str, ...]
    recognizes: Callable[[bytes], bool]
    read: Callable[[Path], Network]
    write: Callable[[Network], bytes] | None = None
