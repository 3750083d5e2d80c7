"""Parts of composite layers: named, in the order of the work, and they add up to the layer."""

import json

import pytest
from core_samples import example_network

from layerledger.core import Block, Layer, Network, NetworkInput, analyze
from layerledger.core.analysis.components import component_names, components_of
from layerledger.core.layers import LAYER_TYPES
from layerledger.core.layers.cost import total
from layerledger.core.library.templates.templates import load_template
from layerledger.core.metrics.metric import MetricContext
from layerledger.core.reports.context import ReportContext
from layerledger.core.reports.registry import REPORTS


def attention(**given):
    return Layer(name="attention", type="MultiheadAttention", params={"num_heads": 2, "batch_first": True}, **given)


def tokens(*layers):
    given = NetworkInput(name="tokens", shape=(1, 6, 8))
    return analyze(Network(name="net", inputs=(given,), root=Block(name="", layers=layers)))


@pytest.mark.parametrize("name", LAYER_TYPES)
def test_parts_of_every_example_add_up(name):
    for example in LAYER_TYPES[name].examples:
        result = analyze(example_network(LAYER_TYPES[name], example)).at((0,))
        found = components_of(result)
        assert not found or total(part.cost for part in found) == result.cost
        assert len(found) != 1
        assert all(part.name for part in found)


@pytest.mark.parametrize("name", ["vit_b_16", "llama-3-8b", "mixtral-8x7b", "lstm_classifier", "whisper-tiny"])
def test_parts_in_whole_networks_add_up(name):
    rows = list(analyze(load_template(name)).rows(expand=False))
    composite = [row for row in rows if components_of(row.result)]
    assert composite
    assert all(total(part.cost for part in components_of(row.result)) == row.result.cost for row in composite)


def test_parts_come_in_the_order_of_the_work():
    assert component_names(LAYER_TYPES["SwiGLU"]) == ("gate", "up", "activation", "product", "down")
    assert component_names(LAYER_TYPES["Conv2d"]) == ()
    assert component_names(LAYER_TYPES["BatchNorm2d"]) == ()


def test_tied_weights_count_where_they_are_owned():
    found = tokens(attention(), Layer(name="first", type="Identity"), attention(tied_to="attention"))
    owned, tied = (components_of(found.at((i,))) for i in (0, 2))
    assert sum(part.cost.params for part in owned) == 4 * 72
    assert sum(part.cost.params for part in tied) == 0
    assert [part.cost.macs for part in owned] == [part.cost.macs for part in tied]


def test_the_json_report_has_them():
    result = tokens(attention(), Layer(name="relu", type="ReLU"))
    report = json.loads(REPORTS["json"].write(ReportContext(MetricContext(result))))
    composite, plain = report["layers"]
    assert "parts" not in plain
    for key in ("params", "macs", "flops", "exact_flops"):
        assert sum(part[key] for part in composite["parts"]) == composite[key]
