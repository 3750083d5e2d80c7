"""Removal of positions at the borders: it moves data and computes nothing.

Source: Keras Cropping1D, Cropping2D, Cropping3D; the order of sides is that of torch.nn.functional.pad.
"""

from __future__ import annotations

from layerledger.core.base.messages import Message
from layerledger.core.base.params import Dims, param
from layerledger.core.base.shapes import Shape, ShapeError, shape_text
from layerledger.core.layers.examples import Example
from layerledger.core.layers.layer_type import Inputs, Outputs
from layerledger.core.layers.registry import layer_type
from layerledger.core.layers.tape import Tape
from layerledger.core.layers.traced import Pieces
from layerledger.core.layers.types.reshape import FreeReshape
from layerledger.core.layers.windows import Receptive, filter_window, spatial_dim_maps


@layer_type("Padding", order=15)
class Crop(FreeReshape):
    """Removes positions at the borders of the last dimensions: (*, H, W) -> (*, H − top − bottom, W − left − right)."""

    cropping: tuple[int, ...] = param(
        Dims(0), initial=(1, 1, 1, 1), help="Before and after the last dimension, then the one before it, as in Pad."
    )

    aliases = ("crop", "cropping", "centercrop")
    in_place = "never"
    examples = (
        Example(
            params={"cropping": (4, 4, 2, 2)},
            inputs=((2, 3, 28, 28),),
            outputs=((2, 3, 24, 20),),
            counts={"exact_flops": 0},
            source="Keras’ documentation of Cropping2D, with the channels first",
        ),
    )

    def check(self) -> None:
        if len(self.cropping) % 2:
            raise ShapeError(
                Message("cropping must be pairs of before and after; got {count} numbers", count=len(self.cropping)),
                param="cropping",
            )

    def shape(self, shape: Shape) -> Shape:
        cropped = len(self.cropping) // 2
        if cropped > len(shape):
            raise ShapeError(
                Message(
                    "cropping is for {cropped} dimensions, but the input {shape} has {rank}",
                    cropped=cropped,
                    shape=shape_text(shape),
                    rank=len(shape),
                ),
                param="cropping",
            )
        sides = zip(self.cropping[-2::-2], self.cropping[::-2], strict=True)  # the last dimension comes first
        kept, last = shape[: len(shape) - cropped], shape[len(shape) - cropped :]
        sizes = tuple(size - before - after for size, (before, after) in zip(last, sides, strict=True))
        if any(size < 1 for size in sizes):
            raise ShapeError(
                Message(
                    "cropping must leave something of {last}; it makes it {sizes}",
                    last=shape_text(last),
                    sizes=shape_text(sizes),
                ),
                param="cropping",
            )
        return (*kept, *sizes)

    def receptive_of(self, inputs: Inputs, outputs: Outputs) -> Receptive:
        windows = tuple(filter_window(1, padding=-before) for before in self.cropping[-2::-2])
        return (spatial_dim_maps(len(inputs[0].shape), windows, mixes=False),)

    def record(self, tape: Tape, given: Pieces, outputs: Outputs) -> Pieces:
        return (tape.sliced(given[0], outputs[0].shape),)

    def summary(self, inputs: Inputs) -> str:
        return ", ".join(map(str, self.cropping))
