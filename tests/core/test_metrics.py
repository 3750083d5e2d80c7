"""Metrics: each says what it is, and reads the same from nodes, rows and totals."""

from types import SimpleNamespace

import pytest
from hypothesis import given
from network_strategies import built_networks

from layerledger.core import analyze
from layerledger.core.cost import NOTHING, Moved
from layerledger.core.metrics import COUNTS, METRICS


@pytest.mark.parametrize("metric", METRICS.values(), ids=list(METRICS))
def test_each_says_what_it_is(metric):
    assert METRICS[metric.key] is metric
    assert metric.title
    assert len(metric.short) <= 12
    assert metric.help.endswith(".")
    assert metric.unit in ("count", "bytes")


def test_titles_and_headings_are_different():
    for name in ("title", "short", "help"):
        assert len({getattr(metric, name) for metric in METRICS.values()}) == len(METRICS)


@given(built_networks(wrong=True))
def test_each_metric_is_a_total(network):
    result = analyze(network)
    for key, metric in METRICS.items():
        assert metric.of(result.root) == getattr(result.totals, key)


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


def test_activations_are_of_one_pass_in_a_row():
    row = SimpleNamespace(cost=NOTHING, moved=Moved(written=7))
    assert METRICS["activation_bytes"].of_row(row) == 7
