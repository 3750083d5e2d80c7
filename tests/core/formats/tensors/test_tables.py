"""Files of tensors as networks: parameters, buffers and bytes as the manifests and the formats have them, and notes."""

import json
import random
from math import prod
from pathlib import Path

import pytest
from foreign_files import foreign_files, is_sentence, manifest, put, refusal

from layerledger.core import analyze
from layerledger.core.base.files import FormatError
from layerledger.core.formats.importing.notes import imported_of
from layerledger.core.formats.tensors.reader import read
from layerledger.core.network.nodes import Block, Network

SIZES = {"F32": 4, "F16": 2, "BF16": 2, "I32": 4, "I64": 8, "U8": 1, "I8": 1, "F8_E4M3": 1, "U16": 2, "BOOL": 1}


def safetensors(path: Path, tensors: dict[str, tuple[str, tuple[int, ...]]]) -> Path:
    """Write a file of zeros."""
    header, at = {}, 0
    for name, (dtype, shape) in tensors.items():
        count = prod(shape)
        header[name] = {"dtype": dtype, "shape": shape, "data_offsets": [at, at + count * SIZES[dtype]]}
        at += count * SIZES[dtype]
    content = json.dumps(header).encode()
    path.write_bytes(len(content).to_bytes(8, "little") + content + bytes(at))
    return path


def totals(network: Network) -> tuple[int, int]:
    result = analyze(network)
    assert [str(problem.message) for problem in result.problems] == []
    return result.totals.params, result.totals.buffers


def texts(network: Network) -> str:
    found = imported_of(network)
    assert found is not None
    return "\n".join(note.text for note in found.notes)


def names(block: Block, path: str = "") -> list[str]:
    found: list[str] = []
    for node in block.layers:
        found += names(node, f"{path}{node.name}.") if isinstance(node, Block) else [f"{path}{node.name}"]
    return found


@pytest.mark.parametrize("truth", manifest("gguf"), ids=lambda truth: truth["file"])
def test_given_gguf_files(truth, tmp_path: Path):
    network = read(put("gguf", truth["file"], tmp_path))
    result = analyze(network)
    assert [str(problem.message) for problem in result.problems] == []
    assert result.totals.params == truth["params"]
    if truth["macs_128"] is not None:
        assert result.totals.macs == truth["macs_128"]
    assert f"{truth['weight_bytes']:,} bytes in the file" in texts(network)
    assert ("there is no graph in this file" in texts(network)) == (truth["macs_128"] is None)
    # Bytes are the file's where each layer has one type; biases of gpt2 and qwen2, experts of mixtral have another.
    mixed = truth["file"] in ("gpt2_f16.gguf", "qwen2_q8_0.gguf", "mixtral_iq4.gguf")
    rotations = 4 * (truth["elements"] - truth["params"])
    assert (result.totals.weight_bytes == truth["weight_bytes"] - rotations) == (not mixed)
    if mixed:
        assert f"Weights count as {result.totals.weight_bytes:,} bytes" in texts(network)


def unknown(name: str, folder: Path) -> Path:
    """Write a given file with an architecture that nobody knows."""
    path = folder / "unknown.gguf"
    content = foreign_files("gguf")[name]
    path.write_bytes(content.replace(b"general.architecture", b"general.architectur_", 1))
    return path


@pytest.mark.parametrize("truth", manifest("gguf"), ids=lambda truth: truth["file"])
def test_given_gguf_files_as_tables(truth, tmp_path: Path):
    network = read(unknown(truth["file"], tmp_path))
    assert totals(network) == (truth["params"], truth["elements"] - truth["params"])
    result = analyze(network)
    assert result.totals.macs == 0
    # Buffers are not bytes of weights: here they are the 16 rotations of float32 in one file.
    assert result.totals.weight_bytes == truth["weight_bytes"] - 4 * (truth["elements"] - truth["params"])
    assert f"{truth['weight_bytes']:,} bytes in the file" in texts(network)


def test_a_gguf_file_whose_layers_cannot_be_built_is_a_table(tmp_path: Path):
    path = tmp_path / "llama.gguf"
    key = b"llama.block_count\x04\0\0\0"
    content = foreign_files("gguf")["llama_f16.gguf"]
    path.write_bytes(content.replace(key + b"\3\0\0\0", key + b"\0\0\0\0", 1))
    network = read(path)
    assert totals(network)[0] == 2_787_072
    assert "there is no graph in this file" in texts(network)
    assert "Its layers: " in texts(network)


@pytest.mark.parametrize("truth", manifest("safetensors"), ids=lambda truth: truth["file"])
def test_given_safetensors_files(truth, tmp_path: Path):
    for name in foreign_files("safetensors"):
        put("safetensors", name, tmp_path)
    network = read(tmp_path / truth["file"])
    assert totals(network) == (truth["params"], truth.get("buffers", 0))
    assert f"Weights only: {truth['elements']:,} values" in texts(network)
    assert "there is no graph in this file" in texts(network)
    assert ("LoRA" in texts(network)) == ("LoRA" in truth.get("note", ""))
    assert ("one of 2 of a model" in texts(network)) == ("-of-" in truth["file"])


