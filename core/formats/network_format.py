"""The declaration of a format of network files that can be opened. Only the native format is saved."""

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
        suffixes: file name endings with their dot, for the filter of the open dialog.
        recognizes: whether a file that begins with these bytes has the format.
        read: reads a file. It raises FormatError with the place and what to change, without the file's name.
    """

    id: str
    title: str
    suffixes: tuple[str, ...]
    recognizes: Callable[[bytes], bool]
    read: Callable[[Path], Network]
