"""The declaration of a layer type's counts: formulas by primitive."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, Generic, Literal, TypeAlias, TypeVar

from layerledger.core.formula.formula import Formula, added, formula

Status: TypeAlias = Literal["exact", "approximated", "free", "stated", "not counted"]
"""The reliability of counts: exact; approximated; zero by nature (free); stated by the user; or not counted at all."""

NOT_COUNTED: Status = "not counted"
"""The status of what is unknown, also the text for an unknown number in a report; a zero would be a lie."""

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
    adapter_params: Count = "",
) -> Counts:
    """Return the formulas of a type by primitive (see Cost); a count that is left out is zero by definition.

    A count is a formula, or named terms that add up, each a formula.
    """
    # The first statement, so that `locals` has the parameters and nothing else.
    return {name: count for name, count in locals().items() if count}


def terms_of(counts: Counts) -> Mapping[str, Mapping[str, Formula]]:
    """Return the parsed formulas of counts by term; a count that is a single formula has one term without a name."""
    stated = {name: {"": count} if isinstance(count, str) else count for name, count in counts.items()}
    return {name: {term: formula(text) for term, text in terms.items()} for name, terms in stated.items()}


def formulas_of(terms: Mapping[str, Mapping[str, Formula]]) -> Mapping[str, Formula]:
    """Return the formula of each count: the sum of its terms."""
    return {name: added(parts.values()) for name, parts in terms.items()}


_T = TypeVar("_T")


class PerClass(Generic[_T]):
    """A class attribute computed on first access, so that importing all types parses no formula."""

    def __init__(self, make: Callable[[Any], _T]) -> None:
        # Key: the class, so the bound is the number of layer types. There is no `__set__`: a value in the instance's
        # own `vars` goes first, as in Custom.
        self._make = cache(make)

    def __get__(self, spec: object, owner: type) -> _T:
        return self._make(owner)
