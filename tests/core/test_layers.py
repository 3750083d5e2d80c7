"""Layer types: their examples, what each must say of itself, and laws that their counts obey."""

import json
import lzma
from collections.abc import Mapping
from itertools import product
from math import prod
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from layerledger.core.cost import FIELDS, Cost, total
from layerledger.core.layers import FAMILIES, LAYER_TYPES, Example, Fault, LayerType, bind, evaluate
from layerledger.core.layers.base import Inputs, Outputs
from layerledger.core.layers.conv_transposed import reached
from layerledger.core.layers.pooling_adaptive import summed
from layerledger.core.params import Value
from layerledger.core.shapes import Shape, TensorSpec, pool_size, promote

REFERENCE = json.loads(lzma.decompress((Path(__file__).parents[1] / "reference/layers.json.xz").read_bytes()))["types"]


def specs(*shapes: Shape, dtype: str = "float32") -> Inputs:
    return tuple(TensorSpec(shape, dtype) for shape in shapes)


def result_of(type_name: str, params: Mapping[str, Value], inputs: Inputs) -> tuple[Outputs, Cost]:
    """Returns outputs and cost of a layer that fits."""
    bound = bind(type_name, params)
    assert bound.spec, bound.faults
    found = evaluate(bound.spec, inputs)
    assert not isinstance(found, Fault), found
    return found


def counted(type_name: str, *shapes: Shape, dtype: str = "float32", **params: Value) -> tuple[Outputs, Cost]:
    return result_of(type_name, params, specs(*shapes, dtype=dtype))


def shapes_of(type_name: str, *shapes: Shape, **params: Value) -> list[Shape]:
    return [output.shape for output in counted(type_name, *shapes, **params)[0]]


def cost(type_name: str, *shapes: Shape, dtype: str = "float32", **params: Value) -> Cost:
    return counted(type_name, *shapes, dtype=dtype, **params)[1]


def fault(type_name: str, *shapes: Shape, dtype: str = "float32", **params: Value) -> Fault:
    """Returns what is wrong with a layer that does not fit."""
    bound = bind(type_name, params)
    if bound.spec is None:
        return bound.faults[0]
    found = evaluate(bound.spec, specs(*shapes, dtype=dtype))
    assert isinstance(found, Fault)
    return found


# -- what each type says of itself

EXAMPLES = [
    pytest.param(name, example, id=f"{name}-{i}")
    for name, cls in LAYER_TYPES.items()
    for i, example in enumerate(cls.examples)
]


@pytest.mark.parametrize(("type_name", "example"), EXAMPLES)
def test_examples(type_name: str, example: Example) -> None:
    outputs, found = result_of(type_name, example.params, specs(*example.inputs, dtype=example.dtype))
    assert tuple(output.shape for output in outputs) == example.outputs
    assert {key: getattr(found, key) for key in example.counts} == example.counts
    assert example.source


ANY_SHAPES: dict[str, tuple[dict[str, Value], tuple[Shape, ...]]] = {
    "Add": ({}, ((2, 3), (2, 3), (3,))),
    "Sub": ({}, ((2, 3), (3,))),
    "Mul": ({}, ((2, 3), (2, 1))),
    "Div": ({}, ((2, 3), (2, 3))),
    "Concat": ({}, ((2, 3), (2, 4))),
    "MatMul": ({}, ((2, 3, 4), (4, 5))),
    "Mean": ({"dim": (1,)}, ((2, 3, 4),)),
    "Transpose": ({"dim0": 1, "dim1": 2}, ((2, 3, 4),)),
    "LPPool3d": ({"norm_type": 2, "kernel_size": 2}, ((2, 3, 4, 4, 4),)),
    "ConstantPad3d": ({"padding": 1, "value": 0}, ((2, 3, 4, 4, 4),)),
    "FeatureAlphaDropout": ({}, ((2, 3, 4),)),
    "TransformerDecoder": ({"nhead": 2, "num_layers": 2}, ((5, 2, 8), (3, 2, 8))),
}
"""A layer of each type that the reference lacks; one that is not here is tried by its first example."""


def frozen(value: object) -> object:
    if isinstance(value, dict):
        return {key: frozen(v) for key, v in value.items()}
    return tuple(map(frozen, value)) if isinstance(value, list) else value


