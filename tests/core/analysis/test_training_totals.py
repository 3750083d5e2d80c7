"""What training saves against totals that someone else asked of PyTorch: ten networks, and four layers."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from layerledger.core import Block, Layer, Network, NetworkInput, analyze
from layerledger.core.analysis.passes.training import Training, TrainingConfig
from layerledger.core.library.templates.templates import load_template

CASES = json.loads((Path(__file__).parents[2] / "reference/training_totals.json").read_text())["cases"]
TRANSFORMER = {"d_model": 256, "nhead": 8, "dim_feedforward": 1024, "batch_first": True}
LAYERS = {
    "TransformerEncoderLayer": [("TransformerEncoderLayer", TRANSFORMER)],
    "TransformerDecoderLayer": [("TransformerDecoderLayer", TRANSFORMER)],
    "LSTM": [("LSTM", {"hidden_size": 128, "num_layers": 2, "bidirectional": True, "batch_first": True})],
    "Sequential": [
        ("Linear", {"out_features": 512}),
        ("LayerNorm", {"normalized_shape": (512,)}),
        ("GELU", {}),
        ("Dropout", {"p": 0.1}),
        ("Linear", {"out_features": 256}),
    ],
}
CAST_OF_THE_INPUT = 4 * 128 * 256 * 2
"""Bytes that the reference counts with the copies of weights in one case.

It takes a saved tensor of 16 bits for the copy of a weight where both have one shape. The 512 rows of 256 features that
enter Linear(256, 512) have the shape of its weight: torch's dispatcher shows that they are a cast of the input.
"""


def network(case):
    given = tuple(NetworkInput(name=f"x{i}", shape=tuple(shape)) for i, shape in enumerate(case["inputs"]))
    kind = case["name"].partition("(")[0]
    if kind not in LAYERS:
        template = load_template(kind)
        return replace(template, inputs=(replace(template.inputs[0], shape=given[0].shape),))
    chain = [Layer(name=f"l{i}", type=name, params=params) for i, (name, params) in enumerate(LAYERS[kind])]
    chain[0] = replace(chain[0], inputs=tuple(x.name for x in given))
    return Network(inputs=given, root=Block(name="", layers=tuple(chain)))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_saved_tensors(case):
    result = analyze(network(case))
    assert result.ok, result.problems
    fp32, mixed = (Training(result, TrainingConfig("sgd", precision)) for precision in ("fp32", "mixed"))
    moved = CAST_OF_THE_INPUT if case["name"].startswith("Sequential") else 0
    found = (fp32.activations.nbytes, mixed.activations.nbytes - moved, mixed.copies.nbytes + moved)
    assert found == pytest.approx((case["fp32"], case["autocast"], case["copies"]), rel=0.01)
