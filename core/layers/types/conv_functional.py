"""Convolutions whose weight another layer computes: torch.nn.functional.conv2d with two inputs.

Source: torch.nn.functional. The operations are those of the layer with a weight of its own; only the weight is not
counted, since it belongs to what computes it.
"""

from __future__ import annotations

from collections.abc import Mapping

from layerledger.core.base.messages import Message
from layerledger.core.base.params import Bool, param
from layerledger.core.base.shapes import Shape, ShapeError, TensorSpec, shape_text
from layerledger.core.formula.formula import Formula
from layerledger.core.layers.counting import Counts, terms_of
from layerledger.core.layers.windows import SAME, DimMap, DimMaps

WEIGHT_INPUT = param(
    Bool(), default=False, help="The second input is the weight, as in torch.nn.functional; a third one is the bias."
)


def computed_terms(counts: Counts, *, bias: bool) -> Mapping[str, Mapping[str, Formula]]:
    """Return the terms of a convolution's counts without a weight of its own; `bias` tells whether it has a bias."""
    others = {name: count for name, count in counts.items() if name != "params"}
    return terms_of({**others, "params": "b*C_out"} if bias else others)


def check_weight(type_name: str, beside: tuple[TensorSpec, ...], wanted: Shape, *, filters: int, bias: bool) -> None:
    """Raise ShapeError where the weight or the bias that are inputs have other sizes than the layer states.

    Args:
        type_name: the layer type.
        beside: the inputs after the first.
        wanted: the shape of the weight by the layer's parameters.
        filters: the number of output channels.
        bias: whether the layer has a bias of its own.
    """
    if bias and len(beside) > 1:
        raise ShapeError(Message("bias must be false where the third input is the bias"), param="bias")
    for name, spec, sizes in zip(("weight", "bias"), beside, (wanted, (filters,)), strict=False):
        if spec.shape != sizes:
            raise ShapeError(
                Message(
                    "the {name} of this {type_name} must be {wanted} by its parameters; the input is {given}",
                    name=name,
                    type_name=type_name,
                    wanted=shape_text(sizes),
                    given=shape_text(spec.shape),
                ),
                param="inputs",
            )


def weight_maps(rank: int, channel: int, place: int) -> DimMaps:
    """Return the dim maps of a weight: its filters are the output's channels, and each output uses a whole filter.

    Args:
        rank: of the weight.
        channel: its dimension of filters; −1 where they are in groups, so that none is a channel by itself.
        place: the dimension of the output's channels.
    """
    return tuple(DimMap((place,), SAME) if d == channel else DimMap((), "whole") for d in range(rank))
