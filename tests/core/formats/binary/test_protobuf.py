"""Reading of the protobuf wire format: every wire type, windows, places, limits, damaged files."""

import tracemalloc
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import pytest
from foreign_files import is_sentence, refusal
from hypothesis import given
from hypothesis import strategies as st
from wire_bytes import content, float32, float64, integer, varint

from layerledger.core.base.files import FormatError
from layerledger.core.formats.binary import protobuf
from layerledger.core.formats.binary.protobuf import read_message
from layerledger.core.formats.binary.protobuf_schema import (
    DOUBLE,
    FLOAT,
    INT,
    INT_DATA,
    SPAN,
    TEXT,
    Schema,
    Span,
)
from layerledger.core.formats.binary.source import opened
from layerledger.core.formats.binary.varints import varints


class Item(NamedTuple):
    name: str = ""
    number: int = 0
    numbers: Sequence[int] = ()
    floats: Sequence[float] = ()
    doubles: Sequence[float] = ()
    blob: Span | None = None
    items: "Sequence[Item]" = ()
    one: "Item | None" = None
    data: Sequence[Span | int] = ()
    names: Sequence[str] = ()


SCHEMA: Schema = {
    Item: {
        1: ("name", TEXT),
        2: ("number", INT),
        3: ("numbers", INT),
        4: ("floats", FLOAT),
        5: ("doubles", DOUBLE),
        6: ("blob", SPAN),
        7: ("items", Item),
        8: ("one", Item),
        9: ("data", INT_DATA),
        10: ("names", TEXT),
    }
}


def read(written: bytes, folder: Path) -> Item:
    path = folder / "file.bin"
    path.write_bytes(written)
    with opened(path) as source:
        return read_message(source, Item, SCHEMA)


def test_every_wire_type(tmp_path: Path):
    written = (
        content(1, "näme")
        + integer(2, -3)
        + integer(3, 1)
        + content(3, varint(300), varint(-1))
        + integer(3, 7)
        + float32(4, 0.5)
        + content(4, b"\0\0\x80\x3f")
        + float64(5, 0.1)
        + content(6, b"1234")
        + content(8, content(1, "inner"))
        + content(10, "a")
        + content(10, "")
    )
    found = read(written, tmp_path)
    assert found.name == "näme"
    assert found.number == -3
    assert list(found.numbers) == [1, 300, -1, 7]
    assert list(found.floats) == [0.5, 1.0]
    assert list(found.doubles) == [0.1]
    assert found.blob is not None
    assert written[slice(*found.blob)] == b"1234"
    assert found.one is not None
    assert found.one.name == "inner"
    assert list(found.names) == ["a", ""]


def test_what_is_unknown_or_of_another_wire_type_is_skipped(tmp_path: Path):
    written = (
        integer(100, 5) + content(101, b"x") + float32(102, 1) + float64(103, 1) + integer(1, 5) + content(2, b"\1")
    )
    assert read(written, tmp_path) == Item()


def test_data_of_a_tensor_are_places_where_packed_and_else_numbers(tmp_path: Path):
    written = integer(9, -5) + content(9, varint(1), varint(2)) + integer(9, 6)
    first, place, last = read(written, tmp_path).data
    assert (first, last) == (-5, 6)
    assert isinstance(place, Span)
    assert varints(written[slice(*place)]) == [1, 2]


@pytest.mark.parametrize("size", [0, 100, 5000, 1 << 18, (1 << 18) + 1, 1 << 20])
def test_places_and_what_follows_them_in_files_of_any_size(size: int, tmp_path: Path):
    item = content(1, "before") + content(6, bytes(size)) + content(1, "after")
    written = content(7, item) * 3 + content(8, content(8, item)) + integer(2, 9)
    found = read(written, tmp_path)
    assert found.one is not None
    all_items = [*found.items, found.one.one]
    assert len(all_items) == 4
    for each in all_items:
        assert each is not None
        assert each.name == "after"
        assert each.blob is not None
        assert each.blob.end - each.blob.start == size
        assert written[each.blob.end :].startswith(content(1, "after"))
    assert found.number == 9


def test_weights_are_never_read(tmp_path: Path):
    path = tmp_path / "large.bin"
    weight = content(1, "weight") + varint(6 << 3 | 2) + varint(1 << 32)
    with path.open("wb") as file:
        file.write(varint(7 << 3 | 2) + varint(len(weight) + (1 << 32)) + weight)
        file.seek(1 << 32, 1)  # a hole: the file takes no room on the disk
        file.write(integer(2, 5))
    tracemalloc.start()
    with opened(path) as source:
        found = read_message(source, Item, SCHEMA)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert found.number == 5
    assert found.items[0].blob is not None
    assert peak < 200_000


def test_bytes_that_are_no_utf8_stay_different(tmp_path: Path):
    assert list(read(content(10, b"\xff") + content(10, b"\xfe"), tmp_path).names) == ["\\xff", "\\xfe"]


@pytest.mark.parametrize("size", [protobuf.MAX_TEXT_BYTES + 1, 1 << 20])
def test_a_long_text_is_cut(size: int, tmp_path: Path):
    found = read(content(1, "x" * size) + integer(2, 1), tmp_path)
    assert found.name == "x" * protobuf.MAX_TEXT_BYTES + "…"
    assert found.number == 1


