"""Operations that are functions in torch: pieces, slices, shifts, reductions, single elements, held tensors."""

from itertools import product
from math import ceil

import pytest
from core_samples import fault, found
from hypothesis import given
from hypothesis import strategies as st

from layerledger.core import analyze
from layerledger.core.base.params import Value
from layerledger.core.base.shapes import Shape, ShapeError, TensorSpec
from layerledger.core.edits import remove
from layerledger.core.layers import bind
from layerledger.core.layers.cost import ZERO_COST, Cost
from layerledger.core.network.nodes import Block, Layer, Network, NetworkInput

# -- shapes as torch gives them

SHAPES = [
    ("Split", {"split_size_or_sections": 4, "dim": 1}, [(2, 10)], [(2, 4), (2, 4), (2, 2)]),
    ("Split", {"split_size_or_sections": (3, 0, 7), "dim": -1}, [(2, 10)], [(2, 3), (2, 0), (2, 7)]),
    ("Split", {"split_size_or_sections": 4, "dim": 0}, [(0, 3)], [(0, 3)]),
    ("Chunk", {"chunks": 3, "dim": 2}, [(1, 128, 2304)], [(1, 128, 768)] * 3),
    ("Chunk", {"chunks": 4}, [(5,)], [(2,), (2,), (1,)]),
    ("Chunk", {"chunks": 3}, [(0, 2)], [(0, 2)] * 3),
    ("Unbind", {"dim": 1}, [(2, 3, 4)], [(2, 4)] * 3),
    ("Slice", {"dim": 1, "start": 1}, [(1, 197, 768)], [(1, 196, 768)]),
    ("Slice", {"dim": 0, "start": -3, "end": -1}, [(10, 2)], [(2, 2)]),
    ("Slice", {"dim": 0, "end": 100, "step": 3}, [(10, 2)], [(4, 2)]),
    ("Slice", {"dim": 0, "start": 5, "end": 2}, [(10, 2)], [(0, 2)]),
    ("Stack", {"dim": -1}, [(2, 3), (2, 3), (2, 3)], [(2, 3, 3)]),
    ("Squeeze", {}, [(1, 2, 1, 3, 1)], [(2, 3)]),
    ("Squeeze", {"dim": (0, 1)}, [(1, 2, 1)], [(2, 1)]),
    ("Unsqueeze", {"dim": -1}, [(4,)], [(4, 1)]),
    ("Unsqueeze", {"dim": 0}, [()], [(1,)]),
    ("Expand", {"size": (2, -1, 4)}, [(3, 1)], [(2, 3, 4)]),
    ("Expand", {"size": (-1, -1, -1)}, [(1, 1, 8), (5, 3, 8)], [(5, 1, 8)]),
    ("Roll", {"shifts": 1}, [(4, 2)], [(4, 2)]),
    ("Pad", {"pad": (1, 1)}, [(3, 3, 4, 2)], [(3, 3, 4, 4)]),
    ("Pad", {"pad": (1, -1, 2, 0), "mode": "reflect"}, [(1, 3, 4, 4)], [(1, 3, 6, 4)]),
    ("Pad", {"pad": ()}, [(3,)], [(3,)]),
    ("ReduceSum", {}, [(2, 3)], [()]),
    ("ReduceMean", {"dim": -1, "keepdim": True}, [(2, 3)], [(2, 1)]),
    ("ReduceMax", {"dim": (0, 2)}, [(2, 3, 4)], [(3,)]),
    ("Interpolate", {"scale_factor": 2}, [(1, 8, 5, 5)], [(1, 8, 10, 10)]),
    ("Add", {"other": 1}, [(2, 3)], [(2, 3)]),
    ("Sub", {"other": 0.5}, [(2, 3)], [(2, 3)]),
    ("Mul", {"other": 0.125}, [(2, 1), (3,)], [(2, 3)]),
    ("Div", {"other": 8}, [()], [()]),
    ("Arange", {"dim": 1}, [(2, 9, 4)], [(9,)]),
    ("Parameter", {"shape": ()}, [], [()]),
    ("Constant", {"shape": (2, 0)}, [], [(2, 0)]),
]


@pytest.mark.parametrize(("name", "params", "given", "outputs"), SHAPES)
def test_shapes_are_torchs(name: str, params: dict[str, Value], given: list[Shape], outputs: list[Shape]) -> None:
    assert found(name, *given, **params)[0] == outputs


@given(st.integers(0, 40), st.integers(1, 12))
def test_pieces_hold_the_whole(size: int, n: int) -> None:
    for name, key in (("Split", "split_size_or_sections"), ("Chunk", "chunks")):
        outputs, cost = found(name, (2, size), **{key: n, "dim": 1})
        assert sum(shape[1] for shape in outputs) == size
        assert cost == ZERO_COST
    assert len(found("Split", (size,), split_size_or_sections=n)[0]) == max(ceil(size / n), 1)
    assert len(found("Chunk", (size,), chunks=n)[0]) <= n


