"""Pooling by the p-norm of a window.

Source of shapes and parameters: torch.nn, which takes the mean of a window's powers, times its size: so a window must
fit as it must for a mean. Each takes a power of every input value, additions, and a root of every sum.
"""

from __future__ import annotations

from typing import Any

from layerledger.core.base.params import Float, Optional, Sizes, Value, param
from layerledger.core.base.shapes import Shape, ShapeError
from layerledger.core.layers.counting import Counts, counting
from layerledger.core.layers.examples import Example, torch_example
from layerledger.core.layers.layer_type import Outputs
from layerledger.core.layers.registry import layer_type
from layerledger.core.layers.symbols import POSITIONS
from layerledger.core.layers.tape import Tape
from layerledger.core.layers.traced import Pieces
from layerledger.core.layers.types.pooling import CEIL_MODE, WindowPool, per_output
from layerledger.core.layers.types.pooling_average import check_window_inside

_STRIDE = param(Optional(Sizes(1, lone=True)), default=None, help="Step of the window; empty for kernel_size.")


class _Single(Sizes):
    """A single number: torch multiplies by the kernel_size of one dimension without conversion."""

    def read(self, value: Value, dims: int) -> tuple[Any, ...]:
        if isinstance(value, tuple):
            raise ValueError
        return super().read(value, dims)


class _LPPool(WindowPool):
    indices = "real"
    saved_tensors = "both"
    norm_type: float = param(Float(), initial=2, help="The power p of (Σ xᵖ)^(1/p); 1 sums, ∞ would take the maximum.")
    kernel_size: tuple[int, ...] = param(Sizes(1), initial=2, help="Size of the window.")
    stride: tuple[int, ...] | None = _STRIDE
    ceil_mode: bool = CEIL_MODE

    aliases = ("pool",)

    def check(self) -> None:
        if self.norm_type == 0:
            raise ShapeError("norm_type must not be 0, whose root is not defined; try 2", param="norm_type")

    def record(self, tape: Tape, given: Pieces, outputs: Outputs) -> Pieces:
        x, (out,) = given[0], tape.outputs(outputs, given)
        if x.needs:
            tape.keep(x)
            # The powers whose mean is taken; the means' signs, values, absolute values and their multiples.
            tape.keep_bytes((x.elements + 4 * out.elements) * x.width)
        return (out,)


def _lp_counts(dims: int) -> Counts:
    outputs, more = per_output(dims)
    return counting(add=f"{more}*{outputs}", special=f"N*C*{POSITIONS['in'][dims]} + {outputs}")


@layer_type("Pooling", order=130)
class LPPool1d(_LPPool):
    """p-norm of each window: (N, C, L) -> (N, C, L_out)."""

    kernel_size: tuple[int, ...] = param(_Single(1), initial=2, help="Size of the window.")
    stride: tuple[int, ...] | None = _STRIDE
    ceil_mode: bool = CEIL_MODE

    dims = 1
    counts = _lp_counts(1)
    examples = torch_example({"norm_type": 3, "kernel_size": 4, "stride": 2}, ((3, 8, 11),), ((3, 8, 4),))


@layer_type("Pooling", order=140)
class LPPool2d(_LPPool):
    """p-norm of each window: (N, C, H, W) -> (N, C, H_out, W_out)."""

    dims = 2
    counts = _lp_counts(2)
    examples = torch_example({"norm_type": 2, "kernel_size": (3, 1)}, ((2, 2, 14, 15),), ((2, 2, 4, 15),))


@layer_type("Pooling", order=150)
class LPPool3d(_LPPool):
    """p-norm of each window: (N, C, D, H, W) -> (N, C, D_out, H_out, W_out)."""

    dims = 3
    counts = _lp_counts(3)
    examples = (
        Example(
            params={"norm_type": 2, "kernel_size": 3, "stride": 2},
            inputs=((20, 16, 50, 44, 31),),
            outputs=((20, 16, 24, 21, 15),),
            counts={"params": 0, "macs": 0},
            source="PyTorch’s documentation of torch.nn.LPPool3d",
        ),
    )

    def pooled(self, spatial: Shape) -> Shape:
        check_window_inside(self.kernel_size, spatial)
        return super().pooled(spatial)
