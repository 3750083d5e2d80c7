"""What the rows of a report can show: each column once, for spreadsheets, Markdown and the terminal."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from fractions import Fraction
from typing import TypeAlias

from layerledger.core.analysis import Problem, Result, Row
from layerledger.core.analysis.coverage import NOT_COUNTED
from layerledger.core.analysis.rows import is_counted
from layerledger.core.base.record import Record
from layerledger.core.base.shapes import TensorSpec, shape_text
from layerledger.core.metrics.device_time import DEVICE_TIME, DeviceMetric
from layerledger.core.metrics.metric import METRICS, Metric
from layerledger.core.metrics.placed import LIVE_BYTES, RECEPTIVE, live_bytes, seen
from layerledger.core.metrics.step_metrics import PLACED

Cell: TypeAlias = "str | int | Attoseconds | Millionths | Fraction | None"
"""What stands in a cell: a text, a count, a time, an intensity, a share of the total; None for what is not counted."""


class Attoseconds(int):
    """A time in a cell."""


class Millionths(int):
    """An intensity in a cell."""


class View(Record):
    """A result as a report looks at it.

    Attributes:
        count: the convention that counts.
        file: which it came from.
        time: the least time on a device, where one is named.
        fused: whether norms, activation functions and additions move nothing.
    """

    result: Result
    count: Metric
    file: str = ""
    time: DeviceMetric | None = None
    fused: bool = False


class Column(Record):
    """One column.

    Attributes:
        key: its name in options.
        title: its heading in full; `{count.title}` stands for the chosen convention.
        short: its heading where there is little room.
        help: what it shows.
        of: its cell in a row; the counts of equal passes in one row are added up.
        total: its cell in the row of totals; None where that is empty.
        unit: what its numbers are; empty for plain counts and texts.
        number: whether it holds numbers.
    """

    key: str
    title: str
    short: str
    help: str
    of: Callable[[View, Row], Cell]
    total: Callable[[View], Cell] | None = None
    unit: str = ""
    number: bool = False

    def heading(self, count: Metric) -> str:
        """Return the heading in full, with the convention and the unit, which is said once."""
        title = self.title.format(count=count)
        return title if self.unit in title.lower() else f"{title} ({self.unit})"

    def short_heading(self, count: Metric) -> str:
        return self.short.format(count=count)


def status(row: Row) -> str:
    """Return how far the counts of a row can be trusted."""
    return row.result.op.status if row.result.op and is_counted(row) else NOT_COUNTED


def row_problems(result: Result, row: Row) -> list[Problem]:
    """Return what is wrong with a row; only wrong ties are not known to the layer's own result."""
    ties = [p for p in result.problems_at.get(row.at, ()) if p.param == "tied_to"]
    return [*row.result.problems, *ties]


def problems_text(problems: Iterable[Problem]) -> str:
    """Return problems on one line."""
    return "; ".join(f"{p.severity}: {p.message}" for p in problems)


def shapes_text(tensors: Iterable[TensorSpec] | None) -> str:
    """Return `1×64×56×56 + 1×64×56×56` for two tensors."""
    return "not known" if tensors is None else " + ".join(shape_text(tensor.shape) for tensor in tensors)


def total_of(metric: Metric, view: View) -> int | None:
    """Return the value of the whole network; None where not one of its layers could be counted."""
    totals = view.result.totals
    return None if totals.layers and totals.layers == totals.uncounted_layers else metric.of(view.result.root)


def peak_bytes(view: View) -> int | None:
    """Return the most that is alive at one step; None where not one layer could be counted."""
    return view.result.memory.peak_bytes if total_of(METRICS["params"], view) is not None else None


def _steps(view: View, row: Row) -> list[int]:
    return view.result.schedule.steps_of(row.at, row.passes)


def _seen(view: View, row: Row) -> str:
    return "not known" if row.result.outputs is None else seen(view.result, _steps(view, row))


def _row_count(metric: Metric, row: Row) -> int | None:
    return metric.of_rows(row) if is_counted(row) else None


def _time(view: View, row: Row | None = None) -> Cell:
    """Return the least time of a row, or of the whole network."""
    if not view.time or not view.time.known:
        return None
    value = total_of(view.time, view) if row is None else _row_count(view.time, row)
    return None if value is None else Attoseconds(value)


def _bound(view: View, row: Row | None = None) -> Cell:
    result = view.result.root if row is None else row.result
    return view.time.roofline.time(result).bound if view.time else ""


