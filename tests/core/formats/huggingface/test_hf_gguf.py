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


def made(architecture, metadata, **shapes):
    """Return a file of one layer, with a table of 64 words of 32 features."""
    parts = {f"blk.0.{name}.weight": shape for name, shape in shapes.items()}
    tensors = {"token_embd.weight": (64, 32), **parts, "output_norm.weight": (32,)}
    keys = {"block_count": 1, "embedding_length": 32, "attention.head_count": 4, **metadata}
    values = {"general.architecture": architecture} | {f"{architecture}.{key}": each for key, each in keys.items()}
    return GgufFile(3, values, {name: GgufTensor(shape, None, 0, 0) for name, shape in tensors.items()}, 0, 0)


MADE = {
    "phi3": made(  # one tensor of queries, keys and values, and one of gate and up
        "phi3",
        {"feed_forward_length": 48, "attention.head_count_kv": 2, "attention.sliding_window": 0},
        attn_norm=(32,),
        attn_qkv=(64, 32),
        attn_output=(32, 32),
        ffn_norm=(32,),
        ffn_up=(96, 32),
        ffn_down=(32, 48),
    ),
    "gemma2": made(  # heads wider than the features allow, four norms
        "gemma2",
        {"feed_forward_length": 48, "attention.head_count_kv": 2, "attention.key_length": 16},
        attn_norm=(32,),
        attn_q=(64, 32),
        attn_k=(32, 32),
        attn_v=(32, 32),
        attn_output=(32, 64),
        post_attention_norm=(32,),
        ffn_norm=(32,),
        ffn_gate=(48, 32),
        ffn_up=(48, 32),
        ffn_down=(32, 48),
        post_ffw_norm=(32,),
    ),
    "olmo2": made(  # no norm before attention; queries and keys are normalized as a whole
        "olmo2",
        {"feed_forward_length": 48},
        attn_q=(32, 32),
        attn_k=(32, 32),
        attn_v=(32, 32),
        attn_q_norm=(32,),
        attn_k_norm=(32,),
        attn_output=(32, 32),
        post_attention_norm=(32,),
        ffn_gate=(48, 32),
        ffn_up=(48, 32),
        ffn_down=(32, 48),
        post_ffw_norm=(32,),
    ),
    "qwen3moe": made(
        "qwen3moe",
        {"feed_forward_length": 48, "expert_count": 4, "expert_used_count": 2, "attention.head_count_kv": 2},
        attn_norm=(32,),
        attn_q=(64, 32),
        attn_k=(32, 32),
        attn_v=(32, 32),
        attn_q_norm=(16,),
        attn_k_norm=(16,),
        attn_output=(32, 64),
        ffn_norm=(32,),
        ffn_gate_inp=(4, 32),
        ffn_gate_exps=(4, 24, 32),
        ffn_up_exps=(4, 24, 32),
        ffn_down_exps=(4, 32, 24),
    ),
}
"""Files by hand, with the tensors that gguf-py/gguf/constants.py lists for their architectures."""


@pytest.mark.parametrize("name", MADE)
def test_the_tensors_of_other_architectures_are_all_in_the_network(name):
    network = network_of_gguf(MADE[name], name="x")
    result = analyze(network)
    assert [str(problem.message) for problem in result.problems] == []
    assert result.totals.params == parameters_of(MADE[name])
