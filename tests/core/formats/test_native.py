"""The `.layers` file: what is written is read back, and what cannot be read is said in one sentence with its place."""

import json
import sys
from dataclasses import replace
from types import MappingProxyType

import pytest
from core_samples import PRODUCT_EXAMPLE, checked_sentence
from hypothesis import given
from hypothesis import strategies as st
from network_strategies import any_networks

from layerledger.core.base.json_reader import MAX_NESTING
from layerledger.core.formats import FormatError, native
from layerledger.core.network.nodes import MAX_DEPTH, MAX_LAYERS, Block, Layer, Network, NetworkInput


def document(**changes):
    """Return the text of a small document with some keys of it replaced."""
    top = {"format": "layerledger", "version": 1, "name": "n", "inputs": [], "layers": []}
    return json.dumps({**top, **changes})


def message(text):
    """Return the sentence by which `text` is refused, having looked at its form."""
    with pytest.raises(FormatError) as caught:
        native.read(text)
    return checked_sentence(str(caught.value))


# -- what is written is read back


@given(any_networks)
def test_round_trip_is_the_identity(network):
    text = native.write(network)
    assert repr(native.read(text)) == repr(network)
    assert native.write(native.read(text)) == text


@given(any_networks)
def test_what_is_read_again_from_any_other_writer_of_json_is_the_same(network):
    assert repr(native.read(json.dumps(json.loads(native.write(network))))) == repr(network)


def test_example_of_the_documentation():
    network = native.read(PRODUCT_EXAMPLE)
    assert network.name == "tiny"
    assert [i.shape for i in network.inputs] == [(1, 3, 32, 32)]
    assert [node.name for node in network.layers] == ["conv1", "bn1", "relu1", "stage1", "pool", "flatten", "fc"]
    stage = network.layers[3]
    assert isinstance(stage, Block)
    assert stage.repeat == 2
    assert stage.layers[2].inputs == ("relu", "input")
    assert json.loads(native.write(network)) == json.loads(PRODUCT_EXAMPLE)


def test_a_layer_is_a_line_and_so_is_its_difference():
    network = native.read(PRODUCT_EXAMPLE)
    lines = native.write(network).splitlines()
    assert '    {"name": "bn1", "type": "BatchNorm2d"},' in lines
    assert '        {"name": "relu", "type": "ReLU"},' in lines
    layers = (*network.layers[:2], replace(network.layers[2], name="act"), *network.layers[3:])
    changed = native.write(replace(network, root=replace(network.root, layers=layers))).splitlines()
    assert len(changed) == len(lines)
    assert sum(a != b for a, b in zip(lines, changed, strict=True)) == 1


def test_defaults_are_left_out():
    network = Network(inputs=(), root=Block(name="", layers=(Layer(name="a", type="ReLU"), Block(name="b"))))
    assert json.loads(native.write(network))["layers"] == [
        {"name": "a", "type": "ReLU"},
        {"name": "b", "type": "Block", "layers": []},
    ]


def test_keys_that_are_not_known_survive_at_every_level():
    text = document(
        author={"name": "A", "years": [1, 2.5, None]},
        inputs=[{"name": "image", "shape": [1], "dtype": "float32", "note": "x"}],
        layers=[
            {"name": "a", "type": "Conv9d", "params": {"q": {"deep": [1, [2]]}}, "colour": "red"},
            {"name": "b", "type": "Block", "layers": [{"name": "c", "type": "ReLU", "tag": False}], "folded": True},
        ],
    )
    assert json.loads(native.write(native.read(text))) == json.loads(text)


@pytest.mark.parametrize("start", ["", "\ufeff", "\n\n  ", "\ufeff \t"])
def test_a_byte_order_mark_and_space_are_accepted(start):
    assert native.read(start + PRODUCT_EXAMPLE).name == "tiny"


