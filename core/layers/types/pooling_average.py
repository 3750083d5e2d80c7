"""Average pooling over windows in 1, 2 and 3 dimensions.

Source of shapes and parameters: torch.nn; of the counts: a window of k values takes k − 1 additions and a division,
where k leaves out what torch leaves out: padding if count_include_pad is false, and what is beyond the padding.
"""

from __future__ import annotations

from collections.abc import Mapping

from layerledger.core.base.messages import Message
from layerledger.core.base.params import Bool, Int, Optional, param
from layerledger.core.base.shapes import AXES, Shape, ShapeError
from layerledger.core.layers.counting import Counts, counting
from layerledger.core.layers.examples import Example, torch_example
from layerledger.core.layers.layer_type import Inputs, Outputs
from layerledger.core.layers.registry import layer_type
from layerledger.core.layers.symbols import POSITIONS, kernel_symbols, meanings, over_axes
from layerledger.core.layers.types.pooling import CEIL_MODE, END_PADDING, PaddedPool


class _AvgPool(PaddedPool):
    indices = "summed"
    saved_tensors = "inputs"
    ceil_mode: bool = CEIL_MODE
    count_include_pad: bool = param(Bool(), default=True, help="Whether padding counts in the mean.")
    end_padding: tuple[int, ...] | None = END_PADDING

    aliases = ("pool", "averagepool")

    def symbols(self, inputs: Inputs, outputs: Outputs) -> Mapping[str, int]:
        sides = zip(inputs[0].shape[-self.dims :], outputs[0].shape[-self.dims :], strict=True)
        ends = self.padding if self.end_padding is None else self.end_padding
        rows = zip(sides, self.kernel_size, self.steps, self.padding, ends, strict=True)
        windows = tuple(summed(*side, *row, padded=self.count_include_pad, end_padding=end) for side, *row, end in rows)
        return {**super().symbols(inputs, outputs), **kernel_symbols(windows, letter="S")}


class _OverriddenAvgPool(_AvgPool):
    divisor_override: int | None = param(
        Optional(Int()), default=None, help="Divisor of the sums, instead of the number of values in a window."
    )
    end_padding: tuple[int, ...] | None = END_PADDING

    symbol_help = meanings(
        S_h="height of all windows together, without what is left out of the mean",
        S_w="width of all windows together, without what is left out of the mean",
    )

    def check(self) -> None:
        super().check()
        if self.divisor_override == 0:
            raise ShapeError(
                "divisor_override must not be 0; none divides by the window's size", param="divisor_override"
            )


def summed(
    size: int, out: int, kernel: int, stride: int, padding: int, *, padded: bool, end_padding: int | None = None
) -> int:
    """Return the lengths of all windows together, cut off where the input ends, or the padding if it is `padded`."""
    # Windows start at −padding. What lies before the input, or behind its end, is left out of the mean; with `padded`
    # only what lies behind the padding, as for a last window that ceil_mode adds.
    before = 0 if padded else padding
    end = padding if end_padding is None else end_padding
    after = (out - 1) * stride + kernel - padding - (size + end if padded else size)
    return out * kernel - _cut_off(before, stride, out) - _cut_off(after, stride, out)


def _cut_off(most: int, stride: int, windows: int) -> int:
    """Return the total that is cut off, where the outermost window loses `most` and each next one `stride` less."""
    cut = min(max(-(-most // stride), 0), windows)
    return cut * most - stride * (cut * (cut - 1) // 2)


def check_window_inside(kernel_size: Shape, spatial: Shape) -> None:
    """Raise ShapeError where a window does not fit without padding, as torch requires for means in 3 dimensions."""
    for name, size, k in zip(AXES[3], spatial, kernel_size, strict=True):
        if size < k:
            raise ShapeError(
                Message("the window spans {k}, but {name} is {size} without padding", k=k, name=name, size=size),
                param="kernel_size",
            )


def more_values(dims: int) -> str:
    """Return the number of values that all windows add to their first ones."""
    return f"N*C*({over_axes('S', dims)} - {POSITIONS['out'][dims]})"


def mean_counts(dims: int) -> Counts:
    """Return the counts of a mean of each window."""
    return counting(add=more_values(dims), special=f"N*C*{POSITIONS['out'][dims]}")


@layer_type("Pooling", order=40)
class AvgPool1d(_AvgPool):
    """Mean of each window: (N, C, L) -> (N, C, L_out)."""

    dims = 1
    counts = mean_counts(1)
    examples = torch_example(
        {"kernel_size": 3, "padding": 1}, ((1, 12, 14),), ((1, 12, 5),), by_hand={"add": 120, "special": 60}
    )


@layer_type("Pooling", order=50)
class AvgPool2d(_OverriddenAvgPool):
    """Mean of each window: (N, C, H, W) -> (N, C, H_out, W_out)."""

    dims = 2
    counts = mean_counts(2)
    examples = (
        Example(
            params={"kernel_size": 2},
            inputs=((1, 64, 56, 56),),
            outputs=((1, 64, 28, 28),),
            counts={"add": 150_528, "special": 50_176},
            source="by hand: 3 additions and a division for each of 64·28·28 outputs",
        ),
    )


@layer_type("Pooling", order=60)
class AvgPool3d(_OverriddenAvgPool):
    """Mean of each window: (N, C, D, H, W) -> (N, C, D_out, H_out, W_out)."""

    symbol_help = meanings(S_d="depth of all windows together, without what is left out of the mean")
    dims = 3
    counts = mean_counts(3)
    examples = torch_example(
        {"kernel_size": 4}, ((3, 3, 4, 6, 12),), ((3, 3, 1, 1, 3),), by_hand={"add": 1701, "special": 27}
    )

    def pooled(self, spatial: Shape) -> Shape:
        check_window_inside(self.kernel_size, spatial)
        return super().pooled(spatial)
