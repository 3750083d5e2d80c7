"""What a layer has by its place among the others, as numbers for a chart: not of a node alone, and no sums."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from layerledger.core.analysis.result import Result
from layerledger.core.metrics.metric import Metric
from layerledger.core.metrics.placed import LIVE_BYTES, RECEPTIVE, live_bytes


@dataclass(frozen=True, kw_only=True)
class PlacedMetric(Metric):
    """A number of a layer that others have a part in.

    Attributes:
        at: its value at some steps of a network; the largest of several.
    """

    at: Callable[[Result, Sequence[int]], int]
    adds_up: bool = False


def _live(result: Result, steps: Sequence[int]) -> int:
    return live_bytes(result, steps) or 0


def _sees(result: Result, steps: Sequence[int]) -> int:
    seen = (field for i in steps for field in result.receptive.of(result.schedule.steps[i]))
    return max((field.positions or 0 for field in seen), default=0)


_ALL = (
    PlacedMetric(
        key=LIVE_BYTES,
        title="Live activations",
        short="Live",
        help="Bytes of the activations that are alive while a layer runs, every output a tensor of its own; of several "
        "passes the most. The largest is the peak.",
        unit="bytes",
        at=_live,
    ),
    PlacedMetric(
        key=RECEPTIVE,
        title="Receptive field",
        short="Sees",
        help="How many positions of the input one output sees along its longest axis; all of them after an operation "
        "over the whole input.",
        at=_sees,
    ),
)

PLACED: Mapping[str, PlacedMetric] = {metric.key: metric for metric in _ALL}
"""Every such metric by key."""
