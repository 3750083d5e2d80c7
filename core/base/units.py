"""The only place where a number becomes text for people: 1.814 G, 23.5 MiB, 1,814,073,344."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from functools import lru_cache
from math import log10

_COUNT_PREFIXES = ("", "k", "M", "G", "T", "P", "E", "Z", "Y", "R", "Q")
_TIME_PREFIXES = ("as", "fs", "ps", "ns", "µs", "ms", "s")
_BYTE_PREFIXES = ("B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB", "ZiB", "YiB")
_SECOND = 10**18
_WRITTEN_BITS = 14_000  # some 4,200 digits; the interpreter's limit is 4,300
NONE = "–"
"""The text of a count that is zero or unknown."""


def grouped(n: int) -> str:
    """Return `n` in full, 1,814,073,344; only its order of magnitude beyond the digits that Python writes."""
    sign = "−" if n < 0 else ""
    return sign + (f"{abs(n):,}" if n.bit_length() < _WRITTEN_BITS else _power_of_ten(abs(n), 3))


# The caches here: key, the number and the digits; never stale. Views ask for the text of one number many times.
@lru_cache(maxsize=8192)
def count(n: int, *, digits: int = 3) -> str:
    """Return `n` with a decimal prefix (k = 10³ … Q = 10³⁰) and `digits` significant digits."""
    return _scaled(n, 1000, _COUNT_PREFIXES, digits)


@lru_cache(maxsize=8192)
def size(nbytes: int, *, digits: int = 3) -> str:
    """Return bytes with a binary prefix (KiB = 2¹⁰ bytes …) and `digits` significant digits."""
    return _scaled(nbytes, 1024, _BYTE_PREFIXES, digits)


def sizes(*nbytes: int, digits: int = 3) -> tuple[list[str], str]:
    """Return bytes as numbers with the prefix that suits the largest, and that prefix: 14.8 and 80.0, GiB."""
    power = max(0, (max(nbytes).bit_length() - 1) // 10)
    power = min(power, len(_BYTE_PREFIXES) - 1)
    return [_significant(n, 1024**power, digits) for n in nbytes], _BYTE_PREFIXES[power]


@lru_cache(maxsize=8192)
def duration(attoseconds: int, *, digits: int = 3) -> str:
    """Return a time with a decimal prefix (ns, µs, ms) and `digits` significant digits, 1.02 ms."""
    if attoseconds >= 1000 * _SECOND:
        return f"{grouped(round(Fraction(attoseconds, _SECOND)))} s"
    return _scaled(attoseconds, 1000, _TIME_PREFIXES, digits) if attoseconds else "0 s"


def rate(n: int, of: str) -> str:
    """Return `n` per second with a decimal prefix: 65 Top/s, 25.6 GB/s; `of` is op, FLOP or B."""
    number, _, prefix = count(n, digits=4).partition(" ")
    number = number.rstrip("0").rstrip(".") if "." in number else number
    return f"{number} {prefix}{of}/s"


@lru_cache(maxsize=8192)
def intensity(millionths: int, *, digits: int = 3) -> str:
    """Return millionths of an operation per byte as 32.1 FLOP/B."""
    if 0 < millionths < 10_000:
        return "<0.01 FLOP/B"
    return f"{_significant(millionths, 1_000_000, digits) if millionths else '0'} FLOP/B"


def signed(n: int, *, full: bool = False) -> str:
    """Return a difference with its sign, +9.96 M or −1,024; with `full`, all its digits."""
    text = grouped(abs(n)) if full else count(abs(n))
    return f"{'−' if n < 0 else '+'}{text}" if n else text


def signed_share(part: int, whole: int) -> str:
    """Return a difference in percent with its sign, −25.5%; nothing where the whole is zero."""
    text = share(abs(part), whole)
    return f"{'−' if part < 0 else '+'}{text}" if text and part and text[0] != "<" else text


@lru_cache(maxsize=8192)
def share(part: int, whole: int) -> str:
    """Return `part` of `whole` in percent, 25.5%; nothing where the whole is zero.

    A part is not 100% while something else has a share: 9,999 of 10,000 is >99.9%.
    """
    if not whole:
        return ""
    permille = round(Fraction(part * 1000, whole))
    if permille == 1000 and part < whole:
        return ">99.9%"
    return f"{permille // 10}.{permille % 10}%" if permille or not part else "<0.1%"


def at_least(text: str) -> str:
    """Return a number that some layers are missing from, as ≥ 330."""
    return f"≥ {text}" if text else ""


def fixed(value: Fraction, places: int, *, sign: str = ".") -> str:
    """Return a value that is not negative with `places` decimals after the decimal sign, 25.50."""
    # In integers, rounding half to even: a report has thousands of these, and arithmetic of fractions is slow.
    scaled, rest = divmod(value.numerator * 10**places, value.denominator)
    twice = 2 * rest
    scaled += twice > value.denominator or (twice == value.denominator and scaled % 2)
    head, tail = divmod(scaled, 10**places)
    return f"{head}{sign}{tail:0{places}d}" if places else str(head)


def _scaled(n: int, step: int, prefixes: Sequence[str], digits: int) -> str:
    if n < 0:
        return f"−{_scaled(-n, step, prefixes, digits)}"
    power = 0
    while n >= step ** (power + 1):
        power += 1
        if power == len(prefixes):
            return f"{_power_of_ten(n, digits)} {prefixes[0]}".rstrip()
    text = _significant(n, step**power, digits)
    if int(text.replace(",", "").split(".")[0]) >= step and power < len(prefixes) - 1:
        power += 1  # rounding reached the next prefix: 999,950 is 1.00 M
        text = _significant(n, step**power, digits)
    return f"{text} {prefixes[power]}".rstrip()


def _significant(n: int, unit: int, digits: int) -> str:
    if unit == 1:
        return f"{n:,}"
    decimals = max(0, digits - len(str(n // unit)))
    scaled = round(Fraction(n * 10**decimals, unit))
    if decimals and scaled >= 10**digits:  # rounding reached the next digit: 99,950 is 100 k, not 100.0 k
        decimals, scaled = decimals - 1, scaled // 10
    head, tail = divmod(scaled, 10**decimals)
    return f"{head:,}.{tail:0{decimals}d}" if decimals else f"{head:,}"


_SUPERSCRIPTS = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")


def _power_of_ten(n: int, digits: int) -> str:
    """Return a number too large for any prefix, 1.25×10⁴⁰."""
    exponent = int((n.bit_length() - 1) * log10(2))
    while n >= 10 ** (exponent + 1):
        exponent += 1
    scaled = round(Fraction(n * 10 ** (digits - 1), 10**exponent))
    if scaled == 10**digits:
        exponent, scaled = exponent + 1, scaled // 10
    head, tail = divmod(scaled, 10 ** (digits - 1))
    return f"{head}{f'.{tail:0{digits - 1}d}' if digits > 1 else ''}×10{str(exponent).translate(_SUPERSCRIPTS)}"
