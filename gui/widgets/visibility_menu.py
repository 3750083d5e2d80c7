"""Choice of the columns, cards or options that are shown, and its menu."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import NamedTuple

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QMenu


class VisibilityEntry(NamedTuple):
    """What can be shown.

    Attributes:
        note: what is to be said of it in the list, such as that there is no room for it now.
        enabled: whether there is something to show.
    """

    key: str
    title: str
    note: str = ""
    enabled: bool = True


class VisibilityChoice:
    """A choice of what is shown: what the user turned on or off, over a default."""

    def __init__(
        self,
        read: Callable[[], Mapping[str, bool]],
        write: Callable[[Mapping[str, bool]], None],
        default: Callable[[str], bool],
    ) -> None:
        """
        Args:
            read: returns what the user turned on or off, by key.
            write: keeps that, and announces the change.
            default: whether something is shown that the user neither turned on nor off.
        """
        self._read, self._write, self._default = read, write, default

    def __contains__(self, key: str) -> bool:
        stated = self._read().get(key)
        return self._default(key) if stated is None else stated

    def show(self, key: str, *, on: bool) -> None:
        """Show something, or hide it."""
        if (key in self) != on:
            self._write({**self._read(), key: on})

    def reset(self) -> None:
        """Show what is shown by default."""
        self._write({})

    def fill(self, menu: QMenu, entries: Iterable[VisibilityEntry]) -> None:
        """Fill a menu with what can be shown, checked where it is."""
        menu.clear()
        for entry in entries:
            text = " – ".join(filter(None, (entry.title, entry.note))).replace("&", "&&")
            action = menu.addAction(text)
            action.setCheckable(True)
            action.setChecked(entry.key in self)
            action.setEnabled(entry.enabled)
            action.toggled.connect(partial(self._toggled, entry.key))
        menu.addSeparator()
        reset = menu.addAction(QCoreApplication.translate("Shown", "&Default"), self.reset)
        reset.setEnabled(bool(self._read()))

    def _toggled(self, key: str, on: bool) -> None:
        self.show(key, on=on)
