"""Immutable values with named fields, cheap to declare.

There are three ways to write a value, by its use:

- NamedTuple for small results that are unpacked, compared by content or made by the thousand: TensorSpec, Row, Dtypes.
- Record for declarations made once, at import or from a data file: ParamInfo, Example, Convention, Device. It compares
  by identity and hashes, so that caches take it as a key.
- Frozen dataclass for the model that edits change by `replace`, and for values that compare by content and have
  behaviour of their own: Layer, Network, Cost, Problem.

All three pickle. A frozen dataclass compiles its methods when its class is made: 0.4 ms each, a tenth of a second over
all layer types, paid at every start; a record looks its fields up instead.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, NoReturn, TypeVar, dataclass_transform

from layerledger.core.base.messages import Message

_T = TypeVar("_T")


class Frozen:
    """An object whose attributes are set once: its `__init__` writes them into `vars(self)`."""

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise AttributeError(Message("{type_name}.{name} cannot be set", type_name=type(self).__name__, name=name))

    def __delattr__(self, name: str) -> NoReturn:
        raise AttributeError(Message("{type_name}.{name} cannot be deleted", type_name=type(self).__name__, name=name))

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(f'{name}={value!r}' for name, value in vars(self).items())})"


@dataclass_transform(frozen_default=True, eq_default=False)
class Record(Frozen):
    """A value whose fields are its annotations; a field left out has the class's default. Compares by identity."""

    __match_args__: ClassVar[tuple[str, ...]] = ()

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        # Annotations are texts, since modules of records import them from __future__; no type is evaluated.
        own = (name for name, kind in cls.__annotations__.items() if "ClassVar" not in kind)
        cls.__match_args__ = tuple(dict.fromkeys((*cls.__match_args__, *own)))

    def __init__(self, *args: Any, **fields: Any) -> None:
        values = vars(self)
        values.update(zip(self.__match_args__, args), **fields)  # noqa: B905  (args may be fewer)
        # Fields left out are looked up on the class, so a record costs no more than the fields that it is given.
        if len(values) < len(self.__match_args__):
            self._check_given()

    def __getstate__(self) -> dict[str, Any]:
        """Return the fields to pickle, without the cached properties: they are computed again when needed."""
        return {name: value for name, value in vars(self).items() if name in self.__match_args__}

    def _check_given(self) -> None:
        for name in self.__match_args__:
            if not hasattr(self, name):
                raise TypeError(Message("{type_name} needs {name}", type_name=type(self).__name__, name=name))


@dataclass_transform(frozen_default=True, eq_default=False)
def frozen_when_checked(cls: type[_T]) -> type[_T]:
    """Make a dataclass that is frozen for the type checker and compares by identity.

    Freezing it at run time too makes an instance three times as slow to build, and an analysis builds thousands.
    """
    return dataclass(slots=True, eq=False)(cls)
