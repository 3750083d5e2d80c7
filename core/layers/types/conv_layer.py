"""The base class of convolutions, transposed and deformable ones, and the parameters that they share."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from math import prod
from typing import Any

from layerledger.core.base.messages import Message
from layerledger.core.base.params import Bool, Int, Sizes, Value, param
from layerledger.core.base.shapes import Shape, ShapeError, shape_text, split_spatial
from layerledger.core.layers.counting import formulas_of
from layerledger.core.layers.divisibility import check_divides
from layerledger.core.layers.layer_type import InPlaceKind, Inputs, LayerType, Outputs
from layerledger.core.layers.symbols import (
    kernel_symbols,
    meanings,
    sizes_summary,
    spatial_symbols,
    step_summary,
)
from layerledger.core.layers.tape import Tape
from layerledger.core.layers.traced import Pieces, Traced
from layerledger.core.layers.types.conv_functional import (
    check_weight,
    computed_terms,
    weight_maps,
)
from layerledger.core.layers.windows import Receptive, Window, spatial_dim_maps

GROUPS = param(
    Int(1), default=1, help="Groups that the channels are split into; in_channels for a depthwise convolution."
)
DILATION = param(Sizes(1, lone=True), default=1, help="Distance between the filter's taps.")
BIAS = param(Bool(), default=True, help="One learned value added to each output channel.")


class ConvLayer(LayerType):
    """Base class of convolutions and transposed convolutions.

    Attributes:
        weight_input: whether the weight is the second input; a parameter of the types that take it.
    """

    in_channels: int | None = param(Int(1), default=None, derived=True, help="Channels of the input; follows from it.")
    out_channels: int = param(Int(1), initial=64, help="Number of filters, and so of output channels.")
    kernel_size: tuple[int, ...] = param(Sizes(1), initial=3, help="Size of the filter.")
    stride: tuple[int, ...] = param(Sizes(1, lone=True), default=1, help="Step of the filter.")
    groups: int = GROUPS
    bias: bool = BIAS
    weight_input: bool = False

    saved_tensors = "inputs"
    fusible = False
    symbol_help = meanings(
        K="length of the filter (kernel_size)",
        K_h="height of the filter (kernel_size)",
        K_w="width of the filter (kernel_size)",
        K_d="depth of the filter (kernel_size)",
    )
    indices = "refused"

    def __init__(self, **values: Any) -> None:
        super().__init__(**values)
        if self.weight_input:
            terms = computed_terms(self.counts, bias=self.bias)
            vars(self).update(terms=terms, formulas=formulas_of(terms))

    def arity_of(self) -> tuple[int, int]:
        return (2, 3) if self.weight_input else self.input_arity

    def outputs(self, inputs: Inputs) -> Outputs:
        if self.weight_input:
            wanted, filters = self.filter_shape(inputs), self.out_channels
            check_weight(self.type_name, inputs[1:], wanted, filters=filters, bias=self.bias)
        return super().outputs(inputs)

    def filter_shape(self, inputs: Inputs) -> Shape:
        """Return the shape of the weight."""
        channels = split_spatial(inputs[0].shape, self.dims, of=self.type_name)[1]
        return (self.out_channels, channels // self.groups, *self.kernel_size)

    def check(self) -> None:
        if self.out_channels % self.groups:
            raise ShapeError(
                Message(
                    "out_channels {out_channels} is not divisible by groups {groups}; the next that is: {value}",
                    out_channels=self.out_channels,
                    groups=self.groups,
                    value=-(-self.out_channels // self.groups) * self.groups,
                ),
                param="groups",
            )
        if self.in_channels is not None:
            check_divides(self.in_channels, self.groups, of="the input's {} channels", param="groups")

    def split(self, shape: Shape) -> tuple[Shape, int, Shape]:
        """Return batch, channels and spatial sizes of an input that fits."""
        batch, channels, spatial = split_spatial(shape, self.dims, of=self.type_name)
        if 0 in spatial:
            raise ShapeError(
                Message(
                    "{type_name} needs at least one position; the input {shape} has none",
                    type_name=self.type_name,
                    shape=shape_text(shape),
                ),
                param="inputs",
            )
        check_divides(channels, self.groups, of="the input's {} channels", param="groups")
        return batch, channels, spatial

    def derived(self, inputs: Inputs) -> Mapping[str, Value]:
        return {"in_channels": split_spatial(inputs[0].shape, self.dims, of=self.type_name)[1]}

    def symbols(self, inputs: Inputs, outputs: Outputs) -> Mapping[str, int]:
        batch, channels, spatial = split_spatial(inputs[0].shape, self.dims, of=self.type_name)
        return {
            "N": prod(batch),
            "C_in": channels,
            "C_out": self.out_channels,
            "g": self.groups,
            "b": int(self.bias or (self.weight_input and len(inputs) > 2)),
            **kernel_symbols(self.kernel_size),
            **spatial_symbols(spatial, "in"),
            **spatial_symbols(outputs[0].shape[-self.dims :], "out"),
        }

    def filters(self) -> Iterable[Window]:
        """Return the window of each spatial dimension."""
        raise NotImplementedError

    def receptive_of(self, inputs: Inputs, outputs: Outputs) -> Receptive:
        rank = len(inputs[0].shape)
        found = (spatial_dim_maps(rank, tuple(self.filters()), mixes=True),)
        if not self.weight_input:
            return found
        place = rank - self.dims - 1
        return (
            *found,
            weight_maps(self.dims + 2, self.channel_of_weight(), place),
            *[weight_maps(1, 0, place)] * (len(inputs) - 2),
        )

    def channel_of_weight(self) -> int:
        """Return the dimension of the weight that the output's channels are."""
        return 0

    def weight_shapes(self, inputs: Inputs) -> tuple[Shape, ...]:
        weight = () if self.weight_input else (self.filter_shape(inputs),)
        return (*weight, *(((self.out_channels,),) if self.bias else ()))

    def weight_shape(self, inputs: Inputs) -> Shape | None:
        return None if self.weight_input else self.filter_shape(inputs)

    def in_place_of(self, inputs: Inputs) -> InPlaceKind:
        """Return `depthwise` where each channel is convolved by itself, and so can be overwritten row by row.

        Source: TinyEngine, Lin et al. 2020, arXiv:2007.10319.
        """
        if self.weight_input:  # its memory is read to the end
            return "never"
        channels = split_spatial(inputs[0].shape, self.dims, of=self.type_name)[1]
        return "depthwise" if channels == self.groups == self.out_channels else "never"

    def summary(self, inputs: Inputs) -> str:
        channels = split_spatial(inputs[0].shape, self.dims, of=self.type_name)[1]
        groups = f"groups {self.groups}" if self.groups > 1 else ""
        parts = (f"{channels}→{self.out_channels}", sizes_summary(self.kernel_size), step_summary(self.stride), groups)
        return " ".join(filter(None, parts))

    def record(self, tape: Tape, given: Pieces, outputs: Outputs) -> Pieces:
        if self.weight_input:
            return (self._record_computed(tape, given, outputs[0].shape),)
        return (tape.conv(given[0], outputs[0].shape, self._weight_of(given)),)

    def _record_computed(self, tape: Tape, given: Pieces, shape: Shape) -> Traced:
        x, weight = (tape.half(each) for each in given[:2])
        needs = any(each.needs for each in given) or (self.bias and tape.trainable)
        if needs:
            tape.keep(x, weight)
        return tape.new(shape, width=x.width, needs=needs)

    def _weight_of(self, given: Pieces) -> int:
        """Return the elements of the weight."""
        channels = given[0].shape[-self.dims - 1]
        return channels * self.out_channels // self.groups * prod(self.kernel_size)
