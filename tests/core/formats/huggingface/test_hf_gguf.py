"""Networks of GGUF files against what was written to them."""

import json
import tarfile
from functools import cache
from pathlib import Path

import pytest

from layerledger.core import analyze
from layerledger.core.formats.binary.gguf import GgufFile, GgufTensor, read_gguf
from layerledger.core.formats.huggingface.gguf import ARCHITECTURES, network_of_gguf, parameters_of
from layerledger.core.formats.huggingface.traits import TRAITS
from layerledger.core.formats.importing.notes import imported_of

ARCHIVE = Path(__file__).parents[3] / "reference" / "foreign" / "gguf.tar.xz"


@cache
def rows():
    with tarfile.open(ARCHIVE) as archive:
        (manifest,) = (each for each in archive.getmembers() if each.name.endswith("manifest.json"))
        return json.loads(archive.extractfile(manifest).read())["files"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    target = tmp_path_factory.mktemp("gguf")
    with tarfile.open(ARCHIVE) as archive:
        for each in archive.getmembers():
            if each.isfile():
                (target / Path(each.name).name).write_bytes(archive.extractfile(each).read())
    return target


@pytest.mark.parametrize("row", rows(), ids=lambda row: row["file"])
def test_a_network_has_what_was_written(folder, row):
    file = read_gguf(folder / row["file"])
    network = network_of_gguf(file, name="x")
    assert parameters_of(file) == row["params"]
    if row["macs_128"] is None:
        assert network is None
        return
    result = analyze(network)
    assert [str(problem.message) for problem in result.problems] == []
    assert (result.totals.params, result.totals.macs) == (row["params"], row["macs_128"])
    imported = imported_of(network)
    assert [note.kind for note in imported.notes].count("checked") == 1
    assert imported.format == "GGUF model"


def test_parameters_that_differ_are_said(folder):
    file = read_gguf(folder / "llama_f16.gguf")
    more = {**file.tensors, "blk.0.something.weight": GgufTensor((8,), None, 0, 0)}
    network = network_of_gguf(file._replace(tensors=more), name="x")
    assert any("2,787,080" in note.text and "2,787,072" in note.text for note in imported_of(network).notes)


def test_a_file_without_word_vectors_has_no_network():
    assert network_of_gguf(GgufFile(3, {"general.architecture": "llama"}, {}, 0, 0), name="x") is None


def test_each_architecture_is_a_kind_of_decoder():
    assert set(ARCHITECTURES.values()) <= set(TRAITS)
