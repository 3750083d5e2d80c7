"""Metrics: each says what it is, and reads the same from nodes, rows and totals; what is not known is None."""

import pytest
from hypothesis import given
from network_strategies import built_networks

from layerledger.core import Block, Layer, Network, NetworkInput, analyze
from layerledger.core.analysis.components import components_of
from layerledger.core.metrics.devices import Device
from layerledger.core.metrics.devices.target import DeviceTarget
from layerledger.core.metrics.intensity import MILLION, ratio
from layerledger.core.metrics.metric import LayerPlace, MetricContext, SumMetric
from layerledger.core.metrics.registry import COUNT, COUNTS, METRICS, metrics_on

SUMS = {key: metric for key, metric in METRICS.items() if isinstance(metric, SumMetric)}
NOTHING = DeviceTarget(Device(id="x", title="X", short="X", kind="Other"))


@pytest.mark.parametrize("metric", METRICS.values(), ids=list(METRICS))
def test_each_says_what_it_is(metric):
    assert METRICS[metric.key] is metric
    assert metric.title
    assert len(metric.short) <= 12
    assert metric.help.endswith(".")
    assert metric.unit in ("count", "bytes", "ratio", "seconds")
    assert metric.adds_up == (metric.unit != "ratio" and not metric.from_schedule)


def test_titles_and_headings_are_different():
    for name in ("title", "short", "help"):
        assert len({getattr(metric, name) for metric in METRICS.values()}) == len(METRICS)


COUNTED_ONCE = ("params", "trainable_params", "active_params", "buffers", "weight_bytes")
"""Metrics of weights, which count once where they are shared."""


@given(built_networks(wrong=True))
def test_each_metric_is_a_total(network):
    result = analyze(network)
    for key, metric in SUMS.items():
        unknown = 0 < result.totals.layers == result.totals.uncounted_layers
        assert metric.read(result.root) == getattr(result.totals, key)
        assert metric.whole(MetricContext(result)) == (None if unknown else getattr(result.totals, key))


@given(built_networks(wrong=True))
def test_nothing_unknown_is_zero(network):
    """An uncounted layer has no value of any metric but those of its outputs, wherever it is read."""
    result = analyze(network)
    context = MetricContext(result, target=NOTHING)
    for row in result.rows():
        place = (row.at, tuple(numbers[0] for numbers in row.passes))
        if row.result.uncounted_layers:
            for metric in METRICS.values():
                assert metric.value(context, row) is None, metric.key
                assert metric.value(context, row.result) is None, metric.key
                assert metric.values(context, [row.result], [place]) == [None], metric.key
    assert METRICS["device_seconds"].whole(context) is None
    assert METRICS["device_seconds"].whole(MetricContext(result)) is None


def test_a_metric_says_none_of_a_node_that_it_cannot_be_read_of():
    image = NetworkInput(name="x", shape=(2, 5, 8))
    layers = (Layer(name="a", type="MultiheadAttention", params={"embed_dim": 8, "num_heads": 2}, inputs=("x",) * 3),)
    result = analyze(Network(inputs=(image,), root=Block(name="", layers=layers)))
    context, node = MetricContext(result), result.at((0,))
    part = components_of(node)[0]
    assert METRICS["macs"].value(context, part) is not None
    for key in ("read_bytes", "intensity", "live_bytes", "peak_activation_bytes", "device_seconds"):
        assert METRICS[key].value(context, part) is None, key
    for key in ("live_bytes", "receptive_field", "peak_activation_bytes"):
        assert METRICS[key].value(context, node) is None, key
    assert METRICS["live_bytes"].value(context, LayerPlace((0,))) == result.memory.peak_bytes
    assert METRICS["macs"].value(context, LayerPlace((0,))) is None


@given(built_networks(wrong=True))
def test_many_values_at_once_are_those_one_by_one(network):
    result = analyze(network)
    for fused in (False, True):
        context = MetricContext(result, fused=fused)
        rows = list(result.rows())
        places = [(row.at, tuple(numbers[0] for numbers in row.passes)) for row in rows]
        for metric in METRICS.values():
            found = metric.values(context, [row.result for row in rows], places)
            alone = [metric.value(context, row) for row in rows]
            if metric.key not in COUNTED_ONCE:
                assert found == alone, metric.key


