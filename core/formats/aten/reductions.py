"""Reductions along dimensions."""

from __future__ import annotations

from layerledger.core.base.values import Value
from layerledger.core.formats.aten.call import Call
from layerledger.core.formats.aten.table import operator
from layerledger.core.formats.importing.graph import Uncounted
from layerledger.core.formats.importing.tensor import Tensor

_TYPES = {
    "mean": "Mean",
    "sum": "ReduceSum",
    "amax": "ReduceMax",
    "amin": "ReduceMin",
    "prod": "ReduceProd",
    "logsumexp": "LogSumExp",
}


@operator(*_TYPES)
def _reduce(call: Call) -> list[Tensor]:
    return call.emit(_TYPES[call.name], [call.x], _dims(call))


def _dims(call: Call) -> dict[str, Value]:
    params: dict[str, Value] = {"keepdim": True} if call.get("keepdim") else {}
    if dims := call.ints("dim"):
        params["dim"] = dims
    return params


@operator("max", "min")
def _extreme(call: Call) -> list[Tensor]:
    kind = "Max" if call.name == "max" else "Min"
    second = call.values[1] if len(call.values) > 1 else None
    if isinstance(second, Tensor):
        return call.emit(f"{kind}imum", [call.x, second])
    values = call.emit(f"Reduce{kind}", [call.x], _dims(call))
    if call.overload != "dim":
        return values
    return [*values, call.step(f"Arg{kind}", [call.x], {**_dims(call), "dim": call.get("dim")})]


@operator("linalg_vector_norm", "norm")
def _norm(call: Call) -> list[Tensor]:
    order = call.get("ord", call.get("p", 2))
    if order not in (1, 2):
        raise Uncounted("only norms of order 1 and 2 have a layer type")
    return call.emit(f"ReduceL{int(order)}", [call.x], _dims(call))


@operator("var", "std")
def _variance(call: Call) -> list[Tensor]:
    params = _dims(call)
    mean = call.step("Mean", [call.x], {**params, "keepdim": True})
    squared = call.step("SquaredDifference", [call.x, mean])
    if call.name == "var":
        return call.emit("Mean", [squared], params)
    return call.emit("Sqrt", [call.step("Mean", [squared], params)])
