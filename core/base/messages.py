"""Sentences for people: templates with named values and plurals, text at once and ready for translation.

A `Message` is a str, so that logs, tests and reports without a window use it as it is. The window translates its
template and fills the same values in again. Templates are literals, so that translations can be extracted from the
source.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Self

from layerledger.core.base.frozen_map import EMPTY

if TYPE_CHECKING:
    from gettext import NullTranslations

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

    def __new__(cls, template: str, /, **values: Any) -> Self:
        made = super().__new__(cls, template.format(**values))
        made.template, made.values = template, values or _NO_VALUES
        return made

    def __reduce__(self) -> tuple[Any, ...]:
        return _message, (self.template, dict(self.values))

    def map_values(self, change: Callable[[Any], Any]) -> Message:
        """Return the message with each value changed."""
        return Message(self.template, **{name: change(value) for name, value in self.values.items()})

    def translated_template(self, catalogue: NullTranslations) -> str:
        """Return the template in the catalogue's language."""
        return catalogue.gettext(self.template)


def _message(template: str, values: Mapping[str, Any]) -> Message:
    return Message(template, **values)


class _PluralMessage(Message):
    """A message with one template for a count of 1 and another for all other counts."""

    __slots__ = ("forms",)
    forms: tuple[str, str]

    def __reduce__(self) -> tuple[Any, ...]:
        return plural, (self.values["count"], *self.forms)

    def translated_template(self, catalogue: NullTranslations) -> str:
        return catalogue.ngettext(*self.forms, self.values["count"])


def plural(count: int, one: str, other: str) -> Message:
    """Return the message for a count: `one` for 1, else `other`; both may use `{count}`."""
    made = _PluralMessage(one if count == 1 else other, count=count)
    made.forms = one, other
    return made


def translated(message: str, catalogue: NullTranslations) -> str:
    """Return a message in the language of a gettext catalogue; a plain str is its own template."""
    if not isinstance(message, Message):
        return catalogue.gettext(message) if message else ""  # a catalogue has its header under ""
    values = {
        name: translated(value, catalogue) if isinstance(value, Message) else value
        for name, value in message.values.items()
    }
    return message.translated_template(catalogue).format(**values)


def message_of(error: BaseException) -> str:
    """Return the message of an error as it was raised: str(error) would lose its template."""
    return error.args[0] if error.args and isinstance(error.args[0], str) else str(error)
