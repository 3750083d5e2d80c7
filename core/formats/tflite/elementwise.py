"""Operators of TensorFlow Lite that work element by element, or reduce dimensions."""

from __future__ import annotations

from collections.abc import Mapping

from layerledger.core.base.messages import Message
from layerledger.core.base.shapes import ELEMENT_BYTES
from layerledger.core.base.values import Value
from layerledger.core.formats.importing.channels_last import Laid
from layerledger.core.formats.importing.graph import Uncounted
from layerledger.core.formats.tflite.operation import Mapped, Mapper, TfliteOperation

_UNARY: Mapping[str, str] = {
    "RELU": "ReLU",
    "RELU6": "ReLU6",
    "RELU_N1_TO_1": "Hardtanh",
    "LOGISTIC": "Sigmoid",
    "TANH": "Tanh",
    "HARD_SWISH": "Hardswish",
    "GELU": "GELU",
    "ELU": "ELU",
    "EXP": "Exp",
    "LOG": "Log",
    "SQRT": "Sqrt",
    "RSQRT": "Rsqrt",
    "ABS": "Abs",
    "NEG": "Neg",
    "SIN": "Sin",
    "COS": "Cos",
    "SQUARE": "Square",
    "FLOOR": "Floor",
    "CEIL": "Ceil",
    "ROUND": "Round",
    "SIGN": "Sign",
    "LOGICAL_NOT": "LogicalNot",
}

_BINARY: Mapping[str, str] = {
    "ADD": "Add",
    "SUB": "Sub",
    "MUL": "Mul",
    "DIV": "Div",
    "MAXIMUM": "Maximum",
    "MINIMUM": "Minimum",
    "FLOOR_MOD": "Mod",
    "SQUARED_DIFFERENCE": "SquaredDifference",
    "LESS": "Less",
    "LESS_EQUAL": "LessEqual",
    "GREATER": "Greater",
    "GREATER_EQUAL": "GreaterEqual",
    "EQUAL": "Equal",
    "NOT_EQUAL": "NotEqual",
    "LOGICAL_AND": "LogicalAnd",
    "LOGICAL_OR": "LogicalOr",
}

_FUSED = ("ADD", "SUB", "MUL", "DIV")
"""Operators whose first option is the function that they apply to their result."""

_REDUCTIONS: Mapping[str, str] = {
    "MEAN": "Mean",
    "SUM": "ReduceSum",
    "REDUCE_MAX": "ReduceMax",
    "REDUCE_MIN": "ReduceMin",
    "REDUCE_PROD": "ReduceProd",
}


def _unary(kind: str) -> Mapper:
    return lambda op: [op.same(kind)]


def _binary(kind: str) -> Mapper:
    def mapped(op: TfliteOperation) -> Mapped:
        number = op.number(1)
        if number is not None and not op.is_constant(0):
            y = op.same(kind, {"other": number})
        elif (first := op.number(0)) is not None and kind in ("Add", "Mul", "Maximum", "Minimum"):
            y = op.same(kind, {"other": first}, op.value(1))
        else:
            tensors, moved = op.layouts.alike([op.value(0), op.value(1)])
            y = Laid(op.emit(kind, tensors), moved)
        return op.activated(y, op.info.integer(0, 1) if op.info.name in _FUSED else 0)

    return mapped


def _add_n(op: TfliteOperation) -> Mapped:
    tensors, moved = op.layouts.alike([op.value(i) for i in range(len(op.info.inputs))])
    return [Laid(op.emit("Add", tensors), moved)]


def _leaky_relu(op: TfliteOperation) -> Mapped:
    return [op.same("LeakyReLU", {"negative_slope": op.info.number(0)})]


def _relu_0_to_1(op: TfliteOperation) -> Mapped:
    return [op.same("Hardtanh", {"min_val": 0.0, "max_val": 1.0})]


def _prelu(op: TfliteOperation) -> Mapped:
    """Add a PReLU with one slope for each channel."""
    first, sizes = op.layouts.as_first(op.x), op.tensor(1).shape
    if any(size != 1 for size in sizes[:-1]) or not op.is_constant(1):
        raise Uncounted("slopes for each position are not covered")
    return [Laid(op.emit("PReLU", [first.tensor], {"num_parameters": sizes[-1]}, weight=1), first.moved)]


def _softmax(kind: str) -> Mapper:
    return lambda op: [op.same(kind, {"dim": op.x.dim(-1)})]


