"""Reading of a file beside the window: the network and its analysis, with progress, until it is cancelled."""

from __future__ import annotations

import sys
from pathlib import Path
from threading import Thread
from typing import NamedTuple

from layerledger.core.analysis import Result, analyze
from layerledger.core.base.files import Stamp, stamp
from layerledger.core.formats import open_network
from layerledger.core.formats.importing.collection import without_collection
from layerledger.core.formats.importing.options import DEFAULT_OPTIONS, ImportOptions
from layerledger.core.formats.registry import is_native
from layerledger.core.network.nodes import Network

_SWITCH_S = 0.0005
"""Time after which Python lets the window's thread run while a file is read."""


class Opened(NamedTuple):
    """A file that was read.

    Attributes:
        file: the file.
        stamp: its stamp before it was read.
        native: whether it has the format in which networks are saved.
        network: its network.
        result: the analysis of the network.
    """

    file: Path
    stamp: Stamp | None
    native: bool
    network: Network
    result: Result


def read(file: Path, options: ImportOptions = DEFAULT_OPTIONS) -> Opened:
    """Read and analyse a file.

    Raises:
        FormatError: the file cannot be read.
    """
    before, network = stamp(file), open_network(file, options)
    return Opened(file.absolute(), before, is_native(file), network, analyze(network))


class CancelledError(Exception):
    """The user has cancelled the reading."""


class ReadThread(Thread):
    """Reads one file.

    Attributes:
        file: the file.
        step: what is being done, as the reader says it.
        cancelled: set to end the reading at the reader's next report.
    """

    def __init__(self, file: Path, sizes: dict[str, int]) -> None:
        super().__init__(daemon=True)  # the program does not wait for it when it ends
        self.file, self._sizes = file, sizes
        self.step, self.cancelled = "", False
        self._opened: Opened | None = None
        self._error: Exception | None = None
        sys.setswitchinterval(_SWITCH_S)
        self.start()

    def run(self) -> None:
        try:
            with without_collection():  # one of many new objects stops all threads for up to a second
                self._opened = read(self.file, ImportOptions(sizes=self._sizes, progress=self._report))
        except CancelledError:
            return
        except Exception as error:  # raised again in the window's thread
            self._error = error

    def _report(self, step: str) -> None:
        if self.cancelled:
            raise CancelledError
        self.step = step

    def result(self) -> Opened | None:
        """Return what was read; None after a cancel. A cancelled reading is not waited for.

        Raises:
            FormatError: the file cannot be read.
        """
        if self.cancelled:
            return None
        self.join()
        if self._error is not None:
            raise self._error
        return self._opened
