"""Freezing: the nearest statement decides, in counts, rows, gradients and saved tensors."""

import pytest

from layerledger.core import Block, Layer, Network, NetworkInput, analyze, edits
from layerledger.core.analysis.passes.training import Training, TrainingConfig
from layerledger.core.analysis.rows import rows
from layerledger.core.edits import ungroup
from layerledger.core.network.frozen import is_frozen

WEIGHTS = 9


def conv(name, trainable=None):
    return Layer(
        name=name, type="Conv2d", params={"out_channels": 3, "kernel_size": 1, "bias": False}, trainable=trainable
    )


def net(*layers):
    return Network(inputs=(NetworkInput(name="x", shape=(1, 3, 8, 8)),), root=Block(name="", layers=layers))


def trained(network):
    """Return the trained parameters as totals, rows, gradients and each plan of backward passes count them."""
    result = analyze(network)
    assert result.ok, result.problems
    training = Training(result, TrainingConfig("sgd", "fp32"))
    learned = training.backward.trained
    owners = sum(learned.params(step) for _, step in training.backward.owners.values())
    total = result.totals.trainable_params
    assert sum(row.cost.trainable_params * row.times for row in rows(result.root, expand=False)) == total
    assert sum(row.cost.trainable_params for row in rows(result.root, expand=True)) == total
    assert (owners, training.gradients.nbytes) == (total, 4 * total)
    return total


@pytest.mark.parametrize("outer", [None, True, False])
@pytest.mark.parametrize("inner", [None, True, False])
@pytest.mark.parametrize("own", [None, True, False])
def test_the_nearest_statement_decides(outer, inner, own):
    """As in PyTorch: outer.requires_grad_(…), then inner's, then the layer's own."""
    within = Block(name="inner", layers=(conv("a", own), conv("b")), trainable=inner, repeat=2)
    network = net(Block(name="outer", layers=(within, conv("c")), trainable=outer))
    c = outer is not False
    b = c if inner is None else inner
    a = b if own is None else own
    assert trained(network) == WEIGHTS * (2 * a + 2 * b + c)
    assert [is_frozen(network, path) for path in ((0, 0, 0), (0, 0, 1), (0, 1))] == [not a, not b, not c]


def test_what_is_wrong_states_nothing():
    network = net(Block(name="outer", layers=(conv("a", 0),), trainable="yes"))
    result = analyze(network)
    assert result.totals.trainable_params == WEIGHTS
    assert [problem.param for problem in result.problems] == ["trainable", "trainable"]


def test_an_edit_states_only_what_the_block_around_does_not():
    network = net(Block(name="outer", layers=(conv("a"), conv("b", True), Block(name="i", layers=(conv("c", False),)))))
    frozen = edits.set_trainable(network, [(0,)], on=False)
    assert trained(frozen) == 0
    outer = frozen.root.layers[0]
    assert [outer.trainable, *(node.trainable for node in outer.layers)] == [False, None, None, None]
    one = edits.set_trainable(frozen, [(0, 2)], on=True)
    assert trained(one) == WEIGHTS
    assert edits.set_trainable(one, [(0, 2)], on=False).root.layers[0].layers[2].trainable is None
    assert edits.set_trainable(network, [(0, 0)], on=True) is network


def test_ungrouping_freezes_what_was_frozen_with_the_block():
    block = Block(
        name="b", layers=(conv("a"), Layer(name="r", type="ReLU"), conv("c", True)), trainable=False, repeat=2
    )
    network, _ = ungroup.ungroup(net(block), (0,))
    assert [node.trainable for node in network.layers] == [False, None, True, False, None, True]
    assert trained(network) == trained(net(block)) == 2 * WEIGHTS
