"""Edits: pure, sharing what did not change, with references and ties that follow."""

import copy as python_copy
from dataclasses import replace

import pytest
from core_samples import checked_sentence
from hypothesis import assume, given
from hypothesis import strategies as st
from network_strategies import IMAGE, OTHER, add, any_networks, built_networks, conv, edited

from layerledger.core import Block, Layer, Network, NetworkInput, analyze, edits
from layerledger.core.edits import EditError
from layerledger.core.formats import native
from layerledger.core.network.nodes import MAX_DEPTH, MAX_LAYERS
from layerledger.core.network.paths import block_at, dotted, find, node_at, walk


def net(*layers, inputs=(IMAGE,), outputs=()):
    return Network(inputs=inputs, root=Block(name="", layers=layers, outputs=outputs))


def names(network, path=()):
    return [node.name for node in block_at(network, path).layers]


def inputs_of(network):
    """Return the inputs of every node that states some, by dotted name."""
    return {dotted(network, path): node.inputs for path, node in walk(network.root) if node.inputs}


def refusal(edit, *args, **kwargs):
    """Return the sentence by which an edit is refused."""
    with pytest.raises(EditError) as caught:
        edit(*args, **kwargs)
    return checked_sentence(str(caught.value))


RESIDUAL = net(
    conv("a"),
    conv("b"),
    Block(name="s", layers=(conv("x"), add("y", "x", "input")), inputs=("b",)),
    add("c", "a", "s", "image"),
    conv("d", tied_to="s.x"),
    outputs=("d", "a"),
)


# -- what holds for every edit


@given(built_networks(wrong=True) | any_networks, st.data())
def test_edits_are_pure_and_share_what_did_not_change(network, data):
    before = repr(network)
    nodes = [node for _, node in walk(network.root)]
    new = edited(data.draw, network)
    assert repr(network) == before
    assert all(a is b for a, b in zip(nodes, [node for _, node in walk(network.root)], strict=True))
    if repr(new) == before:
        return
    assert new is not network
    same = {id(node) for node in nodes}
    assert all(id(node) in same or node is not None for _, node in walk(new.root))


@given(built_networks(), st.data())
def test_an_edit_that_changes_nothing_is_the_same_network(network, data):
    paths = [path for path, _ in walk(network.root)]
    path = data.draw(st.sampled_from(paths))
    node = node_at(network, path)
    assert edits.set_inputs(network, path, node.inputs) is network
    assert edits.set_tied_to(network, path, node.tied_to) is network
    assert edits.rename(network, path, node.name) is network
    assert edits.move(network, [path], path)[0] is network
    assert edits.move(network, [path], (*path[:-1], path[-1] + 1))[0] is network
    assert edits.remove(network, []) is network
    assert edits.insert(network, path, []) is network
    assert edits.rename_network(network, network.name) is network
    assert edits.set_batch(network, 1) is network
    assert edits.set_float_dtype(network, "float32") is network
    if isinstance(node, Block):
        assert edits.set_repeat(network, path, node.repeat) is network
        assert edits.set_share_weights(network, path, share=node.share_weights) is network
        assert edits.set_outputs(network, path, node.outputs) is network
    else:
        assert all(edits.set_param(network, path, k, v) is network for k, v in node.params.items())
        assert edits.reset_param(network, path, "no_such") is network


@given(built_networks(wrong=True), st.data())
def test_names_stay_unique(network, data):
    assume(not any(p.param == "name" for p in analyze(network).problems))
    paths = [path for path, _ in walk(network.root)]
    path, to = data.draw(st.sampled_from(paths)), data.draw(st.sampled_from(paths))
    for edit in (
        lambda: edits.insert(network, to, [node_at(network, path)] * 3),
        lambda: edits.duplicate(network, [path, to])[0],
        lambda: edits.move(network, [path], to)[0],
        lambda: edits.remove(network, [path]),
    ):
        try:
            new = edit()
        except EditError:
            continue
        assert not any(p.param == "name" for p in analyze(new).problems)


