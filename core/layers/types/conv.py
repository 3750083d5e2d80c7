"""Convolutions in 1, 2 and 3 dimensions.

Source of shapes and parameters: torch.nn; of the counts: the sums written out, Dumoulin & Visin 2016, arXiv:1603.07285.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from layerledger.core.base.messages import Message
from layerledger.core.base.params import Choice, OneOf, Sizes, param
from layerledger.core.base.shapes import AXES, Shape, ShapeError, conv_size
from layerledger.core.layers.counting import Counts, counting
from layerledger.core.layers.examples import Example, torch_example
from layerledger.core.layers.layer_type import Outputs
from layerledger.core.layers.registry import layer_type
from layerledger.core.layers.symbols import (
    POSITIONS,
    over_axes,
    sizes_summary,
)
from layerledger.core.layers.tape import Tape
from layerledger.core.layers.traced import Pieces
from layerledger.core.layers.types.conv_functional import (
    WEIGHT_INPUT,
)
from layerledger.core.layers.types.conv_layer import BIAS, DILATION, GROUPS, ConvLayer
from layerledger.core.layers.windows import Window, filter_window


class _ConvNd(ConvLayer):
    padding: tuple[int, ...] | str = param(
        OneOf((Choice(("same", "valid")), Sizes(0, lone=True))),
        default=0,
        help="Padding on both sides, or “same” or “valid”.",
    )
    dilation: tuple[int, ...] = DILATION
    groups: int = GROUPS
    bias: bool = BIAS
    padding_mode: Literal["zeros", "reflect", "replicate", "circular"] = param(
        Choice(("zeros", "reflect", "replicate", "circular")), default="zeros", help="Values of the padding."
    )
    weight_input: bool = WEIGHT_INPUT

    aliases = ("conv", "convolution")
    status = "exact"

    def check(self) -> None:
        super().check()
        if self.padding == "same" and any(s != 1 for s in self.stride):
            raise ShapeError(
                Message('padding "same" needs a stride of 1; got {stride}', stride=sizes_summary(self.stride)),
                param="padding",
            )

    def shape(self, shape: Shape) -> Shape:
        batch, _, spatial = self.split(shape)
        self._check_fill(spatial)
        return (*batch, self.out_channels, *self._spatial(spatial))

    def _spatial(self, spatial: Shape) -> Shape:
        rows = list(zip(spatial, self.kernel_size, self.stride, self._padding(), self.dilation, strict=True))
        for name, (size, k, _, p, d) in zip(AXES[self.dims], rows, strict=True):
            if d * (k - 1) + 1 > size + p:
                raise ShapeError(_too_small(name, size, p, d * (k - 1) + 1), param="kernel_size")
        return tuple(conv_size(*row) for row in rows)

    def filters(self) -> Iterable[Window]:
        rows = zip(self.kernel_size, self.stride, self._padding(), self.dilation, strict=True)
        # “same” may need an odd sum; torch then puts the smaller half before the input.
        return (filter_window(k, s, both // 2, d) for k, s, both, d in rows)

    def _padding(self) -> tuple[int, ...]:
        """Return the padding of both sides together."""
        if self.padding == "valid":
            return (0,) * self.dims
        if isinstance(self.padding, str):
            return tuple(d * (k - 1) for k, d in zip(self.kernel_size, self.dilation, strict=True))
        return tuple(2 * p for p in self.padding)

    def _check_fill(self, spatial: Shape) -> None:
        if self.padding_mode not in ("reflect", "circular"):
            return
        # As in torch: a circular padding may be as wide as the input, a reflection one less.
        most = 0 if self.padding_mode == "circular" else -1
        for name, size, both in zip(AXES[self.dims], spatial, self._padding(), strict=True):
            side = -(-both // 2)
            if side > max(size + most, 0):
                raise ShapeError(
                    Message(
                        "padding_mode {padding_mode} can pad {name} {size} by at most {size2}; padding makes it {side}",
                        padding_mode=self.padding_mode,
                        name=name,
                        size=size,
                        size2=size + most,
                        side=side,
                    ),
                    param="padding",
                )

    def record(self, tape: Tape, given: Pieces, outputs: Outputs) -> Pieces:
        (x, *beside), both = given, self._padding()
        if self.padding_mode == "zeros" and self.padding == "same":
            # torch pads by itself what is more on one side than on the other.
            both = tuple(p % 2 for p in both)
        elif self.padding_mode == "zeros":
            both = (0,) * self.dims
        if any(both) or self.padding_mode != "zeros":
            if self.padding_mode in ("reflect", "replicate") and x.needs:
                tape.keep(x)
            outer, spatial = x.shape[: -self.dims], x.shape[-self.dims :]
            padded = (*outer, *(size + p for size, p in zip(spatial, both, strict=True)))
            x = tape.new(padded, width=x.width, needs=x.needs)
        return super().record(tape, (x, *beside), outputs)


def _too_small(name: str, size: int, padding: int, kernel: int) -> str:
    padded = (
        Message("{name} {size} with padding is {padded}", name=name, size=size, padded=size + padding)
        if padding
        else Message("{name} is {size}", name=name, size=size)
    )
    return Message(
        "the filter spans {kernel}, but {padded}; reduce kernel_size or add padding", kernel=kernel, padded=padded
    )


def _counts(dims: int) -> Counts:
    taps, outputs = f"{over_axes('K', dims)}*C_in/g", f"N*{POSITIONS['out'][dims]}*C_out"
    macs = f"{taps}*{outputs}"
    return counting(params=f"{taps}*C_out + b*C_out", macs=macs, mul=macs, add=f"({taps} - 1 + b)*{outputs}")


@layer_type("Convolution", order=10)
class Conv1d(_ConvNd):
    """1-D convolution: (N, C_in, L) -> (N, C_out, L_out)."""

    dims = 1
    counts = _counts(1)
    examples = torch_example({"out_channels": 4, "kernel_size": 3}, ((8, 8, 9),), ((8, 4, 7),), params=100, macs=5376)


@layer_type("Convolution", order=20)
class Conv2d(_ConvNd):
    """2-D convolution: (N, C_in, H, W) -> (N, C_out, H_out, W_out)."""

    dims = 2
    counts = _counts(2)
    examples = (
        Example(
            params={"out_channels": 6, "kernel_size": 3, "stride": 3},
            inputs=((1, 3, 6, 6),),
            outputs=((1, 6, 2, 2),),
            counts={"params": 168, "macs": 648, "exact_flops": 1296},
            source="the classic lesson on counting a CNN; torchstat 0.0.7 MAdd prints 1296",
        ),
        Example(
            params={"out_channels": 6, "kernel_size": 3, "stride": 3, "groups": 3},
            inputs=((1, 3, 6, 6),),
            outputs=((1, 6, 2, 2),),
            counts={"params": 60, "macs": 216, "exact_flops": 432},
            source="the classic lesson on counting a CNN, grouped",
        ),
        Example(
            params={"out_channels": 64, "kernel_size": 7, "stride": 2, "padding": 3, "bias": False},
            inputs=((1, 3, 224, 224),),
            outputs=((1, 64, 112, 112),),
            counts={"params": 9408, "macs": 118_013_952},
            source="torchvision resnet18.conv1, torch FlopCounterMode",
        ),
    )


@layer_type("Convolution", order=30)
class Conv3d(_ConvNd):
    """3-D convolution: (N, C_in, D, H, W) -> (N, C_out, D_out, H_out, W_out)."""

    dims = 3
    counts = _counts(3)
    examples = torch_example(
        {"out_channels": 16, "kernel_size": (3, 5, 1)},
        ((2, 8, 6, 8, 8),),
        ((2, 16, 4, 4, 8),),
        params=1936,
        macs=491_520,
    )
