"""Operations that add, drop, repeat or shift dimensions: they move data and compute nothing.

Source of names, parameters and shapes: torch.squeeze, torch.unsqueeze, Tensor.expand, torch.roll, functional.pad.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from layerledger.core.base.messages import Message
from layerledger.core.base.params import Choice, Dims, Float, Int, Optional, param
from layerledger.core.base.shapes import Shape, ShapeError, TensorSpec, axes, axis, shape_text
from layerledger.core.layers.examples import Example
from layerledger.core.layers.layer_type import Inputs, LayerType, Outputs
from layerledger.core.layers.registry import layer_type
from layerledger.core.layers.windows import (
    SAME,
    DimMap,
    Receptive,
    dim_maps,
    filter_window,
    regrouped_dim_maps,
    spatial_dim_maps,
)


class FreeReshape(LayerType):
    """A type that counts nothing."""

    indices = "kept"
    saved_tensors = "nothing"
    fusible = False
    status = "free"


@layer_type("Reshape", order=80)
class Squeeze(FreeReshape):
    """Drops dimensions of size 1, all or some: (*, 1, *) -> (*, *)."""

    in_place = "view"
    dim: tuple[int, ...] | None = param(
        Optional(Dims()), default=None, help="The dimensions that are dropped where they are 1; none for all."
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
    dim: int = param(Int(), initial=1, help="Where the new dimension is put.")
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
        at = axis((*shape, 1), self.dim)
        return (*shape[:at], 1, *shape[at:])

    def receptive_of(self, inputs: Inputs, outputs: Outputs) -> Receptive:
        return (regrouped_dim_maps(inputs[0].shape, outputs[0].shape),)

    def summary(self, inputs: Inputs) -> str:
        return f"dim {self.dim}"


@layer_type("Reshape", order=100)
class Expand(FreeReshape):
    """Repeats dimensions of size 1 without copying (Tensor.expand); a second input gives the size of dimension 0.

    So a class token of 1×1×768 becomes one a picture, whatever the batch.
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
            message = f"size must have at least the {len(given)} dimensions of {shape_text(given)}"
            raise ShapeError(Message("{message}; it has {count}", message=message, count=len(wanted)), param="size")
        old = (None,) * (len(wanted) - len(given)) + given
        sizes = tuple(self._one(*pair) for pair in zip(old, wanted, strict=True))
        return (TensorSpec(sizes, inputs[0].dtype),)

    def _wanted(self, inputs: Inputs) -> Shape:
        if len(inputs) == 1 or not self.size:
            return self.size
        if not inputs[1].shape:
            raise ShapeError("the second input gives the batch, but it is a scalar", param="inputs")
        return (inputs[1].shape[0], *self.size[1:])

    def _one(self, old: int | None, wanted: int) -> int:
        if old is None and wanted == -1:
            raise ShapeError("size must be from 0 up where the input has no dimension to keep; got -1", param="size")
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


