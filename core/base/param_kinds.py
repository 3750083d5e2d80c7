"""Kinds of parameters: the values that each accepts, read from a file and converted to and from text."""

from __future__ import annotations

from collections.abc import Sequence
from math import inf
from typing import Any

from layerledger.core.base.messages import Message
from layerledger.core.base.record import Record
from layerledger.core.base.values import MAX_RANK, MAX_SIZE, Value, list_text, parse_integer, parse_value


class ParamKind(Record):
    """The values that a parameter accepts. Subclasses read a stored value and convert it to and from text."""

    @property
    def hint(self) -> str:
        """The rule, as the object of 'must be …'."""
        raise NotImplementedError

    def hint_for(self, dims: int) -> str:
        """`hint` for a layer of `dims` spatial dimensions."""
        return self.hint

    def read(self, value: Value, dims: int) -> Any:
        """Return `value` as the layer type uses it.

        Raises:
            ValueError: `value` breaks the rule of `hint`.
        """
        raise NotImplementedError

    def text(self, value: Value) -> str:
        """Return `value` as people type it; `parse` reads it back."""
        return list_text(value, join=", ")

    def parse(self, text: str) -> Value:
        """Return the value of a typed text; a text of no value is returned unchanged, to become a problem."""
        return parse_value(text)


class Int(ParamKind):
    """An integer in a range."""

    min: int | None = None
    max: int = MAX_SIZE

    @property
    def hint(self) -> str:
        return "an integer" + _range(self.min, None if self.max == MAX_SIZE else self.max)

    def read(self, value: Value, dims: int) -> int:
        return _integer(value, self.min, self.max)

    def parse(self, text: str) -> Value:
        return parse_integer(text)


def _integer(value: Value, low: int | None, high: int = MAX_SIZE) -> int:
    # Not isinstance: True is an int in Python, but no integer in a file.
    if type(value) is not int or abs(value) > high or (low is not None and value < low):
        raise ValueError
    return value


class Float(ParamKind):
    """A finite number in a range."""

    min: float | None = None
    max: float | None = None

    @property
    def hint(self) -> str:
        return "a number" + _range(self.min, self.max)

    def read(self, value: Value, dims: int) -> float:
        # The comparison with inf also excludes NaN.
        if isinstance(value, bool) or not isinstance(value, int | float) or not -inf < value < inf:
            raise ValueError
        if (self.min is not None and value < self.min) or (self.max is not None and value > self.max):
            raise ValueError
        return value


class Bool(ParamKind):
    """True or false."""

    @property
    def hint(self) -> str:
        return "true or false"

    def read(self, value: Value, dims: int) -> bool:
        if not isinstance(value, bool):
            raise ValueError
        return value


class Choice(ParamKind):
    """One of a few words."""

    options: tuple[str, ...]

    @property
    def hint(self) -> str:
        return _either([f'"{o}"' for o in self.options])

    def read(self, value: Value, dims: int) -> str:
        if not isinstance(value, str) or value not in self.options:
            raise ValueError
        return value

    def parse(self, text: str) -> Value:
        return text.strip()


class Text(ParamKind):
    """Any text of a line.

    Attributes:
        like: an example.
        longest: most characters.
        blank: whether an empty text is accepted.
    """

    like: str
    longest: int = 200
    blank: bool = False

    @property
    def hint(self) -> str:
        return Message('a text of up to {longest} characters, such as "{like}"', longest=self.longest, like=self.like)

    def read(self, value: Value, dims: int) -> str:
        if (
            not isinstance(value, str)
            or not (value or self.blank)
            or len(value) > self.longest
            or not value.isprintable()
        ):
            raise ValueError
        return value

    def parse(self, text: str) -> Value:
        return text.strip()


class Sizes(ParamKind):
    """One number for each spatial dimension; a single number means all of them.

    Attributes:
        min: smallest value of each.
        per_dim: numbers for each dimension (2 for the padding layers: before and after).
        keep: whether `null` in a list means 'the size of the input' (adaptive pooling).
        lone: whether a list of one number also means all of them (pooling).
    """

    min: int | None = 0
    per_dim: int = 1
    keep: bool = False
    lone: bool = False

    @property
    def hint(self) -> str:
        return self.hint_for(0)

    def hint_for(self, dims: int) -> str:
        one = "an integer" + _range(self.min, None)
        many = dims * self.per_dim
        if many < 2:
            return one if many else Message("{one}, or one a dimension", one=one)
        return Message("{one}, or {many} of them", one=one, many=many) + (
            " with none where the input's is kept" if self.keep else ""
        )

    def read(self, value: Value, dims: int) -> tuple[Any, ...]:
        n = dims * self.per_dim
        values = value if isinstance(value, tuple) else (_not_none(value),) * n
        values = values * n if self.lone and len(values) == 1 else values
        if len(values) != n:
            raise ValueError
        return tuple(None if v is None and self.keep else _integer(v, self.min) for v in values)

    def text(self, value: Value) -> str:
        return list_text(value, join=" × ")


class Dims(ParamKind):
    """A list of numbers of any length, such as a shape or an order of dimensions; a single one is a list of one."""

    min: float | None = None
    floats: bool = False

    @property
    def hint(self) -> str:
        return Message("a list of {numbers}", numbers="numbers" if self.floats else "integers") + _range(self.min, None)

    def read(self, value: Value, dims: int) -> tuple[Any, ...]:
        values = value if isinstance(value, tuple) else (value,)
        if len(values) > MAX_RANK:
            raise ValueError
        one = Float(self.min) if self.floats else Int(None if self.min is None else int(self.min))
        return tuple(one.read(v, dims) for v in values)

    def parse(self, text: str) -> Value:
        return parse_value(text) if text.strip("()[] ") else ()


class OneOf(ParamKind):
    """The first of several kinds that reads the value."""

    kinds: tuple[ParamKind, ...]

    @property
    def hint(self) -> str:
        return self.hint_for(0)

    def hint_for(self, dims: int) -> str:
        return ", or ".join(kind.hint_for(dims) for kind in self.kinds)

    def read(self, value: Value, dims: int) -> Any:
        for kind in self.kinds:
            try:
                return kind.read(value, dims)
            except ValueError:
                continue
        raise ValueError

    def text(self, value: Value) -> str:
        return self.kinds[-1].text(value)


class Optional(ParamKind):
    """A kind, or none."""

    kind: ParamKind

    @property
    def hint(self) -> str:
        return self.hint_for(0)

    def hint_for(self, dims: int) -> str:
        return Message("{hint_for}, or none", hint_for=self.kind.hint_for(dims))

    def read(self, value: Value, dims: int) -> Any:
        return None if value is None else self.kind.read(value, dims)

    def text(self, value: Value) -> str:
        return "none" if value is None else self.kind.text(value)

    def parse(self, text: str) -> Value:
        return None if text.strip().lower() in ("", "none", "null") else self.kind.parse(text)


def _not_none(value: Value) -> Value:
    if value is None:
        raise ValueError
    return value


def _range(low: float | None, high: float | None) -> str:
    if low is not None and high is not None:
        return Message(" from {low} to {high}", low=low, high=high)
    return f" ≥ {low}" if low is not None else f" ≤ {high}" if high is not None else ""


def _either(words: Sequence[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} or {words[-1]}"
