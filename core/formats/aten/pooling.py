"""Pooling, resizing, padding."""

from __future__ import annotations

import re
from collections.abc import Mapping

from layerledger.core.base.values import Value
from layerledger.core.formats.aten.call import Call, finite, square
from layerledger.core.formats.aten.table import operator
from layerledger.core.formats.importing.graph import Uncounted
from layerledger.core.formats.importing.tensor import Tensor

_DEFAULTS: Mapping[str, Value] = {
    "padding": 0,
    "dilation": 1,
    "ceil_mode": False,
    "count_include_pad": True,
    "divisor_override": None,
}
_DIMS = (1, 2, 3)


@operator(*(f"{kind}_pool{dims}d" for kind in ("max", "avg") for dims in _DIMS), "max_pool2d_with_indices")
def _pool(call: Call) -> list[Tensor]:
    dims = call.name[8]
    params: dict[str, Value] = {"kernel_size": square(call.ints("kernel_size"))}
    if stride := call.ints("stride"):
        params["stride"] = square(stride)
    for name, default in _DEFAULTS.items():
        value = call.get(name, default)
        value = square(call.ints(name)) if isinstance(value, list) else value
        if value != default:
            params[name] = value
    kind = "MaxPool" if call.name.startswith("max") else "AvgPool"
    return call.emit(f"{kind}{dims}d", [call.x], params)


@operator(*(f"adaptive_{kind}_pool{dims}d" for kind in ("max", "avg") for dims in _DIMS))
def _adaptive_pool(call: Call) -> list[Tensor]:
    found = re.fullmatch(r"_?adaptive_(avg|max)_pool([123])d", call.name)
    if found is None:
        raise Uncounted("it is no pooling")
    sizes = square(call.ints("output_size"))
    return call.emit(f"Adaptive{found[1].title()}Pool{found[2]}d", [call.x], {"output_size": sizes})[:1]


_MODES = {
    "upsample_nearest1d": "nearest",
    "upsample_nearest2d": "nearest",
    "upsample_nearest3d": "nearest",
    "_upsample_nearest_exact1d": "nearest-exact",
    "_upsample_nearest_exact2d": "nearest-exact",
    "_upsample_nearest_exact3d": "nearest-exact",
    "upsample_linear1d": "linear",
    "upsample_bilinear2d": "bilinear",
    "_upsample_bilinear2d_aa": "bilinear",
    "upsample_bicubic2d": "bicubic",
    "_upsample_bicubic2d_aa": "bicubic",
    "upsample_trilinear3d": "trilinear",
}


@operator(*_MODES)
def _upsample(call: Call) -> list[Tensor]:
    params: dict[str, Value] = {"mode": _MODES[call.name]}
    if call.get("align_corners"):
        params["align_corners"] = True
    factors = [float(each) for each in call.listed("scale_factors")]
    if factors:
        whole = all(each.is_integer() for each in factors)
        params["scale_factor"] = square([int(each) for each in factors]) if whole else tuple(factors)
    else:
        sizes = call.ints("output_size") or _spatial(call)
        params["size"] = square(sizes)
    return call.emit("Upsample", [call.x], params)


def _spatial(call: Call) -> tuple[int, ...]:
    """Return the spatial sizes of the output as the file states them."""
    stated = call.stated[0] if call.stated else None
    if stated is None:
        raise Uncounted("its output size is not known")
    return stated[2:]


@operator("pad", "constant_pad_nd", "reflection_pad1d", "reflection_pad2d", "reflection_pad3d")
@operator("replication_pad1d", "replication_pad2d", "replication_pad3d")
def _pad(call: Call) -> list[Tensor]:
    pad = call.ints("pad") or call.ints("padding")
    if not any(pad):
        return [call.x]
    kind = call.name.partition("_pad")[0]
    mode = {"reflection": "reflect", "replication": "replicate"}.get(kind) or call.get("mode", "constant")
    params: dict[str, Value] = {"pad": pad}
    if mode != "constant":
        params["mode"] = mode
    elif value := call.get("value", 0):
        params["value"] = finite(value)
    return call.emit("Pad", [call.x], params)


@operator("grid_sampler", "grid_sampler_2d", "grid_sampler_3d")
def _grid_sample(call: Call) -> list[Tensor]:
    mode = ("bilinear", "nearest", "bicubic")[int(call.get("interpolation_mode", 0))]
    params: dict[str, Value] = {} if mode == "bilinear" else {"mode": mode}
    return call.emit("GridSample", call.tensors()[:2], params)


@operator("pixel_shuffle")
def _pixel_shuffle(call: Call) -> list[Tensor]:
    return call.emit("PixelShuffle", [call.x], {"upscale_factor": call.get("upscale_factor")})


@operator("pixel_unshuffle")
def _pixel_unshuffle(call: Call) -> list[Tensor]:
    return call.emit("PixelUnshuffle", [call.x], {"downscale_factor": call.get("downscale_factor")})


@operator("channel_shuffle", "native_channel_shuffle")
def _channel_shuffle(call: Call) -> list[Tensor]:
    return call.emit("ChannelShuffle", [call.x], {"groups": call.get("groups")})


@operator("im2col")
def _unfold(call: Call) -> list[Tensor]:
    names = ("kernel_size", "dilation", "padding", "stride")
    return call.emit("Unfold", [call.x], {name: square(call.ints(name)) for name in names})


@operator("col2im")
def _fold(call: Call) -> list[Tensor]:
    names = ("output_size", "kernel_size", "dilation", "padding", "stride")
    return call.emit("Fold", [call.x], {name: square(call.ints(name)) for name in names})
