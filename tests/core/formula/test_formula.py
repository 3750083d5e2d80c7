"""Formulas: what they read and refuse, that they are exact, and that what they write means what they count."""

import re
from collections.abc import Mapping
from fractions import Fraction
from math import ceil, floor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from layerledger.core.formula.formula import Formula, FormulaError, added, doubled, formula

SIZES = {"K_h": 3, "K_w": 5, "C_in": 6, "C_out": 4, "g": 2, "b": 1, "n": 7}


@pytest.mark.parametrize(
    ("source", "value"),
    [
        ("K_h*K_w*C_in/g*C_out + b*C_out", 3 * 5 * 3 * 4 + 4),
        ("C_in/g", 3),
        ("n - 1 + b", 7),
        ("-n + 10", 3),
        ("n - -1", 8),
        ("2**3**2", 512),
        ("(2**3)**2", 64),
        ("floor(n/2) + ceil(n/2)", 7),
        ("floor(-n/2)", -4),
        ("ceil(-n/2)", -3),
        ("floor(C_in)", 6),
        ("min(n, 3, g)", 2),
        ("max(n, 3)", 7),
        ("n·g − 1", 13),
        ("n^2 × ⌊n/2⌋ + ⌈n/2⌉", 151),
        (" 1 ", 1),
        ("10**40", 10**40),
    ],
)
def test_reads_and_counts(source: str, value: int) -> None:
    assert Formula(source)(SIZES) == value


@pytest.mark.parametrize(
    "source",
    [
        "", "1 +", "1.5", "'a'", "n if g else 1", "n < g", "f(n)", "floor(1, 2)", "floor()", "min(n)",
        "min(*n)", "max(n, key=g)", "n.real", "n[0]", "[n]", "lambda: 1", "n // g", "n % g", "~n", "+n", "n; g",
        "n := 1", "__import__('os')", "n\0", "1if g else 2", "'\\d'", "f(" + ",".join("1" * 120) + ")", "1" * 2_001,
        "(" * 300 + "1" + ")" * 300, "-" * 200 + "1", "+".join("1" * 200),
    ],
)  # fmt: skip
def test_refuses_what_is_no_formula(source: str) -> None:
    with pytest.raises(FormulaError) as caught:
        Formula(source)
    assert len(str(caught.value)) < 200


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("n/g", "7 / 2 is not a whole number"),
        ("n/(g - 2)", "a division by 0 has no value"),
        ("floor(n/0)", "a division by 0 has no value"),
        ("n*missing", "missing is not known here"),
        ("n**(0 - 1)", "an exponent must be from 0 to 64"),
        ("n**65", "an exponent must be from 0 to 64"),
        ("(2**64)**64**1 * 2 ** 63 ** 1 / 0", "a division by 0"),
        ("(9**60)**64", "its result below 2**12000"),
        ("*".join(["(2**64)**60"] * 4), "at most 12,000 bits"),
    ],
)
def test_says_why_there_is_no_value(source: str, reason: str) -> None:
    with pytest.raises(FormulaError, match=reason.replace("*", r"\*")):
        Formula(source)(SIZES)


@pytest.mark.parametrize(
    ("source", "text", "html", "latex"),
    [
        ("K_h*C_in/g", "K_h·C_in/g", "K<sub>h</sub>·C<sub>in</sub>/g", r"K_{\mathrm{h}} \cdot C_{\mathrm{in}}/g"),
        ("a*(b - 1)", "a·(b − 1)", "a·(b − 1)", r"a \cdot (b - 1)"),
        ("a - (b - c)", "a − (b − c)", "a − (b − c)", "a - (b - c)"),
        ("a*(b/c)", "a·(b/c)", "a·(b/c)", r"a \cdot (b/c)"),
        ("a*(b/c*d)", "a·(b/c·d)", "a·(b/c·d)", r"a \cdot (b/c \cdot d)"),
        ("a/(b*c)", "a/(b·c)", "a/(b·c)", r"a/(b \cdot c)"),
        ("(-a)**2", "(−a)^2", "(−a)<sup>2</sup>", "(-a)^{2}"),
        ("a**(b + 1)", "a^(b + 1)", "a<sup>b + 1</sup>", "a^{b + 1}"),
        ("floor(a/2)", "⌊a/2⌋", "⌊a/2⌋", r"\lfloor a/2 \rfloor"),
        ("max(a, ceil(b/2))", "max(a, ⌈b/2⌉)", "max(a, ⌈b/2⌉)", r"\max(a, \lceil b/2 \rceil)"),
    ],
)
def test_writes(source: str, text: str, html: str, latex: str) -> None:
    written = Formula(source)
    assert (written.text(), written.html(), written.latex()) == (text, html, latex)


