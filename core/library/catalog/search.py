"""Search of catalog entries: by name, part of a name, initials, or alias."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

from layerledger.core.library.catalog.entries import CATALOG, CatalogEntry, base_name

TITLE, NAME, START, INITIALS, PART, INSIDE, SCATTERED, NO_MATCH = range(8)
"""Levels of a match, best first."""

_SPATIAL = {2: 1, 3: 1, 4: 2, 5: 3}
_USUAL_DIMS = 2
_RARE = "Other"
"""The family that comes after others of an equal match: `co` finds Conv2d before the cosine."""


def search(text: str, *, rank: int | None = None) -> list[CatalogEntry]:
    """Return the entries that match `text`, best first; all entries for an empty text.

    Args:
        text: the text as typed, in any case, with or without blanks.
        rank: dimensions of the current tensor with its batch; of equal matches, the one for these comes first.
    """
    key = letters(text)
    if not key:
        return [] if text.strip() else list(CATALOG)
    dims = _SPATIAL.get(rank or 0, _USUAL_DIMS)
    ranked = [(level, e.group == _RARE, e.dims not in (0, dims), _left(e, level), i) for i, e, level in _fits(key)]
    # The index comes last: equal matches keep the order of the palette, and entries are never compared.
    return [CATALOG[i] for *_, i in sorted(ranked)]


def _fits(key: str) -> Iterator[tuple[int, CatalogEntry, int]]:
    levels = ((i, entry, fit(entry, key)) for i, entry in enumerate(CATALOG))
    return (found for found in levels if found[2] < NO_MATCH)


def _left(entry: CatalogEntry, level: int) -> int:
    """Return the length of a title that begins with the text: shorter titles come first."""
    return len(entry.title) if level == START else 0


def letters(text: str) -> str:
    """Return `text` as it is compared: small letters and digits only."""
    return "".join(c for c in text.lower() if c.isalnum())


def fit(entry: CatalogEntry, key: str) -> int:
    """Return the level at which an entry matches `key`, a result of `letters`."""
    title, parts, names, initials = _keys(entry)
    if key in (title, *names):
        return TITLE if key == title else NAME
    if title.startswith(key):
        return START
    if key == initials or any(name.startswith(key) for name in names):
        return INITIALS
    if any(title[at:].startswith(key) for at in parts):
        return PART
    if len(key) > 1 and (key in title or letters(entry.group).startswith(key)):
        return INSIDE
    return SCATTERED if len(key) > 1 and scattered(key, title) else NO_MATCH


@cache
def _keys(entry: CatalogEntry) -> tuple[str, list[int], frozenset[str], str]:
    """Return an entry's title, the positions of its parts, its names, and its initials; cached for each entry."""
    words = re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+d?", entry.title)
    title = letters(entry.title)
    starts = [len("".join(words[:i])) for i in range(1, len(words))]
    # A part of the title alone, such as the pool of MaxPool2d, is no name: it would hide the better fits of others.
    other = {word for word in entry.aliases if word not in {w.lower() for w in words}}
    plain = set[str]() if entry.fixed else {letters(base_name(entry.title))}
    initials = "".join(word[0].lower() for word in words if word[0].isalpha())
    return title, starts, frozenset(plain | other), initials if len(initials) > 1 else ""


def scattered(key: str, title: str) -> bool:
    """Return whether `title` contains the letters of `key` in this order."""
    left = iter(title)
    # `in` takes letters from the iterator up to the one that it finds, so the order counts.
    return all(letter in left for letter in key)
