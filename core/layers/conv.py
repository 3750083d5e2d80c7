"""Convolutions and transposed convolutions in 1, 2 and 3 dimensions.

Source of shapes and parameters: torch.nn; of the counts: the sums written out, as in Dumoulin & Visin 2016, arXiv:1603.07285.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import prod
from typing import Literal

from layerledger.core.layers.base import Example, Inputs, LayerType, Outputs, declares, layer_type
from layerledger.core.params import Bool, Choice, Int, OneOf, Sizes, Value, param
from layerledger.core.shapes import AXES, Shape, ShapeError, conv_size, shape_text, split_spatial

KERNEL = {1: "K", 2: "K_h*K_w", 3: "K_d*K_h*K_w"}
POSITIONS = {
    side: {1: f"L_{side}", 2: f"H_{side}*W_{side}", 3: f"D_{side}*H_{side}*W_{side}"} for side in ("in", "out")
}


def spatial_symbols(sizes: Shape, side: str) -> dict[str, int]:
    """Returns {`H_out`: …, `W_out`: …} for the spatial sizes of one side, `in` or `out`."""
    return {f"{name}_{side}": size for name, size in zip(AXES[len(sizes)], sizes, strict=True)}


def kernel_symbols(kernel_size: Shape) -> dict[str, int]:
    """Returns {`K_h`: …, `K_w`: …}, or {`K`: …} in one dimension."""
    names = ("K",) if len(kernel_size) == 1 else tuple(f"K_{axis.lower()}" for axis in AXES[len(kernel_size)])
    return dict(zip(names, kernel_size, strict=True))


def sizes_summary(sizes: tuple[int, ...], *, unless: int | None = None) -> str:
    """Returns `3×3`; one number where all are equal and `unless` says to leave it out."""
    return "" if unless is not None and all(s == unless for s in sizes) else "×".join(map(str, sizes))


@declares
class _Conv(LayerType):
    """What both directions share."""

    in_channels: int | None = param(
        Int(1), default=None, derived=True, help="Channels of the input; follows from it."
    )
    out_channels: int = param(Int(1), initial=64, help="Number of filters, which is the channels of the output.")
    kernel_size: tuple[int, ...] = param(Sizes(1), initial=3, help="Size of the filter.")
    stride: tuple[int, ...] = param(Sizes(1), default=1, help="Step of the filter.")

    def check_groups(self, groups: int) -> None:
        if self.out_channels % groups:
            raise ShapeError(
                f"out_channels {self.out_channels} is not divisible by groups {groups}; "
                f"the next that is: {-(-self.out_channels // groups) * groups}",
                param="groups",
            )
        if self.in_channels is not None:
            self._check_input_groups(self.in_channels, groups)

    def _check_input_groups(self, channels: int, groups: int) -> None:
        if channels % groups:
            raise ShapeError(
                f"the input's {channels} channels are not divisible by groups {groups}; {divisors_hint(channels)}",
                param="groups",
            )

    def split(self, shape: Shape, groups: int) -> tuple[Shape, int, Shape]:
        batch, channels, spatial = split_spatial(shape, self.dims, of=self.type_name)
        self._check_input_groups(channels, groups)
        return batch, channels, spatial

    def derived(self, inputs: Inputs) -> Mapping[str, Value]:
        return {"in_channels": split_spatial(inputs[0].shape, self.dims, of=self.type_name)[1]}

    def conv_symbols(self, inputs: Inputs, outputs: Outputs, groups: int, *, bias: bool) -> dict[str, int]:
        batch, channels, spatial = split_spatial(inputs[0].shape, self.dims, of=self.type_name)
        return {
            "N": prod(batch),
            "C_in": channels,
            "C_out": self.out_channels,
            "g": groups,
            "b": int(bias),
            **kernel_symbols(self.kernel_size),
            **spatial_symbols(spatial, "in"),
            **spatial_symbols(outputs[0].shape[-self.dims :], "out"),
        }

    def conv_summary(self, inputs: Inputs, groups: int) -> str:
        channels = split_spatial(inputs[0].shape, self.dims, of=self.type_name)[1]
        stride = sizes_summary(self.stride if len(set(self.stride)) > 1 else self.stride[:1], unless=1)
        parts = [f"{channels}→{self.out_channels}", sizes_summary(self.kernel_size)]
        parts += [f"/{stride}"] if stride else []
        parts += [f"groups {groups}"] if groups > 1 else []
        return " ".join(parts)


def divisors_hint(n: int) -> str:
    """Returns which numbers divide `n`, for a sentence."""
    if n > 1_000_000:
        return f"it must divide {n}"
    found = [d for d in range(1, n + 1) if n % d == 0] if n else [1]
    shown = found if len(found) <= 8 else [*found[:5], *found[-2:]]
    return f"these fit: {', '.join(map(str, shown))}"


@declares
class _ConvNd(_Conv):
    padding: tuple[int, ...] | str = param(
        OneOf((Choice(("same", "valid")), Sizes(0))), default=0, help="Padding on both sides, or “same” or “valid”."
    )
    dilation: tuple[int, ...] = param(Sizes(1), default=1, help="Distance between the filter's taps.")
    groups: int = param(Int(1), default=1, help="Groups that channels are split into; in_channels for a depthwise one.")
    bias: bool = param(Bool(), default=True, help="One learned value added to each output channel.")
    padding_mode: Literal["zeros", "reflect", "replicate", "circular"] = param(
        Choice(("zeros", "reflect", "replicate", "circular")), default="zeros", help="What the padding is filled with."
    )

    def check(self) -> None:
        self.check_groups(self.groups)
        if self.padding == "same" and any(s != 1 for s in self.stride):
            raise ShapeError('padding "same" needs a stride of 1', param="padding")

    def shape(self, shape: Shape) -> Shape:
        batch, _, spatial = self.split(shape, self.groups)
        self._check_fill(spatial)
        return (*batch, self.out_channels, *self._spatial(spatial))

    def _spatial(self, spatial: Shape) -> Shape:
        padding = self._padding()
        rows = zip(spatial, self.kernel_size, self.stride, padding, self.dilation, strict=True)
        for i, (size, k, _, p, d) in enumerate(rows):
            if d * (k - 1) + 1 > size + p:
                raise ShapeError(_too_small(AXES[self.dims][i], size, p, d * (k - 1) + 1), param="kernel_size")
        rows = zip(spatial, self.kernel_size, self.stride, padding, self.dilation, strict=True)
        return tuple(conv_size(*row) for row in rows)

    def _padding(self) -> tuple[int, ...]:
        """Padding of both sides together."""
        if self.padding == "valid":
            return (0,) * self.dims
        if isinstance(self.padding, str):
            return tuple(d * (k - 1) for k, d in zip(self.kernel_size, self.dilation, strict=True))
        return tuple(2 * p for p in self.padding)

    def _check_fill(self, spatial: Shape) -> None:
        if self.padding_mode not in ("reflect", "circular"):
            return
        most = 0 if self.padding_mode == "reflect" else 1
        for name, size, both in zip(AXES[self.dims], spatial, self._padding(), strict=True):
            side = -(-both // 2)
            if side > 0 and side >= size + most:
                raise ShapeError(
                    f"padding_mode {self.padding_mode} can pad {name} {size} by at most {size - 1 + most}; "
                    f"padding makes it {side}",
                    param="padding",
                )

    def symbols(self, inputs: Inputs, outputs: Outputs) -> Mapping[str, int]:
        return self.conv_symbols(inputs, outputs, self.groups, bias=self.bias)

    def summary(self, inputs: Inputs) -> str:
        return self.conv_summary(inputs, self.groups)


def _too_small(name: str, size: int, padding: int, kernel: int) -> str:
    padded = f"{name} {size} with padding is {size + padding}" if padding else f"{name} is {size}"
    return f"the filter spans {kernel}, but {padded}; a smaller kernel_size or more padding would fit"


def _conv_counts(dims: int) -> dict[str, str]:
    taps, outputs = f"{KERNEL[dims]}*C_in/g", f"N*{POSITIONS['out'][dims]}*C_out"
    return {
        "params": f"{taps}*C_out + b*C_out",
        "macs": f"{taps}*{outputs}",
        "mul": f"{taps}*{outputs}",
        "add": f"({taps} - 1 + b)*{outputs}",
    }


@layer_type("Convolution")
class Conv1d(_ConvNd):
    """1-D convolution: (N, C_in, L) -> (N, C_out, L_out)."""

    dims = 1
    counts = _conv_counts(1)


@layer_type("Convolution")
class Conv2d(_ConvNd):
    """2-D convolution: (N, C_in, H, W) -> (N, C_out, H_out, W_out)."""

    dims = 2
    counts = _conv_counts(2)
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


@layer_type("Convolution")
class Conv3d(_ConvNd):
    """3-D convolution: (N, C_in, D, H, W) -> (N, C_out, D_out, H_out, W_out)."""

    dims = 3
    counts = _conv_counts(3)


@declares
class _ConvTransposeNd(_Conv):
    padding: tuple[int, ...] = param(Sizes(0), default=0, help="Rows and columns taken off both sides of the output.")
    output_padding: tuple[int, ...] = param(Sizes(0), default=0, help="Added to one side of the output.")
    groups: int = param(Int(1), default=1, help="Groups that channels are split into.")
    bias: bool = param(Bool(), default=True, help="One learned value added to each output channel.")
    dilation: tuple[int, ...] = param(Sizes(1), default=1, help="Distance between the filter's taps.")
    padding_mode: Literal["zeros"] = param(Choice(("zeros",)), default="zeros", help="What the padding is filled with.")

    def check(self) -> None:
        self.check_groups(self.groups)
        for extra, s, d in zip(self.output_padding, self.stride, self.dilation, strict=True):
            if extra >= max(s, d):
                raise ShapeError(
                    f"output_padding must be smaller than stride or dilation, here below {max(s, d)}; got {extra}",
                    param="output_padding",
                )

    def shape(self, shape: Shape) -> Shape:
        batch, _, spatial = self.split(shape, self.groups)
        out = tuple(
            (i - 1) * s - 2 * p + d * (k - 1) + extra + 1
            for i, k, s, p, d, extra in zip(
                spatial, self.kernel_size, self.stride, self.padding, self.dilation, self.output_padding, strict=True
            )
        )
        if min(out) < 1:
            raise ShapeError(
                f"the output would be {shape_text(out)} from {shape_text(spatial)}; less padding would fit",
                param="padding",
            )
        return (*batch, self.out_channels, *out)

    def symbols(self, inputs: Inputs, outputs: Outputs) -> Mapping[str, int]:
        return self.conv_symbols(inputs, outputs, self.groups, bias=self.bias)

    def summary(self, inputs: Inputs) -> str:
        return self.conv_summary(inputs, self.groups)


def _transposed_counts(dims: int) -> dict[str, str]:
    """Each input value meets each tap once, so the count goes by the input's positions, not the output's."""
    taps = f"{KERNEL[dims]}*C_out/g"
    macs = f"{taps}*N*{POSITIONS['in'][dims]}*C_in"
    return {
        "params": f"{taps}*C_in + b*C_out",
        "macs": macs,
        "mul": macs,
        "add": f"{macs} + (b - 1)*N*{POSITIONS['out'][dims]}*C_out",
    }


@layer_type("Convolution")
class ConvTranspose1d(_ConvTransposeNd):
    """1-D transposed convolution: (N, C_in, L) -> (N, C_out, L_out)."""

    dims = 1
    counts = _transposed_counts(1)


@layer_type("Convolution")
class ConvTranspose2d(_ConvTransposeNd):
    """2-D transposed convolution: (N, C_in, H, W) -> (N, C_out, H_out, W_out)."""

    dims = 2
    counts = _transposed_counts(2)
    examples = (
        Example(
            params={"out_channels": 32, "kernel_size": 2, "stride": 2},
            inputs=((1, 64, 28, 28),),
            outputs=((1, 32, 56, 56),),
            counts={"macs": 6_422_528},
            source="fvcore 0.1.5 and torch FlopCounterMode",
        ),
    )


@layer_type("Convolution")
class ConvTranspose3d(_ConvTransposeNd):
    """3-D transposed convolution: (N, C_in, D, H, W) -> (N, C_out, D_out, H_out, W_out)."""

    dims = 3
    counts = _transposed_counts(3)
