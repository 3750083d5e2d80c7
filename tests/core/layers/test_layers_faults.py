"""What is wrong with a layer: a sentence with the numbers, and the parameter that would mend it."""

import pytest
from one_layer import fault

from layerledger.core.base.params import Value, params_of
from layerledger.core.base.shapes import Shape
from layerledger.core.layers import LAYER_TYPES, bind

# -- inputs that do not fit


@pytest.mark.parametrize(
    ("name", "shapes", "params", "says"),
    [
        ("Add", ((1, 64, 56, 56), (1, 64, 28, 28)), {}, ("1×64×56×56", "1×64×28×28", "dimension -2", "56", "28")),
        ("Mul", ((2, 3), (4,)), {}, ("2×3", "dimension -1 is 3 in one and 4 in the other")),
        ("Concat", ((1, 3, 8, 8), (1, 3, 8, 7)), {}, ("1×3×8×8", "1×3×8×7", "dimension 3 is 8 in one and 7 in")),
        ("Concat", ((1, 3), (1, 3, 8)), {}, ("2 and 3 dimensions",)),
        ("MatMul", ((2, 3), (4, 5)), {}, ("2×3", "4×5", "got 3 and 4")),
        ("Sub", ((2,), (2,), (2,)), {}, ("takes 2 inputs; it has 3",)),
        ("Add", ((2,),), {}, ("takes 2 or more inputs; it has 1",)),
        ("Conv2d", ((1, 3, 6, 6),), {"out_channels": 4, "kernel_size": 7}, ("filter spans 7", "H is 6")),
        ("Linear", ((2, 3),), {"out_features": 2, "in_features": 4}, ("in_features is 4, but the input makes it 3",)),
        ("Conv1d", ((0, 2),), {"out_channels": 2, "kernel_size": 1}, ("≥ 1, but the input makes it 0",)),
        ("GroupNorm", ((2, 12, 4),), {"num_groups": 5}, ("12 channels", "num_groups 5", "fit: 1, 2, 3, 4, 6, 12")),
        ("BatchNorm2d", ((2, 3, 4),), {}, ("takes (N, C, H, W); the input 2×3×4 has 3 dimensions",)),
        ("Conv1d", ((4,),), {"out_channels": 2, "kernel_size": 1}, ("(N, C, L) or (C, L); the input 4 has 1 dim",)),
        ("LSTM", ((5, 2, 3), (1, 2, 4)), {"hidden_size": 4}, ("both initial states",)),
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
    required = {n: info.initial for n, info in params_of(LAYER_TYPES[name]).items() if info.required}
    found = fault(name, (1, 8, 8, 8), dtype="int64", **{**required, **params})
    assert found.param == "inputs"
    assert "int64" in found.message


def test_only_indices_are_looked_up() -> None:
    found = fault("Embedding", (1, 8), num_embeddings=5, embedding_dim=2)
    assert found.message == "Embedding takes indices, int64 or int32; got float32"


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
    assert any(f.param == param and says in f.message for f in bind(name, params).problems)


def test_one_and_true_differ_as_parameters() -> None:
    assert bind("Linear", {"out_features": 1, "bias": True}).op
    assert not bind("Linear", {"out_features": 1, "bias": 1}).op


def test_null_is_what_is_not_given() -> None:
    assert bind("MaxPool2d", {"kernel_size": 2, "stride": None}).op
    assert bind("Linear", {"in_features": None, "out_features": 2}).op
    assert not bind("Linear", {"out_features": None}).op


def test_a_layer_type_cannot_be_changed() -> None:
    spec = bind("Linear", {"out_features": 2}).op
    with pytest.raises(AttributeError):
        spec.out_features = 3  # type: ignore[misc]
