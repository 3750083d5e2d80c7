"""Wiring, repeats, shared and tied weights, totals and rows, and the one sentence for whatever is wrong."""

from dataclasses import replace

import pytest
from core_samples import checked_sentence
from hypothesis import assume, given
from hypothesis import strategies as st
from network_strategies import IMAGE, OTHER, add, any_networks, built_networks, conv, edited
from plain_analysis import plainly_analyzed, seen

from layerledger.core import Block, Layer, Network, NetworkInput, TensorSpec, analyze
from layerledger.core.analysis import MAX_DEPTH, MAX_LAYERS
from layerledger.core.analysis.cache import LayerCache
from layerledger.core.base.params import MAX_SIZE
from layerledger.core.metrics.metric import SumMetric
from layerledger.core.metrics.registry import METRICS
from layerledger.core.network.paths import copied, dotted, walk


def net(*layers, inputs=(IMAGE,), outputs=()):
    return Network(inputs=inputs, root=Block(name="", layers=layers, outputs=outputs))


def concat(name, *inputs):
    return Layer(name=name, type="Concat", inputs=inputs)


def channels(network, path):
    """Return the channels that come out of a node, by output."""
    result = analyze(network).at(path)
    return [output.shape[1] for output in result.outputs]


def problems(network):
    """Return the problems as (severity, path, parameter, sentence), having looked at the sentences."""
    found = analyze(network).problems
    for problem in found:
        checked_sentence(problem.message)
    return [(p.severity, p.path, p.param, p.message) for p in found]


def errors(network):
    return [found for found in problems(network) if found[0] != "info"]


# -- wiring


def test_a_layer_takes_the_one_before_it():
    network = net(conv("a", 2), conv("b", 3), conv("c", 5))
    assert channels(network, (2,)) == [5]
    assert analyze(network).at((2,)).inputs[0].shape == (1, 3, 6, 6)


def test_siblings_by_name():
    network = net(conv("a", 2), conv("b", 3), concat("c", "a", "b", "a:0"))
    assert channels(network, (2,)) == [7]


def test_the_blocks_input_and_the_networks_input_by_name():
    inner = (conv("x", 2), concat("y", "x", "input", "image"))
    network = net(conv("a", 5), Block(name="s", layers=(Block(name="t", layers=inner),)))
    assert channels(network, (1,)) == [2 + 5 + 4]


def test_several_network_inputs():
    other = replace(OTHER, shape=(1, 7, 6, 6))
    network = net(concat("a", "input", "input:1"), concat("b", "other", "image"), inputs=(IMAGE, other))
    assert channels(network, (0,)) == channels(network, (1,)) == [11]
    assert channels(net(conv("a"), concat("b", "input:1", "a"), inputs=(IMAGE, other)), (1,)) == [11]


def test_a_name_inside_a_block_hides_the_networks_input():
    inner = (conv("image", 2), concat("y", "image", "input"))
    network = net(conv("a", 5), Block(name="s", layers=inner))
    assert errors(network) == []
    assert channels(network, (1,)) == [7]
    later = net(Block(name="s", layers=(conv("x", inputs=("image",)), conv("image", 2))))
    assert errors(later)[0][1:3] == ("s.x", "inputs")


def test_inputs_and_outputs_of_a_block():
    inner = (conv("x", 2, inputs=("input:1",)), conv("y", 3, inputs=("input",)))
    block = Block(name="s", layers=inner, inputs=("a", "b"), outputs=("y", "x", "input:1"))
    network = net(conv("a", 5), conv("b", 6), block, concat("c", "s", "s:1", "s:2"))
    assert channels(network, (2,)) == [3, 2, 6]
    assert channels(network, (3,)) == [11]
    assert analyze(network).at((2, 0)).inputs[0].shape[1] == 6


def test_what_a_node_takes_of_several_outputs_before_it():
    block = Block(name="s", layers=(conv("x", 2), conv("y", 3)), outputs=("x", "y"))
    assert analyze(net(block, conv("z"))).at((1,)).inputs == (TensorSpec((1, 2, 6, 6)),)
    assert channels(net(block, concat("z")), (1,)) == [5]
    nested = Block(name="t", layers=(concat("z"),))
    assert channels(net(block, nested), (1,)) == [5]
    assert errors(net(block, add("z")))[0][1] == "z"


