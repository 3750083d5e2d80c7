"""Receptive fields: against a search for every input that an output sees, and against published figures."""

from collections import defaultdict
from fractions import Fraction
from itertools import product
from math import ceil, floor

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from layerledger.core import Block, Layer, Network, NetworkInput, analyze, edits
from layerledger.core.analysis.passes.field_map import AxisField
from layerledger.core.analysis.passes.phases import most_phases
from layerledger.core.layers import LAYER_TYPES
from layerledger.core.library.templates.templates import load_template, template_ids
from layerledger.core.metrics.metric import MetricContext
from layerledger.core.metrics.registry import METRICS
from layerledger.core.metrics.step_metrics import field_text
from layerledger.core.network.paths import dotted, walk


def net(*layers, shape=(1, 1, 64), dtype="float32"):
    root = Block(name="", layers=layers)
    return analyze(Network(inputs=(NetworkInput(name="x", shape=shape, dtype=dtype),), root=root))


def layer(kind, name, *inputs, **params):
    return Layer(name=name, type=kind, params=params, inputs=inputs)


def field_of(result, name, axis=0):
    """Return the field of a layer by its name."""
    path = next(path for path, _ in walk(result.network.root) if dotted(result.network, path) == name)
    return result.receptive.at(path)[axis]


def numbers(field):
    return field.size, field.stride, None if field.start is None else -field.start


# -- published figures


@pytest.mark.parametrize(
    ("template", "name", "expected"),
    [
        ("vgg16", "features.pool5", (212, 32, 90)),
        ("mobilenet_v1", "features.13.pointwise_relu", (315, 32, 157)),
        ("inception_v3", "mixed_7c.concat", (1311, 32, 618)),
        ("resnet50", "layer4.2.relu3", (427, 32, 213)),
    ],
)
def test_published(template, name, expected):
    """Araujo et al. 2019; their MobileNet pads on one side only, so its padding is another."""
    result = analyze(load_template(template))
    found = [result.receptive.of(step) for step in result.schedule.steps]
    assert expected in {numbers(field) for fields in found for field in fields if field.size}, name


def test_alexnet_v2_of_araujo():
    """195, 32, 64: filters and padding of slim's alexnet_v2, up to pool5."""
    result = net(
        layer("Conv2d", "conv1", out_channels=64, kernel_size=11, stride=4),
        layer("MaxPool2d", "pool1", kernel_size=3, stride=2),
        layer("Conv2d", "conv2", out_channels=192, kernel_size=5, padding=2),
        layer("MaxPool2d", "pool2", kernel_size=3, stride=2),
        *(layer("Conv2d", f"conv{i}", out_channels=8, kernel_size=3, padding=1) for i in (3, 4, 5)),
        layer("MaxPool2d", "pool5", kernel_size=3, stride=2),
        shape=(1, 3, 224, 224),
    )
    assert numbers(field_of(result, "pool5")) == (195, 32, 64)


def test_resnet50_with_the_stride_in_the_first_convolution():
    """483, as the paper of 2015 and Araujo et al. have it; torchvision's, in the 3×3, sees 427."""
    network = load_template("resnet50")
    for path, node in list(walk(network.root)):
        if isinstance(node, Layer) and node.params.get("kernel_size") == 3 and node.params.get("stride") == 2:
            if node.type != "Conv2d":
                continue
            first = next(
                (p for p, n in walk(network.root) if p[:-1] == path[:-1] and p < path and n.type == "Conv2d"), None
            )
            network = edits.set_param(network, path, "stride", 1)
            network = edits.set_param(network, first, "stride", 2)
    result = analyze(network)
    sizes = [field.size for step in result.schedule.steps for field in result.receptive.of(step) if not field.whole]
    assert max(sizes) == 483


def test_wavenet_sees_all_its_dilations():
    """van den Oord et al. 2016: 10 dilations sum to 1,023 a stack, and the first convolution sees 2."""
    result = analyze(load_template("wavenet"))
    (field,) = result.receptive.of(result.schedule.steps[-1])
    dilated = [s.layer.op for s in result.schedule.steps if getattr(s.layer.op, "kernel_size", (1,)) != (1,)]
    assert field.size == 1 + sum(spec.dilation[0] * (spec.kernel_size[0] - 1) for spec in dilated)


