"""Known keys of a file have fields of their own; `extra` holds unknown ones, whoever makes a node."""

import json
from dataclasses import replace

import pytest

from layerledger.core.analysis import analyze
from layerledger.core.base.frozen_map import FrozenMap
from layerledger.core.formats import native
from layerledger.core.network.nodes import METADATA_KEYS, NO_VALUES, Layer, Network

NETWORK = {
    **{key: key.upper() for key in METADATA_KEYS[:-1]},
    "tool_notes": {"thop": {"total": 1, "note": "why"}},
    "published": {"params": 3},
    "dtypes": {"weights": "int4"},
    "budgets": {"params": 1},
    "note": "mine",
}
LAYER = {"name": "a", "type": "ReLU", "dtypes": {"weights": "int8"}, "torch": "functional.relu", "note": "mine"}
TOP = {"format": "layerledger", "version": 1, "name": "n", "inputs": [], "layers": [LAYER]}


def text(**keys):
    return json.dumps({**TOP, **keys})


def test_each_known_key_is_read_into_its_field():
    network = native.read(text(**NETWORK))
    assert network.metadata == {key: NETWORK[key] for key in METADATA_KEYS}
    assert (network.stored_dtypes, network.budgets) == (NETWORK["dtypes"], NETWORK["budgets"])
    assert network.tool_notes == NETWORK["tool_notes"]
    assert network.extra == {"note": "mine"}
    layer = network.layers[0]
    assert (layer.stored_dtypes, layer.torch_call, layer.extra) == (
        LAYER["dtypes"],
        LAYER["torch"],
        {"note": "mine"},
    )


def test_each_known_key_is_saved_in_the_order_of_the_format():
    saved = json.loads(native.write(native.read(text(**dict(reversed(NETWORK.items()))))))
    assert list(saved) == [*TOP, *NETWORK]
    assert list(saved["layers"][0]) == list(LAYER)


@pytest.mark.parametrize("key", ["dtypes", "budgets", "tool_notes", "title", "published"])
@pytest.mark.parametrize("value", [None, 3, "int4", [1], {}, {"x": [None]}])
def test_wrong_content_is_kept(key, value):
    assert json.loads(native.write(native.read(text(**{key: value}))))[key] == value


@pytest.mark.parametrize("key", ["dtypes", "torch"])
@pytest.mark.parametrize("value", [None, 3, "int4", [1], {}, {"x": [None]}])
def test_wrong_content_of_a_layer_is_kept(key, value):
    saved = json.loads(native.write(native.read(text(layers=[{**LAYER, key: value}]))))
    assert saved["layers"][0][key] == value


@pytest.mark.parametrize("key", ["dtypes", "budgets"])
@pytest.mark.parametrize("value", [3, [1], {"x": 1}])
def test_wrong_content_is_a_problem_at_its_key(key, value):
    network = native.read(text(layers=[], inputs=[{"name": "x", "shape": [1]}], **{key: value}))
    assert [problem.param for problem in analyze(network).problems] == [key]


def test_known_keys_given_as_extra_are_moved_into_their_fields():
    layer = Layer(name="a", type="ReLU", extra={"dtypes": "int4", "torch": "relu", "note": 1})
    assert (layer.stored_dtypes, layer.torch_call, layer.extra) == ("int4", "relu", {"note": 1})
    network = Network(extra={"budgets": 1, "title": "T"}, metadata=FrozenMap({"year": 2015}))
    assert (network.budgets, network.metadata) == (1, {"year": 2015, "title": "T"})
    assert network.extra is NO_VALUES
    assert replace(network, extra={"budgets": 2}).budgets == 2
