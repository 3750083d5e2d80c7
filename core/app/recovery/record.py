"""Recovery record: one line about the network, then the network as the text of a `.layers` file.

Without its first line it is a `.layers` file, so that a user can restore it with a text editor.
"""

from __future__ import annotations

import json
import zlib
from dataclasses import dataclass
from typing import cast

from layerledger.core.base.files import Stamp
from layerledger.core.base.json_reader import Object, as_integer, as_object, as_text, need, parse
from layerledger.core.base.messages import Message
from layerledger.core.formats import FormatError, native
from layerledger.core.network.nodes import Network

FORMAT = "layerledger recovery"
VERSION = 1

_HEADER = "the first line"


@dataclass(frozen=True, slots=True)
class RecoveryRecord:
    """Facts about an unsaved network.

    Attributes:
        name: of the file, or of the network if it has no file.
        file: the file from which it was opened or to which it was saved; None for none.
        stamp: of that file at that time.
        written_s: time of the record, in seconds since 1970.
        pid: the process that made it.
    """

    name: str
    file: str | None
    stamp: Stamp | None
    written_s: float
    pid: int


def encode(record: RecoveryRecord, network: Network) -> bytes:
    """Return a record with its network as the content of a file.

    Raises:
        FormatError: the network cannot be saved.
    """
    text = native.write(network).encode()
    header: Object = {"format": FORMAT, "version": VERSION, "name": record.name, "file": record.file}
    header |= {"stamp": record.stamp, "written": record.written_s, "pid": record.pid, "crc32": zlib.crc32(text)}
    return json.dumps(header).encode() + b"\n" + text  # ASCII: a path may contain bytes that are not text


def decode(content: bytes) -> RecoveryRecord:
    """Return the record of the first line, after a check that the network behind it is undamaged.

    Raises:
        FormatError: it is not a complete record.
    """
    line, _, text = content.partition(b"\n")
    header = as_object(parse(line.decode("ascii", "replace")), _HEADER)
    if header.get("format") != FORMAT:
        raise FormatError("this is not a recovery record")
    version = as_integer(need(header, "version", _HEADER), "version")
    if version != VERSION:
        raise FormatError(
            Message(
                "this record has version {version}; this LayerLedger reads version {known}",
                version=version,
                known=VERSION,
            )
        )
    if zlib.crc32(text) != header.get("crc32"):
        raise FormatError("it is damaged: its network is not the one that was written")
    return _record(header)


def decode_network(content: bytes) -> Network:
    """Return the network of a record that `decode` has accepted.

    Raises:
        FormatError: it cannot be read, for example because a newer LayerLedger wrote it.
    """
    return native.read(content.partition(b"\n")[2].decode())


def _record(header: Object) -> RecoveryRecord:
    file, stamp, written = (need(header, key, _HEADER) for key in ("file", "stamp", "written"))
    if not isinstance(written, int | float):
        raise FormatError(Message('{header}: "written" must be a number', header=_HEADER))
    return RecoveryRecord(
        name=_path(need(header, "name", _HEADER)),
        file=None if file is None else _path(file),
        stamp=_stamp(stamp),
        written_s=float(written),
        pid=as_integer(need(header, "pid", _HEADER), "pid"),
    )


def _path(value: object) -> str:
    """Return a text with any unpaired surrogates: a file's name has them where its bytes are not text."""
    return value if isinstance(value, str) else as_text(value, _HEADER)


def _stamp(value: object) -> Stamp | None:
    if value is None:
        return None
    numbers = cast("list[object]", value) if isinstance(value, list) else []
    if len(numbers) != 2:
        raise FormatError(Message('{header}: "stamp" must be two integers', header=_HEADER))
    return as_integer(numbers[0], "stamp"), as_integer(numbers[1], "stamp")