def test_several_outputs_of_the_network():
    assert channels(net(conv("a", 2), conv("b", 3), outputs=("a", "b", "input")), ()) == [2, 3, 4]
    assert channels(net(conv("a", 2), conv("b", 3)), ()) == [3]


def test_an_empty_network_gives_back_its_inputs():
    assert channels(net(), ()) == [4]
    assert problems(net()) == []
    assert problems(Network()) == []


def test_batch_and_dtype():
    network = net(conv("a"))
    assert analyze(network, batch=7).at((0,)).outputs == (TensorSpec((7, 4, 6, 6)),)
    half = analyze(network, dtype="float16")
    assert half.at((0,)).outputs == (TensorSpec((1, 4, 6, 6), "float16"),)
    assert half.totals.weight_bytes * 2 == analyze(network).totals.weight_bytes
    assert half.totals.activation_bytes * 2 == analyze(network).totals.activation_bytes
    numbers = net(Layer(name="a", type="Identity"), inputs=(replace(IMAGE, dtype="int64"),))
    assert analyze(numbers, dtype="float16").at((0,)).outputs[0].dtype == "int64"
    assert [p.param for p in analyze(network, batch=-1).problems if p.severity == "error"] == ["shape"]
    with pytest.raises(ValueError, match="dtype must be one of"):
        analyze(network, dtype="float7")


def test_weights_have_a_dtype_also_where_the_inputs_have_none_of_it():
    embedding = Layer(name="e", type="Embedding", params={"num_embeddings": 100, "embedding_dim": 8})
    network = net(embedding, inputs=(NetworkInput(name="ids", shape=(1, 5), dtype="int64"),))
    single = analyze(network)
    half = analyze(network, dtype="float16", previous=single)
    assert [r.at((0,)).outputs[0].dtype for r in (single, half)] == ["float32", "float16"]
    assert single.totals.weight_bytes == 2 * half.totals.weight_bytes == 100 * 8 * 4
    assert seen(half) == seen(analyze(network, dtype="float16"))


# -- repeats, shared and tied weights


def unrolled(node):
    """Return an equal node in which nothing is repeated: pass after pass, in a block of the same name."""
    if not isinstance(node, Block):
        return node
    layers = tuple(map(unrolled, node.layers))
    if node.repeat == 1:
        return replace(node, layers=layers)
    passes = tuple(Block(name=f"{i}", layers=layers, outputs=node.outputs) for i in range(node.repeat))
    return replace(node, layers=passes, outputs=(), repeat=1)


def unshared(node):
    return (
        replace(node, share_weights=False, layers=tuple(map(unshared, node.layers)))
        if isinstance(node, Block)
        else node
    )


@given(built_networks(ties=False))
def test_repeat_equals_unrolled(network):
    network = replace(network, root=unshared(network.root))
    result, long = analyze(network), analyze(replace(network, root=unrolled(network.root)))
    assume(result.ok)
    assert long.ok
    assert result.totals == long.totals
    assert result.root.outputs == long.root.outputs
    assert [(r.path, r.cost, r.inputs, r.outputs) for r in result.rows()] == [
        (r.path, r.cost, r.inputs, r.outputs) for r in long.rows()
    ]


@given(built_networks(ties=False))
def test_shared_weights_count_in_one_pass(network):
    result = analyze(network)
    assume(result.ok)
    free = analyze(replace(network, root=unshared(network.root)))
    assert result.totals.macs == free.totals.macs
    assert result.totals.exact_flops == free.totals.exact_flops
    once = [row for row in result.rows() if row.cost.params]
    assert sum(row.cost.params for row in once) == result.totals.params
    assert {row.at for row in once} == {row.at for row in free.rows() if row.cost.params}


def test_passes_that_differ_are_run_one_by_one():
    block = Block(name="s", layers=(conv("x", 3),), repeat=3)
    result = analyze(net(block))
    assert [run.times for run in result.at((0,)).passes] == [1, 2]
    assert result.totals.params == (4 * 9 + 1) * 3 + 2 * (3 * 9 + 1) * 3
    assert [(row.path, row.times) for row in result.rows(expand=False)] == [("s.0.x", 1), ("s.1–2.x", 2)]
    assert [row.path for row in result.rows()] == ["s.0.x", "s.1.x", "s.2.x"]


