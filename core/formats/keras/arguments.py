"""The arguments of an operation of keras.ops: by place, by keyword, or in its configuration."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

from layerledger.core.base.messages import Message
from layerledger.core.formats.importing.channels_last import Laid
from layerledger.core.formats.importing.graph import Uncounted
from layerledger.core.formats.keras.calls import LayerCall, tensors_of

_MISSING = object()


def value(call: LayerCall, place: int, *names: str, default: object = _MISSING) -> object:
    """Return an argument.

    Args:
        call: the call.
        place: among the positional arguments, below 0 where it is never positional.
        names: as keywords or in the configuration, the first that is there counts.
        default: where it is missing.

    Raises:
        Uncounted: it is missing without a default.
    """
    if 0 <= place < len(call.args):
        return call.args[place]
    for held in (call.kwargs, call.config):
        for name in names:
            if name in held:
                found = held[name]
                return tuple(cast("list[object]", found)) if isinstance(found, list) else found
    if default is _MISSING:
        raise Uncounted(Message("its argument {name} is not known", name=names[0] if names else str(place)))
    return default


def integer(call: LayerCall, place: int, *names: str, default: object = _MISSING) -> int:
    """Return an integer argument; see `value`."""
    found = value(call, place, *names, default=default)
    if type(found) is int:
        return found
    raise Uncounted(Message("its argument {name} is no integer", name=names[0] if names else str(place)))


def integers(call: LayerCall, place: int, *names: str, default: object = _MISSING) -> tuple[int, ...] | None:
    """Return an argument of one or several integers; None where it is not given; see `value`."""
    found = value(call, place, *names, default=default)
    if found is None:
        return None
    items = (found,) if type(found) is int else found
    if isinstance(items, tuple) and all(type(item) is int for item in cast("tuple[object, ...]", items)):
        return cast("tuple[int, ...]", items)
    raise Uncounted(Message("its argument {name} is no list of integers", name=names[0] if names else str(place)))


def flag(call: LayerCall, place: int, *names: str) -> bool:
    """Return whether an argument is true."""
    return value(call, place, *names, default=False) is True


def tensors(call: LayerCall, place: int, *names: str) -> Sequence[Laid]:
    """Return the tensors of an argument that is one or a list of them."""
    return list(tensors_of(value(call, place, *names, default=())))
