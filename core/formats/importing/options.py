"""The choices of a user for the reading of a foreign file."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from layerledger.core.base.frozen_map import EMPTY

BATCH = "batch"
"""The name of an open batch size."""
TOKENS = "tokens"
"""The name of an open number of tokens."""

DEFAULT_BATCH = 1
DEFAULT_IMAGE = 224
DEFAULT_TOKENS = 128


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


DEFAULT_OPTIONS = ImportOptions()
