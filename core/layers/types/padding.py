"""Padding in 1, 2 and 3 dimensions: moves data, computes nothing.

Source of shapes and parameters: torch.nn and torch.nn.functional.pad.
"""

from __future__ import annotations

from typing import ClassVar

from layerledger.core.base.messages import Message
from layerledger.core.base.params import MAX_RANK, Float, Sizes, param
from layerledger.core.base.shapes import AXES, Shape, ShapeError, check_rank, shape_text, split_spatial
from layerledger.core.layers.examples import Example, torch_example
from layerledger.core.layers.layer_type import Inputs, LayerType, Outputs
from layerledger.core.layers.registry import layer_type
from layerledger.core.layers.windows import Receptive, filter_window, spatial_dim_maps


class _Pad(LayerType):
    """What all padding layers share; those that copy from the input need one that is not empty, and leave some."""

    padding: tuple[int, ...] = param(
        Sizes(None, per_dim=2),
        initial=1,
        help="Added on each side: one number, or (left, right), then (top, bottom), then (front, back); below 0 crops.",
    )

    status = "free"
    least: ClassVar[int] = 1

    saved_tensors = "nothing"
    in_place = "never"
    fusible = False

    def shape(self, shape: Shape) -> Shape:
        outer, spatial = self.split(shape)
        sides = zip(self.padding[-2::-2], self.padding[::-2], strict=True)  # torch lists the last dimension first
        rows = zip(AXES[self.dims], spatial, sides, strict=True)
        return (*outer, *(self.padded(name, size, *pair) for name, size, pair in rows))

    def receptive_of(self, inputs: Inputs, outputs: Outputs) -> Receptive:
        windows = tuple(filter_window(1, padding=before) for before in self.padding[-2::-2])
        return (spatial_dim_maps(len(inputs[0].shape), windows, mixes=False),)

    def split(self, shape: Shape) -> tuple[Shape, Shape]:
        """Return what comes before the padded sizes, and those."""
        batch, channels, spatial = split_spatial(shape, self.dims, of=self.type_name)
        if 0 in (channels, *spatial):
            message = f"{self.type_name} copies from the input, but {shape_text(shape)} is empty"
            raise ShapeError(message, param="inputs")
        return (*batch, channels), spatial

    def padded(self, name: str, size: int, before: int, after: int) -> int:
        """Return the padded size of a dimension."""
        most = self.most(size)
        if most is not None and max(before, after) > most:
            message = (
                f"{self.type_name} copies from the input, so {name} {size} can be padded by at most {most} on a side"
            )
            raise ShapeError(
                Message("{message}; padding makes it {before}", message=message, before=max(before, after)),
                param="padding",
            )
        if size + before + after < self.least:
            raise ShapeError(
                Message(
                    "padding {before} and {after} leaves nothing of {name} {size}",
                    before=before,
                    after=after,
                    name=name,
                    size=size,
                ),
                param="padding",
            )
        return size + before + after

    def most(self, size: int) -> int | None:
        """Return how much a side can be padded, where there is a limit."""
        return None

    def summary(self, inputs: Inputs) -> str:
        alike = len(set(self.padding)) == 1
        return ", ".join(map(str, self.padding[:1] if alike else self.padding))


class _ZeroPad(_Pad):
    """Takes whatever has the dimensions that are padded."""

    indices = "kept"

    def split(self, shape: Shape) -> tuple[Shape, Shape]:
        axes = ", ".join(("*", *AXES[self.dims]))
        check_rank(shape, range(self.dims, MAX_RANK + 1), of=self.type_name, axes=f"({axes})")
        return shape[: -self.dims], shape[-self.dims :]

    def padded(self, name: str, size: int, before: int, after: int) -> int:
        if size + min(before, 0) + min(after, 0) < 0:
            message = f"padding {before} and {after} crops more than the {size} of {name}"
            raise ShapeError(message, param="padding")
        return size + before + after


class _ConstantPad(_ZeroPad):
    value: float = param(Float(), initial=0.0, help="What the padding is filled with.")

    aliases = ("pad",)


class _ReflectionPad(_Pad):
    """Leaves a dimension empty, but not all of them."""

    aliases = ("pad",)
    indices = "counted"
    least = 0

    def shape(self, shape: Shape) -> Shape:
        padded = super().shape(shape)
        if not any(padded[-self.dims :]):
            raise ShapeError(Message("padding leaves nothing of {shape}", shape=shape_text(shape)), param="padding")
        return padded

    def most(self, size: int) -> int:
        return size - 1


class _ReplicationPad(_Pad):
    aliases = ("pad",)
    indices = "counted"


class _CircularPad(_Pad):
    """Moves slices about, and so may take an empty input and leave one."""

    aliases = ("pad",)
    indices = "kept"
    least = 0

    def split(self, shape: Shape) -> tuple[Shape, Shape]:
        batch, channels, spatial = split_spatial(shape, self.dims, of=self.type_name)
        return (*batch, channels), spatial

    def most(self, size: int) -> int:
        return size


@layer_type("Padding", order=20)
class ZeroPad1d(_ZeroPad):
    """Pads with zeros: (*, L) -> (*, L_out)."""

    aliases = ("pad", "zeropadding")
    dims = 1
    examples = torch_example({"padding": 3}, ((2, 4, 12),), ((2, 4, 18),))


