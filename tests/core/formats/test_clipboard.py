"""Copied layers are a document; what is pasted is inserted under names that are free."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from network_strategies import IMAGE, OTHER, add, any_networks, conv

from layerledger.core import Block, FormatError, Network, analyze, edits
from layerledger.core.formats import clipboard, native
from layerledger.core.network.paths import node_at, walk

NETWORK = Network(
    inputs=(IMAGE, OTHER),
    root=Block(name="", layers=(conv("a"), Block(name="s", layers=(conv("x"), add("y", "x", "input"))), conv("b"))),
)


@given(any_networks, st.data())
def test_what_is_copied_is_pasted(network, data):
    paths = [path for path, _ in walk(network.root)]
    chosen = data.draw(st.lists(st.sampled_from(paths), max_size=3)) if paths else []
    nodes = [node_at(network, path) for path in edits.without_descendants(chosen)]
    assert repr(clipboard.paste(clipboard.copy(network, chosen))) == repr(tuple(nodes))
    assert repr(clipboard.paste(clipboard.write(network, nodes))) == repr(tuple(nodes))


def test_the_text_is_a_document_of_its_own():
    text = clipboard.copy(NETWORK, [(1,), (1, 0), (0,)])
    network = native.read(text)
    assert [node.name for node in network.layers] == ["a", "s"]
    assert [given.name for given in network.inputs] == ["image", "other"]
    assert analyze(network).ok


def test_paste_beside_what_was_copied():
    nodes = clipboard.paste(clipboard.copy(NETWORK, [(0,), (1,)]))
    network = edits.insert(NETWORK, (2,), nodes)
    assert [node.name for node in network.layers] == ["a", "s", "a2", "s2", "b"]
    assert analyze(network).ok


@pytest.mark.parametrize("text", ["", "hello", "[]", "{}", json.dumps({"format": "layerledger", "version": 9})])
def test_other_text_is_refused(text):
    with pytest.raises(FormatError):
        clipboard.paste(text)


def test_what_no_text_can_hold_is_refused():
    with pytest.raises(FormatError):
        clipboard.write(NETWORK, [conv("\ud800")])
