"""Sizes of 0 that PyTorch takes, as it takes them; see tests/reference."""

import json
from pathlib import Path

import pytest

from layerledger.core import Block, Layer, Network, NetworkInput, analyze

CASES = json.loads((Path(__file__).parents[2] / "reference" / "zero_sizes.json").read_text("utf-8"))["cases"]
TAKEN = [case for case in CASES if "outputs" in case]


def analyzed(case):
    dtype = "int64" if case["type"] == "Embedding" else "float32"
    inputs = tuple(
        NetworkInput(name=f"in{i}", shape=tuple(shape), dtype=dtype) for i, shape in enumerate(case["inputs"])
    )
    params = {name: tuple(value) if isinstance(value, list) else value for name, value in case["params"].items()}
    layer = Layer(name="layer", type=case["type"], params=params, inputs=tuple(each.name for each in inputs))
    return analyze(Network(inputs=inputs, root=Block(name="", layers=(layer,))))


@pytest.mark.parametrize("case", TAKEN, ids=lambda case: f"{case['type']}-{case['inputs']}")
def test_what_torch_takes_is_a_warning_at_most(case):
    result = analyzed(case)
    (found,) = result.root.children
    assert {problem.severity for problem in result.problems} <= {"warning"}
    assert [list(spec.shape) for spec in found.outputs] == case["outputs"]
    assert found.cost.params == case["learned"]
    counts = [getattr(found.cost, name) for name in ("macs", "mul", "add", "cmp", "special")]
    assert min(counts) >= 0
    if all(0 in shape for shape in case["outputs"]) and "Cell" not in case["type"]:
        assert counts == [0] * 5
        assert result.problems


def test_both_outcomes_are_there():
    assert len(TAKEN) > 100
    assert len(CASES) - len(TAKEN) > 30