def test_shared_weights_count_once():
    block = Block(name="s", layers=(conv("x", 4),), repeat=5, share_weights=True)
    result = analyze(net(block))
    assert result.totals.params == (4 * 9 + 1) * 4
    assert result.totals.macs == 5 * 36 * 4 * 4 * 9
    assert [(row.path, row.times, row.cost.params > 0) for row in result.rows(expand=False)] == [
        ("s.0.x", 1, True),
        ("s.1–4.x", 4, False),
    ]


def test_weights_that_cannot_be_shared():
    block = Block(name="s", layers=(conv("x", 3),), repeat=3, share_weights=True)
    assert errors(net(block)) == [
        (
            "error",
            "s",
            "share_weights",
            "share_weights: x has 111 params in pass 0 but 84 in pass 1; shared weights must be alike",
        )
    ]


def test_tied_weights_count_once():
    network = net(conv("a"), conv("b", tied_to="a"), conv("c", tied_to="b"))
    assert errors(network) == []
    assert analyze(network).totals.params == (4 * 9 + 1) * 4
    assert [row.cost.params > 0 for row in analyze(network).rows()] == [True, False, False]
    assert analyze(network).totals.macs == 3 * 36 * 4 * 4 * 9


def test_tied_blocks_count_once():
    one, two = Block(name="s", layers=(conv("x"),), repeat=2), Block(name="t", layers=(conv("y"),), repeat=2)
    network = net(one, replace(two, tied_to="s"), conv("z", tied_to="s.x"))
    assert errors(network) == []
    result = analyze(network)
    assert result.totals.params == 2 * (4 * 9 + 1) * 4
    assert sum(row.cost.params for row in result.rows()) == result.totals.params
    assert errors(net(one, replace(two, tied_to="s", repeat=3)))[0][1:3] == ("t", "tied_to")


@pytest.mark.parametrize(
    ("layers", "path", "words"),
    [
        ((conv("a", tied_to="nowhere"),), "a", 'tied_to names "nowhere", but there is no such layer'),
        ((conv("a", tied_to=""),), "a", 'tied_to names "", but there is no such layer'),
        ((conv("a", tied_to="a"),), "a", "leads back to this layer"),
        ((conv("a", tied_to="b"), conv("b", tied_to="a")), "a", "leads back to this layer"),
        ((conv("a"), conv("b", 5, tied_to="a")), "b", "this layer has 185 params and that one 148"),
        ((conv("a"), Layer(name="b", type="Identity", tied_to="a")), "b", "this layer has 0 params and that one 148"),
        ((Block(name="s", layers=(conv("x"),), tied_to="s.x"),), "s", "leads back"),
        ((Block(name="s", layers=(conv("x", tied_to="s"),)),), "s.x", "leads back"),
        (
            (Block(name="s", layers=(conv("x"),), tied_to="t"), Block(name="t", layers=(conv("x", tied_to="s.x"),))),
            "t.x",
            "leads back",
        ),
        (
            (Block(name="s", layers=(conv("x"),), repeat=2), conv("b", tied_to="s.0.x")),
            "b",
            'did you mean "s.x"?',
        ),
    ],
)
def test_ties_that_cannot_be(layers, path, words):
    found = [p for p in errors(net(*layers)) if p[2] == "tied_to"]
    assert path in [p[1] for p in found]
    assert words in next(p[3] for p in found if p[1] == path)


def test_a_circle_of_ties_is_said_of_those_in_it_alone():
    network = net(conv("a", tied_to="b"), conv("b", tied_to="c"), conv("c", tied_to="b"))
    assert [p[1] for p in errors(network)] == ["b", "c"]


@pytest.mark.timeout(30)
def test_a_very_long_chain_of_ties_is_no_trap():
    layers = [conv("n0"), *(conv(f"n{i}", tied_to=f"n{i - 1}") for i in range(1, 2_000))]
    found = errors(net(*layers))
    assert "more than 100 other ties" in found[0][3]


# -- totals and rows


SUMS = [metric for metric in METRICS.values() if isinstance(metric, SumMetric)]


def sums(result, *, expand):
    """Return what the rows add up to, by metric."""
    rows = list(result.rows(expand=expand))
    found = {metric.key: sum(metric.read(row) * row.times for row in rows) for metric in SUMS}
    found["layers"] = sum(row.times for row in rows)
    found["uncounted_layers"] = sum(row.result.uncounted_layers * row.times for row in rows)
    return found


@given(built_networks(wrong=True) | any_networks)
def test_totals_are_the_sums_of_rows(network):
    result = analyze(network)
    assume(result.root.passes)
    totals = {key: getattr(result.totals, key) for key in sums(result, expand=True)}
    assert sums(result, expand=True) == totals
    assert sums(result, expand=False) == totals


