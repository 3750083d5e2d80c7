"""Choice of the columns, cards or options that are shown, kept in the display settings, and its menu."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import NamedTuple

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QMenu

from layerledger.gui.document.document import Document
from layerledger.gui.document.settings import NO_CHOICE


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
    """A choice of what is shown: a field of the document's display settings, over a default."""

    def __init__(self, document: Document, field: str, default: Callable[[str], bool]) -> None:
        """
        Args:
            field: name of a field of DisplaySettings that holds what the user turned on or off.
            default: whether something is shown that the user neither turned on nor off.
        """
        self._document, self._field, self._default = document, field, default

    @property
    def _stated(self) -> Mapping[str, bool]:
        return getattr(self._document.settings, self._field)

    def __contains__(self, key: str) -> bool:
        stated = self._stated.get(key)
        return self._default(key) if stated is None else stated

    def show(self, key: str, *, on: bool) -> None:
        """Show something, or hide it."""
        if (key in self) != on:
            self._document.change_settings(**{self._field: {**self._stated, key: on}})

    def reset(self) -> None:
        """Show what is shown by default."""
        self._document.change_settings(**{self._field: NO_CHOICE})

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
        reset.setEnabled(bool(self._stated))

    def _toggled(self, key: str, on: bool) -> None:
        self.show(key, on=on)
