"""Where the wiring runs in the gutter: a line down the rows, and lanes for what skips rows.

Pure: takes which visible row feeds which, gives what to draw in each row.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

MAX_LANES = 8
"""Most lanes beside each other; more share the last."""


@dataclass(slots=True)
class RowWires:
    """What the gutter shows in one row.

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
    """Lays out the wires of rows.

    Args:
        sources: for each row, the rows above that feed it.

    Returns:
        What to draw in each row, and how many lanes there are.
    """
    rows = [RowWires() for _ in sources]
    ends: dict[int, list[int]] = {}
    for i, feeding in enumerate(sources):
        for j in sorted({j for j in feeding if 0 <= j < i}):
            if j == i - 1:
                rows[i].above = rows[j].below = True
            else:
                ends.setdefault(j, []).append(i)
    free: list[int] = []  # by lane: the first row where it is free again
    for start in sorted(ends):
        lane = _take(free, start, max(ends[start]))
        _draw(rows, lane, start, ends[start])
    return rows, len(free)


def _take(free: list[int], start: int, end: int) -> int:
    lane = next((i for i, until in enumerate(free) if until <= start), None)
    if lane is None and len(free) < MAX_LANES:
        free.append(end)
        return len(free) - 1
    lane = len(free) - 1 if lane is None else lane
    free[lane] = max(free[lane], end)
    return lane


def _draw(rows: list[RowWires], lane: int, start: int, ends: list[int]) -> None:
    rows[start].leaves = lane
    for i in ends:
        rows[i].joins.append(lane)
    last = max(ends)
    for i in range(start + 1, last):
        rows[i].through.append(lane)
