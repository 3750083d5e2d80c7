"""The counts of operations: by id, those of the app's metrics and those of conventions that are data."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from layerledger.core.analysis.result import NodeResult
from layerledger.core.metrics.explanations.explanation import Explanation
from layerledger.core.metrics.metric import Metric, MetricContext, Node


class Counts(Mapping[str, Metric]):
    """The conventions by which operations are counted, by id; the file of one is read when it is first used."""

    def __init__(self, own: Mapping[str, str], metric: Callable[[str], Metric]) -> None:
        """Make the mapping.

        Args:
            own: keys of metrics by the ids of conventions that count the same.
            metric: finds a metric by its key.
        """
        self._own, self._metric = own, metric

    def __getitem__(self, id: str) -> Metric:
        if id in self._own:
            return self._metric(self._own[id])
        # Imported here, since the counts of the app need no convention: most starts load none of these modules.
        from layerledger.core.metrics.convention_metric import metric_of
        from layerledger.core.metrics.conventions import conventions

        return metric_of(conventions()[id])

    def __iter__(self) -> Iterator[str]:
        from layerledger.core.metrics.conventions import conventions

        return iter(conventions())

    def __len__(self) -> int:
        return sum(1 for _ in self)


class CountMetric(Metric):
    """The operations by the convention of the context."""

    counts: Mapping[str, Metric]

    def in_context(self, context: MetricContext) -> Metric:
        return self.counts[context.convention]

    def value(self, context: MetricContext, node: Node) -> int | None:
        return self.in_context(context).value(context, node)

    def explain(self, context: MetricContext, node: NodeResult) -> Explanation | None:
        return self.in_context(context).explain(context, node)
