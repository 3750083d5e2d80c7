"""The largest batch, or the largest image, with which a network keeps its limits: found by search."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from layerledger.core.analysis.analyzer import analyze
from layerledger.core.analysis.result import Result
from layerledger.core.metrics.budgets import Limit, value_of
from layerledger.core.network.nodes import Network

MOST = 2**20
"""The largest batch, and the largest size of an image, that is looked for."""

_DOUBLINGS = 6

STEP = 32
"""Sizes of images that are looked at are multiples of this: what networks that halve an image five times take."""


def fits(result: Result, limits: Sequence[Limit]) -> bool:
    """Return whether a network has no error and keeps all limits."""
    values = [(value_of(result, limit), limit.maximum) for limit in limits if result.ok]
    return result.ok and all(value is not None and value <= maximum for value, maximum in values)


def largest_batch(network: Network, limits: Sequence[Limit]) -> int | None:
    """Return the largest batch with which `limits` are kept; None where not even 1 does it."""
    return _largest(lambda n: fits(analyze(network, batch=n), limits), unit=1)


def image_input(network: Network) -> int | None:
    """Return the position of the first input that is an image, (N, C, H, W); None for a network without images."""
    return next((i for i, given in enumerate(network.inputs) if len(given.shape) == 4), None)


def largest_image(network: Network, limits: Sequence[Limit]) -> int | None:
    """Return the largest height and width, a multiple of STEP, of the first image with which `limits` are kept.

    None where no such size does it, or no input is an image.
    """
    at = image_input(network)
    if at is None:
        return None

    def kept(n: int) -> bool:
        image = network.inputs[at]
        resized = replace(image, shape=(*image.shape[:2], n, n))
        inputs = (*network.inputs[:at], resized, *network.inputs[at + 1 :])
        return fits(analyze(replace(network, inputs=inputs)), limits)

    return _largest(kept, unit=STEP)


def _largest(kept: Callable[[int], bool], *, unit: int) -> int | None:
    """Return the largest multiple of `unit` up to MOST that is kept, where what is too large stays too large."""
    low = next((n for n in _smallest(unit) if kept(n)), None)
    if low is None:
        return None
    while 2 * low <= MOST and kept(2 * low):
        low *= 2
    high = min(2 * low, MOST + unit)
    while high - low > unit:
        middle = (low + high) // 2 // unit * unit
        low, high = (middle, high) if kept(middle) else (low, middle)
    return low


def _smallest(unit: int) -> Iterator[int]:
    """Yield the sizes at which a network may begin to work: `unit`, twice that, and so on."""
    return (unit << i for i in range(_DOUBLINGS))
