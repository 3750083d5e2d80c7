"""Evaluation of element-wise operators and reductions on constants."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from math import prod

from layerledger.core.base.shapes import FLOAT_DTYPES, ShapeError
from layerledger.core.formats.importing.graph import Uncounted
from layerledger.core.formats.importing.tensor import Tensor
from layerledger.core.formats.onnx.dtypes import dtype_of
from layerledger.core.formats.onnx.folding.constants import Evaluator, constant, spread
from layerledger.core.formats.onnx.operation import OnnxOperation
from layerledger.core.layers.broadcasting import broadcast

_LARGEST = 1 << 200
"""The largest whole number that is evaluated: of damaged files, powers of powers would take all memory."""

_COMPARISONS: Mapping[str, Callable[[float, float], bool]] = {
    "Equal": lambda x, y: x == y,
    "Less": lambda x, y: x < y,
    "Greater": lambda x, y: x > y,
    "LessOrEqual": lambda x, y: x <= y,
    "GreaterOrEqual": lambda x, y: x >= y,
    "And": lambda x, y: bool(x) and bool(y),
    "Or": lambda x, y: bool(x) or bool(y),
    "Xor": lambda x, y: bool(x) != bool(y),
}


def _power(x: float, y: float) -> float:
    if isinstance(x, int) and (abs(x) > 1 << 63 or abs(y) > 64):
        raise OverflowError
    return x**y


_PAIRS: Mapping[str, Callable[[float, float], float]] = {
    "Add": lambda x, y: x + y,
    "Sub": lambda x, y: x - y,
    "Mul": lambda x, y: x * y,
    "Mod": lambda x, y: x % y,
    "Max": max,
    "Min": min,
    "Pow": _power,
}

_SINGLE: Mapping[str, Callable[[float], float]] = {
    "Neg": lambda x: -x,
    "Abs": abs,
    "Not": lambda x: not x,
    "Floor": math.floor,
    "Ceil": math.ceil,
    "Round": round,
    "Sqrt": math.sqrt,
    "Reciprocal": lambda x: 1 / x,
    "Exp": math.exp,
    "Log": math.log,
    "Sin": math.sin,
    "Cos": math.cos,
    "Erf": math.erf,
    "Sign": lambda x: (x > 0) - (x < 0),
    "Relu": lambda x: max(x, 0),
    "IsNaN": math.isnan,
}

_TOTALS: Mapping[str, Callable[[Iterable[float]], float]] = {
    "ReduceProd": prod,
    "ReduceSum": sum,
    "ReduceMax": max,
    "ReduceMin": min,
}


def _shape_of_all(op: OnnxOperation) -> tuple[int, ...]:
    try:
        return broadcast([x.sizes for x in op.present()])
    except ShapeError as error:
        raise Uncounted(str(error)) from None


def _pairs(op: OnnxOperation) -> list[Tensor]:
    """Evaluate an operator of two inputs, or of more, from left to right."""
    shape, first = _shape_of_all(op), op.input()
    function = _COMPARISONS.get(op.type) or _PAIRS.get(op.type) or _division(first.dtype)
    dtype = "bool" if op.type in _COMPARISONS else first.dtype
    data = spread(first, shape)
    try:
        for x in op.present()[1:]:
            other = spread(x, shape)
            if data is None or other is None:
                return [constant(shape, dtype)]
            data = [function(a, b) for a, b in zip(data, other, strict=True)]
    # What has no value, as 1 / 0 or a power that is too large, is not known.
    except (ArithmeticError, ValueError):
        data = None
    return [constant(shape, dtype, _bounded(data))]


def _division(dtype: str) -> Callable[[float, float], float]:
    if dtype in FLOAT_DTYPES:
        return lambda x, y: x / y
    # ONNX divides whole numbers as C does: toward zero.
    return lambda x, y: int(x) // int(y) if (x < 0) == (y < 0) else -(abs(int(x)) // abs(int(y)))


def _bounded(data: Sequence[float] | None) -> Sequence[float] | None:
    """Return numbers, or None where one is beyond what is evaluated."""
    if data is None or any(isinstance(x, complex) or (isinstance(x, int) and abs(x) > _LARGEST) for x in data):
        return None
    return data


def _single(op: OnnxOperation) -> list[Tensor]:
    x = op.input()
    try:
        data = None if x.data is None else [_SINGLE[op.type](each) for each in x.data]
    except (ArithmeticError, ValueError):
        data = None
    return [constant(x.sizes, "bool" if op.type in ("Not", "IsNaN") else x.dtype, data)]


def _where(op: OnnxOperation) -> list[Tensor]:
    shape = _shape_of_all(op)
    chosen, yes, no = (spread(op.input(i), shape) for i in range(3))
    data = (
        None
        if chosen is None or yes is None or no is None
        else [a if c else b for c, a, b in zip(chosen, yes, no, strict=True)]
    )
    return [constant(shape, op.input(1).dtype, data)]


def _cast(op: OnnxOperation) -> list[Tensor]:
    x = op.input()
    dtype = dtype_of(op.integer("to")) if op.type == "Cast" else op.input(1).dtype
    data = x.data
    try:
        if data is not None and dtype == "bool":
            data = [bool(each) for each in data]
        elif data is not None and dtype not in FLOAT_DTYPES:
            data = [int(each) for each in data]
    except (ArithmeticError, ValueError):
        data = None
    return [constant(x.sizes, dtype, data, weight=x.weight)]


def _reduce(op: OnnxOperation) -> list[Tensor] | None:
    x = op.input()
    if op.has(1) and op.input(1).data is None:
        return None
    stated = op.sizes(1, "axes") or ()
    if not stated and op.integer("noop_with_empty_axes"):
        return [x]
    if any(not -x.rank <= axis < x.rank for axis in stated):
        return None
    gone = {axis % x.rank for axis in stated} or set(range(x.rank))
    keep = op.integer("keepdims", 1)
    shape = [1 if i in gone else size for i, size in enumerate(x.sizes) if i not in gone or keep]
    data = None
    if x.data and len(gone) == x.rank and op.type in _TOTALS:
        data = [_TOTALS[op.type](x.data)]
    return [constant(shape, x.dtype, _bounded(data))]


def _same_shape(op: OnnxOperation) -> list[Tensor]:
    """Evaluate the shape alone of an operator that keeps it."""
    x = op.input()
    return [constant(x.sizes, x.dtype) for _ in op.outputs]


EVALUATORS: Mapping[str, Evaluator] = {
    **dict.fromkeys((*_PAIRS, *_COMPARISONS, "Div"), _pairs),
    **dict.fromkeys(_SINGLE, _single),
    "Where": _where,
    "Cast": _cast,
    "CastLike": _cast,
    **dict.fromkeys((*_TOTALS, "ReduceMean", "ReduceL1", "ReduceL2", "ReduceSumSquare", "ReduceLogSumExp"), _reduce),
    **dict.fromkeys(("Trilu", "CumSum", "Clip", "Softmax", "Sigmoid", "Tanh", "Tan", "Atan"), _same_shape),
}
