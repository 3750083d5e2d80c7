"""The one error of reading and writing files."""

from __future__ import annotations


class FormatError(ValueError):
    """A file that cannot be read or written: what, where, and what would do, in one sentence on one line."""

    def __init__(self, sentence: str) -> None:
        super().__init__("".join(c if c.isprintable() else _escaped(c) for c in sentence))


def _escaped(character: str) -> str:
    """Returns a line break, or half a character, of a name in a file as text that any screen can show."""
    return character.encode("unicode_escape").decode()
