"""Storage of settings, the only module that names QSettings.

A `Setting` declares one stored value: its key in the settings file, its kind, its default. The declarations are in
`settings.py`. A stored value that cannot be read counts as not stored.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from contextlib import suppress
from types import MappingProxyType
from typing import Any, Generic, NamedTuple, TypeVar, cast

from PySide6.QtCore import QByteArray, QSettings

T = TypeVar("T")


class Kind(NamedTuple, Generic[T]):
    """Conversion between a value and its stored form.

    Attributes:
        read: returns the value; raises ValueError or TypeError for a stored object that is not one.
        write: returns the object to store.
    """

    read: Callable[[object], T]
    write: Callable[[T], object]


class Setting(NamedTuple, Generic[T]):
    """Declaration of one stored value.

    Attributes:
        key: key in the settings file; never reused for another meaning.
        text: short description in English.
    """

    key: str
    kind: Kind[T]
    default: T
    text: str


def read(setting: Setting[T]) -> T:
    """Return the stored value, or the default if it is missing or cannot be read."""
    stored: object = QSettings().value(setting.key)
    if stored is not None:
        with suppress(ValueError, TypeError):
            return setting.kind.read(stored)
    return setting.default


def write(setting: Setting[T], value: T) -> None:
    """Store a value."""
    QSettings().setValue(setting.key, setting.kind.write(value))


def location() -> str:
    """Return the path of the settings file, or its place in the Windows registry."""
    return QSettings().fileName()


# -- kinds


def _same(value: Any) -> Any:
    return value


def _flag(stored: object) -> bool:
    return str(stored).lower() == "true"


def _names(stored: object) -> tuple[str, ...]:
    if isinstance(stored, str):  # QSettings returns a list of one text as that text
        return (stored,)
    items = cast("list[object]", stored) if isinstance(stored, list) else []
    return tuple(item for item in items if isinstance(item, str))


def _bytes(stored: object) -> QByteArray | None:
    return stored if isinstance(stored, QByteArray) else None


def _flags(stored: object) -> Mapping[str, bool]:
    found: object = json.loads(str(stored))
    if not isinstance(found, dict):
        raise TypeError(type(found).__name__)
    pairs = cast("dict[object, object]", found).items()
    return MappingProxyType({key: on for key, on in pairs if isinstance(key, str) and isinstance(on, bool)})


def _flags_text(value: Mapping[str, bool]) -> str:
    return json.dumps(dict(value))


TEXT: Kind[str] = Kind(str, _same)
FLAG: Kind[bool] = Kind(_flag, _same)
NAMES: Kind[tuple[str, ...]] = Kind(_names, list)
BYTES: Kind[QByteArray | None] = Kind(_bytes, _same)
FLAGS: Kind[Mapping[str, bool]] = Kind(_flags, _flags_text)
"""Kind of a choice among named things: those that the user turned on or off."""
