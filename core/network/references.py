"""Names and references among siblings: `name`, `name:1`; unused names."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from layerledger.core.base.messages import Message
from layerledger.core.base.values import show
from layerledger.core.network.nodes import INPUT, Network


class FreeNames:
    """Source of unused names, numbered on: conv, conv2, conv3."""

    def __init__(self, taken: Iterable[str]) -> None:
        self._taken = {*taken, INPUT}
        # By stem: the last number given. Without it, n equal names would try n numbers each.
        self._last: dict[str, int] = {}

    def take(self, wanted: str) -> str:
        """Return `wanted`, with the next unused number if it is taken, and mark it as taken."""
        name = wanted
        if name in self._taken:
            stem, number = _numbered(wanted)
            number = max(number, self._last.get(stem, 0))
            while name in self._taken:
                number += 1
                name = f"{stem}{number}"
            self._last[stem] = number
        self._taken.add(name)
        return name


def _numbered(name: str) -> tuple[str, int]:
    """Split conv12 into conv and 12; a name without a number gets the number 1."""
    stem = name.rstrip("0123456789")
    digits = name[len(stem) :]
    # Many digits, such as a date or a hash, belong to the name.
    if not stem or len(digits) > 9:
        return f"{name}_", 1
    return stem, int(digits or 1)


def free_name(wanted: str, taken: Iterable[str]) -> str:
    """Return `wanted`, with the next unused number if it is taken: conv, conv2, conv3."""
    return FreeNames(taken).take(wanted)


def reserved(network: Network) -> set[str]:
    """Return the names that no node may take: a reference to the network's input must not change its meaning."""
    return {given.name for given in network.inputs}


# -- references


def split_reference(reference: str) -> tuple[str, int]:
    """Split `name:1` into name and output number; without one, the first.

    Raises:
        ValueError: the text after the colon is not a number.
    """
    name, colon, port = reference.partition(":")
    if not colon:
        return name, 0
    if not port.isdecimal() or len(port) > 6:
        raise ValueError(
            Message("a reference must be a name, or a name, a colon and a number; got {value}", value=show(reference))
        )
    return name, int(port)


def join_reference(name: str, port: int) -> str:
    """Return the shortest reference to an output: `name`, `name:1`."""
    return f"{name}:{port}" if port else name


def reference_name(reference: str) -> str:
    """Return the name in a reference, without its output number; a malformed one is returned whole."""
    try:
        return split_reference(reference)[0]
    except ValueError:
        return reference


def shortest(reference: str) -> str:
    """Return a reference in the one way to write it: `conv:0` is `conv`; a malformed one is returned whole."""
    try:
        return join_reference(*split_reference(reference))
    except ValueError:
        return reference


def renamed(reference: str, names: Mapping[str, str]) -> str:
    """Return a reference with its name replaced by `names`."""
    name, colon, port = reference.partition(":")
    return f"{names[name]}{colon}{port}" if name in names else reference