def _pow(op: TfliteOperation) -> Mapped:
    exponent = op.number(1)
    if exponent is None:
        raise Uncounted("a power with a tensor as exponent is not covered")
    return [op.same("Pow", {"exponent": exponent})]


def _alias(op: TfliteOperation) -> Mapped:
    """Pass a tensor on that is only stored in another way."""
    op.graph.merged += 1
    return [op.x]


def _cast(op: TfliteOperation) -> Mapped:
    dtype = op.subgraph.tensors[op.info.outputs[0]].dtype
    if dtype not in ELEMENT_BYTES:
        raise Uncounted("its type is not known")
    return [op.x if op.x.tensor.dtype == dtype else op.same("Cast", {"dtype": dtype})]


def _select(op: TfliteOperation) -> Mapped:
    params: dict[str, Value] = {}
    parts = [op.value(0)]
    for i, name in ((1, "input"), (2, "other")):
        number = op.number(i)
        if number is None:
            parts.append(op.value(i))
        else:
            params[name] = number
    tensors, moved = op.layouts.alike(parts)
    return [Laid(op.emit("Where", tensors, params), moved)]


def _reduction(kind: str) -> Mapper:
    def mapped(op: TfliteOperation) -> Mapped:
        x, keep = op.x, op.info.flag(0)
        axes = {axis % x.rank for axis in op.integers(1)}
        kept = [x.dim(axis) for axis in range(x.rank) if axis not in axes]
        given = x if keep or kept == sorted(kept) else Laid(op.layouts.last(x))
        dims = tuple(sorted([given.dim(axis) for axis in axes]))
        params: dict[str, Value] = {"dim": dims, "keepdim": True} if keep else {"dim": dims}
        return [Laid(op.emit(kind, [given.tensor], params), given.moved and keep)]

    return mapped


def _arg(kind: str) -> Mapper:
    def mapped(op: TfliteOperation) -> Mapped:
        axis = op.integers(1)
        return [Laid(op.emit(kind, [op.last()], {"dim": axis[0]}))]

    return mapped


def _l2_normalization(op: TfliteOperation) -> Mapped:
    """Add a division by the root of the sum of squares along the last dimension, in four steps."""
    x = op.x
    squares = op.emit("Square", [x.tensor], part="squares")
    total = op.emit("ReduceSum", [squares], {"dim": (x.dim(-1),), "keepdim": True}, part="sum")
    return [Laid(op.emit("Mul", [x.tensor, op.emit("Rsqrt", [total], part="inverse")]), x.moved)]


def _local_response(op: TfliteOperation) -> Mapped:
    size = 2 * op.info.integer(0) + 1
    params: dict[str, Value] = {"size": size, "alpha": op.info.number(2) * size, "beta": op.info.number(3)}
    return [Laid(op.emit("LocalResponseNorm", [op.picture()], {**params, "k": op.info.number(1)}), moved=True)]


def _cumsum(op: TfliteOperation) -> Mapped:
    axis = op.integers(1)
    if len(axis) != 1:
        raise Uncounted(Message("a sum along {count} axes is not covered", count=len(axis)))
    return [Laid(op.emit("CumSum", [op.last()], {"dim": axis[0]}))]


OPERATORS: Mapping[str, Mapper] = {
    **{name: _unary(kind) for name, kind in _UNARY.items()},
    **{name: _binary(kind) for name, kind in _BINARY.items()},
    **{name: _reduction(kind) for name, kind in _REDUCTIONS.items()},
    "ADD_N": _add_n,
    "LEAKY_RELU": _leaky_relu,
    "RELU_0_TO_1": _relu_0_to_1,
    "PRELU": _prelu,
    "SOFTMAX": _softmax("Softmax"),
    "LOG_SOFTMAX": _softmax("LogSoftmax"),
    "POW": _pow,
    "QUANTIZE": _alias,
    "DEQUANTIZE": _alias,
    "FAKE_QUANT": _alias,
    "DENSIFY": _alias,
    "CAST": _cast,
    "SELECT": _select,
    "SELECT_V2": _select,
    "ARG_MAX": _arg("ArgMax"),
    "ARG_MIN": _arg("ArgMin"),
    "L2_NORMALIZATION": _l2_normalization,
    "LOCAL_RESPONSE_NORMALIZATION": _local_response,
    "CUMSUM": _cumsum,
}
