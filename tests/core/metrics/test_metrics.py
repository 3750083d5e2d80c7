"""Metrics: each says what it is, and reads the same from nodes, rows and totals."""

from types import SimpleNamespace

import pytest
from hypothesis import given
from network_strategies import built_networks

from layerledger.core import analyze
from layerledger.core.layers.cost import ZERO_COST, Traffic
from layerledger.core.metrics.metric import COUNTS, METRICS, MILLION, ratio


@pytest.mark.parametrize("metric", METRICS.values(), ids=list(METRICS))
def test_each_says_what_it_is(metric):
    assert METRICS[metric.key] is metric
    assert metric.title
    assert len(metric.short) <= 12
    assert metric.help.endswith(".")
    assert metric.unit in ("count", "bytes", "ratio")
    assert metric.adds_up == (metric.unit != "ratio")


def test_titles_and_headings_are_different():
    for name in ("title", "short", "help"):
        assert len({getattr(metric, name) for metric in METRICS.values()}) == len(METRICS)


@given(built_networks(wrong=True))
def test_each_metric_is_a_total(network):
    result = analyze(network)
    for key, metric in METRICS.items():
        if metric.adds_up:
            assert metric.of(result.root) == getattr(result.totals, key)


@given(built_networks(wrong=True))
def test_intensity_is_the_ratio_of_sums(network):
    result, metric = analyze(network), METRICS["intensity"]
    assert metric.of(result.root) == int(MILLION * (ratio(result.root.cost, result.root.traffic) or 0))
    assert metric.of(result.root) / MILLION == pytest.approx(result.totals.intensity or 0, abs=1e-6)
    assert metric.of_all(result.root.children) <= max(map(metric.of, result.root.children), default=0) + 1
    for row in result.rows(expand=False):
        assert metric.of_rows(row) == metric.of_row(row)


@given(built_networks(wrong=True))
def test_what_is_fused_moves_nothing(network):
    for row in analyze(network).rows():
        read, written, intensity = (METRICS[key].when(fused=True) for key in ("read_bytes", "write_bytes", "intensity"))
        if row.result.op and row.result.op.fusible and row.result.outputs:
            assert read.of_row(row) == written.of_row(row) == intensity.of_row(row) == 0
        else:
            assert read.of_row(row) == METRICS["read_bytes"].of_row(row)


def test_only_what_is_moved_changes_when_it_is_fused():
    changed = {key for key, metric in METRICS.items() if metric.when(fused=True) is not metric}
    assert changed == {"read_bytes", "write_bytes", "intensity"}
    assert all(METRICS[key].when(fused=True).title.partition(" (")[0].endswith(", fused") for key in changed)
    assert all(metric.when(fused=False) is metric for metric in METRICS.values())


@given(built_networks(wrong=True))
def test_flops_are_twice_the_macs_and_exact_flops_all_adds_and_multiplies(network):
    for row in analyze(network).rows():
        assert METRICS["flops"].of_row(row) == 2 * METRICS["macs"].of_row(row)
        assert METRICS["exact_flops"].of_row(row) == row.cost.mul + row.cost.add
        assert METRICS["trainable_params"].of_row(row) <= METRICS["params"].of_row(row)


def test_counts_are_metrics_by_the_ids_of_conventions():
    assert [COUNTS[id] for id in ("macs", "flops", "exact")] == [METRICS[k] for k in ("macs", "flops", "exact_flops")]


def test_values_as_text():
    assert METRICS["params"].text(11_689_512) == "11.7 M"
    assert METRICS["activation_bytes"].text(2**20) == "1.00 MiB"
    assert METRICS["params"].exact(11_689_512) == "11,689,512"
    assert METRICS["activation_bytes"].exact(2**20) == "1,048,576 B"
    assert METRICS["intensity"].text(31_032_004) == "31.0 FLOP/B"
    assert METRICS["intensity"].exact(31_032_004) == "31.0320 FLOP/B"
    assert [METRICS["intensity"].text(n) for n in (0, 1, 50_000)] == ["0 FLOP/B", "<0.01 FLOP/B", "0.05 FLOP/B"]


def test_activations_are_of_one_pass_in_a_row():
    row = SimpleNamespace(cost=ZERO_COST, traffic=Traffic(write_bytes=7))
    assert METRICS["activation_bytes"].of_row(row) == 7
