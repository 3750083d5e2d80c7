"""One position of a dimension, and copies of a tensor side by side: they move data and compute nothing.

Source of names, parameters and shapes: torch.select, torch.tile.
"""

from __future__ import annotations

from math import prod

from layerledger.core.base.messages import Message
from layerledger.core.base.params import Dims, Int, param
from layerledger.core.base.shapes import Shape, ShapeError, axis, shape_text
from layerledger.core.layers.examples import Example
from layerledger.core.layers.layer_type import Inputs, LayerType, Outputs
from layerledger.core.layers.registry import layer_type
from layerledger.core.layers.tape import Tape
from layerledger.core.layers.traced import Pieces
from layerledger.core.layers.types.reshape import FreeReshape
from layerledger.core.layers.types.split import axis_of, replaced
from layerledger.core.layers.windows import SAME, DimMap, Receptive, Window, dropped_dim_maps


@layer_type("Reshape", order=65)
class Select(LayerType):
    """One position of a dimension, which is removed, as x[:, index]: (*, D, *) -> (*, *)."""

    dim: int = param(Int(), default=1, help="The dimension that is removed.")
    index: int = param(Int(), default=0, help="The position that is taken; below 0, counted from the end.")

    aliases = ("select", "take", "classtoken")
    indices = "kept"
    saved_tensors = "nothing"
    in_place = "never"
    fusible = False
    status = "free"
    examples = (
        Example(
            params={},
            inputs=((1, 197, 768),),
            outputs=((1, 768),),
            counts={"exact_flops": 0},
            source="torchvision vit_b_16, the class token before the head",
        ),
    )

    def outputs(self, inputs: Inputs) -> Outputs:
        spec = inputs[0]
        at = axis_of(spec, self.dim, "Select")
        self._position(spec.shape, at)
        return (spec._replace(shape=replaced(spec.shape, at)),)

    def _position(self, shape: Shape, at: int) -> int:
        size = shape[at]
        if not -size <= self.index < size:
            raise ShapeError(
                Message(
                    "index must be a position of dim {dim} of {shape}, which has {size}; got {index}",
                    dim=self.dim,
                    shape=shape_text(shape),
                    size=size,
                    index=self.index,
                ),
                param="index",
            )
        return self.index % size

    def receptive_of(self, inputs: Inputs, outputs: Outputs) -> Receptive:
        shape = inputs[0].shape
        at = axis(shape, self.dim)
        first = self._position(shape, at)
        maps = dropped_dim_maps(len(shape), {at}, "lost")
        return ((*maps[:at], DimMap((), Window(1, first, first)), *maps[at + 1 :]),)

    def record(self, tape: Tape, given: Pieces, outputs: Outputs) -> Pieces:
        x = given[0]
        at = axis(x.shape, self.dim)
        return (x._replace(shape=replaced(x.shape, at), strides=replaced(x.strides, at)),)

    def summary(self, inputs: Inputs) -> str:
        return f"{self.index} of dim {self.dim}"


@layer_type("Reshape", order=105)
class Tile(FreeReshape):
    """Copies of the input end to end, a number of them along each dimension (torch.tile): (D) -> (n·D)."""

    repeats: tuple[int, ...] = param(
        Dims(0), initial=(1, 2), help="Copies along each dimension, the last ones where it has fewer or more."
    )

    aliases = ("tile", "repeat")
    in_place = "never"
    examples = (
        Example(
            params={"repeats": (4, 2, 1)},
            inputs=((3,),),
            outputs=((4, 2, 3),),
            counts={"exact_flops": 0},
            source="PyTorch’s documentation of torch.Tensor.repeat",
        ),
    )

    def _aligned(self, shape: Shape) -> tuple[Shape, Shape]:
        """Return sizes and copies for as many dimensions: what is missing in front is 1."""
        rank = max(len(shape), len(self.repeats))
        sizes, copies = ((1,) * (rank - len(given)) + given for given in (shape, self.repeats))
        return sizes, copies

    def outputs(self, inputs: Inputs) -> Outputs:
        sizes, copies = self._aligned(inputs[0].shape)
        return (inputs[0]._replace(shape=tuple(map(prod, zip(sizes, copies, strict=True)))),)

    def receptive_of(self, inputs: Inputs, outputs: Outputs) -> Receptive:
        shape = inputs[0].shape
        _, copies = self._aligned(shape)
        more = len(copies) - len(shape)
        kept = (size == 1 or copies[d + more] == 1 for d, size in enumerate(shape))
        return (tuple(DimMap((d + more,), SAME if same else "lost") for d, same in enumerate(kept)),)

    def record(self, tape: Tape, given: Pieces, outputs: Outputs) -> Pieces:
        x = given[0]
        return (tape.new(outputs[0].shape, width=x.width, needs=x.needs)._replace(floating=x.floating),)

    def summary(self, inputs: Inputs) -> str:
        return ", ".join(map(str, self.repeats))
