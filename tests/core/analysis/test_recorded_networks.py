"""Networks as PyTorch runs them, call by call: what it counts, and what the tools print."""

import json
import lzma
from functools import cache
from pathlib import Path

import pytest

from layerledger.core import analyze, open_network
from layerledger.core.metrics.conventions import count_by_tools

FILE = Path(__file__).parents[2] / "reference" / "recorded_networks.json.xz"
NETWORKS = json.loads(lzma.decompress(FILE.read_bytes()))["networks"]

# What a tool prints beyond its rule, by accident: torchprofile counts products of sizes in the trace, 1 each; fvcore
# takes an einsum from the few digits that numpy prints of it.
ACCIDENTS = {
    ("maxvit_t", "torchprofile"): 22,
    ("maxvit_t", "fvcore"): 1072,
    ("swin_v2_t", "torchprofile"): 36,
    ("vit_b_32", "torchprofile"): 1,
}


def named(reference):
    number, colon, port = reference.partition(":")
    return f"l{number}{colon}{port}" if number != "-1" else "image"


def layer_of(number, row):
    kind, params, inputs, torch, tied = row
    again = torch.startswith("module of ")
    said = {"torch": f"module of l{torch.removeprefix('module of ')}" if again else torch} if torch else {}
    fed = {"inputs": [named(reference) for reference in inputs]} if inputs else {}
    whose = {"tied_to": f"l{tied}"} if tied is not None else {}
    return {"name": f"l{number}", "type": kind, "params": params, **fed, **said, **whose}


@cache
def analyzed(name, folder):
    recorded = NETWORKS[name]
    document = {
        "format": "layerledger",
        "version": 1,
        "name": name,
        "inputs": [{"name": "image", "shape": recorded["input"], "dtype": "float32"}],
        "layers": [layer_of(i, row) for i, row in enumerate(recorded["layers"])],
    }
    path = folder / f"{name}.layers"
    path.write_text(json.dumps(document), "utf-8")
    return analyze(open_network(path))


@pytest.fixture(scope="module")
def result_of(tmp_path_factory):
    folder = tmp_path_factory.mktemp("recorded")
    return lambda name: analyzed(name, folder)


@pytest.mark.parametrize("name", NETWORKS)
def test_counts_are_pytorchs(name, result_of):
    result, wanted = result_of(name), NETWORKS[name]
    assert not [problem for problem in result.problems if problem.severity == "error"]
    *_, last = result.rows()
    assert [*last.outputs[0]] == wanted["output"]
    totals = result.totals
    assert (totals.params, totals.buffers, totals.macs) == (wanted["params"], wanted["buffers"], wanted["macs"])


@pytest.mark.parametrize("name", NETWORKS)
def test_totals_are_what_the_tools_print(name, result_of):
    rows = {row.convention.id: row for row in count_by_tools(result_of(name))}
    for id, printed in NETWORKS[name]["tools"].items():
        accident = ACCIDENTS.get((name, id), 0)
        assert rows[id].total == printed - accident, id
        assert rows[id].defects or not accident, id
