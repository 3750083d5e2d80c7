"""Immutable mapping that hashes, pickles and reads as fast as a dict."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

_K = TypeVar("_K")
_V = TypeVar("_V", covariant=True)

# A dict for the interpreter: `dict(x)`, `{**x}`, lookups and JSON encoding then take their path in C. A Mapping around
# a dict answers each lookup in Python, three times as slow. For the type checker a Mapping, which has no way to change.
if TYPE_CHECKING:

    class _Base(Mapping[_K, _V]):
        def __init__(self, items: Mapping[_K, _V], /) -> None: ...
        def __getitem__(self, key: _K, /) -> _V: ...
        def __iter__(self) -> Iterator[_K]: ...
        def __len__(self) -> int: ...
else:
    _Base = dict


class FrozenMap(_Base[_K, _V]):
    """A mapping that cannot be changed: `FrozenMap({"kernel_size": 3})`.

    It hashes where its values do, equals any mapping of the same items, and pickles; the empty one that is unpickled is
    EMPTY itself.
    """

    __slots__ = ()

    def __hash__(self) -> int:
        return hash(frozenset(self.items()))

    def __reduce__(self) -> tuple[Any, ...]:
        # Without this, pickle would fill an empty FrozenMap item by item, which it refuses.
        return _restored, (dict(self),)

    def _refuse(self, *args: Any, **items: Any) -> NoReturn:
        raise TypeError("a FrozenMap cannot be changed; make a new one")

    __setitem__ = __delitem__ = __ior__ = clear = pop = popitem = setdefault = update = _refuse


EMPTY: FrozenMap[Any, Any] = FrozenMap({})
"""The one empty mapping, so that nodes without values share it and are recognised by identity."""


def _restored(items: dict[_K, _V]) -> FrozenMap[_K, _V]:
    return FrozenMap(items) if items else EMPTY
