"""Functions of tensors that do not fit their inputs, their dtypes in a network, and the positions that they use."""

import pytest
from core_samples import checked_sentence

from layerledger.core import Block, Layer, Network, NetworkInput, analyze
from layerledger.core.analysis import Result
from layerledger.core.base.shapes import TensorSpec
from layerledger.core.layers import ParamProblem, bind, evaluate

F, L, B = "float32", "int64", "bool"

FAULTS = [
    ("Where", {}, [(F, 2, 3), (F, 2, 3), (F, 2, 3)], "inputs", "must be truth values"),
    ("Where", {}, [(B, 2, 3), (F, 2, 4), (F, 2, 3)], "inputs", "do not fit"),
    ("Where", {"other": 0}, [(B, 2, 3), (F, 2, 3), (F, 2, 3)], "inputs", "takes 2 inputs; it has 3"),
    ("Less", {"other": 0}, [(F, 2, 3), (F, 2, 3)], "inputs", "takes 1 input; it has 2"),
    ("Cast", {"dtype": "float31"}, [(F, 2, 3)], "dtype", '"float32"'),
    ("Select", {"index": 3}, [(F, 2, 3)], "index", "which has 3; got 3"),
    ("Select", {"dim": 2}, [(F, 2, 3)], "dim", "from -2 to 1"),
    ("Select", {}, [(F,)], "inputs", "a scalar"),
    ("Tile", {"repeats": (1, -1)}, [(F, 2, 3)], "repeats", "repeats must be a list"),
    ("Take", {"dim": 1}, [(F, 2, 3), (F, 2)], "inputs", "positions, int64 or int32; got float32"),
    ("Take", {"dim": 2}, [(F, 2, 3), (L, 2)], "dim", "from -2 to 1"),
    ("Gather", {"dim": 1}, [(F, 2, 3), (L, 3, 3)], "inputs", "must be at most 2; got 3"),
    ("Gather", {"dim": 1}, [(F, 2, 3), (L, 2)], "inputs", "as many dimensions"),
    ("GatherND", {}, [(F, 2, 3), (L, 4, 3)], "inputs", "from 1 to 2"),
    ("GatherND", {"batch_dims": 1}, [(F, 2, 3), (L, 4, 1)], "batch_dims", "the same 1 sizes"),
    ("Scatter", {"dim": 1}, [(F, 2, 3), (L, 2, 4), (F, 2, 3)], "inputs", "third input"),
    ("Scatter", {"dim": 1}, [(F, 2, 3), (L, 2, 3), (L, 2, 3)], "inputs", "one dtype"),
    ("Scatter", {"reduce": "mean"}, [(F, 2, 3), (L, 2, 3), (F, 2, 3)], "reduce", '"sum"'),
    ("ScatterND", {}, [(F, 4, 3), (L, 2, 1), (F, 2, 4)], "inputs", "must be 2×3"),
    ("SquaredDifference", {}, [(B, 2), (B, 2)], "inputs", "computes with numbers"),
    ("Floor", {}, [(B, 2)], "inputs", "computes with numbers"),
    ("ReduceMin", {"dim": 1}, [(F, 2, 0)], "dim", "minimum of no values"),
    ("ReduceL2", {}, [(L, 2)], "inputs", "computes with numbers"),
    ("ArgMax", {"dim": 1}, [(F, 2, 0)], "dim", "no values"),
    ("TopK", {"k": 4}, [(F, 2, 3)], "k", "at most 3"),
    ("CumSum", {"dim": 2}, [(F, 2, 3)], "dim", "from -2 to 1"),
    ("Crop", {"cropping": (1, 2, 3)}, [(F, 9, 9)], "cropping", "pairs"),
    ("Crop", {"cropping": (4, 5)}, [(F, 9, 9)], "cropping", "must leave something"),
    ("Crop", {"cropping": (1, 1) * 3}, [(F, 9, 9)], "cropping", "for 3 dimensions"),
    ("LayerScale", {"num_features": 5}, [(F, 2, 3)], "num_features", "makes it 3"),
    ("Quantize", {"dtype": "int4"}, [(F, 2)], "dtype", '"int8"'),
    ("Dequantize", {"dim": 1}, [("int8", 2)], "dim", "from -1 to 0"),
    ("GridSample", {}, [(F, 2, 3, 8, 8), (F, 2, 5, 7, 3)], "inputs", "must be (2, H_out, W_out, 2)"),
    ("GridSample", {"mode": "bicubic"}, [(F, 2, 3, 4, 8, 8), (F, 2, 4, 5, 7, 3)], "mode", "images only"),
    ("RoIAlign", {"output_size": 7}, [(F, 1, 3, 8, 8), (F, 5, 4)], "inputs", "must be (K, 5)"),
    ("NonMaxSuppression", {}, [(F, 6, 4), (F, 5)], "inputs", "must be (S, 4) and (S)"),
    ("FFT", {"kind": "irfft"}, [(F, 2, 3)], "inputs", "last dimension of 2"),
    ("FFT", {"dim": (0, 1), "n": (4,)}, [(F, 2, 3)], "n", "2 numbers"),
    ("FFT", {"kind": "irfft"}, [(F, 4, 1, 2)], "dim", "at least one value"),
    ("AvgPool1d", {"kernel_size": 3, "end_padding": 3}, [(F, 2, 3, 9)], "end_padding", "less than the window, here 3"),
]


