"""Activation functions, arithmetic, comparisons and logic."""

from __future__ import annotations

from typing import Any

from layerledger.core.base.values import Value
from layerledger.core.formats.aten.call import Call, finite
from layerledger.core.formats.aten.table import operator
from layerledger.core.formats.importing.graph import Uncounted
from layerledger.core.formats.importing.tensor import Tensor

_PLAIN = {
    "relu": "ReLU",
    "sigmoid": "Sigmoid",
    "tanh": "Tanh",
    "silu": "SiLU",
    "hardswish": "Hardswish",
    "hardsigmoid": "Hardsigmoid",
    "relu6": "ReLU6",
    "mish": "Mish",
    "selu": "SELU",
    "softsign": "Softsign",
    "log_sigmoid": "LogSigmoid",
    "logsigmoid": "LogSigmoid",
    "erf": "Erf",
    "exp": "Exp",
    "log": "Log",
    "sqrt": "Sqrt",
    "rsqrt": "Rsqrt",
    "neg": "Neg",
    "abs": "Abs",
    "sin": "Sin",
    "cos": "Cos",
    "reciprocal": "Reciprocal",
    "floor": "Floor",
    "ceil": "Ceil",
    "round": "Round",
    "trunc": "Trunc",
    "fix": "Trunc",
    "sign": "Sign",
    "sgn": "Sign",
    "square": "Square",
    "logical_not": "LogicalNot",
    "bitwise_not": "LogicalNot",
}

_NUMBERS = {
    "leaky_relu": ("LeakyReLU", {"negative_slope": "negative_slope"}),
    "elu": ("ELU", {"alpha": "alpha"}),
    "celu": ("CELU", {"alpha": "alpha"}),
    "softplus": ("Softplus", {"beta": "beta", "threshold": "threshold"}),
    "hardtanh": ("Hardtanh", {"min_val": "min_val", "max_val": "max_val"}),
    "softshrink": ("Softshrink", {"lambd": "lambd"}),
    "hardshrink": ("Hardshrink", {"lambd": "lambd"}),
    "threshold": ("Threshold", {"threshold": "threshold", "value": "value"}),
    "glu": ("GLU", {"dim": "dim"}),
}

_BINARY = {
    "add": "Add",
    "sub": "Sub",
    "subtract": "Sub",
    "mul": "Mul",
    "multiply": "Mul",
    "div": "Div",
    "divide": "Div",
    "true_divide": "Div",
    "maximum": "Maximum",
    "minimum": "Minimum",
    "remainder": "Mod",
    "fmod": "Mod",
    "eq": "Equal",
    "ne": "NotEqual",
    "lt": "Less",
    "le": "LessEqual",
    "gt": "Greater",
    "ge": "GreaterEqual",
    "logical_and": "LogicalAnd",
    "bitwise_and": "LogicalAnd",
    "__and__": "LogicalAnd",
    "logical_or": "LogicalOr",
    "bitwise_or": "LogicalOr",
    "__or__": "LogicalOr",
    "logical_xor": "LogicalXor",
    "bitwise_xor": "LogicalXor",
}


@operator(*_PLAIN)
def _plain(call: Call) -> list[Tensor]:
    name = _PLAIN.get(call.name) or _PLAIN[call.name.rstrip("_")]
    return call.emit(name, [call.x])


@operator(*_NUMBERS)
def _with_numbers(call: Call) -> list[Tensor]:
    type_name, names = _NUMBERS[call.name.rstrip("_")]
    given = {ours: finite(call.arguments[theirs]) for theirs, ours in names.items() if theirs in call.arguments}
    if type_name == "Hardtanh" and (given.get("min_val"), given.get("max_val")) in ((0, 6), (0.0, 6.0)):
        return call.emit("ReLU6", [call.x])
    return call.emit(type_name, [call.x], given)


@operator("gelu")
def _gelu(call: Call) -> list[Tensor]:
    return call.emit("GELU", [call.x], {"approximate": "tanh"} if call.get("approximate") == "tanh" else {})


@operator("prelu")
def _prelu(call: Call) -> list[Tensor]:
    weight = call.tensor("weight")
    return call.emit("PReLU", [call.x], {"num_parameters": weight.elements}, weights=[weight])