@given(built_networks(wrong=True))
def test_each_block_is_the_sum_of_its_children(network):
    result = analyze(network)
    for path, node in walk(network.root):
        found = result.at(path)
        if isinstance(node, Block) and not node.share_weights and node.tied_to is None:
            for metric in SUMS:
                below = (run.times * metric.read(child) for run in found.passes for child in run.children)
                assert metric.read(found) == sum(below), (dotted(network, path), metric.key)


@given(built_networks(wrong=True))
def test_rows_and_problems_name_their_nodes(network):
    result = analyze(network)
    for row in result.rows():
        assert _without_passes(network, row.at, row.path)
    for problem in result.problems:
        assert not problem.at or _without_passes(network, problem.at, problem.path)


def _without_passes(network, at, name):
    """Return whether a path with the numbers of passes is that of the node at `at`."""
    parts = name.split(".")
    for depth in range(1, len(at) + 1):
        node = dotted(network, at[:depth]).split(".")[-1]
        while parts and parts[0] != node and parts[0].isdecimal():
            parts.pop(0)
        if not parts or parts.pop(0) != node:
            return False
    return not parts


@given(built_networks(wrong=True))
def test_at_is_what_a_row_shows(network):
    result = analyze(network)
    first = {row.at: row for row in reversed([*result.rows()])}
    for at, row in first.items():
        assert result.at(at).node is row.result.node
    assert result.problems_at == {
        at: tuple(p for p in result.problems if p.at == at) for at in {p.at for p in result.problems}
    }


def test_the_largest_activation():
    assert analyze(net(conv("a", 2), conv("b", 9), conv("c", 3))).largest_activation.path == "b"
    assert analyze(net()).largest_activation is None


def test_integers_of_any_size_stay_exact():
    huge = NetworkInput(name="image", shape=(MAX_SIZE,) * 64)
    linear = Layer(name="a", type="Linear", params={"out_features": MAX_SIZE})
    result = analyze(net(linear, inputs=(huge,)))
    assert result.ok
    assert result.totals.macs == MAX_SIZE**65
    assert result.totals.params == MAX_SIZE**2 + MAX_SIZE
    assert result.totals.activation_bytes == 4 * MAX_SIZE**64
    again = analyze(net(Block(name="s", layers=(linear,), repeat=MAX_LAYERS), inputs=(huge,)))
    assert again.totals.macs == MAX_LAYERS * MAX_SIZE**65


# -- problems

_UNKNOWN = "kept in the file but not counted"


def test_the_first_wrong_layer_is_named_and_the_others_wait():
    found = problems(net(conv("a"), Layer(name="b", type="NoSuch"), conv("c"), conv("d"), add("e", "a", "d")))
    assert found == [
        ("error", "b", "type", 'unknown layer type "NoSuch"; kept in the file but not counted'),
        ("info", "c", None, "not computed: depends on b, which has an error"),
        ("info", "d", None, "not computed: depends on b, which has an error"),
        ("info", "e", None, "not computed: depends on b, which has an error"),
    ]
    totals = analyze(net(conv("a"), Layer(name="b", type="NoSuch"), conv("c"))).totals
    assert (totals.layers, totals.uncounted_layers, totals.params) == (3, 2, 148)


def test_who_is_waited_for_is_named_from_where_one_stands():
    wrong = Layer(name="x", type="NoSuch")
    inner = Block(name="t", layers=(wrong, conv("y")))
    network = net(Block(name="s", layers=(inner, conv("z"))), conv("after"), Block(name="u", layers=(conv("in"),)))
    assert [(p[1], p[3]) for p in problems(network)[1:]] == [
        ("s.t.y", "not computed: depends on x, which has an error"),
        ("s.z", "not computed: depends on t.x, which has an error"),
        ("after", "not computed: depends on s.t.x, which has an error"),
        ("u.in", "not computed: depends on s.t.x, which has an error"),
    ]


def test_one_output_that_is_lost_does_not_hold_up_the_others():
    block = Block(name="s", layers=(conv("x"), Layer(name="y", type="NoSuch")), outputs=("x", "y"))
    network = net(block, conv("a", inputs=("s",)), conv("b", inputs=("s:1",)), conv("c", inputs=("s:2",)))
    assert [(p[0], p[1]) for p in problems(network)] == [("error", "s.y"), ("info", "b"), ("error", "c")]


