"""Grouping and ungrouping keep what is counted and what is wrong; one undoes the other."""

from dataclasses import replace

import pytest
from core_samples import checked_sentence
from hypothesis import assume, given
from hypothesis import strategies as st
from network_strategies import IMAGE, OTHER, add, built_networks, conv

from layerledger.core import Block, Layer, Network, NetworkInput, analyze
from layerledger.core.edits import EditError
from layerledger.core.edits.group import MAX_UNROLLED, group, ungroup
from layerledger.core.network.nodes import MAX_DEPTH
from layerledger.core.network.paths import block_at, count_nodes, node_at, walk


def net(*layers, inputs=(IMAGE,), outputs=()):
    return Network(inputs=inputs, root=Block(name="", layers=layers, outputs=outputs))


def concat(name, *inputs):
    return Layer(name=name, type="Concat", inputs=inputs)


def refusal(edit, *args):
    with pytest.raises(EditError) as caught:
        edit(*args)
    return checked_sentence(str(caught.value))


def counted(network):
    """Return what is counted, layer by layer and in all, wherever the layers are."""
    result = analyze(network)
    rows = [(row.type, row.cost, row.inputs, row.outputs) for row in result.rows()]
    return result.totals, rows, result.root.outputs


def faults(network):
    """Return how many problems there are, by parameter; a group is read even where some of its layers are not."""
    found = (p for p in analyze(network).problems if not p.message.startswith("nothing reads its output"))
    return sorted(str(p.param) for p in found if p.severity != "info")


def enters_wrongly(network):
    """Return whether something asks for more than enters its block: then it is the group that asks for it."""
    return any(p.message.startswith('"input:') for p in analyze(network).problems)


@st.composite
def neighbours(draw, network):
    """Paths of some nodes that follow one another in one block."""
    parent = draw(
        st.sampled_from([(), *(p for p, node in walk(network.root) if isinstance(node, Block) and node.layers)])
    )
    count = len(block_at(network, parent).layers)
    first = draw(st.integers(0, count - 1))
    return [(*parent, i) for i in range(first, draw(st.integers(first, count - 1)) + 1)]


# -- group


@given(built_networks(), st.data())
def test_grouping_changes_nothing_that_is_counted(network, data):
    assume(not enters_wrongly(network))
    paths = data.draw(neighbours(network))
    new, at = group(network, paths)
    assert len(block_at(new, at).layers) == len(paths)
    assert counted(new) == counted(network)
    assert faults(new) == faults(network)


@given(built_networks(wrong=True), st.data())
def test_grouping_keeps_what_is_wrong(network, data):
    assume("name" not in faults(network) and not enters_wrongly(network))
    new, _ = group(network, data.draw(neighbours(network)))
    assert faults(new) == faults(network)
    assert analyze(new).totals == analyze(network).totals


@given(built_networks(), st.data())
def test_ungrouping_undoes_grouping(network, data):
    paths = data.draw(neighbours(network))
    new, at = group(network, paths)
    back, places = ungroup(new, at)
    assert places == paths
    assert [node.name for _, node in walk(back.root)] == [node.name for _, node in walk(network.root)]
    assert [node.tied_to for _, node in walk(back.root)] == [node.tied_to for _, node in walk(network.root)]
    assert counted(back) == counted(network)
    assert faults(back) == faults(network)


def test_a_chain_is_grouped_without_any_wiring():
    network = net(conv("a"), conv("b"), conv("c"), conv("d"))
    new, at = group(network, [(1,), (2,)], "stage")
    assert at == (1,)
    stage = block_at(new, at)
    assert (stage.name, stage.inputs, stage.outputs) == ("stage", (), ())
    assert new.layers[2] is network.layers[3]
    back, _ = ungroup(new, at)
    assert repr(back) == repr(network)


def test_skips_in_and_out_become_inputs_and_outputs():
    network = net(conv("a"), conv("b"), conv("c"), add("d", "c", "a"), conv("e"), add("f", "b", "d", "e"))
    new, at = group(network, [(1,), (2,), (3,)])
    block = block_at(new, at)
    assert (block.inputs, block.outputs) == ((), ("d", "b"))
    assert [node.inputs for node in block.layers] == [(), (), ("c", "input")]
    assert new.layers[2].inputs == ()
    assert new.layers[3].inputs == ("block:1", "block", "e")
    assert repr(ungroup(new, at)[0]) == repr(network)


def test_a_group_may_take_several_from_outside():
    network = net(conv("a"), conv("b"), add("c", "a", "b", "image"), add("d", "c", "input"))
    new, at = group(network, [(2,), (3,)])
    block = block_at(new, at)
    assert block.inputs == ("a", "b", "input")
    assert [node.inputs for node in block.layers] == [("input", "input:1", "image"), ("c", "input:2")]
    assert repr(ungroup(new, at)[0]) == repr(network)


