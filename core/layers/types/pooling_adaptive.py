"""Adaptive pooling: as many windows as the output has positions, spread evenly.

Window j of O outputs over I inputs is [⌊j·I/O⌋, ⌈(j + 1)·I/O⌉). Source: torch.nn.AdaptiveAvgPool2d.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from math import gcd

from layerledger.core.base.params import Sizes, param
from layerledger.core.base.shapes import Shape
from layerledger.core.layers.counting import Counts, counting
from layerledger.core.layers.examples import Example, torch_example
from layerledger.core.layers.layer_type import Inputs, LayerType, Outputs
from layerledger.core.layers.registry import layer_type
from layerledger.core.layers.symbols import kernel_symbols, meanings, sizes_summary
from layerledger.core.layers.tape import Tape
from layerledger.core.layers.traced import Pieces
from layerledger.core.layers.types.pooling import RETURN_INDICES, PoolLayer
from layerledger.core.layers.types.pooling_average import mean_counts, more_values
from layerledger.core.layers.windows import DimMap, Receptive, Window, spatial_dim_maps, spread_window

_LENGTH = param(Sizes(0), initial=1, help="Length of the output.")  # torch keeps none in one dimension


class _AdaptivePool(PoolLayer):
    indices = "refused"
    saved_tensors = "inputs"
    output_size: tuple[int | None, ...] = param(
        Sizes(0, keep=True), initial=1, help="Size of the output; empty for the input's."
    )

    symbol_help = meanings(
        S_h="height of all windows together: neighbours overlap where sizes do not divide",
        S_w="width of all windows together: neighbours overlap where sizes do not divide",
        S_d="depth of all windows together: neighbours overlap where sizes do not divide",
    )

    def pooled(self, spatial: Shape) -> Shape:
        return tuple(size if out is None else out for size, out in zip(spatial, self.output_size, strict=True))

    def receptive_of(self, inputs: Inputs, outputs: Outputs) -> Receptive:
        """Return maps of the whole input for a single window, else those of the windows."""
        rank = len(outputs[0].shape)
        before, after = inputs[0].shape[-self.dims :], outputs[0].shape[-self.dims :]
        found = spatial_dim_maps(rank, tuple(self.filters(before, after)), mixes=False)
        # A single window is the whole axis; the stride between windows is then undefined.
        whole = {d for d in range(rank - self.dims, rank) if outputs[0].shape[d] == 1}
        return (tuple(DimMap((d,), "whole") if d in whole else link for d, link in enumerate(found)),)

    def filters(self, spatial: Shape, out: Shape) -> Iterable[Window]:
        return (spread_window(*sides) for sides in zip(spatial, out, strict=True))

    def symbols(self, inputs: Inputs, outputs: Outputs) -> Mapping[str, int]:
        sides = zip(inputs[0].shape[-self.dims :], outputs[0].shape[-self.dims :], strict=True)
        windows = kernel_symbols(tuple(summed(*side) for side in sides), letter="S")
        return {**super().symbols(inputs, outputs), **windows}

    def summary(self, inputs: Inputs) -> str:
        return sizes_summary(self.output_size)

    def record(self, tape: Tape, given: Pieces, outputs: Outputs) -> Pieces:
        made = tape.outputs(outputs, given)
        # torch takes a single window as a mean, which keeps nothing.
        if given[0].needs and any(size != 1 for size in outputs[0].shape[-self.dims :]):
            tape.keep(given[0])
        return made


def summed(size: int, out: int) -> int:
    """Return the lengths of all windows together: neighbours share a value except at their gcd common borders."""
    return size + out - gcd(size, out)


class _AdaptiveMaxPool(_AdaptivePool):
    return_indices: bool = RETURN_INDICES

    aliases = ("pool", "gmp", "globalmaxpool")

    def record(self, tape: Tape, given: Pieces, outputs: Outputs) -> Pieces:
        return tape.with_places(LayerType.record(self, tape, given, outputs))


def _max_counts(dims: int) -> Counts:
    return counting(cmp=more_values(dims))


@layer_type("Pooling", order=70)
class AdaptiveAvgPool1d(_AdaptivePool):
    """Mean of evenly spread windows: (N, C, L) -> (N, C, L_out)."""

    output_size: tuple[int | None, ...] = _LENGTH

    aliases = ("pool", "gap", "globalaveragepool", "globalavgpool")
    dims = 1
    takes_empty = True
    counts = mean_counts(1)
    examples = torch_example({"output_size": 6}, ((3, 3, 23),), ((3, 3, 6),), by_hand={"add": 198, "special": 54})


@layer_type("Pooling", order=80)
class AdaptiveAvgPool2d(_AdaptivePool):
    """Mean of evenly spread windows: (N, C, H, W) -> (N, C, H_out, W_out)."""

    aliases = ("pool", "gap", "globalaveragepool", "globalavgpool")
    dims = 2
    takes_empty = True
    counts = mean_counts(2)
    examples = (
        Example(
            params={"output_size": 1},
            inputs=((1, 2048, 7, 7),),
            outputs=((1, 2048, 1, 1),),
            counts={"add": 98_304, "special": 2_048, "macs": 0},
            source="by hand: 48 additions and a division for each of torchvision resnet50.avgpool's 2,048 outputs",
        ),
    )


@layer_type("Pooling", order=90)
class AdaptiveAvgPool3d(_AdaptivePool):
    """Mean of evenly spread windows: (N, C, D, H, W) -> (N, C, D_out, H_out, W_out)."""

    aliases = ("pool", "gap", "globalaveragepool", "globalavgpool")
    dims = 3
    takes_empty = True
    counts = mean_counts(3)
    examples = torch_example(
        {"output_size": (2, 2, 1)}, ((3, 9, 5, 4, 3),), ((3, 9, 2, 2, 1),), by_hand={"add": 1836, "special": 108}
    )


@layer_type("Pooling", order=100)
class AdaptiveMaxPool1d(_AdaptiveMaxPool):
    """Largest value of evenly spread windows: (N, C, L) -> (N, C, L_out)."""

    output_size: tuple[int | None, ...] = _LENGTH
    return_indices: bool = RETURN_INDICES

    dims = 1
    counts = _max_counts(1)
    examples = torch_example({"output_size": 4}, ((2, 4, 37),), ((2, 4, 4),), by_hand={"cmp": 288})


@layer_type("Pooling", order=110)
class AdaptiveMaxPool2d(_AdaptiveMaxPool):
    """Largest value of evenly spread windows: (N, C, H, W) -> (N, C, H_out, W_out)."""

    dims = 2
    counts = _max_counts(2)
    examples = (
        Example(
            params={"output_size": (None, 7)},
            inputs=((1, 64, 10, 9),),
            outputs=((1, 64, 10, 7),),
            counts={"macs": 0},
            source="PyTorch’s documentation of torch.nn.AdaptiveMaxPool2d",
        ),
    )


@layer_type("Pooling", order=120)
class AdaptiveMaxPool3d(_AdaptiveMaxPool):
    """Largest value of evenly spread windows: (N, C, D, H, W) -> (N, C, D_out, H_out, W_out)."""

    dims = 3
    counts = _max_counts(3)
    examples = torch_example(
        {"output_size": (4, 2, 5)}, ((2, 17, 2, 8, 2),), ((2, 17, 4, 2, 5),), by_hand={"cmp": 5168}
    )
