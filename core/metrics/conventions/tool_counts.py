"""Counts of a network by all conventions: the total of each, its difference from the MACs, and the parts of that."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import NamedTuple, TypeAlias

from layerledger.core.analysis.node_result import NodeResult
from layerledger.core.analysis.result import Result, Row
from layerledger.core.base.messages import Message
from layerledger.core.base.record import Record
from layerledger.core.layers.cost import Cost
from layerledger.core.metrics.conventions.convention import Convention, Counted
from layerledger.core.metrics.conventions.registry import conventions
from layerledger.core.metrics.conventions.rules import KnownIssue
from layerledger.core.metrics.conventions.vocabulary import numbers_of
from layerledger.core.network.nodes import Network
from layerledger.core.network.paths import NodePath

LEFT_OUT = "not counted"
"""The part of a difference that is made of MACs that a convention is known to leave out."""

NOT_MODELLED = "not modelled"
"""The part of a difference that is made of MACs of layers whose count by a convention is not known."""


class LayerShare(NamedTuple):
    """The share of one layer, in all its passes, in a difference."""

    path: str
    at: NodePath
    amount: int


class CountPart(Record):
    """One part of the difference between MACs and another count.

    Attributes:
        part: such as `bias`, `normalization` or `factor 2`.
        amount: below zero where the convention leaves it out.
        find: returns the passes of layers that it comes from, each with its amount.
    """

    part: str
    amount: int
    find: Callable[[], Iterable[tuple[Row, int]]]

    @cached_property
    def layers(self) -> tuple[LayerShare, ...]:
        """The layers that it comes from, the largest share first; the shares add up to the amount."""
        found: dict[NodePath, LayerShare] = {}
        for row, amount in self.find():
            before = found.get(row.at, LayerShare(row.path, row.at, 0))
            found[row.at] = before._replace(amount=before.amount + amount)
        return tuple(sorted(found.values(), key=lambda share: -abs(share.amount)))


class ToolCount(Record):
    """One convention's count of a network.

    Attributes:
        convention: the convention.
        total: the number that the tool prints.
        difference: the total without the MACs, or what else the convention counts; the parts add up to it.
        parts: the parts of the difference, the largest first.
        defects: sentences on known faults of the tool that show in this network.
        not_modelled: a sentence on the types that are not modelled; empty where all are.
    """

    convention: Convention
    total: int
    difference: int
    parts: tuple[CountPart, ...]
    defects: tuple[str, ...]
    not_modelled: str = ""


def count_by_tools(result: Result, chosen: Mapping[str, Convention] | None = None) -> tuple[ToolCount, ...]:
    """Return a row for each convention.

    Args:
        result: the analysis of the network.
        chosen: the conventions to compare; all unless given.
    """
    return ToolCounts(chosen).compare(result)


_Key: TypeAlias = NodeResult | tuple[NodeResult, Cost]


class _Slot(NamedTuple):
    """One part of one convention, which is given by its position."""

    convention: int
    part: str


class _Layer(NamedTuple):
    """One pass of a layer in the comparison.

    Attributes:
        amounts: by slot, beyond its MACs.
        defects: the known faults that it shows.
        not_modelled: the positions of the conventions that do not model it.
    """

    amounts: Mapping[_Slot, int]
    defects: frozenset[KnownIssue]
    not_modelled: tuple[int, ...]


class ToolCounts:
    """Counts of successive results; layers that an edit left unchanged are not counted again.

    The cache holds the layers of the last result, keyed by their results.
    """

    def __init__(self, chosen: Mapping[str, Convention] | None = None) -> None:
        self.conventions = tuple((conventions() if chosen is None else chosen).values())
        self._slots: dict[_Slot, _Slot] = {}
        self._known: dict[_Key, _Layer] = {}
        # The rows of the last result: `prepare` is called in many short turns, each with the same result.
        self._listed: tuple[Result | None, list[Row]] = (None, [])

    def prepare(self, result: Result) -> Iterator[NodeResult]:
        """Count new layers, one a step, so that a long comparison can be prepared in short turns."""
        for row in self._rows(result):
            if (key := _key(row)) not in self._known:
                self._known[key] = self._look(row)
                yield row.result

    def compare(self, result: Result) -> tuple[ToolCount, ...]:
        """Return a row for each convention, and drop removed layers from the cache."""
        rows, before = self._rows(result), self._known
        known = self._known = {key: before.get(key) or self._look(row) for row in rows for key in (_key(row),)}
        sums: dict[_Slot, int] = {}
        shown: set[KnownIssue] = set()
        # Dicts as sets that keep the order of the layers.
        unknown: list[dict[str, None]] = [{} for _ in self.conventions]
        for row in rows:
            amounts, defects, not_modelled = known[_key(row)]
            shown |= defects
            for i in not_modelled:
                unknown[i][row.type] = None
            for slot, amount in amounts.items():
                sums[slot] = sums.get(slot, 0) + amount * row.times
        parts: list[list[CountPart]] = [[] for _ in self.conventions]
        for slot, amount in sums.items():
            parts[slot.convention].append(CountPart(slot.part, amount, _finder(slot, rows, known)))
        totals = result.root.cost
        notes = notes_of(result.network)
        columns = zip(self.conventions, parts, unknown, strict=True)
        return tuple(
            _compared(each, totals, found, _defects(each, shown), types, notes) for each, found, types in columns
        )

    def _rows(self, result: Result) -> list[Row]:
        if self._listed[0] is not result:
            self._listed = (result, list(result.rows(expand=False)))
        return self._listed[1]

    def _look(self, row: Row) -> _Layer:
        numbers = numbers_of(row.result, row.cost)
        amounts: dict[_Slot, int] = {}
        unknown: list[int] = []
        for i, convention in enumerate(self.conventions):
            counted = convention.of_row(row, numbers)
            if not counted.modelled:
                unknown.append(i)
            for part, amount in _differences(counted, convention, row.cost):
                slot = _Slot(i, part)
                # One object for each slot: the layers of a network share a few, and equal keys are then found by
                # identity.
                amounts[self._slots.setdefault(slot, slot)] = amount
        found = () if numbers is None else (d for each in self.conventions for d in each.known_issues_of(numbers))
        return _Layer(amounts, frozenset(found), tuple(unknown))


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
    totals: Cost,
    parts: Sequence[CountPart],
    defects: Sequence[str],
    unknown: Collection[str],
    notes: Mapping[tuple[str, int], str],
) -> ToolCount:
    ordered = tuple(sorted(parts, key=lambda part: -abs(part.amount)))
    difference = sum(part.amount for part in parts)
    total = convention.own_count(totals) + difference
    note = notes.get((convention.id, total))
    shown = (*defects, *([note] if note else ()))
    return ToolCount(convention, total, difference, ordered, shown, _not_modelled(unknown))


def _defects(convention: Convention, shown: set[KnownIssue]) -> list[str]:
    return [defect.text for defect in convention.known_issues if defect in shown]


def _not_modelled(types: Collection[str]) -> str:
    return Message("Not modelled, and so counted as 0: {types}.", types=", ".join(types)) if types else ""


def _finder(slot: _Slot, rows: Iterable[Row], known: Mapping[_Key, _Layer]) -> Callable[[], Iterator[tuple[Row, int]]]:
    return lambda: (
        (row, known[_key(row)].amounts[slot] * row.times) for row in rows if slot in known[_key(row)].amounts
    )


def _differences(counted: Counted, convention: Convention, cost: Cost) -> Iterator[tuple[str, int]]:
    """Yield the parts of a layer's count beyond the app's own, and those of the app's own that are missing."""
    shared = convention.shared_part
    if missing := counted.parts.get(shared, 0) - convention.own_count(cost):
        left_out = LEFT_OUT if counted.modelled else NOT_MODELLED
        yield left_out if missing < 0 else shared, missing
    yield from ((part, amount) for part, amount in counted.parts.items() if part != shared)


def _key(row: Row) -> _Key:
    """Return the key of a row in the cache: its result, and its cost where weights count elsewhere or are frozen."""
    return row.result if row.cost is row.result.cost else (row.result, row.cost)
