"""Reader of FlatBuffers: tables with their fields by slot; each offset is checked, and large vectors are not read.

The format is that of https://flatbuffers.dev/internals/: a table begins with the distance back to its vtable, which has
the offset of each field, 0 for one with its default; offsets lead forward only, so no chain of them is a circle.
"""

from __future__ import annotations

import struct

from layerledger.core.base.files import FormatError
from layerledger.core.base.messages import Message
from layerledger.core.formats.binary.source import Source, text_of

MAX_TABLES = 500_000
"""Most tables that are made of one file."""

MAX_VECTOR = 1 << 18
"""Most numbers of a vector that is read as numbers; all vectors together have at most sixteen times as many."""

MAX_TEXT_BYTES = 4096
"""Most bytes of a text that are kept; a longer one ends with “…”."""

_PAGE = 1 << 14
_MAX_PAGES = 256
_LONGEST_VTABLE = 1024


class FlatBuffer:
    """A file of tables, read in pages of 16 KiB."""

    def __init__(self, source: Source, identifier: bytes) -> None:
        """Open a file.

        Args:
            source: the file.
            identifier: the four bytes at byte 4 that name its schema.

        Raises:
            FormatError: it has another identifier.
        """
        self._source = source
        # Key: the page's number. Bound: _MAX_PAGES, then all are dropped. The file does not change meanwhile.
        self._pages: dict[int, bytes] = {}
        self._tables_left = MAX_TABLES
        self._numbers_left = 16 * MAX_VECTOR
        self.size = source.size
        if self.size < 8 or self.read(4, 4) != identifier:
            raise FormatError(
                Message("byte 4: the identifier must be {identifier}", identifier=identifier.decode("ascii"))
            )

    def root(self) -> FlatTable:
        """Return the table that holds all others."""
        return self.table_at(self.offset(0))

    def read(self, at: int, count: int) -> bytes:
        """Return bytes of the file, `count` at most a page.

        Raises:
            FormatError: they reach past the end.
        """
        number, start = divmod(at, _PAGE)
        if at < 0 or start + count > _PAGE or at + count > self.size:
            return self._source.read(at, count)
        page = self._pages.get(number)
        if page is None:
            if len(self._pages) >= _MAX_PAGES:
                self._pages.clear()
            first = number * _PAGE
            page = self._source.read(first, min(_PAGE, self.size - first))
            self._pages[number] = page
        return page[start : start + count]

    def integer(self, at: int, size: int = 4, *, signed: bool = False) -> int:
        """Return the number of `size` bytes at a place."""
        return int.from_bytes(self.read(at, size), "little", signed=signed)

    def offset(self, at: int) -> int:
        """Return the place to which the offset at a place leads.

        Raises:
            FormatError: it leads nowhere or past the end.
        """
        distance = self.integer(at)
        if not 4 <= distance <= self.size - at:
            raise FormatError(Message("byte {at}: an offset of {distance} leads nowhere", at=at, distance=distance))
        return at + distance

    def table_at(self, at: int) -> FlatTable:
        """Return the table at a place."""
        self._tables_left -= 1
        if self._tables_left < 0:
            raise FormatError(Message("the file has more than {most:,} tables", most=MAX_TABLES))
        return FlatTable(self, at)

    def vector_at(self, at: int, width: int) -> tuple[int, int]:
        """Return the count of a vector's elements of `width` bytes, and the place of the first.

        Raises:
            FormatError: they reach past the end.
        """
        count = self.integer(at)
        if count * width > self.size - at - 4:
            raise FormatError(Message("byte {at}: a list of {count} reaches past the end", at=at, count=count))
        return count, at + 4

    def count_numbers(self, count: int, at: int) -> None:
        """Check that a vector may be read.

        Raises:
            FormatError: it is too long, or all are together.
        """
        self._numbers_left -= count
        if count > MAX_VECTOR or self._numbers_left < 0:
            raise FormatError(Message("byte {at}: a list of {count:,} is too long to be read", at=at, count=count))


class FlatTable:
    """A table; its fields are read when they are used, by their slot, which is their number in the schema."""

    __slots__ = ("_buffer", "_place", "_vtable")

    def __init__(self, buffer: FlatBuffer, place: int) -> None:
        self._buffer, self._place = buffer, place
        start = place - buffer.integer(place, signed=True)
        size = buffer.integer(start, 2)
        if size < 4 or size % 2 or size > _LONGEST_VTABLE:
            raise FormatError(
                Message("byte {start}: a table's list of fields has {size} bytes", start=start, size=size)
            )
        self._vtable = buffer.read(start, size)

    @property
    def place(self) -> int:
        """The table's place in the file; two references to one table have the same."""
        return self._place

    def _field(self, slot: int) -> int:
        """Return the place of a field; 0 where it has its default."""
        at = 4 + 2 * slot
        offset = int.from_bytes(self._vtable[at : at + 2], "little")
        return self._place + offset if offset else 0

    def _target(self, slot: int) -> int:
        at = self._field(slot)
        return self._buffer.offset(at) if at else 0

    def has(self, slot: int) -> bool:
        """Return whether a field is given."""
        return self._field(slot) != 0

    def integer(self, slot: int, size: int = 4, *, default: int = 0, signed: bool = True) -> int:
        """Return a field that is an integer of `size` bytes."""
        at = self._field(slot)
        return self._buffer.integer(at, size, signed=signed) if at else default

    def boolean(self, slot: int, *, default: bool = False) -> bool:
        """Return a field that is true or false."""
        return bool(self.integer(slot, 1, default=int(default)))

    def number(self, slot: int, *, default: float = 0.0) -> float:
        """Return a field that is a float of 32 bits."""
        at = self._field(slot)
        return struct.unpack("<f", self._buffer.read(at, 4))[0] if at else default

    def text(self, slot: int) -> str:
        """Return a field that is a text; empty where it is not given."""
        at = self._target(slot)
        if not at:
            return ""
        count, first = self._buffer.vector_at(at, 1)
        found = text_of(self._buffer.read(first, min(count, MAX_TEXT_BYTES)))
        return found if count <= MAX_TEXT_BYTES else found + "…"

    def table(self, slot: int) -> FlatTable | None:
        """Return a field that is a table, or the table of a union; None where it is not given."""
        at = self._target(slot)
        return self._buffer.table_at(at) if at else None

    def tables(self, slot: int) -> list[FlatTable]:
        """Return a field that is a list of tables."""
        at = self._target(slot)
        if not at:
            return []
        count, first = self._buffer.vector_at(at, 4)
        self._buffer.count_numbers(count, at)
        return [self._buffer.table_at(self._buffer.offset(first + 4 * i)) for i in range(count)]

    def numbers(self, slot: int, code: str = "i") -> tuple[float, ...]:
        """Return a field that is a list of numbers, by default integers of 32 bits.

        Args:
            slot: of the field.
            code: of an element, as in module struct.
        """
        width = struct.calcsize(f"<{code}")
        count, first = self.vector(slot, width)
        self._buffer.count_numbers(count, first)
        return struct.unpack(f"<{count}{code}", self._buffer.read(first, count * width)) if count else ()

    def integers(self, slot: int, code: str = "i") -> tuple[int, ...]:
        """Return a field that is a list of integers."""
        return tuple(int(each) for each in self.numbers(slot, code))

    def vector(self, slot: int, width: int = 1) -> tuple[int, int]:
        """Return count and place of a list that is not read, such as weights; (0, 0) where it is not given."""
        at = self._target(slot)
        return self._buffer.vector_at(at, width) if at else (0, 0)