def test_what_is_read_cannot_be_changed():
    network = native.read(document(layers=[{"name": "a", "type": "X", "params": {"k": {"l": [1]}}}]))
    assert isinstance(network.layers[0], Layer)
    with pytest.raises(TypeError):
        network.layers[0].params["k"] = 1
    assert network.layers[0].params["k"] == MappingProxyType({"l": (1,)})


# -- wrong in content: it opens


@pytest.mark.parametrize(
    "layer",
    [
        {"name": "", "type": ""},
        {"name": "input", "type": "NoSuchType", "inputs": ["nowhere", ":", "a:b:c", ""], "tied_to": ""},
        {"name": "b", "type": "Block", "repeat": 0, "layers": []},
        {"name": "b", "type": "Block", "repeat": -(10**40), "layers": [], "outputs": ["x"]},
        {"name": "a", "type": "Conv2d", "params": {"kernel_size": {"not": ["a", "size"]}, "no_such": None}},
        {"name": "a", "type": "ReLU", "layers": 3, "repeat": "twice"},
    ],
)
def test_what_is_wrong_in_content_opens(layer):
    text = document(layers=[layer, layer], inputs=[{"name": "x", "shape": [-1, 10**50], "dtype": "float3"}] * 2)
    assert json.loads(native.write(native.read(text)))["layers"] == json.loads(text)["layers"]


# -- not readable: one sentence


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "empty"),
        ("  \n", "empty"),
        ("\ufeff", "empty"),
        ("hello", "line 1, column 1: this is not JSON"),
        ('{"format": "layerledger",\n "version" 1}', "line 2, column 12: this is not JSON"),
        (PRODUCT_EXAMPLE[:-1], "this is not JSON"),
        (PRODUCT_EXAMPLE + "}", "this is not JSON"),
        ("[]", "the file must be an object {…}; got an array"),
        ("3", "the file must be an object {…}; got 3"),
        ('"x"', "the file must be an object"),
        ("null", "the file must be an object {…}; got none"),
        ("{}", '"format" must be "layerledger"'),
        ('{"format": "onnx"}', 'this is not a LayerLedger file: "format" must be "layerledger"; got "onnx"'),
        ('{"format": ["layerledger"]}', "got an array"),
        ('{"format": "layerledger"}', '"version" must be 1'),
        (document(version=2), "format version 2, from a newer LayerLedger; this one reads up to 1"),
        (document(version=0), '"version" must be 1; got 0'),
        (document(version="1"), '"version" must be 1; got "1"'),
        (document(version=True), '"version" must be 1; got true'),
        (document(version=1.0), '"version" must be 1; got 1.0'),
        ('{"format": "layerledger", "version": 1, "version": 1}', 'duplicate key "version" in one object; remove one'),
        ('{"format": "layerledger", "version": 1, "x": {"a": {"b": 1, "b": 2}}}', 'duplicate key "b"'),
        ('{"format": "layerledger", "version": 1, "x": NaN}', "NaN is not JSON; a number must be finite"),
        ('{"format": "layerledger", "version": 1, "x": -Infinity}', "-Infinity is not JSON"),
        ('{"format": "layerledger", "version": 1, "x": 1e999}', "the number 1e999 is too large"),
        (f'{{"format": "layerledger", "version": 1{"0" * 5000}}}', "more digits than can be read"),
        (f'{{"format": "layerledger", "version": 1{"0" * 100}}}', "from a newer LayerLedger"),
    ],
)
def test_what_is_no_document(text, words):
    assert words in message(text)


