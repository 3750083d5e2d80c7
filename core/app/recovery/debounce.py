"""Time at which a copy is written: soon after an edit, and at the latest some seconds after the first without one."""

from __future__ import annotations

from dataclasses import dataclass

QUIET_S = 2.0
"""Seconds to wait for the next edit."""

LONGEST_S = 8.0
"""Most seconds from an edit to the start of a copy; with the time to write it, at most 10 s of work are lost."""


@dataclass(slots=True)
class WriteDelay:
    """The wait before a copy is written. Times are seconds on a clock that never goes back."""

    quiet_s: float = QUIET_S
    longest_s: float = LONGEST_S
    _first: float | None = None
    _due: float | None = None

    @property
    def due(self) -> float | None:
        """Time to write; None when every edit has a copy."""
        return self._due

    def edited(self, now: float) -> float:
        """Note an edit and return the time to write."""
        if self._first is None:
            self._first = now
        self._due = min(now + self.quiet_s, self._first + self.longest_s)
        return self._due

    def begun(self) -> None:
        """Note that a copy of all edits is being written, or that no copy is needed."""
        self._first = self._due = None
