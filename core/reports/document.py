"""The report as a value: a tuple of typed blocks, which each format renders in its own way.

`build` makes the document once for all formats. A format gives `render_blocks` a renderer for each kind of block, or a
reason why it shows none of that kind; a kind with neither is an error, so that no format loses a block silently.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from fractions import Fraction
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias, TypeVar

from layerledger.core.analysis import Problem, Result, Row, Unresolved
from layerledger.core.analysis.coverage import Coverage
from layerledger.core.analysis.layer_dtypes import precision_text
from layerledger.core.base import units
from layerledger.core.base.messages import Message
from layerledger.core.base.record import Record
from layerledger.core.base.shapes import shape_text
from layerledger.core.layers.counting import NOT_COUNTED
from layerledger.core.metrics.lower_bound import is_lower_bound
from layerledger.core.metrics.metric import Metric
from layerledger.core.metrics.registry import METRICS, metrics_on
from layerledger.core.reports.columns import Column, Kind, Value
from layerledger.core.reports.context import ReportContext
from layerledger.core.reports.options import Options, RowsOptions
from layerledger.core.reports.rows import chosen_columns, layer_rows, total_row
from layerledger.core.reports.sections import Section, report_sections

if TYPE_CHECKING:
    from layerledger.core.metrics.budgets import BudgetCheck


class Heading(Record):
    """The network that a report is of, its file, its inputs, and how much of it is counted."""

    context: ReportContext

    @property
    def name(self) -> str:
        """The network's name, with its file."""
        file = self.context.file
        return self.context.result.network.name + (f" ({file})" if file else "")

    @property
    def lines(self) -> list[str]:
        """A line for each input, one on the precision, and one on how much is counted."""
        result = self.context.result
        inputs = [_input_text(result, each.name) for each in result.network.inputs]
        precision = Message("Precision: {precision}", precision=precision_text(result))
        return [*inputs, precision, *filter(None, [result.coverage.text(), self.fit_text])]

    @cached_property
    def fit_text(self) -> str:
        """A sentence that says whether the network fits the device; empty without a device."""
        if self.context.metrics.target is None:
            return ""
        from layerledger.core.reports.fit_section import sizing_of  # only reports on a device need it

        fit = sizing_of(self.context).fit
        return Message("{device}: {fit}", device=fit.device.title, fit=fit.sentence()) if fit else ""


class TotalLine(NamedTuple):
    """A number of the whole network.

    Attributes:
        title: its name.
        value: the number; None where not one layer is counted.
        metric: the metric that it is the total of.
        text: a text in place of both forms.
        at_least: whether layers that are not counted would add to it.
    """

    title: str
    value: int | None
    metric: Metric | None
    text: str = ""
    at_least: bool = False

    @property
    def exact(self) -> str:
        """The value in full with its unit."""
        if self.metric is None:
            return self.text
        return NOT_COUNTED if self.value is None else self._marked(self.metric.exact(self.value))

    def _marked(self, text: str) -> str:
        return units.at_least(text) if self.at_least else text

    @property
    def rounded(self) -> str:
        """The value in a prefix that suits it; empty where that is the value in full."""
        text = self._marked(self.metric.text(self.value)) if self.metric and self.value is not None else ""
        return "" if text == self.exact else text


class NetworkTotals(Record):
    """The numbers of the whole network. Computed when they are read, since not every format does."""

    context: ReportContext

    @cached_property
    def lines(self) -> list[TotalLine]:
        metrics, result = self.context.metrics, self.context.result
        found = [
            TotalLine(
                metric.title,
                _as_number(metric.total_cell(metrics)),
                metric,
                at_least=is_lower_bound(metric, result),
            )
            for metric in listed_metrics(self.context)
        ]
        return [*found, TotalLine("Layers", None, None, layers_text(result.coverage))]


class Layers(Record):
    """The table of layers.

    Attributes:
        context: the result, and the settings it is read by.
        columns: its columns; none for a format that lists all metrics by itself.
        one_pass_a_row: whether each row is one pass; else equal passes are one row.
        total: whether the last row has the totals.
    """

    context: ReportContext
    columns: Sequence[Column]
    one_pass_a_row: bool
    total: bool

    @property
    def kinds(self) -> list[Kind]:
        """The kind of each column."""
        return [column.kind for column in self.columns]

    def rows(self) -> Iterator[list[Value]]:
        """Yield the cells of each row, in the order of the columns."""
        return layer_rows(self.context, self.columns, expand=self.one_pass_a_row)

    def total_row(self) -> list[Value] | None:
        """Return the cells of the row of totals; None without such a row."""
        return total_row(self.context, self.columns) if self.total else None

    def total_texts(self) -> list[str] | None:
        """Return that row as texts, with ≥ where layers that are not counted would add to a number."""
        row = self.total_row()
        if row is None:
            return None
        texts = list(map(cell_text, row, self.kinds))
        if not self.context.result.totals.uncounted_layers:
            return texts
        marked = (
            column.key in METRICS and is_lower_bound(METRICS[column.key], self.context.result)
            for column in self.columns
        )
        return [units.at_least(text) if mark else text for text, mark in zip(texts, marked, strict=True)]

    def layers(self) -> Iterator[Row]:
        """Yield the layers themselves."""
        return self.context.result.rows(expand=self.one_pass_a_row)


