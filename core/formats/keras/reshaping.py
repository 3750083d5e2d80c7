"""Layers of Keras that change shapes: reshaping, padding, cropping, resizing.

Source: keras.layers.reshaping and keras.layers.preprocessing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import prod
from typing import cast

from layerledger.core.base.messages import Message
from layerledger.core.base.shapes import Shape
from layerledger.core.base.values import Value
from layerledger.core.formats.importing.channels_last import Laid, channels_first
from layerledger.core.formats.importing.graph import Uncounted
from layerledger.core.formats.importing.padding import lone, pad_of
from layerledger.core.formats.importing.tensor import Tensor
from layerledger.core.formats.keras.calls import LayerCall, Mapped, Mapper
from layerledger.core.formats.keras.config import as_items


def is_flat(shape: Sequence[int]) -> bool:
    """Return whether all sizes between the batch and the channels are 1, so that both layouts are the same."""
    return len(shape) > 2 and all(size == 1 for size in shape[1:-1])


def reshaped(call: LayerCall, x: Laid, shape: Shape) -> Laid:
    """Add a reshape to a shape of the file; without a change of layout where nothing is between batch and channels."""
    tensor = x.tensor if x.moved and is_flat(x.shape) else call.layouts.last(x)
    if len(shape) > 3 and is_flat(shape):
        return Laid(call.graph.reshape(tensor, channels_first(shape))[0], moved=True)
    return Laid(call.graph.reshape(tensor, shape)[0])


def inferred(shape: Sequence[int], elements: int) -> Shape:
    """Return a shape with a size in place of −1.

    Raises:
        Uncounted: no size fits.
    """
    known = prod(size for size in shape if size != -1)
    if shape.count(-1) > 1 or any(size < -1 for size in shape):
        raise Uncounted(Message("a reshape to {shape} is not defined", shape=str(list(shape))[:60]))
    found = tuple([elements // known if size == -1 and known else size for size in shape])
    if prod(found) != elements:
        raise Uncounted(
            Message("{elements} elements do not fit into {shape}", elements=elements, shape=str(list(shape))[:60])
        )
    return found


def _flatten(call: LayerCall) -> Mapped:
    """Add a Flatten. Its features come in the layout that is here, which changes their order and no count."""
    x = call.x
    if x.rank < 3:
        return [x if x.rank == 2 else Laid(call.emit("Unsqueeze", [x.tensor], {"dim": 1}))]
    return [Laid(call.emit("Flatten", [x.tensor]))]


def _reshape(call: LayerCall) -> Mapped:
    x, target = call.x, call.config.get("target_shape")
    if not isinstance(target, list) or not all(type(size) is int for size in cast("list[object]", target)):
        raise Uncounted("target_shape must be a list of sizes")
    shape = inferred(cast("list[int]", target), prod(x.shape[1:]))
    return [reshaped(call, x, (x.shape[0], *shape))]


def _permute(call: LayerCall) -> Mapped:
    dims = call.axes("dims", 1)
    return [Laid(call.emit("Permute", [call.layouts.last(call.x)], {"dims": (0, *dims)}))]


def _repeat_vector(call: LayerCall) -> Mapped:
    with call.block():
        y = call.emit("Unsqueeze", [call.layouts.last(call.x)], {"dim": 1}, part="unsqueeze")
        return [Laid(call.emit("Tile", [y], {"repeats": (call.number("n"), 1)}, part="tile"))]


def _sides(call: LayerCall, key: str, dims: int) -> list[tuple[int, int]]:
    """Return (before, after) of each dimension, from one number, one a dimension, or a pair a dimension."""
    value = call.config.get(key)
    items: tuple[object, ...] = (value,) * dims if type(value) is int else as_items(value)
    if dims == 1 and len(items) == 2:
        items = (items,)
    found: list[tuple[int, int]] = []
    for item in items:
        match (item, item) if type(item) is int else as_items(item):
            case (int() as before, int() as after):
                found.append((before, after))
            case _:
                break
    if len(found) != dims or len(items) != dims:
        raise Uncounted(Message("{key} must be sizes of {dims} dimensions", key=key, dims=dims))
    return found


def _padded(call: LayerCall, sides: Sequence[tuple[int, int]]) -> Mapped:
    """Add a Pad of the spatial dimensions; below 0 it crops."""
    x = call.x
    if x.rank != len(sides) + 2:
        raise Uncounted(Message("its input has {rank} dimensions", rank=x.rank))
    if x.rank == 3 and call.channels_last and not x.moved:
        return [call.same("Pad", {"pad": pad_of([*sides, (0, 0)])})]
    return [call.made(call.emit("Pad", [call.picture()], {"pad": pad_of(sides)}))]


def _zero_padding(dims: int) -> Mapper:
    return lambda call: _padded(call, _sides(call, "padding", dims))


def _cropping(dims: int) -> Mapper:
    return lambda call: _padded(call, [(-a, -b) for a, b in _sides(call, "cropping", dims)])


def _up_sampling(dims: int) -> Mapper:
    def mapped(call: LayerCall) -> Mapped:
        size = call.sizes("size", dims, 2)
        params: dict[str, Value] = {"scale_factor": tuple(map(float, size)) if len(set(size)) > 1 else float(size[0])}
        return [call.made(call.emit("Upsample", [call.picture()], {**params, **_mode(call)}))]

    return mapped


def _mode(call: LayerCall) -> Mapping[str, Value]:
    """Return the interpolation of pictures.

    Raises:
        Uncounted: PyTorch has none like it.
    """
    mode = call.word("interpolation", "nearest").lower()
    if mode not in ("nearest", "bilinear", "bicubic", "area"):
        raise Uncounted(Message('interpolation "{mode}" is not covered', mode=mode[:40]))
    return {"mode": mode}


def _resizing(call: LayerCall) -> Mapped:
    size = (call.number("height"), call.number("width"))
    mode = {"interpolation": call.word("interpolation", "bilinear")}
    if mode["interpolation"] not in ("nearest", "bilinear", "bicubic", "area"):
        raise Uncounted(Message('interpolation "{mode}" is not covered', mode=mode["interpolation"][:40]))
    params: dict[str, Value] = {"size": lone(size), "mode": mode["interpolation"]}
    return [call.made(call.emit("Upsample", [_batched(call)], params))]


def _batched(call: LayerCall) -> Tensor:
    if call.x.rank != 4:
        raise Uncounted(Message("its input has {rank} dimensions", rank=call.x.rank))
    return call.picture()


def _center_crop(call: LayerCall) -> Mapped:
    """Add a crop around the middle.

    Raises:
        Uncounted: the picture is smaller, and would be resized first.
    """
    picture = _batched(call)
    sides: list[tuple[int, int]] = []
    for size, wanted in zip(picture.sizes[2:], (call.number("height"), call.number("width")), strict=True):
        if size < wanted:
            raise Uncounted(Message("a picture of {size} is smaller than the crop, {wanted}", size=size, wanted=wanted))
        sides.append((-((size - wanted) // 2), -(size - wanted - (size - wanted) // 2)))
    return _padded(call, sides)


LAYERS: Mapping[str, Mapper] = {
    "Flatten": _flatten,
    "Reshape": _reshape,
    "Permute": _permute,
    "RepeatVector": _repeat_vector,
    "Resizing": _resizing,
    "CenterCrop": _center_crop,
    "RandomCrop": _center_crop,
    **{f"ZeroPadding{dims}D": _zero_padding(dims) for dims in (1, 2, 3)},
    **{f"Cropping{dims}D": _cropping(dims) for dims in (1, 2, 3)},
    **{f"UpSampling{dims}D": _up_sampling(dims) for dims in (1, 2, 3)},
}
