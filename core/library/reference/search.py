"""Search of pages: by type as in the palette, parameter, symbol, or word of the help."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import cache

from layerledger.core.base.params import params_of
from layerledger.core.layers import LAYER_TYPES, LayerType
from layerledger.core.library.catalog.entries import CATALOG
from layerledger.core.library.catalog.entries import CatalogEntry as CatalogEntry
from layerledger.core.library.catalog.search import INSIDE, START, fit, letters
from layerledger.core.library.reference.concept_pages import PLACE
from layerledger.core.library.reference.contents import Entry, contents
from layerledger.core.library.reference.format_page import PREFIX, format_names, format_prose
from layerledger.core.library.reference.schedule_page import of_layers, of_networks
from layerledger.core.library.reference.symbols import symbols_of
from layerledger.core.metrics.conventions import Convention, conventions
from layerledger.core.metrics.registry import METRICS

_NAMED, _BEGUN, _NOWHERE = 20, 30, 99
"""Levels of a match in the text, after all matches of titles: a parameter or symbol, or a part of one."""

_WORDS = re.compile(r"\w+")


def find(text: str) -> tuple[Entry, ...]:
    """Return the entries that match `text`, best first; all entries for an empty text."""
    if not text.strip():
        return contents()
    ranked = sorted((_rank(entry, text), i) for i, entry in enumerate(contents()))
    return tuple(contents()[i] for rank, i in ranked if rank < _NOWHERE)


def _rank(entry: Entry, text: str) -> int:
    key = letters(text)
    return min(_title_rank(entry, key), _text_rank(entry, text)) if key else _NOWHERE


def _title_rank(entry: Entry, key: str) -> int:
    fits = [fit(each, key) for each in _in_catalog().get(entry.type_name, ())]
    if not fits and len(key) > 1:
        title = letters(entry.title)
        fits = [START if title.startswith(key) else INSIDE if key in title else _NOWHERE]
    return min((level for level in fits if level <= INSIDE), default=_NOWHERE)


@cache
def _in_catalog() -> Mapping[str, list[CatalogEntry]]:
    """Return the palette's entries by layer type, with variants such as the depthwise convolution."""
    found: dict[str, list[CatalogEntry]] = {}
    for each in CATALOG:
        found.setdefault(each.type_name, []).append(each)
    return found


def _text_rank(entry: Entry, text: str) -> int:
    """Return the level at which all words of `text` match the page."""
    names, prose = _index(entry)
    return max((_word_rank(letters(word), names, prose) for word in text.split()), default=_NOWHERE)


def _word_rank(word: str, names: frozenset[str], prose: frozenset[str]) -> int:
    if word in names:
        return _NAMED
    if len(word) < 2:
        return _NOWHERE
    inside = len(word) > 2 and any(word in name for name in names)
    return _BEGUN if inside or any(each.startswith(word) for each in prose) else _NOWHERE


def _index(entry: Entry) -> tuple[frozenset[str], frozenset[str]]:
    """Return the names on a page, parameters and symbols, and the words of its help."""
    return _index_of_convention(conventions()[entry.convention]) if entry.convention else _fixed_index(entry)


# By convention, an immutable record; the bound is their number. One that is replaced is another key.
@cache
def _index_of_convention(found: Convention) -> tuple[frozenset[str], frozenset[str]]:
    return frozenset({letters(found.id)}), _words((found.description, *(defect.text for defect in found.known_issues)))


# Derived from constants; by entry, so the bound is the number of pages.
@cache
def _fixed_index(entry: Entry) -> tuple[frozenset[str], frozenset[str]]:
    if entry.type_name:
        return _index_of_type(LAYER_TYPES[entry.type_name])
    if entry.key.startswith(PREFIX):
        return frozenset(map(letters, format_names(entry.key))), _words(format_prose(entry.key))
    key = entry.key.partition("-")[2]
    told = [METRICS[key].help] if key in METRICS else _told_of_places() if entry.key == PLACE else []
    return frozenset({letters(key)}), _words((entry.title, *told))


def _told_of_places() -> list[str]:
    titles = [metric.title for metric in of_networks()]
    return [*titles, *(text for metric in of_layers() for text in (metric.title, metric.help))]


def _index_of_type(cls: type[LayerType]) -> tuple[frozenset[str], frozenset[str]]:
    declared = params_of(cls)
    named = [term for terms in cls.counts.values() if not isinstance(terms, str) for term in terms]
    helps = (info.help for info in declared.values())
    prose = _words((cls.__doc__ or "", cls.approximation, cls.status, *helps, *named))
    return frozenset(map(letters, (*declared, *symbols_of(cls)))), prose


def _words(texts: Iterable[str]) -> frozenset[str]:
    return frozenset(map(str.lower, _WORDS.findall(" ".join(texts))))