def test_fills_in_numbers() -> None:
    assert formula("K_h*C_in/g + x").filled({**SIZES, "x": -2}) == "3·6/2 + (−2)"
    assert formula("n*missing").filled(SIZES) == "7·missing"


def test_names_and_identity() -> None:
    assert formula("a*b + a").names == {"a", "b"}
    assert formula("a*b") is formula("a*b")


def test_sums_and_multiples_are_formulas() -> None:
    total = added([formula("n"), formula("g - 1"), doubled(formula("b + 1"))])
    assert total.text() == "n + g − 1 + 2·(b + 1)"
    assert total(SIZES) == Formula(total.source)(SIZES) == 12


def test_a_sum_of_parts_may_be_longer_than_a_text() -> None:
    names = ["x" * 900 + str(i) for i in range(3)]
    assert added(map(formula, names))(dict.fromkeys(names, 1)) == 3


# -- any formula

_NAMES = ("a", "b", "C_in")
_SYMBOLS = st.fixed_dictionaries({name: st.integers(0, 30) for name in _NAMES})


def _binary(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    pairs = st.tuples(inner, st.sampled_from(["+", "-", "*", "/"]), inner)
    return pairs.map(lambda p: f"({p[0]}) {p[1]} ({p[2]})")


def _other(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.one_of(
        inner.map(lambda e: f"-({e})"),
        st.tuples(inner, st.integers(0, 4)).map(lambda p: f"({p[0]})**{p[1]}"),
        st.tuples(st.sampled_from(["floor", "ceil"]), inner, inner).map(lambda p: f"{p[0]}(({p[1]})/({p[2]}))"),
        st.tuples(st.sampled_from(["min", "max"]), inner, inner).map(lambda p: f"{p[0]}({p[1]}, {p[2]})"),
    )


_LEAVES = st.one_of(st.sampled_from(_NAMES), st.integers(0, 20).map(str))
SOURCES = st.recursive(_LEAVES, lambda inner: st.one_of(_binary(inner), _other(inner)), max_leaves=12)


def python_value(source: str, symbols: Mapping[str, int]) -> Fraction | None:
    """Return what Python's own fractions make of a formula, or None where it has no value."""
    names = {name: Fraction(value) for name, value in symbols.items()}
    functions = {"floor": lambda x: Fraction(floor(x)), "ceil": lambda x: Fraction(ceil(x)), "min": min, "max": max}
    numbers = {str(n): f"Fraction({n})" for n in range(21)}
    text = "".join(numbers.get(word, word) for word in re.findall(r"\w+|\*\*|\W", source))
    try:
        return Fraction(eval(text, {"Fraction": Fraction, **functions, **names}))
    except ZeroDivisionError:
        return None


def value_of(made: Formula, symbols: Mapping[str, int]) -> int | None:
    """Return a formula's value, or None where it has none."""
    try:
        return made(symbols)
    except FormulaError:
        return None


@given(SOURCES, _SYMBOLS)
def test_value_is_what_python_computes(source: str, symbols: dict[str, int]) -> None:
    value = value_of(Formula(source), symbols)
    if value is not None:
        assert value == python_value(source, symbols)
    elif "/" not in source:
        assert abs(python_value(source, symbols) or 0) >= 2**12_000


@given(SOURCES, _SYMBOLS)
def test_what_is_written_means_the_same(source: str, symbols: dict[str, int]) -> None:
    made = Formula(source)
    assert value_of(Formula(made.text()), symbols) == value_of(made, symbols)
    assert value_of(Formula(made.filled(symbols)), {}) == value_of(made, symbols)


@given(st.text(max_size=60))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        made = Formula(text)
    except FormulaError:
        return
    assert all(isinstance(written, str) for written in (made.text(), made.html(), made.latex()))
    value_of(made, dict.fromkeys(made.names, 1))
