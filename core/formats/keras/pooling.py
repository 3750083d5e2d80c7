"""Pooling of Keras.

Source: keras.layers.
"""

from __future__ import annotations

from collections.abc import Mapping

from layerledger.core.base.values import Value
from layerledger.core.formats.importing.channels_last import Laid
from layerledger.core.formats.importing.padding import lone, pool_params
from layerledger.core.formats.keras.calls import LayerCall, Mapped, Mapper


def _windows(kind: str, dims: int) -> Mapper:
    def mapped(call: LayerCall) -> Mapped:
        window = call.sizes("pool_size", dims, 2)
        stride = call.sizes("strides", dims, window)
        same = call.word("padding", "valid").lower() == "same"
        x = call.picture()
        params = pool_params(x.sizes[2:], window, stride, same=same, mean=kind == "AvgPool")
        return [call.made(call.emit(f"{kind}{dims}d", [x], params))]

    return mapped


def _global(kind: str) -> Mapper:
    def mapped(call: LayerCall) -> Mapped:
        x, keep = call.x, call.flag("keepdims", default=False)
        axes = range(1, x.rank - 1) if call.channels_last else range(2, x.rank)
        dims = tuple(sorted([x.dim(axis) for axis in axes]))
        params: dict[str, Value] = {"dim": dims, "keepdim": True} if keep else {"dim": dims}
        return [Laid(call.emit(kind, [x.tensor], params), x.moved and keep)]

    return mapped


def _adaptive(kind: str, dims: int) -> Mapper:
    def mapped(call: LayerCall) -> Mapped:
        size = call.sizes("output_size", dims)
        return [call.made(call.emit(f"Adaptive{kind}Pool{dims}d", [call.picture()], {"output_size": lone(size)}))]

    return mapped


LAYERS: Mapping[str, Mapper] = {
    **{f"MaxPooling{dims}D": _windows("MaxPool", dims) for dims in (1, 2, 3)},
    **{f"MaxPool{dims}D": _windows("MaxPool", dims) for dims in (1, 2, 3)},
    **{f"AveragePooling{dims}D": _windows("AvgPool", dims) for dims in (1, 2, 3)},
    **{f"AvgPool{dims}D": _windows("AvgPool", dims) for dims in (1, 2, 3)},
    **{f"Global{name}{dims}D": _global("Mean") for name in ("AveragePooling", "AvgPool") for dims in (1, 2, 3)},
    **{f"Global{name}{dims}D": _global("ReduceMax") for name in ("MaxPooling", "MaxPool") for dims in (1, 2, 3)},
    **{f"AdaptiveAveragePooling{dims}D": _adaptive("Avg", dims) for dims in (1, 2, 3)},
    **{f"AdaptiveMaxPooling{dims}D": _adaptive("Max", dims) for dims in (1, 2, 3)},
}
