"""Sliding windows as columns, and columns put back as overlapping windows.

Source of shapes and parameters: torch.nn.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import prod

from layerledger.core.base.messages import Message
from layerledger.core.base.params import Sizes, param
from layerledger.core.base.shapes import Shape, ShapeError, check_rank, conv_size, shape_text, split_spatial
from layerledger.core.layers.counting import counting
from layerledger.core.layers.examples import Example
from layerledger.core.layers.layer_type import Inputs, LayerType, Outputs
from layerledger.core.layers.registry import layer_type
from layerledger.core.layers.symbols import kernel_symbols, meanings, sizes_summary, step_summary

_KERNEL_SIZE = param(Sizes(1), initial=3, help="Size of the window.")
_DILATION = param(Sizes(1), default=1, help="Distance between the window's values.")
_PADDING = param(Sizes(0), default=0, help="Padding on both sides.")
_STRIDE = param(Sizes(1), default=1, help="Step of the window.")


class _Windows(LayerType):
    kernel_size: tuple[int, ...] = _KERNEL_SIZE
    dilation: tuple[int, ...] = _DILATION
    padding: tuple[int, ...] = _PADDING
    stride: tuple[int, ...] = _STRIDE

    in_place = "never"
    fusible = False
    receptive = "not modelled"
    dims = 2
    indices = "moved as bits"
    saved_tensors = "nothing"

    def windows(self, spatial: Shape) -> Shape:
        """Return the number of windows that fit in each direction."""
        rows = zip(spatial, self.kernel_size, self.stride, self.padding, self.dilation, strict=True)
        counts = tuple(conv_size(size, k, s, 2 * p, d) for size, k, s, p, d in rows)
        if min(counts) < 1:
            raise ShapeError(
                Message(
                    "no window of {kernel_size} fits into {spatial}; reduce kernel_size or add padding",
                    kernel_size=sizes_summary(self.kernel_size),
                    spatial=shape_text(spatial),
                ),
                param="kernel_size",
            )
        return counts

    def summary(self, inputs: Inputs) -> str:
        return f"{sizes_summary(self.kernel_size)} {step_summary(self.stride)}".strip()


@layer_type("Reshape", order=10)
class Unfold(_Windows):
    """Each window as a column: (N, C, H, W) -> (N, C·K_h·K_w, windows)."""

    status = "free"
    examples = (
        Example(
            params={"kernel_size": (2, 3)},
            inputs=((2, 5, 3, 4),),
            outputs=((2, 30, 4),),
            counts={"params": 0, "exact_flops": 0},
            source="PyTorch's documentation of torch.nn.Unfold",
        ),
    )

    def shape(self, shape: Shape) -> Shape:
        batch, channels, spatial = split_spatial(shape, 2, of="Unfold")
        if 0 in (channels, *spatial):
            raise ShapeError(
                Message("Unfold needs something to cut; the input {shape} is empty", shape=shape_text(shape)),
                param="inputs",
            )
        return (*batch, channels * prod(self.kernel_size), prod(self.windows(spatial)))


@layer_type("Reshape", order=20)
class Fold(_Windows):
    """Columns put back as windows, which add up where they overlap: (N, C·K_h·K_w, windows) -> (N, C, H, W)."""

    output_size: tuple[int, ...] = param(Sizes(1), initial=8, help="Height and width of the output.")
    kernel_size: tuple[int, ...] = _KERNEL_SIZE
    dilation: tuple[int, ...] = _DILATION
    padding: tuple[int, ...] = _PADDING
    stride: tuple[int, ...] = _STRIDE

    symbol_help = meanings(P="windows, a column of the input each")
    status = "approximated"
    approximation = "Every value counts as one addition, the first at its place and those that fall on padding too."
    counts = counting(add="N*C*K_h*K_w*P")
    examples = (
        Example(
            params={"output_size": (4, 5), "kernel_size": 2},
            inputs=((1, 12, 12),),
            outputs=((1, 3, 4, 5),),
            counts={"params": 0, "macs": 0},
            source="PyTorch’s documentation of torch.nn.Fold",
        ),
    )

    def shape(self, shape: Shape) -> Shape:
        check_rank(shape, (2, 3), of="Fold", axes="(N, C·K_h·K_w, windows), with or without N")
        *batch, rows, columns = shape
        taps = prod(self.kernel_size)
        if rows % taps or not rows:
            raise ShapeError(
                Message(
                    "the input's {rows} rows are not divisible by the {taps} values of kernel_size {kernel_size}",
                    rows=rows,
                    taps=taps,
                    kernel_size=sizes_summary(self.kernel_size),
                ),
                param="kernel_size",
            )
        counts = self.windows(self.output_size)
        if prod(counts) != columns:
            raise ShapeError(
                Message(
                    "output_size {output_size} has {counts} windows, but the input {columns} columns",
                    output_size=sizes_summary(self.output_size),
                    counts=sizes_summary(counts),
                    columns=columns,
                ),
                param="output_size",
            )
        return (*batch, rows // taps, *self.output_size)

    def symbols(self, inputs: Inputs, outputs: Outputs) -> Mapping[str, int]:
        *batch, _, columns = inputs[0].shape
        return {"N": prod(batch), "C": outputs[0].shape[-3], "P": columns, **kernel_symbols(self.kernel_size)}

    def summary(self, inputs: Inputs) -> str:
        return f"to {sizes_summary(self.output_size)}"
