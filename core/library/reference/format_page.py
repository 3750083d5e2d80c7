"""A page for each format of other programs: how to make a file, and what of it is exact."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from html import escape
from importlib.resources import files

from layerledger.core.formats.foreign import FOREIGN
from layerledger.core.formats.network_format import NetworkFormat
from layerledger.core.library.reference.format_texts import RECORDER, TEXTS, FormatText
from layerledger.core.library.reference.markup import bullets, code, paragraph, section, words

FORMATS = "Files of other programs"
"""The heading of these pages."""

PREFIX = "format-"
TRACE = f"{PREFIX}trace"
"""The page that has the recorder."""

_CALL = re.compile(r"[=(]|^python |^optimum-cli ")


def format_entries() -> Iterator[tuple[str, str]]:
    """Yield key and title of each page."""
    for each in FOREIGN:
        yield f"{PREFIX}{each.id}", each.title


def format_of_page(key: str) -> NetworkFormat:
    """Return the format of a page."""
    return next(each for each in FOREIGN if f"{PREFIX}{each.id}" == key)


def format_page(key: str) -> str:
    """Return a page as HTML."""
    found = format_of_page(key)
    text = TEXTS[found.id]
    recorder = section("The recorder", _recorder()) if key == TRACE else ""
    return "".join(
        (
            f"<h1>{escape(found.title)}</h1>\n",
            paragraph(" ".join(map(code, found.suffixes)), "muted"),
            paragraph(
                "Open, drop or name the file; it is recognized by its content. Weights are not read, and the file is "
                "never written: Save makes a .layers file beside it."
            ),
            section("How to make one", _recipes(text)),
            section("What is exact", paragraph(words(text.exact))),
            section("What is not", bullets(map(words, text.limits))),
            recorder,
        )
    )


def _recipes(text: FormatText) -> str:
    return "".join(paragraph(f"<b>{escape(who)}</b>") + _lines(lines) for who, lines in text.recipes.items())


def _lines(text: str) -> str:
    if not _CALL.search(text):
        return paragraph(words(text))
    return f"<pre>{escape(text, quote=False)}</pre>\n"


def _recorder() -> str:
    return (
        paragraph(
            "Paste this into a notebook, or save it as <code>layerledger_recorder.py</code>. It needs PyTorch "
            "alone, and is yours to use and change without any condition."
        )
        + f"<pre>{escape(recorder_source(), quote=False)}</pre>\n"
    )


@cache  # one file, which does not change while the app runs
def recorder_source() -> str:
    """Return the recorder as Python text."""
    return files("layerledger.resources").joinpath(RECORDER).read_text(encoding="utf-8")


def format_names(key: str) -> Iterator[str]:
    """Yield what a page is found by: the id, the suffixes, and the programs that make a file."""
    found = format_of_page(key)
    yield from (found.id, *found.suffixes, *re.split(r"\W+", " ".join(found.suffixes)))
    yield from (found.title.split())
    if key == TRACE:
        yield "recorder"


def format_prose(key: str) -> Iterator[str]:
    """Yield the sentences of a page."""
    found, text = format_of_page(key), TEXTS[format_of_page(key).id]
    yield from (found.title, found.made_by, found.exactness, text.exact, *text.limits, *text.recipes)
    yield from text.recipes.values()
