"""Nodes that are never layers: constants, shapes, copies, and the conversion of quantized tensors."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from math import prod
from typing import TypeAlias

from layerledger.core.base.shapes import FLOAT_DTYPES
from layerledger.core.formats.importing.graph import Uncounted
from layerledger.core.formats.importing.tensor import Tensor
from layerledger.core.formats.onnx.dtypes import dtype_of
from layerledger.core.formats.onnx.folding.constants import constant, is_small
from layerledger.core.formats.onnx.operation import OnnxOperation
from layerledger.core.formats.onnx.schema import OnnxTensor
from layerledger.core.formats.onnx.values import Initializers

_SourceHandler: TypeAlias = "Callable[[OnnxOperation, Initializers], list[Tensor] | None]"


def _constant(op: OnnxOperation, held: Initializers) -> list[Tensor] | None:
    value = op.attributes.get("value")
    if isinstance(value, OnnxTensor):
        return [held.constant(value)]
    for name, dtype in (("value_int", "int64"), ("value_float", "float32")):
        number = op.attributes.get(name)
        if isinstance(number, int | float):
            return [constant((), dtype, [number])]
    for name, dtype in (("value_ints", "int64"), ("value_floats", "float32")):
        numbers = op.attributes.get(name)
        if isinstance(numbers, list):
            data = [number for number in numbers if isinstance(number, int | float)]
            return [constant((len(numbers),), dtype, data)]
    raise Uncounted("a constant of texts has no layer type")


def _filled(op: OnnxOperation, held: Initializers) -> list[Tensor] | None:
    """Return a constant of a shape; one of many elements is never made."""
    if op.input().data is None:
        return None
    shape = op.sizes(0) or ()
    value = op.attributes.get("value")
    fill = held.constant(value) if isinstance(value, OnnxTensor) else constant((1,), "float32", [0.0])
    data = list(fill.data) * prod(shape) if fill.data and len(fill.data) == 1 and _can_fill(shape) else None
    return [constant(shape, fill.dtype, data)]


def _can_fill(shape: Sequence[int]) -> bool:
    return min(shape, default=1) >= 0 and is_small(shape)


def _shape(op: OnnxOperation, held: Initializers) -> list[Tensor] | None:
    sizes = op.input().sizes
    end = op.integer("end", len(sizes)) if "end" in op.attributes else len(sizes)
    found = sizes[op.integer("start", 0) : end]
    return [constant((len(found),), "int64", found)]


def _size(op: OnnxOperation, held: Initializers) -> list[Tensor] | None:
    return [constant((), "int64", [op.input().elements])]


def _copy(op: OnnxOperation, held: Initializers) -> list[Tensor] | None:
    """Return the input; a copy of a weight under the name of a parameter is a parameter of its own."""
    x = op.input()
    name = op.outputs[0] if op.outputs else ""
    if x.weight and "." in name and not name.startswith("/") and "::" not in name:
        op.weights.copies[name] = op.weights.copies.get(x.weight, x.weight)
        return [constant(x.sizes, x.dtype, x.data, weight=name)]
    if x.weight and name and x.constant:
        op.weights.copies.setdefault(name, op.weights.copies.get(x.weight, x.weight))
        return [constant(x.sizes, x.dtype, x.data, weight=name)]
    return [x]


def _passed(op: OnnxOperation, held: Initializers) -> list[Tensor] | None:
    return [op.input()]


def _converted(op: OnnxOperation, held: Initializers) -> list[Tensor] | None:
    """Return the tensor itself: conversion to and from integers is no layer, but weights are stored as integers."""
    x = op.input()
    if not x.constant:
        ones = [constant((), "float32", [1.0]), constant((), "uint8", [0])]
        return [x, *ones][: len(op.outputs)]
    if op.type == "DequantizeLinear" and x.rank:
        return [op.weights.of_integers(x, held.stored.get(x.name, ""))]
    return [x]


def _dtype_of_cast(op: OnnxOperation, held: Initializers) -> list[Tensor] | None:
    """Return the input of a cast that changes nothing."""
    x = op.input()
    target = dtype_of(op.integer("to")) if op.type == "Cast" else op.input(1).dtype
    both_real = target in FLOAT_DTYPES and x.dtype in FLOAT_DTYPES
    return [x] if target == x.dtype or (both_real and x.constant) else None


SOURCES: Mapping[str, _SourceHandler] = {
    "Constant": _constant,
    "ConstantOfShape": _filled,
    "Shape": _shape,
    "Size": _size,
    "Identity": _copy,
    "Dropout": _passed,
    "Cast": _dtype_of_cast,
    "CastLike": _dtype_of_cast,
    **dict.fromkeys(("QuantizeLinear", "DequantizeLinear", "DynamicQuantizeLinear"), _converted),
}
"""Evaluators of nodes that are no layers; None from one means that the node is like any other."""
