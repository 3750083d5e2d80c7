"""What Keras prints as total, trainable and non-trainable params, against Keras itself (tests/reference/keras.json)."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from layerledger.core.analysis import Result, analyze
from layerledger.core.library.templates.templates import load_template
from layerledger.core.metrics.conventions import conventions, count_by_tools
from layerledger.core.network.nodes import Block, Layer, Network, NetworkInput, Node

KERAS = json.loads((Path(__file__).parents[2] / "reference" / "keras.json").read_text("utf-8"))
IDS = ("keras-params", "keras-params-trainable", "keras-params-non-trainable")
SEQUENCE, IMAGE = (1, 10, 32), (1, 64, 8, 8)
STEPS = {"hidden_size": 32, "batch_first": True}

CASES = {
    "LSTM": ("LSTM", SEQUENCE, STEPS),
    "LSTM without bias": ("LSTM", SEQUENCE, {**STEPS, "bias": False}),
    "LSTM in both directions": ("LSTM", SEQUENCE, {**STEPS, "bidirectional": True}),
    "two LSTMs": ("LSTM", SEQUENCE, {**STEPS, "hidden_size": 16, "num_layers": 2}),
    "GRU": ("GRU", SEQUENCE, STEPS),
    "GRU reset_after=False": ("GRU", SEQUENCE, {**STEPS, "single_bias": True}),
    "SimpleRNN": ("RNN", SEQUENCE, STEPS),
    "BatchNormalization": ("BatchNorm2d", IMAGE, {}),
    "BatchNormalization scale=False": ("BatchNorm2d", IMAGE, {"scale": False}),
    "BatchNormalization center=False": ("BatchNorm2d", IMAGE, {"bias": False}),
    "BatchNormalization neither": ("BatchNorm2d", IMAGE, {"affine": False}),
    "LayerNormalization": ("LayerNorm", SEQUENCE, {"normalized_shape": (32,)}),
    "RMSNormalization": ("RMSNorm", SEQUENCE, {"normalized_shape": (32,)}),
    "GroupNormalization": ("GroupNorm", IMAGE, {"num_groups": 8}),
    "Dense": ("Linear", (1, 32), {"out_features": 10}),
    "Conv2D": ("Conv2d", IMAGE, {"out_channels": 32, "kernel_size": 3, "groups": 2}),
    "DepthwiseConv2D": ("Conv2d", IMAGE, {"out_channels": 64, "kernel_size": 3, "groups": 64}),
    "Conv2DTranspose": ("ConvTranspose2d", IMAGE, {"out_channels": 32, "kernel_size": 3}),
    "Dropout": ("Dropout", SEQUENCE, {}),
    "MultiHeadAttention": ("MultiheadAttention", (1, 10, 64), {"num_heads": 4, "batch_first": True}),
}
"""Layers as torch has them, by the name of the layer of Keras."""


def of_nodes(*nodes: Node, shape: tuple[int, ...] = IMAGE) -> Result:
    return analyze(Network(inputs=(NetworkInput(name="x", shape=shape),), root=Block(name="", layers=nodes)))


def printed(result: Result) -> list[int]:
    """Return the three totals, as the comparison and as the convention itself counts them."""
    chosen = {id: conventions("")[id] for id in IDS}
    rows = count_by_tools(result, chosen)
    totals = [row.total for row in rows]
    assert totals == [each.of_result(result).value for each in chosen.values()]
    assert totals[0] == totals[1] + totals[2]
    assert all(row.difference == sum(part.amount for part in row.parts) for row in rows)
    return totals


@pytest.mark.parametrize("name", CASES)
def test_a_layer_counts_as_in_keras(name: str) -> None:
    kind, shape, params = CASES[name]
    assert printed(of_nodes(Layer(name="layer", type=kind, params=params), shape=shape)) == KERAS["layers"][name]


@pytest.mark.parametrize("name", ["LSTM", "BatchNormalization"])
def test_a_frozen_layer_counts_as_in_keras_also_in_a_frozen_block(name: str) -> None:
    kind, shape, params = CASES[name]
    layer = Layer(name="layer", type=kind, params=params)
    wanted = KERAS["layers"][f"{name} frozen"]
    assert printed(of_nodes(replace(layer, trainable=False), shape=shape)) == wanted
    assert printed(of_nodes(Block(name="block", layers=(layer,), trainable=False), shape=shape)) == wanted


def test_shared_weights_count_once() -> None:
    norm = Layer(name="norm", type="BatchNorm2d")
    once = KERAS["layers"]["BatchNormalization"]
    assert printed(of_nodes(Block(name="block", layers=(norm,), repeat=3, share_weights=True))) == once
    assert printed(of_nodes(Block(name="block", layers=(norm,), repeat=3))) == [3 * each for each in once]
    again = Layer(name="again", type="BatchNorm2d", tied_to="norm")
    assert printed(of_nodes(norm, again)) == once


@pytest.mark.parametrize(("template", "name"), [("mobilenet_v2", "MobileNetV2"), ("vgg16", "VGG16")])
def test_a_network_counts_as_in_keras(template: str, name: str) -> None:
    assert printed(analyze(load_template(template))) == KERAS["networks"][name]


def test_densenet_and_resnet_count_as_in_keras() -> None:
    assert printed(analyze(load_template("densenet121"))) == KERAS["networks"]["DenseNet121"]
    # The convolutions of ResNet50 in Keras have biases.
    network = load_template("resnet50")
    assert printed(analyze(replace(network, root=with_biases(network.root)))) == KERAS["networks"]["ResNet50"]


def with_biases(node: Node) -> Node:
    """Return a network whose convolutions have biases."""
    if isinstance(node, Block):
        return replace(node, layers=tuple(map(with_biases, node.layers)))
    return replace(node, params={**node.params, "bias": True}) if node.type == "Conv2d" else node
