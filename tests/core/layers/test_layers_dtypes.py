"""What functions make of integers, truth values and scalars, as PyTorch 2.14.1 does on a CPU."""

import pytest
from one_layer import fault, result_of

from layerledger.core.base.params import Value
from layerledger.core.base.shapes import TensorSpec

SHAPES = {"f": (2, 3), "s": ()}
"""A tensor is written dtype:f for a full one, dtype:s for a scalar."""


def specs(written: str) -> tuple[TensorSpec, ...]:
    pairs = (each.split(":") for each in written.split())
    return tuple(TensorSpec(SHAPES[shape], dtype) for dtype, shape in pairs)


@pytest.mark.parametrize(
    ("name", "inputs", "params", "dtype"),
    [
        ("Neg", "int64:f", {}, "int64"),
        ("Abs", "int32:f", {}, "int32"),
        ("ReLU", "int32:f", {}, "int32"),
        ("Sigmoid", "bool:f", {}, "float32"),
        ("Sigmoid", "float16:f", {}, "float16"),
        ("Pow", "int32:f", {"exponent": 3}, "int32"),
        ("Pow", "int64:f", {"exponent": 0.5}, "float32"),
        ("Pow", "bool:s", {"exponent": 2}, "int64"),
        ("Pow", "float16:f", {"exponent": -1}, "float16"),
        ("Clamp", "int64:f", {"min": 0, "max": 1.5}, "float32"),
        ("Clamp", "int32:f", {"min": 0}, "int32"),
        ("Clamp", "bool:f", {"min": 0}, "int64"),
        ("Add", "float32:f float64:s", {}, "float32"),
        ("Add", "float16:f float32:s", {}, "float16"),
        ("Add", "int64:f float16:s", {}, "float16"),
        ("Add", "bool:f int64:s", {}, "int64"),
        ("Add", "float16:f int64:s", {}, "float16"),
        ("Add", "float16:s float32:s", {}, "float32"),
        ("Sub", "int32:f int64:s", {}, "int32"),
    ],
)
def test_outputs_have_the_dtype_that_torch_gives(name: str, inputs: str, params: dict[str, Value], dtype: str) -> None:
    outputs, _ = result_of(name, params, specs(inputs))
    assert [output.dtype for output in outputs] == [dtype]


@pytest.mark.parametrize(
    ("name", "inputs", "params", "says"),
    [
        ("Sub", "float32:f bool:f", {}, "Sub computes with numbers, but its input is bool"),
        ("Abs", "bool:f", {}, "its input is bool"),
        ("ReLU", "bool:f", {}, "its input is bool"),
        ("GELU", "int64:f", {}, "its input is int64; an Embedding before it makes vectors of indices"),
        ("Pow", "int64:f", {"exponent": -1}, "exponent must be at least 0 for int64, or be written as -1.0"),
    ],
)
def test_what_torch_has_no_function_for_is_refused(name: str, inputs: str, params: dict[str, Value], says: str) -> None:
    given = specs(inputs)
    found = fault(name, *(spec.shape for spec in given), dtype=given[-1].dtype, **params)
    assert says in found.message
    assert found.param