@given(built_networks(wrong=True))
def test_intensity_is_the_ratio_of_sums(network):
    result, metric = analyze(network), METRICS["intensity"]
    context, root = MetricContext(result), result.root
    found = ratio(root.cost, root.traffic)
    assert metric.whole(context) == (None if found is None else int(MILLION * found))
    assert (metric.whole(context) or 0) / MILLION == pytest.approx(result.totals.intensity or 0, abs=1e-6)
    values = [value for value in metric.values(context, root.children) if value is not None]
    assert (metric.combined(context, root.children) or 0) <= max(values, default=0) + 1
    for row in result.rows(expand=False):
        assert metric.value(context, row) == metric.value(context, row._replace(times=1))


@given(built_networks(wrong=True))
def test_what_is_fused_moves_nothing(network):
    result = analyze(network)
    plain, fused = MetricContext(result), MetricContext(result, fused=True)
    for row in result.rows():
        read, written, intensity = (METRICS[key] for key in ("read_bytes", "write_bytes", "intensity"))
        if row.result.op and row.result.op.fusible and row.result.outputs:
            assert read.value(fused, row) == written.value(fused, row) == 0
            assert intensity.value(fused, row) is None
        else:
            assert read.value(fused, row) == read.value(plain, row)


def test_only_what_is_moved_changes_when_it_is_fused():
    changed = {key for key, metric in METRICS.items() if metric.when_fused is not metric}
    assert changed == {"read_bytes", "write_bytes", "intensity"}
    assert all(METRICS[key].when_fused.title.partition(" (")[0].endswith(", fused") for key in changed)
    context = MetricContext(analyze(Network()))
    assert all(METRICS[key].in_context(context) is METRICS[key] for key in changed)
    assert all(METRICS[key].in_context(context._replace(fused=True)) is METRICS[key].when_fused for key in changed)


@given(built_networks(wrong=True))
def test_flops_are_twice_the_macs_and_exact_flops_all_adds_and_multiplies(network):
    for row in analyze(network).rows():
        assert SUMS["flops"].read(row) == 2 * SUMS["macs"].read(row)
        assert SUMS["exact_flops"].read(row) == row.cost.mul + row.cost.add
        assert SUMS["trainable_params"].read(row) <= SUMS["params"].read(row)


def test_counts_are_metrics_by_the_ids_of_conventions():
    assert [COUNTS[id] for id in ("macs", "flops", "exact")] == [METRICS[k] for k in ("macs", "flops", "exact_flops")]
    context = MetricContext(analyze(Network()), convention="thop")
    assert METRICS[COUNT].in_context(context) is COUNTS["thop"]


def test_surfaces_list_metrics_in_their_order():
    assert [metric.key for metric in metrics_on("budget")] == [
        *("params", "weight_bytes", "peak_activation_bytes", "macs", "device_seconds"),
    ]
    assert [metric.key for metric in metrics_on("json")][:3] == ["params", "trainable_params", "buffers"]


def test_values_as_text():
    assert METRICS["params"].text(11_689_512) == "11.7 M"
    assert METRICS["activation_bytes"].text(2**20) == "1.00 MiB"
    assert METRICS["params"].exact(11_689_512) == "11,689,512"
    assert METRICS["activation_bytes"].exact(2**20) == "1,048,576 B"
    assert METRICS["intensity"].text(31_032_004) == "31.0 FLOP/B"
    assert METRICS["intensity"].exact(31_032_004) == "31.0320 FLOP/B"
    assert [METRICS["intensity"].text(n) for n in (0, 1, 50_000)] == ["0 FLOP/B", "<0.01 FLOP/B", "0.05 FLOP/B"]


def test_a_row_counts_all_its_passes():
    block = Block(name="b", repeat=3, layers=(Layer(name="r", type="ReLU"),))
    result = analyze(Network(inputs=(NetworkInput(name="x", shape=(1, 7)),), root=Block(name="", layers=(block,))))
    (row,) = result.rows(expand=False)
    assert METRICS["activation_bytes"].value(MetricContext(result), row) == 3 * 7 * 4
