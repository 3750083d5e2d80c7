"""The only place where a number becomes text for people: 1.814 G, 23.5 MiB, 1,814,073,344."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from functools import lru_cache

_COUNT_PREFIXES = ("", "k", "M", "G", "T", "P", "E", "Z", "Y", "R", "Q")
_BYTE_PREFIXES = ("B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB", "ZiB", "YiB")
NONE = "–"
"""What stands for a count that is zero or not known."""


def grouped(n: int) -> str:
    """Returns `n` in full, 1,814,073,344."""
    return f"{n:,}"


@lru_cache(maxsize=8192)
def count(n: int, *, digits: int = 3) -> str:
    """Returns `n` with a decimal prefix (k = 10³ … Q = 10³⁰) and `digits` significant digits."""
    return _scaled(n, 1000, _COUNT_PREFIXES, digits)


@lru_cache(maxsize=8192)
def size(nbytes: int, *, digits: int = 3) -> str:
    """Returns bytes with a binary prefix (KiB = 2¹⁰ bytes …) and `digits` significant digits."""
    return _scaled(nbytes, 1024, _BYTE_PREFIXES, digits)


@lru_cache(maxsize=8192)
def share(part: int, whole: int) -> str:
    """Returns `part` of `whole` in percent, 25.5%; nothing where the whole is zero."""
    if not whole:
        return ""
    permille = round(Fraction(part * 1000, whole))
    return f"{permille // 10}.{permille % 10}%" if permille or not part else "<0.1%"


def fixed(value: Fraction, places: int, *, sign: str = ".") -> str:
    """Returns a value that is not negative with `places` decimals after the decimal sign, 25.50."""
    head, tail = divmod(round(value * 10**places), 10**places)
    return f"{head}{sign}{tail:0{places}d}" if places else str(head)


def _scaled(n: int, step: int, prefixes: Sequence[str], digits: int) -> str:
    if n < 0:
        return f"−{_scaled(-n, step, prefixes, digits)}"
    power = 0
    while power < len(prefixes) - 1 and n >= step ** (power + 1):
        power += 1
    text = _significant(n, step**power, digits)
    if int(text.replace(",", "").split(".")[0]) >= step and power < len(prefixes) - 1:
        power += 1  # rounding reached the next prefix: 999,950 is 1.00 M
        text = _significant(n, step**power, digits)
    return f"{text} {prefixes[power]}".rstrip()


def _significant(n: int, unit: int, digits: int) -> str:
    if unit == 1:
        return f"{n:,}"
    whole = n // unit
    decimals = max(0, digits - len(str(whole)))
    scaled = round(Fraction(n * 10**decimals, unit))
    head, tail = divmod(scaled, 10**decimals)
    return f"{head:,}.{tail:0{decimals}d}" if decimals else f"{head:,}"
