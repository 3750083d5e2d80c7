"""The axes of a table of batches and contexts, around those of a network."""

from __future__ import annotations

from layerledger.core.base.values import MAX_SIZE

_BATCHES = 7
_BELOW, _CONTEXTS = 3, 6


def table_batches(batch: int) -> tuple[int, ...]:
    """Return the batches of a table: 1, 2, 4 … 64, with `batch` in its place among them."""
    powers = [1 << i for i in range(_BATCHES)]
    if batch in powers:
        return tuple(powers)
    # One of them makes room, so that the table keeps its height.
    kept = powers[: _BATCHES - 1] if batch > powers[-2] else [each for each in powers if each != powers[-1]]
    return tuple(sorted((*kept, batch)))


def table_contexts(context: int) -> tuple[int, ...]:
    """Return the contexts of a table: an eighth of `context`, a fourth … four times it, those that are possible."""
    first = context
    for _ in range(_BELOW):
        first = first // 2 if first > 1 and first % 2 == 0 else first
    found = [first << i for i in range(_CONTEXTS)]
    return tuple(each for each in sorted({*found, context}) if each <= MAX_SIZE)[:_CONTEXTS]
