"""The wiring in the gutter: a line down the rows, and lanes for wires that skip rows.

Pure: takes the rows that feed each row, returns the wires to draw in each row.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from heapq import heappop, heappush

MAX_LANES = 8
"""Most lanes beside each other; more wires share the last."""

MAX_DRAWN = 24
"""Most wires of a shared lane that are drawn over each other: no pixel gets darker by more."""


@dataclass(slots=True)
class RowWires:
    """The wires of one row.

    Attributes:
        above: whether the row above feeds it.
        below: whether it feeds the row below.
        through: lanes that pass by.
        leaves: the lane that starts here, or None.
        joins: lanes that end here.
    """

    above: bool = False
    below: bool = False
    through: list[int] = field(default_factory=list[int])
    leaves: int | None = None
    joins: list[int] = field(default_factory=list[int])


def route(sources: Sequence[Iterable[int]]) -> tuple[list[RowWires], int]:
    """Return the wires of each row, and the number of lanes.

    One sweep from the first row to the last, which knows the wires that pass by: it takes time in proportion to the
    rows and wires, however far the wires go.

    Args:
        sources: for each row, the rows above that feed it.
    """
    rows = [RowWires() for _ in sources]
    ends = _ends(sources, rows)
    lanes: list[list[int]] = []  # by lane: a heap of the rows where the wires in it end
    for i, row in enumerate(rows):
        for lane, until in enumerate(lanes):
            while until and until[0] <= i:
                heappop(until)
            if until:
                row.through += [lane] * min(len(until), MAX_DRAWN)
        if i in ends:
            row.leaves = lane = _free_lane(lanes)
            heappush(lanes[lane], ends[i][-1])
            for end in ends[i]:
                rows[end].joins.append(lane)
    return rows, len(lanes)


def _ends(sources: Sequence[Iterable[int]], rows: Sequence[RowWires]) -> dict[int, list[int]]:
    """Return the rows where the wires of each row end that skip rows; enter those to the next row in `rows`."""
    ends: dict[int, list[int]] = {}
    for i, feeding in enumerate(sources):
        for j in {j for j in feeding if 0 <= j < i}:
            if j == i - 1:
                rows[i].above = rows[j].below = True
            else:
                ends.setdefault(j, []).append(i)
    return ends


def _free_lane(lanes: list[list[int]]) -> int:
    """Return the first lane without a wire, a new one, or the last where there are no more."""
    free = next((lane for lane, until in enumerate(lanes) if not until), None)
    if free is None and len(lanes) < MAX_LANES:
        lanes.append([])
    return len(lanes) - 1 if free is None else free
