"""Reading of GGUF files: what was written, arrays that are stepped over, damaged files."""

import random
import struct
import tracemalloc
from pathlib import Path

import pytest
from foreign_files import foreign_files, is_sentence, manifest, put, refusal

from layerledger.core.base.files import FormatError
from layerledger.core.base.quantized import GGUF
from layerledger.core.formats.binary.ggml_types import GGML_TYPES
from layerledger.core.formats.binary.gguf import GgufArray, read_gguf


def text(value: str) -> bytes:
    return struct.pack("<Q", len(value.encode())) + value.encode()


def key(name: str, kind: int, value: bytes) -> bytes:
    return text(name) + struct.pack("<I", kind) + value


def array(kind: int, count: int, values: bytes) -> bytes:
    return struct.pack("<IQ", kind, count) + values


def tensor(name: str, dims: tuple[int, ...], kind: int = 0, offset: int = 0) -> bytes:
    return text(name) + struct.pack(f"<I{len(dims)}QIQ", len(dims), *dims, kind, offset)


def written(
    folder: Path, keys: list[bytes], tensors: list[bytes], *, version: int = 3, data: bytes = bytes(64)
) -> Path:
    path = folder / "file.gguf"
    head = b"GGUF" + struct.pack("<IQQ", version, len(tensors), len(keys)) + b"".join(keys) + b"".join(tensors)
    path.write_bytes(head + bytes(-len(head) % 32) + data)
    return path


@pytest.mark.parametrize("truth", manifest("gguf"), ids=lambda truth: truth["file"])
def test_given_files(truth, tmp_path: Path):
    found = read_gguf(put("gguf", truth["file"], tmp_path))
    assert found.metadata["general.architecture"] == truth["architecture"]
    assert len(found.tensors) == truth["tensors"]
    assert sum(each.elements for each in found.tensors.values()) == truth["elements"]
    assert sum(each.nbytes or 0 for each in found.tensors.values()) == truth["weight_bytes"]
    assert not found.is_cut


def test_every_kind_of_value(tmp_path: Path):
    keys = [
        key("u8", 0, b"\xff"),
        key("i8", 1, b"\xff"),
        key("u16", 2, struct.pack("<H", 65535)),
        key("i16", 3, struct.pack("<h", -5)),
        key("u32", 4, struct.pack("<I", 7)),
        key("i32", 5, struct.pack("<i", -7)),
        key("f32", 6, struct.pack("<f", 0.5)),
        key("yes", 7, b"\1"),
        key("text", 8, text("näme")),
        key("u64", 10, struct.pack("<Q", 2**64 - 1)),
        key("i64", 11, struct.pack("<q", -1)),
        key("f64", 12, struct.pack("<d", 0.1)),
        key("numbers", 9, array(4, 3, struct.pack("<3I", 1, 2, 3))),
        key("long", 9, array(4, 2000, bytes(8000))),
        key("texts", 9, array(8, 3, text("a") + text("") + text("x" * 300_000))),
        key("arrays", 9, array(9, 2, array(4, 1, bytes(4)) + array(8, 1, text("a")))),
        key("last", 4, struct.pack("<I", 9)),
    ]
    found = read_gguf(written(tmp_path, keys, [tensor("t", (32, 2), 2)]))
    numbers = {
        "u8": 255,
        "i8": -1,
        "u16": 65535,
        "i16": -5,
        "u32": 7,
        "i32": -7,
        "u64": 2**64 - 1,
        "i64": -1,
        "last": 9,
    }
    others = {"f32": 0.5, "f64": 0.1, "yes": True, "text": "näme", "numbers": (1, 2, 3)}
    arrays = {"long": GgufArray(2000), "texts": GgufArray(3), "arrays": GgufArray(2)}
    assert found.metadata == numbers | others | arrays
    got = found.tensors["t"]
    assert (got.shape, got.type, got.nbytes) == ((2, 32), GGML_TYPES[2], 36)


def test_types_agree_with_the_table_of_quantizations():
    named = {each.name: each for each in GGML_TYPES.values()}
    assert all((named[name].block, named[name].nbytes) == GGUF[name][:2] for name in GGUF if not GGUF[name].mix)


def test_an_unknown_type_has_no_bytes(tmp_path: Path):
    found = read_gguf(written(tmp_path, [], [tensor("t", (4,), 9999)])).tensors["t"]
    assert (found.type, found.type_number, found.nbytes, found.elements) == (None, 9999, None, 4)


def test_a_vocabulary_is_stepped_over(tmp_path: Path):
    tokens = b"".join(text(f"token{i}") for i in range(150_000))
    path = written(tmp_path, [key("tokens", 9, array(8, 150_000, tokens))], [tensor("t", (4,))])
    tracemalloc.start()
    found = read_gguf(path)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert found.metadata == {"tokens": GgufArray(150_000)}
    assert list(found.tensors) == ["t"]
    assert peak < 2_000_000


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("array.gguf", "an array of 1152921504606846976 is too long"),
        ("count.gguf", "tensors; at most 100,000 fit"),
        ("dims.gguf", "dimensions; at most 8 fit"),
        ("version.gguf", "must be 2 or 3; got 99"),
    ],
)
def test_hostile_files_are_refused(name: str, words: str, tmp_path: Path):
    with pytest.raises(FormatError, match=words):
        read_gguf(put("hostile", name, tmp_path))


def test_hostile_files_that_can_be_read(tmp_path: Path):
    assert read_gguf(put("hostile", "good.gguf", tmp_path)).tensors["t"].elements == 32
    huge = read_gguf(put("hostile", "overflow.gguf", tmp_path))
    assert huge.tensors["t"].elements == 4 * 2**186
    assert huge.is_cut


@pytest.mark.parametrize(
    ("keys", "tensors", "words"),
    [
        ([key("a", 4, bytes(4))] * 2, [], 'key "a" occurs twice'),
        ([], [tensor("a", (1,))] * 2, 'two tensors are named "a"'),
        ([key("a", 13, b"")], [], "values of kind 13 are unknown"),
        ([key("a", 9, array(9, 1, array(9, 1, array(9, 1, array(9, 1, b"")))))], [], "values of kind 9 are unknown"),
        ([struct.pack("<Q", 2**63)], [], "bytes reach past the end"),
        ([key("a", 8, struct.pack("<Q", 2**40))], [], "bytes reach past the end"),
        ([key("a", 9, array(8, 3_999_999, b""))], [], "bytes reach past the end"),
        ([key(f"{i}", 8, text("x" * 65_000)) for i in range(260)], [], "more than 16 MiB of metadata"),
    ],
)
def test_damaged(keys: list[bytes], tensors: list[bytes], words: str, tmp_path: Path):
    with pytest.raises(FormatError, match=words):
        read_gguf(written(tmp_path, keys, tensors))


def test_a_big_endian_file_is_named(tmp_path: Path):
    with pytest.raises(FormatError, match="big-endian"):
        read_gguf(written(tmp_path, [], [], version=3 << 24))


def test_changed_and_cut_files_are_read_or_refused(tmp_path: Path):
    path, whole = tmp_path / "file.gguf", foreign_files("gguf")["unknown_arch.gguf"][:3000]
    chance = random.Random(5)
    said: set[str] = set()
    for _ in range(300):
        content = bytearray(whole[: chance.randrange(4, len(whole))])
        for _ in range(chance.randrange(4)):
            content[chance.randrange(min(len(content), 800))] = chance.randrange(256)
        path.write_bytes(content)
        said.add(refusal(lambda: read_gguf(path)))
    assert all(map(is_sentence, said))
    assert "" in said
    assert len(said) > 1
