"""Reader of the texts in an HDF5 file, such as the configuration of a Keras model; datasets are not read.

The format is https://support.hdfgroup.org/documentation/hdf5/latest/_f_m_t3.html. A text of any length, as h5py writes
attributes, lies whole in a global heap collection (III.E): signature GCOL, version, size, objects with their sizes.
Collections are found by their signature, so neither groups nor B-trees are followed, which hostile files can bend.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from layerledger.core.base.files import FormatError
from layerledger.core.base.json_reader import Object, as_object
from layerledger.core.base.messages import Message
from layerledger.core.formats.binary.json_text import MAX_JSON_BYTES, parse_json
from layerledger.core.formats.binary.source import Source, brief, opened

SIGNATURE = b"\x89HDF\r\n\x1a\n"

MAX_SCANNED_BYTES = 1 << 30
"""Most bytes that are searched for texts; Keras writes its configuration before the weights."""

MAX_COLLECTIONS = 1000
MAX_OBJECTS = 100_000
"""Most objects of all collections together."""

_HEAP = b"GCOL"
_HEAP_HEADER = _OBJECT_HEADER = 16
_WINDOW = 1 << 20


def model_config(path: Path) -> Object:
    """Return the configuration of the Keras model in a file, an object with `class_name` and `config`.

    Raises:
        FormatError: it cannot be read, is damaged or holds no configuration.
    """
    bytes_left = MAX_JSON_BYTES
    with opened(path) as source:
        if source.size < 16 or source.read(0, 8) != SIGNATURE:
            raise FormatError("byte 0: this is no HDF5 file")
        for text in heap_texts(source):
            # There are other texts, such as the optimizer's configuration, which has the two keys deeper inside.
            if not text.startswith(b"{") or b'"class_name"' not in text or b'"config"' not in text:
                continue
            bytes_left -= len(text)
            if bytes_left < 0:
                raise FormatError(Message("its texts have more than {most} MiB", most=MAX_JSON_BYTES // 2**20))
            value = as_object(parse_json(text.rstrip(b"\0")), "model_config")
            if "class_name" in value and "config" in value:
                return value
    raise FormatError("there is no model_config in this HDF5 file: it has only weights, or is not of Keras")


def heap_texts(source: Source) -> Iterator[bytes]:
    """Yield the objects of all global heap collections.

    Raises:
        FormatError: a collection is damaged.
    """
    objects_left = MAX_OBJECTS
    at, end = len(SIGNATURE), min(source.size, MAX_SCANNED_BYTES)
    for _ in range(MAX_COLLECTIONS):
        at = _next_heap(source, at, end)
        if at < 0:
            return
        # The four letters may occur in a weight: a collection has version 1 and three zeros behind them.
        if source.size - at < _HEAP_HEADER or source.read(at + 4, 4) != b"\1\0\0\0":
            at += len(_HEAP)
            continue
        size = int.from_bytes(source.read(at + 8, 8), "little")
        if not _HEAP_HEADER <= size <= source.size - at:
            raise FormatError(
                Message("byte {at}: a heap of {size} bytes reaches past the end", at=at, size=brief(size))
            )
        for place, length in _objects(source, at + _HEAP_HEADER, at + size):
            objects_left -= 1
            if objects_left < 0:
                raise FormatError(Message("the file has more than {most:,} texts", most=MAX_OBJECTS))
            if length <= MAX_JSON_BYTES:
                yield source.read(place, length)
        at += size


def _next_heap(source: Source, at: int, end: int) -> int:
    """Return the place of the next signature of a collection; -1 where there is no more."""
    while at < end:
        window = source.read(at, min(_WINDOW, end - at))
        if (found := window.find(_HEAP)) >= 0:
            return at + found
        at += max(len(window) - len(_HEAP) + 1, 1)
    return -1


def _objects(source: Source, at: int, stop: int) -> Iterator[tuple[int, int]]:
    """Yield place and size of the objects of one collection; that of index 0 is the free space at its end."""
    while at + _OBJECT_HEADER <= stop:
        header = source.read(at, _OBJECT_HEADER)
        if header[:2] == b"\0\0":
            return
        size = int.from_bytes(header[8:], "little")
        at += _OBJECT_HEADER
        if size > stop - at:
            raise FormatError(
                Message("byte {at}: a text of {size} bytes reaches past its heap", at=at, size=brief(size))
            )
        yield at, size
        at += -(-size // 8) * 8
