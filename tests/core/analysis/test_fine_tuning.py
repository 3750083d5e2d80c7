"""Fine-tuning against PyTorch: low-rank adapters, frozen parts of networks, and segmentation networks in training."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from layerledger.core import Block, Layer, Network, NetworkInput, analyze, edits
from layerledger.core.analysis.passes.training import Training, TrainingConfig
from layerledger.core.library.templates.templates import load_template

REFERENCE = json.loads((Path(__file__).parents[2] / "reference/fine_tuning.json").read_text())
SAVED = ("fp32", "autocast", "copies")


def found(network):
    result = analyze(network)
    assert result.ok, result.problems
    plans = [Training(result, TrainingConfig("sgd", precision)) for precision in ("fp32", "mixed")]
    kept = (plans[0].activations.nbytes, plans[1].activations.nbytes, plans[1].copies.nbytes)
    return {
        "params": result.totals.params,
        "trainable": result.totals.trainable_params,
        "macs": result.totals.macs,
        **dict(zip(SAVED, kept, strict=True)),
    }


def net(shape, layers):
    return Network(inputs=(NetworkInput(name="x", shape=tuple(shape)),), root=Block(name="", layers=tuple(layers)))


def check(network, case):
    assert found(network) == {key: case[key] for key in ("params", "trainable", "macs", *SAVED)}


def title(case):
    return json.dumps({key: case[key] for key in ("template", "shape", "parts", "first", "frozen") if key in case})


@pytest.mark.parametrize("case", REFERENCE["lora"], ids=title)
def test_adapters(case):
    layers = []
    for i, (_, features, rank, bias) in enumerate(case["parts"]):
        params = {"out_features": features, "lora_rank": rank, "bias": bias}
        layers += ([Layer(name=f"g{i}", type="GELU")] if i else []) + [
            Layer(name=f"l{i}", type="Linear", params=params)
        ]
    if not case["first"]:  # an input by which a gradient is needed; the parameter is not one of the network
        layers[:0] = [
            Layer(name="p", type="Parameter", params={"shape": (1,)}),
            Layer(name="a", type="Add", inputs=("x", "p")),
        ]
        case = {**case, "params": case["params"] + 1, "trainable": case["trainable"] + 1}
    check(net(case["shape"], layers), case)


CHAIN = [
    ("Linear", {"out_features": 64}),
    ("LayerNorm", {"normalized_shape": (64,)}),
    ("GELU", {}),
    ("Linear", {"out_features": 48}),
    ("LayerNorm", {"normalized_shape": (48,)}),
    ("ReLU", {}),
    ("Linear", {"out_features": 16}),
]


@pytest.mark.parametrize("case", REFERENCE["frozen"], ids=title)
def test_frozen_parts(case):
    if "template" in case:
        network = edits.set_batch(load_template(case["template"]), 2)
        names = [node.name for node in network.layers]
        frozen = [(names.index(part),) for part in case["frozen"]]
    else:
        network = net(
            (4, 9, 32), [Layer(name=f"l{i}", type=kind, params=params) for i, (kind, params) in enumerate(CHAIN)]
        )
        frozen = [(i,) for i in case["frozen"]]
    check(edits.set_trainable(network, frozen, on=False), case)


@pytest.mark.parametrize("case", REFERENCE["networks"], ids=title)
def test_networks(case):
    given = load_template(case["template"])
    image = replace(given.inputs[0], shape=(case["batch"], 3, case["size"], case["size"]))
    ours = found(replace(given, inputs=(image,)))
    assert [ours[key] for key in SAVED] == pytest.approx([case[key] for key in SAVED], rel=0.02)
