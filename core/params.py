"""How a layer type declares a parameter: its kind, default and help, stated once.

The inspector, the palette's quick insert, the problem sentences and the reference page are all derived from these declarations.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, TypeAlias

Value: TypeAlias = "None | bool | int | float | str | tuple[Value, ...] | Mapping[str, Value]"
"""A parameter as a file holds it: JSON, with arrays as tuples."""

MAX_SIZE = 2**63 - 1
"""Largest dimension or parameter: what a 64-bit tensor library can index. Products of them stay exact."""


class _Required:
    def __repr__(self) -> str:
        return "required"


REQUIRED = _Required()
"""The default of a parameter that must be given."""

_METADATA_KEY = "layerledger"


@dataclass(frozen=True)
class Kind:
    """What values a parameter takes. Subclasses read a stored value and translate it to and from text."""

    @property
    def hint(self) -> str:
        """What fits, as the object of 'must be …'."""
        raise NotImplementedError

    def hint_for(self, dims: int) -> str:
        """`hint` for a layer of `dims` spatial dimensions."""
        return self.hint

    def read(self, value: Value, dims: int) -> Any:
        """Returns `value` as the layer type uses it.

        Raises:
            ValueError: `value` is none of what `hint` says.
        """
        raise NotImplementedError

    def text(self, value: Value) -> str:
        """Returns `value` as a person types it; `parse` reads it back."""
        return str(value)

    def parse(self, text: str) -> Value:
        """Returns the value that `text` stands for; text that fits nothing comes back unchanged, to become a problem."""
        return parse_value(text)


@dataclass(frozen=True)
class Int(Kind):
    """An integer in a range."""

    min: int | None = None
    max: int = MAX_SIZE

    @property
    def hint(self) -> str:
        return "an integer" + _range(self.min, None if self.max == MAX_SIZE else self.max)

    def read(self, value: Value, dims: int) -> int:
        if type(value) is not int:
            raise ValueError
        if (self.min is not None and value < self.min) or abs(value) > self.max:
            raise ValueError
        return value


@dataclass(frozen=True)
class Float(Kind):
    """A number in a range."""

    min: float | None = None
    max: float | None = None

    @property
    def hint(self) -> str:
        return "a number" + _range(self.min, self.max)

    def read(self, value: Value, dims: int) -> float:
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise ValueError
        if (self.min is not None and value < self.min) or (self.max is not None and value > self.max):
            raise ValueError
        return value


@dataclass(frozen=True)
class Bool(Kind):
    """True or false."""

    @property
    def hint(self) -> str:
        return "true or false"

    def read(self, value: Value, dims: int) -> bool:
        if not isinstance(value, bool):
            raise ValueError
        return value

    def text(self, value: Value) -> str:
        return "true" if value is True else "false" if value is False else str(value)


@dataclass(frozen=True)
class Choice(Kind):
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


@dataclass(frozen=True)
class Sizes(Kind):
    """One number a spatial dimension; a single one stands for all.

    Attributes:
        min: smallest value of each.
        per_dim: how many numbers a dimension takes (2 for the padding layers: before and after).
        floats: whether fractions are allowed.
        keep: whether `null` may stand for 'as the input has it' (adaptive pooling).
    """

    min: int | None = 0
    per_dim: int = 1
    floats: bool = False
    keep: bool = False

    @property
    def hint(self) -> str:
        return self.hint_for(0)

    def hint_for(self, dims: int) -> str:
        one = ("a number" if self.floats else "an integer") + _range(self.min, None)
        one += " or none" if self.keep else ""
        many = dims * self.per_dim
        return f"{one}, or one a dimension" if not dims else one if many == 1 else f"{one}, or {many} of them"

    def read(self, value: Value, dims: int) -> tuple[Any, ...]:
        n = dims * self.per_dim
        values: tuple[Value, ...] = value if isinstance(value, tuple) else (value,) * n
        if len(values) != n:
            raise ValueError
        return tuple(self._one(v) for v in values)

    def _one(self, value: Value) -> int | float | None:
        if value is None and self.keep:
            return None
        if self.floats:
            return Float(self.min).read(value, 1)
        return Int(self.min).read(value, 1)

    def text(self, value: Value) -> str:
        return _sizes_text(value)


@dataclass(frozen=True)
class Dims(Kind):
    """A list of integers of any length, such as a shape or an order of dimensions; one integer is a list of one."""

    min: int | None = None

    @property
    def hint(self) -> str:
        return "a list of integers" + _range(self.min, None)

    def read(self, value: Value, dims: int) -> tuple[int, ...]:
        values: tuple[Value, ...] = value if isinstance(value, tuple) else (value,)
        if len(values) > MAX_RANK:
            raise ValueError
        return tuple(Int(self.min).read(v, dims) for v in values)

    def text(self, value: Value) -> str:
        return ", ".join(map(str, value)) if isinstance(value, tuple) else str(value)

    def parse(self, text: str) -> Value:
        value = parse_value(text)
        return (value,) if isinstance(value, int) and not isinstance(value, bool) else value


@dataclass(frozen=True)
class OneOf(Kind):
    """The first of several kinds that reads the value."""

    kinds: tuple[Kind, ...]

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
        return _sizes_text(value)


@dataclass(frozen=True)
class Optional(Kind):
    """A kind, or none."""

    kind: Kind

    @property
    def hint(self) -> str:
        return self.hint_for(0)

    def hint_for(self, dims: int) -> str:
        return f"{self.kind.hint_for(dims)}, or none"

    def read(self, value: Value, dims: int) -> Any:
        return None if value is None else self.kind.read(value, dims)

    def text(self, value: Value) -> str:
        return "none" if value is None else self.kind.text(value)

    def parse(self, text: str) -> Value:
        return None if text.strip().lower() in ("", "none", "null") else self.kind.parse(text)


MAX_RANK = 64
"""Most dimensions of a tensor (torch's own limit)."""


@dataclass(frozen=True, kw_only=True)
class ParamInfo:
    """One declared parameter of a layer type.

    Attributes:
        name: torch.nn's keyword.
        kind: what values it takes.
        default: torch.nn's default, or REQUIRED.
        initial: what a new layer starts with where torch.nn has no default.
        help: one line for people.
        derived: follows from the input; may be left out, and must fit where it is given.
    """

    name: str
    kind: Kind
    default: Value | _Required
    initial: Value
    help: str
    derived: bool

    @property
    def required(self) -> bool:
        return isinstance(self.default, _Required)

    @property
    def start(self) -> Value:
        """The value shown where none is given."""
        return self.initial if isinstance(self.default, _Required) else self.default

    def read(self, value: Value, dims: int) -> Any:
        """Returns `value` as the layer type uses it.

        Raises:
            ValueError: with a sentence that names the parameter, the rule and the value.
        """
        try:
            return self.kind.read(value, dims)
        except ValueError:
            raise ValueError(f"{self.name} must be {self.kind.hint_for(dims)}; got {show(value)}") from None


def param(kind: Kind, *, default: Any = REQUIRED, initial: Value = None, help: str, derived: bool = False) -> Any:
    """Declares one parameter of a layer type; the annotation next to it is the type that `kind.read` returns."""
    metadata = {"kind": kind, "default": default, "initial": initial, "help": help, "derived": derived}
    if isinstance(default, _Required):
        return dataclasses.field(metadata={_METADATA_KEY: metadata})
    return dataclasses.field(default=default, metadata={_METADATA_KEY: metadata})


@cache
def params_of(cls: type) -> dict[str, ParamInfo]:
    """Returns the declared parameters of a layer type by name, in order of declaration."""
    return {
        field.name: ParamInfo(name=field.name, **field.metadata[_METADATA_KEY])
        for field in dataclasses.fields(cls)
        if _METADATA_KEY in field.metadata
    }


def show(value: Value) -> str:
    """Returns `value` for a sentence, cut when long."""
    if isinstance(value, str):
        text = f'"{value}"'
    elif isinstance(value, tuple):
        text = f"({', '.join(map(show, value))})"
    else:
        text = {None: "none", True: "true", False: "false"}.get(value) if value is None or isinstance(value, bool) else None
        text = text or _safe_str(value)
    return text if len(text) <= 60 else f"{text[:57]}…"


def parse_value(text: str) -> Value:
    """Returns what a person means by `text`: 3, 0.5, true, none, `3×3`, `1, 2`, a word."""
    text = text.strip().strip("()[]")
    parts = [p for p in re.split(r"\s*[,x×]\s*|\s+", text) if p]
    if len(parts) > 1 or text.endswith(","):
        return tuple(_parse_one(p) for p in parts)
    return _parse_one(text)


_WORDS: dict[str, Value] = {"true": True, "false": False, "none": None, "null": None, "on": True, "off": False}


def _parse_one(text: str) -> Value:
    if text.lower() in _WORDS:
        return _WORDS[text.lower()]
    for read in (int, float):
        try:
            return read(text)
        except ValueError:
            continue
    return text


def _safe_str(value: object) -> str:
    try:
        return str(value)
    except ValueError:  # an integer beyond the interpreter's limit of digits
        return "a number of thousands of digits"


def _sizes_text(value: Value) -> str:
    if isinstance(value, tuple):
        return " × ".join("none" if v is None else str(v) for v in value)
    return "none" if value is None else str(value)


def _range(low: float | None, high: float | None) -> str:
    if low is not None and high is not None:
        return f" from {low} to {high}"
    return f" ≥ {low}" if low is not None else f" ≤ {high}" if high is not None else ""


def _either(words: Sequence[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} or {words[-1]}"