def samples() -> list[object]:
    """Returns a layer and its inputs for every type: its first example, or one from above or from the reference."""
    names = {"reshape": "Reshape", "torchvision.ops.Permute": "Permute"}
    firsts = {name: cls.examples[0] for name, cls in LAYER_TYPES.items() if cls.examples}
    found = {name: (each.params, specs(*each.inputs, dtype=each.dtype)) for name, each in firsts.items()}
    found |= {name: (params, specs(*shapes)) for name, (params, shapes) in ANY_SHAPES.items()}
    for name, cases in REFERENCE.items():
        kwargs, inputs, _ = next(case for case in cases if isinstance(case[2], list))
        tensors = [t if isinstance(t[0], str) else ["float32", t] for t in inputs]
        found[names.get(name, name)] = (frozen(kwargs), tuple(TensorSpec(tuple(s), d) for d, s in tensors))
    return [pytest.param(name, *found.get(name, ({}, ())), id=name) for name in LAYER_TYPES]


@pytest.mark.parametrize("cls", LAYER_TYPES.values(), ids=LAYER_TYPES)
def test_says_what_it_does(cls: type[LayerType]) -> None:
    first, *rest = (cls.__doc__ or "").strip().split("\n")
    assert first.endswith(".")
    assert not rest or not rest[0].strip()
    assert cls.family in FAMILIES
    assert bool(cls.counts) == (cls.status != "free")
    assert 0 <= cls.takes[0] <= cls.takes[1]


@pytest.mark.parametrize(("type_name", "params", "inputs"), samples())
def test_counts_and_explains(type_name: str, params: dict[str, Value], inputs: Inputs) -> None:
    spec = bind(type_name, params).spec
    assert spec
    outputs, found = spec.result(inputs)
    symbols = spec.symbols(inputs, outputs)
    assert all(getattr(found, key) >= 0 for key in FIELDS)
    for key, terms in spec.terms.items():
        assert spec.formulas[key].names <= symbols.keys()
        assert sum(term(symbols) for term in terms.values()) == spec.formulas[key](symbols) == getattr(found, key)
    assert found.macs <= found.mul
    words = spec.summary(inputs)
    assert len(words) < 40
    assert "(" not in words
    for name, value in spec.derived(inputs).items():
        assert bind(type_name, {**params, name: value}).spec


@pytest.mark.parametrize(("type_name", "params", "inputs"), samples())
def test_needs_nothing_that_follows_from_the_input(type_name: str, params: dict[str, Value], inputs: Inputs) -> None:
    declared = LAYER_TYPES[type_name].params()
    shorter = {name: value for name, value in params.items() if name not in declared or not declared[name].derived}
    whole, less = bind(type_name, params).spec, bind(type_name, shorter).spec
    assert whole
    assert less
    assert evaluate(less, inputs) == evaluate(whole, inputs)


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


@pytest.mark.parametrize(
    ("name", "shapes", "params", "says"),
    [
        ("Add", ((1, 64, 56, 56), (1, 64, 28, 28)), {}, ("1×64×56×56", "1×64×28×28", "dimension -2", "56", "28")),
        ("Mul", ((2, 3), (4,)), {}, ("2×3", "dimension -1 is 3 in one and 4 in the other")),
        ("Concat", ((1, 3, 8, 8), (1, 3, 8, 7)), {}, ("1×3×8×8", "1×3×8×7", "dimension 3 is 8 in one and 7 in")),
        ("Concat", ((1, 3), (1, 3, 8)), {}, ("2 and 3 dimensions",)),
        ("MatMul", ((2, 3), (4, 5)), {}, ("2×3", "4×5", "3 columns meet 4 rows")),
        ("Sub", ((2,), (2,), (2,)), {}, ("takes 2 inputs; it has 3",)),
        ("Add", ((2,),), {}, ("takes 2 or more inputs; it has 1",)),
        ("Conv2d", ((1, 3, 6, 6),), {"out_channels": 4, "kernel_size": 7}, ("filter spans 7", "H is 6")),
        ("Linear", ((2, 3),), {"out_features": 2, "in_features": 4}, ("in_features is 4, but the input makes it 3",)),
        ("Linear", ((2, 0),), {"out_features": 2}, ("in_features must be an integer ≥ 1, but the input makes it 0",)),
        ("GroupNorm", ((2, 12, 4),), {"num_groups": 5}, ("12 channels", "num_groups 5", "fit: 1, 2, 3, 4, 6, 12")),
        ("BatchNorm2d", ((2, 3, 4),), {}, ("takes (N, C, H, W); the input 2×3×4 has 3 dimensions",)),
        ("Conv1d", ((4,),), {"out_channels": 2, "kernel_size": 1}, ("(N, C, L) or (C, L); the input 4 has 1 dim",)),
        ("LSTM", ((5, 2, 3), (1, 2, 4)), {"hidden_size": 4}, ("both first states",)),
        ("Mean", ((2, 3),), {"dim": (0, -2)}, ("names a dimension twice",)),
        ("ZeroPad1d", ((2,),), {"padding": (-3, 5)}, ("crops more than the 2 of L",)),
        ("Upsample", ((1, 2, 4, 4),), {"scale_factor": 2, "mode": "cubic"}, ("mode must be", '"bicubic"', "cubic")),
    ],
)  # fmt: skip
def test_faults_name_the_numbers(
    name: str, shapes: tuple[Shape, ...], params: dict[str, Value], says: tuple[str, ...]
) -> None:
    found = fault(name, *shapes, **params)
    assert all(word in found.message for word in says), found.message
    assert found.param


