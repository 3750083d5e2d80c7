"""Choice of the visible columns or cards, stored in the settings."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from contextlib import suppress
from functools import partial
from typing import NamedTuple, cast

from PySide6.QtCore import QCoreApplication, QObject, QSettings, Signal
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


class VisibilityChoice(QObject):
    """The user's choice of visible items, under a key of the settings."""

    changed = Signal()

    def __init__(self, setting: str, default: Callable[[str], bool], parent: QObject | None = None) -> None:
        """Read the stored choice.

        Args:
            setting: key of the settings.
            default: returns whether an item is shown about which the user has not decided.
            parent: owner.
        """
        super().__init__(parent)
        self._setting, self._default = setting, default
        self._choices = _read_choices(setting)

    def __contains__(self, key: str) -> bool:
        return self._choices.get(key, self._default(key))

    def show(self, key: str, *, on: bool) -> None:
        """Show or hide an item, and store the choice."""
        if (key in self) != on:
            self._store({**self._choices, key: on})

    def reset(self) -> None:
        """Return to the default for all items."""
        self._store({})

    def _store(self, choices: dict[str, bool]) -> None:
        self._choices = choices
        QSettings().setValue(self._setting, json.dumps(choices))
        self.changed.emit()

    def fill(self, menu: QMenu, entries: Iterable[VisibilityEntry]) -> None:
        """Fill a menu with checkable entries for the items."""
        menu.clear()
        for entry in entries:
            text = " – ".join(filter(None, (entry.title, entry.note))).replace(
                "&", "&&"
            )  # a single & would mark a shortcut
            action = menu.addAction(text)
            action.setCheckable(True)
            action.setChecked(entry.key in self)
            action.setEnabled(entry.enabled)
            action.toggled.connect(partial(self._set_shown, entry.key))
        menu.addSeparator()
        reset = menu.addAction(QCoreApplication.translate("Shown", "&Default"), self.reset)
        reset.setEnabled(bool(self._choices))

    def _set_shown(self, key: str, on: bool) -> None:
        self.show(key, on=on)


def _read_choices(setting: str) -> dict[str, bool]:
    """Return the stored choices; entries that are not readable are ignored."""
    with suppress(ValueError, TypeError):  # settings can be edited by hand, or be from another version
        found = json.loads(str(QSettings().value(setting, "{}")))
        if isinstance(found, dict):
            pairs = cast("dict[object, object]", found).items()
            return {key: on for key, on in pairs if isinstance(key, str) and isinstance(on, bool)}
    return {}
