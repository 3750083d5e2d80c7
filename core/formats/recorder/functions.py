"""Python functions that are not one operator of ATen: indexing with brackets, interpolation, and others."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias, cast

from layerledger.core.base.values import Value
from layerledger.core.formats.aten.call import Call
from layerledger.core.formats.importing.graph import Uncounted
from layerledger.core.formats.importing.tensor import Tensor, UnknownShapeError

_SLICE = re.compile(r"slice\((None|-?\d+), (None|-?\d+), (None|-?\d+)\)")


def function_outputs(call: Call) -> list[Tensor]:
    """Return the outputs of a function that has a rule of its own; none for another, or where the rule does not fit."""
    rule = _RULES.get(call.name)
    if rule is None or all(x.constant and not x.weight for x in call.tensors()):
        return []
    try:
        return rule(call)
    except (Uncounted, UnknownShapeError, KeyError, IndexError, TypeError, ValueError, AttributeError):
        return []


def _getitem(call: Call) -> list[Tensor]:
    """Return x[a, b, …]: numbers, slices, None and an ellipsis."""
    index: Any = call.values[1]
    parts = cast("list[Any]", index) if isinstance(index, list) else [index]
    if any(isinstance(part, Tensor) for part in parts):
        call.arguments = {"self": call.x, "indices": parts}
        call.name = "index"
        return []
    x, dim = call.graph.held(call.x), 0
    for position, part in enumerate(parts):
        if part == "Ellipsis":
            dim = x.rank - sum(each is not None for each in parts[position + 1 :])
        elif part is None:
            x = call.step("Unsqueeze", [x], {"dim": dim})
            dim += 1
        elif isinstance(part, int):
            x = call.step("Select", [x], {"dim": dim, "index": part})
        else:
            x = _sliced(call, x, dim, str(part))
            dim += 1
    return [x]


def _sliced(call: Call, x: Tensor, dim: int, written: str) -> Tensor:
    found = _SLICE.fullmatch(written)
    if found is None:
        raise Uncounted("this index has no layer type")
    stated = {
        name: int(text) for name, text in zip(("start", "end", "step"), found.groups(), strict=True) if text != "None"
    }
    if not stated:
        return x
    return call.step("Slice", [x], {"dim": dim, **stated})


def _einsum(call: Call) -> list[Tensor]:
    return call.emit("Einsum", call.tensors(), {"equation": call.values[0]})


def _interpolate(call: Call) -> list[Tensor]:
    stated = call.stated[0]
    if stated is None:
        raise Uncounted("its output size is not known")
    params: dict[str, Value] = {"size": stated[2:], "mode": call.get("mode", "nearest")}
    if call.get("align_corners"):
        params["align_corners"] = True
    return call.emit("Upsample", [call.x], params)


def _normalize(call: Call) -> list[Tensor]:
    dim = call.get("dim", call.values[2] if len(call.values) > 2 else 1)
    norm = call.step("ReduceL2", [call.x], {"dim": (dim,), "keepdim": True})
    return call.emit("Div", [call.x, norm])


def _reversed_division(call: Call) -> list[Tensor]:
    inverse = call.step("Reciprocal", [call.x])
    return call.emit("Mul", [inverse], {"other": call.values[1]})


_Rule: TypeAlias = Callable[[Call], list[Tensor]]
_RULES: Mapping[str, _Rule] = {
    "__getitem__": _getitem,
    "einsum": _einsum,
    "interpolate": _interpolate,
    "normalize": _normalize,
    "rdiv": _reversed_division,
}