@pytest.mark.parametrize("name", ["Conv2d", "Linear", "BatchNorm2d", "LSTM", "MultiheadAttention", "Softmax", "Mean"])
def test_indices_are_no_numbers(name: str) -> None:
    params = {"Conv2d": {"out_channels": 2, "kernel_size": 1}, "Linear": {"out_features": 2}}.get(name, {})
    required = {n: info.initial for n, info in LAYER_TYPES[name].params().items() if info.required}
    found = fault(name, (1, 8, 8, 8), dtype="int64", **{**required, **params})
    assert found.param == "inputs"
    assert "int64" in found.message


def test_only_indices_are_looked_up() -> None:
    found = fault("Embedding", (1, 8), num_embeddings=5, embedding_dim=2)
    assert found.message == "Embedding takes indices, int64 or int32; its input is float32"


def test_tables_have_the_dtype_of_the_weights() -> None:
    spec = bind("Embedding", {"num_embeddings": 5, "embedding_dim": 2}).spec
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


# -- binding


@pytest.mark.parametrize(
    ("name", "params", "param", "says"),
    [
        ("Conv2d", {"kernel_size": 3}, "out_channels", "out_channels is missing; it must be an integer ≥ 1"),
        ("Conv2d", {"out_channels": 4, "kernal_size": 3}, "kernal_size", "did you mean kernel_size?"),
        ("Conv2d", {"out_channels": 0, "kernel_size": 3}, "out_channels", "must be an integer ≥ 1; got 0"),
        ("Conv2d", {"out_channels": 4, "kernel_size": (3, 3, 3)}, "kernel_size", "or 2 of them; got (3, 3, 3)"),
        ("Dropout", {"p": 1.5}, "p", "p must be a number from 0 to 1; got 1.5"),
        ("GELU", {"approximate": "tan"}, "approximate", '"none" or "tanh"; got "tan"'),
        ("ReLU", {"slope": 1}, "slope", 'ReLU has no parameter "slope"; it has inplace'),
        ("Tanh", {"slope": 1}, "slope", "it has none"),
    ],
)
def test_wrong_parameters_are_faults(name: str, params: dict[str, Value], param: str, says: str) -> None:
    assert any(f.param == param and says in f.message for f in bind(name, params).faults)


def test_equal_parameters_are_read_once() -> None:
    assert bind("Linear", {"out_features": 2}).spec is bind("Linear", {"out_features": 2}).spec
    assert bind("Linear", {"out_features": 1, "bias": True}).spec
    assert not bind("Linear", {"out_features": 1, "bias": 1}).spec


def test_null_is_what_is_not_given() -> None:
    assert bind("MaxPool2d", {"kernel_size": 2, "stride": None}).spec
    assert bind("Linear", {"in_features": None, "out_features": 2}).spec
    assert not bind("Linear", {"out_features": None}).spec


def test_a_layer_type_cannot_be_changed() -> None:
    spec = bind("Linear", {"out_features": 2}).spec
    with pytest.raises(AttributeError):
        spec.out_features = 3  # type: ignore[misc]
