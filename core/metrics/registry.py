"""The list of all metrics. One file because it is the only one to edit: to add a metric, add an entry to `_ALL`.

The entry is a `SumMetric` for a number that each layer has by itself and that adds up: `read` returns it from the
`cost` and the `traffic` of a layer. For another number, a subclass of `Metric` in a module of this folder defines the
value of a layer and of the network (see intensity.py, step_metrics.py).

The entry appears on every surface (surfaces.py) that it does not set to None: the totals and columns of reports, JSON
keys, the columns of the stack, the chart's metrics, cards, budgets, explanations and the reference. A card or a column
of the stack is hidden until the user shows it, unless its surface has `starts=True`. The explanation of a sum is its
help, unless `explained_by` is a function that returns formula and numbers.
"""

from __future__ import annotations

import copyreg
from functools import partial
from operator import attrgetter
from typing import Any

from layerledger.core.analysis.result import NodeResult, Row
from layerledger.core.metrics.active import ActiveMetric
from layerledger.core.metrics.counts import CountMetric, Counts
from layerledger.core.metrics.device_time import DEVICE_TIME, DeviceTimeMetric
from layerledger.core.metrics.explanations.bytes import explain_moved
from layerledger.core.metrics.explanations.counts import explain_active, explain_count
from layerledger.core.metrics.intensity import IntensityMetric
from layerledger.core.metrics.metric import Metric, SumMetric
from layerledger.core.metrics.step_metrics import (
    LiveMetric,
    NetworkMetric,
    PeakMetric,
    ReceptiveDetailMetric,
    ReceptiveMetric,
    is_bound,
    live_bytes,
    positions_seen,
    smallest_fields,
)
from layerledger.core.metrics.surfaces import (
    BudgetSurface,
    CardSurface,
    ChartSurface,
    ColumnSurface,
    JsonSurface,
    StackSurface,
    Surface,
    SurfaceName,
)

INTENSITY, COUNT = "intensity", "count"
LIVE_BYTES, RECEPTIVE = "live_bytes", "receptive_field"
PEAK, PACKED = "peak_activation_bytes", "packed_activation_bytes"


def _metric(key: str) -> Metric:
    return METRICS[key]


def _unfused_read(node: NodeResult | Row) -> int:
    return node.traffic.read_bytes - node.traffic.fused_read_bytes


def _read_on_average(node: NodeResult | Row) -> int:
    return node.traffic.read_bytes + node.traffic.average_read_bytes


def _unfused_written(node: NodeResult | Row) -> int:
    return node.traffic.write_bytes - node.traffic.fused_write_bytes


COUNTS = Counts({"macs": "macs", "flops": "flops", "exact": "exact_flops"}, _metric)
"""The conventions by which operations are counted, by the id that files and the command line use."""

_NOTHING_MOVED = "No layer has an output"
_NO_PARAMETERS = "No layer has parameters"

_counted = partial(SumMetric, of_parts=True, explained_by=explain_count)
_moved = partial(SumMetric, unit="bytes", explained_by=explain_moved)
_detail = partial(
    ReceptiveDetailMetric,
    adds_up=False,
    from_schedule=True,
    at=positions_seen,
    total=None,
    column=None,
    json=JsonSurface(93, total=False, convention=False),
    stack=None,
    chart=None,
    card=None,
    budget=None,
    explanation=None,
    notion=None,
)

