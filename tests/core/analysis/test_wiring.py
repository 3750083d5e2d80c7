"""The resolver of references: names, hiding, choices, and what a node without `inputs` takes."""

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from network_strategies import IMAGE, OTHER, built_networks, conv

from layerledger.core import Block, Layer, Network, TensorSpec, analyze, edits
from layerledger.core.analysis.choices import choices_at, scope_at
from layerledger.core.analysis.node_result import Unresolved
from layerledger.core.analysis.wiring import Scope, implicit_inputs, implicit_reference
from layerledger.core.network.paths import walk


def net(*layers, inputs=(IMAGE,)):
    return Network(inputs=inputs, root=Block(name="", layers=layers))


def references(network, path):
    return [reference for reference, _ in choices_at(analyze(network), path)]


@pytest.mark.parametrize(
    ("node", "taken"),
    [
        (Block(name="b"), "xyz"),
        (Layer(name="c", type="Concat"), "xyz"),
        (Layer(name="a", type="Add"), "xyz"),
        (Layer(name="r", type="ReLU"), "x"),
        (Layer(name="p", type="Parameter"), ""),
        (Layer(name="u", type="NoSuchType"), "xyz"),
    ],
)
def test_the_outputs_that_a_node_without_inputs_takes(node, taken):
    assert implicit_inputs(node, tuple("xyz")) == tuple(taken)


def test_names_mean_the_nearest_earlier_sibling_then_the_network_s_inputs():
    later = conv("image")
    scope = Scope(("in",), {"image": ("i",), "other": ("o",)}, [conv("a"), conv("a"), later])
    scope.add("a", ("first",))
    scope.add("a", ("second", "third"))
    assert scope.resolve("a:1") == (("second", "third"), "a", 1)
    assert scope.find("input") == ("in",)
    assert scope.find("other") == ("o",)
    assert scope.find("image") is None  # hidden by the sibling that comes later
    assert scope.last == ("second", "third")
    with pytest.raises(ValueError, match="a:b"):
        scope.resolve("a:b")


def test_the_reference_to_what_comes_before():
    assert [implicit_reference((conv("a"), conv("b")), i) for i in range(3)] == ["input", "a", "b"]


@given(built_networks(wrong=True), st.data())
def test_each_choice_leads_somewhere(network, data):
    path = data.draw(st.sampled_from([path for path, _ in walk(network.root)]))
    found = references(network, path)
    assert len(set(found)) == len(found)
    for reference in found:
        result = analyze(edits.set_inputs(network, path, [reference]))
        here = [p.message for p in result.problems if p.at == path and p.param == "inputs"]
        assert not [m for m in here if m.startswith((f'"{reference}"', "unknown layer or input"))]


@given(built_networks(), st.data())
def test_the_scope_names_the_tensor_that_the_engine_takes(network, data):
    path = data.draw(st.sampled_from([path for path, _ in walk(network.root)]))
    before = analyze(network)
    reference, tensor = data.draw(st.sampled_from(list(choices_at(before, path))))
    assume(isinstance(tensor, TensorSpec))
    after = analyze(edits.set_inputs(network, path, [reference])).at(path)
    assert after is None or after.inputs in ((tensor,), (Unresolved(after.node.name),))


def test_choices_come_nearest_first():
    block = Block(name="s", layers=(conv("x"), conv("y")), outputs=("x", "y"))
    outer = Block(name="t", layers=(block, conv("image")), inputs=("a", "input"))
    network = net(conv("a"), outer, inputs=(IMAGE, OTHER))
    assert references(network, (1,)) == ["a", "input", "input:1", "image", "other"]
    assert references(network, (1, 1)) == ["s", "s:1", "input", "input:1", "other"]
    assert references(network, (1, 0, 0)) == ["input", "input:1", "image", "other"]


def test_a_pass_is_surely_entered_by_as_many_tensors_as_the_one_before_returns():
    twice = Block(name="s", repeat=2, layers=(conv("x"),), inputs=("a", "image"))
    assert references(net(conv("a"), twice), (1, 0)) == ["input", "image"]


def test_an_unknown_node_has_one_output_to_choose():
    scope = scope_at(analyze(net(Layer(name="odd", type="NoSuchType"), conv("b"))), (1,))
    assert scope.find("odd") == (Unresolved("odd"),)
