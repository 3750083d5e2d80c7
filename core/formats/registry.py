"""The registry of network formats: a file is recognized by its content, whatever its name.

To add a format, write a module with a reader, and add its `NetworkFormat` to FORMATS. A reader is imported when a file
of its format is opened.
"""

from __future__ import annotations

import os
from pathlib import Path

from layerledger.core.base.files import FormatError, read_bytes, save_bytes, short_name
from layerledger.core.base.messages import Message, message_of
from layerledger.core.formats import native
from layerledger.core.formats.file_start import FileStart
from layerledger.core.formats.foreign import FOREIGN
from layerledger.core.formats.importing.options import DEFAULT_OPTIONS, ImportOptions
from layerledger.core.formats.network_format import NetworkFormat
from layerledger.core.formats.refusals import refusal
from layerledger.core.network.nodes import Network


def _read_native(file: Path, options: ImportOptions) -> Network:
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


def _is_native(start: FileStart) -> bool:
    # The key is nearly always near the beginning: then nothing more is read.
    text = start.text
    return text.startswith(b"{") and (b'"layerledger"' in text or start.keys.get("format") == native.FORMAT)


NATIVE = NetworkFormat(
    id="layerledger",
    title="LayerLedger network",
    suffixes=(native.SUFFIX,),
    recognizes=_is_native,
    read=_read_native,
    made_by="Save in this program",
    exactness="every figure",
)

FORMATS: tuple[NetworkFormat, ...] = (NATIVE, *FOREIGN)
"""All formats, in the order in which they are tried."""


def format_of(file: Path) -> NetworkFormat:
    """Return the format of a file by its content, else by its name; the native one, which says what is wrong, else.

    Raises:
        FormatError: the file cannot be read, or is known to be something else.
    """
    start = FileStart(file)
    found = next((each for each in FORMATS if each.recognizes(start)), None)
    if found is not None:
        return found
    if reason := refusal(start):
        raise FormatError(reason)
    return format_named(file.name) or _unknown(start)


def format_named(name: str) -> NetworkFormat | None:
    """Return the format to which the name of a file belongs, or None."""
    return next((each for each in FORMATS if name.lower().endswith(each.suffixes)), None)


def _unknown(start: FileStart) -> NetworkFormat:
    """Return the native format for a text, whose reader says where it is wrong.

    Raises:
        FormatError: the file is no text.
    """
    if start.text.startswith((b"{", b"[")) or start.start.isascii():
        return NATIVE
    raise FormatError(
        Message(
            "the format of this file is not known; these can be opened: {titles}",
            titles=", ".join(each.title for each in FORMATS),
        )
    )


def is_native(file: Path) -> bool:
    """Return whether a file has the format in which networks are saved.

    Raises:
        FormatError: the file cannot be read.
    """
    return format_of(file) is NATIVE


def open_network(path: str | os.PathLike[str], options: ImportOptions = DEFAULT_OPTIONS) -> Network:
    """Read a network file of any format.

    Args:
        path: the file.
        options: the sizes that a foreign file leaves open, and who is told of the progress.

    Raises:
        FormatError: the file cannot be read as a network; the sentence names the file, the place and what to change.
    """
    file = Path(path)
    try:
        return format_of(file).read(file, options)
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