class Budgets(Record):
    """The limits that the network states, and whether it keeps them."""

    checks: Sequence[BudgetCheck]


class Problems(Record):
    """The problems of the network."""

    problems: Sequence[Problem]


class Conventions(Record):
    """The definitions of the numbers."""

    context: ReportContext

    @property
    def metrics(self) -> list[Metric]:
        return listed_metrics(self.context)


Block: TypeAlias = Heading | NetworkTotals | Layers | Budgets | Section | Problems | Conventions
BLOCKS: tuple[type[Block], ...] = (Heading, NetworkTotals, Layers, Budgets, Section, Problems, Conventions)
"""Every kind of block, in the order in which documents have them."""


class ReportDocument(Record):
    """A report before it is rendered.

    Attributes:
        context: the result and the place of the report in a call.
        options: those of the format.
        blocks: the parts of the report in order.
    """

    context: ReportContext
    options: Options
    blocks: tuple[Block, ...]


def build(context: ReportContext, options: Options) -> ReportDocument:
    """Return the report of a result by the options of a format."""
    count = getattr(options, "count", None)
    if count:
        context = context._replace(metrics=context.metrics._replace(convention=count))
    result = context.result
    blocks: list[Block] = [Heading(context), NetworkTotals(context), _layers(context, options)]
    if result.network.budgets is not None or "budgets" in result.network.extra:  # a null stays in `extra`
        from layerledger.core.metrics.budgets import check_budgets  # few networks have some

        blocks.append(Budgets(check_budgets(result)))
    blocks += [*report_sections(context), Problems(result.problems), Conventions(context)]
    return ReportDocument(context, options, tuple(blocks))


def _layers(context: ReportContext, options: Options) -> Layers:
    if not isinstance(options, RowsOptions):
        return Layers(context, (), one_pass_a_row=True, total=False)
    single = options.one_pass_a_row(context.result)
    columns = chosen_columns(context, options.column_keys(context), expand=single)
    return Layers(context, columns, one_pass_a_row=single, total=options.total)


_T = TypeVar("_T")
Renderers: TypeAlias = Mapping[type[Any], "Callable[[Any, ReportDocument], _T] | str"]
"""A function for each kind of block, or the reason why a format does not show it."""


def render_blocks(document: ReportDocument, renderers: Renderers[_T]) -> list[_T]:
    """Return what each block is rendered to, in order, without those that the format does not show.

    Raises:
        TypeError: there is no renderer for a kind of block.
    """
    if missing := [kind.__name__ for kind in BLOCKS if kind not in renderers]:
        raise TypeError(
            Message(
                "renderers must have an entry for each kind of block; {missing} is missing", missing=", ".join(missing)
            )
        )
    pairs = [(renderers[type(block)], block) for block in document.blocks]
    return [render(block, document) for render, block in pairs if not isinstance(render, str)]


# -- values as text


def listed_metrics(context: ReportContext) -> list[Metric]:
    """Return the metrics of a report as they are named in its context; a count that is one of the others comes once."""
    found = (metric.in_context(context.metrics) for metric in metrics_on("total"))
    return list({metric.key: metric for metric in found if metric is not None}.values())


def cell_text(value: Value, kind: Kind) -> str:
    """Return the value of a cell for people."""
    if value is None:
        return NOT_COUNTED
    if isinstance(value, str):
        return value
    if isinstance(value, Fraction):
        return units.share(value.numerator, value.denominator)
    if kind == "seconds":
        return units.duration(value)
    return units.intensity(value) if kind == "ratio" else units.grouped(value)


def layers_text(found: Coverage) -> str:
    """Return the number of layers, and of those that are not counted exactly."""
    parts = found.parts_text(but=("exact", "free"))
    return f"{found.all_layers:,}" + (f" ({parts})" if parts else "")


def _as_number(value: int | str | None) -> int | None:
    return None if isinstance(value, str) else value


def _input_text(result: Result, name: str) -> str:
    source = result.inputs[name]
    return f"{name}: {'not known' if isinstance(source, Unresolved) else f'{shape_text(source.shape)} {source.dtype}'}"