@pytest.mark.parametrize(
    ("layers", "expected"),
    [
        (
            (conv("a", inputs=("nowhere",)),),
            ("a", "inputs", 'unknown layer or input "nowhere"; here are input, image'),
        ),
        (
            (conv("a"), conv("b", inputs=("",))),
            ("b", "inputs", 'unknown layer or input ""; here are a, input, image'),
        ),
        (
            (conv("a", inputs=("b",)), conv("b")),
            ("a", "inputs", '"b" does not come before this layer, so its output cannot be an input here (a cycle)'),
        ),
        (
            (conv("a", inputs=("a",)),),
            ("a", "inputs", '"a" does not come before this layer, so its output cannot be an input here (a cycle)'),
        ),
        (
            (conv("a"), conv("b", inputs=("a:1",))),
            ("b", "inputs", '"a:1" asks for an output by its number, counted from 0, but there is 1'),
        ),
        (
            (conv("a", inputs=("input:1",)),),
            ("a", "inputs", '"input:1" asks for an output by its number, counted from 0, but there is 1'),
        ),
        (
            (conv("a"), conv("b", inputs=("a:x",))),
            ("b", "inputs", 'a reference must be a name, or a name, a colon and a number; got "a:x"'),
        ),
        (
            (conv("a"), conv("b", inputs=("a:",))),
            ("b", "inputs", 'a reference must be a name, or a name, a colon and a number; got "a:"'),
        ),
        ((conv("a"), conv("a")), ("a", "name", 'two layers here are called "a"; rename one')),
        (
            (conv("input"),),
            ("input", "name", 'a name must not be empty, "input", or hold "." or ":"; got "input"'),
        ),
        ((conv("a.b"),), ("a.b", "name", 'a name must not be empty, "input", or hold "." or ":"; got "a.b"')),
        ((conv(""),), ("", "name", 'a name must not be empty, "input", or hold "." or ":"; got ""')),
        ((conv("image"),), ("image", "name", '"image" is the name of the network\'s input; rename the layer')),
        ((Block(name="s"),), ("s", None, "the block is empty; add a layer or delete it")),
        ((Block(name="s", layers=(conv("a"),), repeat=0),), ("s", "repeat", "repeat must be an integer ≥ 1; got 0")),
        ((Block(name="s", layers=(conv("a"),), repeat=-3),), ("s", "repeat", "repeat must be an integer ≥ 1; got -3")),
        (
            (Block(name="s", layers=(conv("a"), conv("b")), repeat=60_000),),
            ("s", "repeat", "repeat 60000 of 2 layers makes more than 100,000"),
        ),
        (
            (Block(name="s", layers=(conv("a"),), outputs=("nowhere",)),),
            ("s", "outputs", 'unknown layer or input "nowhere"; here are a, input, image'),
        ),
        (
            (Layer(name="a", type="conv2d"),),
            ("a", "type", f'unknown layer type "conv2d"; {_UNKNOWN}; did you mean Conv2d?'),
        ),
    ],
)
def test_each_fault_is_its_own_sentence(layers, expected):
    assert expected in [found[1:] for found in errors(net(*layers))]
    assert all(found[0] == "error" for found in errors(net(*layers)))
    assert len(errors(net(*layers))) == 1


def test_faults_of_a_layers_parameters():
    wrong = Layer(name="a", type="Conv2d", params={"kernel": 3, "stride": 0})
    assert {(p[1], p[2]) for p in errors(net(wrong))} == {
        ("a", "kernel"),
        ("a", "stride"),
        ("a", "out_channels"),
        ("a", "kernel_size"),
    }
    assert errors(net(Layer(name="a", type="Linear", params={"in_features": 7, "out_features": 1})))[0][1:3] == (
        "a",
        "in_features",
    )


def test_shapes_that_do_not_fit_at_an_add():
    ((severity, path, _, message),) = errors(net(conv("a", 5), add("b", "a", "input")))
    assert (severity, path) == ("error", "b")
    assert "5" in message
    assert "4" in message


def test_a_size_of_zero_is_a_warning():
    empty = replace(IMAGE, shape=(0, 4, 6, 6))
    assert problems(net(conv("a"), inputs=(empty,))) == [
        ("warning", "image", "shape", "the input 0×4×6×6 is empty"),
    ]
    slim = net(Layer(name="a", type="Linear", params={"out_features": 0}), inputs=(IMAGE,))
    assert {p[0] for p in problems(slim)} <= {"warning", "error"}
    assert analyze(net(conv("a"), inputs=(empty,))).ok