# -- single rules


def test_a_layer_of_a_repeated_block_shows_its_first_pass_and_its_steps_all():
    block = Block(name="b", repeat=3, layers=(layer("Conv1d", "c", out_channels=1, kernel_size=3, padding=1),))
    result = net(block)
    assert result.receptive.at((0, 0)) == (AxisField(3, 1, -1),)
    assert [result.receptive.of(step)[0].size for step in result.schedule.steps] == [3, 5, 7]


@pytest.mark.parametrize(
    "last",
    [
        layer("AdaptiveAvgPool2d", "g", output_size=1),
        layer("Mean", "g", dim=(2, 3)),
        layer("SqueezeExcitation", "g", squeeze_channels=1),
        Block(name="g", layers=(layer("Flatten", "f"), layer("Linear", "l", out_features=2))),
    ],
    ids=lambda node: getattr(node, "type", "Linear"),
)
def test_global_operations_see_the_whole_input(last):
    result = net(
        layer("Conv2d", "c", out_channels=4, kernel_size=3), last, layer("Identity", "i"), shape=(1, 3, 20, 30)
    )
    assert result.receptive.at((2,)) == (AxisField(20, None, 0, whole=True), AxisField(30, None, 0, whole=True))


def test_a_mean_of_rows_sees_whole_columns_only():
    result = net(layer("Mean", "m", dim=(2,)), shape=(1, 3, 20, 30))
    assert result.receptive.at((0,)) == (AxisField(20, None, 0, whole=True), AxisField(1, 1, 0))


def test_attention_sees_all_tokens_and_a_window_some():
    tokens = (layer("Embedding", "e", num_embeddings=9, embedding_dim=8), layer("Unsqueeze", "u", dim=1))
    alike = ("u", "u", "u")
    full = net(*tokens, layer("ScaledDotProductAttention", "a", *alike), shape=(1, 16), dtype="int64")
    assert field_of(full, "a").whole
    near = layer("ScaledDotProductAttention", "a", *alike, is_causal=True, sliding_window=4)
    far = layer("ScaledDotProductAttention", "b", "a", "a", "a", is_causal=True, sliding_window=4)
    result = net(*tokens, near, far, shape=(1, 16), dtype="int64")
    assert field_of(result, "a") == AxisField(4, 1, -3)
    assert field_of(result, "b") == AxisField(7, 1, -6)


def test_branches_of_different_strides_say_so_and_others_see_from_first_to_last():
    strides = net(
        layer("Conv1d", "a", "x", out_channels=1, kernel_size=2, stride=2),
        layer("Slice", "b", "x", dim=2, end=32),
        layer("Add", "sum", "a", "b"),
    )
    assert field_of(strides, "sum") == AxisField(None, reason="joined branches have different strides: 2 and 1")
    apart = net(
        layer("Conv1d", "c", out_channels=1, kernel_size=1),
        layer("Slice", "a", "c", dim=2, end=60),
        layer("Slice", "b", "c", dim=2, start=4),
        layer("Add", "sum", "a", "b"),
        layer("ReLU", "later"),
    )
    assert field_of(apart, "later") == field_of(apart, "sum") == AxisField(5, 1, 0)


def test_what_a_type_cannot_say_is_not_known_until_all_is_seen():
    result = net(
        layer("Custom", "own"),
        layer("Conv1d", "c", out_channels=2, kernel_size=3),
        layer("AdaptiveAvgPool1d", "g", output_size=1),
    )
    assert field_of(result, "c") == AxisField(None, reason="own does not declare its receptive field")
    assert field_of(result, "g").whole


def test_tokens_that_are_joined_keep_their_size_and_lose_their_place():
    result = analyze(load_template("vit_b_16"))
    sizes = [result.receptive.of(step) for step in result.schedule.steps]
    assert (16, None) in {(fields[0].size, fields[0].stride) for fields in sizes if fields}
    assert all(field.whole for field in sizes[-1])


