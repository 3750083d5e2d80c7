"""Resizing of images, sequences and volumes by interpolation.

Source of shapes and parameters: torch.nn. A linear mode weighs 2 values a dimension, the cubic one 4 a dimension.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from math import floor, prod
from typing import ClassVar, TypeVar

from layerledger.core.base.messages import Message
from layerledger.core.base.params import Bool, Choice, Dims, Float, Int, OneOf, Optional, param, params_of
from layerledger.core.base.shapes import Shape, ShapeError, shape_text
from layerledger.core.layers.counting import Counts, Status, counting
from layerledger.core.layers.examples import Example, torch_example
from layerledger.core.layers.layer_type import Inputs, LayerType, Outputs
from layerledger.core.layers.registry import layer_type
from layerledger.core.layers.symbols import meanings, sizes_summary
from layerledger.core.layers.types.pooling_adaptive import summed
from layerledger.core.layers.windows import (
    Receptive,
    Window,
    interpolated_window,
    nearest_window,
    spatial_dim_maps,
    spread_window,
)

_MODES = {"linear": 1, "bilinear": 2, "bicubic": 2, "trilinear": 3}
"""Number of spatial dimensions of the modes that work in one number only."""

_FINEST = 10_000
"""Largest denominator of a factor that is taken for exact."""

_SIZE = Optional(OneOf((Int(1), Dims(1))))
_SCALE = Optional(OneOf((Float(0), Dims(0, floats=True))))

# Each output is a weighted sum of t inputs: none for nearest, 2 a dimension for linear modes, 4 for bicubic.
# With a = 1, each is the mean of a window of the A values that all windows hold; see AdaptiveAvgPool2d.
_TAPS: Counts = counting(
    mul="E*t",
    add={"weighted sum": "E*max(t - 1, 0)", "sum of windows": "a*(A - E)"},
    special="a*E",
)


class _Resize(LayerType):
    """Base class of the resizing types, with the output's size or the factor of each spatial dimension."""

    counts = _TAPS
    saved_tensors = "nothing"
    status: ClassVar[Status] = "approximated"
    approximation: ClassVar[str] = (
        "Each output counts as the weighted sum of its taps; working out their places and weights is left out."
    )
    in_place = "never"
    fusible = False
    symbol_help = meanings(
        A="values in all windows together, in mode “area”",
        E="elements of the output",
        a="1 in mode “area”, else 0",
        t="taps: inputs that are weighed for each output",
    )
    indices = "refused"

    def options(self) -> tuple[int | Shape | None, float | tuple[float, ...] | None, str]:
        """Return size, scale_factor and mode."""
        raise NotImplementedError

    def check(self) -> None:
        size, scale, _ = self.options()
        if (size is None) == (scale is None):
            which = "neither is" if size is None else "both are"
            raise ShapeError(
                Message("either size or scale_factor must be given; {which}", which=which),
                param="size" if size else "scale_factor",
            )

    def shape(self, shape: Shape) -> Shape:
        dims, mode = len(shape) - 2, self.options()[2]
        if not 1 <= dims <= 3 or _MODES.get(mode, dims) != dims:
            wanted = f"{_MODES[mode] + 2} dimensions" if mode in _MODES else "3 to 5 dimensions"
            param = "mode" if "mode" in params_of(type(self)) and 1 <= dims <= 3 else "inputs"
            raise ShapeError(
                Message(
                    'mode "{mode}" takes {wanted}; the input {shape} has {count}',
                    mode=mode,
                    wanted=wanted,
                    shape=shape_text(shape),
                    count=len(shape),
                ),
                param=param,
            )
        out = self._resized(shape[2:])
        if 0 in out or 0 in shape[1:]:
            raise ShapeError(
                Message(
                    "the output's sizes must be above 0; got {out} from {shape}",
                    shape=shape_text(shape[2:]),
                    out=shape_text(out),
                ),
                param="scale_factor" if self.options()[1] is not None else "inputs",
            )
        return (*shape[:2], *out)

    def _resized(self, sizes: Shape) -> Shape:
        size, scale, _ = self.options()
        if size is not None:
            return _one_each(size, len(sizes), "size")
        return tuple(
            _times(n, f) for n, f in zip(sizes, _one_each(scale or 0, len(sizes), "scale_factor"), strict=True)
        )

    def spatial_dims_of(self, inputs: Inputs) -> int:
        return len(inputs[0].shape) - 2

    def receptive_of(self, inputs: Inputs, outputs: Outputs) -> Receptive:
        sizes = zip(inputs[0].shape[2:], outputs[0].shape[2:], strict=True)
        windows = tuple(self._taps(i, *pair) for i, pair in enumerate(sizes))
        return (spatial_dim_maps(len(inputs[0].shape), windows, mixes=False),)

    def _taps(self, i: int, size: int, out: int) -> Window:
        """Return the window of a spatial dimension. Source: torch.nn.functional.interpolate."""
        _, scale, mode = self.options()
        step = Fraction(size, out)
        if scale is not None and not self.recomputed():
            factor = scale[i] if isinstance(scale, tuple) else scale
            # A factor such as 1/3 is a float in the file; the fraction that was meant gives exact windows.
            step = 1 / Fraction(factor).limit_denominator(_FINEST)
        if mode == "area":
            return spread_window(size, out)
        if mode in _MODES:
            taps = 4 if mode == "bicubic" else 2
            if self.aligned():
                # With align_corners, the first and the last positions of both sides coincide.
                return interpolated_window(Fraction(size - 1, max(out - 1, 1)), Fraction(0), taps)
            # Without align_corners, torch maps the centres of pixels: (y + ½)·step − ½.
            return interpolated_window(step, (step - 1) / 2, taps)
        return nearest_window(step, step / 2 if mode == "nearest-exact" else Fraction(0))

    def recomputed(self) -> bool:
        """Return whether the factor is computed again from the sizes."""
        return False

    def aligned(self) -> bool:
        """Return whether the corners of input and output coincide."""
        return False

    def symbols(self, inputs: Inputs, outputs: Outputs) -> Mapping[str, int]:
        (n, c, *sizes), mode = inputs[0].shape, self.options()[2]
        taps = (4 if mode == "bicubic" else 2) ** len(sizes) if mode in _MODES else 0
        windows = prod(summed(*side) for side in zip(sizes, outputs[0].shape[2:], strict=True))
        return {"E": prod(outputs[0].shape), "t": taps, "a": int(mode == "area"), "A": n * c * windows}

    def summary(self, inputs: Inputs) -> str:
        size, scale, mode = self.options()
        if size is not None:
            return f"to {sizes_summary(size if isinstance(size, tuple) else (size,))} {mode}"
        factors = scale if isinstance(scale, tuple) else (scale,)
        return f"×{', '.join(f'{f:g}' for f in factors if f is not None)} {mode}"