@given(st.integers(0, 20), st.integers(-25, 25), st.none() | st.integers(-25, 25), st.integers(1, 5))
def test_a_slice_is_pythons(size: int, start: int, end: int | None, step: int) -> None:
    outputs, _ = found("Slice", (size, 2), dim=0, start=start, end=end, step=step)
    assert outputs == [(len(range(size)[start:end:step]), 2)]


FAULTS = [
    ("Split", {"split_size_or_sections": (3, 3), "dim": 1}, [(2, 10)], "split_size_or_sections", "10"),
    ("Split", {"split_size_or_sections": 1}, [(5000,)], "split_size_or_sections", "1000"),
    ("Split", {"split_size_or_sections": 0}, [(5,)], "split_size_or_sections", "5"),
    ("Chunk", {"chunks": 2, "dim": 2}, [(2, 10)], "dim", "-2 to 1"),
    ("Chunk", {"chunks": 2}, [()], "inputs", "scalar"),
    ("Unbind", {}, [(0, 2)], "dim", "empty"),
    ("Slice", {"dim": 3}, [(2, 2)], "dim", "1"),
    ("Stack", {}, [(2, 3), (2, 4)], "inputs", "2×4"),
    ("Unsqueeze", {"dim": 3}, [(2, 3)], "dim", "-3 to 2"),
    ("Expand", {"size": (2, 4)}, [(2, 3)], "size", "4"),
    ("Expand", {"size": (3,)}, [(2, 3)], "size", "2"),
    ("Expand", {"size": (-1, 3)}, [(3,)], "size", "-1"),
    ("Roll", {"shifts": (1, 2), "dims": (0,)}, [(2, 3)], "shifts", "1"),
    ("Roll", {"shifts": 1, "dims": 2}, [(2, 3)], "dims", "2"),
    ("Pad", {"pad": (1, 1, 1)}, [(2, 3)], "pad", "pairs"),
    ("Pad", {"pad": (4, 0), "mode": "reflect"}, [(2, 3, 4)], "pad", "3"),
    ("Pad", {"pad": (-3, -2)}, [(2, 4)], "pad", "4"),
    ("Pad", {"pad": (1, 1), "mode": "reflect", "value": 1.0}, [(2, 3, 4)], "value", "constant"),
    ("ReduceMax", {"dim": 1}, [(2, 0)], "dim", "no values"),
    ("ReduceSum", {"dim": (1, -1)}, [(2, 3)], "dim", "twice"),
    ("Clamp", {}, [(2, 3)], "min", "min or max must be given"),
    ("Parameter", {"shape": (2,)}, [(2, 3)], "inputs", "0 inputs"),
    ("Arange", {"dim": 2}, [(2, 3)], "dim", "2"),
    ("Sub", {"other": 1}, [(2, 3), (2, 3)], "inputs", "takes 1 input; it has 2"),
    ("Mul", {"other": "2"}, [(2, 3)], "other", "a number"),
    ("IndexSelect", {"dim": 0}, [(2, 3), (2,)], "inputs", "float32"),
    ("Interpolate", {"size": 4, "antialias": True}, [(1, 1, 2, 2)], "antialias", "bilinear"),
]


@pytest.mark.parametrize(("name", "params", "given", "param", "says"), FAULTS)
def test_faults_name_the_parameter(name: str, params: dict, given: list[Shape], param: str, says: str) -> None:
    wrong = fault(name, *given, **params)
    assert wrong.param == param
    assert says in wrong.message


# -- counts


@pytest.mark.parametrize(
    ("exponent", "mul", "special"),
    [(0, 0, 0), (1, 0, 0), (2, 1, 0), (3, 2, 0), (4, 2, 0), (7, 4, 0), (-2, 1, 1), (0.5, 0, 1), (100, 0, 1)],
)
def test_a_power_is_multiplied_out(exponent: float, mul: int, special: int) -> None:
    cost = found("Pow", (2, 5), exponent=exponent)[1]
    assert (cost.mul, cost.special, cost.macs) == (10 * mul, 10 * special, 0)


@pytest.mark.parametrize("name", ["Exp", "Log", "Sqrt", "Rsqrt", "Reciprocal", "Sin", "Cos", "Erf"])
def test_functions_of_integers_are_real(name: str) -> None:
    spec = bind(name, {}).op
    assert spec
    assert spec.outputs((TensorSpec((2, 3), "int64"),)) == (TensorSpec((2, 3), "float32"),)
    assert spec.outputs((TensorSpec((2, 3), "float16"),)) == (TensorSpec((2, 3), "float16"),)


@pytest.mark.parametrize(("name", "field"), [("Add", "add"), ("Sub", "add"), ("Mul", "mul"), ("Div", "special")])
def test_a_number_counts_as_an_input_does(name: str, field: str) -> None:
    assert found(name, (2, 3), other=0.5)[1] == found(name, (2, 3), (2, 3))[1] == Cost(**{field: 6})