def test_layers_are_named_as_the_tensors(tmp_path: Path):
    for path in (put("safetensors", "llama_tiny.safetensors", tmp_path), unknown("mixtral_iq4.gguf", tmp_path)):
        found = names(read(path).root)
        assert found
        content = path.read_bytes()
        assert all(name.encode() in content for name in found)


def test_names_that_no_layer_may_have(tmp_path: Path):
    wanted = ("a", "a.b", "a.b.c", "input", "x..y", ".", "p:q", "é.weight", "d" + ".d" * 60)
    network = read(safetensors(tmp_path / "a.safetensors", dict.fromkeys(wanted, ("F32", (2,)))))
    assert totals(network) == (2 * len(wanted), 0)


def test_the_index_says_what_is_missing(tmp_path: Path):
    put("safetensors", "model.safetensors.index.json", tmp_path)
    index = tmp_path / "model.safetensors.index.json"
    with pytest.raises(FormatError, match=r"names 39 tensors in .*, and none lies beside it"):
        read(index)
    put("safetensors", "model-00001-of-00002.safetensors", tmp_path)
    network = read(index)
    assert totals(network)[0] == 105_984
    assert "1 file is not beside the index: 20 tensors without a size are left out." in texts(network)
    put("safetensors", "model-00002-of-00002.safetensors", tmp_path)
    assert "All tensors and bytes are those that the index states." in texts(read(index))


@pytest.mark.parametrize(
    "name", ["../w.safetensors", "/w.safetensors", "a/../../w.safetensors", "..\\w.safetensors", ".."]
)
def test_an_index_leads_to_no_other_folder(name: str, tmp_path: Path):
    safetensors(tmp_path / "w.safetensors", {"a": ("F32", (2,))})
    folder = tmp_path / "inner"
    folder.mkdir()
    index = folder / "model.safetensors.index.json"
    index.write_text(json.dumps({"metadata": {}, "weight_map": {"a": name}}))
    with pytest.raises(FormatError, match="none lies beside it"):
        read(index)


def test_an_index_that_differs_says_so(tmp_path: Path):
    safetensors(tmp_path / "w.safetensors", {"a": ("F32", (2,)), "b": ("F32", (3,))})
    index = tmp_path / "model.safetensors.index.json"
    index.write_text(json.dumps({"metadata": {"total_size": 99}, "weight_map": {"a": "w.safetensors"}}))
    said = texts(read(index))
    assert "The index and its files differ in 1 tensor." in said
    assert "The index states 99 bytes, its files hold 20." in said


GPTQ = {
    "q.qweight": ("I32", (16, 64)),
    "q.qzeros": ("I32", (4, 8)),
    "q.scales": ("F16", (4, 64)),
    "q.g_idx": ("I32", (128,)),
    "q.bias": ("F16", (64,)),
}
AWQ = {"q.qweight": ("I32", (128, 8)), "q.qzeros": ("I32", (4, 8)), "q.scales": ("F16", (4, 64))}
EIGHT_BITS = {"q.qweight": ("I32", (32, 64)), "q.scales": ("F16", (1, 64)), "q.g_idx": ("I32", (128,))}
BITSANDBYTES = {
    "q.weight": ("U8", (4096, 1)),
    "q.weight.absmax": ("F32", (128,)),
    "q.weight.quant_map": ("F32", (16,)),
    "q.weight.quant_state.bitsandbytes__nf4": ("U8", (90,)),
}
COMPRESSED = {
    "q.weight_packed": ("I32", (64, 16)),
    "q.weight_scale": ("BF16", (64, 1)),
    "q.weight_shape": ("I64", (2,)),
}
NVFP4 = {
    "q.weight": ("U8", (64, 64)),
    "q.weight_scale": ("F8_E4M3", (64, 8)),
    "q.weight_scale_2": ("F32", ()),
    "q.input_scale": ("F32", ()),
}
MXFP4 = {"experts.up_blocks": ("U8", (2, 96, 4, 16)), "experts.up_scales": ("U8", (2, 96, 4))}


@pytest.mark.parametrize(
    ("tensors", "params", "words"),
    [
        (GPTQ, 128 * 64 + 64, "GPTQ: 1 tensor holds several values of 4 or 8 bits"),
        (AWQ, 128 * 64, "AWQ: 1 tensor holds several values of 4 or 8 bits"),
        (EIGHT_BITS, 128 * 64, "GPTQ: 1 tensor holds several values of 4 or 8 bits"),
        (BITSANDBYTES, 8192, "bitsandbytes: 1 tensor holds"),
        (COMPRESSED, 128 * 64, "compressed-tensors: 1 tensor holds"),
        (NVFP4, 128 * 64, "NVFP4: 1 tensor holds"),
        (MXFP4, 2 * 96 * 4 * 32, "MXFP4: 1 tensor holds"),
    ],
    ids=["GPTQ", "AWQ", "GPTQ of 8 bits", "bitsandbytes", "compressed-tensors", "NVFP4", "MXFP4"],
)
def test_packed_weights_count_their_values(tensors, params: int, words: str, tmp_path: Path):
    network = read(safetensors(tmp_path / "a.safetensors", tensors))
    weights = ("q.qweight", "q.weight", "q.bias", "q.weight_packed", "experts.up_blocks")
    buffers = sum(prod(shape) for name, (_, shape) in tensors.items() if name not in weights)
    assert totals(network) == (params, buffers)
    assert words in texts(network)


