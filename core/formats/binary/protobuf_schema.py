"""Schemas of protobuf messages: a named tuple for each message, and how its fields are read by their key.

The wire types are those of https://protobuf.dev/programming-guides/encoding/.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple, TypeAlias


class Span(NamedTuple):
    """A place in the file, from byte `start` to before byte `end`."""

    start: int
    end: int


INT, FLOAT, DOUBLE, TEXT, SPAN = "int", "float", "double", "text", "span"
INT_DATA, FLOAT_DATA, DOUBLE_DATA = "int data", "float data", "double data"
"""Kinds of fields; the data of a tensor are places where they are packed, else numbers."""

Kind: TypeAlias = str | type[tuple[Any, ...]]
Schema: TypeAlias = Mapping[type[tuple[Any, ...]], Mapping[int, tuple[str, Kind]]]
"""The named tuple of each message, and its fields by number; a field whose default is () is repeated."""

WIRE_VARINT, WIRE_FIXED64, WIRE_BYTES, WIRE_FIXED32 = 0, 1, 2, 5
AS_TEXT, AS_MESSAGE, AS_SPAN, AS_INTS, AS_FLOATS, AS_DOUBLES, AS_NUMBER, AS_HELD = range(8)
_NUMBERS = {
    INT: (WIRE_VARINT, AS_NUMBER, AS_INTS),
    FLOAT: (WIRE_FIXED32, AS_NUMBER, AS_FLOATS),
    DOUBLE: (WIRE_FIXED64, AS_NUMBER, AS_DOUBLES),
    INT_DATA: (WIRE_VARINT, AS_HELD, AS_SPAN),
    FLOAT_DATA: (WIRE_FIXED32, AS_HELD, AS_SPAN),
    DOUBLE_DATA: (WIRE_FIXED64, AS_HELD, AS_SPAN),
}
"""The wire type of a number, and how one and a packed list of them are read."""


class MessagePlan:
    """The way to read a message: its fields by key, which is number and wire type."""

    def __init__(self, cls: type[tuple[Any, ...]]) -> None:
        self.cls = cls
        self.names: tuple[str, ...] = vars(cls)["_fields"]
        defaults: dict[str, Any] = vars(cls)["_field_defaults"]
        self.defaults = [defaults[name] for name in self.names]
        self.fields: dict[int, tuple[int, int, bool, MessagePlan | None]] = {}
        # Types and attributes repeat thousands of times: equal bytes are one message, unless it holds a place. Key: the
        # bytes. Bound: 8192, by the reader. It lives as long as one reading, so nothing invalidates it.
        self.shared: dict[bytes, tuple[Any, ...]] = {}

    def add(self, number: int, name: str, kind: Kind, plans: Mapping[Kind, MessagePlan]) -> None:
        index = self.names.index(name)
        many = self.defaults[index] == ()
        bytes_key = number << 3 | WIRE_BYTES
        if not isinstance(kind, str):
            self.fields[bytes_key] = index, AS_MESSAGE, many, plans[kind]
        elif kind in (TEXT, SPAN):
            self.fields[bytes_key] = index, AS_TEXT if kind == TEXT else AS_SPAN, many, None
        else:
            wire, one, packed = _NUMBERS[kind]
            self.fields[number << 3 | wire] = index, one, many, None
            if many:
                self.fields[bytes_key] = index, packed, many, None


def plans_of(schema: Schema) -> Mapping[Kind, MessagePlan]:
    """Return new plans of all messages of a schema."""
    plans: dict[Kind, MessagePlan] = {each: MessagePlan(each) for each in schema}
    for each, fields in schema.items():
        for number, (name, kind) in fields.items():
            plans[each].add(number, name, kind, plans)
    return plans
