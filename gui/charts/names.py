"""Names of layers where there is little room: the numbers of passes stay, since they tell equal layers apart."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from PySide6.QtGui import QFontMetrics, QFontMetricsF


def elided_name(name: str, room: float, metrics: QFontMetrics | QFontMetricsF) -> str:
    """Return a dotted name cut to its width: `…11.attention.proj`, `…11…proj` for layers.11.attention.proj."""
    return elided(name, room, metrics.horizontalAdvance)


def elided(name: str, room: float, width: Callable[[str], float]) -> str:
    """Return the longest way to write a name that fits; the shortest one if none does."""
    shown = name
    for shown in _ways(name):
        if width(shown) <= room:
            return shown
    return shown


def _ways(name: str) -> Iterator[str]:
    """Yield ways to write a name, from all of it to the numbers of its passes and the start of its last part."""
    yield name
    parts = name.split(".")
    numbered = [i for i, part in enumerate(parts) if part.isdecimal()]
    last = parts[-1]
    if numbered:
        yield "…" + ".".join(parts[numbered[0] :])
        start = "…" + "…".join(parts[i] for i in numbered if i < len(parts) - 1)
    else:
        start = ""
    for kept in range(len(last), 0, -1):
        yield f"{start}…{last[:kept]}{'…' if kept < len(last) else ''}"
    yield f"{start}…"
