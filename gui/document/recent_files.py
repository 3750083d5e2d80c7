"""The files that were opened or saved last."""

from __future__ import annotations

import os
from pathlib import Path
from typing import cast

from PySide6.QtCore import QSettings

MOST = 10
"""Files that are remembered."""

_KEY = "files/recent"


def files() -> list[Path]:
    """Return the files that are still there, the last used first."""
    return [Path(name) for name in _names() if os.path.isfile(name)]


def add(file: Path) -> None:
    """Put a file first; those that are gone are forgotten."""
    name = str(file.absolute())
    others = [str(known) for known in files() if str(known) != name]
    _store([name, *others[: MOST - 1]])


def _names() -> list[str]:
    value = QSettings().value(_KEY, [])
    if isinstance(value, str):  # what a list of one comes back as
        return [value]
    return [name for name in cast("list[object]", value) if isinstance(name, str)] if isinstance(value, list) else []


def _store(names: list[str]) -> None:
    QSettings().setValue(_KEY, names)
