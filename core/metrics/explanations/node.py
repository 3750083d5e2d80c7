"""All explanations of a node, in the order in which the window shows them."""

from __future__ import annotations

from layerledger.core.analysis.result import NodeResult
from layerledger.core.metrics.explanations.counts import explain_count, explain_primitives
from layerledger.core.metrics.explanations.explanation import Explanation
from layerledger.core.metrics.metric import MetricContext, SumMetric
from layerledger.core.metrics.registry import COUNTS, METRICS, metrics_on


def explain(context: MetricContext, node: NodeResult) -> tuple[Explanation, ...]:
    """Return the explanations of a node: the chosen count where no metric is the same, counts, primitives, bytes."""
    listed, chosen = metrics_on("explanation"), COUNTS[context.convention]
    # dict.__contains__ does not call __missing__, so a convention that is data is not in METRICS.
    first = [] if chosen.key in METRICS else [chosen]
    counts = [metric for metric in listed if metric.unit == "count"]
    others = [metric for metric in listed if metric.unit != "count"]
    found = [metric.explain(context, node) for metric in (*first, *counts)]
    found += [*explain_primitives(node), *(metric.explain(context, node) for metric in others)]
    return tuple(each for each in found if each is not None)


def explain_counts(node: NodeResult) -> tuple[Explanation, ...]:
    """Return the explanations of the counts of a node, which need no context."""
    listed = (metric for metric in metrics_on("explanation") if isinstance(metric, SumMetric))
    found = [explain_count(node, metric) for metric in listed if metric.explained_by is explain_count]
    return tuple(each for each in (*found, *explain_primitives(node)) if each is not None)