@pytest.mark.parametrize(("name", "params", "given", "param", "says"), FAULTS)
def test_faults_name_the_parameter(name: str, params: dict, given: list[tuple], param: str, says: str) -> None:
    bound = bind(name, params)
    found = evaluate(bound.op, tuple(TensorSpec(tuple(shape), dtype) for dtype, *shape in given)) if bound.op else None
    (wrong,) = [found] if bound.op else bound.problems
    assert isinstance(wrong, ParamProblem)
    assert wrong.param == param
    assert says in checked_sentence(wrong.message)


def analyzed(layer: Layer, dtype: str, *shape: int, stated: dict[str, str] | None = None) -> Result:
    given = NetworkInput(name="x", shape=shape, dtype=dtype)
    return analyze(Network(inputs=(given,), root=Block(name="", layers=(layer,)), stored_dtypes=stated))


@pytest.mark.parametrize(
    ("kind", "dtype", "stated", "made"),
    [
        ("Cast", None, {"activations": "float16"}, "float16"),
        ("Cast", None, None, "float32"),
        ("Cast", "float64", {"activations": "float16"}, "float64"),
        ("Dequantize", None, {"activations": "bfloat16"}, "bfloat16"),
        ("Dequantize", "float32", {"activations": "bfloat16"}, "float32"),
    ],
)
def test_a_conversion_follows_the_network_unless_it_states_a_dtype(
    kind: str, dtype: str | None, stated: dict[str, str] | None, made: str
) -> None:
    params = {} if dtype is None else {"dtype": dtype}
    found = analyzed(Layer(name="c", type=kind, params=params), L, 2, 3, stated=stated).at((0,)).outputs
    assert found
    assert [each.dtype for each in found] == [made]


def test_a_number_in_a_comparison_leaves_positions_and_masks_alone() -> None:
    layer = Layer(name="c", type="GreaterEqual", params={"other": 2})
    assert analyzed(layer, L, 2, 3, stated={"activations": "float16"}).at((0,)).outputs == (TensorSpec((2, 3), B),)


FIELDS = [
    # positions along the width of (1, 1, 8, 64) that output 0 sees: size, distance, first
    ("Select", {"dim": 2, "index": 3}, (1, 1, 0)),
    ("Select", {"dim": 3, "index": -3}, (1, 1, 61)),
    ("Crop", {"cropping": (5, 2)}, (1, 1, 5)),
    ("Floor", {}, (1, 1, 0)),
    ("Tile", {"repeats": (2, 1)}, (1, 1, 0)),
    ("Tile", {"repeats": (2,)}, (1, None, None)),
    ("CumSum", {"dim": 2}, (1, 1, 0)),
    ("CumSum", {"dim": -1}, (64, None, 0)),
    ("ArgMax", {"dim": -1}, (64, None, 0)),
    ("TopK", {"k": 3}, (64, None, 0)),
    ("FFT", {}, (64, None, 0)),
    ("LayerScale", {}, (1, 1, 0)),
    ("AvgPool2d", {"kernel_size": 3, "stride": 2, "padding": 1, "end_padding": 0}, (3, 2, -1)),
]


@pytest.mark.parametrize(("kind", "params", "expected"), FIELDS)
def test_receptive_fields(kind: str, params: dict, expected: tuple[int | None, ...]) -> None:
    result = analyzed(Layer(name="layer", type=kind, params=params), F, 1, 1, 8, 64)
    assert result.ok, result.problems
    field = result.receptive.at((0,))[-1]
    assert (field.size, field.stride, field.start) == expected
