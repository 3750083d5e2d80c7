"""Padding with copies of the input in 1, 2 and 3 dimensions: moves data, computes nothing.

Source of shapes and parameters: torch.nn and torch.nn.functional.pad.
"""

from __future__ import annotations

from typing import ClassVar

from layerledger.core.base.messages import Message
from layerledger.core.base.params import Sizes, param
from layerledger.core.base.shapes import AXES, Shape, ShapeError, shape_text, split_spatial
from layerledger.core.layers.examples import Example, torch_example
from layerledger.core.layers.layer_type import Inputs, LayerType, Outputs
from layerledger.core.layers.registry import layer_type
from layerledger.core.layers.windows import Receptive, filter_window, spatial_dim_maps


class PadLayer(LayerType):
    """Base class of the padding layers; those that copy from the input take and return no empty tensor."""

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
        # The copies in the padding are taken for positions outside the input, as in other borders.
        windows = tuple(filter_window(1, padding=before) for before in self.padding[-2::-2])
        return (spatial_dim_maps(len(inputs[0].shape), windows, mixes=False),)

    def split(self, shape: Shape) -> tuple[Shape, Shape]:
        """Return the sizes before the padded ones, and the padded ones."""
        batch, channels, spatial = split_spatial(shape, self.dims, of=self.type_name)
        if 0 in (channels, *spatial):
            raise ShapeError(
                Message(
                    "{type_name} copies from the input, but {shape} is empty",
                    type_name=self.type_name,
                    shape=shape_text(shape),
                ),
                param="inputs",
            )
        return (*batch, channels), spatial

    def padded(self, name: str, size: int, before: int, after: int) -> int:
        """Return the padded size of a dimension."""
        most = self.most(size)
        if most is not None and max(before, after) > most:
            raise ShapeError(
                Message(
                    "{type_name} copies from the input, so {name} {size} can be padded by at most {most} on a side; "
                    "padding makes it {before}",
                    type_name=self.type_name,
                    name=name,
                    size=size,
                    most=most,
                    before=max(before, after),
                ),
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
        """Return the largest padding of one side; None for no limit."""
        return None

    def summary(self, inputs: Inputs) -> str:
        alike = len(set(self.padding)) == 1
        return ", ".join(map(str, self.padding[:1] if alike else self.padding))


class _ReflectionPad(PadLayer):
    """Padding that may leave a dimension empty, but not all of them."""

    aliases = ("pad",)
    indices = "counted"
    saved_tensors = "inputs"
    least = 0

    def shape(self, shape: Shape) -> Shape:
        padded = super().shape(shape)
        if not any(padded[-self.dims :]):
            raise ShapeError(Message("padding leaves nothing of {shape}", shape=shape_text(shape)), param="padding")
        return padded

    def most(self, size: int) -> int:
        return size - 1


class _ReplicationPad(PadLayer):
    aliases = ("pad",)
    indices = "counted"
    saved_tensors = "inputs"


class _CircularPad(PadLayer):
    """Padding that moves slices, and so may take and return an empty tensor."""

    aliases = ("pad",)
    indices = "kept"
    least = 0

    def split(self, shape: Shape) -> tuple[Shape, Shape]:
        batch, channels, spatial = split_spatial(shape, self.dims, of=self.type_name)
        return (*batch, channels), spatial

    def most(self, size: int) -> int:
        return size


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
