"""Folder of the state of the program: recovery copies and crash reports."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QStandardPaths


def state_folder() -> Path:
    """Return the folder of recovery copies and crash reports."""
    return Path(QStandardPaths.writableLocation(QStandardPaths.StandardLocation.StateLocation))