ANYTHING_BUT = {
    "text": [3, 2.5, True, None, [], {}, ["a"]],
    "integer": ["3", 2.0, True, None, [], {}],
    "boolean": ["true", 1, 0, None, [], {}],
    "array": ["x", 3, True, None, {}],
    "object": ["x", 3, True, None, [], [1]],
}
_LAYER = {"name": "a", "type": "ReLU"}
_BLOCK = {"name": "a", "type": "Block", "layers": []}
_INPUT = {"name": "x", "shape": [1]}
PLACES = [
    ("name", "text", lambda v: {"name": v}),
    ("inputs", "array", lambda v: {"inputs": v}),
    ("layers", "array", lambda v: {"layers": v}),
    ("outputs", "array", lambda v: {"outputs": v}),
    ("outputs[1]", "text", lambda v: {"outputs": ["a", v]}),
    ("inputs[0]", "object", lambda v: {"inputs": [v]}),
    ("inputs[1].name", "text", lambda v: {"inputs": [_INPUT, {**_INPUT, "name": v}]}),
    ("inputs[0].dtype", "text", lambda v: {"inputs": [{**_INPUT, "dtype": v}]}),
    ("inputs[0].shape", "array", lambda v: {"inputs": [{**_INPUT, "shape": v}]}),
    ("inputs[0].shape[2]", "integer", lambda v: {"inputs": [{**_INPUT, "shape": [1, 2, v]}]}),
    ("layers[3]", "object", lambda v: {"layers": [_LAYER, _LAYER, _LAYER, v]}),
    ("layers[0].name", "text", lambda v: {"layers": [{**_LAYER, "name": v}]}),
    ("layers[0].type", "text", lambda v: {"layers": [{**_LAYER, "type": v}]}),
    ("layers[0].params", "object", lambda v: {"layers": [{**_LAYER, "params": v}]}),
    ("layers[0].inputs", "array", lambda v: {"layers": [{**_LAYER, "inputs": v}]}),
    ("layers[0].inputs[1]", "text", lambda v: {"layers": [{**_LAYER, "inputs": ["a", v]}]}),
    ("layers[0].tied_to", "text", lambda v: {"layers": [{**_LAYER, "tied_to": v}]}),
    ("layers[0].repeat", "integer", lambda v: {"layers": [{**_BLOCK, "repeat": v}]}),
    ("layers[0].share_weights", "boolean", lambda v: {"layers": [{**_BLOCK, "share_weights": v}]}),
    ("layers[0].inputs", "array", lambda v: {"layers": [{**_BLOCK, "inputs": v}]}),
    ("layers[0].outputs", "array", lambda v: {"layers": [{**_BLOCK, "outputs": v}]}),
    ("layers[0].outputs[0]", "text", lambda v: {"layers": [{**_BLOCK, "outputs": [v]}]}),
    ("layers[0].tied_to", "text", lambda v: {"layers": [{**_BLOCK, "tied_to": v}]}),
    ("layers[0].layers", "array", lambda v: {"layers": [{**_BLOCK, "layers": v}]}),
    ("layers[0].layers[0].type", "text", lambda v: {"layers": [{**_BLOCK, "layers": [{**_LAYER, "type": v}]}]}),
]


@pytest.mark.parametrize(("place", "kind", "make"), PLACES, ids=[f"{place}-{kind}" for place, kind, _ in PLACES])
def test_a_wrong_type_at_a_key_names_the_place(place, kind, make):
    for value in ANYTHING_BUT[kind]:
        assert message(document(**make(value))).startswith(f"{place} must be "), value


@pytest.mark.parametrize(
    ("place", "key", "content"),
    [
        ("layers[0]", "name", {"layers": [{"type": "ReLU"}]}),
        ("layers[1]", "type", {"layers": [_LAYER, {"name": "a"}]}),
        ("layers[0].layers[0]", "type", {"layers": [{**_BLOCK, "layers": [{"name": "a"}]}]}),
        ("inputs[0]", "name", {"inputs": [{"shape": []}]}),
        ("inputs[0]", "shape", {"inputs": [{"name": "x"}]}),
    ],
)
def test_a_missing_key_names_the_place(place, key, content):
    assert message(document(**content)) == f'{place}: the key "{key}" is missing'


