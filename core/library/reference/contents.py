"""The table of contents: an entry a page, and the page of an entry."""

from __future__ import annotations

from collections.abc import Mapping

from layerledger.core.base.record import Record
from layerledger.core.layers import LAYER_TYPES
from layerledger.core.library.reference.concept_pages import START, SYMBOLS, notion_page, titles
from layerledger.core.library.reference.convention_page import convention_page
from layerledger.core.library.reference.describe import TITLES
from layerledger.core.library.reference.format_page import FORMATS, PREFIX, format_entries, format_page
from layerledger.core.library.reference.type_page import type_page
from layerledger.core.metrics.conventions import Convention, conventions

BASICS, CONVENTIONS = "Basics", "Conventions"
"""Headings of pages that are not on a layer type."""

_TYPE, _CONVENTION, _SYMBOL = "type-", "convention-", "symbol-"


class Entry(Record):
    """A page in the table of contents.

    Attributes:
        key: the target of links to it, such as `type-Conv2d`.
        title: its heading.
        group: its heading: a palette family, BASICS, CONVENTIONS or FORMATS.
    """

    key: str
    title: str
    group: str

    @property
    def type_name(self) -> str:
        """The layer type of the page; empty for other pages."""
        return self.key.removeprefix(_TYPE) if self.key.startswith(_TYPE) else ""

    @property
    def convention(self) -> str:
        """The id of the convention of the page; empty for other pages."""
        return self.key.removeprefix(_CONVENTION) if self.key.startswith(_CONVENTION) else ""


class _Book:
    """The entries and, once they are read, the pages, with one set of conventions."""

    def __init__(self, found: Mapping[str, Convention]) -> None:
        self.conventions = found
        self.entries = (
            *(Entry(key, title, BASICS) for key, title in titles().items()),
            *(Entry(f"{_TYPE}{name}", name, cls.family) for name, cls in LAYER_TYPES.items()),
            *(Entry(f"{_CONVENTION}{i}", _convention_title(each.title), CONVENTIONS) for i, each in found.items()),
            *(Entry(key, title, FORMATS) for key, title in format_entries()),
        )
        self.keys = frozenset(entry.key for entry in self.entries)
        self.pages: dict[str, str] = {}


_books: list[_Book] = []
"""The book of the present conventions. `conventions()` is another object once one is added or removed; the book is made
again then, since most pages list all conventions."""


def _book() -> _Book:
    found = conventions()
    if not _books or _books[0].conventions is not found:
        _books[:] = [_Book(found)]
    return _books[0]


def contents() -> tuple[Entry, ...]:
    """Return all entries: the basics, the layer types in the palette's order, the conventions, the foreign formats."""
    return _book().entries


def _convention_title(title: str) -> str:
    """Return a convention's title, distinct from the metric of the same name."""
    return f"{title}, as a convention" if title in TITLES.values() else title


def page_key(key: str) -> str:
    """Return the page that a link leads to: `key` itself, or the page with that place; START for an unknown key."""
    if key.startswith(_SYMBOL):
        return SYMBOLS
    return key if key in _book().keys else START


def page(key: str) -> str:
    """Return the page of an entry as HTML; made on first access."""
    pages = _book().pages
    if key not in pages:
        pages[key] = _page(key)
    return pages[key]


def _page(key: str) -> str:
    if key.startswith(_TYPE):
        return type_page(LAYER_TYPES[key.removeprefix(_TYPE)])
    if key.startswith(_CONVENTION):
        return convention_page(conventions()[key.removeprefix(_CONVENTION)])
    return format_page(key) if key.startswith(PREFIX) else notion_page(key)