def test_what_takes_all_outputs_before_it_still_does():
    two = Block(name="s", layers=(conv("x", 2), conv("y", 3)), outputs=("x", "y"))
    for chosen in ([(1,)], [(1,), (2,)], [(0,), (1,)], [(0,), (1,), (2,)]):
        network = net(two, concat("c"), add("d", "c", "c"), concat("e", "s:1", "d"))
        assert analyze(network).ok
        new, at = group(network, chosen)
        assert counted(new) == counted(network)
        assert counted(ungroup(new, at)[0]) == counted(network)
    network = net(two, concat("c"), concat("d", "c", "s:1"))
    new, _ = group(network, [(1,), (2,)])
    assert counted(new) == counted(network)


def test_the_states_of_a_recurrent_layer_go_out_of_a_group():
    lstm = Layer(name="lstm", type="LSTM", params={"hidden_size": 8})
    wide = NetworkInput(name="image", shape=(5, 1, 8))
    network = net(
        lstm, replace(lstm, name="next"), concat("c", "next", "lstm"), add("h", "lstm:1", "next:1"), inputs=(wide,)
    )
    assert analyze(network).ok
    for chosen in ([(0,)], [(1,)], [(0,), (1,)], [(1,), (2,)]):
        new, at = group(network, chosen)
        assert counted(new) == counted(network)
        assert counted(ungroup(new, at)[0]) == counted(network)


def test_outputs_of_the_block_around_follow():
    network = net(conv("a"), conv("b"), conv("c"), outputs=("a", "c:0", "b"))
    new, _ = group(network, [(0,), (1,)])
    assert new.root.outputs == ("block:1", "c:0", "block")
    assert counted(new) == counted(network)


def test_names_of_blocks_are_free():
    network = net(conv("block"), conv("b"), inputs=(replace(IMAGE, name="block2"),))
    assert group(network, [(1,)])[0].layers[1].name == "block3"
    assert group(network, [(0,)])[0].layers[0].name == "block"
    assert group(net(conv("a"), conv("b", inputs=("block",))), [(0,)])[0].layers[0].name == "block2"


def test_ties_follow_into_a_group():
    inner = Block(name="block", layers=(conv("x"), conv("y", tied_to="block.x")))
    network = net(conv("a"), inner, conv("c", tied_to="block.y"), conv("d", tied_to="a"))
    new, _ = group(network, [(0,), (1,)])
    ties = [node.tied_to for _, node in walk(new.root) if node.tied_to]
    assert ties == ["block.block.x", "block.block.y", "block.a"]
    assert analyze(new).totals == analyze(network).totals
    assert analyze(new).ok


def test_what_cannot_be_grouped():
    network = net(conv("a"), conv("b"), conv("c"), Block(name="s", layers=(conv("x"),)))
    assert refusal(group, network, []) == "select a layer first"
    assert refusal(group, network, [(0,), (2,)]) == "select layers that follow one another in one block"
    assert refusal(group, network, [(2,), (3, 0)]) == "select layers that follow one another in one block"
    node = conv("a")
    for _ in range(MAX_DEPTH):
        node = Block(name="b", layers=(node,))
    assert "nested 32 deep" in refusal(group, net(node), [(0,)])


# -- ungroup


@given(built_networks(), st.data())
def test_ungrouping_changes_nothing_that_is_counted(network, data):
    result = analyze(network)
    assume(result.ok)
    paths = [path for path, node in walk(network.root) if isinstance(node, Block)]
    assume(paths)
    new, places = ungroup(network, data.draw(st.sampled_from(paths)))
    assert analyze(new).ok, analyze(new).problems
    assert counted(new) == counted(network)
    assert len({id(node) for _, node in walk(new.root)}) == count_nodes(new.root)
    for place in places:
        node_at(new, place)


def test_copies_follow_one_another():
    block = Block(name="s", layers=(conv("x"), add("y", "x", "input")), repeat=3)
    network = net(conv("a"), block, conv("b"), add("c", "b", "s"))
    new, places = ungroup(network, (1,))
    assert places == [(i,) for i in range(1, 7)]
    assert [node.name for node in new.layers] == ["a", "x", "y", "x_2", "y_2", "x_3", "y_3", "b", "c"]
    assert [node.inputs for node in new.layers] == [
        (),
        (),
        ("x", "a"),
        (),
        ("x_2", "y"),
        (),
        ("x_3", "y_2"),
        (),
        ("b", "y_3"),
    ]
    assert counted(new) == counted(network)


def test_copies_of_a_block_with_outputs_of_its_own():
    block = Block(name="s", layers=(conv("x"), conv("y")), outputs=("x",), repeat=2)
    network = net(conv("a"), block, conv("b"))
    new, _ = ungroup(network, (1,))
    assert {node.name: node.inputs for node in new.layers if node.inputs} == {"x_2": ("x",), "b": ("x_2",)}
    assert counted(new) == counted(network)
    last = net(conv("a"), block)
    assert ungroup(last, (1,))[0].root.outputs == ("x_2",)
    assert counted(ungroup(last, (1,))[0]) == counted(last)


