"""Shuffles between channels and pixels, which move data and compute nothing.

Source of shapes and parameters: torch.nn and torch.
"""

from __future__ import annotations

from layerledger.core.base.messages import Message
from layerledger.core.base.params import Int, param
from layerledger.core.base.shapes import Shape, ShapeError, shape_text
from layerledger.core.layers.examples import Example
from layerledger.core.layers.layer_type import Inputs, Outputs
from layerledger.core.layers.registry import layer_type
from layerledger.core.layers.types.reshape import FreeReshape
from layerledger.core.layers.windows import (
    Receptive,
    filter_window,
    spatial_dim_maps,
    spread_window,
)


def _channels_first(shape: Shape, of: str) -> tuple[Shape, int, int, int]:
    """Split (*, C, H, W).

    Raises:
        ShapeError: the shape has fewer than three dimensions.
    """
    if len(shape) < 3:
        raise ShapeError(
            Message(
                "{of} takes (*, C, H, W); the input {shape} has {count}",
                of=of,
                shape=shape_text(shape),
                count=len(shape),
            ),
            param="inputs",
        )
    *batch, channels, height, width = shape
    return tuple(batch), channels, height, width


@layer_type("Reshape", order=170)
class PixelShuffle(FreeReshape):
    """Channels into pixels, by a factor r: (*, C·r², H, W) -> (*, C, H·r, W·r)."""

    upscale_factor: int = param(Int(1), initial=2, help="Factor r by which height and width grow.")

    aliases = ("shuffle", "depthtospace")
    in_place = "never"
    examples = (
        Example(
            params={"upscale_factor": 3},
            inputs=((1, 9, 4, 4),),
            outputs=((1, 1, 12, 12),),
            counts={"exact_flops": 0},
            source="PyTorch’s documentation of torch.nn.PixelShuffle",
        ),
    )

    def shape(self, shape: Shape) -> Shape:
        batch, channels, height, width = _channels_first(shape, self.type_name)
        r = self.upscale_factor
        if channels % r**2:
            raise ShapeError(
                Message(
                    "the input's {channels} channels are not divisible by upscale_factor², {r}",
                    channels=channels,
                    r=r**2,
                ),
                param="upscale_factor",
            )
        return (*batch, channels // r**2, height * r, width * r)

    def receptive_of(self, inputs: Inputs, outputs: Outputs) -> Receptive:
        window = spread_window(1, self.upscale_factor)
        return (spatial_dim_maps(len(inputs[0].shape), (window, window), mixes=False),)

    def summary(self, inputs: Inputs) -> str:
        return f"×{self.upscale_factor}"


@layer_type("Reshape", order=180)
class PixelUnshuffle(FreeReshape):
    """Pixels into channels, by a factor r: (*, C, H·r, W·r) -> (*, C·r², H, W)."""

    downscale_factor: int = param(Int(1), initial=2, help="Factor r by which height and width shrink.")

    aliases = ("unshuffle", "spacetodepth")
    in_place = "never"
    examples = (
        Example(
            params={"downscale_factor": 3},
            inputs=((1, 1, 12, 12),),
            outputs=((1, 9, 4, 4),),
            counts={"exact_flops": 0},
            source="PyTorch’s documentation of torch.nn.PixelUnshuffle",
        ),
    )

    def shape(self, shape: Shape) -> Shape:
        batch, channels, height, width = _channels_first(shape, self.type_name)
        r = self.downscale_factor
        wrong = next((f"{name} {size}" for name, size in (("H", height), ("W", width)) if size % r), None)
        if wrong:
            raise ShapeError(
                Message("the input's {wrong} is not divisible by downscale_factor {r}", wrong=wrong, r=r),
                param="downscale_factor",
            )
        return (*batch, channels * r**2, height // r, width // r)

    def receptive_of(self, inputs: Inputs, outputs: Outputs) -> Receptive:
        window = filter_window(self.downscale_factor, self.downscale_factor)
        return (spatial_dim_maps(len(inputs[0].shape), (window, window), mixes=False),)

    def summary(self, inputs: Inputs) -> str:
        return f"/{self.downscale_factor}"


@layer_type("Reshape", order=190)
class ChannelShuffle(FreeReshape):
    """Channels of g groups interleaved: (N, C, *) -> (N, C, *)."""

    groups: int = param(Int(1), initial=2, help="Groups whose channels are interleaved.")

    aliases = ("shuffle",)
    in_place = "never"
    receptive = "same"
    examples = (
        Example(
            params={"groups": 2},
            inputs=((1, 4, 2, 2),),
            outputs=((1, 4, 2, 2),),
            counts={"exact_flops": 0},
            source="PyTorch’s documentation of torch.nn.ChannelShuffle",
        ),
    )

    def shape(self, shape: Shape) -> Shape:
        if len(shape) < 3:
            raise ShapeError(
                Message("ChannelShuffle takes (N, C, *); the input is {shape}", shape=shape_text(shape)), param="inputs"
            )
        if shape[1] % self.groups:
            raise ShapeError(
                Message(
                    "the input's {shape} channels are not divisible by groups {groups}",
                    shape=shape[1],
                    groups=self.groups,
                ),
                param="groups",
            )
        return shape

    def summary(self, inputs: Inputs) -> str:
        return f"groups {self.groups}"
