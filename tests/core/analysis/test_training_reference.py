"""Saved tensors against torch.autograd's saved-tensor hooks: layers, functions and whole networks."""

import json
import lzma
from dataclasses import replace
from pathlib import Path

import pytest

from layerledger.core import Block, Layer, Network, NetworkInput, analyze
from layerledger.core.analysis.passes.training import Training, TrainingConfig
from layerledger.core.library.templates.templates import load_template

REFERENCE = json.loads(lzma.decompress((Path(__file__).parents[2] / "reference/training.json.xz").read_bytes()))
TOLERANCE = 0.02


def spec(given):
    return (given[1], given[0]) if given and isinstance(given[0], str) else (given, "float32")


def network(case):
    """Return the network of a case: each input that needs a gradient is a sum with a parameter."""
    layers, references, inputs = [], [], []
    for i, given in enumerate(case["inputs"]):
        shape, dtype = spec(given)
        inputs.append(NetworkInput(name=f"i{i}", shape=tuple(shape), dtype=dtype))
        references.append(f"i{i}")
        if dtype == "float32" and not case.get("first"):
            layers.append(Layer(name=f"p{i}", type="Parameter", params={"shape": (1,)}))
            layers.append(Layer(name=f"a{i}", type="Add", inputs=(f"i{i}", f"p{i}")))
            references[i] = f"a{i}"
    chain = case.get("layers") or [[case["type"], case["params"]]]
    for i, (kind, params, *wired) in enumerate(chain):
        params = {key: tuple(value) if isinstance(value, list) else value for key, value in params.items()}
        taken = tuple(wired[0]) if wired else tuple(references) if i == 0 and kind != "Constant" else ()
        frozen = {"trainable": False} if case.get("frozen") else {}
        layers.append(Layer(name=f"l{i}", type=kind, params=params, inputs=taken, **frozen))
    return Network(inputs=tuple(inputs), root=Block(name="", layers=tuple(layers)))


def found(result):
    plans = [Training(result, TrainingConfig("sgd", precision)) for precision in ("fp32", "mixed")]
    return {
        "fp32": plans[0].activations.nbytes,
        "autocast": plans[1].activations.nbytes,
        "copies": plans[1].copies.nbytes,
    }


def check(result, case):
    assert result.ok, result.problems
    for key, ours in found(result).items():
        assert ours == pytest.approx(case[key], rel=TOLERANCE), key


def title(case):
    return json.dumps({key: value for key, value in case.items() if key not in ("fp32", "autocast", "copies")})


KINDS = sorted({case["type"] for case in REFERENCE["layers"]})


@pytest.mark.parametrize("kind", KINDS)
def test_layers(kind):
    for case in REFERENCE["layers"]:
        if case["type"] == kind:
            check(analyze(network(case)), case)


@pytest.mark.parametrize("case", REFERENCE["functions"], ids=title)
def test_functions_and_chains(case):
    check(analyze(network(case)), case)


def without_stochastic_depth(node):
    if isinstance(node, Block):
        layers = tuple(map(without_stochastic_depth, node.layers))
        return Block(name=node.name, layers=layers, inputs=node.inputs, outputs=node.outputs, repeat=node.repeat)
    if node.type == "StochasticDepth":
        return Layer(name=node.name, type="Identity", inputs=node.inputs)
    return node


@pytest.mark.parametrize("case", REFERENCE["networks"], ids=lambda case: case["template"])
def test_networks(case):
    """torchvision's networks, with stochastic depth off and on images of the size that PyTorch was given."""
    given = load_template(case["template"])
    image = replace(given.inputs[0], shape=(case["batch"], 3, case["size"], case["size"]))
    check(analyze(replace(given, inputs=(image,), root=without_stochastic_depth(given.root))), case)
