"""Reader of safetensors files: names, dtypes and shapes of tensors; and of the index of a model in several files.

The format is https://github.com/huggingface/safetensors#format: eight bytes with the length of a JSON object, the
object, then the data, which are not read. Offsets are checked as its specification demands.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from math import prod
from pathlib import Path
from typing import NamedTuple

from layerledger.core.base.files import FormatError, read_bytes
from layerledger.core.base.json_reader import Object, as_array, as_object, as_text, need
from layerledger.core.base.messages import Message
from layerledger.core.base.values import show
from layerledger.core.formats.binary.json_text import MAX_JSON_BYTES, parse_json
from layerledger.core.formats.binary.source import brief, opened

MAX_TENSORS = 100_000
MAX_DIMS = 64
MAX_INDEX_BYTES = 1 << 26

METADATA = "__metadata__"

BITS: Mapping[str, int] = {
    "F4": 4, "F6_E2M3": 6, "F6_E3M2": 6,
    "BOOL": 8, "U8": 8, "I8": 8, "F8_E4M3": 8, "F8_E5M2": 8, "F8_E8M0": 8, "F8_E4M3FNUZ": 8, "F8_E5M2FNUZ": 8,
    "U16": 16, "I16": 16, "F16": 16, "BF16": 16,
    "U32": 32, "I32": 32, "F32": 32,
    "U64": 64, "I64": 64, "F64": 64, "C64": 64,
}  # fmt: skip
"""Bits of an element by dtype."""


class SafeTensor(NamedTuple):
    """A tensor; `dtype` is the format's name, such as BF16, and may be one that is not known."""

    dtype: str
    shape: tuple[int, ...]
    nbytes: int

    @property
    def elements(self) -> int:
        """The number of its values."""
        return prod(self.shape)


class SafetensorsFile(NamedTuple):
    """The head of a file.

    Attributes:
        metadata: texts by key, such as `format`.
        tensors: by name, in the order of the file.
        problems: sentences on tensors whose bytes are not those of their shape, and on a file that is cut.
    """

    metadata: Mapping[str, str]
    tensors: Mapping[str, SafeTensor]
    problems: tuple[str, ...]


class SafetensorsIndex(NamedTuple):
    """The index of a model in several files.

    Attributes:
        total_bytes: of all tensors, where it is stated.
        files: the names of the tensors in each file, by the file's name.
    """

    total_bytes: int | None
    files: Mapping[str, tuple[str, ...]]


def read_safetensors(path: Path) -> SafetensorsFile:
    """Return the head of a safetensors file.

    Raises:
        FormatError: it cannot be read or is damaged.
    """
    with opened(path) as source:
        if source.size < 8:
            raise FormatError("the file has fewer than 8 bytes: it is no safetensors file, or it is cut")
        size = int.from_bytes(source.read(0, 8), "little")
        if size > min(source.size - 8, MAX_JSON_BYTES):
            raise FormatError(
                Message("byte 0: a list of tensors of {size} bytes reaches past the end", size=brief(size))
            )
        header = as_object(parse_json(source.read(8, size)), "the list of tensors")
        return _file(header, source.size - 8 - size)


def _file(header: Object, data_bytes: int) -> SafetensorsFile:
    if len(header) > MAX_TENSORS:
        raise FormatError(Message("the file has more than {most:,} tensors", most=MAX_TENSORS))
    given = as_object(header.pop(METADATA, {}), METADATA)
    metadata = {key: as_text(value, f"{METADATA}.{key}") for key, value in given.items()}
    places: list[tuple[int, int, str]] = []
    tensors: dict[str, SafeTensor] = {}
    for name, value in header.items():
        entry = as_object(value, name)
        first, stop = _offsets(entry, name)
        shape = tuple(_sizes(entry, "shape", name))
        tensors[name] = SafeTensor(as_text(need(entry, "dtype", name), f"{name}.dtype"), shape, stop - first)
        places.append((first, stop, name))
    end = _check_places(places)
    return SafetensorsFile(metadata, tensors, tuple(_problems(tensors, end, data_bytes)))


def _offsets(entry: Object, name: str) -> tuple[int, int]:
    offsets = _sizes(entry, "data_offsets", name)
    if len(offsets) != 2 or offsets[0] > offsets[1]:
        raise FormatError(
            Message("{name}.data_offsets must be two numbers, the first at most the second", name=show(name))
        )
    return offsets[0], offsets[1]


def _sizes(entry: Object, key: str, name: str) -> list[int]:
    """Return an array of whole numbers from 0 to 2**64."""
    values = as_array(need(entry, key, name), f"{name}.{key}")
    if len(values) > MAX_DIMS:
        raise FormatError(Message("{name}.{key} has more than {most} numbers", name=show(name), key=key, most=MAX_DIMS))
    sizes = [value for value in values if type(value) is int and 0 <= value < 1 << 64]
    if len(sizes) < len(values):
        raise FormatError(Message("{name}.{key} must be whole numbers of at least 0", name=show(name), key=key))
    return sizes


def _check_places(places: list[tuple[int, int, str]]) -> int:
    """Return the end of the last tensor's data; tensors must follow one another without gap or overlap."""
    end = 0
    for first, stop, name in sorted(places):
        if first != end:
            raise FormatError(
                Message(
                    "{name}.data_offsets must start at {end}, where the tensor before ends; got {first}",
                    name=show(name),
                    end=end,
                    first=first,
                )
            )
        end = stop
    return end


def _problems(tensors: Mapping[str, SafeTensor], end: int, data_bytes: int) -> Iterator[str]:
    if end != data_bytes:
        yield Message(
            "the tensors take {end:,} bytes, the file has {data_bytes:,} for them: it is cut or damaged",
            end=end,
            data_bytes=data_bytes,
        )
    for name, tensor in tensors.items():
        bits = BITS.get(tensor.dtype)
        if bits is None:
            yield Message("{name}: the dtype {dtype} is unknown", name=show(name), dtype=show(tensor.dtype))
        elif -(-tensor.elements * bits // 8) != tensor.nbytes:
            yield Message(
                "{name}: its shape does not fit its {nbytes:,} bytes; the shape counts",
                name=show(name),
                nbytes=tensor.nbytes,
            )


def read_index(path: Path) -> SafetensorsIndex:
    """Return the index of a model in several files, such as model.safetensors.index.json.

    Raises:
        FormatError: it cannot be read, or its content is no index.
    """
    top = as_object(parse_json(read_bytes(path, MAX_INDEX_BYTES)), "the file")
    files: dict[str, list[str]] = {}
    for name, value in as_object(need(top, "weight_map", "the file"), "weight_map").items():
        files.setdefault(as_text(value, f"weight_map.{name}"), []).append(name)
    metadata = as_object(top.get("metadata") or {}, "metadata")
    total = metadata.get("total_size")
    return SafetensorsIndex(
        int(total) if isinstance(total, int | float) else None, {file: tuple(names) for file, names in files.items()}
    )