@layer_type("Padding", order=30)
class ZeroPad2d(_ZeroPad):
    """Pads with zeros: (*, H, W) -> (*, H_out, W_out)."""

    aliases = ("pad", "zeropadding")
    dims = 2
    examples = (
        Example(
            params={"padding": (1, 1, 2, 0)},
            inputs=((1, 1, 3, 3),),
            outputs=((1, 1, 5, 5),),
            counts={"exact_flops": 0},
            source="PyTorch’s documentation of torch.nn.ZeroPad2d",
        ),
    )


@layer_type("Padding", order=40)
class ZeroPad3d(_ZeroPad):
    """Pads with zeros: (*, D, H, W) -> (*, D_out, H_out, W_out)."""

    aliases = ("pad", "zeropadding")
    dims = 3
    examples = torch_example({"padding": (0, 2, 0, 3, 0, 2)}, ((1, 7, 7, 10, 5),), ((1, 7, 9, 13, 7),))


@layer_type("Padding", order=50)
class ConstantPad1d(_ConstantPad):
    """Pads with a constant: (*, L) -> (*, L_out)."""

    dims = 1
    examples = torch_example({"padding": 1, "value": 3.5}, ((4, 8, 7),), ((4, 8, 9),))


@layer_type("Padding", order=60)
class ConstantPad2d(_ConstantPad):
    """Pads with a constant: (*, H, W) -> (*, H_out, W_out)."""

    dims = 2
    examples = torch_example({"padding": 2, "value": 3.5}, ((3, 6, 10, 11),), ((3, 6, 14, 15),))


@layer_type("Padding", order=70)
class ConstantPad3d(_ConstantPad):
    """Pads with a constant: (*, D, H, W) -> (*, D_out, H_out, W_out)."""

    dims = 3
    examples = (
        Example(
            params={"padding": 3, "value": 3.5},
            inputs=((16, 3, 10, 20, 30),),
            outputs=((16, 3, 16, 26, 36),),
            counts={"params": 0, "exact_flops": 0},
            source="PyTorch’s documentation of torch.nn.ConstantPad3d",
        ),
    )


@layer_type("Padding", order=80)
class ReflectionPad1d(_ReflectionPad):
    """Pads with the input mirrored at its edge: (N, C, L) -> (N, C, L_out)."""

    dims = 1
    examples = torch_example({"padding": 3}, ((3, 4, 11),), ((3, 4, 17),))


@layer_type("Padding", order=90)
class ReflectionPad2d(_ReflectionPad):
    """Pads with the input mirrored at its edges: (N, C, H, W) -> (N, C, H_out, W_out)."""

    dims = 2
    examples = (
        Example(
            params={"padding": 2},
            inputs=((1, 1, 3, 3),),
            outputs=((1, 1, 7, 7),),
            counts={"exact_flops": 0},
            source="PyTorch’s documentation of torch.nn.ReflectionPad2d",
        ),
    )


@layer_type("Padding", order=100)
class ReflectionPad3d(_ReflectionPad):
    """Pads with the input mirrored at its edges: (N, C, D, H, W) -> (N, C, D_out, H_out, W_out)."""

    dims = 3
    examples = torch_example({"padding": 1}, ((2, 8, 5, 13, 10),), ((2, 8, 7, 15, 12),))


@layer_type("Padding", order=110)
class ReplicationPad1d(_ReplicationPad):
    """Pads with copies of the edge: (N, C, L) -> (N, C, L_out)."""

    dims = 1
    examples = torch_example({"padding": (2, 1)}, ((4, 3, 9),), ((4, 3, 12),))


@layer_type("Padding", order=120)
class ReplicationPad2d(_ReplicationPad):
    """Pads with copies of the edges: (N, C, H, W) -> (N, C, H_out, W_out)."""

    dims = 2
    examples = torch_example({"padding": (1, 3, 3, 3)}, ((3, 6, 6, 7),), ((3, 6, 12, 11),))


@layer_type("Padding", order=130)
class ReplicationPad3d(_ReplicationPad):
    """Pads with copies of the edges: (N, C, D, H, W) -> (N, C, D_out, H_out, W_out)."""

    dims = 3
    examples = torch_example({"padding": 2}, ((1, 4, 9, 11, 14),), ((1, 4, 13, 15, 18),))


@layer_type("Padding", order=140)
class CircularPad1d(_CircularPad):
    """Pads with the opposite side of the input: (N, C, L) -> (N, C, L_out)."""

    dims = 1
    examples = torch_example({"padding": 3}, ((3, 2, 6),), ((3, 2, 12),))


@layer_type("Padding", order=150)
class CircularPad2d(_CircularPad):
    """Pads with the opposite sides of the input: (N, C, H, W) -> (N, C, H_out, W_out)."""

    dims = 2
    examples = torch_example({"padding": (0, 0, 1, 2)}, ((1, 6, 10, 7),), ((1, 6, 13, 7),))


@layer_type("Padding", order=160)
class CircularPad3d(_CircularPad):
    """Pads with the opposite sides of the input: (N, C, D, H, W) -> (N, C, D_out, H_out, W_out)."""

    dims = 3
    examples = torch_example({"padding": (3, 1, 3, 0, 1, 0)}, ((4, 2, 12, 13, 13),), ((4, 2, 13, 16, 17),))
