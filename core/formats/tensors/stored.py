"""Tensors as a file stores them, and their dtypes as a layer states them."""

from __future__ import annotations

from collections.abc import Mapping
from math import prod
from typing import NamedTuple


class Stored(NamedTuple):
    """A tensor of a file.

    Attributes:
        dtype: of its elements, as a layer states it; empty where no such dtype is known.
        label: its type as the file calls it.
        nbytes: in the file; None where they are unknown.
        data: what tells its data from others'; tied tensors have the same. Empty where the file does not say.
    """

    shape: tuple[int, ...]
    dtype: str
    label: str
    nbytes: int | None = None
    data: str = ""

    @property
    def elements(self) -> int:
        """The number of its values."""
        return prod(self.shape)


DTYPES: Mapping[str, str] = {
    "F64": "float64", "F32": "float32", "F16": "float16", "BF16": "bfloat16",
    "F8_E4M3": "float8", "F8_E5M2": "float8", "F8_E8M0": "float8", "F8_E4M3FNUZ": "float8", "F8_E5M2FNUZ": "float8",
    "I64": "int64", "I32": "int32", "I16": "int16", "I8": "int8", "U8": "uint8", "BOOL": "bool",
    "float64": "float64", "float32": "float32", "float16": "float16", "bfloat16": "bfloat16",
    "float8_e4m3fn": "float8", "float8_e5m2": "float8", "float8_e4m3fnuz": "float8", "float8_e5m2fnuz": "float8",
    "float8_e8m0fnu": "float8",
    "int64": "int64", "int32": "int32", "int16": "int16", "int8": "int8", "uint8": "uint8", "bool": "bool",
    "qint8": "int8", "quint8": "uint8", "qint32": "int32",
}  # fmt: skip
"""The dtypes of safetensors and of PyTorch as layers state them."""

SAME_SIZE: Mapping[str, str] = {
    "U64": "int64", "U32": "int32", "U16": "int16", "C64": "float64",
    "uint64": "int64", "uint32": "int32", "uint16": "int16", "complex64": "float64", "complex32": "float32",
}  # fmt: skip
"""Types that no layer has, and the dtype of the same size under which they are shown."""


def dtype_of(label: str) -> str:
    """Return the dtype of a layer for a type of safetensors or PyTorch; empty for an unknown type."""
    return DTYPES.get(label) or SAME_SIZE.get(label, "")
