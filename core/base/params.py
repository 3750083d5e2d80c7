"""Declarations of parameters by layer types: kind, default and help, stated once.

The inspector, the palette's quick insert, the problem sentences and the reference page are all derived from these.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from layerledger.core.base.messages import Message, message_of
from layerledger.core.base.param_kinds import Bool, Choice, Dims, Float, Int, OneOf, Optional, ParamKind, Sizes, Text
from layerledger.core.base.record import Record
from layerledger.core.base.values import MAX_RANK, MAX_SIZE, ParamError, Value, parse_value, show

__all__ = [
    "MAX_RANK",
    "MAX_SIZE",
    "REQUIRED",
    "Bool",
    "Choice",
    "Dims",
    "Float",
    "Int",
    "OneOf",
    "Optional",
    "ParamInfo",
    "ParamKind",
    "Sizes",
    "Text",
    "Value",
    "defaults_of",
    "param",
    "params_of",
    "parse_value",
    "show",
]


class _Required:
    def __repr__(self) -> str:
        return "required"

    def __reduce__(self) -> str:
        return "REQUIRED"


REQUIRED = _Required()
"""The default of a parameter that must be given."""


class ParamInfo(Record):
    """One declared parameter of a layer type.

    Attributes:
        kind: the values that it accepts.
        default: torch.nn's default, or REQUIRED.
        initial: the value of a new layer where torch.nn has no default.
        help: one line for people.
        derived: whether it follows from the input: it may be left out, and must fit if given.
        name: torch.nn's keyword.
    """

    kind: ParamKind
    default: Value | _Required
    initial: Value
    help: str
    derived: bool = False
    name: str = ""

    def __set_name__(self, owner: type, name: str) -> None:
        # The one write after `__init__`: Python calls this when the class that declares the parameter is made.
        vars(self)["name"] = name

    @property
    def required(self) -> bool:
        return isinstance(self.default, _Required)

    @property
    def start(self) -> Value:
        """The value that is shown for a missing parameter."""
        return self.initial if isinstance(self.default, _Required) else self.default

    def read(self, value: Value, dims: int) -> Any:
        """Return `value` as the layer type uses it.

        Raises:
            ValueError: with a sentence that names the parameter, the rule and the value.
        """
        try:
            return self.kind.read(value, dims)
        except ParamError as error:
            raise ValueError(Message("{name}: {error}", name=self.name, error=message_of(error))) from None
        except ValueError:
            raise ValueError(
                Message(
                    "{name} must be {rule}; got {value}",
                    name=self.name,
                    rule=self.kind.hint_for(dims),
                    value=show(value),
                )
            ) from None


def param(kind: ParamKind, *, default: Any = REQUIRED, initial: Value = None, help: str, derived: bool = False) -> Any:
    """Declare one parameter of a layer type; the annotation next to it is the type that `kind.read` returns."""
    return ParamInfo(kind, default, initial, help, derived)


# Key: the class. Bound: the number of layer types. Never stale, since a class is complete when it is registered.
@cache
def params_of(cls: type) -> dict[str, ParamInfo]:
    """Return the parameters that a layer type declares, its bases' first; one declared again moves to the end."""
    found: dict[str, ParamInfo] = {}
    for name, value in (member for base in reversed(cls.__mro__) for member in vars(base).items()):
        if isinstance(value, ParamInfo):
            found.pop(name, None)
            found[name] = value
    return found


# Key: the class and its dimensions; bound and life as for `params_of`.
@cache
def defaults_of(cls: type, dims: int) -> dict[str, Any]:
    """Return the default values of a layer type's optional parameters, as `read` returns them."""
    optional = {name: info for name, info in params_of(cls).items() if not info.required}
    return {name: None if info.default is None else info.read(info.start, dims) for name, info in optional.items()}
