"""Operators of TensorFlow Lite that move elements and compute nothing, and the resizing of pictures."""

from __future__ import annotations

from collections.abc import Mapping
from math import prod
from typing import cast

from layerledger.core.base.messages import Message
from layerledger.core.base.shapes import Shape
from layerledger.core.base.values import Value
from layerledger.core.formats.importing.channels_last import Laid, channels_first
from layerledger.core.formats.importing.graph import Uncounted
from layerledger.core.formats.importing.padding import lone, pad_of
from layerledger.core.formats.importing.tensor import Batch, Tensor
from layerledger.core.formats.tflite.operation import Mapped, Mapper, TfliteOperation


def _reshape(op: TfliteOperation) -> Mapped:
    """Add a reshape to the shape that the file states."""
    x, shape = op.x, _target(op)
    if x.tensor.constant and not x.tensor.weight:
        return [Laid(Tensor(x.tensor.name, shape, x.tensor.dtype, constant=True, stored=x.tensor.stored))]
    if len(shape) == 2 and x.rank > 2 and shape[0] == x.tensor.sizes[0] and x.tensor.batch == Batch(0):
        # The order of the features is another with channels first, which changes no count.
        return [Laid(op.emit("Flatten", [x.tensor]))]
    flat = all(size == 1 for size in x.shape[1:-1])
    tensor = x.tensor if x.moved and flat else op.layouts.last(x)
    if swapped := _swapped(tensor, shape):
        return [Laid(op.emit("Transpose", [tensor], {"dim0": swapped[0], "dim1": swapped[1]}))]
    if len(shape) == 4 and all(size == 1 for size in shape[1:-1]):
        return [Laid(op.graph.reshape(tensor, channels_first(shape), name=op.name)[0], moved=True)]
    return [Laid(op.graph.reshape(tensor, shape, name=op.name)[0])]


