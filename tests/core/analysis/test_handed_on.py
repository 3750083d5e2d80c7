"""Repeated blocks of several inputs: the second pass takes what the first returns."""

import pytest

from layerledger.core import Block, Layer, Network, NetworkInput, analyze, edits
from layerledger.core.analysis.handed_on import outputs_to_hand_on_of


def layer(kind, name, *inputs, **params):
    return Layer(name=name, type=kind, params=params, inputs=inputs)


def gru(**given):
    """Return a network whose block mixes a state with a feature map that stays, as the update of RAFT."""
    layers = (
        layer("Concat", "cat", "input", "input:1", dim=1),
        layer("Conv2d", "mix", out_channels=4, kernel_size=3, padding=1),
        layer("Add", "h", "mix", "input"),
    )
    block = Block(name="iter", **{"repeat": 3, "inputs": ("state", "x"), "layers": layers} | given)
    shapes = {"state": (1, 4, 8, 8), "x": (1, 6, 8, 8)}
    inputs = tuple(NetworkInput(name=name, shape=shape) for name, shape in shapes.items())
    return Network(inputs=inputs, root=Block(name="", layers=(block,)))


@pytest.mark.parametrize("share", [True, False])
def test_the_problem_says_which_outputs_hand_the_inputs_on_and_they_do(share):
    result = analyze(gru(share_weights=share))
    problem = next(problem for problem in result.problems if problem.path == "iter")
    assert (problem.severity, problem.param) == ("error", "outputs")
    assert problem.message.endswith(
        "the first takes 2 tensors, the second 1; to hand on the others, set outputs to h, input:1"
    )
    outputs = outputs_to_hand_on_of(result.root.children[0])
    mended = analyze(edits.set_outputs(result.network, (0,), outputs))
    assert mended.problems == ()
    # By hand: 3 passes of a filter of 3·3·10·4 at 64 positions.
    assert mended.totals.macs == 3 * 9 * 10 * 4 * 64
    assert outputs_to_hand_on_of(mended.root.children[0]) == ()


def test_outputs_that_are_set_come_first():
    result = analyze(gru(outputs=("h",)))
    assert outputs_to_hand_on_of(result.root.children[0]) == ("h", "input:1")


def test_blocks_that_lack_nothing_have_no_such_problem():
    for given in ({"repeat": 1}, {"layers": (layer("Conv2d", "c", "input", out_channels=4, kernel_size=1),)}):
        result = analyze(gru(**given))
        assert not [problem for problem in result.problems if problem.param == "outputs"]
        assert outputs_to_hand_on_of(result.root.children[0]) == ()
    assert outputs_to_hand_on_of(result.root.children[0].passes[0].children[0]) == ()
