"""Operations of keras.ops, and those of TensorFlow in the models of Keras 2, as steps of a functional model.

Source: keras.ops. An operator that is written in Python, such as x + y, is one of them.
"""

from __future__ import annotations

from collections.abc import Mapping

from layerledger.core.base.messages import Message
from layerledger.core.base.shapes import ELEMENT_BYTES
from layerledger.core.base.values import Value
from layerledger.core.formats.importing.channels_last import Laid
from layerledger.core.formats.importing.graph import Uncounted
from layerledger.core.formats.keras import arguments, shape_operations
from layerledger.core.formats.keras.activations import plain
from layerledger.core.formats.keras.calls import LayerCall, Mapped, Mapper
from layerledger.core.formats.keras.merging import binary

_BINARY = {
    "Add": "Add",
    "Subtract": "Sub",
    "Multiply": "Mul",
    "Divide": "Div",
    "TrueDivide": "Div",
    "Maximum": "Maximum",
    "Minimum": "Minimum",
    "Mod": "Mod",
    "Equal": "Equal",
    "NotEqual": "NotEqual",
    "Less": "Less",
    "LessEqual": "LessEqual",
    "Greater": "Greater",
    "GreaterEqual": "GreaterEqual",
    "LogicalAnd": "LogicalAnd",
    "LogicalOr": "LogicalOr",
    "LogicalXor": "LogicalXor",
}
"""The layer type of an operation of two operands."""

_UNARY = {
    "Absolute": "Abs",
    "Abs": "Abs",
    "Negative": "Neg",
    "Exp": "Exp",
    "Log": "Log",
    "Sqrt": "Sqrt",
    "Rsqrt": "Rsqrt",
    "Reciprocal": "Reciprocal",
    "Sin": "Sin",
    "Cos": "Cos",
    "Erf": "Erf",
    "Tanh": "Tanh",
    "Square": "Square",
    "Floor": "Floor",
    "Ceil": "Ceil",
    "Round": "Round",
    "Trunc": "Trunc",
    "Sign": "Sign",
    "LogicalNot": "LogicalNot",
}
"""The layer type of an operation of one operand that needs no parameter."""

_FUNCTIONS = {
    "Relu": "relu",
    "Relu6": "relu6",
    "Sigmoid": "sigmoid",
    "Silu": "silu",
    "Gelu": "gelu",
    "Elu": "elu",
    "Selu": "selu",
    "Celu": "celu",
    "Softplus": "softplus",
    "Softsign": "softsign",
    "SoftShrink": "soft_shrink",
    "HardShrink": "hard_shrink",
    "HardSigmoid": "hard_sigmoid",
    "HardSilu": "hard_silu",
    "HardTanh": "hard_tanh",
    "TanhShrink": "tanh_shrink",
    "LogSigmoid": "log_sigmoid",
    "LeakyRelu": "leaky_relu",
    "Mish": "mish",
}
"""The activation function of an operation."""

_REDUCTIONS = {
    "Mean": "Mean",
    "Sum": "ReduceSum",
    "Max": "ReduceMax",
    "Amax": "ReduceMax",
    "Min": "ReduceMin",
    "Amin": "ReduceMin",
    "Prod": "ReduceProd",
    "Logsumexp": "LogSumExp",
}
"""The layer type of a reduction of some axes."""


def _binary(kind: str) -> Mapper:
    def mapped(call: LayerCall) -> Mapped:
        return [binary(call, kind, arguments.value(call, 0, "x1", "x"), arguments.value(call, 1, "x2", "y"))]

    return mapped


def _unary(kind: str) -> Mapper:
    return lambda call: [call.same(kind)]


def _function(name: str) -> Mapper:
    def mapped(call: LayerCall) -> Mapped:
        found = plain(name)
        assert found is not None
        return [call.same(*found)]

    return mapped


def _reduction(kind: str) -> Mapper:
    def mapped(call: LayerCall) -> Mapped:
        x, keep = call.x, arguments.flag(call, 2, "keepdims")
        stated = arguments.integers(call, 1, "axis", default=None)
        axes = set(range(x.rank)) if stated is None else {axis % x.rank for axis in stated}
        kept = [x.dim(axis) for axis in range(x.rank) if axis not in axes]
        # Without the reduced axes, both layouts are the same, or the file's is restored before.
        given = x if keep or kept == sorted(kept) else Laid(call.layouts.last(x))
        dims = tuple(sorted([given.dim(axis) for axis in axes]))
        params: dict[str, Value] = {"dim": dims, "keepdim": True} if keep else {"dim": dims}
        return [Laid(call.emit(kind, [given.tensor], params), given.moved and keep)]

    return mapped


def _power(call: LayerCall) -> Mapped:
    exponent = arguments.value(call, 1, "x2", "y")
    if not isinstance(exponent, int | float):
        raise Uncounted("a power with a tensor as exponent is not covered")
    return [call.same("Pow", {"exponent": float(exponent)})]