def _target(op: TfliteOperation) -> Shape:
    """Return the shape that a reshape gives; the one size that the file leaves open follows from the others."""
    info = op.subgraph.tensors[op.info.outputs[0]]
    elements, shape = op.x.tensor.elements, info.shape
    if prod(shape) == elements or len(info.signature) != len(shape) or info.signature.count(-1) != 1:
        return shape
    known = prod(size for size, stated in zip(shape, info.signature, strict=True) if stated != -1)
    pairs = zip(shape, info.signature, strict=True)
    return tuple([elements // known if known and stated == -1 else size for size, stated in pairs])


def _swapped(x: Tensor, shape: Shape) -> tuple[int, int] | None:
    """Return the two dimensions that a reshape exchanges, the batch of 1 and the steps: (1, T, F) -> (T, 1, F)."""
    if x.batch is None or len(shape) != 3 or x.rank != 3 or x.sizes[2] != shape[2] or 1 not in shape[:2]:
        return None
    is_swap = x.sizes[:2] == (shape[1], shape[0]) and x.sizes[:2] != tuple(shape[:2])
    return (0, 1) if is_swap and x.batch.axis in (0, 1) and x.sizes[x.batch.axis] == 1 else None


def _transpose(op: TfliteOperation) -> Mapped:
    return [Laid(op.emit("Permute", [op.last()], {"dims": op.integers(1)}))]


def _concatenation(op: TfliteOperation) -> Mapped:
    parts = [op.value(i) for i in range(len(op.info.inputs))]
    tensors, moved = op.layouts.alike(parts)
    dim = Laid(tensors[0], moved).dim(op.info.integer(0))
    return op.activated(Laid(op.graph.concat(tensors, dim)[0], moved), op.info.integer(1, 1))


def _pad(mode: str) -> Mapper:
    def mapped(op: TfliteOperation) -> Mapped:
        x, sides = op.x, op.integers(1)
        if len(sides) != 2 * x.rank:
            raise Uncounted("its padding does not fit its input")
        pairs = [(sides[2 * i], sides[2 * i + 1]) for i in range(x.rank)]
        here = [pairs[i] for i in channels_first(range(x.rank))] if x.moved else pairs
        while len(here) > 1 and here[0] == (0, 0):
            here.pop(0)
        params: dict[str, Value] = {"pad": pad_of(here)}
        if mode == "mirror":
            params["mode"] = "reflect"
        elif op.has(2) and (value := op.number(2)):
            params["value"] = value
        return [op.same("Pad", params)]

    return mapped


def _slice(op: TfliteOperation) -> Mapped:
    """Add a Slice for each dimension that is cut."""
    x = op.x
    begin, size = op.integers(1), op.integers(2)
    tensor = x.tensor
    for axis, (start, length) in enumerate(zip(begin, size, strict=True)):
        dim = x.dim(axis)
        stop = tensor.sizes[dim] if length == -1 else start + length
        tensor = _cut(op, tensor, dim, start, stop, 1)
    return [Laid(tensor, x.moved)]


def _cut(op: TfliteOperation, x: Tensor, dim: int, start: int, stop: int, step: int) -> Tensor:
    if (start, step) == (0, 1) and stop == x.sizes[dim]:
        return x
    params: dict[str, Value] = {"dim": dim, "start": start, "end": stop}
    return op.emit("Slice", [x], params if step == 1 else {**params, "step": step})


def _strided_slice(op: TfliteOperation) -> Mapped:
    """Add a Slice or a Select for each dimension; new dimensions and an ellipsis are not covered."""
    begin_mask, end_mask, ellipsis, new, shrink = (op.info.integer(i) for i in range(5))
    if ellipsis or new:
        raise Uncounted("new dimensions and an ellipsis in a slice are not covered")
    x = op.x if not shrink else Laid(op.last())
    begin, end, steps = op.integers(1), op.integers(2), op.integers(3)
    tensor, gone = x.tensor, 0
    for axis, (start, stop, step) in enumerate(zip(begin, end, steps, strict=True)):
        dim = x.dim(axis) - gone
        size = tensor.sizes[dim]
        if shrink >> axis & 1:
            tensor = op.emit("Select", [tensor], {"dim": dim, "index": start})
            gone += 1
            continue
        if step < 1:
            raise Uncounted(Message("a step of {step} is not covered", step=step))
        first = 0 if begin_mask >> axis & 1 else min(max(start + size if start < 0 else start, 0), size)
        last = size if end_mask >> axis & 1 else min(max(stop + size if stop < 0 else stop, 0), size)
        tensor = _cut(op, tensor, dim, first, last, step)
    return [Laid(tensor, x.moved)]


def _split(op: TfliteOperation) -> Mapped:
    x, (axis,) = op.value(1), op.integers(0)
    parts = op.emit_all("Chunk", [x.tensor], {"chunks": op.info.integer(0), "dim": x.dim(axis)})
    return [Laid(part, x.moved) for part in parts]


def _split_v(op: TfliteOperation) -> Mapped:
    x, sizes, (axis,) = op.x, op.integers(1), op.integers(2)
    dim = x.dim(axis)
    known = sum(size for size in sizes if size >= 0)
    sizes = tuple([x.tensor.sizes[dim] - known if size < 0 else size for size in sizes])
    parts = op.emit_all("Split", [x.tensor], {"split_size_or_sections": sizes, "dim": dim})
    return [Laid(part, x.moved) for part in parts]


def _pack(op: TfliteOperation) -> Mapped:
    tensors = [op.last(i) for i in range(len(op.info.inputs))]
    return [Laid(op.emit("Stack", tensors, {"dim": op.info.integer(1)}))]


def _unpack(op: TfliteOperation) -> Mapped:
    return [Laid(part) for part in op.emit_all("Unbind", [op.last()], {"dim": op.info.integer(1)})]


def _resize(mode: str) -> Mapper:
    def mapped(op: TfliteOperation) -> Mapped:
        height, width = op.stated()[1:3]
        params: dict[str, Value] = {"size": lone((height, width)), "mode": mode}
        if mode == "bilinear" and op.info.flag(2):
            params["align_corners"] = True
        return [Laid(op.emit("Upsample", [op.picture()], params), moved=True)]

    return mapped


def _shuffle(kind: str, factor: str) -> Mapper:
    def mapped(op: TfliteOperation) -> Mapped:
        return [Laid(op.emit(kind, [op.picture()], {factor: op.info.integer(0)}), moved=True)]

    return mapped


def _tile(op: TfliteOperation) -> Mapped:
    return [Laid(op.emit("Tile", [op.last()], {"repeats": op.integers(1)}))]


def _broadcast_to(op: TfliteOperation) -> Mapped:
    x, shape = op.last(), op.stated()
    offset = len(shape) - x.rank
    size = tuple([-1 if i >= offset and x.sizes[i - offset] == n else n for i, n in enumerate(shape)])
    return [Laid(op.emit("Expand", [x], {"size": size}))]


def _reverse(op: TfliteOperation) -> Mapped:
    """Pass a tensor on whose elements come in another order: no shape and no count depends on that."""
    op.graph.merged += 1
    return [op.x]


def _gather_nd(op: TfliteOperation) -> Mapped:
    return [Laid(op.emit("GatherND", [op.last(), op.last(1)]))]


def _top_k(op: TfliteOperation) -> Mapped:
    (k,) = cast("tuple[int]", op.integers(1))
    return [Laid(part) for part in op.emit_all("TopK", [op.last()], {"k": k})]


OPERATORS: Mapping[str, Mapper] = {
    "RESHAPE": _reshape,
    "EXPAND_DIMS": _reshape,
    "SQUEEZE": _reshape,
    "TRANSPOSE": _transpose,
    "CONCATENATION": _concatenation,
    "PAD": _pad("constant"),
    "PADV2": _pad("constant"),
    "MIRROR_PAD": _pad("mirror"),
    "SLICE": _slice,
    "STRIDED_SLICE": _strided_slice,
    "SPLIT": _split,
    "SPLIT_V": _split_v,
    "PACK": _pack,
    "UNPACK": _unpack,
    "RESIZE_BILINEAR": _resize("bilinear"),
    "RESIZE_NEAREST_NEIGHBOR": _resize("nearest"),
    "DEPTH_TO_SPACE": _shuffle("PixelShuffle", "upscale_factor"),
    "SPACE_TO_DEPTH": _shuffle("PixelUnshuffle", "downscale_factor"),
    "TILE": _tile,
    "BROADCAST_TO": _broadcast_to,
    "REVERSE_V2": _reverse,
    "GATHER_ND": _gather_nd,
    "TOPK_V2": _top_k,
}
