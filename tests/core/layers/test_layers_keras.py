"""The options with which layers are those of Keras, against what Keras counts (tests/reference/keras.json)."""

import json
from pathlib import Path

import pytest
from one_layer import cost

from layerledger.core.analysis import analyze
from layerledger.core.network.nodes import Block, Layer, Network, NetworkInput

KERAS = json.loads((Path(__file__).parents[2] / "reference" / "keras.json").read_text("utf-8"))["layers"]
SEQUENCE, IMAGE = (10, 1, 32), (1, 64, 8, 8)

CASES = {
    "LSTM": ("LSTM", SEQUENCE, {"hidden_size": 32, "single_bias": True}),
    "LSTM without bias": ("LSTM", SEQUENCE, {"hidden_size": 32, "bias": False, "single_bias": True}),
    "LSTM in both directions": ("LSTM", SEQUENCE, {"hidden_size": 32, "bidirectional": True, "single_bias": True}),
    "GRU": ("GRU", SEQUENCE, {"hidden_size": 32}),
    "GRU reset_after=False": ("GRU", SEQUENCE, {"hidden_size": 32, "single_bias": True}),
    "SimpleRNN": ("RNN", SEQUENCE, {"hidden_size": 32, "single_bias": True}),
    "BatchNormalization": ("BatchNorm2d", IMAGE, {}),
    "BatchNormalization scale=False": ("BatchNorm2d", IMAGE, {"scale": False}),
    "BatchNormalization center=False": ("BatchNorm2d", IMAGE, {"bias": False}),
    "BatchNormalization neither": ("BatchNorm2d", IMAGE, {"scale": False, "bias": False}),
}


@pytest.mark.parametrize("name", CASES)
def test_a_layer_has_the_trainable_parameters_of_keras(name: str) -> None:
    kind, shape, params = CASES[name]
    assert cost(kind, shape, **params).params == KERAS[name][1]


@pytest.mark.parametrize(("cell", "layer"), [("RNNCell", "RNN"), ("LSTMCell", "LSTM"), ("GRUCell", "GRU")])
def test_a_cell_has_the_weights_of_its_layer(cell: str, layer: str) -> None:
    for single in (False, True):
        one = cost(cell, (1, 32), hidden_size=32, single_bias=single)
        assert one.params == cost(layer, (1, 1, 32), hidden_size=32, single_bias=single).params


@pytest.mark.parametrize(("kind", "gates"), [("RNN", 1), ("LSTM", 4), ("GRU", 3)])
def test_a_second_bias_is_an_addition_and_a_weight_that_is_read(kind: str, gates: int) -> None:
    one, two = (of_one(kind, SEQUENCE, hidden_size=32, single_bias=single) for single in (True, False))
    units = gates * 32
    assert two.cost.params - one.cost.params == units
    assert two.cost.add - one.cost.add == 10 * units
    assert (two.cost.macs, two.cost.mul, two.cost.special) == (one.cost.macs, one.cost.mul, one.cost.special)
    assert two.traffic.weight_bytes - one.traffic.weight_bytes == 4 * units
    # The bias of the state is read again in each step.
    assert two.traffic.read_bytes - one.traffic.read_bytes == 10 * 4 * units
    assert two.traffic.write_bytes == one.traffic.write_bytes


def test_a_norm_without_scale_computes_no_product_with_it() -> None:
    plain = {"track_running_stats": False}
    whole, unscaled = (cost("BatchNorm2d", (2, 64, 8, 8), scale=scale, **plain) for scale in (True, False))
    assert whole.mul - unscaled.mul == 2 * 64 * 8 * 8
    assert whole.add == unscaled.add


def of_one(kind: str, shape: tuple[int, ...], **params: object):
    """Return the result of one layer."""
    layer = Layer(name="layer", type=kind, params=params)
    return analyze(Network(inputs=(NetworkInput(name="x", shape=shape),), root=Block(name="", layers=(layer,)))).at(
        (0,)
    )
