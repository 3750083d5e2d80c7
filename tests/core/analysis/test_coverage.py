"""Coverage: no layer and no parameter is silently left out of what is said to be counted."""

from hypothesis import given
from network_strategies import any_networks, built_networks

from layerledger.core import Block, Layer, Network, NetworkInput, analyze
from layerledger.core.library.templates.templates import load_template
from layerledger.core.metrics.metric import MetricContext
from layerledger.core.reports.context import ReportContext
from layerledger.core.reports.registry import REPORTS


def analyzed(*layers):
    return analyze(
        Network(name="net", inputs=(NetworkInput(name="x", shape=(1, 3, 8, 8)),), root=Block(name="", layers=layers))
    )


CONV = Layer(name="conv", type="Conv2d", params={"out_channels": 4, "kernel_size": 3})
ODD = Layer(name="odd", type="Odd")
UP = Layer(name="up", type="Upsample", params={"scale_factor": 2, "mode": "bilinear"})


def test_by_status():
    found = analyzed(CONV, Layer(name="flatten", type="Flatten"), Layer(name="drop", type="Dropout")).coverage
    assert found.layers == {"exact": 1, "free": 2}
    assert found.params == {"exact": 3 * 3 * 3 * 4 + 4, "free": 0}
    assert found.text() == "3 of 3 layers counted, 100 % of parameters"
    assert analyzed(CONV, UP).coverage.layers == {"exact": 1, "approximated": 1}


def test_an_unknown_type_and_what_waits_for_it_are_not_counted():
    found = analyzed(CONV, ODD, Layer(name="fc", type="Linear", params={"out_features": 2})).coverage
    assert found.layers == {"exact": 1, "not counted": 2}
    assert found.text() == "1 of 3 layers counted, the parameters of 2 layers are not known"


def test_an_empty_network_says_nothing():
    assert analyzed().coverage.text() == ""


def test_repeats_and_shared_weights():
    same = Layer(name="c", type="Conv2d", params={"out_channels": 3, "kernel_size": 3, "padding": 1})
    shared = analyzed(Block(name="b", layers=(same,), repeat=4, share_weights=True)).coverage
    assert (shared.layers, shared.params) == ({"exact": 4}, {"exact": 84})
    copies = analyzed(Block(name="b", layers=(same,), repeat=4)).coverage
    assert (copies.layers, copies.params) == ({"exact": 4}, {"exact": 4 * 84})


def test_every_report_says_it():
    result = analyze(load_template("resnet18"))
    for name, report in REPORTS.items():
        text = report.write(ReportContext(MetricContext(result))).decode()
        assert "69 of 69 layers counted" in text, name
        assert "100 % of parameters" in text, name


@given(any_networks | built_networks(wrong=True))
def test_adds_up(network):
    result = analyze(network)
    assert result.coverage.all_layers == result.totals.layers
    assert result.coverage.uncounted == result.totals.uncounted_layers
    assert sum(result.coverage.params.values()) == result.totals.params
