"""Normalization layers."""

from __future__ import annotations

from collections.abc import Mapping

from layerledger.core.base.messages import Message
from layerledger.core.base.values import Value
from layerledger.core.formats.importing.graph import Uncounted
from layerledger.core.formats.importing.tensor import Tensor
from layerledger.core.formats.onnx.operation import OnnxOperation
from layerledger.core.formats.onnx.operators.handlers import Handler


def _dims(op: OnnxOperation, least: int) -> int:
    rank = op.input().rank
    if not least <= rank - 2 <= 3:
        raise Uncounted(Message("{operator} of {rank} dimensions has no layer type", operator=op.type, rank=rank))
    return max(rank - 2, 1)


def _batch_norm(op: OnnxOperation) -> list[Tensor]:
    if not all(op.input(i).constant for i in range(1, 5)):
        raise Uncounted("its weights are computed")
    type_name = f"BatchNorm{_dims(op, 0)}d"
    return op.emit(type_name, [op.input()], weights=op.weights.named(type_name, op.graph, op.input(1), op.input(2)))


def _instance_norm(op: OnnxOperation) -> list[Tensor]:
    type_name = f"InstanceNorm{_dims(op, 1)}d"
    x, scale, bias = op.input(), op.input(1), op.input(2)
    if _is_all(scale, 1) and _is_all(bias, 0):
        # A group norm is written as an instance norm that scales by 1.
        return op.emit(type_name, [x])
    if not (scale.constant and bias.constant):
        raise Uncounted("its weights are computed")
    return op.emit(type_name, [x], {"affine": True}, weights=op.weights.named(type_name, op.graph, scale, bias))


def _is_all(x: Tensor, number: float) -> bool:
    return x.data is not None and all(each == number for each in x.data)


def _group_norm(op: OnnxOperation) -> list[Tensor]:
    x, scale, bias = op.input(), op.input(1), op.input(2)
    groups = op.integer("num_groups")
    if not (scale.constant and bias.constant):
        raise Uncounted("its weights are computed")
    if scale.elements == x.sizes[1]:
        names = op.weights.named("GroupNorm", op.graph, scale, bias)
        return op.emit("GroupNorm", [x], {"num_groups": groups}, weights=names)
    raise Uncounted("it has one weight for each group, as no layer type has")


def _trailing(op: OnnxOperation, type_name: str, default: int = -1) -> list[Tensor]:
    """Add a normalization over the last dimensions; computed weights are layers behind it."""
    x, scale, bias = op.input(), op.optional(1), op.optional(2)
    axis = op.axis(default, x.rank)
    params: dict[str, Value] = {"normalized_shape": x.sizes[axis:]}
    held = scale is not None and scale.constant and (bias is None or bias.constant)
    if not held or scale is None:
        (made,) = op.emit(type_name, [x], {**params, "elementwise_affine": False})[:1]
        for layer, computed in (("Mul", scale), ("Add", bias)):
            made = made if computed is None else op.step(layer, [made, computed])
        return [made]
    if type_name == "LayerNorm" and bias is None:
        params["bias"] = False
    weights = (scale, bias) if type_name == "LayerNorm" else (scale,)
    return op.emit(type_name, [x], params, weights=op.weights.named(type_name, op.graph, *weights))


def _layer_norm(op: OnnxOperation) -> list[Tensor]:
    return _trailing(op, "LayerNorm")[:1]


def _rms_norm(op: OnnxOperation) -> list[Tensor]:
    return _trailing(op, "RMSNorm")[:1]


def _skipped(type_name: str) -> Handler:
    """Return the mapping of a normalization of ONNX Runtime that adds a second input before."""

    def handler(op: OnnxOperation) -> list[Tensor]:
        total = op.step("Add", [op.input(0), op.input(1)])
        bias = 4 if type_name == "LayerNorm" else 3
        if op.has(bias):
            total = op.step("Add", [total, op.input(bias)])
        scale = op.over([total, op.optional(2), op.optional(3) if type_name == "LayerNorm" else None])
        (made,) = _trailing(scale, type_name)[:1]
        return [made, made, made, total][: len(op.outputs)]

    return handler


def _lrn(op: OnnxOperation) -> list[Tensor]:
    return op.emit("LocalResponseNorm", [op.input()], {"size": op.integer("size", 1)})


def _mean_variance(op: OnnxOperation) -> list[Tensor]:
    axes = op.integers("axes") or (0, 2, 3)
    x = op.input()
    mean = op.step("Mean", [x], {"dim": axes, "keepdim": True})
    centred = op.step("Sub", [x, mean])
    variance = op.step("Mean", [op.step("Square", [centred])], {"dim": axes, "keepdim": True})
    return op.emit("Div", [centred, op.step("Sqrt", [variance])])


HANDLERS: Mapping[str, Handler] = {
    "BatchNormalization": _batch_norm,
    "InstanceNormalization": _instance_norm,
    "GroupNormalization": _group_norm,
    "LayerNormalization": _layer_norm,
    "RMSNormalization": _rms_norm,
    "SimplifiedLayerNormalization": _rms_norm,
    "SkipLayerNormalization": _skipped("LayerNorm"),
    "SkipSimplifiedLayerNormalization": _skipped("RMSNorm"),
    "LRN": _lrn,
    "MeanVarianceNormalization": _mean_variance,
}