@given(built_networks(wrong=True), st.data())
def test_whatever_is_edited_can_be_saved_and_opened(network, data):
    for _ in range(3):
        network = edited(data.draw, network)
    assert repr(native.read(native.write(network))) == repr(network)


def test_only_the_nodes_on_the_way_are_new():
    new = edits.set_param(RESIDUAL, (2, 0), "bias", False)
    assert [a is b for a, b in zip(RESIDUAL.layers, new.layers, strict=True)] == [True, True, False, True, True]
    assert block_at(new, (2,)).layers[1] is block_at(RESIDUAL, (2,)).layers[1]


# -- one node


@pytest.mark.parametrize(
    ("old", "new"), [(1, True), (1, 1.0), (True, 1), ((1, 1), (1, True)), (2, (2,)), ("1", 1), (None, False), (0.0, 0)]
)
def test_values_that_python_takes_for_equal_are_set(old, new):
    network = net(Layer(name="a", type="Conv2d", params={"bias": old}))
    changed = edits.set_param(network, (0,), "bias", new)
    assert repr(changed.layers[0].params["bias"]) == repr(new)
    assert edits.set_param(changed, (0,), "bias", new) is changed


def test_parameters_keep_their_order_and_are_reset():
    network = net(Layer(name="a", type="Conv2d", params={"out_channels": 1, "bias": True, "stride": 2}))
    assert list(edits.set_param(network, (0,), "bias", False).layers[0].params) == ["out_channels", "bias", "stride"]
    assert list(edits.reset_param(network, (0,), "bias").layers[0].params) == ["out_channels", "stride"]


def test_a_parameter_of_any_size_is_set():
    network = edits.set_param(net(conv("a")), (0,), "out_channels", 10**5000)
    assert edits.set_param(network, (0,), "out_channels", 10**5000) is network


def test_what_a_kind_of_node_has_not():
    block = net(Block(name="s", layers=(conv("x"),)))
    layer = net(conv("a"))
    assert refusal(edits.set_param, block, (0,), "stride", 1) == "s is a block and has no parameters"
    assert refusal(edits.reset_param, block, (0,), "stride") == "s is a block and has no parameters"
    assert refusal(edits.set_type, block, (0,), "ReLU", {}) == "s is a block and has no parameters"
    assert refusal(edits.set_type, layer, (0,), "Block", {}) == "a is a layer; group it to make a block"
    assert refusal(edits.set_repeat, layer, (0,), 2) == "a is a layer; group it to make a block"
    assert refusal(edits.set_share_weights, layer, (0,), share=True)
    assert refusal(edits.set_outputs, layer, (0,), ["a"])


def test_places_that_are_not_there():
    for path in [(7,), (0, 0), (-1,), (2, 5)]:
        with pytest.raises(IndexError):
            edits.set_param(RESIDUAL, path, "bias", 1)
        with pytest.raises(IndexError):
            edits.remove(RESIDUAL, [path])


# -- names


def test_references_follow_a_rename():
    network = edits.rename(RESIDUAL, (0,), "first")
    assert inputs_of(network) == {"s": ("b",), "s.y": ("x", "input"), "c": ("first", "s", "image")}
    assert network.root.outputs == ("d", "first")
    network = edits.rename(network, (2,), "stage")
    assert inputs_of(network)["c"] == ("first", "stage", "image")
    assert network.layers[4].tied_to == "stage.x"
    network = edits.rename(network, (2, 0), "conv")
    assert inputs_of(network)["stage.y"] == ("conv", "input")
    assert network.layers[4].tied_to == "stage.conv"
    assert analyze(network).totals == analyze(RESIDUAL).totals
    assert analyze(network).ok


def test_numbers_of_outputs_stay_on_a_rename():
    block = Block(name="s", layers=(conv("x"), conv("y")), outputs=("y", "x:0"))
    network = edits.rename(net(block, add("z", "s:1", "s", "s:9", "s:q", "st:1")), (0,), "t")
    assert inputs_of(network)["z"] == ("t:1", "t", "t:9", "t:q", "st:1")
    network = edits.rename(network, (0, 0), "v")
    assert network.layers[0].outputs == ("y", "v:0")


