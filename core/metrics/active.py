"""The parameters that one token uses."""

from __future__ import annotations

from layerledger.core.metrics.metric import Metric, MetricContext, SumMetric


class ActiveMetric(SumMetric):
    """The parameters that one token uses, listed where these are not all: in networks with a mixture of experts."""

    def in_context(self, context: MetricContext) -> Metric | None:
        return super().in_context(context) if context.result.root.cost.idle_params else None
