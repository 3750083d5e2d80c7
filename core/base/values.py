"""Parameter values as a file has them, and their conversion to and from text."""

from __future__ import annotations

import re
from collections.abc import Mapping
from math import isinf, isnan
from typing import TypeAlias

Value: TypeAlias = "bool | int | float | str | tuple[Value, ...] | Mapping[str, Value] | None"
"""The value of a parameter in a file: JSON, with arrays as tuples and objects as FrozenMap."""

MAX_SIZE = 2**63 - 1
"""Largest dimension or parameter: the most that a 64-bit tensor library can index. Products of them stay exact."""

MAX_RANK = 64
"""Most dimensions of a tensor (torch's own limit)."""

_LONGEST = 60


class ParamError(ValueError):
    """A value that breaks a rule stated by the message; for other errors the kind's hint is the rule."""


def show(value: Value) -> str:
    """Return `value` for a sentence, cut when long."""
    if isinstance(value, str):
        text = f'"{value}"'
    elif isinstance(value, tuple):
        text = f"({', '.join(map(show, value))})"
    else:
        text = _plain(value)
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 3]}…"


def list_text(value: Value, *, join: str) -> str:
    """Return a tuple as people type it, `3 × 5` or `1, 2`; `parse_value` reads it back."""
    if not isinstance(value, tuple):
        return _plain(value)
    if len(value) < 2:
        return f"{_plain(value[0])}," if value else "()"
    return join.join(map(_plain, value))


def parse_value(text: str) -> Value:
    """Return the value of a typed text: 3, 0.5, 4k, true, none, `3×3`, `1, 2`, a word."""
    text = text.strip().strip("()[]").strip()
    parts = [part for part in _SEPARATOR.split(text) if part]
    if len(parts) > 1 or (parts and text.endswith(",")):
        return tuple(_parse_one(part) for part in parts)
    return _parse_one(text)


# An x separates only between numbers, 3x3: in a word it is a letter.
_SEPARATOR = re.compile(r"\s*[,×]\s*|(?<=[\dkKM\s])x(?=[\d\s-])|\s+")
_WORDS: dict[str, Value] = {"true": True, "false": False, "none": None, "null": None, "on": True, "off": False}


# Sizes come in powers of two: people who write 4k or 128K for a width or a context mean 4,096 and 131,072. Counts and
# budgets are decimal (`base/quantities.py`).
_MULTIPLES = {"k": 2**10, "K": 2**10, "M": 2**20}
_MULTIPLE = re.compile(r"(-?[0-9]{1,30}(?:\.[0-9]{1,30})?) ?([kKM])")
_GROUPED = re.compile(r"[0-9]{1,3}(?:,[0-9]{3})+")


def _parse_one(text: str) -> Value:
    if text.lower() in _WORDS:
        return _WORDS[text.lower()]
    try:
        return int(text)
    except ValueError:
        multiple = _parse_multiple(text)
        return _parse_fraction(text) if multiple is None else multiple


def _parse_multiple(text: str) -> int | None:
    """Return 4096 for 4k or 4K, 1536 for 1.5k, 1048576 for 1M; None for another text or a fraction of one."""
    found = _MULTIPLE.fullmatch(text)
    if not found:
        return None
    # Imported here: every import of core has this module, few read such a text, and fractions bring decimal.
    from fractions import Fraction

    value = Fraction(found[1]) * _MULTIPLES[found[2]]
    return int(value) if value.denominator == 1 else None


def parse_integer(text: str) -> Value:
    """Return the integer of a typed text, also one with its digits in groups: 4096, 4,096, 4k, 128 K.

    Another text has the value that it has as a list or a word.
    """
    text = text.strip()
    if _GROUPED.fullmatch(text):
        return int(text.replace(",", ""))
    multiple = _parse_multiple(text)
    return parse_value(text) if multiple is None else multiple


def _parse_fraction(text: str) -> float | str:
    """Return a finite number, or the text itself: JSON holds no other numbers."""
    try:
        value = float(text)
    except ValueError:
        return text
    return text if isinf(value) or isnan(value) else value


def _plain(value: object) -> str:
    if value is None or isinstance(value, bool):
        return str(value).lower()
    try:
        return str(value)
    except ValueError:  # an integer beyond the interpreter's limit of digits
        return "a number of thousands of digits"
