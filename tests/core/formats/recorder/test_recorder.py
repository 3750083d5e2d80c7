"""Recorded traces, against what PyTorch says of the same networks."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from layerledger.core import FormatError, analyze, open_network
from tests.core.foreign_files import foreign_files, manifest, put

FILES = {case["file"]: case for case in manifest("trace")}
CASES = pytest.mark.parametrize("name", FILES)


@CASES
def test_counts_are_those_of_pytorch(name: str, tmp_path: Path) -> None:
    case = FILES[name]
    network = open_network(put("trace", name, tmp_path))
    result = analyze(network)
    assert result.problems == ()
    totals = result.totals
    assert (totals.macs, totals.params, totals.buffers) == (case["macs"], case["params"], case["buffers"])
    larger = tuple(replace(each, shape=(8 * each.shape[0], *each.shape[1:])) for each in network.inputs)
    assert analyze(replace(network, inputs=larger)).totals.macs == 8 * case["macs"]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"version": 2}, '"version" 1'),
        ({"inputs": 3}, "inputs"),
        ({"calls": [{"path": [], "call": "relu"}]}, "damaged"),
        ({"inputs": [{"t": 1, "shape": ["x"], "dtype": "float32"}]}, "damaged"),
        ({"inputs": [{"t": 1, "shape": [1, -3], "dtype": "float32"}]}, "damaged"),
        ({"calls": [{"path": [None], "call": "relu", "args": [], "kwargs": {}, "out": []}]}, "damaged"),
    ],
)
def test_a_damaged_trace_is_refused(change: dict[str, object], words: str, tmp_path: Path) -> None:
    whole = json.loads(foreign_files("trace")["tv__alexnet.trace.json"])
    path = tmp_path / "net.trace.json"
    path.write_text(json.dumps({**whole, **change}))
    with pytest.raises(FormatError, match=words):
        open_network(path)
