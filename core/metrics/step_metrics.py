"""Metrics that depend on the execution order: live activations, their peak, and receptive fields."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from layerledger.core.analysis.passes.receptive_field import AxisField
from layerledger.core.analysis.passes.schedule import name_of_step
from layerledger.core.analysis.result import NodeResult, Result, Row
from layerledger.core.metrics.metric import LayerPlace, Metric, MetricContext, Node, Place, is_known
from layerledger.core.network.paths import NodePath

WHOLE, UNDEFINED = "whole input", "not defined"

SPAN = " … "
"""Between the field in the first and in the last of several passes."""


def live_bytes(result: Result, steps: Sequence[int]) -> int | None:
    """Return the most bytes that are alive at one of some steps; None where there is no step."""
    live = result.memory.live_bytes
    return max((live[i] for i in steps), default=None)


def positions_seen(result: Result, steps: Sequence[int]) -> int | None:
    """Return the most positions of the input that an output sees along an axis; None where that is not defined."""
    fields = (field for i in steps for field in result.receptive.of(result.schedule.steps[i]))
    return max((field.positions for field in fields if field.positions is not None), default=None)


def receptive_text(result: Result, steps: Sequence[int]) -> str:
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
    sizes = "×".join("?" if field.positions is None else f"{field.positions}" for field in fields)
    if is_bound(fields):
        return f"≤ {sizes}"
    least = smallest_fields(fields)
    return f"{sizes} (min {'×'.join('?' if size is None else f'{size}' for size in least)})" if least else sizes


def is_bound(fields: Sequence[AxisField]) -> bool:
    """Return whether outputs may see less than the fields say."""
    return any(field.at_most for field in fields)


def smallest_fields(fields: Sequence[AxisField]) -> list[int | None]:
    """Return what the output that sees least sees along each axis; empty where all outputs see as much."""
    if all(field.smallest is None for field in fields):
        return []
    return [field.positions if field.smallest is None else field.smallest for field in fields]


class StepMetric(Metric):
    """A metric of the steps that a layer runs in; of several passes the largest.

    Attributes:
        at: its value at some steps of a network; None where it has none there.
    """

    at: Callable[[Result, Sequence[int]], int | None]

    def value(self, context: MetricContext, node: Node) -> int | None:
        steps = self.steps(context.result, node)
        return None if steps is None else self.at(context.result, steps)

    def steps(self, result: Result, node: Node) -> list[int] | None:
        """Return the steps of a row or a place; None for a node that does not say where it stands."""
        if isinstance(node, Row | LayerPlace):
            return result.schedule.steps_of(node.at, node.passes)
        return None

    def values(
        self, context: MetricContext, results: Sequence[NodeResult], places: Sequence[Place] = ()
    ) -> list[int | None]:
        result, steps_of = context.result, context.result.schedule.steps_of
        return [self.at(result, steps_of(at, [(n,) for n in passes])) for at, passes in places]

    def combined(
        self, context: MetricContext, results: Sequence[NodeResult], values: Sequence[int | None] | None = None
    ) -> int | None:
        # The schedule places a layer by its position, so results alone say nothing here: without values there is
        # none.
        return max((value for value in values or () if value is not None), default=None)

    def json_value(self, context: MetricContext, node: Node) -> Any:
        return self.value(context, node)


class LiveMetric(StepMetric):
    """The bytes that are alive while a layer runs; of the whole network the peak."""

    def whole(self, context: MetricContext) -> int | None:
        return context.result.memory.peak_bytes if is_known(context.result.root) else None


class ReceptiveMetric(StepMetric):
    """The receptive field: a number for charts, a text in columns, a list of axes in JSON."""

    def whole(self, context: MetricContext) -> int | None:
        return None

    def cell(self, context: MetricContext, node: Node) -> int | str | None:
        if isinstance(node, Row) and node.result.outputs is None:
            return "not known"
        steps = self.steps(context.result, node)
        return None if steps is None else receptive_text(context.result, steps)

    def json_value(self, context: MetricContext, node: Node) -> Any:
        """Return the positions along each axis: all of the input's where an output sees the whole input."""
        seen = self.first_fields(context.result, node)
        return [field.positions for field in seen] if any(field.size is not None for field in seen) else None

    def first_fields(self, result: Result, node: Node) -> Sequence[AxisField]:
        """Return the fields in the first of several passes: a list of axes has no largest."""
        steps = self.steps(result, node)
        return result.receptive.of(result.schedule.steps[steps[0]]) if steps else ()


class ReceptiveDetailMetric(ReceptiveMetric):
    """A detail of a receptive field, for scripts.

    Attributes:
        of_fields: its value, of the fields along each axis.
    """

    of_fields: Callable[[Sequence[AxisField]], Any]

    def json_value(self, context: MetricContext, node: Node) -> Any:
        return self.of_fields(self.first_fields(context.result, node))


class NetworkMetric(Metric):
    """A metric of a whole network that no layer has by itself.

    Attributes:
        of_network: its value.
    """

    of_network: Callable[[Result], int]

    def value(self, context: MetricContext, node: Node) -> int | None:
        root = context.result.root
        return self.of_network(context.result) if node is root and is_known(root) else None

    def json_value(self, context: MetricContext, node: Node) -> Any:
        return self.of_network(context.result)

    def combined(
        self, context: MetricContext, results: Sequence[NodeResult], values: Sequence[int | None] | None = None
    ) -> int | None:
        return None


class PeakMetric(NetworkMetric):
    """The most bytes of activations that are alive at one step."""

    def first_over(self, context: MetricContext, maximum: int) -> tuple[str, NodePath]:
        return next(_steps_over(context.result, maximum), ("", ()))


def _steps_over(result: Result, maximum: int) -> Iterator[tuple[str, NodePath]]:
    pairs: Iterable[tuple[Any, int]] = zip(result.schedule.steps, result.memory.live_bytes, strict=True)
    yield from (
        (name_of_step(result.network, step.path, step.passes), step.path) for step, alive in pairs if alive > maximum
    )