@operator("softmax", "_softmax", "log_softmax", "_log_softmax", "softmin")
def _softmax(call: Call) -> list[Tensor]:
    return call.emit("LogSoftmax" if "log" in call.name else "Softmax", [call.x], {"dim": call.get("dim", -1)})


@operator(*_BINARY)
def _binary(call: Call) -> list[Tensor]:
    name = call.name if call.name in _BINARY else call.name.rstrip("_")
    first, second = call.values[0], call.values[1]
    return _of_two(call, _BINARY[name], first, second)


def _of_two(call: Call, type_name: str, first: Any, second: Any) -> list[Tensor]:
    """Add a layer of two tensors, or of one and a number."""
    if isinstance(first, Tensor) and not isinstance(second, Tensor):
        return call.emit(type_name, [first], {"other": finite(second)})
    if isinstance(first, Tensor) and (number := _number(second)) is not None and not first.constant:
        return call.emit(type_name, [first], {"other": number})
    if isinstance(first, Tensor) and isinstance(second, Tensor):
        return call.emit(type_name, [first, second])
    raise Uncounted("it takes a number first")


def _number(x: Tensor) -> int | float | None:
    """Return the value of a constant that is one number and no weight."""
    is_number = x.constant and not x.weight and x.shape == () and x.data is not None
    return finite(x.data[0]) if is_number and x.data else None


@operator("rsub")
def _rsub(call: Call) -> list[Tensor]:
    first, other = call.values[0], call.values[1]
    if isinstance(other, Tensor):
        return call.emit("Sub", [other, first])
    negative = call.step("Neg", [first])
    return call.emit("Add", [negative], {"other": finite(other)})


@operator("addcmul", "addcdiv")
def _addcmul(call: Call) -> list[Tensor]:
    x, first, second = call.tensors()[:3]
    product = call.step("Mul" if call.name.startswith("addcmul") else "Div", [first, second])
    return call.emit("Add", [x, product])


@operator("lerp")
def _lerp(call: Call) -> list[Tensor]:
    start, end = call.tensors()[:2]
    weight = call.values[2]
    difference = call.step("Sub", [end, start])
    scaled = (
        call.step("Mul", [difference, weight])
        if isinstance(weight, Tensor)
        else call.step("Mul", [difference], {"other": finite(weight)})
    )
    return call.emit("Add", [start, scaled])


@operator("pow")
def _pow(call: Call) -> list[Tensor]:
    base, exponent = call.values[0], call.values[1]
    if not isinstance(base, Tensor):
        raise Uncounted("a power of a number to a tensor has no layer type")
    if isinstance(exponent, Tensor):
        return call.emit("Pow", [base, exponent])
    return call.emit("Pow", [base], {"exponent": finite(exponent)})


@operator("clamp", "clip", "clamp_min", "clamp_max")
def _clamp(call: Call) -> list[Tensor]:
    low, high = call.get("min"), call.get("max")
    if isinstance(low, Tensor) or isinstance(high, Tensor):
        x = call.x
        if isinstance(low, Tensor):
            x = call.step("Maximum", [x, low])
        return call.emit("Minimum", [x, high]) if isinstance(high, Tensor) else [x]
    limits: dict[str, Value] = {}
    if low is not None:
        limits["min"] = finite(low)
    if high is not None:
        limits["max"] = finite(high)
    return call.emit("Clamp", [call.x], limits)


@operator("where")
def _where(call: Call) -> list[Tensor]:
    condition, first, second = (*call.values, None, None)[:3]
    if first is None or second is None:
        raise Uncounted("the number of its values depends on the data")
    params: dict[str, Value] = {}
    if not isinstance(first, Tensor):
        params["input"] = finite(first)
    if not isinstance(second, Tensor):
        params["other"] = finite(second)
    return call.emit("Where", [each for each in (condition, first, second) if isinstance(each, Tensor)], params)


@operator("masked_fill")
def _masked_fill(call: Call) -> list[Tensor]:
    x, mask, value = call.values[:3]
    if isinstance(value, Tensor):
        return call.emit("Where", [mask, value, x])
    return call.emit("Where", [mask, x], {"input": finite(value)})


@operator("to", "_to_copy", "float", "half", "long", "int", "bool", "double", "bfloat16")
def _cast(call: Call) -> list[Tensor]:
    x = call.x
    dtype = call.dtypes[0] if call.dtypes else x.dtype
    return [x] if dtype == x.dtype else call.emit("Cast", [x], {"dtype": dtype})
