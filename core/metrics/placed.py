"""What a layer has by its place among the others: what is alive while it runs, and how much of the input it sees."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from layerledger.core.analysis.passes.field_map import AxisField
    from layerledger.core.analysis.result import Result

LIVE_BYTES, RECEPTIVE = "live_bytes", "receptive_field"
"""Their keys in files and settings."""

PEAK_TITLE = "Peak activation memory"
PEAK_HELP = (
    "The most bytes of activations that are alive at one step: what it is fed and gives, and what is read later; every "
    "output is a tensor of its own."
)
PACKED_TITLE = "Packed activation memory"
PACKED_HELP = "The room in which a planner places them, the largest first, each at the lowest place that is free."

WHOLE, UNDEFINED = "whole input", "not defined"

SPAN = " … "
"""Between the field in the first and in the last of several passes."""


def live_bytes(result: Result, steps: Sequence[int]) -> int | None:
    """Return the most that is alive at one of some steps; None where there is none."""
    live = result.memory.live_bytes
    return max((live[i] for i in steps), default=None)


def seen(result: Result, steps: Sequence[int]) -> str:
    """Return the receptive field at some steps: 7×7, whole input, not defined; of several, the first and the last."""
    receptive = result.receptive
    ends = [field_text(receptive.of(result.schedule.steps[i])) for i in (*steps[:1], *steps[-1:])]
    return SPAN.join(dict.fromkeys(filter(None, ends)))


def field_text(fields: Sequence[AxisField]) -> str:
    """Return how much of the input one output sees along each axis; empty where there are no positions."""
    if not fields:
        return ""
    if all(field.whole for field in fields):
        return WHOLE
    if all(field.size is None for field in fields):
        return UNDEFINED
    return "×".join("?" if field.positions is None else f"{field.positions}" for field in fields)
