"""Convolutions in 1, 2 and 3 dimensions, and the base class that they share with transposed ones.

Source of shapes and parameters: torch.nn; of the counts: the sums written out, Dumoulin & Visin 2016, arXiv:1603.07285.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from math import prod
from typing import Literal

from layerledger.core.base.messages import Message
from layerledger.core.base.params import Bool, Choice, Int, OneOf, Sizes, Value, param
from layerledger.core.base.shapes import AXES, Shape, ShapeError, conv_size, shape_text, split_spatial
from layerledger.core.layers.counting import Counts, counting
from layerledger.core.layers.divisibility import check_divides
from layerledger.core.layers.examples import Example, torch_example
from layerledger.core.layers.layer_type import InPlaceKind, Inputs, LayerType, Outputs
from layerledger.core.layers.registry import layer_type
from layerledger.core.layers.symbols import (
    POSITIONS,
    kernel_symbols,
    meanings,
    over_axes,
    sizes_summary,
    spatial_symbols,
    step_summary,
)
from layerledger.core.layers.tape import Tape
from layerledger.core.layers.traced import Pieces
from layerledger.core.layers.windows import Receptive, Window, filter_window, spatial_dim_maps

GROUPS = param(
    Int(1), default=1, help="Groups that the channels are split into; in_channels for a depthwise convolution."
)
DILATION = param(Sizes(1, lone=True), default=1, help="Distance between the filter's taps.")
BIAS = param(Bool(), default=True, help="One learned value added to each output channel.")


class ConvLayer(LayerType):
    """Base class of convolutions and transposed convolutions."""

    in_channels: int | None = param(Int(1), default=None, derived=True, help="Channels of the input; follows from it.")
    out_channels: int = param(Int(1), initial=64, help="Number of filters, and so of output channels.")
    kernel_size: tuple[int, ...] = param(Sizes(1), initial=3, help="Size of the filter.")
    stride: tuple[int, ...] = param(Sizes(1, lone=True), default=1, help="Step of the filter.")
    groups: int = GROUPS
    bias: bool = BIAS

    saved_tensors = "inputs"
    fusible = False
    symbol_help = meanings(
        K="length of the filter (kernel_size)",
        K_h="height of the filter (kernel_size)",
        K_w="width of the filter (kernel_size)",
        K_d="depth of the filter (kernel_size)",
    )
    indices = "refused"

    def check(self) -> None:
        if self.out_channels % self.groups:
            raise ShapeError(
                Message(
                    "out_channels {out_channels} is not divisible by groups {groups}; the next that is: {value}",
                    out_channels=self.out_channels,
                    groups=self.groups,
                    value=-(-self.out_channels // self.groups) * self.groups,
                ),
                param="groups",
            )
        if self.in_channels is not None:
            check_divides(self.in_channels, self.groups, of="the input's {} channels", param="groups")

    def split(self, shape: Shape) -> tuple[Shape, int, Shape]:
        """Return batch, channels and spatial sizes of an input that fits."""
        batch, channels, spatial = split_spatial(shape, self.dims, of=self.type_name)
        if 0 in spatial:
            raise ShapeError(
                Message(
                    "{type_name} needs at least one position; the input {shape} has none",
                    type_name=self.type_name,
                    shape=shape_text(shape),
                ),
                param="inputs",
            )
        check_divides(channels, self.groups, of="the input's {} channels", param="groups")
        return batch, channels, spatial

    def derived(self, inputs: Inputs) -> Mapping[str, Value]:
        return {"in_channels": split_spatial(inputs[0].shape, self.dims, of=self.type_name)[1]}

    def symbols(self, inputs: Inputs, outputs: Outputs) -> Mapping[str, int]:
        batch, channels, spatial = split_spatial(inputs[0].shape, self.dims, of=self.type_name)
        return {
            "N": prod(batch),
            "C_in": channels,
            "C_out": self.out_channels,
            "g": self.groups,
            "b": int(self.bias),
            **kernel_symbols(self.kernel_size),
            **spatial_symbols(spatial, "in"),
            **spatial_symbols(outputs[0].shape[-self.dims :], "out"),
        }

    def filters(self) -> Iterable[Window]:
        """Return the window of each spatial dimension."""
        raise NotImplementedError

    def receptive_of(self, inputs: Inputs, outputs: Outputs) -> Receptive:
        return (spatial_dim_maps(len(inputs[0].shape), tuple(self.filters()), mixes=True),)

    def weight_shapes(self, inputs: Inputs) -> tuple[Shape, ...]:
        channels = split_spatial(inputs[0].shape, self.dims, of=self.type_name)[1]
        bias = ((self.out_channels,),) if self.bias else ()
        return ((self.out_channels, channels // self.groups, *self.kernel_size), *bias)

    def weight_shape(self, inputs: Inputs) -> Shape | None:
        return self.weight_shapes(inputs)[0]

    def in_place_of(self, inputs: Inputs) -> InPlaceKind:
        """Return `depthwise` where each channel is convolved by itself, and so can be overwritten row by row.

        Source: TinyEngine, Lin et al. 2020, arXiv:2007.10319.
        """
        channels = split_spatial(inputs[0].shape, self.dims, of=self.type_name)[1]
        return "depthwise" if channels == self.groups == self.out_channels else "never"

    def summary(self, inputs: Inputs) -> str:
        channels = split_spatial(inputs[0].shape, self.dims, of=self.type_name)[1]
        groups = f"groups {self.groups}" if self.groups > 1 else ""
        parts = (f"{channels}→{self.out_channels}", sizes_summary(self.kernel_size), step_summary(self.stride), groups)
        return " ".join(filter(None, parts))

    def record(self, tape: Tape, given: Pieces, outputs: Outputs) -> Pieces:
        return (tape.conv(given[0], outputs[0].shape, self._weight_of(given)),)

    def _weight_of(self, given: Pieces) -> int:
        """Return the elements of the weight."""
        channels = given[0].shape[-self.dims - 1]
        return channels * self.out_channels // self.groups * prod(self.kernel_size)


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
        (x,), both = given, self._padding()
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
        return super().record(tape, (x,), outputs)


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
