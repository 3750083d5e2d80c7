"""Reductions over dimensions, and searches along one."""

from __future__ import annotations

from collections.abc import Mapping

from layerledger.core.base.values import Value
from layerledger.core.formats.importing.tensor import Tensor
from layerledger.core.formats.onnx.operation import OnnxOperation
from layerledger.core.formats.onnx.operators.handlers import Handler


def _params(op: OnnxOperation, x: Tensor) -> dict[str, Value] | None:
    """Return dimensions and keepdim of a reduction; None where it changes nothing."""
    axes = op.sizes(1, "axes")
    if not axes and op.integer("noop_with_empty_axes"):
        return None
    params: dict[str, Value] = {"keepdim": bool(op.integer("keepdims", 1))}
    if axes:
        params["dim"] = axes
    return params


def _mean(op: OnnxOperation) -> list[Tensor]:
    x = op.input()
    params = _params(op, x)
    if params is None:
        return [x]
    axes = params.get("dim")
    if x.rank == 4 and params["keepdim"] and isinstance(axes, tuple) and _is_image(axes):
        return op.emit("AdaptiveAvgPool2d", [x], {"output_size": 1})
    return op.emit("Mean", [x], params)


def _is_image(axes: tuple[Value, ...]) -> bool:
    return {axis % 4 for axis in axes if isinstance(axis, int)} == {2, 3}


def _reduce(type_name: str, before: str = "", after: str = "") -> Handler:
    """Return the mapping of a reduction, with an element-wise layer before it and one after it."""

    def handler(op: OnnxOperation) -> list[Tensor]:
        x = op.input()
        params = _params(op, x)
        if params is None and not before and not after:
            return [x]
        if before:
            x = op.step(before, [x])
        if params is None:
            return [x]
        return op.emit(after, [op.step(type_name, [x], params)]) if after else op.emit(type_name, [x], params)

    return handler


def _arg(type_name: str) -> Handler:
    def handler(op: OnnxOperation) -> list[Tensor]:
        keep = bool(op.integer("keepdims", 1))
        return op.emit(type_name, [op.input()], {"dim": op.integer("axis", 0), "keepdim": keep})

    return handler


HANDLERS: Mapping[str, Handler] = {
    "ReduceMean": _mean,
    "ReduceSum": _reduce("ReduceSum"),
    "ReduceMax": _reduce("ReduceMax"),
    "ReduceMin": _reduce("ReduceMin"),
    "ReduceProd": _reduce("ReduceProd"),
    "ReduceL1": _reduce("ReduceL1"),
    "ReduceL2": _reduce("ReduceL2"),
    "ReduceLogSumExp": _reduce("LogSumExp"),
    "ReduceSumSquare": _reduce("ReduceSum", before="Square"),
    "ReduceLogSum": _reduce("ReduceSum", after="Log"),
    "ArgMax": _arg("ArgMax"),
    "ArgMin": _arg("ArgMin"),
}
