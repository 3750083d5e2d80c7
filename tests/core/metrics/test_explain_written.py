"""Explanations as they are written: the numbers shown come to the value, and each form is well-formed."""

import pytest
from core_samples import example_network
from hypothesis import given
from network_strategies import built_networks
from written_explanations import EXAMPLES, look_at, worth

from layerledger.core import Block, analyze
from layerledger.core.layers import LAYER_TYPES
from layerledger.core.layers.counting import NOT_COUNTED
from layerledger.core.library.templates.templates import load_template
from layerledger.core.metrics.explanations.node import explain_counts
from layerledger.core.metrics.metric import MetricContext
from layerledger.core.metrics.registry import COUNTS, METRICS
from layerledger.core.network.paths import walk


@pytest.mark.parametrize(
    ("text", "value"),
    [("3·4 + 1", 13), ("2 × (1,000 + 1)", 2002), ("⌊7/2⌋·2^3 − 1", 23), ("max(3, 4)·6/4", 6), ("⌈7/2⌉", 4)],
)
def test_reading_what_is_filled_in(text, value):
    assert worth(text) == value


def value_of(result, title):
    """Return what a node counts under a title."""
    keys = {metric.title: key for key, metric in METRICS.items()}
    if title in keys:
        return METRICS[keys[title]].read(result)
    words = {"Multiplications": "mul", "Additions": "add", "Comparisons": "cmp"}
    return getattr(result.cost, words.get(title, "special"))


@pytest.mark.parametrize(("cls", "example"), EXAMPLES)
def test_layers(cls, example):
    result = analyze(example_network(cls, example)).at((0,))
    assert explain_counts(result)
    for each in explain_counts(result):
        look_at(each, value_of(result, each.title))


@pytest.mark.parametrize(
    "count", [metric for metric in COUNTS.values() if metric.key not in METRICS], ids=lambda metric: metric.key
)
def test_by_every_convention(count):
    for cls in LAYER_TYPES.values():
        for example in cls.examples:
            analysis = analyze(example_network(cls, example))
            context, result = MetricContext(analysis), analysis.at((0,))
            found = count.explain(context, result)
            if cls.status == NOT_COUNTED:
                assert (found, explain_counts(result)) == (None, ())
                continue
            assert found.title == count.title
            look_at(found, count.value(context, result))
            assert found.formula or found.note, (count.title, cls.type_name)


def test_a_block_by_a_convention():
    result = analyze(load_template("resnet18"))
    found = COUNTS["thop"].explain(MetricContext(result), result.root)
    assert found.value == 1_824_033_792 == worth(found.filled)


@given(built_networks())
def test_whole_networks(network):
    result = analyze(network)
    for path, node in [((), network.root), *walk(network.root)]:
        found = result.at(path)
        for each in explain_counts(found):
            look_at(each, value_of(found, each.title))
            assert isinstance(node, Block) or found.outputs


@given(built_networks(wrong=True))
def test_what_is_wrong_is_explained_as_far_as_it_is_counted(network):
    result = analyze(network)
    for path, _ in walk(network.root):
        if (found := result.at(path)) is not None:
            for each in explain_counts(found):
                assert each.value == value_of(found, each.title)
