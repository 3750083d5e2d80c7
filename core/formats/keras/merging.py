"""Layers of Keras that merge several tensors.

Source: keras.layers.merging. A tensor of fewer dimensions gets those that are missing behind the batch.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from layerledger.core.base.messages import Message
from layerledger.core.base.values import Value
from layerledger.core.formats.importing.channels_last import Laid
from layerledger.core.formats.importing.graph import Uncounted
from layerledger.core.formats.importing.tensor import Tensor
from layerledger.core.formats.keras.calls import LayerCall, Mapped, Mapper


def _alike(call: LayerCall) -> tuple[list[Tensor], bool]:
    """Return the inputs in one layout, of one number of dimensions."""
    most = max((x.rank for x in call.inputs), default=0)
    return call.layouts.alike([_unsqueezed(call, x, most) for x in call.inputs])


def _unsqueezed(call: LayerCall, x: Laid, rank: int) -> Laid:
    if x.rank in (0, rank):
        return x
    shape = x.shape
    return Laid(call.graph.reshape(call.layouts.last(x), (shape[0], *[1] * (rank - x.rank), *shape[1:]))[0])


def _merged(kind: str) -> Mapper:
    def mapped(call: LayerCall) -> Mapped:
        tensors, moved = _alike(call)
        return [Laid(call.emit(kind, tensors), moved)] if len(tensors) > 1 else list(call.inputs)

    return mapped


def _average(call: LayerCall) -> Mapped:
    tensors, moved = _alike(call)
    if len(tensors) < 2:
        return list(call.inputs)
    total = call.emit("Add", tensors, part="sum")
    return [Laid(call.emit("Div", [total], {"other": float(len(tensors))}), moved)]


def _scaled_sum(call: LayerCall) -> Mapped:
    """Add a sum whose second part is scaled, as Inception-ResNet of keras.applications has it."""
    if len(call.inputs) != 2:
        raise Uncounted(Message("it takes {count} tensors, not 2", count=len(call.inputs)))
    scaled = call.same("Mul", {"other": call.real("scale", 1.0)}, x=call.inputs[1], part="scale")
    tensors, moved = call.layouts.alike([call.inputs[0], scaled])
    return [Laid(call.emit("Add", tensors), moved)]


def concatenated(call: LayerCall, parts: Sequence[Laid], axis: int) -> Laid:
    """Add a concatenation along an axis of the file."""
    if len(parts) == 1:
        return parts[0]
    tensors, moved = call.layouts.alike(parts)
    dim = Laid(tensors[0], moved).dim(axis)
    return Laid(call.graph.concat(tensors, dim)[0], moved)


def _concatenate(call: LayerCall) -> Mapped:
    return [concatenated(call, call.inputs, call.number("axis", -1))]


def _dot(call: LayerCall) -> Mapped:
    """Add a product of two tensors along an axis of each, sample by sample."""
    if len(call.inputs) != 2:
        raise Uncounted(Message("it takes {count} tensors, not 2", count=len(call.inputs)))
    if call.flag("normalize", default=False):
        raise Uncounted("a product of normalized vectors is not covered")
    a, b = (call.layouts.last(x) for x in call.inputs)
    axes = call.axes("axes", -1)
    first, second = (axis % x.rank for axis, x in zip((axes[0], axes[-1]), (a, b), strict=True))
    if not (2 <= a.rank <= 3 and 2 <= b.rank <= 3):
        raise Uncounted("a product of more than three dimensions is not covered")
    with call.block():
        left, right = _rows(call, a, first, part="left"), _columns(call, b, second, part="right")
        y = call.emit("MatMul", [left, right], part="product")
        gone = [dim for dim, x in ((1, a), (2, b)) if x.rank == 2]
        shape = [size for dim, size in enumerate(y.sizes) if dim not in gone]
        return [Laid(call.graph.reshape(y, tuple(shape if len(shape) > 1 else (*shape, 1)), name="result")[0])]


def _rows(call: LayerCall, x: Tensor, axis: int, *, part: str) -> Tensor:
    """Return (N, rows, axis): what is multiplied comes last."""
    if x.rank == 2:
        return call.emit("Unsqueeze", [x], {"dim": 1}, part=part)
    return x if axis == 2 else call.emit("Transpose", [x], {"dim0": 1, "dim1": 2}, part=part)


def _columns(call: LayerCall, x: Tensor, axis: int, *, part: str) -> Tensor:
    """Return (N, axis, columns): what is multiplied comes behind the batch."""
    if x.rank == 2:
        return call.emit("Unsqueeze", [x], {"dim": 2}, part=part)
    return x if axis == 1 else call.emit("Transpose", [x], {"dim0": 1, "dim1": 2}, part=part)


def binary(call: LayerCall, kind: str, a: object, b: object) -> Laid:
    """Add an operation of two tensors, or of a tensor and a number.

    Raises:
        Uncounted: they are neither.
    """
    if isinstance(a, Laid) and isinstance(b, Laid):
        tensors, moved = call.layouts.alike([a, b])
        return Laid(call.emit(kind, tensors), moved)
    if isinstance(a, Laid) and isinstance(b, int | float):
        return call.same(kind, {"other": b}, x=a)
    if isinstance(b, Laid) and isinstance(a, int | float):
        return _number_first(call, kind, a, b)
    raise Uncounted("it takes neither two tensors nor a tensor and a number")


_MIRRORED = {"Less": "Greater", "LessEqual": "GreaterEqual", "Greater": "Less", "GreaterEqual": "LessEqual"}
_SYMMETRIC = ("Add", "Mul", "Maximum", "Minimum", "Equal", "NotEqual", "SquaredDifference")


def _number_first(call: LayerCall, kind: str, number: float, x: Laid) -> Laid:
    """Add an operation whose first operand is a number."""
    other: Mapping[str, Value] = {"other": number}
    if kind in _SYMMETRIC or kind in _MIRRORED:
        return call.same(_MIRRORED.get(kind, kind), other, x=x)
    if kind == "Sub":
        return call.same("Add", other, x=call.same("Neg", x=x, part="neg"))
    if kind == "Div":
        return call.same("Mul", other, x=call.same("Reciprocal", x=x, part="reciprocal"))
    raise Uncounted(Message("a number before a tensor is not covered in {kind}", kind=kind))


LAYERS: Mapping[str, Mapper] = {
    "Add": _merged("Add"),
    "Subtract": _merged("Sub"),
    "Multiply": _merged("Mul"),
    "Maximum": _merged("Maximum"),
    "Minimum": _merged("Minimum"),
    "Average": _average,
    "CustomScaleLayer": _scaled_sum,
    "Concatenate": _concatenate,
    "Dot": _dot,
}
