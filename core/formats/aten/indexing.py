"""Operators that take elements by index, or put them there."""

from __future__ import annotations

from typing import Any

from layerledger.core.formats.aten.call import Call
from layerledger.core.formats.aten.table import operator
from layerledger.core.formats.importing.graph import Uncounted
from layerledger.core.formats.importing.tensor import Tensor


@operator("index", "_unsafe_index")
def _index(call: Call) -> list[Tensor]:
    """Return x[:, i] or x[i, j]: a tensor of indices for one dimension, or for the first ones together."""
    places = [(dim, each) for dim, each in enumerate(_indices(call)) if each is not None]
    if any(each.dtype in ("bool", "uint8") for _, each in places):
        raise Uncounted("the number of elements that a mask takes depends on the data")
    if len(places) == 1:
        dim, index = places[0]
        return call.emit("Take", [call.x, index], {"dim": dim})
    dims = [dim for dim, _ in places]
    if dims != list(range(len(dims))) or len({each.shape for _, each in places}) > 1:
        raise Uncounted("indices of several dimensions of different shapes have no layer type")
    stacked = call.step("Stack", [each for _, each in places], {"dim": -1}, name="indices")
    return call.emit("GatherND", [call.x, stacked])


def _indices(call: Call) -> list[Tensor | None]:
    given = call.listed("indices")
    if not any(isinstance(each, Tensor) for each in given):
        raise Uncounted("its indices are not tensors")
    return [each if isinstance(each, Tensor) else None for each in given]


@operator("index_select")
def _index_select(call: Call) -> list[Tensor]:
    return call.emit("IndexSelect", [call.x, call.tensor("index")], {"dim": call.get("dim", 0)})


@operator("gather")
def _gather(call: Call) -> list[Tensor]:
    return call.emit("Gather", [call.x, call.tensor("index")], {"dim": call.get("dim", 0)})


@operator("take")
def _take(call: Call) -> list[Tensor]:
    return call.emit("Take", [call.x, call.tensor("index")])


@operator("scatter", "scatter_add", "scatter_reduce")
def _scatter(call: Call) -> list[Tensor]:
    source = call.get("src")
    params = {"dim": call.get("dim", 0)}
    if call.name.startswith("scatter_add"):
        params["reduce"] = "sum"
    elif call.name.startswith("scatter_reduce"):
        params["reduce"] = call.get("reduce")
    if isinstance(source, Tensor):
        return call.emit("Scatter", [call.x, call.tensor("index"), source], params)
    return call.emit("Scatter", [call.x, call.tensor("index")], {**params, "value": call.get("value", 0)})


@operator("topk")
def _topk(call: Call) -> list[Tensor]:
    return call.emit("TopK", [call.x], {"k": call.get("k"), "dim": call.get("dim", -1)})


@operator("cumsum")
def _cumsum(call: Call) -> list[Tensor]:
    return call.emit("CumSum", [call.x], {"dim": call.get("dim", 0)})


@operator("argmax", "argmin")
def _argmax(call: Call) -> list[Tensor]:
    params: dict[str, Any] = {"keepdim": True} if call.get("keepdim") else {}
    if call.get("dim") is not None:
        params["dim"] = call.get("dim")
    return call.emit("ArgMax" if call.name == "argmax" else "ArgMin", [call.x], params)
