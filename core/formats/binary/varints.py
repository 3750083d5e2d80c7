"""Numbers of variable length, as protobuf writes them: seven bits a byte, the lowest first."""

from __future__ import annotations

from layerledger.core.base.files import FormatError

CUT = -1
"""The place behind a number that is cut."""


def varint(buffer: bytes, at: int, end: int) -> tuple[int, int]:
    """Return the unsigned number at `at` and the place behind it; that place is -1 where the number is cut at `end`.

    Raises:
        FormatError: it has more than ten bytes.
    """
    value = shift = 0
    while at < end:
        byte = buffer[at]
        at += 1
        value |= (byte & 127) << shift
        if byte < 128:
            return value & 0xFFFF_FFFF_FFFF_FFFF, at
        shift += 7
        if shift > 63:
            raise FormatError("a number has more than ten bytes: the file is damaged or of another format")
    return 0, CUT


def varints(content: bytes) -> list[int]:
    """Return packed numbers of 64 bits, with their sign.

    Raises:
        FormatError: the last one is cut.
    """
    found: list[int] = []
    at, end = 0, len(content)
    while at < end:
        value, at = varint(content, at, end)
        if at < 0:
            raise FormatError("the last number of a list is cut: the file is damaged")
        found.append(value - (1 << 64) if value >> 63 else value)
    return found
