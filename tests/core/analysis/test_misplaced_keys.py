"""Unknown keys: a warning for those that mean something elsewhere, silence for all others, and all of them are kept."""

import json

import pytest

from layerledger.core import analyze
from layerledger.core.analysis.misplaced_keys import misplaced_keys
from layerledger.core.formats.native import FORMAT, read, write
from layerledger.core.library.templates.templates import load_template, template_ids
from layerledger.core.network.paths import walk


def file(*, layer=None, block=None, given=None, **network):
    """Return the text of a network with keys added to its layer, block, input, or to itself."""
    conv = {"name": "conv", "type": "Conv2d", "params": {"out_channels": 3, "kernel_size": 1}, **(layer or {})}
    inner = {"name": "stage", "type": "Block", "layers": [conv], **(block or {})}
    entering = {"name": "x", "shape": [1, 3, 8, 8], "dtype": "float32", **(given or {})}
    return json.dumps({"format": FORMAT, "version": 1, "name": "n", "inputs": [entering], "layers": [inner], **network})


def warnings(text):
    network = read(text)
    kept = json.loads(write(network))
    assert kept == json.loads(text)
    result = analyze(network)
    assert result.ok
    return [(problem.path, problem.at, problem.param, problem.message) for problem in result.problems]


def only(text):
    (found,) = warnings(text)
    return found


@pytest.mark.parametrize(
    ("key", "value", "meant"),
    [
        ("requires_grad", False, "trainable"),
        ("frozen", True, "trainable"),
        ("freeze", True, "trainable"),
        ("Trainable", False, "trainable"),
        ("dtype", "float16", "dtypes"),
        ("precision", "int8", "dtypes"),
        ("weights", "int8", "dtypes"),
        ("input", "x", "inputs"),
        ("name_", "y", "name"),
        ("parameters", {}, "params"),
        ("tied", "conv", "tied_to"),
    ],
)
def test_other_words_for_the_keys_of_a_layer(key, value, meant):
    path, at, param, message = only(file(layer={key: value}))
    assert (path, at, param) == ("stage.conv", (0, 0), key)
    assert message == f'the key "{key}" is kept in the file, but not used; did you mean "{meant}"?'


@pytest.mark.parametrize(
    ("key", "value", "meant"),
    [
        ("requires_grad", False, "trainable"),
        ("repeats", 3, "repeat"),
        ("times", 3, "repeat"),
        ("input", "x", "inputs"),
        ("output", "conv", "outputs"),
        ("shared_weights", True, "share_weights"),
    ],
)
def test_other_words_for_the_keys_of_a_block(key, value, meant):
    path, at, param, message = only(file(block={key: value}))
    assert (path, at, param) == ("stage", (0,), key)
    assert f'did you mean "{meant}"?' in message


def test_other_words_for_the_keys_of_a_network_and_its_inputs():
    assert 'did you mean "outputs"?' in only(file(output=["stage"]))[3]
    assert 'did you mean "dtypes"?' in only(file(precision="int8"))[3]
    assert 'did you mean "budgets"?' in only(file(budget={}))[3]
    path, _, param, message = only(file(given={"size": [1]}))
    assert (path, param) == ("x", "size")
    assert 'did you mean "shape"?' in message


def test_a_parameter_beside_params():
    _, _, param, message = only(file(layer={"groups": 3}))
    assert param == "groups"
    assert "Conv2d has a parameter of that name: write it into params" in message


def test_keys_in_the_wrong_place_name_the_right_one():
    assert only(file(layer={"repeat": 3}))[3] == 'the key "repeat" has no effect on a layer; it belongs to blocks'
    assert only(file(layer={"times": 3}))[3].endswith('it belongs to blocks, where it is called "repeat"')
    assert only(file(block={"dtypes": {"weights": "int8"}}))[3].endswith("it belongs to the layers in it")
    assert only(file(block={"dtype": "int8"}))[3].endswith('the layers in it, where it is called "dtypes"')
    assert only(file(trainable=False))[3].endswith("it belongs to layers and blocks")
    assert only(file(frozen=True))[3].endswith('layers and blocks, where it is called "trainable"')
    assert "applies no activation function; add one as a layer" in only(file(layer={"activation": "relu"}))[3]


@pytest.mark.parametrize("key", ["comment", "x-colour", "position", "padding_note", "author", "note"])
def test_keys_that_mean_nothing_are_kept_without_a_word(key):
    assert warnings(file(layer={key: 1}, block={key: 1}, given={key: 1}, **{key: 1})) == []
    assert warnings(file(layer={"requires_grad": None}, block={"frozen": None})) == []


def test_no_template_has_such_a_key():
    for name in template_ids():
        network = load_template(name)
        assert not list(misplaced_keys(network, [path for path, _ in walk(network.root)])), name
