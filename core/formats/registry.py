"""The registry of network formats: a file is recognized by its content, whatever its name.

To add a format, write a module with its `NetworkFormat`, and add that to FORMATS.
"""

from __future__ import annotations

import os
from pathlib import Path

from layerledger.core.base.files import FormatError, read_bytes, read_start, save_bytes, short_name
from layerledger.core.base.messages import Message, message_of
from layerledger.core.formats import native
from layerledger.core.formats.network_format import NetworkFormat
from layerledger.core.network.nodes import Network

START_BYTES = 4096
"""Bytes of a file by which its format is recognized."""


def _read_native(file: Path) -> Network:
    return native.read(_decoded(read_bytes(file, native.MAX_FILE_BYTES)))


def _decoded(content: bytes) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise FormatError(
            Message(
                "byte {start}: this is not UTF-8 text, so not a {suffix} file", start=error.start, suffix=native.SUFFIX
            )
        ) from None


NATIVE = NetworkFormat(
    id="layerledger",
    title="LayerLedger network",
    suffixes=(native.SUFFIX,),
    # A byte order mark or blanks may come first.
    recognizes=lambda start: start.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{"),
    read=_read_native,
)

FORMATS: tuple[NetworkFormat, ...] = (NATIVE,)
"""All formats, in the order in which they are tried."""


def format_of(file: Path) -> NetworkFormat:
    """Return the format of a file by its content; the native one, whose reader says what is wrong, if none fits.

    Raises:
        FormatError: the file cannot be read.
    """
    start = read_start(file, START_BYTES)
    return next((each for each in FORMATS if each.recognizes(start)), NATIVE)


def is_native(file: Path) -> bool:
    """Return whether a file has the format in which networks are saved.

    Raises:
        FormatError: the file cannot be read.
    """
    return format_of(file) is NATIVE


def open_network(path: str | os.PathLike[str]) -> Network:
    """Read a network file of any format.

    Raises:
        FormatError: the file cannot be read as a network; the sentence names the file, the place and what to change.
    """
    file = Path(path)
    try:
        return format_of(file).read(file)
    except FormatError as error:
        raise FormatError(Message("{file}: {error}", file=short_name(file), error=message_of(error))) from None


def save_network(network: Network, path: str | os.PathLike[str]) -> None:
    """Write a `.layers` file; the old file stays whole until the new one is complete.

    Raises:
        FormatError: the network cannot be stored in a file, or the file cannot be written.
    """
    file = Path(path)
    try:
        text = native.write(network)
    except FormatError as error:
        raise FormatError(
            Message("{file} cannot be written: {error}", file=short_name(file), error=message_of(error))
        ) from None
    save_bytes(text.encode(), file)
