"""Operations of keras.ops that change shapes: they compute nothing.

Source: keras.ops.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import cast

from layerledger.core.base.messages import Message
from layerledger.core.base.shapes import Shape
from layerledger.core.base.values import Value
from layerledger.core.formats.importing.channels_last import Laid
from layerledger.core.formats.importing.graph import Uncounted
from layerledger.core.formats.importing.padding import lone
from layerledger.core.formats.importing.tensor import Tensor
from layerledger.core.formats.keras import arguments
from layerledger.core.formats.keras.calls import LayerCall, Mapped, Mapper
from layerledger.core.formats.keras.merging import concatenated
from layerledger.core.formats.keras.reshaping import inferred, reshaped


def _reshape(call: LayerCall) -> Mapped:
    shape = arguments.integers(call, 1, "newshape", "shape")
    if shape is None:
        raise Uncounted("its shape is not known")
    return [reshaped(call, call.x, inferred(shape, call.x.tensor.elements))]


def _transpose(call: LayerCall) -> Mapped:
    x = call.layouts.last(call.x)
    axes = arguments.integers(call, 1, "axes", "perm", default=None)
    dims = tuple(reversed(range(x.rank))) if axes is None else axes
    return [Laid(call.emit("Permute", [x], {"dims": dims}))]


def _swapaxes(call: LayerCall) -> Mapped:
    params: dict[str, Value] = {
        "dim0": arguments.integer(call, 1, "axis1"),
        "dim1": arguments.integer(call, 2, "axis2"),
    }
    return [Laid(call.emit("Transpose", [call.layouts.last(call.x)], params))]


def _expand_dims(call: LayerCall) -> Mapped:
    x = call.layouts.last(call.x)
    for axis in arguments.integers(call, 1, "axis", default=-1) or ():
        x = call.emit("Unsqueeze", [x], {"dim": axis})
    return [Laid(x)]


def _squeeze(call: LayerCall) -> Mapped:
    axes = arguments.integers(call, 1, "axis", default=None)
    params: dict[str, Value] = {} if axes is None else {"dim": axes}
    return [Laid(call.emit("Squeeze", [call.layouts.last(call.x)], params))]


def _concatenate(call: LayerCall) -> Mapped:
    parts = arguments.tensors(call, 0, "xs", "values")
    return [concatenated(call, parts or call.inputs, arguments.integer(call, 1, "axis", default=-1))]


def _stack(call: LayerCall) -> Mapped:
    tensors = [call.layouts.last(x) for x in call.inputs]
    return [Laid(call.emit("Stack", tensors, {"dim": arguments.integer(call, 1, "axis", default=0)}))]


def _split(call: LayerCall) -> Mapped:
    x, axis = call.x, arguments.integer(call, 2, "axis", default=0)
    stated = arguments.value(call, 1, "indices_or_sections", "num_or_size_splits")
    dim = x.dim(axis)
    if type(stated) is int:
        parts = call.emit_all("Chunk", [x.tensor], {"chunks": stated, "dim": dim})
    else:
        stops = [*cast("Sequence[int]", stated), x.tensor.sizes[dim]]
        sizes = tuple([stop - start for start, stop in zip((0, *stops), stops, strict=False)])
        parts = call.emit_all("Split", [x.tensor], {"split_size_or_sections": sizes, "dim": dim})
    return [Laid(part, x.moved) for part in parts]


def _get_item(call: LayerCall) -> Mapped:
    """Add a Slice or a Select for each axis that an index names, as x[:, 1:, 0]."""
    x = call.layouts.last(call.x)
    key = arguments.value(call, 1, "key", "slice_spec")
    items = [_slice_of(item) for item in (cast("tuple[object, ...]", key) if isinstance(key, tuple) else (key,))]
    named = sum(item is not None and item is not Ellipsis for item in items)
    dim = 0
    for item in items:
        if item is Ellipsis:
            dim += x.rank - named
        elif item is None:
            x = call.emit("Unsqueeze", [x], {"dim": dim}, part="axis")
            dim += 1
        elif isinstance(item, slice):
            x = _sliced(call, x, dim, cast("slice[object, object, object]", item))
            dim += 1
        elif type(item) is int:
            x = call.emit("Select", [x], {"dim": dim, "index": item})
        else:
            raise Uncounted("an index that is a tensor is not covered")
    return [Laid(x)]


def _slice_of(item: object) -> object:
    """Return an item of an index; Keras 2 writes a slice as an object."""
    if not isinstance(item, Mapping):
        return item
    parts = cast("Mapping[str, object]", item)
    return slice(parts.get("start"), parts.get("stop"), parts.get("step"))


def _sliced(call: LayerCall, x: Tensor, dim: int, item: slice[object, object, object]) -> Tensor:
    start, stop, step = (cast("int | None", part) for part in (item.start, item.stop, item.step))
    if (start or 0) == 0 and stop is None and step in (None, 1):
        return x
    if step is not None and step < 1:
        raise Uncounted(Message("a step of {step} is not covered", step=step))
    params: dict[str, Value] = {"dim": dim, "start": start or 0}
    if stop is not None:
        params["end"] = stop
    if step is not None and step != 1:
        params["step"] = step
    return call.emit("Slice", [x], params)


def _broadcast_to(call: LayerCall) -> Mapped:
    x = call.layouts.last(call.x)
    shape = arguments.integers(call, 1, "shape")
    if shape is None or len(shape) < x.rank:
        raise Uncounted("its shape is not known")
    offset = len(shape) - x.rank
    size: Shape = tuple([-1 if i >= offset and x.sizes[i - offset] == n else n for i, n in enumerate(shape)])
    return [Laid(call.emit("Expand", [x], {"size": size}))]


def _repeat(call: LayerCall) -> Mapped:
    """Add a repeat of each element along an axis: (…, n, …) -> (…, n, 1, …) -> (…, n, k, …) -> (…, n·k, …)."""
    x, times = call.layouts.last(call.x), arguments.integer(call, 1, "repeats")
    axis = arguments.integer(call, 2, "axis") % x.rank
    with call.block():
        y = call.emit("Unsqueeze", [x], {"dim": axis + 1}, part="unsqueeze")
        y = call.emit(
            "Expand", [y], {"size": tuple([times if i == axis + 1 else -1 for i in range(y.rank)])}, part="expand"
        )
        return [Laid(call.emit("Flatten", [y], {"start_dim": axis, "end_dim": axis + 1}, part="flatten"))]


def _tile(call: LayerCall) -> Mapped:
    repeats = arguments.integers(call, 1, "repeats", "multiples") or ()
    return [Laid(call.emit("Tile", [call.layouts.last(call.x)], {"repeats": repeats}))]


def _resize(call: LayerCall) -> Mapped:
    size = arguments.integers(call, 1, "size")
    mode = arguments.value(call, 2, "interpolation", "method", default="bilinear")
    if size is None or mode not in ("nearest", "bilinear", "bicubic"):
        raise Uncounted(Message("interpolation {mode} is not covered", mode=repr(mode)[:40]))
    return [call.made(call.emit("Upsample", [call.picture()], {"size": lone(size), "mode": str(mode)}))]


def _take(call: LayerCall) -> Mapped:
    axis = arguments.integers(call, 2, "axis", default=None)
    params: dict[str, Value] = {} if axis is None else {"dim": axis[0]}
    index = arguments.value(call, 1, "indices")
    if type(index) is int and axis is not None:
        return [Laid(call.emit("Select", [call.layouts.last(call.x)], {"dim": axis[0], "index": index}))]
    return [Laid(call.emit("Take", [call.layouts.last(x) for x in call.inputs], params))]


OPERATIONS: Mapping[str, Mapper] = {
    "Reshape": _reshape,
    "Transpose": _transpose,
    "Swapaxes": _swapaxes,
    "ExpandDims": _expand_dims,
    "Squeeze": _squeeze,
    "Concatenate": _concatenate,
    "Stack": _stack,
    "Split": _split,
    "GetItem": _get_item,
    "BroadcastTo": _broadcast_to,
    "Repeat": _repeat,
    "Tile": _tile,
    "Resize": _resize,
    "Take": _take,
}
