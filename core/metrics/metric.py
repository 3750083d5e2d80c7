"""What can be shown, sorted by and exported: each metric once. Columns, charts, cards, reports and help read it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cache
from operator import attrgetter
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from layerledger.core.analysis.result import NodeResult, Row
from layerledger.core.base import units
from layerledger.core.layers.cost import Cost, Traffic, total_traffic

if TYPE_CHECKING:
    from layerledger.core.metrics.conventions import Convention

Unit: TypeAlias = Literal["count", "bytes", "ratio", "seconds"]


@dataclass(frozen=True, kw_only=True)
class Metric:
    """One number of a layer.

    Attributes:
        key: its name in files.
        title: its name on the screen; a count of operations names its convention.
        short: a column's heading.
        help: what exactly is counted.
        of_cost: its value in a cost; None where it is not one of the counts.
        of_moved: its value in the bytes that are moved; None where it is none of those.
        adds_up: whether the value of several layers is the sum of theirs.
    """

    key: str
    title: str
    short: str
    help: str
    unit: Unit = "count"
    of_cost: Callable[[Cost], int] | None = None
    of_moved: Callable[[Traffic], int] | None = None
    adds_up: bool = True

    def of(self, result: NodeResult) -> int:
        """Return the value of a node, all its passes together."""
        return self.of_cost(result.cost) if self.of_cost else self._of(result.cost, result.traffic)

    def of_row(self, row: Row) -> int:
        """Return the value of one pass of a row of the flat list."""
        return self._of(row.cost, row.traffic)

    def of_all(self, results: Iterable[NodeResult]) -> int:
        """Return the value of several nodes together."""
        return sum(map(self.of, results))

    def of_rows(self, row: Row) -> int:
        """Return the value of all passes that a row of the flat list stands for."""
        return self.of_row(row) * row.times

    def when(self, *, fused: bool) -> Metric:
        """Return it with norms, activation functions and additions moving nothing, where that makes a difference."""
        return _FUSED.get(self.key, self) if fused else self

    def _of(self, cost: Cost, moved: Traffic) -> int:
        if self.of_cost:
            return self.of_cost(cost)
        return self.of_moved(moved) if self.of_moved else 0

    def text(self, value: int, *, digits: int = 3) -> str:
        """Return `value` in a prefix that suits it."""
        return units.size(value, digits=digits) if self.unit == "bytes" else units.count(value, digits=digits)

    def exact(self, value: int) -> str:
        """Return `value` in full with its unit."""
        return f"{units.grouped(value)} {'B' if self.unit == 'bytes' else ''}".rstrip()


INTENSITY = "intensity"

MILLION = 10**6
"""What intensities are counted in: millionths, so that they are whole numbers as all else."""


def ratio(cost: Cost, moved: Traffic, *, fused: bool = False) -> Fraction | None:
    """Return the 2 × MACs per byte that is read or written; None where nothing is."""
    nbytes = moved.read_bytes + moved.write_bytes - (moved.fused_read_bytes + moved.fused_write_bytes if fused else 0)
    return Fraction(cost.flops, nbytes) if nbytes else None


@dataclass(frozen=True, kw_only=True)
class IntensityMetric(Metric):
    """2 × MACs per byte moved, in millionths; of several layers it is the ratio of their sums."""

    fused: bool = False

    def of_all(self, results: Iterable[NodeResult]) -> int:
        rows = [(each.cost.macs, each.traffic) for each in results]
        return self._of(Cost(macs=sum(macs for macs, _ in rows)), total_traffic(moved for _, moved in rows))

    def of_rows(self, row: Row) -> int:
        return self.of_row(row)

    def _of(self, cost: Cost, moved: Traffic) -> int:
        return int(MILLION * (ratio(cost, moved, fused=self.fused) or 0))

    def text(self, value: int, *, digits: int = 3) -> str:
        return units.intensity(value, digits=digits)

    def exact(self, value: int) -> str:
        return units.intensity(value, digits=_EXACT)


_EXACT = 6
"""Digits of an intensity in full."""

_ALL = (
    Metric(
        key="params",
        title="Parameters",
        short="Params",
        help="Learned values; shared and tied weights count once.",
        of_cost=attrgetter("params"),
    ),
    Metric(
        key="macs",
        title="MACs",
        short="MACs",
        help="Multiply-accumulates of convolutions, linear maps and matrix products; no bias, norm or activation.",
        of_cost=attrgetter("macs"),
    ),
    Metric(
        key="flops",
        title="FLOPs (2 × MACs)",
        short="2 × MACs",
        help="Twice the MACs: a multiply and an add each.",
        of_cost=attrgetter("flops"),
    ),
    Metric(
        key="exact_flops",
        title="FLOPs (every multiply and add)",
        short="Mul + add",
        help="Every scalar multiply and every scalar add, those of bias, norm, activation and pooling included.",
        of_cost=attrgetter("exact_flops"),
    ),
    Metric(
        key="activation_bytes",
        title="Activations",
        short="Activation",
        help="Bytes of the outputs of all layers, none reused.",
        unit="bytes",
        of_moved=attrgetter("write_bytes"),
    ),
    Metric(
        key="trainable_params",
        title="Trainable parameters",
        short="Trainable",
        help="Learned values that training changes.",
        of_cost=attrgetter("trainable_params"),
    ),
    Metric(
        key="buffers",
        title="Buffers",
        short="Buffers",
        help="Stored values that are not learned, such as running means.",
        of_cost=attrgetter("buffers"),
    ),
    Metric(
        key="weight_bytes",
        title="Weight bytes",
        short="Weights",
        help="Bytes of the parameters as they are stored; shared and tied weights count once.",
        unit="bytes",
        of_moved=attrgetter("weight_bytes"),
    ),
    Metric(
        key="read_bytes",
        title="Bytes read",
        short="Read",
        help="Inputs and weights of each layer, each once a pass: the least that can be read.",
        unit="bytes",
        of_moved=attrgetter("read_bytes"),
    ),
    Metric(
        key="write_bytes",
        title="Bytes written",
        short="Written",
        help="Outputs of each layer, each once: the least that can be written.",
        unit="bytes",
        of_moved=attrgetter("write_bytes"),
    ),
    IntensityMetric(
        key=INTENSITY,
        title="Intensity (2 × MACs per byte)",
        short="Intensity",
        help="Arithmetic intensity: twice the MACs by the bytes read and written. It does not add up over layers.",
        unit="ratio",
        adds_up=False,
    ),
)


@dataclass(frozen=True, kw_only=True)
class ConventionMetric(Metric):
    """The count of operations by a convention that is data."""

    convention: Convention

    def of(self, result: NodeResult) -> int:
        return self.convention.of(result).value

    def of_row(self, row: Row) -> int:
        return self.convention.of_row(row).value


class _Counts(Mapping[str, Metric]):
    """The conventions by which operations are counted, by id; the file of one is read when it is first asked for."""

    def __init__(self, primitive: Mapping[str, Metric]) -> None:
        self._primitive = primitive

    def __getitem__(self, id: str) -> Metric:
        if id in self._primitive:
            return self._primitive[id]
        from layerledger.core.metrics.conventions import conventions

        return _of_convention(conventions()[id])

    def __iter__(self) -> Iterator[str]:
        from layerledger.core.metrics.conventions import conventions

        return iter(conventions())

    def __len__(self) -> int:
        return sum(1 for _ in self)


@cache
def _of_convention(convention: Convention) -> Metric:
    """Return the metric of a convention; its key is the convention's id."""
    return ConventionMetric(
        key=convention.id,
        title=convention.title,
        short=convention.short,
        help=convention.description,
        convention=convention,
    )


