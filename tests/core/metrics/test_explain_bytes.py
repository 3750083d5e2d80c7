"""What is explained of bytes is what is counted: every type, every dtype, blocks, ties, and what is fused."""

import pytest
from core_samples import example_network
from hypothesis import given
from network_strategies import built_networks
from written_explanations import EXAMPLES

from layerledger.core import Block, Layer, Network, NetworkInput, analyze
from layerledger.core.base.dtypes import WEIGHT_DTYPES
from layerledger.core.metrics.explanations.bytes import explain_moved
from layerledger.core.metrics.metric import MetricContext, SumMetric
from layerledger.core.metrics.registry import METRICS
from layerledger.core.network.paths import walk

EXPLAINED = ("weight_bytes", "read_bytes", "write_bytes", "intensity")


def conv(name="conv", **more):
    return Layer(name=name, type="Conv2d", params={"out_channels": 8, "kernel_size": 3, "bias": False}, **more)


def net(*layers, **more):
    given = NetworkInput(name="image", shape=(1, 3, 8, 8))
    return Network(inputs=(given,), root=Block(name="", layers=layers), **more)


def explained(network, at=(0,), *, fused=False):
    result = analyze(network)
    return dict(zip(EXPLAINED, explained_of(result, result.at(at), fused=fused), strict=True))


def explained_of(result, node, *, fused=False):
    context = MetricContext(result, fused=fused)
    return [each for key in EXPLAINED if (each := METRICS[key].explain(context, node)) is not None]


def test_a_new_metric_of_bytes_is_explained_by_its_own_value():
    """Its key has no formula here, so its explanation must not be that of another metric."""
    result = analyze(net(conv()))
    read, written = (METRICS[key] for key in ("read_bytes", "write_bytes"))
    moved = SumMetric(
        key="moved_bytes",
        title="Bytes moved",
        short="Moved",
        help="Bytes read and written.",
        unit="bytes",
        read=lambda node: node.traffic.read_bytes + node.traffic.write_bytes,
        explained_by=explain_moved,
    )
    context, layer = MetricContext(result), result.at((0,))
    found = moved.explain(context, layer)
    assert (found.title, found.value, found.note) == ("Bytes moved", moved.value(context, layer), moved.help)
    assert found.value == read.value(context, layer) + written.value(context, layer)


@pytest.mark.parametrize(("cls", "example"), EXAMPLES)
@pytest.mark.parametrize("fused", [False, True])
def test_every_type(cls, example, fused):
    result = analyze(example_network(cls, example))
    context = MetricContext(result, fused=fused)
    found = explained_of(result, result.at((0,)), fused=fused)
    assert len(found) == len(EXPLAINED)
    for key, each in zip(EXPLAINED, found, strict=True):
        metric = METRICS[key].in_context(context)
        assert (each.title, each.value) == (metric.title, metric.value(context, result.at((0,))) or 0)
        assert each.shown == metric.exact(each.value)
        assert each.formula or (each.note and not each.value)
        if metric.adds_up and each.formula:
            assert sum(term.value for term in each.terms) in (0, each.value)


@given(built_networks(wrong=True))
def test_whole_networks(network):
    result = analyze(network)
    for path, _ in [((), network.root), *walk(network.root)]:
        node = result.at(path)
        for each, key in zip(explained_of(result, node) if node else (), EXPLAINED, strict=False):
            value = METRICS[key].value(MetricContext(result), node)
            assert each.value == (value or 0), (path, key)


@pytest.mark.parametrize("dtype", WEIGHT_DTYPES)
def test_weights_name_their_dtype(dtype):
    found = explained(net(conv(extra={"dtypes": {"weights": dtype}})))
    assert dtype in found["weight_bytes"].note
    assert dtype in found["read_bytes"].note
    assert "float32" in found["write_bytes"].note


def test_blocks_of_int4_come_with_their_scales():
    found = explained(net(conv(), extra={"dtypes": {"weights": "int4"}}))["weight_bytes"]
    assert (found.formula, found.filled) == ("⌈params/2⌉ + 2·⌈params/32⌉", "⌈216/2⌉ + 2·⌈216/32⌉")
    assert (found.value, found.shown) == (108 + 14, "122 B")
    assert "a scale of 2 bytes for each 32" in found.note


def test_the_lesson_is_written_out():
    found = explained(net(conv()))
    assert found["weight_bytes"].text().splitlines()[:3] == ["Weight bytes = params·4", "= 216·4", "= 864 B"]
    assert found["read_bytes"].filled == "768 + 864"
    assert [term.title for term in found["read_bytes"].terms] == ["inputs", "weights"]
    assert found["intensity"].filled == "2·7,776/(1,632 + 1,152)"
    assert found["intensity"].shown == "5.58621 FLOP/B"
    assert found["weight_bytes"].as_latex().endswith(r"\text{864 B}")
    assert "<b>864 B</b>" in found["weight_bytes"].as_html()


def test_an_embedding_reads_what_it_looks_up():
    table = Layer(name="table", type="Embedding", params={"num_embeddings": 100, "embedding_dim": 16})
    given = NetworkInput(name="tokens", shape=(1, 4), dtype="int64")
    network = Network(inputs=(given,), root=Block(name="", layers=(table,)))
    found = explained(network)["read_bytes"]
    assert found.note.endswith("A pass reads 64 of the 1,600 weights.")
    assert found.filled == "32 + 256"


def test_what_is_fused_says_so():
    found = explained(net(conv(), Layer(name="relu", type="ReLU")), (1,), fused=True)
    assert {found[key].value for key in EXPLAINED} == {0}
    assert "fused into the layer before" in found["read_bytes"].note


def test_tied_weights_are_stored_elsewhere_and_read_all_the_same():
    found = explained(net(conv("a", inputs=("image",)), conv("b", inputs=("image",), tied_to="a")), (1,))
    assert (found["weight_bytes"].value, found["weight_bytes"].note) == (
        0,
        "The weights are those of a and count there.",
    )
    assert found["read_bytes"].value == 768 + 864


def test_passes_of_a_block():
    shared = Block(name="s", repeat=3, share_weights=True, layers=(Layer(name="n", type="BatchNorm2d"),))
    found = explained(net(shared))
    assert found["weight_bytes"].filled == "24"
    assert found["read_bytes"].filled == "3 × 792"
    assert "ratio of the sums" in explained(net(conv(), conv("b")), ())["intensity"].note


def test_what_is_not_counted_is_not_explained():
    result = analyze(net(Layer(name="odd", type="NotKnown")))
    assert explained_of(result, result.at((0,))) == []
