"""Reading of safetensors files and of the index of several."""

import json
from pathlib import Path

import pytest
from foreign_files import foreign_files, manifest, put

from layerledger.core.base.files import FormatError
from layerledger.core.formats.binary.safetensors import read_index, read_safetensors

WHOLE_FILES = [truth for truth in manifest("safetensors") if truth["file"].endswith(".safetensors")]


def written(folder: Path, header: object, data: bytes = b"", *, blanks: int = 0) -> Path:
    content = (header if isinstance(header, bytes) else json.dumps(header).encode()) + b" " * blanks
    path = folder / "file.safetensors"
    path.write_bytes(len(content).to_bytes(8, "little") + content + data)
    return path


def entry(first: int, stop: int, shape: list[int], dtype: str = "F32") -> dict[str, object]:
    return {"dtype": dtype, "shape": shape, "data_offsets": [first, stop]}


@pytest.mark.parametrize("truth", WHOLE_FILES, ids=lambda truth: truth["file"])
def test_given_files(truth, tmp_path: Path):
    found = read_safetensors(put("safetensors", truth["file"], tmp_path))
    assert found.problems == ()
    assert len(found.tensors) == truth["tensors"]
    by_dtype: dict[str, int] = {}
    for each in found.tensors.values():
        by_dtype[each.dtype] = by_dtype.get(each.dtype, 0) + each.elements
    assert sum(by_dtype.values()) == truth["elements"]
    if "by_dtype" in truth:
        assert by_dtype == truth["by_dtype"]
    assert sum(each.nbytes for each in found.tensors.values()) == truth["data_bytes"]


def test_the_index_names_what_the_files_hold(tmp_path: Path):
    index = read_index(put("safetensors", "model.safetensors.index.json", tmp_path))
    for file, names in index.files.items():
        assert set(names) == set(read_safetensors(put("safetensors", file, tmp_path)).tensors)
    given = json.loads(foreign_files("safetensors")["model.safetensors.index.json"])
    assert index.total_bytes == given["metadata"]["total_size"]


def test_metadata_blanks_scalars_and_narrow_types(tmp_path: Path):
    header = {
        "__metadata__": {"format": "pt"},
        "scalar": entry(0, 8, [], "I64"),
        "empty": entry(8, 8, [0, 5]),
        "four": entry(8, 10, [3], "F4"),
    }
    found = read_safetensors(written(tmp_path, header, bytes(10), blanks=5))
    assert found.metadata == {"format": "pt"}
    assert {name: each.elements for name, each in found.tensors.items()} == {"scalar": 1, "empty": 0, "four": 3}
    assert found.problems == ()


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("header_length.safetensors", "bytes reaches past the end"),
        ("overlap.safetensors", r'"b".data_offsets must start at 8, where the tensor before ends; got 4'),
        ("not_json.safetensors", "not UTF-8 text"),
    ],
)
def test_hostile_files_are_refused(name: str, words: str, tmp_path: Path):
    with pytest.raises(FormatError, match=words):
        read_safetensors(put("hostile", name, tmp_path))


def test_hostile_files_that_can_be_read(tmp_path: Path):
    assert read_safetensors(put("hostile", "good.safetensors", tmp_path)).problems == ()
    (problem,) = read_safetensors(put("hostile", "shape_lie.safetensors", tmp_path)).problems
    assert problem == '"a": its shape does not fit its 8 bytes; the shape counts'
    (problem,) = read_safetensors(put("hostile", "dtype.safetensors", tmp_path)).problems
    assert problem == '"a": the dtype "Q9" is unknown'


def test_a_file_that_is_cut_says_so(tmp_path: Path):
    (problem,) = read_safetensors(written(tmp_path, {"a": entry(0, 8, [2])}, bytes(5))).problems
    assert problem == "the tensors take 8 bytes, the file has 5 for them: it is cut or damaged"


@pytest.mark.parametrize(
    ("header", "words"),
    [
        ([], "must be an object"),
        ({"a": 5}, "a must be an object"),
        ({"a": {"shape": [], "data_offsets": [0, 4]}}, '"dtype" is missing'),
        ({"a": entry(4, 0, [])}, "must be two numbers"),
        ({"a": entry(0, 4, [-1])}, "must be whole numbers"),
        ({"a": entry(0, 4, [True])}, "must be whole numbers"),
        ({"a": entry(0, 4, [1] * 100)}, "more than 64 numbers"),
        ({"a": entry(4, 8, [1])}, "must start at 0"),
        ({"__metadata__": {"a": 1}}, "must be a text"),
        (b'{"a": {}, "a": {}}', "duplicate key"),
        (b"", "the file is empty"),
    ],
)
def test_damaged(header: object, words: str, tmp_path: Path):
    with pytest.raises(FormatError, match=words):
        read_safetensors(written(tmp_path, header))


def test_a_file_of_seven_bytes_is_refused(tmp_path: Path):
    (tmp_path / "a").write_bytes(bytes(7))
    with pytest.raises(FormatError, match="fewer than 8 bytes"):
        read_safetensors(tmp_path / "a")
