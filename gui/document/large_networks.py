"""Size above which a view updates after typing pauses instead of at each keystroke."""

from __future__ import annotations

from layerledger.core.analysis import Result

AT_ONCE = 300
"""Most layers of a network whose whole is shown anew at each keystroke; more would delay the next one noticeably."""


def is_large(result: Result) -> bool:
    """Return whether a view of the whole network waits until typing pauses."""
    return result.root.layers > AT_ONCE