@pytest.mark.parametrize(
    ("given", "param"),
    [
        (NetworkInput(name="x", shape=(-1, 3)), "shape"),
        (NetworkInput(name="x", shape=(MAX_SIZE + 1,)), "shape"),
        (NetworkInput(name="x", shape=(10**4000,)), "shape"),
        (NetworkInput(name="x", shape=(1,) * 70), "shape"),
        (NetworkInput(name="x", shape=(1,), dtype="float7"), "dtype"),
        (NetworkInput(name="input", shape=(1,)), "name"),
        (NetworkInput(name="", shape=(1,)), "name"),
        (NetworkInput(name="a:b", shape=(1,)), "name"),
    ],
)
def test_inputs_that_cannot_be(given, param):
    found = problems(net(Layer(name="a", type="Identity"), inputs=(given,)))
    assert found[0][:3] == ("error", given.name, param)
    if param != "name":
        assert found[1:] == [("info", "a", None, "not computed: depends on x, which has an error")]


def test_two_inputs_of_one_name():
    assert errors(net(conv("a"), inputs=(IMAGE, IMAGE)))[0][1:] == (
        "image",
        "name",
        'two inputs are called "image"; rename one',
    )


def test_no_input_at_all():
    found = problems(net(conv("a"), conv("b", inputs=("input",)), inputs=()))
    assert found == [
        ("error", "", "inputs", "the network has no input; add one, such as image 1×3×224×224"),
        ("info", "a", None, "not computed: depends on an input, which has an error"),
        ("info", "b", None, "not computed: depends on an input, which has an error"),
    ]


def test_a_scalar_input_is_no_crash():
    assert problems(net(conv("a"), Layer(name="b", type="Linear"), inputs=(replace(IMAGE, shape=()),)))


def test_outputs_of_the_network_that_lead_nowhere():
    assert [p[1:3] for p in errors(net(conv("a"), outputs=("a", "b")))] == [("", "outputs")]
    assert [p[1:3] for p in errors(net(outputs=("b",)))] == [("", "outputs")]


def test_a_layer_that_is_wrong_in_itself_and_in_its_wiring_says_both():
    found = errors(net(Layer(name="a", type="NoSuch", inputs=("nowhere", "b"))))
    assert [p[2] for p in found] == ["inputs", "inputs", "type"]


def test_paths_have_the_number_of_the_pass():
    shrinking = Layer(name="x", type="Conv2d", params={"out_channels": 4, "kernel_size": 3})
    found = errors(net(Block(name="s", layers=(shrinking,), repeat=4)))
    assert [(p[1], p[2]) for p in found] == [("s.2.x", "kernel_size")]
    nested = Block(name="s", layers=(Block(name="t", layers=(shrinking,)),), repeat=4)
    assert [p[1] for p in errors(net(nested))] == ["s.2.t.x"]


def test_what_is_wrong_in_every_pass_is_said_once():
    shrinking = Layer(name="x", type="Conv2d", params={"out_channels": 4, "kernel_size": 3})
    block = Block(name="s", layers=(shrinking, replace(shrinking)), repeat=20)
    large = replace(IMAGE, shape=(1, 4, 999, 999))
    assert [(p[1], p[2]) for p in problems(net(block, inputs=(large,)))] == [("s.0.x", "name")]


def test_the_layers_of_a_block_that_cannot_run_wait_for_it():
    for wrong in (0, 10**30, 10**4000):
        network = net(conv("a"), Block(name="s", layers=(conv("x"), conv("y")), repeat=wrong), conv("b"))
        found = problems(network)
        assert [(p[0], p[1].split(".")[-1]) for p in found] == [
            ("error", "s"),
            ("info", "x"),
            ("info", "y"),
            ("info", "b"),
        ]
        assert {p[3] for p in found[1:]} == {"not computed: depends on s, which has an error"}
        totals = analyze(network).totals
        assert (totals.layers, totals.uncounted_layers) == (4, 3)


# -- limits


