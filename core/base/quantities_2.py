"""Figures as people write them: 65 T, 8.1e12, 320 GB/s, 264 KiB."""

from __future__ import annotations

import re
from fractions import Fraction

_PREFIXES = {"": 0, "k": 1, "m": 2, "g": 3, "t": 4, "p": 5}
_WRITTEN = re.compile(
    r"(?P<number>\d{1,30}(?:[.,]\d{1,30})?(?:e\d{1,2})?)\s*(?P<prefix>[kmgtp]?)(?P<binary>i?)(?:flops?|ops?|b)?(?:/s)?",
    re.IGNORECASE,
)


def read_rate(text: str) -> int | None:
    """Returns operations or bytes a second, prefixes being decimal; None where the text says none."""
    return _read(text, 1000)


def read_size(text: str) -> int | None:
    """Returns bytes of memory; GB are read as GiB, as data sheets of memories mean them."""
    return _read(text, 1024)


def _read(text: str, step: int) -> int | None:
    found = _WRITTEN.fullmatch(text.strip())
    if not found or (found["binary"] and not found["prefix"]):
        return None
    number = Fraction(found["number"].replace(",", "."))
    base = 1024 if found["binary"] else step
    value = round(number * base ** _PREFIXES[found["prefix"].lower()])
    return value or None