def test_a_name_in_another_block_is_another_name():
    inner = Block(name="s", layers=(conv("a"), conv("b", inputs=("a",), tied_to="a")))
    network = edits.rename(net(conv("a"), inner), (0,), "first")
    assert inputs_of(network) == {"s.b": ("a",)}
    assert network.layers[1].layers[1].tied_to == "first"


def test_ties_to_what_only_begins_alike_stay():
    network = net(Block(name="s", layers=(conv("x"),)), conv("s2"), conv("b", tied_to="s2"), conv("c", tied_to="s.x"))
    network = edits.rename(network, (0,), "t")
    assert [node.tied_to for node in network.layers[2:]] == ["s2", "t.x"]


@pytest.mark.parametrize("name", ["", "  ", "a.b", "a:b", ".", ":", "b", "input", "image", "a\nb", "\x00", "\ud800"])
def test_names_that_cannot_be(name):
    assert refusal(edits.rename, net(conv("a"), conv("b")), (0,), name)


@pytest.mark.parametrize("name", [" new ", "a b", "层1", "👩‍🔬", "é", "a/b", "A", "0", "-1", "=1+1"])
def test_names_that_can_be(name):
    network = edits.rename(net(conv("a"), conv("b", inputs=("a",))), (0,), name)
    assert network.layers[0].name == name.strip()
    assert network.layers[1].inputs == (name.strip(),)


def test_the_networks_input_is_not_hidden_by_a_rename():
    network = net(Block(name="s", layers=(conv("x"), conv("y", inputs=("image",)))))
    assert refusal(edits.rename, network, (0, 0), "image") == '"image" is the name of the network\'s input'


def test_one_of_two_twins_is_renamed_alone():
    network = net(conv("a"), conv("a"), conv("b", inputs=("a",), tied_to="a"))
    second = edits.rename(network, (1,), "c")
    assert names(second) == ["a", "c", "b"]
    assert (second.layers[2].inputs, second.layers[2].tied_to) == (("a",), "a")
    first = edits.rename(network, (0,), "c")
    assert (first.layers[2].inputs, first.layers[2].tied_to) == (("a",), "c")


@given(built_networks(), st.data())
def test_renaming_changes_nothing_that_is_counted(network, data):
    path = data.draw(st.sampled_from([path for path, _ in walk(network.root)]))
    name = data.draw(st.sampled_from(["fresh", "a", "b", "other", "block"]))
    try:
        new = edits.rename(network, path, name)
    except EditError:
        return
    before, after = analyze(network), analyze(new)
    assert before.totals == after.totals
    assert [(p.severity, p.at, p.param) for p in before.problems] == [
        (p.severity, p.at, p.param) for p in after.problems
    ]
    back = edits.rename(new, path, node_at(network, path).name)
    assert repr(back) == repr(network)


@pytest.mark.parametrize(
    ("wanted", "taken", "name"),
    [
        ("conv", [], "conv"),
        ("conv", ["conv"], "conv2"),
        ("conv", ["conv", "conv2"], "conv3"),
        ("conv2", ["conv2"], "conv3"),
        ("conv9", ["conv9", "conv10"], "conv11"),
        ("input", [], "input2"),
        ("7", ["7"], "7_2"),
        ("a" + "9" * 5000, ["a" + "9" * 5000], "a" + "9" * 5000 + "_2"),
        ("", [""], "_2"),
        ("conv²", ["conv²"], "conv²2"),
    ],
)
def test_free_names(wanted, taken, name):
    assert edits.free_name(wanted, taken) == name


# -- the network's inputs


