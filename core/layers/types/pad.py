"""Padding of the last dimensions, as a function: it moves data and computes nothing.

Source of name, parameters and shapes: torch.nn.functional.pad.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from layerledger.core.base.messages import Message
from layerledger.core.base.params import Choice, Dims, Float, Optional, param
from layerledger.core.base.shapes import Shape, ShapeError, shape_text
from layerledger.core.layers.examples import Example
from layerledger.core.layers.layer_type import Inputs, Outputs
from layerledger.core.layers.registry import layer_type
from layerledger.core.layers.tape import Tape
from layerledger.core.layers.traced import Pieces
from layerledger.core.layers.types.reshape import FreeReshape
from layerledger.core.layers.windows import (
    Receptive,
    filter_window,
    spatial_dim_maps,
)

_MODES = ("constant", "reflect", "replicate", "circular")
_FILLED = {"reflect": any, "replicate": all}
"""Whether any or all of the padded sizes must be above 0, by mode."""


@layer_type("Padding", order=10)
class Pad(FreeReshape):
    """Pads the last dimensions (torch.nn.functional.pad): (*, W) -> (*, left + W + right)."""

    pad: tuple[int, ...] = param(
        Dims(), initial=(1, 1), help="Before and after the last dimension, then the one before it; below 0 crops."
    )
    mode: Literal["constant", "reflect", "replicate", "circular"] = param(
        Choice(_MODES), default="constant", help="Values of the padding."
    )
    value: float | None = param(Optional(Float()), default=None, help="The constant; empty for 0.")
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
            raise ShapeError(
                Message(
                    'mode "{mode}" must leave something; pad makes it {sizes}', mode=self.mode, sizes=shape_text(sizes)
                ),
                param="pad",
            )
        return (*kept, *sizes)

    def _check_rank(self, shape: Shape, padded: int) -> None:
        if padded > len(shape):
            raise ShapeError(
                Message(
                    "pad is for {padded} dimensions, but the input {shape} has {rank}",
                    padded=padded,
                    shape=shape_text(shape),
                    rank=len(shape),
                ),
                param="pad",
            )
        if self.mode != "constant" and not padded:
            raise ShapeError(Message('mode "{mode}" needs a pad; got none', mode=self.mode), param="pad")
        if self.mode != "constant" and len(shape) - padded not in (1, 2):
            raise ShapeError(
                Message(
                    'mode "{mode}" pads all but the first one or two dimensions, not {padded} of {rank}',
                    mode=self.mode,
                    padded=padded,
                    rank=len(shape),
                ),
                param="pad",
            )

    def _padded(self, size: int, before: int, after: int) -> int:
        most = {"reflect": size - 1, "circular": size}.get(self.mode)
        if most is not None and max(before, after) > max(most, 0):
            raise ShapeError(
                Message(
                    'mode "{mode}" can pad {size} by at most {most} on a side; pad makes it {before}',
                    mode=self.mode,
                    size=size,
                    most=max(most, 0),
                    before=max(before, after),
                ),
                param="pad",
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

    def record(self, tape: Tape, given: Pieces, outputs: Outputs) -> Pieces:
        if given[0].needs and self.mode in ("reflect", "replicate"):
            tape.keep(given[0])
        return tape.outputs(outputs, given)


def _listed(numbers: Sequence[int]) -> str:
    return ", ".join(map(str, numbers[:8]))