_N = TypeVar("_N", int, float)


def _one_each(given: _N | tuple[_N, ...], dims: int, param: str) -> tuple[_N, ...]:
    """Return a value for each spatial dimension.

    Raises:
        ShapeError: the number of values is another.
    """
    values = given if isinstance(given, tuple) else (given,) * dims
    if len(values) != dims:
        raise ShapeError(
            Message(
                "{param} must be one number, or {dims} of them; got {count}", param=param, dims=dims, count=len(values)
            ),
            param=param,
        )
    return values


def _times(size: int, factor: float) -> int:
    """Return ⌊size · factor⌋ as torch computes it, exactly where the factor is whole."""
    return size * int(factor) if float(factor).is_integer() else floor(size * factor)


@layer_type("Reshape", order=200)
class Upsample(_Resize):
    """Resizes every spatial dimension: (N, C, *) -> (N, C, *out). Counts the taps of each output, not their weights."""

    size: int | Shape | None = param(_SIZE, default=None, help="Spatial sizes of the output; or give scale_factor.")
    scale_factor: float | tuple[float, ...] | None = param(
        _SCALE, default=None, initial=2, help="Factor of each spatial size; or give size."
    )
    mode: str = param(
        Choice(("nearest", "nearest-exact", "linear", "bilinear", "bicubic", "trilinear", "area")),
        default="nearest",
        help="Interpolation of the values between.",
    )
    align_corners: bool | None = param(
        Optional(Bool()), default=None, help="Whether the corner pixels of input and output coincide."
    )
    recompute_scale_factor: bool | None = param(
        Optional(Bool()), default=None, help="Whether the factor is computed again from the sizes."
    )

    aliases = ("up", "interpolate", "resize")
    examples = (
        Example(
            params={"scale_factor": 2, "mode": "bilinear"},
            inputs=((1, 256, 28, 28),),
            outputs=((1, 256, 56, 56),),
            counts={"mul": 3211264, "macs": 0},
            source="by hand: 4 products for each of 256·56·56 outputs; fvcore 0.1.5 counts the same 4",
        ),
    )

    def options(self) -> tuple[int | Shape | None, float | tuple[float, ...] | None, str]:
        return self.size, self.scale_factor, self.mode

    def recomputed(self) -> bool:
        return bool(self.recompute_scale_factor)

    def aligned(self) -> bool:
        return bool(self.align_corners)

    def check(self) -> None:
        super().check()
        if self.align_corners is not None and self.mode not in _MODES:
            raise ShapeError(
                Message(
                    'align_corners must be left out in mode "{mode}"; linear and cubic modes have corners to align',
                    mode=self.mode,
                ),
                param="align_corners",
            )
        if self.recompute_scale_factor and self.size is not None:
            raise ShapeError(
                Message("recompute_scale_factor must be left out where size is given: there is no factor"),
                param="recompute_scale_factor",
            )


class _Upsampling2d(_Resize):
    """A mode of Upsample for images, with its own name."""

    size: int | Shape | None = param(_SIZE, default=None, help="Height and width of the output; or give scale_factor.")
    scale_factor: float | tuple[float, ...] | None = param(
        _SCALE, default=None, initial=2, help="Factor of height and width; or give size."
    )
    own_mode: ClassVar[str]

    aliases = ("up",)

    def options(self) -> tuple[int | Shape | None, float | tuple[float, ...] | None, str]:
        return self.size, self.scale_factor, self.own_mode


@layer_type("Reshape", order=210)
class UpsamplingNearest2d(_Upsampling2d):
    """Resizes images by copying the nearest pixel: (N, C, H, W) -> (N, C, H_out, W_out)."""

    own_mode = "nearest"
    examples = torch_example({"scale_factor": 3}, ((3, 2, 3, 6),), ((3, 2, 9, 18),))


@layer_type("Reshape", order=220)
class UpsamplingBilinear2d(_Upsampling2d):
    """Resizes images bilinearly, corners aligned: (N, C, H, W) -> (N, C, H_out, W_out)."""

    own_mode = "bilinear"
    examples = torch_example(
        {"scale_factor": 3}, ((8, 5, 2, 7),), ((8, 5, 6, 21),), by_hand={"mul": 20_160, "add": 15_120}
    )

    def aligned(self) -> bool:
        return True
