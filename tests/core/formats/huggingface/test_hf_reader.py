"""The reader of config.json files, and what lies beside them."""

import json
import struct

import pytest

from layerledger.core import FormatError, analyze
from layerledger.core.formats.huggingface.reader import read
from layerledger.core.formats.importing.notes import imported_of
from layerledger.core.formats.importing.options import ImportOptions

CONFIG = {
    "model_type": "llama",
    "architectures": ["LlamaForCausalLM"],
    "vocab_size": 320,
    "hidden_size": 64,
    "intermediate_size": 176,
    "num_hidden_layers": 3,
    "num_attention_heads": 4,
    "tie_word_embeddings": True,
    "torch_dtype": "bfloat16",
}
PARAMS = 320 * 64 + 3 * (4 * 64 * 64 + 3 * 64 * 176 + 2 * 64) + 64
"""By hand: word vectors, three layers, the last norm."""


@pytest.fixture
def model(tmp_path):
    folder = tmp_path / "tiny-llama"
    folder.mkdir()
    (folder / "config.json").write_text(json.dumps(CONFIG))
    return folder / "config.json"


def notes(path):
    return [(note.kind, note.text) for note in imported_of(read(path, ImportOptions())).notes]


def safetensors(path, **shapes):
    header, at = {}, 0
    for name, shape in shapes.items():
        size = 2
        for each in shape:
            size *= each
        header[name] = {"dtype": "BF16", "shape": shape, "data_offsets": [at, at + size]}
        at += size
    text = json.dumps(header).encode()
    path.write_bytes(struct.pack("<Q", len(text)) + text + bytes(at))


def test_the_folder_names_the_network_and_sizes_are_chosen(model):
    network = read(model, ImportOptions(sizes={"tokens": 7}))
    assert (network.name, network.inputs[0].shape) == ("tiny-llama", (1, 7))
    assert analyze(network).totals.params == PARAMS
    assert imported_of(network).file == "config.json"


def test_an_index_of_as_many_bytes_is_a_check(model):
    index = {"metadata": {"total_size": 2 * PARAMS}, "weight_map": {"a": "model-1.safetensors"}}
    model.with_name("model.safetensors.index.json").write_text(json.dumps(index))
    assert ("checked", f"model.safetensors.index.json beside it has as many parameters: {PARAMS:,}.") in notes(model)


def test_an_index_of_other_bytes_is_named(model):
    index = {"metadata": {"total_size": 2 * PARAMS - 200}, "weight_map": {}}
    model.with_name("model.safetensors.index.json").write_text(json.dumps(index))
    (found,) = (text for kind, text in notes(model) if kind == "counted as held" and "index" in text)
    assert "100 fewer" in found


def test_weights_beside_it_are_compared_without_buffers(model):
    safetensors(model.with_name("model.safetensors"), a=[PARAMS - 4], b=[2, 2], inv_freq=[9])
    assert ("checked", f"model.safetensors beside it has as many parameters: {PARAMS:,}.") in notes(model)


def test_damaged_weights_beside_it_do_no_harm(model):
    model.with_name("model.safetensors").write_bytes(b"no tensors")
    assert not [kind for kind, _ in notes(model) if kind == "checked"]


def test_a_file_of_another_name_looks_for_no_weights(model):
    model.with_name("model.safetensors").write_bytes(b"no tensors")
    other = model.rename(model.with_name("small.config.json"))
    assert read(other, ImportOptions()).name == "small.config"


@pytest.mark.parametrize("text", ["[]", "{", "null", '{"model_type": "llama", "model_type": "gpt2"}'])
def test_a_file_that_is_no_object_is_one_sentence(model, text):
    model.write_text(text)
    with pytest.raises(FormatError) as error:
        read(model, ImportOptions())
    assert "\n" not in str(error.value)
