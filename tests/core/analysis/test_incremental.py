"""With reuse = without: after each edit, the analyzer's results equal those of the plain engine."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from network_strategies import IMAGE, built_networks, conv, edited
from plain_analysis import analyzers, plainly_analyzed, seen, seen_of_passes

from layerledger.core.analysis import analyze
from layerledger.core.analysis.analyzer import Analyzer
from layerledger.core.analysis.cache import CAPACITY, LayerCache
from layerledger.core.network.nodes import Block, Layer, Network, NetworkInput
from layerledger.core.network.paths import copied

SETTINGS = [{}, {"batch": 2}, {"dtype": "float16"}, {"weights": "int4"}]


def net(*layers):
    return Network(inputs=(IMAGE,), root=Block(name="", layers=layers))


@given(built_networks(wrong=True), st.sampled_from(SETTINGS), st.data())
def test_with_reuse_is_as_without_after_each_of_many_edits(network, settings, data):
    analyzer, plain = analyzers(**settings)
    for _ in range(data.draw(st.integers(1, 6))):
        with_reuse, without = analyzer.analyze(network), plain.analyze(network)
        assert seen(with_reuse) == seen(without)
        assert seen_of_passes(with_reuse) == seen_of_passes(without)
        network = edited(data.draw, network)


@given(built_networks(wrong=True), st.data())
def test_with_reuse_is_as_without_where_the_settings_change_too(network, data):
    result = analyze(network)
    for _ in range(data.draw(st.integers(1, 4))):
        settings = data.draw(st.sampled_from(SETTINGS))
        result = analyze(network, previous=result, **settings)
        assert seen(result) == seen(plainly_analyzed(network, **settings))
        network = edited(data.draw, network)


@given(built_networks())
def test_the_root_of_an_unchanged_network_stays_the_same_object(network):
    analyzer = Analyzer()
    assert analyzer.analyze(network).root is analyzer.analyze(network).root


def test_an_analyzer_binds_and_measures_equal_layers_once():
    analyzer = Analyzer()
    analyzer.analyze(net(*(replace(conv("c"), name=f"c{i}") for i in range(50))))
    (measures,) = analyzer.cache.measures.values()
    assert (len(analyzer.cache.bindings), len(analyzer.cache.ops), len(measures)) == (50, 1, 1)


def test_layers_written_alike_have_one_bound_type_but_not_where_true_and_1_differ():
    cache = LayerCache()
    one, other, flag, wrong = (
        cache.bind(Layer(name=name, type="Linear", params=params))[0]
        for name, params in [
            ("a", {"out_features": 2}),
            ("b", {"out_features": 2}),
            ("c", {"out_features": 1, "bias": True}),
            ("d", {"out_features": 1, "bias": 1}),
        ]
    )
    assert one is other
    assert flag
    assert wrong is None


def test_each_part_of_the_cache_stays_bounded():
    analyzer = Analyzer()
    layers = 40
    for i in range(1, 700):
        analyzer.analyze(net(*(conv(f"c{n}", i + n) for n in range(layers))))
    most = CAPACITY + 4 * layers
    cache = analyzer.cache
    parts = [cache.bindings, cache.ops, cache.names, *cache.measures.values()]
    assert max(map(len, parts)) == most
    assert all(len(part) <= most for part in parts)


def test_analyzers_share_nothing():
    network = net(conv("a"), Block(name="s", layers=(conv("x"),)))
    assert analyze(network).root is not analyze(network).root


@pytest.mark.parametrize("settings", SETTINGS)
def test_a_cached_block_elsewhere_is_rebound_to_its_own_nodes(settings):
    stage = Block(name="s", layers=(conv("x"), conv("y")))
    network = net(stage, replace(copied(stage), name="t"))
    result = analyze(network, **settings)
    assert [each.node for each in result.at((1,)).children] == list(network.layers[1].layers)
    assert seen(result) == seen(plainly_analyzed(network, **settings))


def test_equal_blocks_of_a_composite_layer_have_equal_inner_steps():
    encoder = Layer(name="x", type="TransformerEncoderLayer", params={"nhead": 4, "dim_feedforward": 256})
    network = Network(
        inputs=(NetworkInput(name="tokens", shape=(2, 64, 16)),),
        root=Block(name="", layers=tuple(Block(name=name, layers=(copied(encoder),)) for name in "st")),
    )
    one, other = (analyze(network).at((i, 0)).largest for i in range(2))
    assert one == other == 2 * 64 * 256 * 4  # hidden values of its feed-forward part: batch, tokens, features, bytes
