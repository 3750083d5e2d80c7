"""Tables of FlatBuffers. Files of TensorFlow Lite were compared with the tflite package; here are buffers by hand."""

import random
import struct
from contextlib import suppress
from pathlib import Path

import pytest
from foreign_files import is_sentence, put, refusal

from layerledger.core.base.files import FormatError
from layerledger.core.formats.binary import flatbuffers
from layerledger.core.formats.binary.flatbuffers import FlatBuffer
from layerledger.core.formats.binary.source import Source, opened


class Builder:
    """A writer of a buffer from its start on: what a table refers to is appended behind it."""

    def __init__(self) -> None:
        self.content = bytearray(struct.pack("<I", 0) + b"TEST")

    def vtable_and_table(self, *fields: bytes | None) -> tuple[int, list[int]]:
        """Append a table; return its place and those of its fields, 0 for one that is left out."""
        start = len(self.content)
        size = 4 + 2 * len(fields)
        offsets, at = [], 4
        for field in fields:
            offsets.append(at if field is not None else 0)
            at += len(field or b"")
        self.content += struct.pack(f"<{2 + len(fields)}H", size, at, *offsets)
        table = len(self.content)
        self.content += struct.pack("<i", table - start) + b"".join(field or b"" for field in fields)
        return table, [table + offset if offset else 0 for offset in offsets]

    def vector(self, count: int, content: bytes) -> int:
        place = len(self.content)
        self.content += struct.pack("<I", count) + content
        return place

    def link(self, at: int, to: int) -> None:
        self.content[at : at + 4] = struct.pack("<I", to - at)


REFERENCE = bytes(4)


def example() -> bytes:
    built = Builder()
    root, fields = built.vtable_and_table(
        *(struct.pack("<i", -5), None, b"\x07", b"\x01", struct.pack("<f", 0.5)),
        *(REFERENCE, REFERENCE, REFERENCE, REFERENCE),
    )
    built.link(0, root)
    built.link(fields[5], built.vector(5, "näm".encode() + b"!"))
    built.link(fields[6], built.vector(3, struct.pack("<3i", 1, -2, 3)))
    inner, _ = built.vtable_and_table(struct.pack("<q", -(2**40)))
    built.link(fields[7], inner)
    tables = built.vector(2, bytes(8))
    built.link(fields[8], tables)
    built.link(tables + 4, built.vtable_and_table(b"\x01")[0])
    built.link(tables + 8, built.vtable_and_table(b"\x02")[0])
    return bytes(built.content)


def written(folder: Path, content: bytes) -> Path:
    path = folder / "file.bin"
    path.write_bytes(content)
    return path


def read_all(source: Source) -> tuple[object, ...]:
    root = FlatBuffer(source, b"TEST").root()
    inner = root.table(7)
    assert inner is not None
    return (
        *(root.integer(0), root.integer(1, default=9), root.integer(2, 1), root.boolean(3), root.number(4)),
        *(root.text(5), root.integers(6), inner.integer(0, 8), [each.integer(0, 1) for each in root.tables(8)]),
        *(root.vector(6, 4)[0], root.table(20), root.tables(20), root.text(20), root.numbers(20), root.has(1)),
    )


def test_fields_of_every_kind(tmp_path: Path):
    with opened(written(tmp_path, example())) as source:
        assert read_all(source) == (
            *(-5, 9, 7, True, 0.5, "näm!", (1, -2, 3), -(2**40), [1, 2], 3),
            *(None, [], "", (), False),
        )


def test_another_identifier_is_refused(tmp_path: Path):
    path = written(tmp_path, bytes(100))
    with opened(path) as source, pytest.raises(FormatError, match="byte 4: the identifier must be TEST"):
        FlatBuffer(source, b"TEST")


def read_tensors(path: Path) -> None:
    with opened(path) as source:
        for graph in FlatBuffer(source, b"TFL3").root().tables(2):
            for tensor in graph.tables(0):
                tensor.text(3)
                tensor.integers(0)


@pytest.mark.parametrize("name", ["cut.tflite", "ff.tflite", "noise1.tflite", "noise3.tflite", "root.tflite"])
def test_hostile_files_are_refused(name: str, tmp_path: Path):
    with pytest.raises(FormatError, match="byte "):
        read_tensors(put("hostile", name, tmp_path))


def test_limits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    path = written(tmp_path, example())
    monkeypatch.setattr(flatbuffers, "MAX_TABLES", 2)
    with opened(path) as source, pytest.raises(FormatError, match="more than 2 tables"):
        read_all(source)
    monkeypatch.setattr(flatbuffers, "MAX_VECTOR", 2)
    with opened(path) as source, pytest.raises(FormatError, match="a list of 3 is too long"):
        read_all(source)


def test_changed_buffers_are_read_or_refused(tmp_path: Path):
    whole, chance = example(), random.Random(7)
    said: set[str] = set()
    for _ in range(500):
        content = bytearray(whole[: chance.randrange(8, len(whole) + 1)])
        for _ in range(chance.randrange(1, 4)):
            content[chance.randrange(len(content))] = chance.randrange(256)
        content[4:8] = b"TEST"
        with opened(written(tmp_path, bytes(content))) as source, suppress(AssertionError):  # its table may be gone
            said.add(refusal(lambda source=source: read_all(source)))
    assert all(map(is_sentence, said))
    assert "" in said
    assert len(said) > 1
