"""Element-wise operators of several inputs: arithmetic, comparisons, logic, casts."""

from __future__ import annotations

from collections.abc import Mapping

from layerledger.core.base.values import Value
from layerledger.core.formats.importing.graph import Uncounted
from layerledger.core.formats.importing.tensor import Tensor
from layerledger.core.formats.onnx.dtypes import dtype_of
from layerledger.core.formats.onnx.folding.constants import constant
from layerledger.core.formats.onnx.operation import OnnxOperation
from layerledger.core.formats.onnx.operators.handlers import Handler, scalar, unary

_GATED = {"Sigmoid": "SiLU", "Hardsigmoid": "Hardswish"}
_COMMUTE = frozenset(("Add", "Mul", "Maximum", "Minimum", "Equal", "SquaredDifference"))
_MIRRORED = {"Less": "Greater", "Greater": "Less", "LessEqual": "GreaterEqual", "GreaterEqual": "LessEqual"}


def add(op: OnnxOperation) -> list[Tensor]:
    """Map Add; one of a bias right behind a linear layer is part of it."""
    if len(op.present()) == 2:
        for x, b in ((op.input(0), op.input(1)), (op.input(1), op.input(0))):
            if made := _with_bias(op, x, b):
                return made
    return _pair(op, "Add")


def _with_bias(op: OnnxOperation, x: Tensor, b: Tensor) -> list[Tensor] | None:
    """Return the output of a linear layer that has taken the bias, or None."""
    layer = x.maker
    if layer is None or layer.type != "Linear" or layer.params.get("bias", True) or not op.is_only_use(x):
        return None
    if not b.constant or not b.weight or b.sizes != (layer.params["out_features"],):
        return None
    layer.params = {name: value for name, value in layer.params.items() if name != "bias"}
    layer.weights = (*layer.weights, *op.weights.named("bias", op.graph, b))
    op.graph.merged += 1
    return [x]


def mul(op: OnnxOperation) -> list[Tensor]:
    """Map Mul; x · sigmoid(x) is SiLU, and x · hardsigmoid(x) Hardswish."""
    if len(op.present()) == 2:
        for x, gate in ((op.input(0), op.input(1)), (op.input(1), op.input(0))):
            layer = gate.maker
            if layer is not None and layer.type in _GATED and layer.inputs[0] is x and op.is_only_use(gate):
                layer.type, layer.params = _GATED[layer.type], {}
                if layer.place.name.startswith(("sigmoid", "hardsigmoid")):
                    layer.place = layer.place._replace(name=layer.type.lower())
                op.graph.merged += 1
                return [gate]
    return _pair(op, "Mul")


def _pair(op: OnnxOperation, type_name: str) -> list[Tensor]:
    """Add a layer of two inputs, one of which may be a plain number."""
    given = op.present()
    if len(given) != 2:
        return op.emit(type_name, given) if len(given) > 1 else given
    a, b = given
    if not a.constant and (number := scalar(b)) is not None and a.rank >= b.rank:
        return op.emit(type_name, [a], {"other": number})
    if not b.constant and (number := scalar(a)) is not None and b.rank >= a.rank:
        if type_name in _COMMUTE:
            return op.emit(type_name, [b], {"other": number})
        if type_name in _MIRRORED:
            return op.emit(_MIRRORED[type_name], [b], {"other": number})
        if type_name == "Div" and number == 1:
            return op.emit("Reciprocal", [b])
    return op.emit(type_name, [a, b])


def pair_of(type_name: str) -> Handler:
    """Return the mapping of an operator of two inputs."""

    def handler(op: OnnxOperation) -> list[Tensor]:
        return _pair(op, type_name)

    return handler


def _mean(op: OnnxOperation) -> list[Tensor]:
    """Map Mean of several tensors: their sum, divided by their number."""
    given = op.present()
    return op.emit("Div", [op.step("Add", given)], {"other": len(given)}) if len(given) > 1 else given


def _is_nan(op: OnnxOperation) -> list[Tensor]:
    """Map IsNaN: such a number differs from itself."""
    return op.emit("NotEqual", [op.input(), op.input()])


