"""Where a user's own files are kept: beside the settings of the window, and found without it."""

from __future__ import annotations

import os
import sys
from pathlib import Path

_NAME = "LayerLedger"


def user_folder(kind: str) -> Path:
    """Returns the folder of a user's own files of a kind, such as `conventions`; it may not exist.

    Linux: $XDG_CONFIG_HOME/LayerLedger, by default in ~/.config; macOS: ~/Library/Application Support/LayerLedger;
    Windows: %APPDATA%/LayerLedger.
    """
    return _base() / _NAME / kind


def _base() -> Path:
    if sys.platform == "win32":
        return Path(os.environ.get("APPDATA") or Path.home() / "AppData/Roaming")
    if sys.platform == "darwin":
        return Path.home() / "Library/Application Support"
    return Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config")
