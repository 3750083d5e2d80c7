"""What each convention would print for a network, how far that is from its MACs, and what makes the difference."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from layerledger.core.analysis.result import Result, Row
from layerledger.core.conventions.catalogue import conventions
from layerledger.core.conventions.convention import Convention
from layerledger.core.conventions.rules import MACS_PART, Defect
from layerledger.core.conventions.vocabulary import LayerNumbers, numbers_of
from layerledger.core.layers.base import LayerType
from layerledger.core.network import Path
from layerledger.core.record import Record

LEFT_OUT = "not counted"
"""The part of a difference that is made of MACs which a convention does not know of."""


class Share(NamedTuple):
    """What one layer, in all its passes, has of a difference."""

    path: str
    at: Path
    amount: int


class Difference(Record):
    """One part of what lies between MACs and another count.

    Attributes:
        part: such as `bias`, `normalization` or `factor 2`.
        amount: below zero where the convention leaves it out.
        layers: those that it comes from, the largest first; their amounts add up to it.
    """

    part: str
    amount: int
    layers: tuple[Share, ...]


class Comparison(Record):
    """One convention's count of a network.

    Attributes:
        total: what it would print.
        difference: that without the MACs; the parts add up to it.
        parts: what makes the difference, the largest first.
        defects: sentences on its known faults that show in this network.
    """

    convention: Convention
    total: int
    difference: int
    parts: tuple[Difference, ...]
    defects: tuple[str, ...]


def compare(result: Result, chosen: Mapping[str, Convention] | None = None) -> tuple[Comparison, ...]:
    """Returns a row for each convention.

    Args:
        result: the analysis of the network.
        chosen: the conventions to compare; all unless given.
    """
    layers = [(row, numbers_of(row.result)) for row in result.rows(expand=False)]
    by_type: dict[type[LayerType], list[LayerNumbers]] = {}
    for _, numbers in layers:
        if numbers is not None:
            by_type.setdefault(type(numbers.spec), []).append(numbers)
    chosen = conventions() if chosen is None else chosen
    return tuple(_compared(each, layers, each.defects_of(by_type)) for each in chosen.values())


def _compared(
    convention: Convention, layers: Iterable[tuple[Row, LayerNumbers | None]], defects: Iterable[Defect]
) -> Comparison:
    shares: dict[str, dict[Path, Share]] = {}
    macs = total = 0
    for row, numbers in layers:
        counted = convention.of_layer(row.result, numbers)
        macs += row.cost.macs * row.times
        total += counted.value * row.times
        for part, amount in _differences(counted.parts, row.cost.macs):
            _add(shares.setdefault(part, {}), row, amount * row.times)
    parts = sorted((_difference(*item) for item in shares.items()), key=lambda d: -abs(d.amount))
    return Comparison(convention, total, total - macs, tuple(parts), tuple(defect.text for defect in defects))


def _differences(parts: Mapping[str, int], macs: int) -> Iterable[tuple[str, int]]:
    """Yields what a layer's parts have beyond its MACs, and what is missing of those."""
    if missing := parts.get(MACS_PART, 0) - macs:
        yield LEFT_OUT if missing < 0 else MACS_PART, missing
    yield from ((part, amount) for part, amount in parts.items() if part != MACS_PART)


def _add(layers: dict[Path, Share], row: Row, amount: int) -> None:
    before = layers.get(row.at)
    layers[row.at] = Share(before.path if before else row.path, row.at, amount + (before.amount if before else 0))


def _difference(part: str, layers: Mapping[Path, Share]) -> Difference:
    found = sorted(layers.values(), key=lambda share: -abs(share.amount))
    return Difference(part, sum(share.amount for share in found), tuple(found))
