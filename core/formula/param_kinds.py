"""The kinds of parameters that are written in the language of formulas; each says itself what is wrong with a text."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, TypeAlias

from layerledger.core.base.messages import Message
from layerledger.core.base.param_kinds import ParamKind
from layerledger.core.base.values import MAX_RANK, Value
from layerledger.core.formula.formula import Formula
from layerledger.core.formula.parser import FormulaError, is_name, quoted

MAX_WRITTEN = 500
"""Longest text, in characters."""

Shapes: TypeAlias = tuple[tuple[Formula, ...], ...]
Constants: TypeAlias = tuple[tuple[str, Formula], ...]

_OPENING, _CLOSING = "([⌊⌈", ")]⌋⌉"


class FormulaParam(ParamKind):
    """A text in the language of formulas; an empty one says nothing."""

    def read(self, value: Value, dims: int) -> Any:
        if type(value) is int:
            value = str(value)
        if not isinstance(value, str):
            raise ValueError
        if len(value) > MAX_WRITTEN:
            raise FormulaError(
                Message(
                    "it has {count:,} characters; at most {max_written} fit", count=len(value), max_written=MAX_WRITTEN
                )
            )
        return self.read_text(value.strip())

    def read_text(self, text: str) -> Any:
        """Return what a text says.

        Raises:
            FormulaError: with what cannot be read.
        """
        raise NotImplementedError

    def text(self, value: Value) -> str:
        return value if isinstance(value, str) else super().text(value)

    def parse(self, text: str) -> Value:
        return text.strip()


class CountFormula(FormulaParam):
    """A formula of a count, read as a Formula or, where nothing is written, None."""

    @property
    def hint(self) -> str:
        return "a formula such as K*K*C*C_out, or empty"

    def read_text(self, text: str) -> Formula | None:
        return Formula(text) if text else None


class ShapeFormulas(FormulaParam):
    """Shapes as lists of formulas, read as a tuple of Formulas for each; of nothing written, none."""

    @property
    def hint(self) -> str:
        return "formulas such as N, C_out, H/2, W/2; several shapes with ; between them"

    def read_text(self, text: str) -> Shapes:
        return tuple(_shape(part) for part in text.split(";")) if text else ()


class ConstantFormulas(FormulaParam):
    """Names with values, read as pairs of a name and a Formula."""

    @property
    def hint(self) -> str:
        return "names with values such as K = 3, C_out = 64"

    def read_text(self, text: str) -> Constants:
        found = dict(map(_constant, split(text))) if text else {}
        if text and len(found) < len(split(text)):
            raise FormulaError("a name is given twice; once would do")
        return tuple(found.items())


def _shape(text: str) -> tuple[Formula, ...]:
    text = _bare(text.strip())
    if text in ("", "scalar"):
        return ()
    sizes = tuple(Formula(size.strip()) for size in split(text))
    if len(sizes) > MAX_RANK:
        raise FormulaError(
            Message(
                "{count} dimensions are more than a tensor can have, {max_rank}", count=len(sizes), max_rank=MAX_RANK
            )
        )
    return sizes


def _constant(text: str) -> tuple[str, Formula]:
    name, equals, value = (part.strip() for part in text.partition("="))
    if not equals:
        raise FormulaError(Message("{strip} is no name with a value; K = 3 would do", strip=quoted(text.strip())))
    if not is_name(name):
        raise FormulaError(
            Message("{name} is no name; letters, digits and _ would do, a letter first", name=quoted(name))
        )
    return name, Formula(value)


def split(text: str) -> list[str]:
    """Return what stands between the commas that are in no parentheses."""
    return list(_split(text))


def _split(text: str) -> Iterator[str]:
    start = depth = 0
    for at, character in enumerate(text):
        depth += (character in _OPENING) - (character in _CLOSING)
        if character == "," and depth == 0:
            yield text[start:at]
            start = at + 1
    yield text[start:]


def _bare(text: str) -> str:
    """Return a list without the parentheses around all of it: (N, C) as shapes are often written."""
    depth = 0
    for at, character in enumerate(text):
        depth += (character in _OPENING) - (character in _CLOSING)
        if depth == 0:
            return text[1:-1].strip() if at == len(text) - 1 and text[:1] in ("(", "[") else text
    return text
