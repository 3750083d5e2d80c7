"""The columns of a report: each once, for spreadsheets, Markdown and the terminal."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from fractions import Fraction
from typing import Literal, TypeAlias

from layerledger.core.analysis import Problem, Result, Row
from layerledger.core.analysis.rows import is_counted
from layerledger.core.base.messages import plural
from layerledger.core.base.record import Record
from layerledger.core.base.shapes import TensorSpec, shape_text
from layerledger.core.layers.counting import NOT_COUNTED
from layerledger.core.metrics.device_time import DEVICE_TIME, time_on
from layerledger.core.metrics.metric import Metric, Unit
from layerledger.core.metrics.registry import METRICS, metrics_on
from layerledger.core.reports.context import ReportContext

Value: TypeAlias = "str | int | Fraction | None"
"""The value of a cell; its column's kind says how to read it. None where it is not counted, "" for an empty cell."""

Kind: TypeAlias = "Unit | Literal['text', 'share']"
"""The kind of a column's values: texts, values of a metric in its unit, or fractions of the total."""


class Column(Record):
    """One column.

    Attributes:
        key: its name in options.
        title: its heading in full; `{count.title}` is the title of the chosen convention.
        short: its heading where there is little room.
        help: one line on its cells.
        of: its cell in a row; the counts of equal passes in one row are added up.
        total: its cell in the row of totals; None where that is empty.
        kind: how its values are read.
        number: whether its values are numbers, which are aligned to the right.
    """

    key: str
    title: str
    short: str
    help: str
    of: Callable[[ReportContext, Row], Value]
    total: Callable[[ReportContext], Value] | None = None
    kind: Kind = "text"
    number: bool = False

    def heading(self, count: Metric) -> str:
        """Return the heading in full, with the convention and the unit, unless the title names the unit."""
        title, unit = self.title.format(count=count), _UNITS.get(self.kind, "")
        return title if unit in title.lower() else f"{title} ({unit})"

    def short_heading(self, count: Metric) -> str:
        return self.short.format(count=count)


_UNITS: Mapping[Kind, str] = {"bytes": "bytes", "seconds": "s", "share": "%"}  # the title of a ratio names its units


def status(row: Row) -> str:
    """Return the status of a row: how far its counts can be trusted."""
    return row.result.op.status if row.result.op and is_counted(row) else NOT_COUNTED


def row_problems(result: Result, row: Row) -> list[Problem]:
    """Return the problems of a row: those of its layer, and wrong ties, which the layer's own result does not know."""
    # Ties are checked once for the whole network, after the results of the layers.
    ties = [p for p in result.problems_at.get(row.at, ()) if p.param == "tied_to"]
    return [*row.result.problems, *ties]


def problems_text(problems: Iterable[Problem]) -> str:
    """Return problems on one line."""
    return "; ".join(f"{p.severity}: {p.message}" for p in problems)


def shapes_text(tensors: Iterable[TensorSpec] | None) -> str:
    """Return `1×64×56×56 + 1×64×56×56` for two tensors."""
    return "not known" if tensors is None else " + ".join(shape_text(tensor.shape) for tensor in tensors)


def _time(context: ReportContext, row: Row) -> Value:
    target = context.metrics.target
    return time_on(target, context.result).value(context.metrics, row) if target else ""


def _total_time(context: ReportContext) -> Value:
    target = context.metrics.target
    return time_on(target, context.result).whole(context.metrics) if target else ""


def _bound(context: ReportContext, row: Row | None = None) -> Value:
    target, result = context.metrics.target, context.result.root if row is None else row.result
    return target.roofline(context.result).time(result).bound if target else ""


DEVICE_COLUMNS = (DEVICE_TIME, "bound")
"""The keys of the columns that need a device."""


def time_columns(metric: Metric) -> list[Column]:
    """Return the columns that need a device, with the words of one."""
    time = Column(
        key=DEVICE_TIME,
        title=metric.title,
        short=metric.short,
        help=metric.help,
        of=_time,
        total=_total_time,
        kind="seconds",
        number=True,
    )
    waits = "What a layer waits for: compute or memory."
    return [time, Column(key="bound", title="Bound by", short="Bound", help=waits, of=_bound, total=_bound)]


def _layers_text(n: int) -> str:
    return plural(n, "{count} layer", "{count} layers")


def _share(context: ReportContext, row: Row) -> Value:
    count = context.count_metric
    part, whole = count.value(context.metrics, row), count.whole(context.metrics)
    return None if part is None else Fraction(part, whole) if whole else ""


def _of_metric(metric: Metric) -> Column:
    surface = metric.column
    assert surface is not None
    return Column(
        key=metric.key,
        title=metric.title,
        short=metric.short,
        help=surface.help or metric.help,
        kind=metric.unit if surface.number else "text",
        of=lambda context, row: metric.cell(context.metrics, row),
        total=(lambda context: metric.total_cell(context.metrics)) if surface.total else None,
        number=surface.number,
    )


_ALL = (
    Column(
        key="file",
        title="File",
        short="File",
        help="The file the network was read from.",
        of=lambda context, row: context.file,
        total=lambda context: context.file,
    ),
    Column(
        key="model",
        title="Model",
        short="Model",
        help="The name of the network.",
        of=lambda context, row: context.result.network.name,
        total=lambda context: context.result.network.name,
    ),
    Column(
        key="path",
        title="Layer",
        short="Layer",
        help="Names joined by dots, with the number of the pass inside a repeated block.",
        of=lambda context, row: row.path,
        total=lambda context: "Total",
    ),
    Column(
        key="times",
        title="Times",
        short="Times",
        help="Number of equal passes in one row; the counts are those of all of them.",
        of=lambda context, row: row.times,
        kind="count",
        number=True,
    ),
    Column(
        key="type",
        title="Type",
        short="Type",
        help="The layer type.",
        of=lambda context, row: row.type,
        total=lambda context: _layers_text(context.result.totals.layers),
    ),
    Column(
        key="inputs",
        title="Inputs",
        short="Inputs",
        help="Shapes of the inputs of one pass.",
        of=lambda context, row: shapes_text(row.result.known_inputs),
    ),
    Column(
        key="outputs",
        title="Outputs",
        short="Output",
        help="Shapes of the outputs of one pass.",
        of=lambda context, row: shapes_text(row.result.outputs),
    ),
    *map(_of_metric, metrics_on("column")),
    Column(
        key="count",
        title="Count: {count.title}",
        short="{count.short}",
        help="Operations by the chosen convention.",
        of=lambda context, row: context.count_metric.value(context.metrics, row),
        total=lambda context: context.count_metric.whole(context.metrics),
        kind="count",
        number=True,
    ),
    Column(
        key="share",
        title="Share of {count.title}",
        short="Share of {count.short}",
        help="Part of the total by the chosen convention.",
        kind="share",
        of=_share,
        total=lambda context: Fraction(1) if context.count_metric.whole(context.metrics) else "",
        number=True,
    ),
    *time_columns(METRICS[DEVICE_TIME]),
    Column(
        key="status",
        title="Status",
        short="Status",
        help="Whether the counts are exact, approximated, stated by the user or not known.",
        of=lambda context, row: status(row),
        total=lambda context: context.result.coverage.text(),
    ),
    Column(
        key="problems",
        title="Problems",
        short="Problems",
        help="The problem, and what to change.",
        of=lambda context, row: problems_text(row_problems(context.result, row)),
    ),
)

COLUMNS = {column.key: column for column in _ALL}
"""Every column by key."""