@pytest.mark.parametrize(
    ("tensors", "params", "buffers"),
    [
        ({"a.weight": ("F8_E4M3", (4, 4)), "a.weight_scale": ("F32", (1,)), "a.input_scale": ("F32", (1,))}, 16, 2),
        ({"a.weight": ("F8_E4M3", (4, 4)), "a.weight_scale_inv": ("F32", (1, 1))}, 16, 1),
        ({"w1": ("I8", (4, 4)), "w1_scale": ("F32", (4,))}, 16, 4),
        ({"a.weight": ("I8", (4, 4)), "a.SCB": ("F32", (4,))}, 16, 4),
        # Scales that are learned: of CLIP, Swin V2 and ConvNeXt.
        ({"logit_scale": ("F32", ()), "a.logit_scale": ("F32", (3, 1, 1)), "b.layer_scale": ("F32", (96,))}, 100, 0),
        (
            {"bn.running_mean": ("F32", (4,)), "bn.running_var": ("F32", (4,)), "bn.num_batches_tracked": ("I64", ())},
            0,
            9,
        ),
        ({"embed.position_ids": ("I64", (1, 512)), "rope.inv_freq": ("F32", (32,)), "mask": ("BOOL", (8, 8))}, 0, 608),
    ],
)
def test_roles(tensors, params: int, buffers: int, tmp_path: Path):
    assert totals(read(safetensors(tmp_path / "a.safetensors", tensors))) == (params, buffers)


def test_types_that_no_layer_has_are_said(tmp_path: Path):
    assert "U16 as int16" in texts(read(safetensors(tmp_path / "a.safetensors", {"a": ("U16", (4,))})))


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("shape_lie.safetensors", "its shape does not fit its 8 bytes"),
        ("dtype.safetensors", 'the dtype "Q9" is unknown'),
    ],
)
def test_hostile_files_open_with_a_note(name: str, words: str, tmp_path: Path):
    network = read(put("hostile", name, tmp_path))
    assert words in texts(network)
    analyze(network)


@pytest.mark.parametrize(
    "name",
    [
        *("header_length.safetensors", "overlap.safetensors", "not_json.safetensors", "evil.pt", "evil.pth"),
        *("version.gguf", "count.gguf", "array.gguf", "dims.gguf"),
    ],
)
def test_hostile_files_are_refused(name: str, tmp_path: Path):
    with pytest.raises(FormatError):
        read(put("hostile", name, tmp_path))


def test_hostile_controls_open(tmp_path: Path):
    assert totals(read(put("hostile", "good.safetensors", tmp_path))) == (6, 0)
    assert analyze(read(put("hostile", "good.gguf", tmp_path))).totals.params == 32
    analyze(read(put("hostile", "overflow.gguf", tmp_path)))


def test_a_table_of_many_tensors_opens(tmp_path: Path):
    path = safetensors(tmp_path / "a.safetensors", {f"layers.{i}.weight": ("F32", (2,)) for i in range(20_000)})
    assert totals(read(path)) == (40_000, 0)


def test_names_that_make_too_many_blocks_are_refused(tmp_path: Path):
    path = safetensors(tmp_path / "a.safetensors", {f"{i}.a.b.c.d.e.f": ("F32", (0,)) for i in range(40_000)})
    with pytest.raises(FormatError, match="more than 200,000 blocks and layers"):
        read(path)


def test_a_file_without_tensors_is_refused(tmp_path: Path):
    with pytest.raises(FormatError, match="there are no tensors in this file"):
        read(safetensors(tmp_path / "a.safetensors", {}))


def test_changed_files_are_read_or_refused(tmp_path: Path):
    chance = random.Random(11)
    wholes = [
        foreign_files("safetensors")["cnn_state.safetensors"][:1500],
        foreign_files("gguf")["unknown_arch.gguf"][:1500],
    ]
    path = tmp_path / "file"
    said: set[str] = set()
    for _ in range(200):
        content = bytearray(chance.choice(wholes))
        for _ in range(chance.randrange(1, 4)):
            content[chance.randrange(600)] = chance.randrange(256)
        path.write_bytes(content)
        said.add(refusal(lambda: analyze(read(path))))
    assert all(map(is_sentence, said))
    assert "" in said
    assert len(said) > 1
