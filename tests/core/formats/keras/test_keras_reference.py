"""Keras models with truth from Keras itself: MACs, parameters, shapes, and another batch."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from foreign_files import manifest, put

from layerledger.core import analyze
from layerledger.core.formats.importing.notes import imported_of
from layerledger.core.formats.importing.options import ImportOptions
from layerledger.core.formats.keras.reader import read
from layerledger.core.metrics.conventions import conventions
from layerledger.core.network.nodes import Network

FILES = [(truth, name) for truth in manifest("keras") for name in (truth["file"], truth["json"], truth["h5"]) if name]


@pytest.fixture(params=FILES, ids=lambda param: param[1])
def truth_and_path(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[dict[str, Any], Path]:
    truth, name = request.param
    return truth, put("keras", name, tmp_path)


def with_batch(network: Network, batch: int) -> Network:
    return replace(network, inputs=tuple(replace(each, shape=(batch, *each.shape[1:])) for each in network.inputs))


def test_counts_are_those_of_keras(truth_and_path: tuple[dict[str, Any], Path]):
    truth, path = truth_and_path
    result = analyze(read(path))
    assert [problem for problem in result.problems if problem.severity == "error"] == []
    assert result.totals.trainable_params == truth["trainable"]
    norms = truth["layers"].get("BatchNormalization", 0)  # each has a counter of batches here
    assert result.totals.params + result.totals.buffers - norms == truth["count_params"]
    if truth["macs"] is not None:
        assert result.totals.macs == truth["macs"]


def test_the_convention_of_keras_counts_as_keras(truth_and_path: tuple[dict[str, Any], Path]):
    truth, path = truth_and_path
    result = analyze(read(path))
    found = {name: conventions("")[f"keras-params{name}"].of_result(result).value for name in ("", "-trainable")}
    # Normalization is a batch norm without weights, whose counter Keras does count.
    assert found[""] == truth["count_params"] - truth["layers"].get("Normalization", 0)
    assert found["-trainable"] == truth["trainable"]


def test_shapes_are_those_of_the_file(truth_and_path: tuple[dict[str, Any], Path]):
    truth, path = truth_and_path
    network = read(path)
    for given, stated in zip(network.inputs, truth["inputs"], strict=True):
        sizes = given.shape if len(given.shape) < 4 else (given.shape[0], *given.shape[2:], given.shape[1])
        assert all(size in (None, ours) for size, ours in zip(stated, sizes, strict=True))
    outputs = analyze(network).root.outputs
    assert [each.shape[1:] for each in outputs] == [tuple(each[1:]) for each in truth["outputs"]]
    imported = imported_of(network)
    assert imported is not None
    assert not any("differ" in note.text for note in imported.notes)


@pytest.mark.parametrize("by_option", [True, False], ids=["asked for", "changed in the network"])
def test_another_batch_multiplies_the_macs(truth_and_path: tuple[dict[str, Any], Path], by_option: bool):
    _, path = truth_and_path
    one = read(path)
    more = read(path, ImportOptions(sizes={"batch": 8})) if by_option else with_batch(one, 8)
    result = analyze(more)
    assert [problem for problem in result.problems if problem.severity == "error"] == []
    assert result.totals.macs == 8 * analyze(one).totals.macs
    assert result.totals.params == analyze(one).totals.params


def test_open_sizes_are_noted_and_can_be_chosen(tmp_path: Path):
    path = put("keras", "any_size.keras", tmp_path)
    imported = imported_of(read(path))
    assert imported is not None
    assert [(size.name, size.value) for size in imported.sizes] == [("batch", 1), ("height", 224), ("width", 224)]
    assert imported.made_by == "Keras 3.15.1"
    chosen = read(path, ImportOptions(sizes={"height": 64, "width": 96, "batch": 2}))
    assert chosen.inputs[0].shape == (2, 3, 64, 96)
    # By hand: 3·3·3·8 taps at 31·47 positions, 9·8 + 8·16 at 29·45, 16·2 once; each twice.
    assert analyze(chosen).totals.macs == 2 * (216 * 31 * 47 + (72 + 128) * 29 * 45 + 32)
