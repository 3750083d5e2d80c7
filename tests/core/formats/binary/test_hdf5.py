"""The configuration of a Keras model in an HDF5 file. Files of h5py were compared with h5py; here are heaps by hand."""

from pathlib import Path

import pytest
from foreign_files import put

from layerledger.core.base.files import FormatError
from layerledger.core.formats.binary import hdf5
from layerledger.core.formats.binary.hdf5 import SIGNATURE, model_config

CONFIG = b'{"class_name": "Sequential", "config": {"layers": []}}'


def heap(*texts: bytes, free: int = 16) -> bytes:
    objects = b"".join(
        i.to_bytes(2, "little") + bytes(6) + len(text).to_bytes(8, "little") + text + bytes(-len(text) % 8)
        for i, text in enumerate(texts, 1)
    )
    size = 16 + len(objects) + free
    return b"GCOL\1\0\0\0" + size.to_bytes(8, "little") + objects + bytes(free)


def written(folder: Path, *parts: bytes) -> Path:
    path = folder / "file.h5"
    path.write_bytes(SIGNATURE + bytes(88) + b"".join(parts))
    return path


@pytest.mark.parametrize("before", [0, 5, (1 << 20) - 98, 1 << 20, 3_000_001])
def test_the_configuration_is_found_wherever_its_heap_is(before: int, tmp_path: Path):
    optimizer = b'{"loss": "x", "optimizer_config": {"class_name": "Adam", "config": {}}}'
    path = written(tmp_path, bytes(before), heap(b"3.15.0", optimizer), b"GCOLGCOL", heap(b"tensorflow", CONFIG))
    assert model_config(path) == {"class_name": "Sequential", "config": {"layers": []}}


@pytest.mark.parametrize("free", [0, 8, 16, 24])
def test_free_space_ends_a_heap(free: int, tmp_path: Path):
    assert model_config(written(tmp_path, heap(CONFIG, free=free)))["class_name"] == "Sequential"


@pytest.mark.parametrize(
    ("parts", "words"),
    [
        ((heap(b"3.15.0"),), "no model_config"),
        ((bytes(5000),), "no model_config"),
        ((b"GCOL\1\0\0\0" + b"\xff" * 8,), "a heap of .* bytes reaches past the end"),
        ((b"GCOL\1\0\0\0" + bytes(40),), "a heap of 0 bytes"),
        ((heap(CONFIG).replace(len(CONFIG).to_bytes(8, "little"), b"\xff" * 8),), "reaches past its heap"),
        ((heap(CONFIG[:-1] + b" "),), "this is not JSON"),
        ((heap(b'{"class_name": NaN, "config": 1}'),), "NaN is not JSON"),
    ],
)
def test_damaged(parts: tuple[bytes, ...], words: str, tmp_path: Path):
    with pytest.raises(FormatError, match=words):
        model_config(written(tmp_path, *parts))


def test_a_heap_that_lies_is_refused(tmp_path: Path):
    with pytest.raises(FormatError, match="reaches past the end"):
        model_config(put("hostile", "gcol_lie.h5", tmp_path))


def test_another_file_is_refused(tmp_path: Path):
    (tmp_path / "a.h5").write_bytes(bytes(100))
    with pytest.raises(FormatError, match="no HDF5 file"):
        model_config(tmp_path / "a.h5")


@pytest.mark.parametrize("part", [b"GCOL", heap(b"")], ids=["letters", "heaps"])
def test_signatures_without_end_are_bounded(part: bytes, tmp_path: Path):
    with pytest.raises(FormatError, match="no model_config"):
        model_config(written(tmp_path, part * 100_000))


def test_texts_without_end_are_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(hdf5, "MAX_OBJECTS", 10)
    with pytest.raises(FormatError, match="more than 10 texts"):
        model_config(written(tmp_path, heap(*[b"x"] * 11)))
