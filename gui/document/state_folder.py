"""The folder of what is neither a setting nor a document: recovery copies and crash reports."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QStandardPaths


def state_folder() -> Path:
    """Return where this program keeps what is no setting and no document."""
    return Path(QStandardPaths.writableLocation(QStandardPaths.StandardLocation.StateLocation))
