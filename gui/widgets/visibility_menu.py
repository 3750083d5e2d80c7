"""Menu of the columns or cards that can be shown."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from typing import NamedTuple, Protocol

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QMenu


class VisibilityEntry(NamedTuple):
    """A column or card that can be shown.

    Attributes:
        note: shown behind the title, such as a lack of room.
        enabled: whether it has anything to show.
    """

    key: str
    title: str
    note: str = ""
    enabled: bool = True


class Choice(Protocol):
    """A choice of visible items over a default."""

    def __contains__(self, key: str, /) -> bool:
        """Return whether an item is shown."""
        ...

    def is_default(self) -> bool:
        """Return whether nothing was chosen."""
        ...

    def show(self, key: str, *, on: bool) -> None:
        """Show or hide an item."""
        ...

    def reset(self) -> None:
        """Return to the default for all items."""
        ...


def fill_visibility_menu(menu: QMenu, choice: Choice, entries: Iterable[VisibilityEntry]) -> None:
    """Fill a menu with checkable entries for the items, and one that returns to the default."""
    menu.clear()
    for entry in entries:
        text = " – ".join(filter(None, (entry.title, entry.note)))
        action = menu.addAction(text.replace("&", "&&"))  # a single & would mark a shortcut
        action.setCheckable(True)
        action.setChecked(entry.key in choice)
        action.setEnabled(entry.enabled)
        action.toggled.connect(partial(_show, choice, entry.key))
    menu.addSeparator()
    reset = menu.addAction(QCoreApplication.translate("Shown", "&Default"), choice.reset)
    reset.setEnabled(not choice.is_default())


def _show(choice: Choice, key: str, on: bool) -> None:
    choice.show(key, on=on)
