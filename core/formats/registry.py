"""Network files by their content: opening and saving, whatever the format."""

from __future__ import annotations

import os
from pathlib import Path

from layerledger.core.base.files import FormatError, read_bytes, save_bytes, short_name
from layerledger.core.base.messages import Message
from layerledger.core.formats import native
from layerledger.core.network.nodes import Network


def open_network(path: str | os.PathLike[str]) -> Network:
    """Read a `.layers` file.

    Raises:
        FormatError: the file cannot be read as a network; the sentence names the file, the place and what would do.
    """
    file = Path(path)
    try:
        return native.read(_decoded(read_bytes(file, native.MAX_FILE_BYTES)))
    except FormatError as error:
        raise FormatError(Message("{file}: {error}", file=short_name(file), error=error)) from None


def save_network(network: Network, path: str | os.PathLike[str]) -> None:
    """Write a `.layers` file; the old file stays whole until the new one is.

    Raises:
        FormatError: it cannot be written.
    """
    try:
        text = native.write(network)
    except FormatError as error:
        raise FormatError(
            Message("{path} cannot be written: {error}", path=short_name(Path(path)), error=error)
        ) from None
    save_bytes(text.encode(), path)


def _decoded(content: bytes) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise FormatError(
            Message(
                "byte {start}: this is not UTF-8 text, so not a {suffix} file", start=error.start, suffix=native.SUFFIX
            )
        ) from None
