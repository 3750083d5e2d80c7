"""Arithmetic intensity: operations by bytes moved, of several layers the ratio of their sums."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from functools import cached_property
from typing import Any

from layerledger.core.analysis.components import Component
from layerledger.core.analysis.result import NodeResult, Row
from layerledger.core.analysis.rows import is_counted
from layerledger.core.layers.cost import Cost, Traffic, total_traffic
from layerledger.core.metrics.explanations.bytes import MILLION, explain_intensity
from layerledger.core.metrics.explanations.explanation import Explanation
from layerledger.core.metrics.metric import LayerPlace, Metric, MetricContext, Node, fused_fields, is_known


def ratio(cost: Cost, moved: Traffic, *, fused: bool = False) -> Fraction | None:
    """Return 2 × MACs per byte read or written; None where nothing is moved."""
    nbytes = moved.read_bytes + moved.write_bytes - (moved.fused_read_bytes + moved.fused_write_bytes if fused else 0)
    return Fraction(cost.flops, nbytes) if nbytes else None


def _millionths(found: Fraction | None) -> int | None:
    # Whole millionths, so that all values of metrics are integers.
    return None if found is None else int(MILLION * found)


class IntensityMetric(Metric):
    """2 × MACs per byte moved, in millionths; None where nothing is moved."""

    def in_context(self, context: MetricContext) -> Metric:
        return self.when_fused if context.fused else self

    @cached_property
    def when_fused(self) -> Metric:
        """The metric as it is named where element-wise layers move nothing."""
        return IntensityMetric(**fused_fields(self))

    def value(self, context: MetricContext, node: Node) -> int | None:
        return _millionths(self._ratio(context, node))

    def _ratio(self, context: MetricContext, node: Node) -> Fraction | None:
        if isinstance(node, Component | LayerPlace):
            return None
        return ratio(node.cost, node.traffic, fused=context.fused)

    def combined(
        self, context: MetricContext, results: Sequence[NodeResult], values: Sequence[int | None] | None = None
    ) -> int | None:
        # Only the sums that the ratio needs.
        cost = Cost(macs=sum(each.cost.macs for each in results))
        return _millionths(ratio(cost, total_traffic(each.traffic for each in results), fused=context.fused))

    def cell(self, context: MetricContext, node: Node) -> int | str | None:
        """Return the intensity of a row; 0 for a counted layer that moves nothing, as it has no operations either."""
        known = is_counted(node) if isinstance(node, Row) else is_known(node) if isinstance(node, NodeResult) else True
        return (self.value(context, node) or 0) if known else None

    def total_cell(self, context: MetricContext) -> int | str | None:
        return self.cell(context, context.result.root)

    def json_value(self, context: MetricContext, node: Node) -> Any:
        found = self._ratio(context, node)
        return None if found is None else float(found)

    def explain(self, context: MetricContext, node: NodeResult) -> Explanation | None:
        shown = self.in_context(context)
        found = explain_intensity(node, shown.title, fused=context.fused)
        return None if found is None else self.written(found)
