"""Reading of an ONNX model, and of the few numbers that its shapes depend on."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from math import prod
from pathlib import Path

from layerledger.core.base.files import FormatError
from layerledger.core.formats.binary.protobuf import read_message
from layerledger.core.formats.binary.protobuf_schema import Span
from layerledger.core.formats.binary.source import Source, opened
from layerledger.core.formats.binary.varints import varints
from layerledger.core.formats.onnx.schema import SCHEMA, OnnxModel, OnnxTensor

MAX_VALUES = 4096
"""Most numbers of a tensor that are read: shapes and indices have fewer, weights more."""

_CODES = {1: "f", 2: "B", 3: "b", 4: "H", 5: "h", 6: "i", 7: "q", 9: "?", 10: "e", 11: "d", 12: "I", 13: "Q", 16: "H"}
"""Codes of module struct by TensorProto.DataType; complex numbers, texts and types of fewer bits are not evaluated."""

_BFLOAT16 = 16
_EXTERNAL = 1


def read_model(path: Path) -> OnnxModel:
    """Return the model in a file; neither weights nor other files are read.

    Raises:
        FormatError: the file cannot be read, is damaged or holds no graph.
    """
    with opened(path) as source:
        return model_in(source)


def model_in(source: Source) -> OnnxModel:
    """Return the model in an open file, from which `small_tensor_values` can read afterwards.

    Raises:
        FormatError: the file cannot be read, is damaged or holds no graph.
    """
    model = read_message(source, OnnxModel, SCHEMA)
    if model.graph is None:
        raise FormatError("there is no graph in this file: it is no ONNX model, or a damaged one")
    return model


def small_tensor_values(source: Source, tensor: OnnxTensor) -> tuple[float, ...] | None:
    """Return the numbers of a tensor in row-major order, whole ones as int and truths as bool.

    None where they are more than MAX_VALUES, of a type that is not evaluated, in another file, or not as many as the
    shape says.
    """
    code = _CODES.get(tensor.data_type)
    if code is None or tensor.location == _EXTERNAL or tensor.external or min(tensor.dims, default=1) < 0:
        return None
    # A rank of thousands would make the product a number of as many digits.
    if len(tensor.dims) > 64 or (count := prod(tensor.dims)) > MAX_VALUES:
        return None
    try:
        found = _raw(source, tensor.raw, code, count) if tensor.raw else _from_fields(source, tensor, count)
    except (FormatError, struct.error):
        return None
    if found is None or len(found) != count:
        return None
    return tuple(map(_from_bfloat16, found)) if tensor.data_type == _BFLOAT16 else tuple(found)


def _raw(source: Source, place: Span, code: str, count: int) -> Sequence[float] | None:
    if place.end - place.start != count * struct.calcsize(f"<{code}"):
        return None
    return struct.unpack(f"<{count}{code}", source.read(place.start, place.end - place.start))


def _from_fields(source: Source, tensor: OnnxTensor, count: int) -> Sequence[float] | None:
    """Return the numbers of the field that the type of the tensor uses, by the comments of onnx.proto."""
    match _CODES[tensor.data_type]:
        case "f":
            return _data(source, tensor.floats, "f", count)
        case "d":
            return _data(source, tensor.doubles, "d", count)
        case "q":
            return _data(source, tensor.int64s, "", count)
        case "I" | "Q" as code:
            return _in_range(_data(source, tensor.uint64s, "", count), code)
        case code:
            return _in_range(_data(source, tensor.int32s, "", count), code)


def _data(source: Source, parts: Sequence[Span | float], code: str, count: int) -> list[float] | None:
    """Return the numbers of a field, packed as a code of module struct or, with none, as varints."""
    found: list[float] = []
    for part in parts:
        if not isinstance(part, Span):
            found.append(part)
        # Ten bytes hold any number: what is longer has too many, and is not read.
        elif part.end - part.start > 10 * count:
            return None
        else:
            content = source.read(part.start, part.end - part.start)
            found += [each for (each,) in struct.iter_unpack(f"<{code}", content)] if code else varints(content)
    return found


def _in_range(numbers: Sequence[float] | None, code: str) -> Sequence[float] | None:
    """Return numbers of int32_data or uint64_data in the type of a code; of a 16-bit float, they are its bits."""
    if numbers is None:
        return None
    if code == "?":
        return [bool(number) for number in numbers]
    bits = "H" if code == "e" else code
    whole = [int(number) & 0xFFFF_FFFF_FFFF_FFFF if code in "IQ" else int(number) for number in numbers]
    return struct.unpack(f"<{len(whole)}{code}", struct.pack(f"<{len(whole)}{bits}", *whole))


def _from_bfloat16(bits: float) -> float:
    return struct.unpack("<f", struct.pack("<I", int(bits) << 16))[0]
