"""What each convention would print for a network, how far that is from its MACs, and what makes the difference."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import NamedTuple

from layerledger.core.analysis.node_result import NodeResult
from layerledger.core.analysis.result import Result, Row
from layerledger.core.base.record import Record
from layerledger.core.metrics.conventions.convention import Convention
from layerledger.core.metrics.conventions.registry import conventions
from layerledger.core.metrics.conventions.rules import MACS_PART, KnownIssue
from layerledger.core.metrics.conventions.vocabulary import numbers_of
from layerledger.core.network.nodes import Network
from layerledger.core.network.paths import NodePath

LEFT_OUT = "not counted"
"""The part of a difference that is made of MACs which a convention does not know of."""


class LayerShare(NamedTuple):
    """What one layer, in all its passes, has of a difference."""

    path: str
    at: NodePath
    amount: int


class CountPart(Record):
    """One part of what lies between MACs and another count.

    Attributes:
        part: such as `bias`, `normalization` or `factor 2`.
        amount: below zero where the convention leaves it out.
        find: finds the passes of layers that it comes from, each with its amount.
    """

    part: str
    amount: int
    find: Callable[[], Iterable[tuple[Row, int]]]

    @cached_property
    def layers(self) -> tuple[LayerShare, ...]:
        """Those that it comes from, the largest first; their amounts add up to it. Found when first asked for."""
        found: dict[NodePath, LayerShare] = {}
        for row, amount in self.find():
            before = found.get(row.at, LayerShare(row.path, row.at, 0))
            found[row.at] = before._replace(amount=before.amount + amount)
        return tuple(sorted(found.values(), key=lambda share: -abs(share.amount)))


class ToolCount(Record):
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
    parts: tuple[CountPart, ...]
    defects: tuple[str, ...]


def count_by_tools(result: Result, chosen: Mapping[str, Convention] | None = None) -> tuple[ToolCount, ...]:
    """Return a row for each convention.

    Args:
        result: the analysis of the network.
        chosen: the conventions to compare; all unless given.
    """
    return ToolCounts(chosen).compare(result)


class _Slot(NamedTuple):
    """One part of one convention, which is given by its position."""

    convention: int
    part: str


class _Layer(NamedTuple):
    """What one pass of a layer has in each slot beyond its MACs, and the faults that show in it."""

    amounts: Mapping[_Slot, int]
    defects: frozenset[KnownIssue]


class ToolCounts:
    """Compares one result after the other; layers that an edit left as they were are not counted again."""

    def __init__(self, chosen: Mapping[str, Convention] | None = None) -> None:
        self.conventions = tuple((conventions() if chosen is None else chosen).values())
        self._slots: dict[_Slot, _Slot] = {}
        self._known: dict[NodeResult, _Layer] = {}
        self._listed: tuple[Result | None, list[Row]] = (None, [])

    def prepare(self, result: Result) -> Iterator[NodeResult]:
        """Count the layers that are new, one a step, so that a long comparison can be prepared in short turns."""
        for row in self._rows(result):
            if row.result not in self._known:
                self._known[row.result] = self._look(row.result)
                yield row.result

    def compare(self, result: Result) -> tuple[ToolCount, ...]:
        """Return a row for each convention, and forgets the layers that are gone."""
        rows, before = self._rows(result), self._known
        known = self._known = {row.result: before.get(row.result) or self._look(row.result) for row in rows}
        sums: dict[_Slot, int] = {}
        shown: set[KnownIssue] = set()
        for row in rows:
            amounts, defects = known[row.result]
            shown |= defects
            for slot, amount in amounts.items():
                sums[slot] = sums.get(slot, 0) + amount * row.times
        parts: list[list[CountPart]] = [[] for _ in self.conventions]
        for slot, amount in sums.items():
            parts[slot.convention].append(CountPart(slot.part, amount, _finder(slot, rows, known)))
        macs = result.totals.macs
        notes = notes_of(result.network)
        pairs = zip(self.conventions, parts, strict=True)
        return tuple(_compared(each, macs, found, shown, notes) for each, found in pairs)

    def _rows(self, result: Result) -> list[Row]:
        if self._listed[0] is not result:
            self._listed = (result, list(result.rows(expand=False)))
        return self._listed[1]

    def _look(self, result: NodeResult) -> _Layer:
        numbers = numbers_of(result)
        amounts: dict[_Slot, int] = {}
        for i, convention in enumerate(self.conventions):
            for part, amount in _differences(convention.of_layer(result, numbers).parts, result.cost.macs):
                slot = _Slot(i, part)
                amounts[self._slots.setdefault(slot, slot)] = amount
        found = () if numbers is None else (d for each in self.conventions for d in each.known_issues_of(numbers))
        return _Layer(amounts, frozenset(found))


def notes_of(network: Network) -> Mapping[tuple[str, int], str]:
    """Return the notes of a network's file by convention and total: why the tool itself prints another number.

    An edit changes the total, so a note is shown only beside the total that it was written for.
    """
    stated = network.tool_notes
    found: dict[tuple[str, int], str] = {}
    for id, note in stated.items() if isinstance(stated, Mapping) else ():
        if isinstance(note, Mapping) and isinstance(total := note.get("total"), int):
            found[id, total] = str(note.get("note", ""))
    return found


def _compared(
    convention: Convention,
    macs: int,
    parts: Sequence[CountPart],
    shown: set[KnownIssue],
    notes: Mapping[tuple[str, int], str],
) -> ToolCount:
    ordered = tuple(sorted(parts, key=lambda part: -abs(part.amount)))
    difference = sum(part.amount for part in parts)
    defects = tuple(defect.text for defect in convention.known_issues if defect in shown)
    note = notes.get((convention.id, macs + difference))
    return ToolCount(convention, macs + difference, difference, ordered, (*defects, *([note] if note else ())))


def _finder(
    slot: _Slot, rows: Iterable[Row], known: Mapping[NodeResult, _Layer]
) -> Callable[[], Iterator[tuple[Row, int]]]:
    return lambda: (
        (row, known[row.result].amounts[slot] * row.times) for row in rows if slot in known[row.result].amounts
    )


def _differences(parts: Mapping[str, int], macs: int) -> Iterator[tuple[str, int]]:
    """Yield what a layer's parts have beyond its MACs, and what is missing of those."""
    if missing := parts.get(MACS_PART, 0) - macs:
        yield LEFT_OUT if missing < 0 else MACS_PART, missing
    yield from ((part, amount) for part, amount in parts.items() if part != MACS_PART)
