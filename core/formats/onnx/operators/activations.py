"""Element-wise operators of one input, softmax, and normalization by rows."""

from __future__ import annotations

from collections.abc import Mapping
from math import prod

from layerledger.core.formats.importing.tensor import Tensor
from layerledger.core.formats.onnx.operation import OnnxOperation
from layerledger.core.formats.onnx.operators.handlers import Handler, unary

_AXIS_IS_LAST = 13
"""The version from which Softmax works along one axis, by default the last; before, over all from the axis on."""


def _gelu(op: OnnxOperation) -> list[Tensor]:
    tanh = op.text("approximate", "none") == "tanh" or op.type == "FastGelu"
    x = op.input()
    if op.has(1):
        x = op.step("Add", [x, op.input(1)])
    return op.emit("GELU", [x], {"approximate": "tanh"} if tanh else {})


def _erfc(op: OnnxOperation) -> list[Tensor]:
    """Map Erfc, which tf2onnx leaves in its files though ONNX has no such operator: 1 − erf(x)."""
    return op.emit("Add", [op.step("Neg", [op.step("Erf", [op.input()])])], {"other": 1})


def _quick_gelu(op: OnnxOperation) -> list[Tensor]:
    x = op.input()
    gate = op.step("Sigmoid", [op.step("Mul", [x], {"other": op.number("alpha", 1.702)})])
    return op.emit("Mul", [x, gate])


def _leaky_relu(op: OnnxOperation) -> list[Tensor]:
    return op.emit("LeakyReLU", [op.input()], {"negative_slope": op.number("alpha", 0.01)})


def _prelu(op: OnnxOperation) -> list[Tensor]:
    x, slope = op.input(), op.input(1)
    if not slope.constant:
        # x · slope where x is below 0: as a layer with computed slopes has no type of its own.
        low = op.step("Mul", [op.step("Minimum", [x], {"other": 0}), slope])
        return op.emit("Add", [op.step("ReLU", [x]), low])
    names = op.weights.named("PReLU", op.graph, slope)
    return op.emit("PReLU", [x], {"num_parameters": slope.elements}, weights=names)


def _softmax(op: OnnxOperation) -> list[Tensor]:
    type_name = "LogSoftmax" if op.type == "LogSoftmax" else "Softmax"
    x = op.input()
    if op.opset >= _AXIS_IS_LAST:
        return op.emit(type_name, [x], {"dim": op.integer("axis", -1)})
    axis = op.axis(1, x.rank)
    if prod(x.sizes[axis + 1 :]) == 1 or axis == x.rank - 1:
        return op.emit(type_name, [x], {"dim": axis})
    # All dimensions from the axis on are one row.
    rows = op.step("Flatten", [x], {"start_dim": axis})
    (made,) = op.emit(type_name, [rows], {"dim": -1})
    return op.graph.reshape(made, x.sizes)


def _thresholded(op: OnnxOperation) -> list[Tensor]:
    return op.emit("Threshold", [op.input()], {"threshold": op.number("alpha", 1.0), "value": 0.0})


def _elu(op: OnnxOperation) -> list[Tensor]:
    return op.emit("CELU" if op.type == "Celu" else "ELU", [op.input()], {"alpha": op.number("alpha", 1.0)})


HANDLERS: Mapping[str, Handler] = {
    "Gelu": _gelu,
    "FastGelu": _gelu,
    "BiasGelu": _gelu,
    "QuickGelu": _quick_gelu,
    "Erfc": _erfc,
    "LeakyRelu": _leaky_relu,
    "PRelu": _prelu,
    "Softmax": _softmax,
    "LogSoftmax": _softmax,
    "ThresholdedRelu": _thresholded,
    "Elu": _elu,
    "Celu": _elu,
    **{
        name: unary(type_name)
        for name, type_name in (
            ("Relu", "ReLU"),
            ("Sigmoid", "Sigmoid"),
            ("Tanh", "Tanh"),
            ("HardSigmoid", "Hardsigmoid"),
            ("HardSwish", "Hardswish"),
            ("Softplus", "Softplus"),
            ("Softsign", "Softsign"),
            ("Mish", "Mish"),
            ("Selu", "SELU"),
            ("Swish", "SiLU"),
            ("Erf", "Erf"),
            ("Exp", "Exp"),
            ("Log", "Log"),
            ("Sqrt", "Sqrt"),
            ("Neg", "Neg"),
            ("Abs", "Abs"),
            ("Sin", "Sin"),
            ("Cos", "Cos"),
            ("Reciprocal", "Reciprocal"),
            ("Floor", "Floor"),
            ("Ceil", "Ceil"),
            ("Round", "Round"),
            ("Sign", "Sign"),
        )
    },
}
