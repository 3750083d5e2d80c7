"""The metric protocol: a number of layers and networks, declared once with the surfaces that show it.

A metric reads its value of a node in a context, and says None where it cannot: the cost of the layer is not known, the
metric is not defined for that kind of node, or the context lacks what it needs. No metric returns 0 for such a node.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import cached_property, partial
from operator import attrgetter
from typing import Any, Literal, NamedTuple, TypeAlias, dataclass_transform

from layerledger.core.analysis.components import Component
from layerledger.core.analysis.result import NodeResult, Result, Row
from layerledger.core.analysis.rows import is_counted
from layerledger.core.base import units
from layerledger.core.base.record import Record
from layerledger.core.metrics.devices.target import DeviceTarget
from layerledger.core.metrics.explanations.explanation import Explanation, named
from layerledger.core.metrics.surfaces import (
    BudgetSurface,
    CardSurface,
    ChartSurface,
    ColumnSurface,
    JsonSurface,
    StackSurface,
    Surface,
)
from layerledger.core.network.nodes import Block
from layerledger.core.network.paths import NodePath

Unit: TypeAlias = Literal["count", "bytes", "ratio", "seconds"]
"""The unit of a value: counts and bytes as they are, ratios in millionths, seconds in attoseconds."""


class MetricContext(NamedTuple):
    """The result that a metric is read from, and the settings that it is read by.

    Attributes:
        result: the analysis.
        fused: whether element-wise layers move nothing.
        target: the device on which layers are timed, if any.
        convention: the id of the convention by which operations are counted.
    """

    result: Result
    fused: bool = False
    target: DeviceTarget | None = None
    convention: str = "macs"


class LayerPlace(NamedTuple):
    """The place of a layer, for metrics that depend on the schedule.

    Attributes:
        at: positions, without passes.
        passes: the passes of each repeated block around it, from the top down; None for all.
    """

    at: NodePath
    passes: Sequence[Iterable[int]] | None = None


Node: TypeAlias = NodeResult | Row | Component | LayerPlace
"""A node of which a metric has a value: a row counts all its passes."""

Place: TypeAlias = tuple[NodePath, tuple[int, ...]]
"""Positions without passes, and the number of the pass of each repeated block around them, from the top down."""


@dataclass_transform(frozen_default=True, kw_only_default=True, eq_default=False)
class Metric(Record):
    """A number of layers and networks.

    Attributes:
        key: its name in files.
        title: its name on the screen; a count of operations names its convention.
        short: a column's heading.
        help: one or two sentences that define it.
        unit: the unit of its values.
        adds_up: whether the value of several layers is the sum of theirs.
        from_schedule: whether the value of a layer depends on other layers, so that any edit can change it.
        needs: a few words for what the context must have; empty for a metric that needs nothing.
        versions: the releases of the tool whose count it is.
        total: its line among the totals of a report.
        column: its column in reports.
        json: its key in JSON reports.
        stack: its column beside the layers.
        chart: its entry in the metrics of the chart.
        card: its card above the layers.
        budget: its limit among the budgets.
        explanation: its box in "How it is counted".
        notion: its page in the reference.
    """

    key: str
    title: str
    short: str
    help: str
    unit: Unit = "count"
    adds_up: bool = True
    from_schedule: bool = False
    needs: str = ""
    versions: str = ""
    total: Surface | None = Surface()
    column: ColumnSurface | None = ColumnSurface()
    json: JsonSurface | None = JsonSurface()
    stack: StackSurface | None = StackSurface()
    chart: ChartSurface | None = ChartSurface()
    card: CardSurface | None = CardSurface()
    budget: BudgetSurface | None = BudgetSurface()
    explanation: Surface | None = Surface()
    notion: Surface | None = Surface()

    # -- the protocol

    def in_context(self, context: MetricContext) -> Metric | None:
        """Return the metric as it is named in a context; None where the context lacks what it needs."""
        return self

    @cached_property
    def when_fused(self) -> Metric:
        """The metric as it is named where element-wise layers move nothing."""
        return self

    def value(self, context: MetricContext, node: Node) -> int | None:
        """Return the value of a node, all its passes together; None where it is not known."""
        raise NotImplementedError

    def values(
        self, context: MetricContext, results: Sequence[NodeResult], places: Sequence[Place] = ()
    ) -> list[int | None]:
        """Return the values of many layers, given with their places for a metric that depends on the schedule."""
        return [self.value(context, result) for result in results]

    def combined(
        self, context: MetricContext, results: Sequence[NodeResult], values: Sequence[int | None] | None = None
    ) -> int | None:
        """Return the value of several nodes together, of those that have one; None where none has.

        `values` are those of the nodes, where they are at hand.
        """
        found = self.values(context, results) if values is None else values
        some = [value for value in found if value is not None]
        return sum(some) if some else None

    def whole(self, context: MetricContext) -> int | None:
        """Return the value of the whole network; None where not one of its layers has one."""
        return self.value(context, context.result.root)

    def explain(self, context: MetricContext, node: NodeResult) -> Explanation | None:
        """Return how the value of a node came about; None where it is not known."""
        value = self.value(context, node)
        return None if value is None else self.written(named(self.title, value, self.help))

    # -- other forms of a value

    def cell(self, context: MetricContext, node: Node) -> int | str | None:
        """Return the value as a report lists it: a text for what is no single number."""
        return self.value(context, node)

    def total_cell(self, context: MetricContext) -> int | str | None:
        """Return the value of the whole network as a report lists it."""
        return self.whole(context)

    def json_value(self, context: MetricContext, node: Node) -> Any:
        """Return the value as a JSON report has it.

        A count of a layer that is not counted is 0 there by contract: `status` and `uncounted_layers` tell of it.
        """
        return self.value(context, node) or 0

    def json_reader(self, context: MetricContext) -> Callable[[Row], Any]:
        """Return the function that reads `json_value` of rows of one pass each; a report may have thousands."""
        return partial(self.json_value, context)

    def first_over(self, context: MetricContext, maximum: int) -> tuple[str, NodePath]:
        """Return the first layer with which a limit is passed, by name and place; ("", ()) where no layer passes it."""
        done = 0
        for row in context.result.rows() if self.adds_up else ():
            done += self.value(context, row) or 0  # an uncounted layer adds nothing to what is known to be used
            if done > maximum:
                return row.path, row.at
        return "", ()

    def groups(self, results: Iterable[NodeResult]) -> list[str]:
        """Return the group of each layer by which its bar is coloured: its family."""
        return [layer.op.family if layer.op else "Other" for layer in results]

    def text(self, value: int, *, digits: int = 3) -> str:
        """Return `value` in a prefix that suits it."""
        if self.unit == "ratio":
            return units.intensity(value, digits=digits)
        if self.unit == "seconds":
            return units.duration(value, digits=digits) if value else "0 s"
        return units.size(value, digits=digits) if self.unit == "bytes" else units.count(value, digits=digits)

    def exact(self, value: int) -> str:
        """Return `value` in full with its unit."""
        if self.unit == "ratio":
            return units.intensity(value, digits=_EXACT)
        if self.unit == "seconds":
            return units.duration(value, digits=_EXACT)
        return f"{units.grouped(value)} {'B' if self.unit == 'bytes' else ''}".rstrip()

    def written(self, explanation: Explanation) -> Explanation:
        """Return an explanation whose result is written with its unit."""
        return explanation if self.unit == "count" else explanation.changed(written=self.exact(explanation.value))


_EXACT = 6
"""Digits of an intensity or a time in full: no data sheet has more."""

_uncounted = attrgetter("uncounted_layers")


def is_known(node: NodeResult) -> bool:
    """Return whether at least one layer of a node is counted, or there is no layer to count."""
    if isinstance(node.node, Block):
        return node.uncounted_layers < node.layers or not node.layers
    return not node.uncounted_layers and node.outputs is not None


Explain: TypeAlias = "Callable[[NodeResult, SumMetric, MetricContext], Explanation | None]"


class SumMetric(Metric):
    """A metric that each layer has by itself, and whose values add up.

    Attributes:
        read: reads the value of anything that has a cost and traffic.
        read_fused: the same where element-wise layers move nothing; None where that is the same.
        of_parts: whether the parts of a composite layer have a value, too: they have a cost, and no traffic.
        explained_by: explains the value of a layer or block.
    """

    read: Callable[[Any], int]
    read_fused: Callable[[Any], int] | None = None
    of_parts: bool = False
    explained_by: Explain | None = None

    def in_context(self, context: MetricContext) -> Metric | None:
        return self.when_fused if context.fused else self

    @cached_property
    def when_fused(self) -> Metric:
        """The metric as it is named where element-wise layers move nothing."""
        return self if self.read_fused is None else SumMetric(**fused_fields(self, read=self.read_fused))

    def reader(self, context: MetricContext) -> Callable[[Any], int]:
        """Return the function that reads the value in a context."""
        return (self.read_fused if context.fused else None) or self.read

    def value(self, context: MetricContext, node: Node) -> int | None:
        read = self.reader(context)
        if isinstance(node, NodeResult):
            return read(node) if is_known(node) else None
        if isinstance(node, Row):
            return read(node) * node.times if is_counted(node) else None
        return read(node) if self.of_parts and isinstance(node, Component) else None

    def json_value(self, context: MetricContext, node: Node) -> int:
        """Return the value as a JSON report has it; the cost of an uncounted layer reads as 0."""
        read = self.reader(context)
        if isinstance(node, Row):
            return read(node) * node.times
        return read(node) if self.of_parts or isinstance(node, NodeResult) else 0

    def json_reader(self, context: MetricContext) -> Callable[[Row], Any]:
        return self.reader(context)

    def values(
        self, context: MetricContext, results: Sequence[NodeResult], places: Sequence[Place] = ()
    ) -> list[int | None]:
        """Return the values of many layers: attributes are read without a call each, 2 to 3 times as fast."""
        found: list[int | None] = list(map(self.reader(context), results))
        if any(map(_uncounted, results)):
            return [value if is_known(result) else None for value, result in zip(found, results, strict=True)]
        return found

    def explain(self, context: MetricContext, node: NodeResult) -> Explanation | None:
        if self.explained_by is None:
            return super().explain(context, node)
        shown = self.in_context(context)
        found = self.explained_by(node, shown, context) if isinstance(shown, SumMetric) else None
        return None if found is None else self.written(found)


_FUSED = (
    "Batch norms, activation functions and element-wise arithmetic are fused into what stands before them and move "
    "nothing."
)


def fused_fields(metric: Metric, **changes: Any) -> dict[str, Any]:
    """Return the fields of a metric with the title and the help that it has where layers are fused."""
    name, bracket, rest = metric.title.partition(" (")
    fields = {key: value for key, value in vars(metric).items() if key in type(metric).__match_args__}
    return fields | {"title": f"{name}, fused{bracket}{rest}", "help": f"{metric.help} {_FUSED}"} | changes
