"""A tensor is read once by a layer that is fed it several times, whatever its names: against numbered tensors."""

import pytest
from hypothesis import assume, given
from network_strategies import built_networks

from layerledger.core import Block, Layer, Network, NetworkInput, analyze

SIZE = 4 * 6 * 8  # bytes of a tensor of (4, 6, 2)


def relu(name, **given):
    return Layer(name=name, type="ReLU", **given)


def add(*inputs, name="add"):
    return Layer(name=name, type="Add", inputs=inputs)


def read(*layers, **root):
    x = NetworkInput(name="x", shape=(4, 6, 2))
    result = analyze(Network(inputs=(x,), root=Block(name="", layers=layers, **root)))
    assert result.ok, result.problems
    return result.totals.read_bytes // SIZE


TWICE = Block(name="b", repeat=3, inputs=("a", "a"), layers=(relu("c"),), outputs=("c", "c"))


@pytest.mark.parametrize(
    ("layers", "tensors"),
    [
        pytest.param([relu("a"), add("a", "input")], 3, id="two tensors"),
        pytest.param([relu("a"), add("a", "a:0")], 2, id="one by two references"),
        pytest.param([add("x", "input")], 1, id="the network's input by both its names"),
        pytest.param([relu("a"), Block(name="b", inputs=("a", "a"), layers=(add(),))], 2, id="a block fed one twice"),
        pytest.param([Block(name="b", layers=(add("input", "x"),))], 1, id="a block fed the network's input"),
        pytest.param([relu("a"), Block(name="b", layers=(add("input", "x"),))], 3, id="a block fed something else"),
        pytest.param(
            [relu("a"), Block(name="b", layers=(relu("c"),), outputs=("input", "c")), add("a", "b")],
            3,
            id="a block that gives what it is fed",
        ),
        pytest.param(
            [Block(name="b", layers=(relu("a"),), outputs=("a", "a")), add("b", "b:1")],
            2,
            id="a block that gives one twice",
        ),
        pytest.param(
            [Block(name="b", repeat=3, layers=(relu("a"),), outputs=("a", "input")), add("b", "b:1")],
            5,
            id="passes that hand on what they are fed",
        ),
        pytest.param(
            [relu("a"), TWICE, add("b", "b:1")],
            5,
            id="passes that give one twice",
        ),
        pytest.param(
            [Layer(name="a", type="ScaledDotProductAttention", inputs=("x", "x", "x"))],
            1,
            id="queries, keys and values",
        ),
    ],
)
def test_one_tensor_is_read_once(layers, tensors):
    assert read(*layers) == int(tensors)


@pytest.mark.parametrize("repeat", range(1, 12))
@pytest.mark.parametrize(
    "outputs",
    [("input:1", "input"), ("input:1", "input:2", "input"), ("input:2", "input", "input:1", "input:4", "input:3")],
    ids=["two", "three", "three and two"],
)
def test_passes_that_hand_their_inputs_round(repeat, outputs):
    """A tensor that comes round to its place again is the one that entered: an addition of both reads it once."""
    names = [f"x{i}" for i in range(len(outputs))]
    block = Block(name="b", repeat=repeat, inputs=tuple(names), layers=(relu("c"),), outputs=outputs)
    sums = [add(f"b:{i}", name, name=f"sum{i}") for i, name in enumerate(names)]
    layers = (*(relu(name, inputs=("x",)) for name in names), block, *sums)
    result = analyze(Network(inputs=(NetworkInput(name="x", shape=(4, 6, 2)),), root=Block(name="", layers=layers)))
    assert result.ok
    last = list(range(len(names)))
    for _ in range(repeat):
        last = [last[int(each.partition(":")[2] or 0)] for each in outputs]
    found = [row.traffic.read_bytes // SIZE for row in result.rows() if row.path.startswith("sum")]
    assert found == [1 if after == before else 2 for before, after in enumerate(last)]


@given(built_networks(ties=False))
def test_tensors_are_told_apart_as_by_numbers(network):
    result = analyze(network)
    assume(result.ok)
    flow = result.schedule
    for step in flow.steps:
        fed = sum(flow.sizes[tensor] for tensor in set(step.inputs))
        assert sum(spec.nbytes for spec in step.layer.read_inputs) == fed


def test_an_edit_before_a_block_knows_whether_its_sources_are_still_one():
    x = NetworkInput(name="x", shape=(4, 6, 2))
    block = Block(name="b", inputs=("a", "c"), layers=(add(),))
    for order in ((("a", "a"), ("a", "c")), (("a", "c"), ("a", "a"))):
        before = None
        for inputs in order:
            fed = Block(name="b", inputs=inputs, layers=block.layers)
            network = Network(inputs=(x,), root=Block(name="", layers=(relu("a"), relu("c"), fed)))
            before = analyze(network, previous=before)
            assert before.totals.read_bytes // SIZE == 2 + len(set(inputs))