def test_references_follow_an_inputs_name():
    inner = Block(name="s", layers=(conv("photo"), add("y", "image", "photo", "image:0")))
    hiding = Block(
        name="t",
        layers=(conv("image"), add("y", "image", "input"), Block(name="u", layers=(add("z", "image", "input"),))),
    )
    network = net(conv("a"), inner, hiding, add("b", "image", "input"), outputs=("b", "image"))
    new = edits.set_input(network, 0, name="picture")
    assert inputs_of(new) == {
        "s.y": ("picture", "photo", "picture:0"),
        "t.y": ("image", "input"),
        "t.u.z": ("picture", "input"),
        "b": ("picture", "input"),
    }
    assert new.root.outputs == ("b", "picture")
    assert analyze(new).totals == analyze(network).totals


@pytest.mark.parametrize("name", ["a", "x", "input", "other", "a.b", "q:1", "  \n"])
def test_names_that_an_input_cannot_have(name):
    network = net(conv("a"), Block(name="s", layers=(conv("x"), conv("y", inputs=("image",)))), inputs=(IMAGE, OTHER))
    assert refusal(edits.set_input, network, 0, name=name)


def test_an_input_without_a_new_name_keeps_its_own():
    assert edits.set_input(net(), 0, name="") is not None
    assert edits.set_input(net(), 0, name="").inputs[0].name == "image"


def test_batch_and_dtype_of_all_inputs():
    scalar = NetworkInput(name="t", shape=())
    numbers = NetworkInput(name="ids", shape=(1, 9), dtype="int64")
    unknown = NetworkInput(name="u", shape=(1,), dtype="float7")
    network = edits.set_float_dtype(edits.set_batch(net(inputs=(IMAGE, scalar, numbers, unknown)), 8), "float16")
    assert [(i.shape, i.dtype) for i in network.inputs] == [
        ((8, 4, 6, 6), "float16"),
        ((), "float16"),
        ((8, 9), "int64"),
        ((8,), "float16"),
    ]


def test_an_input_is_added_under_a_name_of_its_own():
    network = edits.add_input(edits.add_input(net(conv("image2")), IMAGE), IMAGE)
    assert [i.name for i in network.inputs] == ["image", "image3", "image4"]
    assert analyze(network).ok


def test_references_by_number_follow_a_removed_input():
    third = replace(OTHER, name="third")
    inner = Block(name="s", layers=(add("y", "input", "input:1"),), inputs=("input", "input:2"))
    network = net(conv("a", inputs=("input:1",)), inner, add("b", "input:2", "third"), inputs=(IMAGE, OTHER, third))
    new = edits.remove_input(network, 1)
    assert inputs_of(new) == {
        "a": ("other",),
        "s": ("input", "input:1"),
        "s.y": ("input", "input:1"),
        "b": ("input:1", "third"),
    }
    assert [(p.path, p.severity) for p in analyze(new).problems] == [("a", "error")]


# -- insert, duplicate


def test_inserted_names_are_numbered_and_references_among_them_follow():
    network = edits.insert(net(conv("a"), conv("b")), (1,), [conv("a"), add("c", "a", "b", "image")])
    assert names(network) == ["a", "a2", "c", "b"]
    assert inputs_of(network) == {"c": ("a2", "b", "image")}


def test_an_inserted_name_does_not_hide_the_networks_input():
    network = edits.insert(net(Block(name="s", layers=(conv("y", inputs=("image",)),))), (0, 0), [conv("image")])
    assert names(network, (0,)) == ["image2", "y"]
    assert analyze(network).ok


def test_insert_into_an_empty_block_and_at_the_end():
    network = edits.insert(net(Block(name="s")), (0, 0), [conv("x")])
    assert analyze(edits.insert(network, (1,), [conv("y")])).ok


def test_duplicates_refer_among_themselves():
    network = net(conv("a"), conv("b"), add("c", "b", "a"), conv("d", tied_to="b"))
    new, at = edits.duplicate(network, [(1,), (2,), (3,)])
    assert at == [(4,), (5,), (6,)]
    assert names(new) == ["a", "b", "c", "d", "b2", "c2", "d2"]
    assert inputs_of(new) == {"c": ("b", "a"), "c2": ("b2", "a")}
    assert [node.tied_to for node in new.layers] == [None, None, None, "b", None, None, "b2"]
    assert analyze(new).ok