@pytest.mark.parametrize(
    ("place", "content"),
    [
        ("name", {"name": "\ud800"}),
        ("layers[0].name", {"layers": [{"name": "a\udfff", "type": "ReLU"}]}),
        ("layers[0].params.x[0]", {"layers": [{**_LAYER, "params": {"x": ["\ud83d"]}}]}),
        ("layers[0].params", {"layers": [{**_LAYER, "params": {"\ud800": 1}}]}),
        ("layers[0].note", {"layers": [{**_LAYER, "note": "\ud800"}]}),
        ("the file.x", {"x": {"\ud800": 1}}),
        ("inputs[0].shape[0]", {"inputs": [{"name": "x", "shape": ["\ud800"]}]}),
    ],
)
def test_half_a_character_names_the_place(place, content):
    assert message(document(**content)).startswith(place)


def test_a_pair_of_surrogates_is_a_character():
    text = '{"format": "layerledger", "version": 1, "name": "\\ud83d\\ude00"}'
    assert native.read(text).name == "😀"


@pytest.mark.parametrize("unit", ["[", '{"a":', '{"layers":[', '{"a":[{"b":'])
@pytest.mark.parametrize("depth", [50, 400, 990, 5_000, 100_000])
def test_deep_nesting_is_a_sentence(unit, depth):
    message(unit * depth)
    closing = "".join({"[": "]", "{": "}"}[c] for c in reversed(unit) if c in "[{")
    for place in ("name", "inputs", "layers", "x"):
        head = '{"format": "layerledger", "version": 1, "' + place + '": '
        message(head + unit * depth + "1" + closing * depth + "}")


def test_kept_values_nest_to_a_limit():
    def nested(depth):
        return document(x=json.loads("[" * depth + "]" * depth))

    assert json.loads(native.write(native.read(nested(MAX_NESTING)))) == json.loads(nested(MAX_NESTING))
    assert "nested more than" in message(nested(MAX_NESTING + 2))


def _tower(depth):
    node = Layer(name="a", type="ReLU")
    for _ in range(depth):
        node = Block(name="b", layers=(node,))
    return Network(root=Block(name="", layers=(node,)))


def test_blocks_nest_to_a_limit_both_ways():
    text = native.write(_tower(MAX_DEPTH))
    assert repr(native.read(text)) == repr(_tower(MAX_DEPTH))
    deeper = json.dumps(json.loads(text)).replace('"type": "ReLU"', '"type": "Block"')
    assert "nested more than 32 deep" in message(deeper)
    with pytest.raises(FormatError, match="nested 33 deep; at most 32"):
        native.write(_tower(MAX_DEPTH + 1))
    with pytest.raises(FormatError, match="nested 5000 deep; at most 32"):
        native.write(_tower(5_000))


@pytest.mark.timeout(30)
def test_layers_are_limited_both_ways_and_quickly():
    text = document(layers=[_LAYER] * (MAX_LAYERS + 1))
    assert "100,001 layers and blocks; at most 100,000 fit" in message(text)
    with pytest.raises(FormatError, match="100,001 layers and blocks"):
        native.write(Network(root=Block(name="", layers=(Layer(name="a", type="ReLU"),) * (MAX_LAYERS + 1))))


def test_hundred_thousand_layers_are_read_and_written():
    network = Network(root=Block(name="", layers=(Layer(name="a", type="ReLU"),) * MAX_LAYERS))
    assert len(native.read(native.write(network)).layers) == MAX_LAYERS


@pytest.mark.timeout(30)
def test_a_huge_text_is_refused_at_once():
    assert "at most 32 MiB" in message(" " * (native.MAX_FILE_BYTES + 1))


@pytest.mark.timeout(30)
def test_a_key_given_twice_among_very_many_is_found_quickly():
    keys = ", ".join(f'"k{i}": 0' for i in range(200_000))
    assert 'duplicate key "k199999"' in message(f'{{{keys}, "k199999": 1}}')


# -- whatever comes


@given(st.text() | st.binary().map(lambda b: b.decode("latin-1")))
def test_reading_anything_is_a_network_or_a_sentence(text):
    _only_a_format_error(text)


