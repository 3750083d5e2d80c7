"""Pooling in 1, 2 and 3 dimensions, over windows and adaptive.

Source of shapes and parameters: torch.nn, and ONNX for a padding of its own at the end; of the counts: a window of k
values takes k − 1 comparisons or additions.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from math import prod
from typing import ClassVar

from layerledger.core.base.messages import Message
from layerledger.core.base.params import Bool, Optional, Sizes, param
from layerledger.core.base.shapes import AXES, Shape, ShapeError, TensorSpec, pool_size, shape_text, split_spatial
from layerledger.core.layers.counting import Counts, counting
from layerledger.core.layers.examples import Example, torch_example
from layerledger.core.layers.layer_type import Inputs, LayerType, Outputs
from layerledger.core.layers.registry import layer_type
from layerledger.core.layers.symbols import (
    POSITIONS,
    kernel_symbols,
    meanings,
    over_axes,
    sizes_summary,
    spatial_symbols,
    step_summary,
)
from layerledger.core.layers.tape import Tape
from layerledger.core.layers.traced import Pieces
from layerledger.core.layers.windows import Receptive, Window, filter_window, spatial_dim_maps

RETURN_INDICES = param(
    Bool(), default=False, help="A second output, int64: the position of each maximum (for unpooling)."
)
END_PADDING = param(
    Optional(Sizes(0, lone=True)),
    default=None,
    help="Padding behind the last position where it is another than before the first, as in ONNX; empty for the same.",
)
CEIL_MODE = param(Bool(), default=False, help="Round the output size up, for a last window that begins inside.")


class PoolLayer(LayerType):
    """Base class of pooling: one window for each output, each channel by itself."""

    return_indices: bool = False  # a parameter of the types that take maxima
    takes_empty: ClassVar[bool] = False

    status = "exact"
    in_place = "never"
    fusible = False
    symbol_help = meanings(S="length of all windows together: neighbours overlap where sizes do not divide")

    def split(self, shape: Shape) -> tuple[Shape, Shape]:
        """Return the sizes before the spatial ones, and the spatial ones."""
        batch, channels, spatial = split_spatial(shape, self.dims, of=self.type_name)
        if 0 in (channels, *spatial) and not self.takes_empty:
            raise ShapeError(
                Message(
                    "{type_name} needs a non-empty input; got {shape}",
                    type_name=self.type_name,
                    shape=shape_text(shape),
                ),
                param="inputs",
            )
        return (*batch, channels), spatial

    def shape(self, shape: Shape) -> Shape:
        outer, spatial = self.split(shape)
        return (*outer, *self.pooled(spatial))

    def pooled(self, spatial: Shape) -> Shape:
        """Return the spatial sizes of the output."""
        raise NotImplementedError

    def outputs(self, inputs: Inputs) -> Outputs:
        first = super().outputs(inputs)
        return (*first, TensorSpec(first[0].shape, "int64")) if self.return_indices else first

    def filters(self, spatial: Shape, out: Shape) -> Iterable[Window]:
        """Return the window of each spatial dimension."""
        raise NotImplementedError

    def receptive_of(self, inputs: Inputs, outputs: Outputs) -> Receptive:
        before, after = inputs[0].shape, outputs[0].shape
        windows = tuple(self.filters(before[-self.dims :], after[-self.dims :]))
        return (spatial_dim_maps(len(before), windows, mixes=False),)

    def symbols(self, inputs: Inputs, outputs: Outputs) -> Mapping[str, int]:
        outer, spatial = self.split(inputs[0].shape)
        return {
            "N": prod(outer[:-1]) if prod(spatial) else 0,  # nothing is pooled of an input without positions
            "C": outer[-1],
            **spatial_symbols(spatial, "in"),
            **spatial_symbols(outputs[0].shape[-self.dims :], "out"),
        }


# -- windows


class WindowPool(PoolLayer):
    """A window that steps over the input."""

    kernel_size: tuple[int, ...] = param(Sizes(1, lone=True), initial=2, help="Size of the window.")
    stride: tuple[int, ...] | None = param(
        Optional(Sizes(1, lone=True)), default=None, help="Step of the window; empty for kernel_size."
    )

    padding: tuple[int, ...] = ()
    end_padding: tuple[int, ...] | None = None
    dilation: tuple[int, ...] = ()
    ceil_mode: bool = False

    def check(self) -> None:
        for name, sides in (("padding", self.padding), ("end_padding", self.end_padding or ())):
            self._check_sides(name, sides)

    def _check_sides(self, name: str, sides: Shape) -> None:
        for p, k in zip(sides, self.kernel_size, strict=False):
            if self.end_padding is not None:
                # As ONNX: no window lies in the padding alone.
                if p >= k:
                    raise ShapeError(
                        Message("{name} must be less than the window, here {k}; got {p}", name=name, k=k, p=p),
                        param=name,
                    )
            elif p > k // 2:
                raise ShapeError(
                    Message("padding must be at most half of the window, here {k}; got {p}", k=k // 2, p=p),
                    param="padding",
                )

    @property
    def steps(self) -> Shape:
        """The step of the window."""
        return self.stride or self.kernel_size

    def pooled(self, spatial: Shape) -> Shape:
        ones, zeros = (1,) * self.dims, (0,) * self.dims
        rows = zip(spatial, self.kernel_size, self.steps, self.padding or zeros, self.dilation or ones, strict=True)
        ends = self.end_padding or self.padding or zeros
        sizes = tuple(
            pool_size(*row, ceil_mode=self.ceil_mode, end_padding=end) for row, end in zip(rows, ends, strict=True)
        )
        for name, size, out in zip(AXES[self.dims], spatial, sizes, strict=True):
            if out < 1:
                raise ShapeError(
                    Message(
                        "the window does not fit into {name} {size}; reduce kernel_size or add padding",
                        name=name,
                        size=size,
                    ),
                    param="kernel_size",
                )
        return sizes

    def filters(self, spatial: Shape, out: Shape) -> Iterable[Window]:
        ones, zeros = (1,) * self.dims, (0,) * self.dims
        rows = zip(self.kernel_size, self.steps, self.padding or zeros, self.dilation or ones, strict=True)
        return (filter_window(*row) for row in rows)

    def symbols(self, inputs: Inputs, outputs: Outputs) -> Mapping[str, int]:
        return {**super().symbols(inputs, outputs), **kernel_symbols(self.kernel_size)}

    def summary(self, inputs: Inputs) -> str:
        return f"{sizes_summary(self.kernel_size)} {step_summary(self.steps)}".strip()


class PaddedPool(WindowPool):
    """A window that steps over the input and the padding around it."""

    padding: tuple[int, ...] = param(
        Sizes(0, lone=True), default=0, help="Padding on both sides, at most half a window."
    )


class _MaxPool(PaddedPool):
    indices = "counted"
    saved_tensors = "inputs"
    dilation: tuple[int, ...] = param(Sizes(1, lone=True), default=1, help="Distance between the window's values.")
    return_indices: bool = RETURN_INDICES
    ceil_mode: bool = CEIL_MODE
    end_padding: tuple[int, ...] | None = END_PADDING

    aliases = ("pool",)

    def record(self, tape: Tape, given: Pieces, outputs: Outputs) -> Pieces:
        return tape.with_places(super().record(tape, given, outputs))


def per_output(dims: int) -> tuple[str, str]:
    """Return (outputs, values that a window adds to its first)."""
    return f"N*C*{POSITIONS['out'][dims]}", f"({over_axes('K', dims)} - 1)"


def _max_counts(dims: int) -> Counts:
    outputs, more = per_output(dims)
    return counting(cmp=f"{more}*{outputs}")


@layer_type("Pooling", order=10)
class MaxPool1d(_MaxPool):
    """Largest value of each window: (N, C, L) -> (N, C, L_out)."""

    dims = 1
    indices = "refused"
    counts = _max_counts(1)
    examples = torch_example({"kernel_size": 5}, ((4, 14, 60),), ((4, 14, 12),), by_hand={"cmp": 2688})


@layer_type("Pooling", order=20)
class MaxPool2d(_MaxPool):
    """Largest value of each window: (N, C, H, W) -> (N, C, H_out, W_out)."""

    dims = 2
    counts = _max_counts(2)
    examples = (
        Example(
            params={"kernel_size": 3, "stride": 2, "padding": 1},
            inputs=((1, 64, 112, 112),),
            outputs=((1, 64, 56, 56),),
            counts={"params": 0, "macs": 0},
            source="torchvision resnet18.maxpool",
        ),
    )


@layer_type("Pooling", order=30)
class MaxPool3d(_MaxPool):
    """Largest value of each window: (N, C, D, H, W) -> (N, C, D_out, H_out, W_out)."""

    dims = 3
    counts = _max_counts(3)
    examples = torch_example(
        {"kernel_size": (1, 3, 4)}, ((3, 16, 7, 12, 10),), ((3, 16, 7, 4, 2),), by_hand={"cmp": 29_568}
    )
