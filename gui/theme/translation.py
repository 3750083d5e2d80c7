"""Marks texts that are declared as data and translated where they are shown; lupdate knows the function by its name."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication


def QT_TRANSLATE_NOOP(context: str, text: str) -> str:
    """Return `text` as it is; `QCoreApplication.translate(context, text)` translates it."""
    return text


def translated(text: str) -> str:
    """Return a text of core in the user's language."""
    return QCoreApplication.translate("core", text)