def test_layers_in_all_are_limited():
    ten = tuple(conv(f"n{i}") for i in range(10))
    assert analyze(net(Block(name="s", layers=ten, repeat=10_000))).totals.layers == MAX_LAYERS
    blocks = [Block(name=f"s{i}", layers=ten, repeat=6_000) for i in range(2)]
    assert errors(net(*blocks)) == [("error", "", None, "these are 120,000 layers; at most 100,000 fit")]
    inside = net(Block(name="t", layers=(Block(name="s", layers=ten, repeat=6_000),), repeat=2))
    assert errors(inside)[0][1:3] == ("t", "repeat")


@pytest.mark.parametrize("depth", [MAX_DEPTH + 1, 5_000])
def test_nesting_is_limited(depth):
    def tower(depth):
        node = conv("a")
        for _ in range(depth):
            node = Block(name="b", layers=(node,))
        return net(node)

    assert analyze(tower(MAX_DEPTH)).ok
    assert errors(tower(depth)) == [("error", "", None, f"blocks are nested {depth} deep; at most 32 fit")]
    assert analyze(tower(depth)).totals.uncounted_layers == 1


@pytest.mark.timeout(60)
def test_many_blocks_of_many_different_passes_are_no_trap():
    shrinking = Layer(name="x", type="Conv2d", params={"out_channels": 4, "kernel_size": 3})
    long = NetworkInput(name="image", shape=(1, 4, 2**60, 2**60))
    blocks = [Block(name=f"s{i}", layers=(shrinking,), repeat=MAX_LAYERS) for i in range(1_000)]
    assert errors(net(*blocks, inputs=(long,)))[0][1] == ""
    assert analyze(net(*blocks[:1], inputs=(long,))).ok


@pytest.mark.timeout(60)
def test_hundred_thousand_layers_are_analysed():
    layers = tuple(conv(f"n{i}") for i in range(MAX_LAYERS))
    result = analyze(net(*layers))
    assert result.totals.layers == sum(1 for _ in result.rows()) == MAX_LAYERS


# -- the memo


@given(built_networks(wrong=True), st.data())
def test_analysis_after_an_edit_equals_a_fresh_one(network, data):
    first = result = analyze(network)
    before = network
    for _ in range(data.draw(st.integers(1, 6))):
        network = edited(data.draw, network)
        result = analyze(network, previous=result)
        assert seen(result) == seen(analyze(network))
    assert seen(analyze(before, previous=result)) == seen(first)


@given(built_networks(wrong=True))
def test_an_analysis_twice_is_the_same_objects(network):
    first = analyze(network)
    assert analyze(network, previous=first).root is first.root


def test_an_edit_leaves_the_results_of_others_the_same_objects():
    network = net(conv("a"), Block(name="s", layers=(conv("x"), conv("y"))), conv("b", 9))
    first = analyze(network)
    layers = (*network.layers[:2], conv("b", 8))
    second = analyze(net(*layers), previous=first)
    assert [a is b for a, b in zip(first.root.children, second.root.children, strict=True)] == [True, True, False]


def test_one_node_in_two_places_with_other_inputs():
    shared = conv("x", 3)
    network = net(Block(name="s", layers=(shared,)), Block(name="t", layers=(shared,)))
    assert [row.cost.params for row in analyze(network).rows()] == [(4 * 9 + 1) * 3, (3 * 9 + 1) * 3]


def test_a_repeated_block_that_gives_less_than_it_is_fed_and_that_not_known():
    odd = Layer(name="odd", type="NotKnown")
    twice = Block(name="s", repeat=3, layers=(conv("c"),), inputs=("a", "odd"), outputs=("input:1",))
    assert errors(net(conv("a"), odd, twice))[0][1] == "odd"


@given(any_networks)
def test_whatever_a_file_holds_is_analysed(network):
    for problem in analyze(network).problems:
        assert problem.message
        assert problem.severity in ("error", "warning", "info")


def test_a_tie_is_looked_at_in_every_pass():
    """The second pass is fed 3 channels, so that b would need 3·4·9 + 4 weights there, and a has 4·4·9 + 4."""
    once = (conv("narrow", 3), conv("b", 4, inputs=("input",), tied_to="a"))
    result = analyze(net(conv("a", 4), Block(name="twice", repeat=2, layers=once, outputs=("narrow",))))
    (problem,) = result.problems
    assert (problem.path, problem.param) == ("twice.b", "tied_to")
    assert "this layer has 112 params in a later pass and that one 148" in problem.message


A, B, C, D = (conv(name) for name in "abcd")
TAIL = (conv("p"), add("q", "p", "b"), conv("r"))
RELU, SUM = Layer(name="d", type="ReLU"), add("s", "a", "image")


