"""A new merge takes the layer before it and the skip that most likely is meant."""

from __future__ import annotations

import pytest

from layerledger.core import Block, Layer, Network, NetworkInput, Result, analyze
from layerledger.core.edits import insert
from layerledger.core.edits.suggest_inputs import suggest_inputs
from layerledger.core.library.catalog.entries import entry_for
from layerledger.core.network.nodes import Node


def conv(name: str, out_channels: int = 8, **params: int) -> Layer:
    return Layer(
        name=name, type="Conv2d", params={"out_channels": out_channels, "kernel_size": 3, "padding": 1, **params}
    )


def relu(name: str) -> Layer:
    return Layer(name=name, type="ReLU")


def network(*layers: Node, channels: int = 3) -> Result:
    given = NetworkInput(name="image", shape=(1, channels, 16, 16))
    return analyze(Network(inputs=(given,), root=Block(name="", layers=layers)))


def inputs_of(type_name: str, result: Result, *at: int) -> tuple[str, ...]:
    entry = entry_for(type_name)
    assert entry is not None
    return suggest_inputs(entry.node(), result, at).inputs


def test_in_a_block_whose_input_fits_the_skip_is_the_input() -> None:
    block = Block(name="block", layers=(conv("a"), relu("relu"), conv("b")))
    assert inputs_of("Add", network(conv("stem"), block), 1, 3) == ("b", "input")


def test_else_it_leaves_where_the_shape_begins() -> None:
    result = network(conv("stem", stride=2), conv("a"), conv("b"))
    assert inputs_of("Add", result, 3) == ("b", "stem")


def test_it_leaves_after_norm_and_activation() -> None:
    result = network(conv("stem"), relu("relu"), conv("a"), relu("relu2"), conv("b"))
    assert inputs_of("Add", result, 5) == ("b", "relu")


def test_but_never_from_the_layer_before() -> None:
    assert inputs_of("Add", network(conv("stem"), relu("relu")), 2) == ("relu", "stem")


def test_it_leaves_after_the_last_merge() -> None:
    add = Layer(name="add", type="Add", inputs=("b", "stem"))
    result = network(conv("stem"), conv("a"), conv("b"), add, relu("relu"), conv("c"), conv("d"))
    assert inputs_of("Add", result, 7) == ("d", "relu")


def test_a_layer_that_fits_in_another_shape_will_do() -> None:
    assert inputs_of("Concat", network(conv("a", 4)), 1) == ("a", "input")
    assert inputs_of("MatMul", network(conv("a", 3)), 1) == ("a", "input")


@pytest.mark.parametrize("type_name", ["Add", "Concat", "MatMul"])
def test_what_fits_nothing_is_wired_all_the_same_for_the_problem_to_name(type_name: str) -> None:
    result = network(conv("a", 4, stride=3))
    assert inputs_of(type_name, result, 1) == ("a", "input")


def test_with_two_inputs_the_first_layer_takes_both() -> None:
    given = tuple(NetworkInput(name=name, shape=(1, 8)) for name in ("a", "b"))
    result = analyze(Network(inputs=given))
    made = suggest_inputs(Layer(name="add", type="Add"), result, (0,))
    assert made.inputs == ("input", "input:1")
    assert analyze(insert(result.network, (0,), [made])).ok


@pytest.mark.parametrize(
    "node",
    [
        conv("conv"),
        Block(name="block"),
        Layer(name="odd", type="Unknown"),
        Layer(name="add", type="Add", inputs=("x", "y")),
    ],
    ids=["one input", "block", "unknown", "wired"],
)
def test_all_else_is_left_alone(node: Node) -> None:
    assert suggest_inputs(node, network(conv("a"), conv("b")), (2,)) is node


def test_the_first_of_a_block_has_nothing_to_merge() -> None:
    assert inputs_of("Add", network(), 0) == ()
    assert inputs_of("Add", network(conv("a"), Block(name="block")), 1, 0) == ()


def test_behind_a_wrong_layer_it_still_takes_what_is_before() -> None:
    result = network(conv("a"), conv("b", groups=7))
    assert inputs_of("Add", result, 2) == ("b", "input")
