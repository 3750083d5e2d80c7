"""Numbers as people type them: 5 M parameters, 320 KiB, 2.5 ms, and the figures of data sheets: 65 T, 320 GB/s."""

from __future__ import annotations

import re
from fractions import Fraction

from layerledger.core.base.messages import Message

COUNT, BYTES, SECONDS = "count", "bytes", "seconds"

_COUNTS = {"": 1, "k": 10**3, "M": 10**6, "G": 10**9, "B": 10**9, "T": 10**12, "P": 10**15}
_DECIMAL = {f"{prefix}B": value for prefix, value in _COUNTS.items() if prefix not in ("", "B")}
_BYTES = {
    "": 1, "B": 1, **_DECIMAL, "KB": 10**3, "KiB": 2**10, "MiB": 2**20, "GiB": 2**30, "TiB": 2**40,
}  # fmt: skip
_SECONDS = {"s": Fraction(1), "ms": Fraction(1, 10**3), "µs": Fraction(1, 10**6), "us": Fraction(1, 10**6)} | {
    "ns": Fraction(1, 10**9),
    "min": Fraction(60),
}

_UNITS = {COUNT: _COUNTS, BYTES: _BYTES, SECONDS: _SECONDS}
_EXAMPLES = {COUNT: "5000000, 5 M or 1.5 G", BYTES: "327680, 320 KiB or 24 GiB", SECONDS: "5 ms or 0.02 s"}
_NUMBER = re.compile(r"\s*([0-9][0-9,]*(?:\.[0-9]+)?|\.[0-9]+)\s*([A-Za-zµ]*)\s*")
_LONGEST = 60


def read_quantity(text: str, kind: str) -> Fraction:
    """Return the number in a text, in units of one, bytes or seconds.

    Raises:
        ValueError: there is none; the sentence gives examples.
    """
    found = _NUMBER.fullmatch(text) if len(text) <= _LONGEST else None
    units = _UNITS[kind]
    unit = _unit(found[2], units) if found else None
    if not found or unit is None:
        raise ValueError(
            Message("must be a number such as {examples}; got “{text}”", examples=_EXAMPLES[kind], text=text[:_LONGEST])
        )
    return Fraction(found[1].replace(",", "")) * units[unit]


def _unit(written: str, units: dict[str, int] | dict[str, Fraction]) -> str | None:
    """Return a unit as it is listed, typed in any case unless that is ambiguous."""
    if written in units:
        return written
    alike = [unit for unit in units if unit.lower() == written.lower()]
    return alike[0] if len({units[unit] for unit in alike}) == 1 else None


# -- figures of data sheets

_PREFIXES = {"": 0, "k": 1, "m": 2, "g": 3, "t": 4, "p": 5}
_WRITTEN = re.compile(
    r"(?P<number>\d{1,30}(?:[.,]\d{1,30})?(?:e\d{1,2})?)\s*(?P<prefix>[kmgtp]?)(?P<binary>i?)(?:flops?|ops?|b)?(?:/s)?",
    re.IGNORECASE,
)


def read_rate(text: str) -> int | None:
    """Return operations or bytes per second, with decimal prefixes; None where the text has no such figure."""
    return _read_figure(text, 1000)


def read_size(text: str) -> int | None:
    """Return bytes of memory; GB is read as GiB, as in the data sheets of memories."""
    return _read_figure(text, 1024)


def _read_figure(text: str, step: int) -> int | None:
    found = _WRITTEN.fullmatch(text.strip())
    if not found or (found["binary"] and not found["prefix"]):
        return None
    number = Fraction(found["number"].replace(",", "."))
    base = 1024 if found["binary"] else step
    value = round(number * base ** _PREFIXES[found["prefix"].lower()])
    return value or None
