"""Nothing about a layer type is assumed: what each must state, its place in the palette, and a type that forgets."""

import json
import re
from itertools import chain
from pathlib import Path
from typing import get_args

import pytest
from new_layer_type import ECA, UnstatedECA

from layerledger.core.base.shapes import Indices, TensorSpec
from layerledger.core.layers import FAMILIES, LAYER_TYPES, LayerType, ParamProblem, bind, evaluate
from layerledger.core.layers import types as types_package
from layerledger.core.layers.counting import Status
from layerledger.core.layers.layer_type import InPlaceKind
from layerledger.core.layers.registry import MODULES, STATED, layer_type, unstated
from layerledger.core.layers.saved_tensors import SavedTensors

ROOT = Path(__file__).parents[3]
ALLOWED = {
    "status": get_args(Status),
    "indices": get_args(Indices),
    "saved_tensors": get_args(SavedTensors),
    "in_place": get_args(InPlaceKind),
    "fusible": (True, False),
    "receptive": ("same", "nothing", "not modelled"),
}
TYPES = pytest.mark.parametrize("cls", LAYER_TYPES.values(), ids=LAYER_TYPES)


# -- statements


@TYPES
def test_a_type_states_each_property(cls: type[LayerType]) -> None:
    assert unstated(cls) == ()
    for name, allowed in ALLOWED.items():
        assert getattr(cls, name, None) in (*allowed, *([None] if STATED[name] else [])), name


def test_the_base_class_of_all_types_assumes_nothing() -> None:
    assert not [name for name in STATED if hasattr(LayerType, name)]
    assert ALLOWED.keys() == STATED.keys()


def test_a_type_that_states_nothing_is_not_registered() -> None:
    with pytest.raises(RuntimeError, match=re.escape(f"UnstatedECA must state {', '.join(STATED)}")):
        layer_type("Attention", order=1)(UnstatedECA)
    assert "UnstatedECA" not in LAYER_TYPES


@pytest.mark.parametrize("name", STATED)
def test_each_missing_statement_is_named(name: str) -> None:
    stated = {each: getattr(ECA, each) for each in STATED if each != name}
    forgetful: type[LayerType] = type("Forgetful", (UnstatedECA,), stated)
    with pytest.raises(RuntimeError, match=f"Forgetful must state {name};"):
        layer_type("Attention", order=1)(forgetful)


@pytest.mark.parametrize(("name", "method"), [(name, method) for name, method in STATED.items() if method])
def test_a_method_states_it_too(name: str, method: str) -> None:
    stated = {each: getattr(ECA, each) for each in STATED if each != name}
    with_method: type[LayerType] = type("WithMethod", (UnstatedECA,), {**stated, method: lambda *_: None})
    assert unstated(with_method) == ()


@pytest.mark.usefixtures("own_registry")
def test_a_type_that_states_all_is_registered() -> None:
    layer_type("Attention", order=5)(ECA)
    first = next(name for name, cls in LAYER_TYPES.items() if cls.family == "Attention")
    assert (first, ECA.family, ECA.order) == ("ECA", "Attention", 5)


# -- places


def test_the_order_of_the_palette() -> None:
    wanted = json.loads((ROOT / "tests/golden/palette_order.json").read_text("utf-8"))
    assert tuple(wanted) == FAMILIES
    assert list(LAYER_TYPES) == list(chain.from_iterable(wanted.values()))
    assert all(LAYER_TYPES[name].family == family for family, names in wanted.items() for name in names)


def test_a_place_is_taken_once() -> None:
    taken: type[LayerType] = type("Taken", (ECA,), {})
    with pytest.raises(RuntimeError, match="Taken: order must be unique in its family; 10 is that of Conv1d"):
        layer_type("Convolution", order=10)(taken)


def test_a_name_is_taken_once_and_a_family_is_known() -> None:
    with pytest.raises(RuntimeError, match="Conv2d is registered twice"):
        layer_type("Convolution", order=1)(type("Conv2d", (ECA,), {}))
    with pytest.raises(RuntimeError, match="unknown family 'Attentions'"):
        layer_type("Attentions", order=1)(type("Lost", (ECA,), {}))


def test_every_module_with_a_type_is_listed() -> None:
    folder = Path(types_package.__path__[0])
    registering = {path.stem for path in folder.glob("*.py") if "@layer_type(" in path.read_text("utf-8")}
    assert registering == set(MODULES)
    assert len(MODULES) == len(registering)


# -- empty inputs

ERROR, EMPTY = "an error", "an empty output without operations"
EMPTY_COUNTED, VALUES = "an empty output with operations", "values"
VALUES_COUNTED = "values with operations"