def _only_a_format_error(text):
    try:
        native.read(text)
    except FormatError as error:
        checked_sentence(str(error))


@given(any_networks, st.data())
def test_reading_a_damaged_document_is_a_network_or_a_sentence(network, data):
    text = native.write(network)
    for _ in range(data.draw(st.integers(1, 4))):
        start = data.draw(st.integers(0, len(text)))
        end = min(len(text), start + data.draw(st.integers(0, 5)))
        piece = data.draw(
            st.sampled_from(["", '"', "{", "}", "[", "]", ",", ":", "null", "1e9", "\\ud800", "-"])
            | st.text(max_size=3)
        )
        text = text[:start] + piece + text[end:]
    _only_a_format_error(text)


@given(any_networks, st.data())
def test_reading_a_document_with_values_swapped_is_a_network_or_a_sentence(network, data):
    top = json.loads(native.write(network))
    containers = [top]
    for found in containers:
        below = found.values() if isinstance(found, dict) else found
        containers += [value for value in below if isinstance(value, dict | list)]
    filled = [container for container in containers if container]
    for _ in range(data.draw(st.integers(1, 3))):
        container = data.draw(st.sampled_from(filled))
        keys = list(container) if isinstance(container, dict) else range(len(container))
        container[data.draw(st.sampled_from(keys))] = data.draw(
            st.sampled_from([None, True, 0, -1, 1.5, "", "x", [], {}, [[]], {"a": {}}, "\ud800", 10**400])
        )
    _only_a_format_error(json.dumps(top))


# -- what cannot be written


@pytest.mark.parametrize(
    ("network", "words"),
    [
        (Network(name="\ud800"), "name contains an unpaired surrogate"),
        (Network(inputs=(NetworkInput(name="\udc00", shape=()),)), "inputs[0].name contains an unpaired surrogate"),
        (
            Network(root=Block(name="", layers=(Layer(name="a", type="X", params={"k": float("nan")}),))),
            "layers[0].params.k contains a value that cannot be saved",
        ),
        (
            Network(root=Block(name="", layers=(Layer(name="a", type="X", params={"k": (1, float("inf"))}),))),
            "layers[0].params.k[1] contains a value that cannot be saved",
        ),
        (
            Network(root=Block(name="", layers=(Layer(name="a", type="X", params={"k\ud800": 1}),))),
            "layers[0].params contains an unpaired surrogate",
        ),
        (
            Network(root=Block(name="", layers=(Layer(name="a", type="X", params={"k": 10**5000}),))),
            "layers[0].params.k contains a value that cannot be saved",
        ),
        (
            Network(root=Block(name="", layers=(Layer(name="a", type="X", params={"k": {1, 2}}),))),
            "layers[0].params.k contains a value that cannot be saved",
        ),
        (Network(name="x" * (native.MAX_FILE_BYTES + 1)), "larger than 32 MiB"),
    ],
)
def test_what_no_file_can_hold_is_said_before_anything_is_written(network, words):
    with pytest.raises(FormatError) as caught:
        native.write(network)
    assert words in checked_sentence(str(caught.value))


def test_values_nested_past_all_bounds_cannot_be_written():
    value = ()
    for _ in range(sys.getrecursionlimit() + 10):
        value = (value,)
    with pytest.raises(FormatError):
        native.write(Network(extra={"x": value}))


def test_known_keys_win_over_kept_ones_of_their_name():
    network = Network(root=Block(name="", layers=(Layer(name="a", type="X", extra={"name": "b", "q": 1}),)))
    assert native.read(native.write(network)).layers[0].name == "a"


@pytest.mark.parametrize("count", [10_000])
@pytest.mark.timeout(30)
def test_large_networks_are_read_and_written_quickly(count):
    layer = Layer(name="conv", type="Conv2d", params={"out_channels": 16, "kernel_size": 3, "padding": 1})
    network = Network(root=Block(name="", layers=(layer,) * count))
    native.read(native.write(network))