@layer_type("Reshape", order=110)
class Roll(FreeReshape):
    """Shifts along dimensions, what leaves at one end coming back at the other: (*), kept as it is."""

    shifts: tuple[int, ...] = param(Dims(), initial=1, help="By how many positions; one a dimension.")
    dims: tuple[int, ...] = param(  # pyright: ignore[reportIncompatibleVariableOverride]  (torch's keyword)
        Dims(), default=(), help="The dimensions that are shifted; none to shift the flattened tensor."
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
            message = f"shifts must be {wanted} number{'s' * (wanted > 1)}, one a dimension; got {len(self.shifts)}"
            raise ShapeError(message, param="shifts")

    def shape(self, shape: Shape) -> Shape:
        for dim in self.dims:
            axis(shape, dim, param="dims")
        return shape

    def receptive_of(self, inputs: Inputs, outputs: Outputs) -> Receptive:
        rank = len(inputs[0].shape)
        moved = {axis(inputs[0].shape, d, param="dims") for d in self.dims} or range(rank)
        return (dim_maps(rank, {d: DimMap((d,), "lost") for d in moved}),)

    def summary(self, inputs: Inputs) -> str:
        where = f" of dim {', '.join(map(str, self.dims))}" if self.dims else ""
        return f"{', '.join(map(str, self.shifts))}{where}"


_MODES = ("constant", "reflect", "replicate", "circular")
_FILLED = {"reflect": any, "replicate": all}
"""Which of the padded sizes must not be 0."""


@layer_type("Padding", order=10)
class Pad(FreeReshape):
    """Pads the last dimensions (torch.nn.functional.pad): (*, W) -> (*, left + W + right)."""

    pad: tuple[int, ...] = param(
        Dims(), initial=(1, 1), help="Before and after the last dimension, then the one before it; below 0 crops."
    )
    mode: Literal["constant", "reflect", "replicate", "circular"] = param(
        Choice(_MODES), default="constant", help="What the padding is filled with."
    )
    value: float | None = param(Optional(Float()), default=None, help="The constant; 0 where none is given.")
    aliases = ("pad",)
    in_place = "never"
    examples = (
        Example(
            params={"pad": (0, 1, 2, 1, 3, 3)},
            inputs=((3, 3, 4, 2),),
            outputs=((3, 9, 7, 3),),
            counts={"exact_flops": 0},
            source="PyTorch’s documentation of torch.nn.functional.pad",
        ),
    )

    def check(self) -> None:
        if len(self.pad) % 2:
            raise ShapeError(
                Message("pad must be pairs of before and after; got {count} numbers", count=len(self.pad)), param="pad"
            )
        if self.value is not None and self.mode != "constant":
            raise ShapeError(
                Message('value must be left out in mode "{mode}"; only a constant has one', mode=self.mode),
                param="value",
            )

    def shape(self, shape: Shape) -> Shape:
        padded = len(self.pad) // 2
        self._check_rank(shape, padded)
        sides = zip(self.pad[-2::-2], self.pad[::-2], strict=True)  # the last dimension comes first
        kept, last = shape[: len(shape) - padded], shape[len(shape) - padded :]
        sizes = tuple(self._padded(size, *pair) for size, pair in zip(last, sides, strict=True))
        if self.mode in _FILLED and not _FILLED[self.mode](sizes):
            message = f'mode "{self.mode}" must leave something; pad makes it {shape_text(sizes)}'
            raise ShapeError(message, param="pad")
        return (*kept, *sizes)

    def _check_rank(self, shape: Shape, padded: int) -> None:
        if padded > len(shape):
            message = f"pad is for {padded} dimensions, but the input {shape_text(shape)} has {len(shape)}"
            raise ShapeError(message, param="pad")
        if self.mode != "constant" and not padded:
            raise ShapeError(Message('mode "{mode}" needs a pad; got none', mode=self.mode), param="pad")
        if self.mode != "constant" and len(shape) - padded not in (1, 2):
            message = f'mode "{self.mode}" pads all but the first one or two dimensions, not {padded} of {len(shape)}'
            raise ShapeError(message, param="pad")

    def _padded(self, size: int, before: int, after: int) -> int:
        most = {"reflect": size - 1, "circular": size}.get(self.mode)
        if most is not None and max(before, after) > max(most, 0):
            message = f'mode "{self.mode}" can pad {size} by at most {max(most, 0)} on a side'
            raise ShapeError(
                Message("{message}; pad makes it {before}", message=message, before=max(before, after)), param="pad"
            )
        if size + min(before, 0) + min(after, 0) < 0:
            raise ShapeError(
                Message(
                    "pad {before} and {after} crops more than the {size} there are",
                    before=before,
                    after=after,
                    size=size,
                ),
                param="pad",
            )
        return size + before + after

    def receptive_of(self, inputs: Inputs, outputs: Outputs) -> Receptive:
        windows = tuple(filter_window(1, padding=before) for before in self.pad[-2::-2])
        return (spatial_dim_maps(len(inputs[0].shape), windows, mixes=False),)

    def summary(self, inputs: Inputs) -> str:
        return _listed(self.pad)


def _listed(numbers: Sequence[int]) -> str:
    return ", ".join(map(str, numbers[:8]))
