"""The element types of ONNX, and the attributes of operators as plain values."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TypeAlias

from layerledger.core.formats.onnx.schema import OnnxAttribute, OnnxGraph, OnnxTensor

_DTYPES: Mapping[int, str] = {
    1: "float32",
    2: "uint8",
    3: "int8",
    4: "int16",
    5: "int16",
    6: "int32",
    7: "int64",
    9: "bool",
    10: "float16",
    11: "float64",
    12: "int32",
    13: "int64",
    16: "bfloat16",
    **dict.fromkeys((17, 18, 19, 20, 23), "float8"),
    21: "uint8",
    22: "int8",
}
"""Dtypes by TensorProto.DataType; unsigned and narrower ones are those of the next width that there is."""

_FOUR_BITS = (21, 22)


def dtype_of(code: int) -> str:
    """Return the dtype of a number of TensorProto.DataType; float32 for texts and what else has none."""
    return _DTYPES.get(code, "float32")


def stored_dtype_of(code: int) -> str:
    """Return the dtype in which weights of that type are stored."""
    return "int4" if code in _FOUR_BITS else dtype_of(code)


Attribute: TypeAlias = int | float | str | OnnxTensor | OnnxGraph | Sequence[int] | Sequence[float] | Sequence[str]

_FIELDS = {1: "f", 2: "i", 3: "s", 4: "t", 5: "g", 6: "floats", 7: "ints", 8: "strings"}
_EMPTY: Mapping[str, Attribute] = {"f": 0.0, "i": 0, "s": ""}


def attributes_of(
    stated: Iterable[OnnxAttribute], of_call: Mapping[str, Attribute], defaults: Mapping[str, Attribute]
) -> dict[str, Attribute]:
    """Return the attributes of a node by name.

    Args:
        stated: as the node has them.
        of_call: inside a function, the attributes of its call, to which those of a node can refer.
        defaults: inside a function, the attributes that the call may leave out.
    """
    found: dict[str, Attribute] = {}
    for each in stated:
        value = of_call.get(each.ref, defaults.get(each.ref)) if each.ref else _value_of(each)
        if value is not None:
            found[each.name] = value
    return found


def _value_of(attribute: OnnxAttribute) -> Attribute | None:
    field = _FIELDS.get(attribute.type)
    if field is None:
        # Files of the first versions state no type: the field that is set has the value.
        field = next((name for name in _FIELDS.values() if getattr(attribute, name) not in (None, ())), "i")
    value = getattr(attribute, field)
    return _EMPTY.get(field) if value is None else value
