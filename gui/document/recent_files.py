"""Recent files: those opened or saved last, newest first."""

from __future__ import annotations

import os
from pathlib import Path

from layerledger.gui.document import settings_store as store
from layerledger.gui.document.settings import RECENT_FILES

MOST = 10
"""Number of files to remember."""


def files() -> list[Path]:
    """Return the recent files that still exist, newest first."""
    return [Path(name) for name in store.read(RECENT_FILES) if os.path.isfile(name)]


def add(file: Path) -> None:
    """Put a file first, and drop files that no longer exist."""
    name = str(file.absolute())
    others = [str(known) for known in files() if str(known) != name]
    store.write(RECENT_FILES, (name, *others[: MOST - 1]))
