"""Differences between two snapshots of a network, as steps that turn the old list of siblings into the new one.

Nodes at both ends are matched by identity, since snapshots share what an edit left alone; those between the ends are
matched by name, so that a changed node is still the same node. The matched nodes that are already in the right order
stay where they are (a longest increasing subsequence), so a node that moved is one step however far it went.

Invariant: after the removals only matched nodes are left; after each move the nodes moved so far and those that stay
are in the new order; each insertion then completes the list from the left. Cost: linear in the siblings between the
equal ends, plus their number for each node that moves.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import NamedTuple, TypeAlias

from layerledger.core.network.nodes import Node


class Change(NamedTuple):
    """The node at `position` is replaced by another version of itself."""

    position: int
    node: Node


class Insert(NamedTuple):
    """`nodes` are new, from `position` on."""

    position: int
    nodes: Sequence[Node]


class Remove(NamedTuple):
    """The nodes from `first` to `last`, inclusive, are gone."""

    first: int
    last: int


class Move(NamedTuple):
    """The node at `source` is taken out and put in again at `target`, a position counted without it."""

    source: int
    target: int


Step: TypeAlias = Change | Insert | Remove | Move


def diff_siblings(old: Sequence[Node], new: Sequence[Node]) -> list[Step]:
    """Return the steps from `old` to `new`, to be applied in order: removals, moves, insertions, changes.

    A node that is the same object in both is not mentioned unless it moves. A node that keeps its place under a new
    name is a change if it is still a layer, or still a block.
    """
    start = _common(old, new)
    end = _common(reversed(old), reversed(new), min(len(old), len(new)) - start)
    before, after = old[start : len(old) - end], new[start : len(new) - end]
    if _in_place(before, after):
        return list(_changes(before, after, start))
    return list(_rearrangement(before, after, start))


def _changes(old: Sequence[Node], new: Sequence[Node], start: int) -> Iterator[Step]:
    for i, (a, b) in enumerate(zip(old, new, strict=True), start):
        if a is not b:
            yield Change(i, b)


def _rearrangement(old: Sequence[Node], new: Sequence[Node], start: int) -> Iterator[Step]:
    partners = _match(old, new)
    matched = [i for i in partners if i is not None]
    kept = set(matched)
    # From the last run on, so that a removal shifts no position that is still to come.
    for first, last in reversed(list(runs([i for i in range(len(old)) if i not in kept]))):
        yield Remove(start + first, start + last)
    yield from _moves(matched, start)
    for first, last in runs([j for j, i in enumerate(partners) if i is None]):
        yield Insert(start + first, new[first : last + 1])
    for j, i in enumerate(partners):
        if i is not None and old[i] is not new[j]:
            yield Change(start + j, new[j])


def _match(old: Sequence[Node], new: Sequence[Node]) -> list[int | None]:
    """Return for each new node the index of the old one of its name; of several, in order, each once."""
    places: dict[str, list[int]] = {}
    # From the end, so that `pop` returns the first of several siblings of one name.
    for i in range(len(old) - 1, -1, -1):
        places.setdefault(old[i].name, []).append(i)
    return [left.pop() if (left := places.get(node.name)) else None for node in new]


def _moves(wanted: Sequence[int], start: int) -> Iterator[Step]:
    """Yield the moves that bring sorted indices into the order `wanted`: each behind its new predecessor."""
    staying = _longest_increasing(wanted)
    if len(staying) == len(wanted):
        return
    current = sorted(wanted)
    for k, item in enumerate(wanted):
        if item not in staying:
            source = current.index(item)
            del current[source]
            target = current.index(wanted[k - 1]) + 1 if k else 0
            current.insert(target, item)
            yield Move(start + source, start + target)


def _longest_increasing(values: Sequence[int]) -> set[int]:
    """Return a longest increasing subsequence of distinct values, by patience sorting."""
    tails: list[int] = []  # the smallest last value of an increasing subsequence, by its length - 1
    previous: dict[int, int | None] = {}
    for value in values:
        length = bisect_left(tails, value)
        # Linked by value, not by position: the values differ.
        previous[value] = tails[length - 1] if length else None
        tails[length : length + 1] = [value]
    found: set[int] = set()
    last = tails[-1] if tails else None
    while last is not None:
        found.add(last)
        last = previous[last]
    return found


def _common(a: Sequence[Node] | Iterator[Node], b: Sequence[Node] | Iterator[Node], most: int | None = None) -> int:
    """Return the number of leading nodes, up to `most`, that are the same objects."""
    n = 0
    for x, y in islice(zip(a, b, strict=False), most):
        if x is not y:
            break
        n += 1
    return n


def _in_place(old: Sequence[Node], new: Sequence[Node]) -> bool:
    """Return whether each node kept its place, under its name or, as a node of its kind, under a new one."""
    if len(old) != len(new):
        return False
    names = {node.name for node in old}
    pairs = zip(old, new, strict=True)
    return all(a.name == b.name or (b.name not in names and type(a) is type(b)) for a, b in pairs)


def runs(positions: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Yield the first and last of each run of consecutive positions."""
    start = 0
    for i, position in enumerate(positions):
        if i + 1 == len(positions) or positions[i + 1] != position + 1:
            yield positions[start], position
            start = i + 1