def test_duplicates_are_nodes_of_their_own():
    network = net(Block(name="s", layers=(conv("x"), conv("y", tied_to="s.x"))))
    new, _ = edits.duplicate(network, [(0,)])
    nodes = [id(node) for _, node in walk(new.root)]
    assert len(set(nodes)) == len(nodes)
    assert new.layers[1].layers[1].tied_to == "s2.x"


def test_duplicates_from_several_blocks_come_after_the_last():
    network = net(conv("a"), Block(name="s", layers=(conv("x"), conv("y"))))
    new, at = edits.duplicate(network, [(0,), (1, 0)])
    assert at == [(1, 1), (1, 2)]
    assert names(new, (1,)) == ["x", "a", "x2", "y"]


def test_nothing_to_duplicate():
    assert refusal(edits.duplicate, RESIDUAL, []) == "select a layer first"


def test_growth_is_limited_to_what_a_file_can_hold():
    def tower(depth):
        node = conv("a")
        for _ in range(depth):
            node = Block(name="b", layers=(node,))
        return node

    edits.insert(net(), (0,), [tower(MAX_DEPTH)])
    assert "nested 32 deep" in refusal(edits.insert, net(), (0,), [tower(MAX_DEPTH + 1)])
    network = net(tower(20), tower(20))
    assert "nested 32 deep" in refusal(edits.move, network, [(0,)], (1, *[0] * 19, 0))
    layers = [conv("a")] * (MAX_LAYERS - 1)
    full = edits.insert(net(conv("z")), (0,), layers)
    assert len(set(names(full))) == MAX_LAYERS
    assert "at most 100,000 fit" in refusal(edits.duplicate, full, [(0,)])


# -- remove


def test_what_referred_to_a_removed_node_refers_to_what_fed_it():
    new = edits.remove(RESIDUAL, [(1,)])
    assert inputs_of(new) == {"s": ("a",), "s.y": ("x", "input"), "c": ("a", "s", "image")}
    new = edits.remove(RESIDUAL, [(0,), (1,)])
    assert inputs_of(new)["s"] == ("input",)
    assert inputs_of(new)["c"] == ("input", "s", "image")
    assert new.root.outputs == ("d", "input")
    new = edits.remove(RESIDUAL, [(3,)])
    assert names(new) == ["a", "b", "s", "d"]
    assert analyze(new).ok


def test_what_follows_a_removed_skip_goes_on_with_the_main_branch():
    network = net(conv("a"), conv("b"), add("c", "a", "b"), conv("d"))
    assert inputs_of(edits.remove(network, [(2,)])) == {}
    network = net(conv("a"), conv("b"), conv("c", inputs=("a",)), conv("d"))
    assert inputs_of(edits.remove(network, [(2,)])) == {"d": ("a",)}


def test_a_block_that_is_emptied_has_no_outputs():
    network = net(Block(name="s", layers=(conv("x"), conv("y")), outputs=("x", "y")))
    new = edits.remove(network, [(0, 0), (0, 1)])
    assert new.layers[0].outputs == ()
    assert edits.remove(network, [(0, 0), (0,)]).layers == ()


@given(built_networks(ties=False), st.data())
def test_removing_leaves_no_reference_behind(network, data):
    paths = [path for path, _ in walk(network.root)]
    gone = data.draw(st.lists(st.sampled_from(paths), min_size=1, max_size=3))
    new = edits.remove(network, gone)
    kept = [
        p
        for p in analyze(new).problems
        if p.param in ("inputs", "outputs", "name") and "no layer or input" in p.message
    ]
    assert kept == []


# -- move, shift


