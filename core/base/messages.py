"""Sentences for people: templates with named values and plurals, text at once and ready for translation.

A `Message` is a str, so that logs, tests and reports without a window use it as it is. The window translates its
template and fills the same values in again. Templates are literals, so that translations can be extracted from the
source.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from layerledger.core.base.frozen_map import EMPTY

Translate: TypeAlias = Callable[[str], str]
"""From an English template to the same in another language, with the same names in braces."""

_NO_VALUES: Mapping[str, Any] = EMPTY


class Message(str):
    """A sentence made of a template and named values, such as `Message("{name} is taken", name="conv1")`.

    Attributes:
        template: the English sentence with `{name}` where a value goes, and str.format's specifiers: `{count:,}`.
        values: the values by name; a value may be a Message of its own.
    """

    __slots__ = ("template", "values")
    template: str
    values: Mapping[str, Any]

    def __new__(cls, template: str, /, **values: Any) -> Message:
        made = super().__new__(cls, template.format(**values))
        made.template, made.values = template, values or _NO_VALUES
        return made

    def __reduce__(self) -> tuple[Any, ...]:
        return _restored, (self.template, dict(self.values))


def _restored(template: str, values: Mapping[str, Any]) -> Message:
    return Message(template, **values)


def plural(count: int, one: str, other: str, **values: Any) -> Message:
    """Return the message for a count: `one` for 1, else `other`; both may use `{count}`."""
    return Message(one if count == 1 else other, count=count, **values)


def translated(message: str, translate: Translate) -> str:
    """Return a message in another language; a plain str is its own template."""
    if not isinstance(message, Message):
        return translate(message)
    values = {
        name: translated(value, translate) if isinstance(value, Message) else value
        for name, value in message.values.items()
    }
    return translate(message.template).format(**values)


def message_of(error: BaseException) -> str:
    """Return the message of an error as it was raised: str(error) would lose its template."""
    return error.args[0] if error.args and isinstance(error.args[0], str) else str(error)
