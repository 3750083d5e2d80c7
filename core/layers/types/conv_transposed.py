"""Transposed convolutions in 1, 2 and 3 dimensions.

Source of shapes and parameters: torch.nn; of the counts: each input value meets each tap once, Dumoulin & Visin 2016,
arXiv:1603.07285, so they depend on the input's positions, not the output's.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from math import gcd
from typing import Literal

from layerledger.core.base.messages import Message
from layerledger.core.base.params import Choice, Sizes, param
from layerledger.core.base.shapes import Shape, ShapeError, shape_text
from layerledger.core.layers.counting import Counts, counting
from layerledger.core.layers.examples import Example, torch_example
from layerledger.core.layers.layer_type import Inputs, Outputs
from layerledger.core.layers.registry import layer_type
from layerledger.core.layers.symbols import POSITIONS, kernel_symbols, meanings, over_axes
from layerledger.core.layers.types.conv_functional import WEIGHT_INPUT
from layerledger.core.layers.types.conv_layer import BIAS, DILATION, GROUPS, ConvLayer
from layerledger.core.layers.windows import Window, transposed_window


class _ConvTransposeNd(ConvLayer):
    padding: tuple[int, ...] = param(
        Sizes(0, lone=True), default=0, help="Rows and columns taken off both sides of the output."
    )
    output_padding: tuple[int, ...] = param(Sizes(0, lone=True), default=0, help="Added to one side of the output.")
    groups: int = GROUPS
    bias: bool = BIAS
    dilation: tuple[int, ...] = DILATION
    padding_mode: Literal["zeros"] = param(Choice(("zeros",)), default="zeros", help="Values of the padding.")
    weight_input: bool = WEIGHT_INPUT

    aliases = ("upconv", "deconv", "transposeconv", "transposedconv")
    status = "exact"
    symbol_help = meanings(
        U_h="positions that some tap of the filter reaches along the height",
        U_w="positions that some tap of the filter reaches along the width",
    )

    def check(self) -> None:
        super().check()
        for extra, s, d in zip(self.output_padding, self.stride, self.dilation, strict=True):
            if extra >= max(s, d):
                raise ShapeError(
                    Message(
                        "output_padding must be smaller than stride or dilation, here below {s}; got {extra}",
                        s=max(s, d),
                        extra=extra,
                    ),
                    param="output_padding",
                )

    def shape(self, shape: Shape) -> Shape:
        batch, _, spatial = self.split(shape)
        out = tuple(
            (i - 1) * s - 2 * p + d * (k - 1) + extra + 1
            for i, k, s, p, d, extra in zip(
                spatial, self.kernel_size, self.stride, self.padding, self.dilation, self.output_padding, strict=True
            )
        )
        # An output of 0 positions depends on the kernel that torch chooses: with groups or an empty batch it takes it.
        if min(out) < 0:
            raise ShapeError(
                Message(
                    "the output would be {out} from {spatial}; use less padding",
                    out=shape_text(out),
                    spatial=shape_text(spatial),
                ),
                param="padding",
            )
        return (*batch, self.out_channels, *out)

    def filters(self) -> Iterable[Window]:
        rows = zip(self.kernel_size, self.stride, self.padding, self.dilation, strict=True)
        return (transposed_window(*row) for row in rows)

    def filter_shape(self, inputs: Inputs) -> Shape:
        return (self.split(inputs[0].shape)[1], self.out_channels // self.groups, *self.kernel_size)

    def channel_of_weight(self) -> int:
        # With groups, a place in the weight is a channel in each of them.
        return 1 if self.groups == 1 else -1

    def symbols(self, inputs: Inputs, outputs: Outputs) -> Mapping[str, int]:
        spatial = inputs[0].shape[-self.dims :]
        rows = zip(spatial, self.kernel_size, self.stride, self.dilation, strict=True)
        reach = kernel_symbols(tuple(reached(*row) for row in rows), letter="U")
        found = {**super().symbols(inputs, outputs), **reach}
        # Nothing is computed for an output without positions.
        return found if 0 not in outputs[0].shape[-self.dims :] else {**found, "N": 0}


def reached(size: int, kernel: int, stride: int, dilation: int) -> int:
    """Return the positions that some tap reaches, before padding takes any off.

    Tap k of input i reaches i·s + k·d. Of the pairs that reach one position, each but the first follows another,
    (i − d/e, k + s/e) with e = gcd(s, d): so the pairs that follow none are as many as the positions.
    """
    common = gcd(stride, dilation)
    return size * kernel - max(size - dilation // common, 0) * max(kernel - stride // common, 0)


def _counts(dims: int) -> Counts:
    """Return the counts: the first product at a position needs no add; where no tap reaches, only the bias counts."""
    taps = f"{over_axes('K', dims)}*C_out/g"
    macs = f"{taps}*N*{POSITIONS['in'][dims]}*C_in"
    add = f"{macs} - N*{over_axes('U', dims)}*C_out + b*N*{POSITIONS['out'][dims]}*C_out"
    return counting(params=f"{taps}*C_in + b*C_out", macs=macs, mul=macs, add=add)


@layer_type("Convolution", order=40)
class ConvTranspose1d(_ConvTransposeNd):
    """1-D transposed convolution: (N, C_in, L) -> (N, C_out, L_out)."""

    symbol_help = meanings(U="positions that some tap of the filter reaches")
    dims = 1
    counts = _counts(1)
    examples = torch_example(
        {"out_channels": 4, "kernel_size": 3, "stride": 3}, ((8, 4, 25),), ((8, 4, 75),), params=52, macs=9600
    )


@layer_type("Convolution", order=50)
class ConvTranspose2d(_ConvTransposeNd):
    """2-D transposed convolution: (N, C_in, H, W) -> (N, C_out, H_out, W_out)."""

    dims = 2
    counts = _counts(2)
    examples = (
        Example(
            params={"out_channels": 32, "kernel_size": 2, "stride": 2},
            inputs=((1, 64, 28, 28),),
            outputs=((1, 32, 56, 56),),
            counts={"macs": 6_422_528},
            source="fvcore 0.1.5 and torch FlopCounterMode",
        ),
    )


@layer_type("Convolution", order=60)
class ConvTranspose3d(_ConvTransposeNd):
    """3-D transposed convolution: (N, C_in, D, H, W) -> (N, C_out, D_out, H_out, W_out)."""

    symbol_help = meanings(U_d="positions that some tap of the filter reaches along the depth")
    dims = 3
    counts = _counts(3)
    examples = torch_example(
        {"out_channels": 4, "kernel_size": 3}, ((8, 4, 3, 4, 6),), ((8, 4, 5, 6, 8),), params=436, macs=248_832
    )
