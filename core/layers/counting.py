"""The declaration of a layer type's counts: formulas by primitive."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, Generic, Literal, TypeAlias, TypeVar

Status: TypeAlias = Literal["exact", "approximated", "free", "stated"]
"""The reliability of counts: exact; approximated; zero by nature (free); or stated by the user."""

Count: TypeAlias = "str | Mapping[str, str]"
Counts: TypeAlias = Mapping[str, Count]


def counting(
    *,
    params: Count = "",
    trainable_params: Count = "",
    buffers: Count = "",
    macs: Count = "",
    mul: Count = "",
    add: Count = "",
    cmp: Count = "",
    special: Count = "",
    idle_params: Count = "",
) -> Counts:
    """Return the formulas of a type by primitive (see Cost); a count that is left out is zero by definition.

    A count is a formula, or named terms that add up, each a formula.
    """
    # The first statement, so that `locals` has the parameters and nothing else.
    return {name: count for name, count in locals().items() if count}


_T = TypeVar("_T")


class PerClass(Generic[_T]):
    """A class attribute computed on first access, so that importing all types parses no formula."""

    def __init__(self, make: Callable[[Any], _T]) -> None:
        # Key: the class, so the bound is the number of layer types. There is no `__set__`: a value in the instance's
        # own `vars` goes first, as in Custom.
        self._make = cache(make)

    def __get__(self, spec: object, owner: type) -> _T:
        return self._make(owner)
