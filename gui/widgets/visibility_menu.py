"""Which columns or cards are shown: the user's choice where there is one, remembered from window to window."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from contextlib import suppress
from functools import partial
from typing import NamedTuple, cast

from PySide6.QtCore import QCoreApplication, QObject, QSettings, Signal
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


class VisibilityChoice(QObject):
    """A choice of what is shown, under a key of the settings."""

    changed = Signal()

    def __init__(self, setting: str, default: Callable[[str], bool], parent: QObject | None = None) -> None:
        """Read what was chosen before; `default` says whether a key is shown that nobody chose about."""
        super().__init__(parent)
        self._setting, self._default = setting, default
        self._stated = _read(setting)

    def __contains__(self, key: str) -> bool:
        return self._stated.get(key, self._default(key))

    def show(self, key: str, *, on: bool) -> None:
        """Show something, or not, from now on."""
        if (key in self) != on:
            self._state({**self._stated, key: on})

    def reset(self) -> None:
        """Show what is shown by default."""
        self._state({})

    def _state(self, stated: dict[str, bool]) -> None:
        self._stated = stated
        QSettings().setValue(self._setting, json.dumps(stated))
        self.changed.emit()

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


def _read(setting: str) -> dict[str, bool]:
    """Return what was chosen before, as far as it can be read."""
    with suppress(ValueError, TypeError):
        found = json.loads(str(QSettings().value(setting, "{}")))
        if isinstance(found, dict):
            pairs = cast("dict[object, object]", found).items()
            return {key: on for key, on in pairs if isinstance(key, str) and isinstance(on, bool)}
    return {}