HANDS_ON = Block(name="s", layers=(Layer(name="c", type="ReLU"),), outputs=("input", "c"))
TWICE = add("sum", "a", "s")


def block(*layers, repeat=1):
    return Block(name="s", repeat=repeat, layers=layers)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param((A, B, C, D), (A, conv("b", 8), C, D), id="a layer in the middle"),
        pytest.param((A, B, *TAIL), (A, conv("b", 9), C, *TAIL), id="one to which the rest refers"),
        pytest.param((A, B, C, D), (A, C, D), id="one less"),
        pytest.param((A, B, C, D), (A, conv("b", 5), C, conv("d", 5)), id="two at once"),
        pytest.param((A, SUM, D), (A, SUM, D, conv("image")), id="a name hidden"),
        pytest.param((A, B, C), (A, B, conv("a")), id="a name twice"),
        pytest.param((A, B, block(C, D)), (A, B, block(conv("c", 6), D)), id="in a block"),
        pytest.param((A, HANDS_ON, TWICE), (A, replace(RELU, name="r"), HANDS_ON, TWICE), id="one tensor, or two"),
        pytest.param((A, block(C, D, repeat=3)), (A, block(C, RELU, repeat=3)), id="in a repeated block"),
    ],
)
def test_what_an_edit_leaves_is_carried_over_as_it_would_be_found(before, after):
    for old, new in ((before, after), (after, before)):
        previous = analyze(net(*old))
        assert seen(analyze(net(*new), previous=previous)) == seen(analyze(net(*new)))


# -- blocks that are alike


@given(built_networks(wrong=True), st.data())
def test_what_is_told_of_blocks_that_are_alike_is_what_each_would_say(network, data):
    layers = list(network.layers)
    blocks = [node for node in layers if isinstance(node, Block)] or [Block(name="s", layers=tuple(layers))]
    for i in range(data.draw(st.integers(1, 4))):
        again = copied(data.draw(st.sampled_from(blocks)))
        layers.append(replace(again, name=f"again{i}", inputs=data.draw(st.sampled_from([(), ("image",), ("input",)]))))
    network = replace(network, root=replace(network.root, layers=tuple(layers)))
    if data.draw(st.booleans()):
        network = edited(data.draw, network)
    told, found = analyze(network), plainly_analyzed(network)
    assert seen(told) == seen(found)
    assert told.memory.live_bytes == found.memory.live_bytes
    assert [told.at(path).node is node for path, node in walk(network.root) if told.at(path)].count(False) == 0
    assert [told.at(path) is None for path, _ in walk(network.root)] == [
        found.at(path) is None for path, _ in walk(network.root)
    ]


HALF = {"dtypes": {"weights": "float16"}}
STAGE = (conv("x", 4), Layer(name="act", type="ReLU"), add("sum", "act", "input"))


@pytest.mark.parametrize(
    ("stage", "kinds"),
    [
        pytest.param(STAGE, 1, id="the same"),
        pytest.param((*STAGE[:2], add("sum", "act", "x")), 2, id="another reference"),
        pytest.param((conv("y", 4), *STAGE[1:]), 2, id="another name"),
        pytest.param((conv("x", 5), *STAGE[1:]), 2, id="another parameter"),
        pytest.param((conv("x", -1), *STAGE[1:]), 1, id="a parameter that cannot be read"),
        pytest.param((replace(conv("x", 4), tied_to="a.x"), *STAGE[1:]), 2, id="tied"),
        pytest.param((replace(conv("x", 4), extra=HALF), *STAGE[1:]), 1, id="a dtype of its own"),
    ],
)
def test_blocks_are_alike_where_nothing_but_their_names_differs(stage, kinds):
    """One that cannot be compared has no kind."""
    network = net(Block(name="a", layers=STAGE), Block(name="b", layers=tuple(map(copied, stage))))
    structures = LayerCache().structures
    assert len({structures.of(node) for node in network.layers} - {None}) == kinds
    assert seen(analyze(network)) == seen(plainly_analyzed(network))


def test_what_is_remembered_of_edits_stays_bounded():
    rest = tuple(Layer(name=f"n{i}", type="ReLU") for i in range(100))
    result, most = None, 0
    for channels in range(1, 300):
        result = analyze(net(conv("a", channels), *rest), previous=result)
        most = max(most, len(result.cache))
    assert 10_000 < most <= 20_000 + 4 * 101
