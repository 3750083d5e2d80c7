"""HTML of the reference's pages, limited to what Qt's text browser and web browsers share.

Classes name the role of an element; the style sheet of the viewer sets its look.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from html import escape
from urllib.parse import quote

from layerledger.core.base import units
from layerledger.core.formula.formula import Formula

BREAK = "\u200b"
"""An invisible character where a line may break; removed from copied and saved text."""

# Breaks behind a sign or a closing parenthesis that no tag ends with, and in numbers of many digits, grouped or not.
_LONG = re.compile(r"(?<!<)[·/)](?=[^\s<,])|\d{3}(?=\d{9})|,(?=\d{3}(?:,\d{3}){5})")
_ARXIV = re.compile(r"arXiv:(\d{4}\.\d{4,5})")
_CODE = re.compile(r"`([^`]+)`")
_URL = re.compile(r"https?://[^\s<]+")


def breakable(text: str) -> str:
    """Return text whose products and long numbers may wrap."""
    return _LONG.sub(rf"\g<0>{BREAK}", text)


def words(text: str) -> str:
    """Return prose: `code` is set as code, and references to arXiv or the web become links."""
    found = _CODE.sub(r"<code>\1</code>", escape(text, quote=False))
    found = _ARXIV.sub(r'<a href="https://arxiv.org/abs/\1">arXiv:\1</a>', found)
    return found if "arxiv.org" in found else _URL.sub(lambda m: _external(m[0]), found)


def _external(address: str) -> str:
    return f'<a href="{address}">{address.removeprefix("https://")}</a>'


def paragraph(html: str, kind: str = "") -> str:
    """Return a paragraph; empty for an empty text."""
    return f"<p{_class(kind)}>{html}</p>\n" if html else ""


def prose(text: str) -> str:
    """Return a paragraph of a docstring, or its list."""
    return bullets(map(words, text[2:].split(" - "))) if text.startswith("- ") else paragraph(words(text))


def section(title: str, html: str) -> str:
    """Return a part of a page under its heading; empty for an empty content."""
    return f"<h2>{escape(title)}</h2>\n{html}" if html else ""


def link(key: str, text: str) -> str:
    """Return a link to the page, or the place in a page, with the name `key`."""
    return f'<a href="#{quote(key)}">{escape(text)}</a>'


def links(pairs: Iterable[tuple[str, str]], *, join: str = ", ") -> str:
    """Return links to (key, text)."""
    return join.join(link(*pair) for pair in pairs)


def place(key: str, html: str) -> str:
    """Return text that a link can lead to."""
    return f'<a name="{quote(key)}" id="{quote(key)}"></a>{html}'


def code(text: str) -> str:
    """Return a name, set as code."""
    return f"<code>{escape(text, quote=False)}</code>"


def symbol_link(name: str) -> str:
    """Return a symbol as a link to its meanings in all types."""
    return f'<a href="#symbol-{quote(name)}">{symbol(name)}</a>'


def symbol(name: str) -> str:
    """Return a symbol with its index as a subscript."""
    head, _, index = escape(name).partition("_")
    lowered = f"<sub>{index.replace('_', ',')}</sub>" if index else ""
    return f'<span class="math">{head}{lowered}</span>'


def math(formula: Formula) -> str:
    """Return a formula."""
    return f'<span class="math">{breakable(formula.html())}</span>'


def sum_of(text: str, value: int) -> str:
    """Return a formula with its numbers filled in, and the result."""
    result = f"<b>{breakable(units.grouped(value))}</b>"
    same = text in ("", str(value), units.grouped(value))
    return f'<span class="math">{result if same else f"{breakable(escape(text, quote=False))} = {result}"}</span>'


def table(rows: Iterable[Sequence[str]], head: Sequence[str] = (), *, wrap: bool = False) -> str:
    """Return rows of cells that are HTML; empty without rows.

    Args:
        rows: the cells.
        head: titles of the columns.
        wrap: whether the first column may wrap, as the others do.
    """
    body = "".join(_row(row, wrap=wrap) for row in rows)
    top = f"<tr>{''.join(f'<th>{escape(cell)}</th>' for cell in head)}</tr>\n" if head else ""
    return f'<table cellspacing="0" width="100%">\n{top}{body}</table>\n' if body else ""


def _row(row: Sequence[str], *, wrap: bool) -> str:
    first = "<td>" if wrap else '<td class="name" width="1%">'
    return f"<tr>{first}{row[0]}</td>{''.join(f'<td>{cell}</td>' for cell in row[1:])}</tr>\n"


def bullets(items: Iterable[str]) -> str:
    """Return a list; empty without items."""
    body = "".join(f"<li>{item}</li>\n" for item in items)
    return f"<ul>\n{body}</ul>\n" if body else ""


def _class(kind: str) -> str:
    return f' class="{kind}"' if kind else ""
