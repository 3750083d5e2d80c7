"""A recovery record: a line about the network, then the network as a `.layers` file holds it.

Without its first line it is a `.layers` file, so that it can be saved by hand if all else fails.
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
    """What is known of an unsaved network besides itself.

    Attributes:
        name: of the file, or of the network where there is none.
        file: where the network was opened from or saved to; None for nowhere.
        stamp: of that file as it was then.
        written_s: when the record was made, in seconds since 1970.
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
        FormatError: the network holds what no file can.
    """
    text = native.write(network).encode()
    header: Object = {"format": FORMAT, "version": VERSION, "name": record.name, "file": record.file}
    header |= {"stamp": record.stamp, "written": record.written_s, "pid": record.pid, "crc32": zlib.crc32(text)}
    return json.dumps(header).encode() + b"\n" + text  # ASCII: a path may hold bytes that are no character


def decode(content: bytes) -> RecoveryRecord:
    """Return what the first line says, once the rest is known to be what was written.

    Raises:
        FormatError: it is no whole record.
    """
    line, _, text = content.partition(b"\n")
    header = as_object(parse(line.decode("ascii", "replace")), _HEADER)
    if header.get("format") != FORMAT:
        raise FormatError("this is no recovery record")
    version = as_integer(need(header, "version", _HEADER), "version")
    if version != VERSION:
        raise FormatError(
            Message(
                "this record has version {version}; this LayerLedger reads version {version2}",
                version=version,
                version2=VERSION,
            )
        )
    if zlib.crc32(text) != header.get("crc32"):
        raise FormatError("it is damaged: its network is not the one that was written")
    return _record(header)


def decode_network(content: bytes) -> Network:
    """Return the network of a record that `decode` has taken.

    Raises:
        FormatError: it cannot be read, such as one of a newer LayerLedger.
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
    """Return a text that may hold halves of characters, as the name of a file does whose bytes are none."""
    return value if isinstance(value, str) else as_text(value, _HEADER)


def _stamp(value: object) -> Stamp | None:
    if value is None:
        return None
    numbers = cast("list[object]", value) if isinstance(value, list) else []
    if len(numbers) != 2:
        raise FormatError(Message('{header}: "stamp" must be two integers', header=_HEADER))
    return as_integer(numbers[0], "stamp"), as_integer(numbers[1], "stamp")