def time_columns(metric: DeviceMetric) -> list[Column]:
    """Return the columns that a device adds."""
    time = Column(
        key=DEVICE_TIME,
        title=metric.title,
        short=metric.short,
        help=metric.help,
        of=_time,
        total=_time,
        unit="s",
        number=True,
    )
    waits = "What a layer waits for: compute or memory."
    return [time, Column(key="bound", title="Bound by", short="Bound", help=waits, of=_bound, total=_bound)]


def _layers_text(n: int) -> str:
    return f"{n} layer{'' if n == 1 else 's'}"


def _row_share(view: View, row: Row) -> Cell:
    part, whole = _row_count(view.count, row), view.count.of(view.result.root)
    return None if part is None else Fraction(part, whole) if whole else ""


_UNITS: Mapping[str, str] = {"bytes": "bytes"}  # the title of a ratio says of what it is one


def _of_metric(metric: Metric) -> Column:
    def cell(value: int | None) -> Cell:
        return Millionths(value) if metric.unit == "ratio" and value is not None else value

    return Column(
        key=metric.key,
        title=metric.title,
        short=metric.short,
        help=metric.help,
        unit=_UNITS.get(metric.unit, ""),
        of=lambda view, row: cell(_row_count(metric.when(fused=view.fused), row)),
        total=lambda view: cell(total_of(metric.when(fused=view.fused), view)),
        number=True,
    )


_ALL = (
    Column(
        key="file",
        title="File",
        short="File",
        help="The file the network was read from.",
        of=lambda view, row: view.file,
        total=lambda view: view.file,
    ),
    Column(
        key="model",
        title="Model",
        short="Model",
        help="The name of the network.",
        of=lambda view, row: view.result.network.name,
        total=lambda view: view.result.network.name,
    ),
    Column(
        key="path",
        title="Layer",
        short="Layer",
        help="Names joined by dots, with the number of the pass inside a repeated block.",
        of=lambda view, row: row.path,
        total=lambda view: "Total",
    ),
    Column(
        key="times",
        title="Times",
        short="Times",
        help="How many equal passes a row stands for; its counts are those of all of them.",
        of=lambda view, row: row.times,
        number=True,
    ),
    Column(
        key="type",
        title="Type",
        short="Type",
        help="The layer type.",
        of=lambda view, row: row.type,
        total=lambda view: _layers_text(view.result.totals.layers),
    ),
    Column(
        key="inputs",
        title="Inputs",
        short="Inputs",
        help="Shapes of what one pass is fed.",
        of=lambda view, row: shapes_text(row.result.known_inputs),
    ),
    Column(
        key="outputs",
        title="Outputs",
        short="Output",
        help="Shapes of what comes out of one pass.",
        of=lambda view, row: shapes_text(row.result.outputs),
    ),
    *map(_of_metric, METRICS.values()),
    Column(
        key=LIVE_BYTES,
        title=PLACED[LIVE_BYTES].title,
        short=PLACED[LIVE_BYTES].short,
        help=PLACED[LIVE_BYTES].help,
        unit="bytes",
        of=lambda view, row: live_bytes(view.result, _steps(view, row)),
        total=peak_bytes,
        number=True,
    ),
    Column(
        key=RECEPTIVE,
        title=PLACED[RECEPTIVE].title,
        short=PLACED[RECEPTIVE].short,
        help="How many positions of the input one output sees along each axis; of several passes in the first and in "
        "the last.",
        of=_seen,
    ),
    Column(
        key="count",
        title="Count: {count.title}",
        short="{count.short}",
        help="Operations by the chosen convention.",
        of=lambda view, row: _row_count(view.count, row),
        total=lambda view: total_of(view.count, view),
        number=True,
    ),
    Column(
        key="share",
        title="Share of {count.title}",
        short="Share of {count.short}",
        help="Part of the total by the chosen convention.",
        unit="%",
        of=_row_share,
        total=lambda view: Fraction(1) if total_of(view.count, view) else "",
        number=True,
    ),
    Column(
        key="status",
        title="Status",
        short="Status",
        help="Whether the counts are exact, approximated, stated by the user or not known.",
        of=lambda view, row: status(row),
        total=lambda view: view.result.coverage.text(),
    ),
    Column(
        key="problems",
        title="Problems",
        short="Problems",
        help="What is wrong, and what would fit.",
        of=lambda view, row: problems_text(row_problems(view.result, row)),
    ),
)

COLUMNS = {column.key: column for column in _ALL}
"""Every column by key."""
