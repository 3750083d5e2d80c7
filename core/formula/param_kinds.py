"""Kinds of parameters in the formula language; each states itself what is wrong with a text."""

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
    """A text in the formula language; an empty one means no formula."""

    def read(self, value: Value, dims: int) -> Any:
        # A file may hold a number as such, for instance 0.
        if type(value) is int:
            value = str(value)
        if not isinstance(value, str):
            raise ValueError
        if len(value) > MAX_WRITTEN:
            raise FormulaError(
                Message("it must have at most {most} characters; it has {count:,}", most=MAX_WRITTEN, count=len(value))
            )
        return self.read_text(value.strip())

    def read_text(self, text: str) -> Any:
        """Return the value of a text.

        Raises:
            FormulaError: with what cannot be read.
        """
        raise NotImplementedError

    def text(self, value: Value) -> str:
        return value if isinstance(value, str) else super().text(value)

    def parse(self, text: str) -> Value:
        return text.strip()


class CountFormula(FormulaParam):
    """A formula of a count, read as a Formula, or as None where the text is empty."""

    @property
    def hint(self) -> str:
        return "a formula such as K*K*C*C_out, or empty"

    def read_text(self, text: str) -> Formula | None:
        return Formula(text) if text else None


class ShapeFormulas(FormulaParam):
    """Shapes as lists of formulas, read as a tuple of Formulas each; an empty text has no shapes."""

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
        found: dict[str, Formula] = {}
        for name, value in map(_constant, split(text)) if text else ():
            if name in found:
                raise FormulaError(Message('duplicate name "{name}"; remove one', name=name))
            found[name] = value
        return tuple(found.items())


def _shape(text: str) -> tuple[Formula, ...]:
    text = _bare(text.strip())
    if text in ("", "scalar"):
        return ()
    sizes = tuple(Formula(size.strip()) for size in split(text))
    if len(sizes) > MAX_RANK:
        raise FormulaError(
            Message(
                "a tensor has at most {max_rank} dimensions; these are {count}", max_rank=MAX_RANK, count=len(sizes)
            )
        )
    return sizes


def _constant(text: str) -> tuple[str, Formula]:
    name, equals, value = (part.strip() for part in text.partition("="))
    if not equals:
        raise FormulaError(
            Message("a constant must be a name with a value, such as K = 3; got {text}", text=quoted(text.strip()))
        )
    if not is_name(name):
        raise FormulaError(
            Message("a name must be letters, digits and _, a letter first; got {name}", name=quoted(name))
        )
    return name, Formula(value)


def split(text: str) -> list[str]:
    """Return the parts of `text` between the commas outside parentheses."""
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
    """Return a list without the parentheses around it: shapes are often written (N, C)."""
    depth = 0
    for at, character in enumerate(text):
        depth += (character in _OPENING) - (character in _CLOSING)
        if depth == 0:
            return text[1:-1].strip() if at == len(text) - 1 and text[:1] in ("(", "[") else text
    return text