def _clip(call: LayerCall) -> Mapped:
    params: dict[str, Value] = {}
    for place, names, own in ((1, ("x_min", "clip_value_min"), "min"), (2, ("x_max", "clip_value_max"), "max")):
        bound = arguments.value(call, place, *names, default=None)
        if isinstance(bound, int | float):
            params[own] = float(bound)
    return [call.same("Clamp", params)]


def _softmax(kind: str) -> Mapper:
    return lambda call: [call.same(kind, {"dim": call.x.dim(arguments.integer(call, 1, "axis", default=-1))})]


def _matmul(call: LayerCall) -> Mapped:
    tensors = [call.layouts.last(x) for x in call.inputs]
    for place, name in enumerate(("transpose_a", "transpose_b")):
        if arguments.flag(call, -1, name):
            tensors[place] = call.emit("Transpose", [tensors[place]], {"dim0": -2, "dim1": -1}, part="transposed")
    return [Laid(call.emit("MatMul", tensors))]


def _einsum(call: LayerCall) -> Mapped:
    equation = arguments.value(call, -1, "subscripts", default=call.args[0] if call.args else None)
    if not isinstance(equation, str):
        raise Uncounted("its equation is not known")
    return [Laid(call.emit("Einsum", [call.layouts.last(x) for x in call.inputs], {"equation": equation}))]


def _cast(call: LayerCall) -> Mapped:
    stated = arguments.value(call, 1, "dtype", default=call.stated_dtype)
    dtype = stated if isinstance(stated, str) and stated in ELEMENT_BYTES else call.stated_dtype
    if dtype not in ELEMENT_BYTES:
        raise Uncounted("its type is not known")
    return [call.x if dtype == call.x.tensor.dtype else call.same("Cast", {"dtype": dtype})]


def _where(call: LayerCall) -> Mapped:
    condition, a, b = (arguments.value(call, i, name) for i, name in enumerate(("condition", "x1", "x2")))
    if not isinstance(condition, Laid):
        raise Uncounted("its condition is no tensor")
    params: dict[str, Value] = {}
    parts = [condition]
    for name, value in (("input", a), ("other", b)):
        if isinstance(value, Laid):
            parts.append(value)
        elif isinstance(value, int | float):
            params[name] = float(value)
    tensors, moved = call.layouts.alike(parts)
    return [Laid(call.emit("Where", tensors, params), moved)]


def _passed(call: LayerCall) -> Mapped:
    call.graph.folded += 1
    return [call.x]


OPERATIONS: Mapping[str, Mapper] = {
    **{name: _binary(kind) for name, kind in _BINARY.items()},
    **{name: _unary(kind) for name, kind in _UNARY.items()},
    **{name: _function(kind) for name, kind in _FUNCTIONS.items()},
    **{name: _reduction(kind) for name, kind in _REDUCTIONS.items()},
    **shape_operations.OPERATIONS,
    "Power": _power,
    "Clip": _clip,
    "Softmax": _softmax("Softmax"),
    "LogSoftmax": _softmax("LogSoftmax"),
    "Matmul": _matmul,
    "Einsum": _einsum,
    "Cast": _cast,
    "Where": _where,
    "StopGradient": _passed,
    "ConvertToTensor": _passed,
    "Copy": _passed,
}
"""The operations of Keras 3 by their class."""

_TENSORFLOW = {
    "add": "Add",
    "subtract": "Subtract",
    "multiply": "Multiply",
    "divide": "Divide",
    "truediv": "Divide",
    "sub": "Subtract",
    "mul": "Multiply",
    "pow": "Power",
    "abs": "Absolute",
    "negative": "Negative",
    "reduce_mean": "Mean",
    "reduce_sum": "Sum",
    "reduce_max": "Max",
    "reduce_min": "Min",
    "concat": "Concatenate",
    "expand_dims": "ExpandDims",
    "clip_by_value": "Clip",
    "swish": "Silu",
    "log_softmax": "LogSoftmax",
    "convert_to_tensor": "ConvertToTensor",
    "stop_gradient": "StopGradient",
    "identity": "ConvertToTensor",
    "getitem": "GetItem",
    "split": "Split",
}
"""The operation of Keras 3 of a function of TensorFlow whose name is another."""


def _function_of_tensorflow(call: LayerCall) -> Mapped:
    """Add a function of TensorFlow as Keras 2 writes it, such as math.add."""
    stated = call.word("function", "").rpartition(".")[2]
    name = _TENSORFLOW.get(stated) or "".join(part.capitalize() for part in stated.split("_"))
    mapper = OPERATIONS.get(name)
    if mapper is None:
        raise Uncounted(Message("the function {name} is not covered", name=call.word("function", "?")[:60]))
    return mapper(call)


LEGACY: Mapping[str, Mapper] = dict.fromkeys(("TFOpLambda", "SlicingOpLambda"), _function_of_tensorflow)
"""The classes with which Keras 2 writes functions of TensorFlow."""
