"""Where tensors lie in one piece of memory: the largest first, each at the lowest place that is free for its life.

Source: greedy by size, as TensorFlow Lite Micro's planner does it (Pisarchyk & Lee 2020, arXiv:2001.03288). To look at
all that lives beside each tensor takes the square of their number; here what is taken is kept in a tree over the steps.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from typing import TypeAlias

Span: TypeAlias = tuple[int, int]
"""Bytes from the first up to the one that is not part of it any more."""


def plan_offsets(buffers: Sequence[tuple[int, int, int]], steps: int) -> list[int]:
    """Return an offset for each (size, first step, last step); what is empty lies at 0."""
    offsets = [0] * len(buffers)
    taken = _Taken(steps)
    for i in sorted(range(len(buffers)), key=lambda i: (-buffers[i][0], buffers[i][1])):
        size, first, last = buffers[i]
        if size:
            offsets[i] = offset = taken.lowest(size, first, last)
            taken.add(first, last, (offset, offset + size))
    return offsets


class _Taken:
    """The memory that is taken at each step: a tree whose nodes 2i and 2i + 1 are the halves of node i's steps.

    Spans that meet are one. Since each tensor lies on another or at 0, few are left however many tensors there are.
    """

    def __init__(self, steps: int) -> None:
        self._size = steps
        self._within: list[list[Span]] = [[] for _ in range(2 * steps)]  # taken at any step of a node
        self._throughout: list[list[Span]] = [[] for _ in range(2 * steps)]  # by what lives at all of its steps

    def lowest(self, size: int, first: int, last: int) -> int:
        """Return the lowest offset at which `size` bytes are free at all of these steps."""
        rows = [self._within[node] for node in self._nodes(first, last)]
        rows += [self._throughout[node] for step in {first, last} for node in self._above(step)]
        # A span that starts at 0 is taken in any case, so the search begins behind the highest of these.
        offset = max((row[0][1] for row in rows if row and not row[0][0]), default=0)
        for start, end in sorted({span for row in rows for span in _beyond(row, offset)}):
            if start - offset >= size:
                break
            offset = max(offset, end)
        return offset

    def add(self, first: int, last: int, span: Span) -> None:
        """Take a span at all of these steps."""
        for step in {first, last}:
            for node in self._above(step):
                if not _join(self._within[node], span):
                    break  # what a node has already, those above it have too
        for node in self._nodes(first, last):
            _join(self._throughout[node], span)
            _join(self._within[node], span)

    def _nodes(self, first: int, last: int) -> Iterator[int]:
        """Yield the fewest nodes that together are these steps."""
        low, high = first + self._size, last + self._size + 1
        while low < high:
            # A right child: its parent has earlier steps, which are not wanted.
            if low % 2:
                yield low
                low += 1
            # `high` is a right child that is not wanted: its left sibling is taken alone, not their parent.
            if high % 2:
                high -= 1
                yield high
            low, high = low // 2, high // 2

    def _above(self, step: int) -> Iterator[int]:
        """Yield the nodes that have a step among others."""
        node = (step + self._size) // 2
        while node:
            yield node
            node //= 2


def _join(row: list[Span], span: Span) -> bool:
    """Add a span to sorted ones that do not meet; returns whether that makes a difference."""
    start, end = span
    low = bisect_left(row, (start, start))
    low -= low > 0 and row[low - 1][1] >= start
    high = low
    while high < len(row) and row[high][0] <= end:
        high += 1
    if high == low + 1 and row[low][0] <= start and end <= row[low][1]:
        return False
    if high > low:
        start, end = min(start, row[low][0]), max(end, row[high - 1][1])
    row[low:high] = [(start, end)]
    return True


def _beyond(row: list[Span], offset: int) -> Iterator[Span]:
    """Yield the spans that end after an offset."""
    for span in reversed(row):
        if span[1] <= offset:
            return
        yield span
