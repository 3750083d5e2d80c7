"""The declaration of a format of network files that can be opened. Only the native format is saved."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from layerledger.core.base.record import Record
from layerledger.core.formats.file_start import FileStart
from layerledger.core.formats.importing.options import ImportOptions
from layerledger.core.network.nodes import Network


class NetworkFormat(Record):
    """A format of network files, which the registry finds by the content of a file.

    Attributes:
        id: name in code and tests.
        title: name on the screen, such as `LayerLedger network`.
        suffixes: file name endings with their dot, for the filter of the open dialog.
        recognizes: whether a file that begins like this has the format.
        read: reads a file. It raises FormatError with the place and what to change, without the file's name.
        made_by: how people get such a file.
        exactness: which figures of it are exact.
    """

    id: str
    title: str
    suffixes: tuple[str, ...]
    recognizes: Callable[[FileStart], bool]
    read: Callable[[Path, ImportOptions], Network]
    made_by: str = ""
    exactness: str = ""
