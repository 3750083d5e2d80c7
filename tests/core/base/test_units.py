"""Numbers for people: prefixes, rounding, numbers without end."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from layerledger.core.base import units

PREFIXES = {"": 0, "k": 1, "M": 2, "G": 3, "T": 4, "P": 5, "E": 6, "Z": 7, "Y": 8, "R": 9, "Q": 10}
BINARY = {"B": 0, "KiB": 1, "MiB": 2, "GiB": 3, "TiB": 4, "PiB": 5, "EiB": 6, "ZiB": 7, "YiB": 8}
numbers = (
    st.integers(0, 10**40) | st.integers(0, 200).map(lambda e: 10**e) | st.integers(1, 200).map(lambda e: 10**e - 1)
)


@pytest.mark.parametrize(
    ("n", "text"),
    [
        (0, "0"),
        (7, "7"),
        (999, "999"),
        (1_000, "1.00 k"),
        (1_005, "1.00 k"),
        (9_995, "10.0 k"),
        (9_999, "10.0 k"),
        (99_949, "99.9 k"),
        (99_950, "100 k"),
        (999_499, "999 k"),
        (999_500, "1.00 M"),
        (999_950, "1.00 M"),
        (11_689_512, "11.7 M"),
        (1_814_073_344, "1.81 G"),
        (10**30, "1.00 Q"),
        (999 * 10**30, "999 Q"),
        (9_996 * 10**29, "1,000 Q"),
        (10**33, "1.00×10³³"),
        (9_999 * 10**40, "1.00×10⁴⁴"),
        (-1_500, "−1.50 k"),
    ],
)
def test_counts(n, text):
    assert units.count(n) == text


@pytest.mark.parametrize(
    ("n", "text"),
    [
        (0, "0 B"),
        (1_023, "1,023 B"),
        (1_024, "1.00 KiB"),
        (1_536, "1.50 KiB"),
        (1_023 * 1_024, "1,023 KiB"),
        (2**20 - 1, "1.00 MiB"),
        (46_758_048, "44.6 MiB"),
        (2**80, "1.00 YiB"),
        (2**90, "1.24×10²⁷ B"),
    ],
)
def test_sizes(n, text):
    assert units.size(n) == text


def test_numbers_that_python_does_not_write_out():
    assert units.count(10**5_000) == "1.00×10⁵⁰⁰⁰"
    assert units.size(2**20_000) == "3.98×10⁶⁰²⁰ B"


@given(numbers, st.integers(2, 6))
def test_what_is_shown_is_near(n, digits):
    for text, step, prefixes in (
        (units.count(n, digits=digits), 1000, PREFIXES),
        (units.size(n, digits=digits), 1024, BINARY),
    ):
        if "×" not in text:
            number, _, prefix = text.partition(" ")
            shown = Fraction(number.replace(",", "")) * step ** prefixes[prefix]
            assert abs(shown - n) <= Fraction(n, 10 ** (digits - 1)) / 2
            assert number.count(".") <= 1
            if prefixes[prefix]:
                assert len(number.replace(",", "").replace(".", "")) >= digits


@given(numbers, numbers)
def test_larger_is_never_shown_smaller(one, other):
    low, high = sorted((one, other))
    assert _value(units.count(low)) <= _value(units.count(high))


def _value(text):
    number, _, prefix = text.partition(" ")
    if "×10" in number:
        head, _, power = number.partition("×10")
        return Fraction(head) * 10 ** int(power.translate(str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹", "0123456789")))
    return Fraction(number.replace(",", "")) * 1000 ** PREFIXES[prefix]


@given(st.integers())
def test_in_full(n):
    assert int(units.grouped(n).replace(",", "").replace("−", "-")) == n


def test_in_full_has_an_end():
    assert units.grouped(10**4_000).count("0") == 4_000
    assert units.grouped(10**9_000) == "1.00×10⁹⁰⁰⁰"
    assert units.grouped(-(10**9_000)) == "−1.00×10⁹⁰⁰⁰"


@pytest.mark.parametrize(
    ("part", "whole", "text"),
    [
        (0, 0, ""),
        (5, 0, ""),
        (0, 7, "0.0%"),
        (7, 7, "100.0%"),
        (1, 3, "33.3%"),
        (2, 3, "66.7%"),
        (1, 10**9, "<0.1%"),
        (10**400, 10**401, "10.0%"),
    ],
)
def test_shares(part, whole, text):
    assert units.share(part, whole) == text


def test_a_part_is_not_all_while_there_is_a_rest():
    assert [units.share(part, 10_000) for part in (9_994, 9_995, 9_999, 10_000)] == [
        "99.9%",
        ">99.9%",
        ">99.9%",
        "100.0%",
    ]
    assert units.share(12_000, 10_000) == "120.0%"


@given(st.fractions(0, 10**6), st.integers(0, 6), st.sampled_from([".", ","]))
def test_fixed(value, places, sign):
    text = units.fixed(value, places, sign=sign)
    assert abs(Fraction(text.replace(",", ".")) - value) <= Fraction(1, 2 * 10**places)
    assert len(text.partition(sign)[2]) == places


def test_a_difference_has_its_sign():
    assert [units.signed(n) for n in (9_960_448, -1_500, 0)] == ["+9.96 M", "−1.50 k", "0"]
    assert [units.signed(n, full=True) for n in (9_960_448, -1_500, 0)] == ["+9,960,448", "−1,500", "0"]
    assert [units.signed_share(n, 1000) for n in (5, -255, 2_000, 0)] == ["+0.5%", "−25.5%", "+200.0%", "0.0%"]
    assert units.signed_share(-1, 10**9) == "<0.1%"
    assert units.signed_share(5, 0) == ""


@pytest.mark.parametrize(
    ("attoseconds", "text"),
    [
        (0, "0 s"),
        (3_750_000_000, "3.75 ns"),
        (1_018_273 * 10**9, "1.02 ms"),
        (12_345 * 10**9, "12.3 µs"),
        (999_960 * 10**9, "1.00 ms"),
        (32_266 * 10**15, "32.3 s"),
        (1_234_567 * 10**15, "1,235 s"),
    ],
)
def test_times(attoseconds, text):
    assert units.duration(attoseconds) == text


def test_rates():
    assert units.rate(65 * 10**12, "op") == "65 Top/s"
    assert units.rate(25_600_000_000, "B") == "25.6 GB/s"
    assert units.rate(100, "op") == "100 op/s"