_ALL: tuple[Metric, ...] = (
    _counted(
        key="params",
        title="Parameters",
        short="Params",
        help="Learned values; shared and tied weights count once.",
        read=attrgetter("cost.params"),
        explanation=Surface(0),
        json=JsonSurface(0),
        stack=StackSurface(0, widest="0.00 MM0", rank=2, starts=True),
        chart=ChartSurface(0, empty=_NO_PARAMETERS),
        card=CardSurface(0, starts=True),
        budget=BudgetSurface(0),
    ),
    _counted(
        key="macs",
        title="MACs",
        short="MACs",
        help="Multiply-accumulates of convolutions, linear maps and matrix products; no bias, norm or activation.",
        read=attrgetter("cost.macs"),
        explanation=Surface(2),
        json=JsonSurface(3),
        stack=None,
        chart=None,
        card=CardSurface(1, starts=True),
        budget=BudgetSurface(3),
    ),
    _counted(
        key="flops",
        title="FLOPs (2 × MACs)",
        short="2 × MACs",
        help="Twice the MACs: a multiply and an add each.",
        read=attrgetter("cost.flops"),
        explanation=Surface(3),
        json=JsonSurface(4),
        stack=None,
        chart=None,
        card=None,
        budget=None,
    ),
    _counted(
        key="exact_flops",
        title="FLOPs (every multiply and add)",
        short="Mul + add",
        help="Every scalar multiply and every scalar add, those of bias, norm, activation and pooling included.",
        read=attrgetter("cost.exact_flops"),
        explanation=Surface(4),
        json=JsonSurface(5),
        stack=None,
        chart=None,
        card=CardSurface(2, key="flops", title="FLOPs"),
        budget=None,
    ),
    SumMetric(
        key="activation_bytes",
        title="Activations",
        short="Activation",
        help="Bytes of the outputs of all layers, and of the steps inside composite layers, none reused.",
        unit="bytes",
        read=attrgetter("traffic.activation_bytes"),
        explanation=None,
        stack=StackSurface(2, key="activation", widest="Activation0", rank=9, in_blocks=False, starts=True),
        chart=ChartSurface(empty=_NOTHING_MOVED),
        card=CardSurface(3, key="activations", starts=True),
        budget=None,
    ),
    SumMetric(
        key="trainable_params",
        title="Trainable parameters",
        short="Trainable",
        help="Learned values that training changes.",
        read=attrgetter("cost.trainable_params"),
        of_parts=True,
        explanation=None,
        json=JsonSurface(1),
        stack=None,
        chart=None,
        card=None,
        budget=None,
    ),
    _counted(
        key="buffers",
        title="Buffers",
        short="Buffers",
        help="Stored values that are not learned, such as running means.",
        read=attrgetter("cost.buffers"),
        explanation=Surface(1),
        json=JsonSurface(2),
        stack=None,
        chart=None,
        card=None,
        budget=None,
    ),
    ActiveMetric(
        key="active_params",
        title="Active parameters",
        short="Active",
        help="Learned values that one token uses: all but those of the experts that it is not sent to; shared and tied "
        "weights count once.",
        read=attrgetter("cost.active_params"),
        of_parts=True,
        explained_by=explain_active,
        explanation=Surface(0),
        notion=None,
        stack=StackSurface(rank=4, widest="0.00 MM0"),
        column=ColumnSurface(starts=False),
        chart=None,
        card=CardSurface(0),
        budget=None,
    ),
    _moved(
        key="weight_bytes",
        title="Weight bytes",
        short="Weights",
        help="Bytes of the parameters as they are stored; shared and tied weights count once.",
        read=attrgetter("traffic.weight_bytes"),
        stack=StackSurface(rank=4),
        chart=ChartSurface(empty=_NO_PARAMETERS),
        card=CardSurface(6, key="weights"),
        budget=BudgetSurface(1),
    ),
    _moved(
        key="read_bytes",
        title="Bytes read",
        short="Read",
        help="Inputs and weights of each layer, and of each step inside a composite one, each once: the least that can "
        "be read; a view of its input, such as a reshape, reads nothing. Of a mixture of experts, the weights of the "
        "experts that its tokens can choose.",
        read=attrgetter("traffic.read_bytes"),
        read_fused=_unfused_read,
        stack=StackSurface(rank=5),
        chart=ChartSurface(empty="No layer reads anything"),
        card=None,
        budget=None,
    ),
    _moved(
        key="write_bytes",
        title="Bytes written",
        short="Written",
        help="Outputs of each layer, and of each step inside a composite one, each once: the least that can be "
        "written; a view of its input writes nothing.",
        read=attrgetter("traffic.write_bytes"),
        read_fused=_unfused_written,
        stack=StackSurface(rank=6),
        chart=ChartSurface(empty=_NOTHING_MOVED),
        card=None,
        budget=None,
    ),
    SumMetric(
        key="expected_read_bytes",
        title="Bytes read on average",
        short="Avg. read",
        help="Bytes read where the experts of a mixture are chosen uniformly: each of n is left out by R tokens, which "
        "choose k each, with probability (1 − k/n)ᴿ.",
        unit="bytes",
        read=_read_on_average,
        total=None,
        column=None,
        explanation=None,
        notion=None,
        stack=None,
        chart=None,
        card=None,
        budget=None,
    ),
    IntensityMetric(
        key=INTENSITY,
        title="Intensity (2 × MACs per byte)",
        short="Intensity",
        help="Arithmetic intensity: twice the MACs by the bytes read and written. It does not add up over layers.",
        unit="ratio",
        adds_up=False,
        stack=StackSurface(widest="000 FLOP/B0", rank=7),
        chart=ChartSurface(empty="No layer has multiply-accumulates"),
        card=CardSurface(5, title="Intensity", starts=True),
        budget=None,
        json=JsonSurface(91),
    ),
    CountMetric(
        counts=COUNTS,
        key=COUNT,
        title="Count",
        short="Count",
        help="Operations by the chosen convention.",
        total=Surface(80),
        column=None,
        json=None,
        explanation=None,
        notion=None,
        stack=StackSurface(1, widest="Mul + add0", rank=1, starts=True),
        chart=ChartSurface(1, empty="No layer has multiply-accumulates"),
        card=None,
        budget=None,
    ),
    DeviceTimeMetric(
        key=DEVICE_TIME,
        title="Least time",
        short="Time",
        help="The least time of a layer on the chosen device, by its roofline.",
        unit="seconds",
        needs="a device",
        total=Surface(90),
        column=None,
        json=None,
        explanation=None,
        notion=None,
        stack=StackSurface(90, key="time", widest="999 µs mem0", rank=3, starts=True),
        chart=None,
        card=CardSurface(90, key="latency", title="Latency, lower bound"),
        budget=BudgetSurface(90),
    ),
    PeakMetric(
        key=PEAK,
        title="Peak activation memory",
        short="Peak",
        help="The most bytes of activations that are alive at one step: its inputs and outputs, and what is read "
        "later; every output is a tensor of its own.",
        unit="bytes",
        adds_up=False,
        from_schedule=True,
        of_network=attrgetter("memory.peak_bytes"),
        total=Surface(91),
        column=None,
        json=JsonSurface(90, layer=False, convention=False),
        explanation=None,
        notion=None,
        stack=None,
        chart=None,
        card=CardSurface(4, key="peak", title="Peak memory", starts=True, slow=True),
        budget=BudgetSurface(2),
    ),
    NetworkMetric(
        key=PACKED,
        title="Packed activation memory",
        short="Packed",
        help="The room in which a planner places them, the largest first, each at the lowest place that is free.",
        unit="bytes",
        adds_up=False,
        from_schedule=True,
        of_network=attrgetter("memory.packed_bytes"),
        total=Surface(92),
        column=None,
        json=JsonSurface(90, layer=False, convention=False),
        explanation=None,
        notion=None,
        stack=None,
        chart=None,
        card=None,
        budget=None,
    ),
    LiveMetric(
        key=LIVE_BYTES,
        title="Live activations",
        short="Live",
        help="Bytes of the activations that are alive while a layer runs, every output a tensor of its own; of several "
        "passes the most. The largest is the peak.",
        unit="bytes",
        adds_up=False,
        from_schedule=True,
        at=live_bytes,
        total=None,
        json=JsonSurface(92, total=False, convention=False),
        explanation=None,
        notion=None,
        stack=StackSurface(91, rank=7, in_blocks=False),
        chart=ChartSurface(90, empty=_NOTHING_MOVED),
        card=None,
        budget=None,
    ),
    ReceptiveMetric(
        key=RECEPTIVE,
        title="Receptive field",
        short="Sees",
        help="How many positions of the input one output sees along its longest axis; all of them after an operation "
        "over the whole input. Where outputs differ, it is the one that sees most.",
        adds_up=False,
        from_schedule=True,
        at=positions_seen,
        total=None,
        column=ColumnSurface(
            help="How many positions of the input one output sees along each axis; of several passes in the first and "
            "in the last. Where outputs differ, the one that sees most, and in brackets the one that sees least; ≤ is "
            "an upper bound. Padding and what lies past a border count as input.",
            total=False,
            number=False,
        ),
        json=JsonSurface(93, total=False, convention=False),
        explanation=None,
        notion=None,
        stack=StackSurface(92, widest="132×132 … 196×1960", rank=7, in_blocks=False),
        chart=ChartSurface(91, empty="No layer has a receptive field"),
        card=None,
        budget=None,
    ),
    _detail(
        key="smallest_receptive_field",
        title="Smallest receptive field",
        short="Sees least",
        help="How many positions of the input the output that sees least sees along each axis, where outputs differ.",
        of_fields=lambda fields: smallest_fields(fields) or None,
    ),
    _detail(
        key="receptive_field_at_most",
        title="Receptive field is a bound",
        short="Sees at most",
        help="Whether the receptive field is an upper bound only.",
        of_fields=is_bound,
    ),
)


class _Metrics(dict[str, Metric]):
    """Metrics by key. A convention's id finds its metric too, though it is not listed here."""

    def __missing__(self, key: str) -> Metric:
        return COUNTS[key]


METRICS = _Metrics((metric.key, metric) for metric in _ALL)
"""Every metric by key."""


def _as_key(metric: Metric) -> str | tuple[Any, ...]:
    """Pickle a listed metric as its key: in another process it is the metric that is listed there."""
    listed = METRICS.get(metric.key) is metric
    return (_metric, (metric.key,)) if listed else metric.__reduce__()


for _kind in {type(metric) for metric in _ALL}:
    copyreg.pickle(_kind, _as_key)


def metrics_on(surface: SurfaceName) -> list[Metric]:
    """Return the metrics that appear on a surface, in its order."""
    listed = [metric for metric in METRICS.values() if getattr(metric, surface) is not None]
    return sorted(listed, key=lambda metric: getattr(metric, surface).order)
