"""The choices of a user for the reading of a foreign file."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from layerledger.core.base.frozen_map import EMPTY
from layerledger.core.base.messages import Message

BATCH = "batch"
"""The name of an open batch size."""
TOKENS = "tokens"
"""The name of an open number of tokens."""

DEFAULT_BATCH = 1
DEFAULT_IMAGE = 224
DEFAULT_TOKENS = 128

_REPORTED_EACH = 256
"""Operators between two reports: some milliseconds, so that a reading ends soon after it is cancelled."""


def _nothing(_step: str) -> None:
    """Report nothing."""


@dataclass(frozen=True, kw_only=True)
class ImportOptions:
    """The choices for one reading of a file.

    Attributes:
        sizes: the open sizes of the file by name, as the user set them; the others have their defaults.
        progress: called with what is being done, from time to time; it may raise to cancel the reading.
    """

    sizes: Mapping[str, int] = EMPTY
    progress: Callable[[str], None] = _nothing

    def report_operators(self, count: int) -> None:
        """Report from time to time how many operators are read."""
        if count % _REPORTED_EACH == 0:
            self.progress(Message("{count:,} operators read", count=count))

    def report_layers(self, count: int) -> None:
        """Report from time to time how many layers the network has so far."""
        if count % _REPORTED_EACH == 0:
            self.progress(Message("{count:,} layers built", count=count))


DEFAULT_OPTIONS = ImportOptions()