def _triangle(op: OnnxOperation) -> list[Tensor]:
    """Map Trilu: a mask for the last two dimensions."""
    x = op.input()
    mask = constant(x.sizes[-2:], x.dtype)
    return op.emit("LogicalAnd" if x.dtype == "bool" else "Mul", [x, mask])


def _one_hot(op: OnnxOperation) -> list[Tensor]:
    """Map OneHot: each index is compared with all."""
    index, depth = op.input(), op.sizes(1) or (1,)
    axis = op.axis(-1, index.rank + 1)
    shape = [1] * (index.rank + 1)
    shape[axis] = depth[0]
    wide = op.step("Unsqueeze", [index], {"dim": axis})
    chosen = op.step("Equal", [wide, constant(shape, index.dtype)])
    return op.emit("Cast", [chosen], {"dtype": op.input(2).dtype})


def _power(op: OnnxOperation) -> list[Tensor]:
    exponent = scalar(op.input(1))
    if exponent is None:
        raise Uncounted("its exponent is no single number")
    return op.emit("Pow", [op.input()], {"exponent": exponent})


def _where(op: OnnxOperation) -> list[Tensor]:
    condition, yes, no = op.input(0), op.input(1), op.input(2)
    params: dict[str, Value] = {}
    inputs = [condition if condition.dtype == "bool" else op.step("Cast", [condition], {"dtype": "bool"})]
    for name, x, other in (("input", yes, no), ("other", no, yes)):
        number = None if other.constant and params else scalar(x)
        if number is not None and max(condition.rank, other.rank) >= x.rank:
            params[name] = number
        else:
            inputs.append(x)
    return op.emit("Where", inputs, params)


def _cast(op: OnnxOperation) -> list[Tensor]:
    x = op.input()
    dtype = dtype_of(op.integer("to")) if op.type == "Cast" else op.input(1).dtype
    return [x] if dtype == x.dtype else op.emit("Cast", [x], {"dtype": dtype})


def _clip(op: OnnxOperation) -> list[Tensor]:
    x = op.input()
    low, high = (_bound(op, i, name) for i, name in ((1, "min"), (2, "max")))
    if isinstance(low, Tensor) or isinstance(high, Tensor):
        for type_name, bound in (("Maximum", low), ("Minimum", high)):
            if isinstance(bound, Tensor):
                x = op.step(type_name, [x, bound])
            elif bound is not None:
                x = op.step(type_name, [x], {"other": bound})
        return [x]
    if (low, high) == (0, 6):
        return op.emit("ReLU6", [x])
    if low is None and high is None:
        return [x]
    bounds = {"min": low, "max": high}
    return op.emit("Clamp", [x], {name: bound for name, bound in bounds.items() if bound is not None})


def _bound(op: OnnxOperation, i: int, attribute: str) -> Tensor | Value:
    """Return a bound: a number, a tensor, or None for no bound."""
    if op.has(i):
        number = scalar(op.input(i))
        return op.input(i) if number is None else number
    return op.number(attribute, 0.0) if attribute in op.attributes else None


HANDLERS: Mapping[str, Handler] = {
    "Add": add,
    "Sum": pair_of("Add"),
    "Mul": mul,
    "Mean": _mean,
    "Pow": _power,
    "Where": _where,
    "IsNaN": _is_nan,
    "Trilu": _triangle,
    "OneHot": _one_hot,
    "Cast": _cast,
    "CastLike": _cast,
    "Clip": _clip,
    **{
        name: pair_of(type_name)
        for name, type_name in (
            ("Sub", "Sub"),
            ("Div", "Div"),
            ("Max", "Maximum"),
            ("Min", "Minimum"),
            ("Mod", "Mod"),
            ("Equal", "Equal"),
            ("Less", "Less"),
            ("LessOrEqual", "LessEqual"),
            ("Greater", "Greater"),
            ("GreaterOrEqual", "GreaterEqual"),
            ("And", "LogicalAnd"),
            ("Or", "LogicalOr"),
            ("Xor", "LogicalXor"),
            ("BitwiseAnd", "LogicalAnd"),
            ("BitwiseOr", "LogicalOr"),
        )
    },
    "Not": unary("LogicalNot"),
}
