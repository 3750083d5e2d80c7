"""Convolutions whose weight is an input: what they refuse, and what they count beside the products."""

import pickle

import pytest
from core_samples import fault, found

from layerledger.core import Block, Layer, Network, NetworkInput, analyze
from layerledger.core.base.shapes import Shape, TensorSpec
from layerledger.core.layers import bind

CONV = {"out_channels": 8, "kernel_size": 3, "weight_input": True}


def test_a_bias_of_its_own_is_all_that_it_stores() -> None:
    shapes = (2, 4, 9, 9), (8, 4, 3, 3)
    outputs, cost = found("Conv2d", *shapes, **CONV)
    _, plain = found("Conv2d", shapes[0], out_channels=8, kernel_size=3)
    assert outputs == [(2, 8, 7, 7)]
    assert (cost.params, cost.trainable_params) == (8, 8)
    assert (cost.macs, cost.mul, cost.add) == (plain.macs, plain.mul, plain.add)


def test_a_computed_bias_is_added_and_not_stored() -> None:
    given = {**CONV, "bias": False}
    with_bias = found("Conv2d", (2, 4, 9, 9), (8, 4, 3, 3), (8,), **given)[1]
    without = found("Conv2d", (2, 4, 9, 9), (8, 4, 3, 3), **given)[1]
    assert with_bias.params == without.params == 0
    assert with_bias.add - without.add == 2 * 8 * 7 * 7


FAULTS: list[tuple[str, dict, list[Shape], str, str]] = [
    ("Conv2d", CONV, [(2, 4, 9, 9)], "inputs", "takes 2 to 3 inputs"),
    ("Conv2d", CONV, [(2, 4, 9, 9), (8, 4, 3, 1)], "inputs", "must be 8×4×3×3"),
    ("Conv2d", {**CONV, "groups": 2}, [(2, 4, 9, 9), (8, 4, 3, 3)], "inputs", "must be 8×2×3×3"),
    ("Conv2d", CONV, [(2, 4, 9, 9), (8, 4, 3, 3), (8,)], "bias", "third input"),
    ("Conv2d", {**CONV, "bias": False}, [(2, 4, 9, 9), (8, 4, 3, 3), (4,)], "inputs", "must be 8 by"),
    ("ConvTranspose1d", CONV, [(2, 4, 9), (8, 4, 3)], "inputs", "must be 4×8×3"),
    ("Conv1d", {"out_channels": 8, "kernel_size": 3}, [(2, 4, 9), (8, 4, 3)], "inputs", "takes 1 input"),
]


@pytest.mark.parametrize(("name", "params", "given", "param", "says"), FAULTS)
def test_faults_name_the_parameter(name: str, params: dict, given: list[Shape], param: str, says: str) -> None:
    wrong = fault(name, *given, **params)
    assert wrong.param == param
    assert says in wrong.message


def test_a_copy_of_the_type_counts_the_same() -> None:
    op = bind("Conv2d", CONV).op
    assert op
    given = TensorSpec((2, 4, 9, 9)), TensorSpec((8, 4, 3, 3))
    assert pickle.loads(pickle.dumps(op)).result(given) == op.result(given)


def test_an_input_is_read_where_the_weight_is_not_stored() -> None:
    inputs = (NetworkInput(name="x", shape=(1, 8, 9, 9)), NetworkInput(name="w", shape=(8, 1, 3, 3)))
    params = {**CONV, "groups": 8, "bias": False}
    layer = Layer(name="conv", type="Conv2d", params=params, inputs=("x", "w"))
    result = analyze(Network(inputs=inputs, root=Block(name="", layers=(layer,))))
    moved = result.at((0,)).traffic
    assert (moved.weight_bytes, moved.read_bytes) == (0, 4 * (8 * 81 + 8 * 9))
    op = result.at((0,)).op
    assert op
    assert op.in_place_of(tuple(TensorSpec(each.shape) for each in inputs)) == "never"
