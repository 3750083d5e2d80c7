"""Operators that pick, cut and write elements."""

from __future__ import annotations

from collections.abc import Mapping

from layerledger.core.base.shapes import FLOAT_DTYPES
from layerledger.core.base.values import Value
from layerledger.core.formats.importing.graph import Uncounted
from layerledger.core.formats.importing.tensor import Tensor
from layerledger.core.formats.onnx.folding.constants import constant
from layerledger.core.formats.onnx.operation import OnnxOperation
from layerledger.core.formats.onnx.operators.handlers import Handler
from layerledger.core.formats.onnx.shape_rules import SliceOf, sliced


def _gather(op: OnnxOperation) -> list[Tensor]:
    x, index = op.input(0), op.input(1)
    axis = op.axis(0, x.rank)
    if is_table(x) and axis == 0:
        params = {"num_embeddings": x.sizes[0], "embedding_dim": x.sizes[1]}
        names = op.weights.named("Embedding", op.graph, x)
        return op.emit("Embedding", [index], params, weights=names, dtypes=op.weights.dtypes(x))
    if index.constant and index.data is not None and not index.sizes:
        return op.emit("Select", [x], {"dim": axis, "index": int(index.data[0])})
    if _is_view(op, x, index):
        return op.reshape(x, index.sizes)
    if run := _run(index):
        start, end = run
        return op.emit("Slice", [x], {"dim": axis, "start": start, "end": end})
    if index.rank == 1:
        return op.emit("IndexSelect", [x, index], {"dim": axis})
    return op.emit("Take", [x, index], {"dim": axis})


def _is_view(op: OnnxOperation, x: Tensor, index: Tensor) -> bool:
    """Return whether all elements are taken in order, as an exporter writes a tensor under other strides."""
    if x.rank != 1 or not index.constant or index.elements != x.elements:
        return False
    if index.data is not None:
        return list(index.data) == list(range(x.elements))
    return op.outputs[0].startswith("as_strided")


def is_table(x: Tensor) -> bool:
    """Return whether a tensor is a table of learned rows."""
    return x.constant and bool(x.weight) and x.rank == 2 and (x.dtype in FLOAT_DTYPES or x.dtype == "int8")


def _run(index: Tensor) -> tuple[int, int] | None:
    """Return start and end of constant indices that follow each other, so that they are a slice."""
    if not index.constant or index.data is None or index.rank != 1 or not index.data:
        return None
    start = int(index.data[0])
    if start < 0 or any(i != start + k for k, i in enumerate(index.data)):
        return None
    return start, start + len(index.data)


def _slice(op: OnnxOperation) -> list[Tensor]:
    x = op.input()
    cuts = sliced(op, x.sizes)
    for i, cut in enumerate(cuts):
        last = i == len(cuts) - 1
        if cut.step < 0:
            picked = range(*slice(cut.start, cut.end, cut.step).indices(x.sizes[cut.axis]))
            index = constant((len(picked),), "int64", list(picked))
            x = op.step("IndexSelect", [x, index], {"dim": cut.axis}, name="flip")
            continue
        params = _slice_params(cut)
        x = op.emit("Slice", [x], params)[0] if last else op.step("Slice", [x], params)
    return [x]


def _slice_params(cut: SliceOf) -> dict[str, int]:
    params = {"dim": cut.axis, "start": cut.start}
    if cut.end is not None:
        params["end"] = cut.end
    if cut.step != 1:
        params["step"] = cut.step
    return params


def _gather_elements(op: OnnxOperation) -> list[Tensor]:
    x = op.input()
    return op.emit("Gather", [x, op.input(1)], {"dim": op.axis(0, x.rank)})


def _gather_nd(op: OnnxOperation) -> list[Tensor]:
    return op.emit("GatherND", [op.input(0), op.input(1)], {"batch_dims": op.integer("batch_dims")})


_REDUCTIONS = {"add": "sum", "mul": "prod", "max": "amax", "min": "amin"}


def _reduction(op: OnnxOperation) -> dict[str, str]:
    found = _REDUCTIONS.get(op.text("reduction", "none"))
    return {"reduce": found} if found else {}


def _scatter_elements(op: OnnxOperation) -> list[Tensor]:
    x = op.input()
    inputs = [x, op.input(1), op.input(2)]
    return op.emit("Scatter", inputs, {"dim": op.axis(0, x.rank), **_reduction(op)})


def _scatter_nd(op: OnnxOperation) -> list[Tensor]:
    return op.emit("ScatterND", [op.input(0), op.input(1), op.input(2)], _reduction(op))


def _top_k(op: OnnxOperation) -> list[Tensor]:
    k = op.sizes(1) if op.has(1) else (op.integer("k"),)
    if not k:
        raise Uncounted("its k is missing")
    params: dict[str, Value] = {"k": k[0], "dim": op.integer("axis", -1)}
    return op.emit("TopK", [op.input()], params if op.integer("largest", 1) else {**params, "largest": False})


def _cum_sum(op: OnnxOperation) -> list[Tensor]:
    axis = op.sizes(1)
    if not axis:
        raise Uncounted("its axis is missing")
    return op.emit("CumSum", [op.input()], {"dim": axis[0]})


_SAMPLING = {"linear": "bilinear", "cubic": "bicubic", "bicubic": "bicubic", "nearest": "nearest"}


def _grid_sample(op: OnnxOperation) -> list[Tensor]:
    params: dict[str, Value] = {"mode": _SAMPLING.get(op.text("mode"), "bilinear")}
    if op.integer("align_corners"):
        params["align_corners"] = True
    if (padding := op.text("padding_mode", "zeros")) != "zeros":
        params["padding_mode"] = padding
    return op.emit("GridSample", [op.input(0), op.input(1)], params)


def _roi_align(op: OnnxOperation) -> list[Tensor]:
    params: dict[str, Value] = {
        "output_size": (op.integer("output_height", 1), op.integer("output_width", 1)),
        "spatial_scale": op.number("spatial_scale", 1.0),
        "sampling_ratio": op.integer("sampling_ratio") or -1,
    }
    return op.emit("RoIAlign", [op.input(0), op.input(1), op.input(2)], params)


def _suppression(op: OnnxOperation) -> list[Tensor]:
    most = op.sizes(2) if op.has(2) and op.input(2).data is not None else None
    return op.emit("NonMaxSuppression", [op.input(0), op.input(1)], {"max_output_boxes": most[0] if most else 0})


HANDLERS: Mapping[str, Handler] = {
    "Gather": _gather,
    "Slice": _slice,
    "GatherElements": _gather_elements,
    "GatherND": _gather_nd,
    "ScatterElements": _scatter_elements,
    "Scatter": _scatter_elements,
    "ScatterND": _scatter_nd,
    "TopK": _top_k,
    "CumSum": _cum_sum,
    "GridSample": _grid_sample,
    "RoiAlign": _roi_align,
    "NonMaxSuppression": _suppression,
}
