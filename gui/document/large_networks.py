"""Sizes above which a view updates later, or computes beside the window."""

from __future__ import annotations

from layerledger.core.analysis import Result

AT_ONCE = 300
"""Most layers of a network whose whole is shown anew at each keystroke; more would delay the next one noticeably."""

IN_SLICES = 3_000
"""Most layers of a network that is analysed between two events, in about 0.2 s; 100,000 take up to 20 s."""


def is_large(result: Result) -> bool:
    """Return whether a view of the whole network waits until typing pauses."""
    return result.root.layers > AT_ONCE


def is_huge(result: Result) -> bool:
    """Return whether an analysis of the whole network would stop the window noticeably."""
    return result.root.layers > IN_SLICES
