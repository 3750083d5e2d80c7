"""Normalization of groups of channels.

Source of shapes and parameters: torch.nn. Counts are those of a norm with its own statistics, as in InstanceNorm.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import prod

from layerledger.core.base.messages import Message
from layerledger.core.base.params import MAX_RANK, Bool, Int, Value, param
from layerledger.core.base.shapes import Shape, ShapeError, check_rank, shape_text
from layerledger.core.layers.counting import counting
from layerledger.core.layers.divisibility import check_divides
from layerledger.core.layers.examples import Example
from layerledger.core.layers.layer_type import Inputs, LayerType, Outputs
from layerledger.core.layers.registry import layer_type
from layerledger.core.layers.symbols import meanings
from layerledger.core.layers.tape import Tape
from layerledger.core.layers.traced import Pieces
from layerledger.core.layers.types.norm import BIAS, EPS


@layer_type("Normalization", order=70)
class GroupNorm(LayerType):
    """Normalizes groups of channels of each sample: (N, C, *), kept as it is."""

    num_groups: int = param(Int(1), initial=8, help="Groups that the channels are split into.")
    num_channels: int | None = param(Int(1), default=None, derived=True, help="Channels of the input; follows from it.")
    eps: float = EPS
    affine: bool = param(Bool(), default=True, help="A learned scale and shift for each channel.")
    bias: bool = BIAS

    aliases = ("gn",)
    status = "exact"
    saved_tensors = "inputs"
    in_place = "never"
    fusible = False
    symbol_help = meanings(
        P="positions in a channel",
        a="1 with a learned scale (affine), else 0",
        b="1 with a learned shift too (bias), else 0",
        g="groups that are normalized together (num_groups)",
    )
    indices = "refused"
    receptive = "same"
    counts = counting(
        params="(a + b)*C",
        mul="(2 + a)*N*C*P",
        add="(3 + b)*N*C*P - N*g",
        special="4*N*g",
    )
    examples = (
        Example(
            params={"num_groups": 32},
            inputs=((1, 320, 64, 64),),
            outputs=((1, 320, 64, 64),),
            counts={"params": 640, "macs": 0},
            source="Stable Diffusion 1.5, unet.down_blocks.0.resnets.0.norm1",
        ),
    )

    def check(self) -> None:
        if self.num_channels is not None:
            check_divides(self.num_channels, self.num_groups, of="num_channels {}", param="num_groups")

    def shape(self, shape: Shape) -> Shape:
        check_divides(shape[1], self.num_groups, of="the input's {} channels", param="num_groups")
        if 0 in shape[1:]:
            raise ShapeError(
                Message("statistics need values; a sample of {shape} has none", shape=shape_text(shape)), param="inputs"
            )
        if prod(shape) == self.num_groups:
            raise ShapeError(
                Message(
                    "statistics need more than one value each; {shape} has one in each of {num_groups} groups; "
                    "use fewer groups",
                    shape=shape_text(shape),
                    num_groups=self.num_groups,
                ),
                param="num_groups",
            )
        return shape

    def derived(self, inputs: Inputs) -> Mapping[str, Value]:
        shape = inputs[0].shape
        check_rank(shape, range(2, MAX_RANK + 1), of="GroupNorm", axes="(N, C, *)")
        return {"num_channels": shape[1]}

    def check_derived(self, derived: Mapping[str, Value]) -> None:
        if self.affine:  # else nothing has num_channels values, and torch lets it be
            super().check_derived(derived)

    def symbols(self, inputs: Inputs, outputs: Outputs) -> Mapping[str, int]:
        (batch, channels, *rest), shift = inputs[0].shape, int(self.affine and self.bias)
        return {"N": batch, "C": channels, "P": prod(rest), "g": self.num_groups, "a": int(self.affine), "b": shift}

    def summary(self, inputs: Inputs) -> str:
        return f"{self.num_groups} groups"

    def record(self, tape: Tape, given: Pieces, outputs: Outputs) -> Pieces:
        return (tape.norm(given[0], given[0].shape[0] * self.num_groups),)
