"""Reader of GGUF files: metadata and the list of tensors. Long arrays, such as a vocabulary, are stepped over.

The format is docs/gguf.md of https://github.com/ggml-org/ggml: magic, version, counts, keys with typed values, tensors
with name, dimensions, type and offset; then their data, which are not read.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from math import prod
from pathlib import Path
from typing import NamedTuple, TypeAlias

from layerledger.core.base.files import FormatError
from layerledger.core.base.messages import Message
from layerledger.core.base.values import show
from layerledger.core.formats.binary.ggml_types import GGML_TYPES, GgmlType
from layerledger.core.formats.binary.source import Source, brief, opened, text_of

SIGNATURE = b"GGUF"
VERSIONS = (2, 3)

MAX_TENSORS = 100_000
MAX_KEYS = 65_536
MAX_DIMS = 8
MAX_TEXT_BYTES = 1 << 16
"""Most bytes of a text that are kept, such as a chat template; a longer one ends with “…”."""

MAX_KEPT = 1024
"""Most numbers of an array that are kept, such as the heads of each layer."""

MAX_KEPT_BYTES = 1 << 24
"""Most bytes of all names, texts and numbers that are kept; a number counts as 8."""

MAX_STEPS = 4_000_000
"""Most texts of all arrays together, which are stepped over one by one."""

_STEPS_OF_ARRAY = 20  # the time of an array in an array, in that of a text
_WINDOW = 1 << 18
_SCALARS = {0: "B", 1: "b", 2: "H", 3: "h", 4: "I", 5: "i", 6: "f", 7: "?", 10: "Q", 11: "q", 12: "d"}
_TEXT, _ARRAY = 8, 9
_READERS = {kind: struct.Struct(f"<{code}") for kind, code in _SCALARS.items()}
_U32, _U64 = struct.Struct("<I"), struct.Struct("<Q")


class GgufArray(NamedTuple):
    """An array that was stepped over: texts, arrays, or more numbers than are kept."""

    length: int


GgufValue: TypeAlias = int | float | str | tuple[float, ...] | GgufArray


class GgufTensor(NamedTuple):
    """A tensor.

    Attributes:
        shape: outermost dimension first, as in PyTorch; the file has it the other way round.
        type: how it is stored; None for a number that is not known.
        type_number: of ggml.
        offset: of its data, from the start of all data.
    """

    shape: tuple[int, ...]
    type: GgmlType | None
    type_number: int
    offset: int

    @property
    def elements(self) -> int:
        """The number of its values."""
        return prod(self.shape)

    @property
    def nbytes(self) -> int | None:
        """The bytes of its data: whole blocks in each row; None for an unknown type."""
        if self.type is None:
            return None
        row = self.shape[-1] if self.shape else 1
        return prod(self.shape[:-1]) * -(-row // self.type.block) * self.type.nbytes


class GgufFile(NamedTuple):
    """The head of a file.

    Attributes:
        metadata: values by key, such as `general.architecture`.
        tensors: by name, in the order of the file.
        data_start: the place of the first tensor's data.
        size: of the whole file in bytes.
    """

    version: int
    metadata: Mapping[str, GgufValue]
    tensors: Mapping[str, GgufTensor]
    data_start: int
    size: int

    @property
    def is_cut(self) -> bool:
        """Whether data of a tensor reach past the end of the file, as after a download that failed."""
        ends = (each.offset + (each.nbytes or 0) for each in self.tensors.values())
        return self.data_start + max(ends, default=0) > self.size


def read_gguf(path: Path) -> GgufFile:
    """Return the head of a GGUF file.

    Raises:
        FormatError: it cannot be read, is damaged, or has another version.
    """
    with opened(path) as source:
        return _Reader(source).file()


class _Reader:
    """One reading of a file from its start, through a window."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._buffer, self._base, self._at = b"", 0, 0  # `_at` is the place in the window
        self._steps_left, self._kept_bytes_left = MAX_STEPS, MAX_KEPT_BYTES

    def file(self) -> GgufFile:
        if self._take(4) != SIGNATURE:
            raise FormatError("byte 0: a GGUF file starts with GGUF")
        version = self._number(_U32)
        if version not in VERSIONS:
            big_endian = int.from_bytes(version.to_bytes(4, "little"), "big") in VERSIONS
            raise FormatError(
                "this is a big-endian GGUF file; only little-endian ones are read"
                if big_endian
                else Message("the version of the GGUF file must be 2 or 3; got {version}", version=version)
            )
        tensors, keys = self._number(_U64), self._number(_U64)
        _check_count(tensors, MAX_TENSORS, "tensors")
        _check_count(keys, MAX_KEYS, "keys")
        metadata = self._metadata(keys)
        found = self._tensors(tensors)
        alignment = metadata.get("general.alignment", 32)
        at = self._base + self._at
        step = alignment if isinstance(alignment, int) and 0 < alignment <= 1 << 20 else 32
        return GgufFile(version, metadata, found, -(-at // step) * step, self._source.size)

    def _metadata(self, count: int) -> dict[str, GgufValue]:
        found: dict[str, GgufValue] = {}
        for _ in range(count):
            key = self._text()
            if key in found:
                raise FormatError(Message("the key {key} occurs twice", key=show(key)))
            found[key] = self._value(self._number(_U32))
        return found

    def _tensors(self, count: int) -> dict[str, GgufTensor]:
        found: dict[str, GgufTensor] = {}
        for _ in range(count):
            name = self._text()
            if name in found:
                raise FormatError(Message("two tensors are named {name}", name=show(name)))
            dims = self._number(_U32)
            if dims > MAX_DIMS:
                raise FormatError(
                    Message(
                        "{name} has {dims:,} dimensions; at most {most} fit", name=show(name), dims=dims, most=MAX_DIMS
                    )
                )
            shape = tuple(self._number(_U64) for _ in range(dims))[::-1]
            number = self._number(_U32)
            found[name] = GgufTensor(shape, GGML_TYPES.get(number), number, self._number(_U64))
        return found

    def _value(self, kind: int) -> GgufValue:
        if kind in _READERS:
            return self._number(_READERS[kind])
        if kind == _TEXT:
            return self._text()
        if kind == _ARRAY:
            return self._array(depth=0)
        raise self._unknown(kind)

    def _array(self, depth: int) -> tuple[float, ...] | GgufArray:
        kind, count = self._number(_U32), self._number(_U64)
        if kind in _READERS:
            size = _READERS[kind].size * count
            if count > MAX_KEPT:
                self._step_over(size)
                return GgufArray(count)
            self._keep(8 * count)
            return struct.unpack(f"<{count}{_SCALARS[kind]}", self._take(size))
        self._steps_left -= min(count, MAX_STEPS + 1) * (_STEPS_OF_ARRAY if kind == _ARRAY else 1)
        if self._steps_left < 0:
            raise FormatError(
                Message("byte {place}: an array of {count} is too long", place=self._place, count=brief(count))
            )
        if kind == _TEXT:
            self._step_over_texts(count)
        elif kind == _ARRAY and depth < 3:
            for _ in range(count):
                self._array(depth + 1)
        else:
            raise self._unknown(kind)
        return GgufArray(count)

    def _step_over_texts(self, count: int) -> None:
        """Step over texts; the loop in the window takes a third of the time of a call for each."""
        unpack, left = _U64.unpack_from, count
        while left:
            buffer, at, last = self._buffer, self._at, len(self._buffer) - 8
            while left and at <= last:
                following = at + 8 + unpack(buffer, at)[0]
                if following > last + 8:
                    break
                at = following
                left -= 1
            self._at = at
            if left:
                self._step_over(self._number(_U64))
                left -= 1

    def _text(self) -> str:
        size = self._number(_U64)
        self._keep(min(size, MAX_TEXT_BYTES))
        if size <= MAX_TEXT_BYTES:
            return text_of(self._take(size))
        start = text_of(self._take(MAX_TEXT_BYTES))
        self._step_over(size - MAX_TEXT_BYTES)
        return start + "…"

    def _keep(self, size: int) -> None:
        self._kept_bytes_left -= size
        if self._kept_bytes_left < 0:
            raise FormatError(Message("the file has more than {most} MiB of metadata", most=MAX_KEPT_BYTES // 2**20))

    def _number(self, reader: struct.Struct) -> int:
        at = self._at
        if at + reader.size > len(self._buffer):
            return reader.unpack(self._take(reader.size))[0]
        self._at = at + reader.size
        return reader.unpack_from(self._buffer, at)[0]

    def _take(self, size: int) -> bytes:
        """Return the next bytes, at most a window of them, and go behind them."""
        if self._at + size > len(self._buffer):
            self._check(size)
            self._base, self._at = self._place, 0
            self._buffer = self._source.read(self._base, min(_WINDOW, self._source.size - self._base))
        self._at += size
        return self._buffer[self._at - size : self._at]

    def _step_over(self, size: int) -> None:
        self._check(size)
        self._at += size
        if self._at > len(self._buffer):
            self._base, self._buffer, self._at = self._place, b"", 0

    def _check(self, size: int) -> None:
        if self._place + size > self._source.size:
            raise FormatError(
                Message(
                    "byte {place}: {size} bytes reach past the end of the file", place=self._place, size=brief(size)
                )
            )

    @property
    def _place(self) -> int:
        return self._base + self._at

    def _unknown(self, kind: int) -> FormatError:
        return FormatError(Message("byte {place}: values of kind {kind} are unknown", place=self._place, kind=kind))


def _check_count(count: int, most: int, noun: str) -> None:
    if count > most:
        raise FormatError(
            Message("the file has {count} {noun}; at most {most:,} fit", count=brief(count), noun=noun, most=most)
        )
