"""Operations that add, drop, repeat or shift dimensions: they move data and compute nothing.

Source of names, parameters and shapes: torch.squeeze, torch.unsqueeze, Tensor.expand, torch.roll.
"""

from __future__ import annotations

from layerledger.core.base.messages import Message, plural
from layerledger.core.base.params import Dims, Int, Optional, param
from layerledger.core.base.shapes import Shape, ShapeError, axes, axis, shape_text
from layerledger.core.layers.examples import Example
from layerledger.core.layers.layer_type import Inputs, Outputs
from layerledger.core.layers.registry import layer_type
from layerledger.core.layers.tape import Tape
from layerledger.core.layers.traced import Pieces
from layerledger.core.layers.types.reshape import FreeReshape
from layerledger.core.layers.windows import (
    SAME,
    DimMap,
    Receptive,
    dim_maps,
    regrouped_dim_maps,
)


@layer_type("Reshape", order=80)
class Squeeze(FreeReshape):
    """Drops dimensions of size 1, all or some: (*, 1, *) -> (*, *)."""

    in_place = "view"
    dim: tuple[int, ...] | None = param(
        Optional(Dims()), default=None, help="The dimensions that are dropped where their size is 1; empty for all."
    )
    examples = (
        Example(
            params={"dim": (2, 3)},
            inputs=((1, 576, 1, 1),),
            outputs=((1, 576),),
            counts={"exact_flops": 0},
            source="by hand: a pooled image as a row; torch.squeeze",
        ),
    )

    def shape(self, shape: Shape) -> Shape:
        dims = range(len(shape)) if self.dim is None else axes(shape, self.dim)
        return tuple(size for i, size in enumerate(shape) if size != 1 or i not in dims)

    def receptive_of(self, inputs: Inputs, outputs: Outputs) -> Receptive:
        return (regrouped_dim_maps(inputs[0].shape, outputs[0].shape),)

    def summary(self, inputs: Inputs) -> str:
        return "" if self.dim is None else f"dim {', '.join(map(str, self.dim))}"


@layer_type("Reshape", order=90)
class Unsqueeze(FreeReshape):
    """A new dimension of size 1: (*) -> (*, 1, *)."""

    in_place = "view"
    dim: int = param(Int(), initial=1, help="Position of the new dimension.")
    examples = (
        Example(
            params={"dim": 1},
            inputs=((4,),),
            outputs=((4, 1),),
            counts={"exact_flops": 0},
            source="PyTorch’s documentation of torch.unsqueeze",
        ),
    )

    def shape(self, shape: Shape) -> Shape:
        # As in torch, the position is counted in the output.
        at = axis((*shape, 1), self.dim)
        return (*shape[:at], 1, *shape[at:])

    def receptive_of(self, inputs: Inputs, outputs: Outputs) -> Receptive:
        return (regrouped_dim_maps(inputs[0].shape, outputs[0].shape),)

    def summary(self, inputs: Inputs) -> str:
        return f"dim {self.dim}"