@pytest.mark.parametrize(
    ("written", "words"),
    [
        (bytes(100), "byte 0: no field starts here"),
        (b"\x0b" * 10, "byte 0: no field starts here"),
        (b"\x0a\xff\x01abc", "byte 0: a field reaches past the end"),
        (content(7, b"\x0a\x05abc"), "reaches past the end"),
        (content(7, b"\x0a\x05abc") + content(1, "x" * 50), "reaches past the end"),
        (b"\x10" + b"\xff" * 20, "more than ten bytes"),
        (b"\x10\xff", "byte 0: a field reaches past the end"),
        (b"\x25\0", "byte 0: a field reaches past the end"),
        (content(3, b"\xff"), "the last number of a list is cut"),
        (content(4, b"123"), "the last number of a list is cut"),
        (content(8, b"") * 2, "occurs twice"),
    ],
)
def test_damaged(written: bytes, words: str, tmp_path: Path):
    with pytest.raises(FormatError, match=words):
        read(written, tmp_path)


def nested(depth: int, *, padding: int = 0) -> bytes:
    written = b""
    for _ in range(depth):
        written = content(8, written, content(6, bytes(padding)))
    return written


@pytest.mark.parametrize("padding", [0, 20_000])
def test_depth_is_limited_whole_and_in_windows(padding: int, tmp_path: Path):
    read(nested(protobuf.MAX_DEPTH, padding=padding), tmp_path)
    with pytest.raises(FormatError, match="nested more than 24 deep"):
        read(nested(protobuf.MAX_DEPTH + 1, padding=padding), tmp_path)


@pytest.mark.parametrize(
    ("written", "words"),
    [
        (content(7, integer(2, 1)) * 16_000, "more than 15,000 fields"),
        (b"".join(content(7, integer(2, i)) for i in range(3600)), "more than 3,500 different messages"),
        (content(10, "") * 16_000, "more than 15,000 fields"),
        (integer(90, 1) * 16_000, "more than 15,000 fields"),
        (content(10, "x" * 60_000) * 20, "texts in the file take more than 1 MiB"),
        (content(10, "x" * 600_000) * 20, "texts in the file take more than 1 MiB"),
        (content(3, b"\1" * 50_000) * 25, "lists of numbers in the file take more than 1 MiB"),
        (content(3, b"\1" * 1_250_000), "lists of numbers in the file take more than 1 MiB"),
    ],
    ids=["equal messages", "messages", "texts", "unknown", "text bytes", "long texts", "lists", "long list"],
)
def test_limits(written: bytes, words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    for name, most in (("FIELDS", 15_000), ("MESSAGES", 3500), ("ALL_TEXT_BYTES", 1 << 20), ("LIST_BYTES", 1 << 20)):
        monkeypatch.setattr(protobuf, f"MAX_{name}", most)
    with pytest.raises(FormatError, match=words):
        read(written, tmp_path)


def test_a_file_of_nothing_but_fields_is_refused(tmp_path: Path):
    with pytest.raises(FormatError, match="more than 1,500,000 fields"):
        read(integer(90, 1) * 1_600_000, tmp_path)


def test_a_tensor_whose_numbers_are_not_packed_keeps_few(tmp_path: Path):
    assert len(read(integer(9, 1) * 100_000, tmp_path).data) == protobuf.MAX_HELD + 1


def test_a_folder_is_no_file(tmp_path: Path):
    with pytest.raises(FormatError, match="this is a folder"), opened(tmp_path):
        pass


NUMBERS = st.lists(st.integers(-(2**63), 2**63 - 1), max_size=3)
LEAVES = st.tuples(st.text(max_size=5), NUMBERS).map(lambda found: Item(name=found[0], numbers=found[1]))
ITEMS = st.recursive(
    LEAVES,
    lambda inner: st.tuples(st.lists(inner, max_size=2), inner).map(lambda found: Item(items=found[0], one=found[1])),
    max_leaves=4,
)


def encoded(item: Item) -> bytes:
    return (
        content(1, item.name)
        + integer(2, item.number)
        + content(3, *map(varint, item.numbers))
        + b"".join(content(7, encoded(each)) for each in item.items)
        + (content(8, encoded(item.one)) if item.one else b"")
    )


def plain(item: Item) -> Item:
    return Item(
        name=item.name,
        number=item.number,
        numbers=list(item.numbers),
        items=[plain(each) for each in item.items],
        one=item.one and plain(item.one),
    )


@given(item=ITEMS, window=st.sampled_from([20, 64, 4096]))
def test_messages_survive_in_windows_of_any_size(item: Item, window: int, tmp_path_factory: pytest.TempPathFactory):
    folder = tmp_path_factory.mktemp("messages")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(protobuf, "_FIRST_WINDOW", window)
        patch.setattr(protobuf, "_WHOLE", window)
        assert plain(read(encoded(item), folder)) == plain(item)


@given(item=ITEMS, changes=st.lists(st.tuples(st.integers(0, 500), st.integers(0, 255)), max_size=4))
def test_a_changed_file_is_read_or_refused(
    item: Item, changes: list[tuple[int, int]], tmp_path_factory: pytest.TempPathFactory
):
    written = bytearray(encoded(item))
    for at, byte in changes:
        written[at % len(written)] = byte
    assert is_sentence(refusal(lambda: read(bytes(written), tmp_path_factory.mktemp("changed"))))
