"""The explanation of a number: the formula that counted it, the same with the numbers filled in, and the result."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from layerledger.core.base import units
from layerledger.core.formula.formula import Formula

_LATEX = str.maketrans(
    {"·": r" \cdot ", "×": r"\times", "−": "-", ",": "{,}"}
    | {"⌊": r"\lfloor ", "⌋": r" \rfloor", "⌈": r"\lceil ", "⌉": r" \rceil"}
)


@dataclass(frozen=True, kw_only=True)
class Explanation:
    """One number of a node, explained.

    Attributes:
        title: the metric's title, with its convention.
        formula: as plain text; empty where the number is zero by convention.
        html: the formula as rich text.
        latex: the formula as LaTeX math.
        filled: the formula with this node's numbers.
        value: the result.
        note: the reason for the number, where the formula does not say.
        symbols: the values of the formula's names.
        terms: the terms of a sum, each titled by its name, where the formula only names them.
        written: the result with its unit, where it is not a plain count.
    """

    title: str
    formula: str
    html: str
    latex: str
    filled: str
    value: int
    note: str = ""
    symbols: Mapping[str, int] = field(default_factory=dict[str, int])
    terms: tuple[Explanation, ...] = ()
    written: str = ""

    @property
    def shown(self) -> str:
        """The result for people."""
        return self.written or units.grouped(self.value)

    @property
    def related(self) -> str:
        """The result behind its sign: = 12, or ≥ 12 for a lower bound."""
        return self.shown if self.shown.startswith("≥") else f"= {self.shown}"

    def changed(self, **changes: Any) -> Explanation:
        """Return the explanation with some attributes changed."""
        return replace(self, **changes)

    def text(self) -> str:
        """Return the whole explanation as plain text."""
        lines = [f"{self.title} = {self.formula}", f"= {self.filled}"] if self.formula else [self.title]
        lines += [f"{t.title}: {t.formula} = {t.filled} = {units.grouped(t.value)}" for t in self.terms]
        lines += [self.related, ", ".join(f"{k} = {v}" for k, v in self.symbols.items()), self.note]
        return "\n".join(filter(None, lines))

    def as_latex(self) -> str:
        """Return formula, numbers and result as LaTeX math."""
        filled, value = self.filled.translate(_LATEX), self.shown.translate(_LATEX)
        value = rf"\text{{{value}}}" if self.written else value
        return " = ".join(filter(None, (rf"\text{{{self.title}}}", self.latex, filled, value)))

    def as_html(self) -> str:
        """Return formula, numbers and result as HTML."""
        parts = (_escape(self.title), self.html, _escape(self.filled), f"<b>{_escape(self.shown)}</b>")
        return f"<p>{' = '.join(filter(None, parts))}</p>"


def of_formula(counted: Formula, symbols: Mapping[str, int], title: str) -> Explanation:
    """Return the explanation of a count that is one formula."""
    return Explanation(
        title=title,
        formula=counted.text(),
        html=counted.html(),
        latex=counted.latex(),
        filled=counted.filled(symbols),
        value=counted(symbols),
        symbols={name: value for name, value in symbols.items() if name in counted.names},
    )


def of_parts(parts: Sequence[Explanation], title: str) -> Explanation:
    """Return the explanation of a sum of named terms."""
    return Explanation(
        title=title,
        formula=" + ".join(part.title for part in parts),
        html="<br>+ ".join(f"{part.title}: {part.html}" for part in parts),
        latex=" + ".join(rf"\underbrace{{{part.latex}}}_{{\text{{{part.title}}}}}" for part in parts),
        filled=" + ".join(units.grouped(part.value) for part in parts).replace("+ −", "− "),
        value=sum(part.value for part in parts),
        symbols={name: value for part in parts for name, value in part.symbols.items()},
        terms=tuple(parts),
    )


def plain(title: str, value: int, note: str) -> Explanation:
    """Return the explanation of a number without a formula."""
    return Explanation(title=title, formula="", html="", latex="", filled="", value=value, note=note)


def named(title: str, value: int, note: str) -> Explanation:
    """Return the explanation of a number that is defined by its name and a note alone."""
    return Explanation(
        title=title,
        formula=title,
        html=_escape(title),
        latex=rf"\text{{{title}}}",
        filled=units.grouped(value),
        value=value,
        note=note,
    )


def _escape(text: str) -> str:
    from html import escape  # slow to import; most reports explain nothing

    return escape(text)