@layer_type("Reshape", order=100)
class Expand(FreeReshape):
    """Repeats dimensions of size 1 without copying (Tensor.expand); a second input gives the size of dimension 0.

    For example, a class token of 1×1×768 is repeated for each image of a batch.
    """

    size: tuple[int, ...] = param(
        Dims(-1), initial=(-1, -1, -1), help="Sizes of the output; -1 keeps the input's. It may have more in front."
    )

    aliases = ("expand", "broadcast", "repeat")
    in_place = "never"
    input_arity = (1, 2)
    examples = (
        Example(
            params={"size": (3, 4)},
            inputs=((3, 1),),
            outputs=((3, 4),),
            counts={"exact_flops": 0},
            source="PyTorch’s documentation of torch.Tensor.expand",
        ),
        Example(
            params={"size": (-1, -1, -1)},
            inputs=((1, 1, 768), (8, 196, 768)),
            outputs=((8, 1, 768),),
            counts={"exact_flops": 0},
            source="torchvision vit_b_16, the class token for a batch of 8",
        ),
    )

    def outputs(self, inputs: Inputs) -> Outputs:
        given, wanted = inputs[0].shape, self._wanted(inputs)
        if len(wanted) < len(given):
            raise ShapeError(
                Message(
                    "size must have at least the {given_count} dimensions of {given}; got {count}",
                    given_count=len(given),
                    given=shape_text(given),
                    count=len(wanted),
                ),
                param="size",
            )
        old = (None,) * (len(wanted) - len(given)) + given
        sizes = tuple(self._one(*pair) for pair in zip(old, wanted, strict=True))
        return (inputs[0]._replace(shape=sizes),)

    def _wanted(self, inputs: Inputs) -> Shape:
        if len(inputs) == 1 or not self.size:
            return self.size
        if not inputs[1].shape:
            raise ShapeError("the second input gives the batch, but it is a scalar", param="inputs")
        return (inputs[1].shape[0], *self.size[1:])

    def _one(self, old: int | None, wanted: int) -> int:
        if old is None and wanted == -1:
            raise ShapeError("size must be ≥ 0 where the input has no dimension to keep; got -1", param="size")
        if old is not None and old != 1 and wanted not in (-1, old):
            raise ShapeError(
                Message(
                    "size {wanted} does not fit {old}; only a dimension of 1 can be repeated", wanted=wanted, old=old
                ),
                param="size",
            )
        return old if old is not None and wanted == -1 else wanted

    def receptive_of(self, inputs: Inputs, outputs: Outputs) -> Receptive:
        before, more = inputs[0].shape, len(outputs[0].shape) - len(inputs[0].shape)
        found = tuple(DimMap((d + more,), SAME) for d in range(len(before)))
        return (found, *(() for _ in inputs[1:]))

    def summary(self, inputs: Inputs) -> str:
        return ", ".join(map(str, self.size))

    def record(self, tape: Tape, given: Pieces, outputs: Outputs) -> Pieces:
        return (tape.expand(given[0], outputs[0].shape),)


@layer_type("Reshape", order=110)
class Roll(FreeReshape):
    """Shifts along dimensions, and moves what leaves at one end to the other: (*), kept as it is."""

    shifts: tuple[int, ...] = param(Dims(), initial=1, help="Number of positions; one number a dimension.")
    dims: tuple[int, ...] = param(  # pyright: ignore[reportIncompatibleVariableOverride]  (torch's keyword)
        Dims(), default=(), help="The dimensions that are shifted; empty to shift the flattened tensor."
    )
    in_place = "never"
    examples = (
        Example(
            params={"shifts": (-3, -3), "dims": (1, 2)},
            inputs=((1, 56, 56, 96),),
            outputs=((1, 56, 56, 96),),
            counts={"exact_flops": 0},
            source="torchvision swin_t.features.1.1.attn, whose windows are shifted by half of 7",
        ),
    )

    def check(self) -> None:
        wanted = max(len(self.dims), 1)
        if len(self.shifts) != wanted:
            raise ShapeError(
                Message(
                    "shifts must be {numbers}, one a dimension; got {given}",
                    numbers=plural(wanted, "{count} number", "{count} numbers"),
                    given=len(self.shifts),
                ),
                param="shifts",
            )

    def shape(self, shape: Shape) -> Shape:
        for dim in self.dims:
            axis(shape, dim, param="dims")
        return shape

    def receptive_of(self, inputs: Inputs, outputs: Outputs) -> Receptive:
        rank = len(inputs[0].shape)
        moved = {axis(inputs[0].shape, d, param="dims") for d in self.dims} or range(rank)
        return (dim_maps(rank, {d: DimMap((d,), "lost") for d in moved}),)

    def summary(self, inputs: Inputs) -> str:
        where = Message(" of dim {dims}", dims=", ".join(map(str, self.dims))) if self.dims else ""
        return f"{', '.join(map(str, self.shifts))}{where}"