def test_a_later_pass_that_is_not_fed_all_says_nothing():
    given = tuple(NetworkInput(name=name, shape=(4, 6, 2)) for name in "xy")
    joined = Layer(name="joined", type="Concat", inputs=("input", "x"))
    twice = Block(name="twice", repeat=2, layers=(joined, Layer(name="odd", type="Split")))
    result = analyze(Network(inputs=given, root=Block(name="", layers=(twice,))))
    assert [result.receptive.of(step) for step in result.schedule.steps][1:] == [()]
    assert len(result.receptive.at((0, 0))) == 1


def test_no_positions_no_field():
    assert net(layer("Linear", "l", out_features=2), shape=(1, 4)).receptive.at((0,)) == ()
    assert net().receptive.at((0,)) == ()


def test_volumes_and_unbatched_inputs():
    result = net(layer("Conv3d", "c", out_channels=1, kernel_size=(1, 3, 5)), shape=(3, 8, 8, 8))
    assert [field.size for field in result.receptive.at((0,))] == [1, 3, 5]


@pytest.mark.parametrize("name", template_ids())
def test_every_template_is_followed(name):
    result = analyze(load_template(name))
    for step in result.schedule.steps:
        for field in result.receptive.of(step):
            assert (field.size is None) == bool(field.reason)


@pytest.mark.parametrize("name", LAYER_TYPES)
def test_every_type_links_each_dimension_of_its_inputs_to_some_of_its_output(name):
    for example in LAYER_TYPES[name].examples:
        inputs = tuple(
            NetworkInput(name=f"in{i}", shape=shape, dtype=example.dtype) for i, shape in enumerate(example.inputs)
        )
        node = Layer(name="layer", type=name, params=example.params, inputs=tuple(i.name for i in inputs))
        (found,) = analyze(Network(inputs=inputs, root=Block(name="", layers=(node,)))).root.children
        reach = found.op.receptive_of(found.known_inputs, found.outputs)
        if reach in ("same", "nothing", "not modelled"):
            continue
        rank = len(found.outputs[0].shape)
        for links, spec in zip(reach, found.known_inputs, strict=True):
            assert len(links) in (0, len(spec.shape))
            assert all(0 <= to < rank for link in links for to in link.to)


# -- against a search