def test_a_move_keeps_names_references_and_ties():
    new, at = edits.move(RESIDUAL, [(4,)], (1,))
    assert at == [(1,)]
    assert names(new) == ["a", "d", "b", "s", "c"]
    assert inputs_of(new) == inputs_of(RESIDUAL)
    new, at = edits.move(RESIDUAL, [(2,)], (5,))
    assert (names(new), at) == (["a", "b", "c", "d", "s"], [(4,)])
    assert {p.path for p in analyze(new).problems if p.severity == "error"} == {"c"}


def test_several_are_moved_in_order_and_stay_together():
    network = net(*(conv(name) for name in "abcdef"))
    new, at = edits.move(network, [(4,), (0,), (2,)], (4,))
    assert (names(new), at) == (["b", "d", "a", "c", "e", "f"], [(2,), (3,), (4,)])
    new, at = edits.move(network, [(1,), (2,)], (6,))
    assert (names(new), at) == (["a", "d", "e", "f", "b", "c"], [(4,), (5,)])


def test_a_move_into_and_out_of_a_block():
    network = net(conv("a"), conv("b"), Block(name="s", layers=(conv("a"), conv("y"))), conv("d", tied_to="b"))
    new, at = edits.move(network, [(0,), (1,)], (2, 1))
    assert at == [(0, 1), (0, 2)]
    assert names(new, (0,)) == ["a", "a2", "b", "y"]
    assert new.layers[1].tied_to == "s.b"
    back, at = edits.move(new, at, (0,))
    assert at == [(0,), (1,)]
    assert names(back) == ["a2", "b", "s", "d"]
    assert back.layers[3].tied_to == "b"


def test_what_referred_to_a_node_that_left_the_block_refers_to_what_fed_it():
    network = net(conv("a"), Block(name="s", layers=(conv("x"), conv("y"), add("z", "x", "y"))))
    new, _ = edits.move(network, [(1, 0)], (1,))
    assert names(new) == ["a", "x", "s"]
    assert inputs_of(new) == {"s.z": ("input", "y")}
    assert analyze(new).ok


def test_references_of_a_node_that_is_moved_away_become_problems_not_other_references():
    network = net(conv("a"), add("b", "a", "image"), Block(name="s", layers=(conv("x"),), repeat=2))
    new, at = edits.move(network, [(1,)], (2, 1))
    assert at == [(1, 1)]
    assert [(p.path, p.param) for p in analyze(new).problems if p.severity == "error"] == [("s.0.b", "inputs")]


def test_a_block_is_not_moved_into_itself():
    assert refusal(edits.move, RESIDUAL, [(2,)], (2, 0)) == "a block cannot be moved into itself"
    assert refusal(edits.move, RESIDUAL, [(0,), (2,)], (2, 1)) == "a block cannot be moved into itself"
    assert edits.move(RESIDUAL, [(2,)], (2,)) == (RESIDUAL, [(2,)])
    assert edits.move(RESIDUAL, [], (2,)) == (RESIDUAL, [])


def test_neighbours_are_shifted_and_leave_their_block_at_its_ends():
    network = net(conv("a"), Block(name="s", layers=(conv("x"), conv("y"))), conv("b"))
    new, at = edits.shift(network, [(0,)], 1)
    assert (names(new), at) == (["s", "a", "b"], [(1,)])
    new, at = edits.shift(network, [(1, 0)], -1)
    assert (names(new), names(new, (2,)), at) == (["a", "x", "s", "b"], ["y"], [(1,)])
    new, at = edits.shift(network, [(1, 1)], 1)
    assert (names(new), at) == (["a", "s", "y", "b"], [(2,)])
    new, at = edits.shift(network, [(1, 0), (1, 1)], 1)
    assert (names(new), names(new, (1,)), at) == (["a", "s", "x", "y", "b"], [], [(2,), (3,)])
    assert edits.shift(network, [(0,)], -1) == (network, [(0,)])
    assert edits.shift(network, [(2,)], 1) == (network, [(2,)])
    assert edits.shift(network, [(1,), (2,)], -1)[1] == [(0,), (1,)]
    assert "follow one another" in refusal(edits.shift, network, [(0,), (2,)], 1)
    assert "select a layer first" in refusal(edits.shift, network, [], 1)