def test_shared_weights_become_tied_ones():
    identity = Layer(name="i", type="Identity")
    block = Block(name="s", layers=(conv("x"), identity), repeat=3, share_weights=True)
    network = net(Block(name="t", layers=(block,)))
    new, _ = ungroup(network, (0, 0))
    assert [node.tied_to for _, node in walk(new.root)] == [None, None, None, "t.x", None, "t.x", None]
    assert counted(new) == counted(network)


def test_tied_blocks_tie_their_layers():
    one = Block(name="s", layers=(conv("x"), conv("y", 3)))
    two = Block(name="t", layers=(conv("p"), conv("q", 3)), tied_to="s", inputs=("input",))
    network = net(one, two)
    new, _ = ungroup(network, (1,))
    assert [node.tied_to for _, node in walk(new.root)] == [None, None, None, "s.x", "s.y"]
    assert counted(new) == counted(network)
    other = net(conv("s"), replace(two, layers=two.layers[:1]))
    assert "untie it before you ungroup it" in refusal(ungroup, other, (1,))
    assert "untie it before you ungroup it" in refusal(ungroup, net(two), (0,))


def test_ties_within_a_repeated_block_stay_within_each_copy():
    block = Block(name="s", layers=(conv("x"), conv("y", tied_to="s.x")), repeat=2)
    network = net(block, conv("z", tied_to="s.x"))
    new, _ = ungroup(network, (0,))
    assert [node.tied_to for node in new.layers] == [None, "x", None, "x_2", "x"]
    assert counted(new) == counted(network)


def test_names_that_repeat_inside_themselves():
    inner = Block(name="s", layers=(Block(name="s", layers=(conv("s"),)),))
    network = net(inner, conv("b", tied_to="s.s.s"), conv("c", tied_to="b"))
    for _ in range(2):
        network = ungroup(network, (0,))[0]
        assert analyze(network).ok
    assert [node.name for node in network.layers] == ["s", "b", "c"]
    assert network.layers[1].tied_to == "s"


def test_names_that_are_taken_are_numbered():
    block = Block(name="s", layers=(conv("a"), add("image2", "a", "input")))
    network = net(conv("a"), block, add("b", "a", "s"))
    new, _ = ungroup(network, (1,))
    assert [(node.name, node.inputs) for node in new.layers] == [
        ("a", ()),
        ("a2", ()),
        ("image2", ("a2", "a")),
        ("b", ("a", "image2")),
    ]


def test_references_that_cannot_be_read_stay_as_they_are():
    block = Block(name="s", layers=(conv("x", inputs=("input:q",)), conv("y", inputs=("input:7",))), outputs=("x:z",))
    network = net(block, conv("b", inputs=("s:q",)), conv("c", inputs=("s:" + "9" * 5000,)), outputs=("s:",))
    new, _ = ungroup(network, (0,))
    assert [node.inputs for node in new.layers] == [("input:q",), ("input:7",), ("s:q",), ("s:" + "9" * 5000,)]
    assert new.root.outputs == ("s:",)
    group(network, [(0,), (1,)])
    group(network, [(0, 0), (0, 1)])


def test_an_empty_block_leaves_its_neighbours_to_each_other():
    network = net(conv("a"), Block(name="s"), conv("b"), add("c", "s", "b"))
    new, places = ungroup(network, (1,))
    assert (places, [node.inputs for node in new.layers]) == ([], [(), (), ("a", "b")])
    assert analyze(new).ok


def test_what_cannot_be_ungrouped():
    network = net(
        conv("a"),
        Block(name="s", layers=(conv("x"),), repeat=0),
        Block(name="t", layers=(conv("x"), conv("y")), repeat=MAX_UNROLLED),
        Block(name="u", layers=(conv("x"),), repeat=10**4000),
    )
    assert refusal(ungroup, network, (0,)) == "select a block to ungroup"
    assert refusal(ungroup, network, ()) == "select a block to ungroup"
    assert refusal(ungroup, network, (1,)) == "s is repeated 0 times; set its repeat to 1 or more first"
    assert refusal(ungroup, network, (2,)) == "ungrouping t would make more than 1,000 layers; lower its repeat first"
    assert refusal(ungroup, network, (3,)) == "ungrouping u would make more than 1,000 layers; lower its repeat first"


@pytest.mark.timeout(30)
def test_a_large_block_that_is_not_repeated_is_ungrouped():
    layers = tuple(conv(f"n{i}") for i in range(3 * MAX_UNROLLED))
    network = net(*layers)
    new, at = group(network, [(i,) for i in range(len(layers))])
    back, places = ungroup(new, at)
    assert len(places) == len(layers)
    assert repr(back) == repr(network)


def test_two_inputs_of_the_network_pass_through_a_group():
    network = net(concat("a"), concat("b", "a", "input:1"), inputs=(IMAGE, OTHER))
    new, at = group(network, [(0,), (1,)])
    assert counted(new) == counted(network)
    assert counted(ungroup(new, at)[0]) == counted(network)


def test_an_empty_block_repeated_without_end_is_ungrouped_at_once():
    network = Network(root=Block(name="", layers=(Block(name="empty", repeat=10**9),)))
    ungrouped, paths = ungroup(network, (0,))
    assert ungrouped.layers == ()
    assert paths == []