EMPTY_INPUTS: dict[tuple[str, ...], str] = {
    (ERROR,): """
        Conv1d Conv2d Conv3d ConvTranspose1d ConvTranspose2d ConvTranspose3d SqueezeExcitation DeformConv2d
        GroupNorm LayerNorm RMSNorm MaxPool1d MaxPool2d MaxPool3d AvgPool1d AvgPool2d AvgPool3d
        AdaptiveMaxPool1d AdaptiveMaxPool2d AdaptiveMaxPool3d LPPool1d LPPool2d LPPool3d MultiheadAttention RNN
        LSTM GRU SwiGLU GeGLU MixtureOfExperts TransformerEncoderLayer TransformerDecoderLayer
        TransformerEncoder TransformerDecoder ReflectionPad1d ReflectionPad2d ReflectionPad3d ReplicationPad1d
        ReplicationPad2d ReplicationPad3d CircularPad1d CircularPad3d Unfold Fold Unflatten Upsample
        UpsamplingNearest2d UpsamplingBilinear2d Interpolate Div Concat MatMul ReduceMax Scatter ScatterND
        Crop GridSample RoIAlign NonMaxSuppression ReduceMin ArgMax ArgMin TopK FFT Custom""",
    (EMPTY,): """
        BatchNorm1d BatchNorm2d BatchNorm3d InstanceNorm1d InstanceNorm2d InstanceNorm3d LocalResponseNorm
        LayerNorm2d ReLU ReLU6 LeakyReLU PReLU RReLU ELU SELU CELU GELU SiLU Mish Sigmoid Tanh Hardsigmoid
        Hardswish Hardtanh Softplus Softsign LogSigmoid Tanhshrink Softshrink Hardshrink Threshold Softmax
        Softmax2d Softmin LogSoftmax GLU Embedding Arange Identity Dropout Dropout1d Dropout2d Dropout3d
        AlphaDropout FeatureAlphaDropout StochasticDepth Split Chunk Unbind Slice Squeeze Unsqueeze Roll Flatten
        Reshape Permute Transpose PixelShuffle PixelUnshuffle ChannelShuffle Add Sub Mul Stack Neg Abs Exp Log
        Sqrt Rsqrt Reciprocal Sin Cos Erf Pow Clamp Maximum Minimum Mod SquaredDifference Where Select Gather GatherND
        Tile Cast Floor Ceil Round Trunc Sign Square Equal NotEqual Less LessEqual Greater GreaterEqual LogicalAnd
        LogicalOr LogicalXor LogicalNot LayerScale CumSum Quantize Dequantize""",
    (ERROR, EMPTY): "Bilinear CircularPad2d Expand",
    (VALUES,): """
        EmbeddingBag Pad ZeroPad1d ZeroPad2d ZeroPad3d ConstantPad1d ConstantPad2d ConstantPad3d IndexSelect Take
        ReduceProd ReduceL1 ReduceSum Linear Opaque AdaptiveAvgPool1d AdaptiveAvgPool2d AdaptiveAvgPool3d""",
    (EMPTY, VALUES): "Einsum",
    (): "Parameter Constant",  # without inputs
    # A mean of nothing divides by 0, as in PyTorch, which gives nan; a cell without features still has its state.
    # The second input of RotaryEmbedding keeps its size.
    (VALUES_COUNTED,): """
        RNNCell LSTMCell GRUCell Mean ReduceMean ReduceL2 LogSumExp RotaryEmbedding""",
    (ERROR, EMPTY, EMPTY_COUNTED): "ScaledDotProductAttention",  # without features, all scores are 0, and softmax runs
}
"""Results for a first input, as in the type's examples, with one size after the first two as 0, or its last one."""

WANTED = {name: set(outcomes) for outcomes, names in EMPTY_INPUTS.items() for name in names.split()}


def outcome(op: LayerType, inputs: tuple[TensorSpec, ...]) -> str:
    found = evaluate(op, inputs)
    if isinstance(found, ParamProblem):
        return ERROR
    outputs, cost = found
    operations = cost.macs + cost.mul + cost.add + cost.cmp + cost.special
    if any(output.elements for output in outputs):
        return VALUES_COUNTED if operations else VALUES
    return EMPTY_COUNTED if operations else EMPTY


def outcomes(cls: type[LayerType]) -> set[str]:
    """Return the results of a type for empty inputs."""
    found: set[str] = set()
    for example in cls.examples:
        first = example.inputs[0] if example.inputs else ()
        op = bind(cls.type_name, example.params).op
        assert op
        for dim in range(max(min(2, len(first) - 1), 0), len(first)):
            empty = (*first[:dim], 0, *first[dim + 1 :])
            tensors = (empty if shape == first else shape for shape in example.inputs)
            found.add(outcome(op, tuple(TensorSpec(shape, example.dtype) for shape in tensors)))
    return found


def check_empty_inputs(cls: type[LayerType]) -> None:
    assert cls.type_name in WANTED, f"{cls.type_name}: add to EMPTY_INPUTS what an empty input gives"
    assert outcomes(cls) == WANTED[cls.type_name]


@TYPES
def test_an_empty_input_gives_an_error_or_a_known_result(cls: type[LayerType]) -> None:
    check_empty_inputs(cls)


def test_the_list_of_empty_inputs_names_each_type_once() -> None:
    names = [name for names in EMPTY_INPUTS.values() for name in names.split()]
    assert sorted(names) == sorted(LAYER_TYPES)


@pytest.mark.usefixtures("own_registry")
def test_a_new_type_that_counts_on_an_empty_image_is_found() -> None:
    layer_type("Attention", order=5)(ECA)
    assert outcomes(ECA) == {EMPTY_COUNTED}
    with pytest.raises(AssertionError, match="ECA: add to EMPTY_INPUTS"):
        check_empty_inputs(ECA)


def test_element_wise_layers_are_fusible_and_those_that_reduce_are_not() -> None:
    """As TVM and TensorRT fuse: a function of single elements runs with what precedes it, a reduction does not."""
    fusible = {name for name, cls in LAYER_TYPES.items() if cls.fusible}
    rows = {"Softmax", "Softmax2d", "Softmin", "LogSoftmax", "GLU"}
    assert {name for name, cls in LAYER_TYPES.items() if cls.family == "Activation"} - fusible == rows
    assert {"Add", "Sub", "Mul", "Div", "BatchNorm1d", "BatchNorm2d", "BatchNorm3d"} <= fusible
    assert {"Neg", "Abs", "Exp", "Log", "Sqrt", "Rsqrt", "Reciprocal", "Sin", "Cos", "Erf", "Pow", "Clamp"} <= fusible
    assert not fusible & {"LayerNorm", "RMSNorm", "GroupNorm", "InstanceNorm2d", "ReduceSum", "MaxPool2d", "Linear"}