@given(built_networks(wrong=True), st.data())
def test_a_move_keeps_every_node(network, data):
    paths = [path for path, _ in walk(network.root)]
    moved = data.draw(st.lists(st.sampled_from(paths), min_size=1, max_size=3, unique=True))
    to = data.draw(st.sampled_from(paths))
    try:
        new, now = edits.move(network, moved, to)
    except EditError:
        return
    assert sorted(_kinds(new)) == sorted(_kinds(network))
    for old, path in zip(edits.without_descendants(moved), now, strict=True):
        assert node_at(new, path).extra is node_at(network, old).extra
        assert node_at(new, path).type == node_at(network, old).type if isinstance(node_at(new, path), Layer) else True
    ties = [node.tied_to for _, node in walk(network.root) if node.tied_to and find(network, node.tied_to)]
    after = [node.tied_to for _, node in walk(new.root) if node.tied_to and find(new, node.tied_to)]
    assert len(after) >= len(ties)


def _kinds(network):
    return [node.type if isinstance(node, Layer) else "Block" for _, node in walk(network.root)]


# -- how numbers are stored


@pytest.mark.parametrize("path", [(), (0,), (1, 0)])
def test_a_dtype_is_stated_and_taken_back(path):
    network = net(conv("a"), Block(name="s", layers=(conv("x"),)))
    weights = edits.set_stored_dtype(network, path, "weights", "int4")
    both = edits.set_stored_dtype(weights, path, "activations", "int8")

    def stored(of):
        return (node_at(of, path) if path else of).stored_dtypes

    assert stored(weights) == {"weights": "int4"}
    assert stored(both) == {"weights": "int4", "activations": "int8"}
    assert repr(native.read(native.write(both))) == repr(both)
    assert analyze(both).ok
    less = edits.set_stored_dtype(both, path, "weights", None)
    assert stored(less) == {"activations": "int8"}
    assert stored(edits.set_stored_dtype(less, path, "activations", None)) is None
    assert edits.set_stored_dtype(network, path, "weights", None) is network
    assert edits.set_stored_dtype(both, path, "weights", "int4") is both


def test_other_keys_stay_and_what_is_no_object_is_replaced():
    network = net(replace(conv("a"), extra={"note": "mine", "dtypes": "int4"}))
    assert [p.param for p in analyze(network).problems] == ["dtypes"]
    mended = edits.set_stored_dtype(network, (0,), "weights", "int8")
    assert node_at(mended, (0,)).stored_dtypes == {"weights": "int8"}
    assert node_at(mended, (0,)).extra == {"note": "mine"}
    cleared = node_at(edits.set_stored_dtype(network, (0,), "weights", None), (0,))
    assert (cleared.stored_dtypes, cleared.extra) == (None, {"note": "mine"})
    assert analyze(edits.set_stored_dtype(network, (0,), "weights", "int3")).problems[0].param == "dtypes"


def test_a_block_stores_nothing_of_its_own():
    assert "is a block" in refusal(edits.set_stored_dtype, RESIDUAL, (2,), "weights", "int8")


# -- time


@pytest.mark.timeout(30)
def test_edits_of_large_networks_are_quick():
    layers = tuple(conv(f"conv{i}") for i in range(10_000))
    network = net(*layers)
    new, _ = edits.duplicate(network, [(i,) for i in range(10_000)])
    assert len(edits.remove(new, [(i,) for i in range(0, 200)]).layers) == 19_800
    assert edits.rename(network, (5_000,), "x").layers[5_000].name == "x"
    moved, _ = edits.move(network, [(i,) for i in range(5_000)], (10_000,))
    assert [moved.layers[i].name for i in (0, 5_000)] == ["conv5000", "conv0"]


def test_deep_copies_are_other_nodes():
    assert python_copy.copy(RESIDUAL).root is RESIDUAL.root