@pytest.mark.parametrize(
    ("given", "other", "kept", "divided"),
    [
        ("float16", 0.5, "float16", "float16"),
        ("bfloat16", 2, "bfloat16", "bfloat16"),
        ("int64", 0.5, "float32", "float32"),
        ("int32", 2, "int32", "float32"),
        ("bool", 2, "int64", "float32"),
        ("bool", 0.5, "float32", "float32"),
    ],
)
def test_a_number_changes_the_dtype_as_in_torch(given: str, other: float, kept: str, divided: str) -> None:
    for name, dtype in (("Add", kept), ("Mul", kept), ("Div", divided)):
        spec = bind(name, {"other": other}).op
        assert spec
        assert spec.outputs((TensorSpec((2, 3), given),)) == (TensorSpec((2, 3), dtype),)


@pytest.mark.parametrize(("listed", "outputs"), [((2,), (3, 2, 5)), ((0,), (3, 0, 5)), ((), (3, 1, 5))])
def test_positions_are_picked(listed: Shape, outputs: Shape) -> None:
    spec = bind("IndexSelect", {"dim": 1}).op
    assert spec
    assert spec.outputs((TensorSpec((3, 4, 5)), TensorSpec(listed, "int64")))[0].shape == outputs
    with pytest.raises(ShapeError, match="a list"):
        spec.outputs((TensorSpec((3, 4)), TensorSpec((2, 2), "int64")))


def test_bounds_are_comparisons() -> None:
    assert found("Clamp", (2, 3), min=0)[1].cmp == 6
    assert found("Clamp", (2, 3), min=0, max=6)[1] == found("ReLU6", (2, 3))[1]
    assert found("Neg", (2, 3))[1] == ZERO_COST


@pytest.mark.parametrize(("keepdim", "dim"), [*product([False, True], [None, (0,), (1, 2), (-1,)])])
def test_reduced_is_averaged_without_the_division(keepdim: bool, dim: Value) -> None:
    mean = found("Mean", (2, 3, 4), dim=dim, keepdim=keepdim)
    assert found("ReduceMean", (2, 3, 4), dim=dim, keepdim=keepdim) == mean
    (shapes, total), (_, greatest) = (found(name, (2, 3, 4), dim=dim, keepdim=keepdim) for name in REDUCTIONS)
    assert shapes == mean[0]
    assert (total.add, total.special) == (mean[1].add, 0)
    assert (greatest.cmp, greatest.add) == (mean[1].add, 0)


REDUCTIONS = ("ReduceSum", "ReduceMax")


def test_resizing_by_function_is_the_module() -> None:
    for mode in ("nearest", "bilinear", "bicubic", "area"):
        given = {"size": (7, 9), "mode": mode}
        assert found("Interpolate", (2, 3, 4, 5), **given) == found("Upsample", (2, 3, 4, 5), **given)


# -- tensors that take no input


def weighed(*layers: Layer) -> Network:
    return Network(inputs=(NetworkInput(name="x", shape=(2, 4, 8)),), root=Block(name="", layers=layers))


def test_a_parameter_needs_no_input_and_is_added_to_what_is() -> None:
    network = weighed(
        Layer(name="relu", type="ReLU"),
        Layer(name="positions", type="Parameter", params={"shape": (1, 4, 8)}),
        Layer(name="add", type="Add", inputs=("relu", "positions")),
    )
    result = analyze(network)
    assert not result.problems
    assert (result.totals.params, result.totals.trainable_params) == (32, 32)
    assert [output.shape for output in result.root.outputs or ()] == [(2, 4, 8)]
    half = analyze(network, dtype="float16").at((1,))
    assert half is not None
    assert half.outputs


def test_a_parameter_does_not_wait_for_what_is_broken() -> None:
    result = analyze(weighed(Layer(name="who", type="Nobody"), Layer(name="p", type="Parameter", params={"shape": 3})))
    assert result.totals.params == 3
    assert [problem.path for problem in result.problems] == ["who"]


def test_a_parameter_is_fed_nothing_when_what_stood_before_it_goes() -> None:
    network = weighed(
        Layer(name="a", type="ReLU"),
        Layer(name="b", type="ReLU"),
        Layer(name="c", type="ReLU", inputs=("a",)),
        Layer(name="p", type="Parameter", params={"shape": (4, 8)}),
        Layer(name="add", type="Add", inputs=("b", "p")),
    )
    left = remove(network, [(2,)])
    assert [node.inputs for node in left.layers] == [(), (), (), ("b", "p")]
    assert not analyze(left).problems


def test_frozen_and_constant_tensors_are_not_trained() -> None:
    frozen = found("Parameter", shape=(1500, 384), requires_grad=False)[1]
    assert (frozen.params, frozen.trainable_params) == (576_000, 0)
    constant = found("Constant", shape=(1500, 384))[1]
    assert (constant.params, constant.buffers) == (0, 576_000)


def test_a_constant_is_of_the_weights_dtype_unless_it_says_another() -> None:
    """As torch's Module.half() makes of a buffer; of indices it lets be."""

    def stored_as(**params: Value) -> str:
        layer = Layer(name="c", type="Constant", params={"shape": (2, 3), **params})
        result = analyze(Network(inputs=(), root=Block(name="", layers=(layer,))), dtype="float16").at((0,))
        assert result
        assert result.outputs
        return result.outputs[0].dtype

    assert stored_as() == "float16"
    assert stored_as(dtype="int64") == "int64"
    assert stored_as(dtype="float32") == "float32"
