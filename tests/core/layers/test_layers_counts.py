"""Laws that counts obey: the lesson's, sizes counted one by one, wholes and their parts."""

from itertools import product
from math import prod

import pytest
from hypothesis import given
from hypothesis import strategies as st
from one_layer import cost, counted, fault, shapes_of, specs

from layerledger.core.base.params import Value
from layerledger.core.base.shapes import Shape, pool_size, promote
from layerledger.core.layers import LAYER_TYPES, bind
from layerledger.core.layers.cost import FIELDS, Cost, total
from layerledger.core.layers.types.conv_transposed import reached
from layerledger.core.layers.types.pooling_adaptive import summed
from layerledger.core.layers.types.pooling_average import summed as averaged

# -- the lesson


@pytest.mark.parametrize("groups", [1, 3])
@pytest.mark.parametrize("bias", [False, True])
def test_the_lesson_on_convolutions(groups: int, *, bias: bool) -> None:
    k, c_in, c_out, out, b = 3, 6, 12, 5 * 4, int(bias)
    found = cost("Conv2d", (1, c_in, 7, 6), out_channels=c_out, kernel_size=k, groups=groups, bias=bias)
    taps = k * k * (c_in // groups)
    assert found.params == (taps + b) * (c_out // groups) * groups
    assert found.exact_flops == (taps + (taps - 1) + b) * out * (c_out // groups) * groups
    assert found.macs == taps * out * c_out


@pytest.mark.parametrize("bias", [False, True])
def test_the_lesson_on_fully_connected(*, bias: bool) -> None:
    found = cost("Linear", (1, 512), out_features=10, bias=bias)
    assert found.params == (512 + bias) * 10
    assert found.exact_flops == (512 + 511 + bias) * 10


@pytest.mark.parametrize(("groups", "params", "exact_flops", "macs"), [(1, 168, 1296, 648), (3, 60, 432, 216)])
def test_the_lesson_worked_out(groups: int, params: int, exact_flops: int, macs: int) -> None:
    outputs, found = counted("Conv2d", (1, 3, 6, 6), out_channels=6, kernel_size=3, stride=3, groups=groups)
    assert outputs[0].shape == (1, 6, 2, 2)
    assert (found.params, found.exact_flops, found.macs) == (params, exact_flops, macs)


SMALL = st.integers(1, 5)


@given(
    kernel=st.tuples(SMALL, SMALL), stride=st.tuples(SMALL, SMALL), groups=SMALL, per_group=st.tuples(SMALL, SMALL),
    size=st.tuples(st.integers(5, 12), st.integers(5, 12)), batch=SMALL, bias=st.booleans(), padding=st.integers(0, 3),
)  # fmt: skip
def test_the_lesson_on_any_convolution(kernel, stride, groups, per_group, size, batch, bias, padding) -> None:
    c_in, c_out = groups * per_group[0], groups * per_group[1]
    outputs, found = counted(
        "Conv2d", (batch, c_in, *size),
        out_channels=c_out, kernel_size=kernel, stride=stride, groups=groups, bias=bias, padding=padding,
    )  # fmt: skip
    out = [(s + 2 * padding - k) // t + 1 for s, k, t in zip(size, kernel, stride, strict=True)]
    taps = prod(kernel) * per_group[0]
    assert outputs[0].shape == (batch, c_out, *out)
    assert found.exact_flops == (2 * taps - 1 + bias) * batch * prod(out) * c_out


# -- sizes counted one by one


@given(size=st.integers(1, 12), kernel=st.integers(1, 7), stride=st.integers(1, 7), dilation=st.integers(1, 7))
def test_transposed_taps_reach_as_many_positions(size: int, kernel: int, stride: int, dilation: int) -> None:
    places = {i * stride + k * dilation for i, k in product(range(size), range(kernel))}
    assert reached(size, kernel, stride, dilation) == len(places)


@given(size=st.integers(1, 40), out=st.integers(0, 60))
def test_adaptive_windows_hold_as_many_values(size: int, out: int) -> None:
    assert summed(size, out) == sum(-(-(j + 1) * size // out) - j * size // out for j in range(out))


@given(
    size=st.integers(1, 30), kernel=st.integers(1, 6), stride=st.integers(1, 6), dilation=st.integers(1, 3),
    padding=st.integers(0, 3),
)  # fmt: skip
def test_pooling_windows_in_ceil_mode_begin_inside(size, kernel, stride, dilation, padding) -> None:
    span = dilation * (kernel - 1) + 1
    if 2 * padding > span or size + 2 * padding < span:
        return
    starts = range(-padding, size, stride)
    whole = [s for s in starts if s + span <= size + padding]
    left = size + padding - (whole[-1] + span)
    cut = [s for s in starts if s not in whole][:1] if left else []
    assert pool_size(size, kernel, stride, padding, dilation, ceil_mode=False) == len(whole)
    assert pool_size(size, kernel, stride, padding, dilation, ceil_mode=True) == len(whole) + len(cut)


# -- wholes are the sums of their parts


@pytest.mark.parametrize("name", ["RNN", "LSTM", "GRU"])
@pytest.mark.parametrize("bias", [False, True])
def test_a_sequence_is_its_steps(name: str, *, bias: bool) -> None:
    whole = cost(name, (7, 3, 5), hidden_size=4, bias=bias)
    step = cost(f"{name}Cell", (3, 5), hidden_size=4, bias=bias)
    assert whole == Cost(**{**_fields(step * 7), **_weights(step)})


def _fields(found: Cost) -> dict[str, int]:
    return {key: getattr(found, key) for key in FIELDS}


def _weights(found: Cost) -> dict[str, int]:
    return {key: getattr(found, key) for key in ("params", "trainable_params", "buffers")}


@pytest.mark.parametrize("name", ["RNN", "LSTM", "GRU"])
def test_stacked_and_both_ways_is_layer_by_layer(name: str) -> None:
    first = cost(name, (7, 3, 5), hidden_size=4, bidirectional=True)
    second = cost(name, (7, 3, 8), hidden_size=4, bidirectional=True)
    assert cost(name, (7, 3, 5), hidden_size=4, bidirectional=True, num_layers=3) == total([first, second, second])
    assert first == cost(name, (7, 3, 5), hidden_size=4) * 2


@pytest.mark.parametrize("activation", ["relu", "gelu"])
@pytest.mark.parametrize("bias", [False, True])
def test_a_transformer_layer_is_its_parts(activation: str, *, bias: bool) -> None:
    tokens, wide = (5, 2, 8), (5, 2, 12)
    attention = cost("MultiheadAttention", tokens, num_heads=2, bias=bias)
    mean = cost("Mean", (2, 2, 5, 5), dim=(1,))  # of the heads' weights, which a transformer does not ask for
    norm = cost("LayerNorm", tokens, bias=bias)
    feed_forward = [
        cost("Linear", tokens, out_features=12, bias=bias),
        cost("ReLU" if activation == "relu" else "GELU", wide),
        cost("Linear", wide, out_features=8, bias=bias),
    ]
    added = cost("Add", tokens, tokens)
    parts = total([attention, *feed_forward, norm, norm, added, added])
    given = {"nhead": 2, "dim_feedforward": 12, "activation": activation, "bias": bias}
    whole = total([cost("TransformerEncoderLayer", tokens, **given), mean])
    assert whole == parts
    decoder = total([cost("TransformerDecoderLayer", tokens, tokens, **given), mean, mean])
    assert decoder == total([parts, attention, norm, added])
    encoder = cost("TransformerEncoder", tokens, num_layers=3, **given)
    assert encoder == cost("TransformerEncoderLayer", tokens, **given) * 3
    inside = cost("TransformerEncoder", tokens, num_layers=3, encoder_layer=given)
    assert inside == encoder


def test_one_attention_input_is_query_key_and_value() -> None:
    one = counted("MultiheadAttention", (5, 2, 8), num_heads=2)
    assert one == counted("MultiheadAttention", *[(5, 2, 8)] * 2, num_heads=2)
    assert one == counted("MultiheadAttention", *[(5, 2, 8)] * 3, num_heads=2)


def test_unbatched_attention_has_no_batch_in_either_output() -> None:
    assert shapes_of("MultiheadAttention", (5, 8), (7, 8), num_heads=2) == [(5, 8), (5, 7)]


def test_a_bag_of_all_rows_is_one_sum() -> None:
    assert cost("EmbeddingBag", (6,), (1,), dtype="int64", num_embeddings=10, embedding_dim=4, mode="sum").add == 5 * 4
    found = cost("EmbeddingBag", (3, 6), dtype="int64", num_embeddings=10, embedding_dim=4, mode="max")
    assert (found.cmp, found.add) == (3 * 5 * 4, 0)


# -- norms


def test_kept_statistics_are_folded() -> None:
    found = cost("BatchNorm2d", (2, 3, 4, 5))
    assert (found.mul, found.add, found.special, found.buffers) == (120, 120, 0, 7)


def test_own_statistics_are_counted_out() -> None:
    """Mean n − 1 add and a division; variance n sub, n mul, n − 1 add and a division; eps, root, reciprocal; n mul."""
    n, groups = 4 * 5, 2 * 3
    found = cost("InstanceNorm2d", (2, 3, 4, 5))
    assert (found.add, found.mul) == (groups * (n - 1 + n + n - 1 + 1), groups * (n + n))
    assert (found.special, found.params, found.buffers) == (groups * 4, 0, 0)
    assert cost("GroupNorm", (2, 3, 4, 5), num_groups=3, affine=False) == found
    assert cost("LayerNorm", (6, 20), elementwise_affine=False) == found


def test_parameters_that_nothing_has_are_not_checked() -> None:
    assert shapes_of("InstanceNorm1d", (2, 5, 9), num_features=4) == [(2, 5, 9)]
    assert fault("InstanceNorm1d", (2, 5, 9), num_features=4, affine=True).param == "num_features"


@pytest.mark.parametrize(
    ("name", "params", "whole", "scale"),
    [
        ("BatchNorm1d", {}, 16, 8),
        ("BatchNorm2d", {}, 16, 8),
        ("BatchNorm2d", {"affine": False}, 0, 0),
        ("BatchNorm3d", {}, 16, 8),
        ("InstanceNorm2d", {}, 0, 0),
        ("InstanceNorm2d", {"affine": True}, 16, 8),
        ("GroupNorm", {"num_groups": 2}, 16, 8),
        ("GroupNorm", {"num_groups": 2, "affine": False}, 0, 0),
    ],
)
def test_norms_may_scale_without_a_shift(name: str, params: dict[str, Value], whole: int, scale: int) -> None:
    """Learned values of torch 2.14.1's modules of 8 channels, with bias and with bias=False."""
    shape = (2, 8, 5, 6, 7)[: LAYER_TYPES[name].dims + 2] if LAYER_TYPES[name].dims else (2, 8, 5)
    assert cost(name, shape, **params).params == whole
    assert cost(name, shape, **params, bias=False).params == scale


# -- merges


@pytest.mark.parametrize(
    ("a", "b", "out", "macs"),
    [
        ((4,), (4,), (), 4),
        ((4,), (4, 5), (5,), 20),
        ((3, 4), (4,), (3,), 12),
        ((3, 4), (4, 5), (3, 5), 60),
        ((2, 3, 4), (4, 5), (2, 3, 5), 120),
        ((2, 1, 3, 4), (7, 4, 5), (2, 7, 3, 5), 840),
        ((2, 3, 4), (4,), (2, 3), 24),
        ((3, 0), (0, 5), (3, 5), 0),
    ],
)
def test_matmul_as_torch(a: Shape, b: Shape, out: Shape, macs: int) -> None:
    outputs, found = counted("MatMul", a, b)
    assert (outputs[0].shape, found.macs) == (out, macs)
    assert found.add >= 0


def test_merges_broadcast() -> None:
    assert shapes_of("Add", (8, 1, 6, 1), (7, 1, 5)) == [(8, 7, 6, 5)]
    assert cost("Add", (2, 3), (2, 3), (2, 3)).add == 12
    assert shapes_of("Mul", (2, 3), ()) == [(2, 3)]


def test_tables_have_the_dtype_of_the_weights() -> None:
    spec = bind("Embedding", {"num_embeddings": 5, "embedding_dim": 2}).op
    assert spec
    assert spec.result(specs((1, 8), dtype="int64"), "float16")[0] == specs((1, 8, 2), dtype="float16")


@pytest.mark.parametrize(
    ("dtypes", "wide"),
    [
        (("float32", "float16"), "float32"),
        (("float16", "bfloat16"), "float32"),
        (("int64", "float16"), "float16"),
        (("bool", "uint8"), "uint8"),
        (("uint8", "int8"), "int16"),
        (("int32", "int64", "bool"), "int64"),
        (("float64",), "float64"),
    ],
)
def test_promotes_as_torch(dtypes: tuple[str, ...], wide: str) -> None:
    assert promote(dtypes) == wide
    assert promote(reversed(dtypes)) == wide


def test_whole_numbers_are_divided_to_fractions() -> None:
    assert counted("Div", (2,), (2,), dtype="int64")[0][0].dtype == "float32"
    assert counted("Add", (2,), (2,), dtype="int64")[0][0].dtype == "int64"


@given(st.integers(1, 12), st.integers(1, 6), st.integers(1, 7), st.integers(0, 3), st.booleans(), st.booleans())
def test_a_mean_is_of_the_values_that_its_window_holds(size, kernel, stride, padding, ceil_mode, padded) -> None:
    padding = min(padding, kernel // 2)
    out = pool_size(size, kernel, stride, padding, 1, ceil_mode=ceil_mode)
    low, high = (-padding, size + padding) if padded else (0, size)
    starts = [i * stride - padding for i in range(max(out, 0))]
    held = sum(len(range(max(at, low), min(at + kernel, high))) for at in starts)
    assert averaged(size, max(out, 0), kernel, stride, padding, padded=padded) == held
