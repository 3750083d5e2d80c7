"""TensorFlow Lite models with truth from the network that they were made of."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from foreign_files import manifest, put

from layerledger.core import analyze
from layerledger.core.formats.importing.notes import imported_of
from layerledger.core.formats.tflite.reader import read
from layerledger.core.network.nodes import Network

FILES = manifest("tflite")


@pytest.fixture(params=FILES, ids=lambda truth: truth["file"])
def truth_and_network(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[dict[str, Any], Network]:
    truth = request.param
    return truth, read(put("tflite", truth["file"], tmp_path))


def test_macs_are_those_of_the_source(truth_and_network: tuple[dict[str, Any], Network]):
    truth, network = truth_and_network
    result = analyze(network)
    assert [problem for problem in result.problems if problem.severity == "error"] == []
    assert result.totals.macs == truth["macs"]
    # Batch norms are folded and biases of 0 are left out, so a file holds fewer than its source.
    assert 0.98 * truth["keras_count_params"] < result.totals.params <= truth["keras_count_params"]


def test_shapes_are_those_of_the_file(truth_and_network: tuple[dict[str, Any], Network]):
    _truth, network = truth_and_network
    imported = imported_of(network)
    assert imported is not None
    said = [note.text for note in imported.notes if note.kind == "checked"]
    assert len(said) == 1
    assert said[0].startswith("All ")
    assert not [note for note in imported.notes if note.kind == "not counted"]


def test_another_batch_multiplies_the_macs(truth_and_network: tuple[dict[str, Any], Network]):
    _, network = truth_and_network
    more = replace(network, inputs=tuple(replace(each, shape=(8, *each.shape[1:])) for each in network.inputs))
    result = analyze(more)
    assert [problem for problem in result.problems if problem.severity == "error"] == []
    assert result.totals.macs == 8 * analyze(network).totals.macs


def test_quantized_layers_state_their_dtypes(truth_and_network: tuple[dict[str, Any], Network]):
    truth, network = truth_and_network
    result = analyze(network)
    # A full integer file holds a byte for each value, a float one four.
    assert (result.totals.weight_bytes <= 1.1 * result.totals.params) == (truth["kind"] != "float")
