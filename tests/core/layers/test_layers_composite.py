"""Layers made of parts: attention, rotary positions, gated feed-forward, experts, deformed convolutions."""

from dataclasses import replace
from itertools import product

import pytest
from core_samples import fault, found
from hypothesis import given
from hypothesis import strategies as st

from layerledger.core import Block, Layer, Network, NetworkInput, analyze
from layerledger.core.base.frozen_map import FrozenMap
from layerledger.core.base.params import Value
from layerledger.core.base.shapes import Shape
from layerledger.core.layers import bind
from layerledger.core.layers.cost import Cost, total
from layerledger.core.layers.types.scaled_dot_product import pairs


def cost(type_name: str, *shapes: Shape, **params: Value) -> Cost:
    return found(type_name, *shapes, **params)[1]


# -- attention

QKV = ((2, 6, 5, 8), (2, 6, 7, 8), (2, 6, 7, 4))


def test_attention_is_its_parts() -> None:
    query, _, value = QKV
    scores = (2, 6, 5, 7)
    whole = cost("ScaledDotProductAttention", *QKV)
    products = [cost("MatMul", query, (2, 6, 8, 7)), cost("MatMul", scores, value)]
    assert whole == total([*products, Cost(mul=2 * 6 * 5 * 7), cost("Softmax", scores, dim=-1)])
    assert found("ScaledDotProductAttention", *QKV)[0] == [(2, 6, 5, 4)]
    masked = cost("ScaledDotProductAttention", *QKV, (1, 1, 5, 7))
    assert masked == total([whole, Cost(add=2 * 6 * 5 * 7)])


def test_a_whole_layer_of_attention_is_projections_and_this() -> None:
    whole = cost("MultiheadAttention", (2, 5, 12), num_heads=3, batch_first=True)
    linear = cost("Linear", (2, 5, 12), out_features=12)
    inner = cost("ScaledDotProductAttention", *[(2, 3, 5, 4)] * 3)
    assert whole.macs == total([linear * 4, inner]).macs


def test_grouped_queries_cost_as_many_products() -> None:
    shared = ((1, 32, 9, 16), (1, 8, 9, 16), (1, 8, 9, 16))
    full = cost("ScaledDotProductAttention", *[(1, 32, 9, 16)] * 3)
    assert cost("ScaledDotProductAttention", *shared, enable_gqa=True) == full
    wrong = fault("ScaledDotProductAttention", *shared)
    assert wrong.param == "enable_gqa"
    assert "32" in wrong.message
    assert fault("ScaledDotProductAttention", *shared[:1], *[(1, 5, 9, 16)] * 2, enable_gqa=True).param == "inputs"


