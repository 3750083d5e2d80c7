"""Totals of networks with layers that are not counted: they carry ≥ as text, and are numbers in JSON."""

import json

import pytest

from layerledger.core import Block, Layer, Network, NetworkInput, analyze
from layerledger.core.metrics.metric import MetricContext
from layerledger.core.reports.context import ReportContext
from layerledger.core.reports.registry import REPORTS


def report(format_id, *more):
    linear = Layer(name="fc", type="Linear", params={"out_features": 2})
    inputs = (NetworkInput(name="x", shape=(1, 3)),)
    result = analyze(Network(inputs=inputs, root=Block(name="", layers=(linear, *more))))
    return REPORTS[format_id].write(ReportContext(MetricContext(result))).decode()


UNKNOWN = Layer(name="own", type="NotAType")


@pytest.mark.parametrize("format_id", ["table", "markdown"])
def test_totals_are_lower_bounds_where_a_layer_is_not_counted(format_id):
    marked, plain = report(format_id, UNKNOWN), report(format_id)
    assert "≥" not in plain.split("Conventions")[0]
    for title in ("Parameters", "MACs", "Weight bytes", "Peak activation memory"):
        (line, *_) = [line for line in marked.splitlines() if line.strip("| ").startswith(title)]
        assert "≥ " in line
    intensity = [line for line in marked.splitlines() if line.startswith(("Intensity", "| Intensity"))]
    assert len(intensity) == 1
    assert "≥" not in intensity[0]
    (total,) = [line for line in marked.splitlines() if line.startswith(("Total  ", "| **Total**"))]
    assert "≥ 8" in total
    assert "≥ 6" in total


def test_json_stays_a_number_beside_the_layers_that_are_missing():
    totals = json.loads(report("json", UNKNOWN))["totals"]
    assert (totals["params"], totals["macs"], totals["uncounted_layers"]) == (8, 6, 1)
