"""Choice of the columns, cards or options that are shown, and its menu."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import NamedTuple

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


class VisibilityChoice:
    """The items that the user turned on or off, over a default."""

    def __init__(
        self,
        read: Callable[[], Mapping[str, bool]],
        write: Callable[[Mapping[str, bool]], None],
        default: Callable[[str], bool],
    ) -> None:
        """
        Args:
            read: returns the items that the user turned on or off, by key.
            write: stores them, and announces the change.
            default: returns whether an item is shown that the user neither turned on nor off.
        """
        self._read, self._write, self._default = read, write, default

    def __contains__(self, key: str) -> bool:
        chosen = self._read().get(key)
        return self._default(key) if chosen is None else chosen

    def show(self, key: str, *, on: bool) -> None:
        """Show or hide an item."""
        if (key in self) != on:
            self._write({**self._read(), key: on})

    def reset(self) -> None:
        """Return to the default for all items."""
        self._write({})

    def fill(self, menu: QMenu, entries: Iterable[VisibilityEntry]) -> None:
        """Fill a menu with checkable entries for the items, and one that returns to the default."""
        menu.clear()
        for entry in entries:
            text = " – ".join(filter(None, (entry.title, entry.note)))
            action = menu.addAction(text.replace("&", "&&"))  # a single & would mark a shortcut
            action.setCheckable(True)
            action.setChecked(entry.key in self)
            action.setEnabled(entry.enabled)
            action.toggled.connect(partial(self._set_shown, entry.key))
        menu.addSeparator()
        reset = menu.addAction(QCoreApplication.translate("Shown", "&Default"), self.reset)
        reset.setEnabled(bool(self._read()))

    def _set_shown(self, key: str, on: bool) -> None:
        self.show(key, on=on)