class _Metrics(dict[str, Metric]):
    """Metrics by key. A convention's id finds its metric too, though it is not listed here."""

    def __missing__(self, key: str) -> Metric:
        return COUNTS[key]


_WITHOUT = "Norms, activation functions and additions are fused into what stands before them and move nothing."


def _read_unfused(moved: Traffic) -> int:
    return moved.read_bytes - moved.fused_read_bytes


def _written_unfused(moved: Traffic) -> int:
    return moved.write_bytes - moved.fused_write_bytes


def _fused(metric: Metric, **changes: Any) -> Metric:
    name, bracket, rest = metric.title.partition(" (")
    return replace(metric, title=f"{name}, fused{bracket}{rest}", help=f"{metric.help} {_WITHOUT}", **changes)


METRICS = _Metrics((metric.key, metric) for metric in _ALL)
"""Every metric by key."""

_FUSED = {
    "read_bytes": _fused(METRICS["read_bytes"], of_moved=_read_unfused),
    "write_bytes": _fused(METRICS["write_bytes"], of_moved=_written_unfused),
    INTENSITY: _fused(METRICS[INTENSITY], fused=True),
}

COUNTS = _Counts({"macs": METRICS["macs"], "flops": METRICS["flops"], "exact": METRICS["exact_flops"]})
"""The conventions by which operations are counted, by the id that files and the command line use."""
