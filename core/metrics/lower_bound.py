"""Totals that are lower bounds, since layers are missing from them."""

from __future__ import annotations

from layerledger.core.analysis import Result
from layerledger.core.base import units
from layerledger.core.metrics.metric import Metric


def is_lower_bound(metric: Metric, result: Result) -> bool:
    """Return whether layers that are not counted would add to the metric's total."""
    return metric.unit != "ratio" and result.totals.uncounted_layers > 0


def marked(text: str, metric: Metric, result: Result) -> str:
    """Return a total as text, with ≥ where it is a lower bound."""
    return units.at_least(text) if is_lower_bound(metric, result) else text