def seen_by(spec, size, out):
    """Return the inputs that each output of a layer on one dimension sees, from its definition."""
    kind, k, s, p, d = spec
    found = defaultdict(set)
    if kind in ("Conv1d", "MaxPool1d"):
        for y, tap in product(range(out), range(k)):
            found[y].add(y * s - p + d * tap)
    elif kind == "ConvTranspose1d":
        for i, tap in product(range(size), range(k)):
            found[i * s - p + d * tap].add(i)
    elif kind == "Upsample":
        for y in range(out):
            found[y].add(y // s)
    elif kind == "linear":
        for y in range(out):
            place = (Fraction(2 * y + 1, s) - 1) / 2
            found[y] |= {floor(place), ceil(place)}
    return {y: found[y] for y in range(out)}


def searched(chain, sizes):
    """Return, for each output that is far from every border, all inputs that it sees."""
    seen = {i: {i} for i in range(sizes[0])}
    for spec, size, out in zip(chain, sizes, sizes[1:], strict=False):
        steps = seen_by(spec, size, out)
        inside = {y: taps for y, taps in steps.items() if all(t in seen for t in taps)}
        seen = {y: set().union(*(seen[t] for t in taps)) for y, taps in inside.items()}
    return seen


windows = st.tuples(
    st.sampled_from(["Conv1d", "Conv1d", "MaxPool1d"]),
    st.integers(1, 4), st.integers(1, 3), st.integers(0, 2), st.integers(1, 2),
).map(lambda w: (*w[:3], min(w[3], w[1] // 2), w[4]))  # fmt: skip
upwards = st.tuples(st.integers(1, 4), st.integers(1, 3), st.integers(0, 1)).map(
    lambda w: ("ConvTranspose1d", *w[:2], min(w[2], w[0] - 1), 1)
)
copies = st.tuples(st.sampled_from(["Upsample", "linear"]), st.just(1), st.integers(2, 3), st.just(0), st.just(1))


def built(i, spec):
    kind, k, s, p, d = spec
    if kind in ("Upsample", "linear"):
        return layer("Upsample", f"l{i}", scale_factor=s, mode="linear" if kind == "linear" else "nearest")
    extra = {} if kind == "MaxPool1d" else {"out_channels": 1}
    return layer(kind, f"l{i}", kernel_size=k, stride=s, padding=p, dilation=d, **extra)


def chain_of(specs, size=300):
    first = layer("Conv1d", "first", out_channels=1, kernel_size=1)
    result = net(first, *(built(i, spec) for i, spec in enumerate(specs)), shape=(1, 1, size))
    sizes = [step.layer.outputs[0].shape[-1] for step in result.schedule.steps]
    return result, sizes


@given(st.lists(windows, min_size=1, max_size=5))
def test_chains_see_exactly_what_a_search_finds(specs):
    result, sizes = chain_of(specs)
    (field,) = result.receptive.of(result.schedule.steps[-1])
    seen = searched(specs, sizes)
    for y, inputs in seen.items():
        first = y * field.stride + field.start
        assert (min(inputs), max(inputs)) == (first, first + field.size - 1)


@given(st.lists(windows | upwards | copies, min_size=1, max_size=4))
@settings(max_examples=150)
def test_fractional_strides_see_exactly_what_a_search_finds(specs):
    result, sizes = chain_of(specs)
    (state,) = result.receptive.states[result.schedule.steps[-1].outputs[0]]
    assert not state.field.at_most
    seen = searched(specs, sizes)
    # Towards the ends, a transposed filter has fewer inputs than further in.
    for y, inputs in [(y, seen[y]) for y in seen if sizes[-1] // 4 < y < sizes[-1] * 3 // 4]:
        assert state.span(y) == ((min(inputs), max(inputs)) if inputs else None)
        assert (len(inputs) and max(inputs) - min(inputs) + 1) <= state.field.size


@pytest.mark.parametrize("kernel", [1, 2, 3, 4, 5, 7])
@pytest.mark.parametrize("stride", [1, 2, 3])
def test_one_transposed_convolution_is_exact(kernel, stride):
    spec = ("ConvTranspose1d", kernel, stride, 0, 1)
    result, sizes = chain_of([spec])
    (field,) = result.receptive.of(result.schedule.steps[-1])
    inside = [inputs for y, inputs in searched([spec], sizes).items() if 20 < y < 200]
    assert field.positions == max(map(len, inside)) == -(-kernel // stride)
    assert field.stride == Fraction(1, stride)


@given(st.lists(windows, min_size=1, max_size=3), st.lists(windows, min_size=1, max_size=3))
@settings(max_examples=200)
def test_branches_see_what_both_see(left, right):
    """Two branches over 32 rows and their sum, where they give as many."""
    chains = []
    for side, specs in (("a", left), ("b", right)):
        nodes = [built(f"{side}{i}", spec) for i, spec in enumerate(specs)]
        chains.append(Block(name=side, inputs=("x",), layers=tuple(nodes)))
    lengths = [chain_of(specs, 301)[1] for specs in (left, right)]
    cuts = [layer("Slice", f"cut_{name}", name, dim=2, end=min(sizes[-1] for sizes in lengths)) for name in "ab"]
    whole = net(*chains, *cuts, layer("Add", "sum", "cut_a", "cut_b"), shape=(1, 1, 301))
    field = field_of(whole, "sum")
    assert field.size or field.reason
    seen = [searched(specs, sizes) for specs, sizes in zip((left, right), lengths, strict=True)]
    for y in seen[0].keys() & seen[1].keys() if field.size else ():
        both = seen[0][y] | seen[1][y]
        first = y * field.stride + field.start
        assert (min(both), max(both)) == (first, first + field.size - 1)


@pytest.mark.parametrize("kind", ["AdaptiveAvgPool1d", "AdaptiveMaxPool1d"])
def test_an_output_without_elements_sees_nothing(kind):
    """torch takes an output size of 0, and gives out a tensor of no elements."""
    result = net(
        layer("Conv1d", "conv", out_channels=2, kernel_size=3),
        layer(kind, "pool", output_size=0),
        layer("ReLU", "relu"),
    )
    assert [result.receptive.of(step) for step in result.schedule.steps][1:] == [(), ()]
    assert field_of(result, "conv").size == 3


# -- phases


def field_after(*layers, **given):
    result = net(*layers, **given)
    return result.receptive.of(result.schedule.steps[-1])[0]


def test_outputs_of_a_pooling_and_copies_see_one_window():
    """f05_min5: each output sees the four inputs of its window, by gradients in torch."""
    pooled = layer("AvgPool1d", "pool", kernel_size=4)
    assert field_after(pooled, layer("Upsample", "up", scale_factor=4)) == AxisField(4, 1, 0)


def test_the_largest_and_the_smallest_field_are_told_apart():
    """A filter of 3 over copies of windows of 4 sees one or two of them."""
    field = field_after(
        layer("AvgPool1d", "pool", kernel_size=4),
        layer("Upsample", "up", scale_factor=4),
        layer("Conv1d", "conv", out_channels=1, kernel_size=3, padding=1),
    )
    assert (field.size, field.smallest, field.stride, field.at_most) == (8, 4, 1, False)


def test_outputs_that_no_tap_reaches_see_nothing():
    field = field_after(layer("ConvTranspose1d", "up", out_channels=1, kernel_size=1, stride=2))
    assert (field.size, field.smallest) == (1, 0)
    odd = layer("Conv1d", "odd", out_channels=1, kernel_size=1, stride=2, padding=1)
    result = net(layer("ConvTranspose1d", "up", out_channels=1, kernel_size=1, stride=2), odd, layer("ReLU", "relu"))
    assert field_of(result, "relu").size == 0


def test_only_outputs_that_there_are_count():
    """Of the four phases of a filter over copies, two outputs have two."""
    chain = (
        layer("AvgPool1d", "pool", kernel_size=4),
        layer("Upsample", "up", scale_factor=4),
        layer("Conv1d", "conv", out_channels=1, kernel_size=3),
    )
    assert field_after(*chain, layer("Slice", "cut", dim=2, end=2)) == AxisField(4, 1, 0)
    assert field_after(*chain, layer("Slice", "cut", dim=2, end=3)).size == 8


def test_a_pattern_that_is_too_long_gives_a_bound():
    chain = [layer("Conv1d", "conv", out_channels=1, kernel_size=3)]
    for i, size in enumerate((137, 241, 367, 499)):
        chain += [layer("Upsample", f"up{i}", size=size, mode="linear"), layer("AvgPool1d", f"p{i}", kernel_size=2)]
    field = field_after(*chain)
    assert field.at_most
    assert field.size >= 4
    assert field_after(*chain, layer("AdaptiveAvgPool1d", "all", output_size=1)).whole


def test_the_bound_falls_with_the_size_of_a_network():
    assert [most_phases(steps) for steps in (0, 2_000, 20_000, 10**6)] == [4_096, 4_096, 409, 64]


def test_a_resizing_layer_at_the_start_says_where_positions_are():
    """torch takes (N, C, L) there: the last dimension has the positions, not the second."""
    assert field_after(layer("Upsample", "up", scale_factor=2)) == AxisField(1, Fraction(1, 2), 0)


def test_reports_show_the_smallest_field_and_bounds():
    pooled = (layer("AvgPool1d", "pool", kernel_size=4), layer("Upsample", "up", scale_factor=4))
    conv = layer("Conv1d", "conv", out_channels=1, kernel_size=3, padding=1)
    result = net(
        *pooled, conv, layer("Upsample", "odd", size=6_007), layer("Conv1d", "end", out_channels=1, kernel_size=3)
    )
    shown = [field_text(result.receptive.of(step)) for step in result.schedule.steps]
    assert shown[1:3] == ["4", "8 (min 4)"]
    assert shown[-1].startswith("≤ ")
    context, rows = MetricContext(result), result.rows()
    keys = ("receptive_field", "smallest_receptive_field", "receptive_field_at_most")
    values = [[METRICS[key].json_value(context, row) for key in keys] for row in rows]
    assert values[1:3] == [[[4], None, False], [[8], [4], False]]
    assert values[-1][2]
