"""Reader of the protobuf wire format: messages by a schema; large byte fields are places in the file and never read.

The format is that of https://protobuf.dev/programming-guides/encoding/. A message of up to 256 KiB is read whole; of a
larger one, windows of 4 to 256 KiB are read, and fields that reach past the window are stepped over or entered. So a
file of any size takes little memory, and its weights stay on the disk. Unknown fields are skipped.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from typing import Any, NoReturn, TypeVar, cast

from layerledger.core.base.files import FormatError
from layerledger.core.base.messages import Message
from layerledger.core.formats.binary.protobuf_schema import (
    AS_DOUBLES,
    AS_FLOATS,
    AS_HELD,
    AS_INTS,
    AS_SPAN,
    AS_TEXT,
    WIRE_BYTES,
    WIRE_FIXED32,
    WIRE_FIXED64,
    WIRE_VARINT,
    MessagePlan,
    Schema,
    Span,
    plans_of,
)
from layerledger.core.formats.binary.source import Source
from layerledger.core.formats.binary.varints import CUT, varint, varints

MAX_DEPTH = 24
MAX_FIELDS = 1_500_000
"""Most fields of all messages together, in about a second; 10,000 nodes of ONNX have 100,000 to 400,000."""

MAX_MESSAGES = 350_000
"""Most different messages: they take some 130 bytes each. Equal ones of up to 256 bytes are one."""

MAX_LIST_BYTES = 1 << 22
"""Most bytes of all lists of packed numbers together; as Python integers, they take at most 18 times that."""

MAX_TEXT_BYTES = 1 << 16
"""Most bytes of a text that are kept; a longer one ends with “…”."""

MAX_ALL_TEXT_BYTES = 1 << 26
"""Most bytes of all texts together."""

MAX_HELD = 4096
"""Most numbers of a tensor that are kept where they are not packed; one more tells that there are more."""

_made = cast("Callable[[type[tuple[Any, ...]], list[Any]], tuple[Any, ...]]", vars(tuple)["__new__"])
"""Makes a named tuple of a list, in half the time of its own `_make`."""

_M = TypeVar("_M", bound=tuple[Any, ...])


_WHOLE = 1 << 18
_FIRST_WINDOW = 1 << 12
_LONGEST_HEADER = 20  # a key and a length, of ten bytes each
_LONGEST_SHARED, _MAX_SHARED = 256, 8192

_FLOAT_LISTS = {AS_FLOATS: (4, "f"), AS_DOUBLES: (8, "d")}
_SINGLE = {WIRE_FIXED32: struct.Struct("<f"), WIRE_FIXED64: struct.Struct("<d")}


def read_message(source: Source, cls: type[_M], schema: Schema) -> _M:
    """Return the message that a file holds.

    Raises:
        FormatError: the file is damaged, of another format, or beyond a limit.
    """
    return cast(_M, _Reader(source).large_message(plans_of(schema)[cls], 0, source.size, 0))


class _Reader:
    """One reading of a file: a window of it, and what is left of the limits."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._buffer, self._base = b"", 0
        self._fields_left, self._messages_left, self._list_bytes_left = MAX_FIELDS, MAX_MESSAGES, MAX_LIST_BYTES
        self._text_bytes_left = MAX_ALL_TEXT_BYTES
        self._spans = 0

    def large_message(self, plan: MessagePlan, start: int, end: int, depth: int) -> tuple[Any, ...]:
        """Return the message between two places of the file, which is read in windows."""
        self._count_message(start, depth)
        values = plan.defaults.copy()
        at, window = start, _FIRST_WINDOW
        while at < end:
            self._base, self._buffer = at, self._source.read(at, min(window, end - at))
            if used := self._read_fields(plan, values, 0, len(self._buffer), depth):
                at += used
                window = min(window * 2, _WHOLE)
                continue
            key, first, stop = self._header(at, end)
            index, action, many, below = plan.fields.get(key, (-1, AS_SPAN, False, None))
            is_list = action in (AS_INTS, AS_FLOATS, AS_DOUBLES)
            if action != AS_SPAN and stop - at <= (MAX_LIST_BYTES if is_list else _WHOLE):
                window = stop - at
                continue
            if index >= 0:
                value = self._large_field(action, below, first, stop, depth)
                if many:
                    values[index] = [*values[index], value]
                elif below and values[index] is not None:
                    _raise_twice(at)
                else:
                    values[index] = value
            at, window = stop, _FIRST_WINDOW
        return _made(plan.cls, values)

    def _header(self, at: int, end: int) -> tuple[int, int, int]:
        """Return key, start and end of the content of the field at `at`, which the window does not hold whole."""
        head = self._buffer[:_LONGEST_HEADER]
        key, used = varint(head, 0, len(head))
        if used > 0 and key & 7 == WIRE_BYTES:
            size, used = varint(head, used, len(head))
            if used > 0 and at + used + size <= end:
                return key, at + used, at + used + size
        _raise_past_end(at)

    def _large_field(self, action: int, below: MessagePlan | None, first: int, stop: int, depth: int) -> object:
        if below:
            return self.large_message(below, first, stop, depth + 1)
        if action == AS_TEXT:
            self._count(1, MAX_TEXT_BYTES)
            return str(self._source.read(first, MAX_TEXT_BYTES), "utf-8", "backslashreplace") + "…"
        if action == AS_SPAN:
            return Span(first, stop)
        _raise_long_lists()

    def _message(self, plan: MessagePlan, at: int, end: int, depth: int) -> tuple[Any, ...]:
        """Return a message that lies in the window."""
        content = self._buffer[at:end] if end - at <= _LONGEST_SHARED else None
        if content is not None and (known := plan.shared.get(content)) is not None:
            return known
        self._count_message(self._base + at, depth)
        values, spans = plan.defaults.copy(), self._spans
        if self._read_fields(plan, values, at, end, depth) < end:
            _raise_past_end(self._base + at)
        made = _made(plan.cls, values)
        if content is not None and spans == self._spans and len(plan.shared) < _MAX_SHARED:
            plan.shared[content] = made
        return made

    def _count_message(self, place: int, depth: int) -> None:
        if depth > MAX_DEPTH:
            raise FormatError(Message("byte {place}: nested more than {most} deep", place=place, most=MAX_DEPTH))
        self._messages_left -= 1
        if self._messages_left < 0:
            raise FormatError(Message("the file has more than {most:,} different messages", most=MAX_MESSAGES))

    def _read_fields(self, plan: MessagePlan, values: list[Any], at: int, end: int, depth: int) -> int:
        """Read fields of the window into `values`, and return the place behind the last one that is whole.

        One long function: it runs for a hundred thousand messages, and calls for each field would double its time.
        """
        buffer, fields, base, count, text_bytes = self._buffer, plan.fields, self._base, 0, 0
        value: Any = None
        start = at
        while at < end:
            start = at
            count += 1
            key = buffer[at]
            at += 1
            if key > 127:
                key, at = varint(buffer, start, end)
                if at < 0:
                    break
            if key < 8:
                _raise_other_format(base + start)
            field, wire = fields.get(key), key & 7
            if wire == WIRE_BYTES:
                size = buffer[at] if at < end else 128
                at += 1
                if size > 127:
                    size, at = varint(buffer, at - 1, end)
                first, stop = at, at + size
                if at < 0 or stop > end:
                    at = CUT
                    break
                at = stop
                if field is None:
                    continue
                index, action, many, below = field
                if action == AS_TEXT:
                    text_bytes += size
                    value = str(buffer[first:stop], "utf-8", "backslashreplace")
                    if size > MAX_TEXT_BYTES:
                        value = str(buffer[first : first + MAX_TEXT_BYTES], "utf-8", "backslashreplace") + "…"
                elif below:
                    value = self._message(below, first, stop, depth + 1)
                    if not many and values[index] is not None:
                        _raise_twice(base + start)
                elif action == AS_SPAN:
                    value = Span(base + first, base + stop)
                    self._spans += 1
                else:
                    values[index] = self._extended(values[index], action, buffer[first:stop])
                    continue
            else:
                if wire == WIRE_VARINT:
                    value, at = varint(buffer, at, end)
                    value = value - (1 << 64) if value >> 63 else value
                elif wire in _SINGLE:
                    first, at = at, at + _SINGLE[wire].size
                    if at > end:
                        at = CUT
                    elif field:
                        (value,) = _SINGLE[wire].unpack_from(buffer, first)
                else:
                    _raise_other_format(base + start)
                if at < 0:
                    break
                if field is None:
                    continue
                index, action, many, _ = field
            if not many:
                values[index] = value
            elif not values[index]:
                values[index] = [value]
            elif action != AS_HELD or len(values[index]) <= MAX_HELD:
                values[index].append(value)
        self._count(count, text_bytes)
        return start if at < 0 else at

    def _count(self, fields: int, text_bytes: int) -> None:
        self._fields_left -= fields
        self._text_bytes_left -= text_bytes
        if self._fields_left < 0:
            raise FormatError(Message("the file has more than {most:,} fields", most=MAX_FIELDS))
        if self._text_bytes_left < 0:
            raise FormatError(Message("texts in the file take more than {most} MiB", most=MAX_ALL_TEXT_BYTES >> 20))

    def _extended(self, held: Any, action: int, content: bytes) -> list[Any]:
        """Return the numbers of a list with those of a packed field behind them."""
        self._list_bytes_left -= len(content)
        if self._list_bytes_left < 0:
            _raise_long_lists()
        if action == AS_INTS:
            found: list[Any] = varints(content)
        else:
            size, code = _FLOAT_LISTS[action]
            if len(content) % size:
                raise FormatError("the last number of a list is cut: the file is damaged")
            found = list(struct.unpack(f"<{len(content) // size}{code}", content))
        if held:
            held.extend(found)
            return held
        return found


def _raise_past_end(place: int) -> NoReturn:
    raise FormatError(
        Message(
            "byte {place}: a field reaches past the end: the file is cut, damaged or of another format", place=place
        )
    )


def _raise_other_format(place: int) -> NoReturn:
    raise FormatError(
        Message("byte {place}: no field starts here: the file is damaged or of another format", place=place)
    )


def _raise_twice(place: int) -> NoReturn:
    raise FormatError(Message("byte {place}: a field that may occur once occurs twice", place=place))


def _raise_long_lists() -> NoReturn:
    raise FormatError(Message("lists of numbers in the file take more than {most} MiB", most=MAX_LIST_BYTES // 2**20))
