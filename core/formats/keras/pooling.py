"""Pooling of Keras.

Source: keras.layers. A window that `same` lets reach past the end is cut off there, as in PyTorch with ceil_mode; the
mean leaves padding out.
"""

from __future__ import annotations

from collections.abc import Mapping

from layerledger.core.base.values import Value
from layerledger.core.formats.importing.channels_last import Laid
from layerledger.core.formats.importing.padding import lone, same_padding
from layerledger.core.formats.keras.calls import LayerCall, Mapped, Mapper


def pool_params(
    sizes: tuple[int, ...], window: tuple[int, ...], stride: tuple[int, ...], *, same: bool, mean: bool
) -> dict[str, Value]:
    """Return the parameters of a pooling with TensorFlow's padding.

    Args:
        sizes: the spatial sizes of the input.
        window: the window's.
        stride: its step.
        same: whether the padding is `same`, else `valid`.
        mean: whether the pooling is a mean, in which padding does not count.
    """
    params: dict[str, Value] = {"kernel_size": lone(window), "stride": lone(stride)}
    both = same_padding(sizes, window, stride, (1,) * len(sizes)) if same else (0,) * len(sizes)
    if any(p // 2 for p in both):
        params["padding"] = lone([p // 2 for p in both])
    if any(p % 2 for p in both):
        params["ceil_mode"] = True
    if mean and any(both):
        params["count_include_pad"] = False
    return params


def _windows(kind: str, dims: int) -> Mapper:
    def mapped(call: LayerCall) -> Mapped:
        window = call.sizes("pool_size", dims, 2)
        stride = call.sizes("strides", dims, window)
        same = call.word("padding", "valid").lower() == "same"
        x, mean = call.picture(), kind == "AvgPool"
        both = same_padding(x.sizes[2:], window, stride, (1,) * dims) if same else ()
        if any(p % 2 and s == 1 for p, s in zip(both, stride, strict=False)):
            # A window of even size and step 1: ceil_mode adds nothing, so what is uneven is padded before.
            pad = tuple([side for p in reversed(both) for side in (p // 2, p - p // 2)])
            x, same = call.emit("Pad", [x], {"pad": pad, "value": None if mean else _LOWEST}, part="pad"), False
        params = pool_params(x.sizes[2:], window, stride, same=same, mean=mean)
        return [call.made(call.emit(f"{kind}{dims}d", [x], params))]

    return mapped


_LOWEST = -3.4028234663852886e38
"""The smallest number of float32: it is no maximum."""


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
