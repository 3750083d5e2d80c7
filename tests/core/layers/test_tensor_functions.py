"""Functions of tensors as PyTorch runs them: shapes, dtypes, and what is kept for the backward pass."""

import json
from pathlib import Path

import pytest

from layerledger.core import Layer, Network, NetworkInput, analyze
from layerledger.core.analysis import Result
from layerledger.core.analysis.passes.training import Training, TrainingConfig
from layerledger.core.network.nodes import Block

CASES = json.loads((Path(__file__).parents[2] / "reference/tensor_functions.json").read_text("utf-8"))
KINDS = sorted({case["type"] for case in CASES})


def analyzed(case: dict) -> Result:
    """Return the analysis of a layer; as in the reference, each float32 input is a sum with a parameter."""
    layers, inputs, taken = [], [], []
    for i, (dtype, shape) in enumerate(case["inputs"]):
        inputs.append(NetworkInput(name=f"i{i}", shape=tuple(shape), dtype=dtype))
        taken.append(f"i{i}")
        if dtype == "float32":
            layers.append(Layer(name=f"p{i}", type="Parameter", params={"shape": (1,)}))
            layers.append(Layer(name=f"a{i}", type="Add", inputs=(f"i{i}", f"p{i}")))
            taken[i] = f"a{i}"
    params = {key: tuple(value) if isinstance(value, list) else value for key, value in case["params"].items()}
    layers.append(Layer(name="layer", type=case["type"], params=params, inputs=tuple(taken)))
    return analyze(Network(inputs=tuple(inputs), root=Block(name="", layers=tuple(layers))))


def saved(result: Result) -> dict[str, int]:
    plans = [Training(result, TrainingConfig("sgd", precision)) for precision in ("fp32", "mixed")]
    return {
        "fp32": plans[0].activations.nbytes,
        "autocast": plans[1].activations.nbytes,
        "copies": plans[1].copies.nbytes,
    }


@pytest.mark.parametrize("kind", KINDS)
def test_shapes_and_dtypes_are_torchs(kind: str) -> None:
    for case in CASES:
        if case["type"] == kind:
            result = analyzed(case)
            assert result.ok, (case, result.problems)
            found = result.at((len(result.network.root.layers) - 1,)).outputs
            assert found
            assert [[each.dtype, list(each.shape)] for each in found] == case["outputs"], case


def test_averages_leave_out_what_lies_outside() -> None:
    for case in CASES:
        if "values" in case:
            result = analyzed({**case, "inputs": [["float64", case["inputs"][0][1]]]})
            cost = result.at((0,)).cost
            assert cost
            # Of k values: k − 1 additions and a division.
            assert cost.add + cost.special == case["values"], case


def test_a_convolution_with_a_computed_weight_has_the_products_and_no_weight() -> None:
    for case in CASES:
        if "macs" in case:
            result = analyzed(case)
            cost = result.at((len(result.network.root.layers) - 1,)).cost
            assert cost
            assert (cost.macs, cost.params) == (case["macs"], 0), case


@pytest.mark.parametrize("kind", KINDS)
def test_saved_tensors_are_torchs(kind: str) -> None:
    for case in CASES:
        if case["type"] == kind and "fp32" in case:
            found = saved(analyzed(case))
            assert found == {key: case[key] for key in found}, case