def test_hidden_pairs_count_until_they_are_skipped() -> None:
    square = [(1, 1, 128, 64)] * 3
    full = cost("ScaledDotProductAttention", *square)
    assert cost("ScaledDotProductAttention", *square, is_causal=True, sliding_window=16) == full
    causal = cost("ScaledDotProductAttention", *square, is_causal=True, skip_masked=True)
    assert causal.macs == 2 * 64 * 128 * 129 // 2
    window = cost("ScaledDotProductAttention", *square, is_causal=True, sliding_window=16, skip_masked=True)
    assert window.macs == 2 * 64 * (16 * 17 // 2 + 112 * 16)


@given(st.integers(0, 12), st.integers(0, 12), st.booleans(), st.none() | st.integers(1, 15))
def test_pairs_are_those_that_meet(queries: int, keys: int, causal: bool, window: int | None) -> None:
    meet = [
        (i, j)
        for i, j in product(range(queries), range(keys))
        if (not causal or j <= i) and (window is None or abs(i - j) < window)
    ]
    assert pairs(queries, keys, causal=causal, window=window) == len(meet)


@pytest.mark.parametrize(
    ("shapes", "params", "param", "says"),
    [
        (((2, 5, 8), (2, 7, 9), (2, 7, 4)), {}, "inputs", "8 and 9"),
        (((2, 5, 8), (2, 7, 8), (2, 6, 4)), {}, "inputs", "7 and 6"),
        (((5,), (7, 8), (7, 4)), {}, "inputs", "tokens"),
        (((5, 8), (7, 8), (7, 4)), {"enable_gqa": True}, "enable_gqa", "heads"),
        ((*QKV, (5, 7)), {"is_causal": True}, "is_causal", "mask"),
        ((*QKV, (5, 6)), {}, "inputs", "6"),
        ((*QKV, (3, 2, 6, 5, 7)), {}, "inputs", "mask"),
    ],
)
def test_what_attention_refuses(shapes: tuple[Shape, ...], params: dict[str, Value], param: str, says: str) -> None:
    wrong = fault("ScaledDotProductAttention", *shapes, **params)
    assert wrong.param == param
    assert says in wrong.message


# -- rotary positions


def test_rotation_is_two_products_and_a_sum() -> None:
    one = cost("RotaryEmbedding", (2, 3, 5, 8))
    assert (one.mul, one.add, one.special) == (2 * 240 + 5 * 4, 240, 5 * 8)
    part = cost("RotaryEmbedding", (2, 3, 5, 8), rotary_dim=4)
    assert (part.mul, part.add, part.special) == (2 * 120 + 5 * 2, 120, 5 * 4)
    assert found("RotaryEmbedding", (2, 3, 5, 8), (2, 1, 5, 8))[0] == [(2, 3, 5, 8), (2, 1, 5, 8)]


def test_what_rotation_refuses() -> None:
    assert fault("RotaryEmbedding", (2, 5, 7)).param == "inputs"
    assert fault("RotaryEmbedding", (2, 5, 8), rotary_dim=3).param == "rotary_dim"
    assert fault("RotaryEmbedding", (2, 5, 8), rotary_dim=10).param == "rotary_dim"


# -- feed-forward


@pytest.mark.parametrize(("name", "activation"), [("SwiGLU", "SiLU"), ("GeGLU", "GELU")])
@pytest.mark.parametrize("bias", [False, True])
def test_a_gated_feed_forward_is_its_parts(name: str, activation: str, *, bias: bool) -> None:
    rows, wide = (2, 5, 8), (2, 5, 12)
    up = cost("Linear", rows, out_features=12, bias=bias)
    down = cost("Linear", wide, out_features=6, bias=bias)
    parts = [up, up, cost(activation, wide), cost("Mul", wide, wide), down]
    assert cost(name, rows, hidden_features=12, out_features=6, bias=bias) == total(parts)
    assert found(name, rows, hidden_features=12)[0] == [rows]


@pytest.mark.parametrize("bias", [False, True])
def test_experts_have_all_weights_and_some_work(*, bias: bool) -> None:
    rows = (2, 5, 8)
    given: dict[str, Value] = {"intermediate_size": 12, "num_experts": 6, "num_experts_per_tok": 3, "bias": bias}
    whole = cost("MixtureOfExperts", rows, **given)
    expert = cost("SwiGLU", rows, hidden_features=12, bias=bias)
    router = cost("Linear", rows, out_features=6, bias=False)
    assert whole.params == 6 * expert.params + router.params
    assert whole.macs == 3 * expert.macs + router.macs
    choice = Cost(cmp=10 * (5 + 4 + 3), add=10 * 2, special=10 * 3)
    mixed = Cost(mul=10 * 3 * 8, add=10 * 2 * 8)
    parts = [expert.without_weights() * 3, router.without_weights(), cost("Softmax", (10, 6), dim=-1), choice, mixed]
    assert whole.without_weights() == total(parts)


def test_active_experts_are_a_term() -> None:
    spec = bind("MixtureOfExperts", {"intermediate_size": 12, "num_experts": 6}).op
    assert spec
    terms = spec.terms["params"]
    symbols = {"D": 8, "D_out": 8, "F": 12, "n": 6, "k": 2, "b": 0}
    assert [terms[name](symbols) for name in ("router", "active experts", "idle experts")] == [48, 2 * 288, 4 * 288]
    wrong = fault("MixtureOfExperts", (2, 8), intermediate_size=12, num_experts=2, num_experts_per_tok=3)
    assert wrong.param == "num_experts_per_tok"


# -- vision


@pytest.mark.parametrize(
    ("activation", "scale", "types"),
    [
        ("relu", "sigmoid", ("ReLU", "Sigmoid")),
        ("silu", "hardsigmoid", ("SiLU", "Hardsigmoid")),
        ("gelu", "sigmoid", ("GELU", "Sigmoid")),
    ],
)
def test_squeeze_and_excitation_is_its_parts(activation: str, scale: str, types: tuple[str, str]) -> None:
    image, squeezed, narrow = (2, 12, 5, 7), (2, 12, 1, 1), (2, 4, 1, 1)
    parts = [
        cost("AdaptiveAvgPool2d", image, output_size=1),
        cost("Conv2d", squeezed, out_channels=4, kernel_size=1),
        cost(types[0], narrow),
        cost("Conv2d", narrow, out_channels=12, kernel_size=1),
        cost(types[1], squeezed),
        cost("Mul", image, squeezed),
    ]
    given = {"squeeze_channels": 4, "activation": activation, "scale_activation": scale}
    assert cost("SqueezeExcitation", image, **given) == total(parts)


def test_a_norm_of_channels_is_one_of_pixels_as_rows() -> None:
    assert cost("LayerNorm2d", (2, 12, 5, 7)) == cost("LayerNorm", (2, 5, 7, 12))
    assert fault("LayerNorm2d", (2, 12, 5)).param == "inputs"


def test_deformed_taps_cost_a_convolution_and_four_values_each() -> None:
    image, out, taps = (2, 8, 9, 9), (2, 6, 9, 9), 2 * 9 * 9 * 9
    plain = cost("Conv2d", image, out_channels=6, kernel_size=3, padding=1, groups=2)
    given = {"out_channels": 6, "kernel_size": 3, "padding": 1, "groups": 2}
    shapes, whole = found("DeformConv2d", image, (2, 2 * 4 * 9, 9, 9), **given)
    assert shapes == [out]
    assert (whole.params, whole.macs) == (plain.params, plain.macs)
    assert whole.mul == plain.mul + 4 * taps * 8 + 4 * taps * 4
    assert whole.add == plain.add + 3 * taps * 8 + 6 * taps * 4
    masked = cost("DeformConv2d", image, (2, 2 * 4 * 9, 9, 9), (2, 4 * 9, 9, 9), **given)
    assert masked.mul == whole.mul + taps * 8


@pytest.mark.parametrize(
    "beside", [((2, 17, 9, 9),), ((2, 18, 8, 9),), ((2, 54, 9, 9),), ((2, 18, 9, 9), (2, 18, 9, 9)), ((2, 18),)]
)
def test_offsets_and_mask_must_fit(beside: tuple[Shape, ...]) -> None:
    wrong = fault("DeformConv2d", (2, 8, 9, 9), *beside, out_channels=6, kernel_size=3, padding=1)
    assert wrong.param == "inputs"


# -- sums of products by index


@pytest.mark.parametrize(
    ("equation", "shapes", "out", "macs", "mul", "add"),
    [
        ("ij,jk->ik", ((3, 4), (4, 5)), (3, 5), 60, 60, 45),
        ("bij,bjk", ((2, 3, 4), (2, 4, 5)), (3, 5), 120, 120, 105),  # b, like j, stands twice
        ("ij,kj", ((3, 4), (5, 4)), (3, 5), 60, 60, 45),
        ("...ij,...jk->...ik", ((2, 1, 3, 4), (7, 4, 5)), (2, 7, 3, 5), 840, 840, 630),
        ("i,j->ij", ((3,), (4,)), (3, 4), 0, 12, 0),
        ("ij,ij->ij", ((3, 4), (3, 4)), (3, 4), 0, 12, 0),
        ("i,i->", ((4,), (4,)), (), 4, 4, 3),
        ("ij->i", ((3, 4),), (3,), 0, 0, 9),
        ("ii->", ((4, 4),), (), 0, 0, 3),
        ("ij->ji", ((3, 4),), (4, 3), 0, 0, 0),
        ("ij,k->ik", ((3, 4), (5,)), (3, 5), 0, 15, 9),  # j is summed first
        ("ij,jk,kl->il", ((2, 3), (3, 4), (4, 5)), (2, 5), 24 + 40, 24 + 40, 16 + 30),
        (" b h l d , b h s d -> b h l s ", ((1, 2, 3, 8), (1, 2, 5, 8)), (1, 2, 3, 5), 240, 240, 210),
    ],
)
def test_einsum_is_what_it_contracts(equation: str, shapes: tuple[Shape, ...], out: Shape, macs, mul, add) -> None:
    outputs, counted = found("Einsum", *shapes, equation=equation)
    assert outputs == [out]
    assert (counted.macs, counted.mul, counted.add) == (macs, mul, add)


@given(st.lists(st.integers(1, 5), min_size=4, max_size=4))
def test_einsum_of_matrices_is_their_product(sizes: list[int]) -> None:
    b, m, k, p = sizes
    assert cost("Einsum", (b, m, k), (b, k, p), equation="bmk,bkp->bmp") == cost("MatMul", (b, m, k), (b, k, p))


@pytest.mark.parametrize(
    ("equation", "shapes", "param", "says"),
    [
        ("ij,jk->ik", ((3, 4), (5, 5)), "inputs", "index j must have one size; got 4 and 5"),
        ("ij->ik", ((3, 4),), "equation", "got k"),
        ("ij->ii", ((3, 4),), "equation", "got i"),
        ("ij,jk", ((3, 4),), "equation", "a term for each of 1 inputs; got 2"),
        ("ijk", ((3, 4),), "equation", "2 dimensions"),
        ("i1->i", ((3, 4),), "equation", "“i1”"),
        ("i->j->k", ((3,),), "equation", "once"),
    ],
)
def test_what_einsum_refuses(equation: str, shapes: tuple[Shape, ...], param: str, says: str) -> None:
    wrong = fault("Einsum", *shapes, equation=equation)
    assert wrong.param == param
    assert says in wrong.message


def test_attention_without_its_weights_has_one_output_and_no_mean() -> None:
    """As in torch.nn.MultiheadAttention: `need_weights=False` returns None in place of the weights."""
    x = (2, 5, 8)
    shapes, whole = found("MultiheadAttention", x, num_heads=4, batch_first=True, need_weights=False)
    both, more = found("MultiheadAttention", x, num_heads=4, batch_first=True)
    assert (shapes, both) == ([x], [x, (2, 5, 5)])
    assert more == total([whole, Cost(add=2 * 5 * 5 * 3, special=2 * 5 * 5)])


# -- experts that tokens choose


def mixture(rows: int, **params: Value) -> tuple[int, int, int]:
    """Return the bytes read at 2 bytes a value, those on average, and the parameters that one token uses."""
    layer = Layer(name="moe", type="MixtureOfExperts", params=FrozenMap(params))
    x = NetworkInput(name="x", shape=(1, rows, 8), dtype="float16")
    totals = analyze(Network(inputs=(x,), root=Block(name="", layers=(layer,)))).totals
    return totals.read_bytes, totals.expected_read_bytes, totals.active_params


@pytest.mark.parametrize("rows", [1, 2, 3, 4, 5, 1000])
@pytest.mark.parametrize("fused", [True, False])
def test_only_experts_that_can_be_chosen_are_read(rows: int, fused: bool) -> None:
    """Each of `rows` tokens chooses 2 of 8 experts; by a count of all ways to choose, each is left out by (6/8)ⁿ."""
    expert, router = 3 * 8 * 16, 8 * 8
    given: dict[str, Value] = {"intermediate_size": 16, "num_experts": 8, "num_experts_per_tok": 2, "fused": fused}
    read, average, active = mixture(rows, **given)
    tensors = rows * 8
    if not fused:
        # router, its softmax, the choice; gate, activation, up, product (of two), down; the sum of two experts' rows
        tensors += rows * (8 + 8 + 2 * 8 + 2 * 16 + 2 * 8 + 2 * 2 * 16 + 2 * 16 + 2 * 8 + 2)
    assert read == 2 * (tensors + router + min(8, 2 * rows) * expert)
    assert average == 2 * (tensors + router + round(8 * expert - 8 * (6 / 8) ** rows * expert))
    assert active == router + 2 * expert


def test_one_of_all_ways_to_choose_is_the_average() -> None:
    """Two tokens choose 2 of 4 experts each: over all 36 pairs of choices, 3 different ones on average."""
    choices = [{a, b} for a in range(4) for b in range(a)]
    number = sum(len(one | other) for one, other in product(choices, choices)) / len(choices) ** 2
    _, average, _ = mixture(2, intermediate_size=16, num_experts=4, num_experts_per_tok=2)
    assert average == 2 * (2 * 8 + 4 * 8 + number * 3 * 8 * 16)


def test_a_shared_expert_and_a_router_with_bias_are_always_used() -> None:
    plain: dict[str, Value] = {"intermediate_size": 16, "num_experts": 8, "bias": True}
    more: dict[str, Value] = {"router_bias": True, "shared_size": 20, "shared_gate": True}
    shared = cost("SwiGLU", (1, 3, 8), hidden_features=20)
    added = cost("MixtureOfExperts", (1, 3, 8), **plain, **more)
    base = cost("MixtureOfExperts", (1, 3, 8), **plain)
    # A bias for each expert, and 8 weights of the gate of the shared expert.
    assert added.params == base.params + shared.params + 8 + 8
    assert added.active_params == base.active_params + shared.params + 8 + 8
    assert added.macs == base.macs + shared.macs + 3 * 8
    assert fault("MixtureOfExperts", (1, 3, 8), **plain, shared_gate=True).param is not None


def repeated(name: str, times: int, *layers: Layer) -> Block:
    return Block(name=name, repeat=times, layers=layers)


@pytest.mark.parametrize(
    ("sizes", "total_params", "active"),
    [
        # Qwen1.5-MoE-A2.7B: 14.3 B parameters, of which 2.7 B are active, as its model card says.
        ((151_936, 2048, 24, 1408, 60, 4, 5632, True), 14_315_784_192, 2_689_173_504),
        # Mixtral-8x7B: 46.7 B and 12.9 B, Jiang et al. 2024, arXiv:2401.04088; the total is transformers'.
        ((32_000, 4096, 32, 14_336, 8, 2, 0, False), 46_702_792_704, 12_879_925_248),
    ],
    ids=["Qwen1.5-MoE-A2.7B", "Mixtral-8x7B"],
)
def test_active_parameters_are_the_published_ones(
    sizes: tuple[int, int, int, int, int, int, int, bool], total_params: int, active: int
) -> None:
    vocabulary, width, count, inner, experts, chosen, shared, gated = sizes
    qwen = gated
    key = width if qwen else 1024

    def linear(name: str, features: int, *, bias: bool = False) -> Layer:
        return Layer(name=name, type="Linear", params=FrozenMap({"out_features": features, "bias": bias}))

    attention = [linear(name, features, bias=qwen) for name, features in (("q", width), ("k", key), ("v", key))]
    attention = [replace(each, inputs=("input",)) for each in attention]
    mixture_of = {
        "intermediate_size": inner,
        "num_experts": experts,
        "num_experts_per_tok": chosen,
        "shared_size": shared,
        "shared_gate": gated,
    }
    layers = (
        *attention,
        replace(linear("o", width), inputs=("q",)),
        Layer(name="n1", type="RMSNorm"),
        Layer(name="n2", type="RMSNorm"),
        Layer(name="moe", type="MixtureOfExperts", params=FrozenMap(mixture_of)),
    )
    table = Layer(
        name="tokens",
        type="Embedding",
        params=FrozenMap({"num_embeddings": vocabulary, "embedding_dim": width}),
    )
    whole = (table, repeated("layers", count, *layers), Layer(name="n", type="RMSNorm"), linear("head", vocabulary))
    x = NetworkInput(name="x", shape=(1, 1), dtype="int64")
    totals = analyze(Network(inputs=(x,), root=Block(name="", layers=whole))).totals
    assert (totals.params, totals.active_params) == (total_params, active)
