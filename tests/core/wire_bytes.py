"""A writer of the protobuf wire format for tests, by https://protobuf.dev/programming-guides/encoding/."""

import struct


def varint(number: int) -> bytes:
    number &= (1 << 64) - 1
    found = bytearray()
    while number > 127:
        found.append(number & 127 | 128)
        number >>= 7
    return bytes([*found, number])


def integer(field: int, number: int) -> bytes:
    return varint(field << 3) + varint(number)


def content(field: int, *parts: bytes | str) -> bytes:
    """Return a field of bytes, which are a text, a message or packed numbers."""
    joined = b"".join(part.encode() if isinstance(part, str) else part for part in parts)
    return varint(field << 3 | 2) + varint(len(joined)) + joined


def float32(field: int, number: float) -> bytes:
    return varint(field << 3 | 5) + struct.pack("<f", number)


def float64(field: int, number: float) -> bytes:
    return varint(field << 3 | 1) + struct.pack("<d", number)
