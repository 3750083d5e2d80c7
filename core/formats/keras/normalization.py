"""Normalization layers of Keras.

Source: keras.layers. A norm has a learned scale (`scale`) and a learned shift (`center`); PyTorch has both or, with
`bias` or `scale` of false, one of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

from layerledger.core.base.messages import Message
from layerledger.core.base.shapes import Shape
from layerledger.core.base.values import Value
from layerledger.core.formats.importing.channels_last import Laid
from layerledger.core.formats.importing.graph import Uncounted
from layerledger.core.formats.keras.calls import LayerCall, Mapped, Mapper
from layerledger.core.formats.keras.merging import binary

_BATCH_NORMS = {2: "BatchNorm1d", 3: "BatchNorm1d", 4: "BatchNorm2d", 5: "BatchNorm3d"}


def _channel_axis(call: LayerCall, default: int = -1) -> Laid:
    """Return the input with the axis that the layer normalizes in dimension 1.

    Raises:
        Uncounted: it is neither the last axis nor the one behind the batch.
    """
    x, axes = call.x, call.axes("axis", default)
    axis = axes[0] % x.rank if x.rank else 0
    if len(axes) == 1 and axis == x.rank - 1:
        return call.layouts.as_first(x)
    if len(axes) == 1 and axis == 1:
        return Laid(call.layouts.last(x))
    raise Uncounted(Message("normalization of axis {axis} is not covered", axis=", ".join(map(str, axes))))


def _switches(call: LayerCall) -> tuple[bool, bool]:
    return call.flag("scale", default=True), call.flag("center", default=True)


def _batch_norm(call: LayerCall) -> Mapped:
    x, (scale, center) = _channel_axis(call), _switches(call)
    params: dict[str, Value] = {"eps": call.real("epsilon", 0.001)}
    if not scale and not center:
        params["affine"] = False
    elif not center:
        params["bias"] = False
    elif not scale:
        params["scale"] = False
    if x.rank not in _BATCH_NORMS:
        raise Uncounted(Message("an input of {rank} dimensions is not covered", rank=x.rank))
    return [Laid(call.emit(_BATCH_NORMS[x.rank], [x.tensor], params, weight="moving"), x.moved)]


def _layer_norm(call: LayerCall) -> Mapped:
    if call.flag("rms_scaling", default=False):
        return _rms_norm(call)
    x, (scale, center) = call.x, _switches(call)
    sizes, params = _trailing(call)
    params["eps"] = call.real("epsilon", 0.001)
    if x.moved and x.rank == 4 and len(sizes) == 1 and scale == center:
        if not scale:
            params["elementwise_affine"] = False
        return [Laid(call.emit("LayerNorm2d", [x.tensor], params, weight="gamma"), moved=True)]
    if not scale:
        params["elementwise_affine"] = False
    elif not center:
        params["bias"] = False
    y = call.emit("LayerNorm", [call.layouts.last(x)], params, weight="gamma")
    if center and not scale:
        y = call.emit("Add", [y, call.held(sizes, "beta")], part="shift")
    return [Laid(y)]


def _trailing(call: LayerCall) -> tuple[Shape, dict[str, Value]]:
    """Return the sizes that are normalized together, and the parameter that states them where it is not the last one.

    Raises:
        Uncounted: they are not the last ones.
    """
    shape, rank = call.x.shape, call.x.rank
    axes = sorted([axis % rank for axis in call.axes("axis", -1)])
    if axes != list(range(rank - len(axes), rank)):
        raise Uncounted("axes other than the last ones are not covered")
    sizes = tuple(shape[axes[0] :])
    return sizes, {"normalized_shape": sizes} if len(sizes) > 1 else {}


def _rms_norm(call: LayerCall) -> Mapped:
    _, params = _trailing(call)
    params["eps"] = call.real("epsilon", 1e-6)
    return [Laid(call.emit("RMSNorm", [call.layouts.last(call.x)], params, weight="scale"))]


def _group_norm(call: LayerCall) -> Mapped:
    x, (scale, center) = _channel_axis(call), _switches(call)
    channels, groups = x.tensor.sizes[1], call.number("groups", 32)
    params: dict[str, Value] = {"num_groups": channels if groups == -1 else groups}
    params["eps"] = call.real("epsilon", 0.001)
    if not scale:
        params["affine"] = False
    elif not center:
        params["bias"] = False
    y = call.emit("GroupNorm", [x.tensor], params, weight="gamma")
    if center and not scale:
        shift = call.held((channels, *[1] * (x.rank - 2)), "beta")
        y = call.emit("Add", [y, shift], part="shift")
    return [Laid(y, x.moved)]


def _unit_norm(call: LayerCall) -> Mapped:
    """Add a division by the root of the sum of squares, in four steps."""
    x = call.x
    dims = tuple(sorted([x.dim(axis) for axis in call.axes("axis", -1)]))
    with call.block():
        squares = call.emit("Square", [x.tensor], part="squares")
        total = call.emit("ReduceSum", [squares], {"dim": dims, "keepdim": True}, part="sum")
        inverse = call.emit("Rsqrt", [total], part="inverse")
        return [Laid(call.emit("Mul", [x.tensor, inverse], part="scaled"), x.moved)]


def _normalization(call: LayerCall) -> Mapped:
    """Add a layer that subtracts a stored mean and divides by a stored deviation: a batch norm that learns nothing.

    Its mean, variance and count are 2C + 1 stored values, as those of a batch norm. A mean in the configuration is no
    weight.
    """
    if isinstance(mean := call.config.get("mean"), list) and mean:
        values = cast("list[object]", mean)
        y = binary(call, "Sub", call.x, call.constant(values, "mean"))
        call.graph.place = call.graph.place._replace(name=f"{call.graph.place.name}_deviation")
        return [binary(call, "Div", y, call.constant(values, "deviation"))]
    if call.config.get("axis", -1) is None:
        raise Uncounted("normalization of all axes together is not covered")
    x = _channel_axis(call)
    if x.rank not in _BATCH_NORMS:
        raise Uncounted(Message("an input of {rank} dimensions is not covered", rank=x.rank))
    return [Laid(call.emit(_BATCH_NORMS[x.rank], [x.tensor], {"affine": False}, weight="mean"), x.moved)]


def _layer_scale(call: LayerCall) -> Mapped:
    """Add the product of each channel with a learned factor."""
    return [Laid(call.emit("LayerScale", [call.x.tensor], {"dim": call.x.dim(-1)}, weight="gamma"), call.x.moved)]


LAYERS: Mapping[str, Mapper] = {
    "BatchNormalization": _batch_norm,
    "SyncBatchNormalization": _batch_norm,
    "LayerNormalization": _layer_norm,
    "RMSNormalization": _rms_norm,
    "GroupNormalization": _group_norm,
    "UnitNormalization": _unit_norm,
    "Normalization": _normalization,
    "LayerScale": _layer_scale,
}
