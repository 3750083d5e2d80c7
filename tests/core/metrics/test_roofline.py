"""The roofline against cases worked out by hand, and its properties on any network."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from network_strategies import built_networks

from layerledger.core import Block, Layer, Network, NetworkInput, analyze
from layerledger.core.analysis.node_result import NodeResult
from layerledger.core.analysis.rows import is_counted
from layerledger.core.layers.cost import Cost, Traffic
from layerledger.core.metrics.device_time import DEVICE_TIME, dtype_text, explained, peak_text, time_on
from layerledger.core.metrics.devices import Cache, Device, Figure, Peak, devices
from layerledger.core.metrics.devices.roofline import (
    SECOND,
    Roofline,
    RooflineTime,
    intensity,
    moved_bytes,
    operations,
    roofline,
)
from layerledger.core.metrics.devices.target import DeviceTarget
from layerledger.core.metrics.metric import MetricContext


def device(peak=100, bandwidth=10, dtype="float32"):
    """Return a device of round figures."""
    peaks = (Peak((dtype,), peak, "made up"),) if peak else ()
    figure = Figure(bandwidth, "made up") if bandwidth else None
    return Device(id="d", title="D", short="D", kind="Other", peaks=peaks, bandwidth=figure)


def found(*, macs=0, mul=0, read=0, written=0, fused=False):
    """Return the result of a layer that computes and moves so much."""
    moved = Traffic(0, read, written, *((read, written) if fused else ()))
    return NodeResult(Layer(name="x", type="ReLU"), (), (), cost=Cost(macs=macs, mul=mul), traffic=moved)


def result_of(*layers, shape, dtype="float32", **root):
    """Return the analysis of a network of one input."""
    inputs = (NetworkInput(name="image", shape=shape, dtype=dtype),)
    return analyze(Network(name="n", inputs=inputs, root=Block(name="", layers=layers, **root)))


def conv(**params):
    """Return a 3×3 convolution of 128 channels that keeps the size."""
    return Layer(
        name="conv",
        type="Conv2d",
        params={"out_channels": 128, "kernel_size": 3, "padding": 1, "bias": False, **params},
    )


# -- by hand


def test_a_layer_takes_the_larger_of_its_two_parts():
    roof = Roofline(device(), "float32")  # 100 operations and 10 bytes a second: ridge 10
    assert roof.ridge == 10
    assert roof.time(found(macs=100, read=5, written=5)) == RooflineTime(2 * SECOND, 2 * SECOND, SECOND, 0, 0, 1)
    waits = roof.time(found(macs=100, read=20, written=10))
    assert waits == RooflineTime(3 * SECOND, 2 * SECOND, 3 * SECOND, 3 * SECOND, 1, 1)
    assert (waits.bound, waits.seconds) == ("memory", 3.0)
    assert roof.time(found(macs=100, read=10, written=10)).bound == "compute"  # on the ridge
    assert roof.time(found()) == RooflineTime()
    assert roof.time(found()).bound == ""


def test_the_dense_and_the_depthwise_convolution_of_the_intensities_known():
    dense = result_of(conv(), shape=(1, 64, 56, 56)).at((0,))
    depthwise = result_of(conv(groups=128), shape=(1, 128, 56, 56)).at((0,))
    assert float(intensity(dense, fused=False)) == pytest.approx(171, abs=0.5)  # FLOP/B
    assert float(intensity(depthwise, fused=False)) == pytest.approx(2.2, abs=0.05)
    assert (operations(dense), operations(depthwise)) == (462_422_016, 7_225_344)
    assert moved_bytes(depthwise, fused=False) == 4 * (2 * 128 * 56 * 56 + 128 * 9)
    roof = roofline(devices()["nvidia-t4"], "float32")
    assert float(roof.ridge) == pytest.approx(25.3, abs=0.02)
    assert [roof.time(each).bound for each in (dense, depthwise)] == ["compute", "memory"]
    assert roof.time(dense).seconds == pytest.approx(462_422_016 / 8.1e12)
    assert roof.time(depthwise).seconds == pytest.approx(moved_bytes(depthwise, fused=False) / 320e9)


def test_efficiency_slows_computing_alone():
    half = Roofline(device(), "float32", efficiency=Fraction(1, 2))
    assert half.ridge == 5
    time = half.time(found(macs=100, read=20))
    assert (time.compute, time.memory) == (4 * SECOND, 2 * SECOND)
    assert half.attainable(Fraction(1)) == 10
    assert half.attainable(Fraction(100)) == 50


@pytest.mark.parametrize("efficiency", [0, -1, Fraction(11, 10)])
def test_an_efficiency_out_of_range_is_refused(efficiency):
    with pytest.raises(ValueError, match="the efficiency must be above 0 and at most 1; got"):
        Roofline(device(), "float32", efficiency=Fraction(efficiency))


def test_layers_without_macs_are_timed_by_every_multiply_and_add():
    assert operations(found(mul=50)) == 50
    assert operations(found(macs=10, mul=50)) == 20
    assert Roofline(device(), "float32").time(found(mul=50)).compute == SECOND // 2


def test_what_is_fused_moves_nothing_and_computes_all_the_same():
    norm = found(mul=50, read=100, written=100, fused=True)
    assert Roofline(device(), "float32").time(norm).total == 20 * SECOND
    assert Roofline(device(), "float32", fused=True).time(norm).total == SECOND // 2


def test_a_device_with_one_part_bounds_by_that_alone():
    layer = found(macs=100, read=100)
    only_peak, only_bandwidth = Roofline(device(bandwidth=0), "float32"), Roofline(device(peak=0), "float32")
    assert (only_peak.time(layer).total, only_peak.ridge) == (2 * SECOND, None)
    assert (only_bandwidth.time(layer).total, only_bandwidth.time(layer).bound) == (10 * SECOND, "memory")
    assert only_peak.attainable(Fraction(1)) == 100
    assert only_bandwidth.attainable(Fraction(3)) == 30
    nothing = Roofline(device(bandwidth=0), "float64")
    assert (nothing.time(layer), nothing.attainable(Fraction(1))) == (RooflineTime(), None)


def test_a_block_is_the_sum_over_its_layers_and_not_the_intensity_of_the_whole():
    relu = Layer(name="relu", type="ReLU")
    result = result_of(conv(), relu, shape=(1, 64, 56, 56))
    roof = roofline(devices()["nvidia-t4"], "float32")
    parts = [roof.time(child) for child in result.root.children]
    whole = roof.time(result.root)
    assert whole.total == sum(part.total for part in parts)
    assert whole.total > max(sum(part.compute for part in parts), sum(part.memory for part in parts))
    assert (whole.memory_bound_layers, whole.layers) == (1, 2)
    assert whole.memory_bound == parts[1].total


def test_passes_are_timed_each():
    block = Block(name="b", layers=(conv(),), repeat=5)
    result = result_of(block, shape=(1, 128, 8, 8))
    roof = roofline(devices()["nvidia-t4"], "float32")
    assert roof.time(result.root).total == 5 * roof.time(result.at((0, 0))).total
    assert roof.time(result.root).layers == 5


def test_an_edit_times_only_what_it_changed():
    layers = [Layer(name=f"relu{i}", type="ReLU") for i in range(50)]
    roof = Roofline(device(), "float32")
    before = result_of(*layers, shape=(1, 8))
    roof.time(before.root)
    known = set(roof._known)
    changed = Network(
        name="n",
        inputs=before.network.inputs,
        root=Block(name="", layers=(*before.network.layers, Layer(name="last", type="GELU"))),
    )
    roof.time(analyze(changed, previous=before).root)
    assert len(set(roof._known) - known) == 2  # the new layer and the root


# -- properties

AMOUNTS = st.integers(0, 10**15)


@given(AMOUNTS, AMOUNTS, AMOUNTS, AMOUNTS, st.fractions(Fraction(1, 100), 1))
def test_more_operations_or_bytes_never_take_less_time(macs, more, read, further, efficiency):
    roof = Roofline(device(peak=10**12 + 7, bandwidth=10**10 + 9), "float32", efficiency=efficiency)
    base = roof.time(found(macs=macs, read=read)).total
    assert roof.time(found(macs=macs + more, read=read)).total >= base
    assert roof.time(found(macs=macs, read=read + further)).total >= base
    exact = max(Fraction(2 * macs) / (roof.ceiling), Fraction(read, roof.bandwidth))
    assert 0 <= exact - Fraction(base, SECOND) < Fraction(1, SECOND)


@given(AMOUNTS, st.integers(1, 10**12), st.fractions(Fraction(1, 100), 1))
def test_what_is_attained_is_attainable(macs, read, efficiency):
    roof = Roofline(device(peak=10**9, bandwidth=10**7), "float32", efficiency=efficiency)
    layer = found(macs=macs, read=read)
    attainable = roof.attainable(intensity(layer, fused=False))
    assert attainable <= roof.ceiling
    if macs:
        assert operations(layer) / attainable == pytest.approx(roof.time(layer).seconds, rel=1e-6)
    assert (roof.time(layer).bound == "memory") == (intensity(layer, fused=False) < roof.ridge)


@given(built_networks(wrong=True), st.sampled_from(["nvidia-t4", "rp2040", "coral-edge-tpu"]), st.booleans())
def test_the_sum_of_the_rows_is_the_total(network, id, fused):
    result = analyze(network)
    context = MetricContext(result)
    metric = time_on(DeviceTarget(devices()[id], fused=fused), result)
    rows = list(result.rows())
    values = [metric.value(context, row) for row in rows]
    assert [value is None for value in values] == [not metric.known or not is_counted(row) for row in rows]
    assert sum(value or 0 for value in values) == (metric.value(context, result.root) or 0)
    whole = metric.roofline.time(result.root)
    assert whole.layers == sum((value or 0) > 0 for value in values)
    assert whole.memory_bound_layers == sum(metric.roofline.time(row.result).bound == "memory" for row in rows)


# -- the metric


def test_the_metric_says_what_it_is_with_its_figures():
    result = result_of(conv(), shape=(1, 64, 56, 56), dtype="float16")
    metric = time_on(DeviceTarget(devices()["nvidia-t4"], Fraction(1, 2), fused=True), result)
    assert (metric.key, metric.unit, metric.title) == (DEVICE_TIME, "seconds", "Least time on NVIDIA T4")
    assert metric.help == (
        "Roofline, a lower bound: of each layer the larger of operations at 65 Top/s (float16) × 0.5 "
        "and bytes at 320 GB/s; batch norms, activation functions and element-wise arithmetic fused. "
        "It assumes that each tensor comes from memory once: where a cache holds one, that part is no bound."
    )
    assert metric is time_on(DeviceTarget(devices()["nvidia-t4"], Fraction(1, 2), fused=True), result)
    assert metric.text(metric.whole(MetricContext(result))) == "14.2 µs"
    assert metric.exact(metric.whole(MetricContext(result))) == "14.2284 µs"


def test_a_dtype_that_stands_in_for_another_is_named():
    roof = roofline(devices()["nvidia-v100-sxm2"], "int8")
    assert dtype_text(roof) == "int8 as float16"
    assert peak_text(roof) == "125 Top/s (int8 as float16)"
    unknown = roofline(devices()["coral-edge-tpu"], "float32")
    assert explained(unknown).endswith("operations (no peak for float32 is known) and bytes (no bandwidth is known).")
    assert not time_on(DeviceTarget(devices()["coral-edge-tpu"]), result_of(conv(), shape=(1, 3, 8, 8))).known
    assert dtype_text(unknown) == "no peak for float32"
    assert peak_text(unknown) == ""


# -- a device with a cache


def linear():
    return Layer(name="fc", type="Linear", params={"out_features": 16, "bias": False})


def cached(nbytes):
    """Return a device of 1 byte a second whose cache moves 10."""
    figures = (Peak(("float32",), 10**18, "made up"),), Figure(1, "made up"), ()
    return Device("cached", "Cached", "Cached", "Other", *figures, cache=Cache(nbytes, 10, "made up"))


def test_what_a_cache_holds_is_bound_by_the_cache():
    """A layer of 1,024 + 64 + 16 numbers of 4 bytes: 4,096 of weights, 256 going in, 64 coming out."""
    result = result_of(linear(), shape=(1, 64))
    moved = 4096 + 256 + 64
    for room, far in ((0, moved), (64, 4096 + 192), (256, 4096), (4095, 4096)):
        found = DeviceTarget(cached(room)).roofline(result).time(result.root)
        assert found.seconds == max(far, moved / 10)
    # All weights stay in the cache from run to run, so nothing comes from memory.
    whole = DeviceTarget(cached(4096)).roofline(result)
    assert whole.held
    assert whole.time(result.root).seconds == moved / 10
    assert "cache of 4.00 KiB holds moves at 10 B/s" in explained(whole)
    assert "as here" in explained(whole)


def test_keys_and_values_count_among_what_a_cache_holds():
    result = result_of(linear(), shape=(1, 64))
    assert DeviceTarget(cached(5000)).roofline(result, kept_bytes=904).held
    assert not DeviceTarget(cached(5000)).roofline(result, kept_bytes=905).held
