"""Squeeze-and-excitation: channels scaled by a function of their means.

Source of shapes and parameters: torchvision.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import prod
from typing import Literal

from layerledger.core.base.messages import Message
from layerledger.core.base.params import Choice, Int, Value, param
from layerledger.core.base.shapes import ShapeError, check_rank, shape_text
from layerledger.core.layers.counting import counting
from layerledger.core.layers.examples import Example
from layerledger.core.layers.inner_steps import FUSED, Inside, step
from layerledger.core.layers.layer_type import Inputs, LayerType, Outputs
from layerledger.core.layers.registry import layer_type
from layerledger.core.layers.symbols import meanings
from layerledger.core.layers.tape import Tape
from layerledger.core.layers.traced import Pieces
from layerledger.core.layers.windows import Receptive, whole_dim_maps

_ACTIVATIONS = ("relu", "silu", "gelu", "sigmoid", "hardsigmoid")
_EACH = {  # cmp, mul, add, special of one element; see the activation functions
    "relu": (1, 0, 0, 0),
    "silu": (0, 1, 1, 2),
    "gelu": (0, 3, 1, 1),
    "sigmoid": (0, 0, 1, 2),
    "hardsigmoid": (2, 1, 1, 0),
}
_KEEPS: Mapping[str, Literal["inputs", "outputs"]] = {
    name: "outputs" if name in ("relu", "sigmoid") else "inputs" for name in _ACTIVATIONS
}
"""The tensors that the gradient of each function needs; see the activation functions."""


@layer_type("Convolution", order=70)
class SqueezeExcitation(LayerType):
    """Scales each channel by a function of all channel means (torchvision.ops): (N, C, H, W), kept as it is.

    A mean of each channel, two 1×1 convolutions with an activation function after each, a product with the input.
    """

    input_channels: int | None = param(Int(1), default=None, derived=True, help="Channels; they follow from the input.")
    squeeze_channels: int = param(Int(1), initial=16, help="Channels between the two convolutions.")
    activation: str = param(Choice(_ACTIVATIONS), default="relu", help="Function after the first convolution.")
    scale_activation: str = param(Choice(_ACTIVATIONS), default="sigmoid", help="Function after the second one.")
    fused: bool = FUSED

    aliases = ("se", "squeezeexcite")
    status = "exact"
    saved_tensors = "inputs"
    in_place = "never"
    fusible = False
    symbol_help = meanings(
        P="pixels of a channel",
        S="channels between (squeeze_channels)",
        a_add="additions that one value of activation takes",
        a_cmp="comparisons that one value of activation takes",
        a_mul="products that one value of activation takes",
        a_special="divisions and exponentials that one value of activation takes",
        z_add="additions that one value of scale_activation takes",
        z_cmp="comparisons that one value of scale_activation takes",
        z_mul="products that one value of scale_activation takes",
        z_special="divisions and exponentials that one value of scale_activation takes",
    )
    indices = "refused"
    counts = counting(
        params={"squeeze": "C*S + S", "excite": "S*C + C"},
        macs={"squeeze": "N*C*S", "excite": "N*S*C"},
        mul={
            "squeeze": "N*C*S",
            "activation": "N*S*a_mul",
            "excite": "N*S*C",
            "scale activation": "N*C*z_mul",
            "scale": "N*C*P",
        },
        add={
            "mean": "N*C*(P - 1)",
            "squeeze": "N*C*S",
            "activation": "N*S*a_add",
            "excite": "N*S*C",
            "scale activation": "N*C*z_add",
        },
        cmp={"activation": "N*S*a_cmp", "scale activation": "N*C*z_cmp"},
        special={"mean": "N*C", "activation": "N*S*a_special", "scale activation": "N*C*z_special"},
    )
    inside = Inside(
        (
            step("mean", "AdaptiveAvgPool2d", "input", mean="N*C"),
            step("squeeze", "Conv2d", "mean", squeezed="N*S"),
            step("activation", "ReLU", "squeezed", active="N*S"),
            step("excite", "Conv2d", "active", excited="N*C"),
            step("scale activation", "Sigmoid", "excited", scales="N*C"),
            step("scale", "Mul", "scales input", output="N*C*P"),
        ),
        ("output",),
    )
    examples = (
        Example(
            params={"squeeze_channels": 24, "scale_activation": "hardsigmoid"},
            inputs=((1, 72, 28, 28),),
            outputs=((1, 72, 28, 28),),
            counts={"params": 3_552, "macs": 3_456},
            source="torchvision mobilenet_v3_large.features.4.block.2, torch FlopCounterMode",
        ),
    )

    def record(self, tape: Tape, given: Pieces, outputs: Outputs) -> Pieces:
        x = given[0]
        outer, channels = x.shape[:-3], x.shape[-3]
        mean = tape.new((*outer, channels, 1, 1), width=x.width, needs=x.needs)
        weight = channels * self.squeeze_channels
        squeezed = tape.conv(mean, (*outer, self.squeeze_channels, 1, 1), weight)
        squeezed = tape.unary(squeezed, _KEEPS[self.activation])
        scale = tape.conv(squeezed, mean.shape, weight)
        scale = tape.unary(scale, _KEEPS[self.scale_activation])
        return (tape.mul(scale, x, x.shape),)

    def receptive_of(self, inputs: Inputs, outputs: Outputs) -> Receptive:
        rank = len(inputs[0].shape)
        return (whole_dim_maps(rank, (rank - 3, rank - 2, rank - 1)),)

    def derived(self, inputs: Inputs) -> Mapping[str, Value]:
        shape = inputs[0].shape
        check_rank(shape, (3, 4), of="SqueezeExcitation", axes="(N, C, H, W) or (C, H, W)")
        if 0 in shape[-3:]:
            raise ShapeError(
                Message("a mean of no pixels is not defined; the input is {shape}", shape=shape_text(shape)),
                param="inputs",
            )
        return {"input_channels": shape[-3]}

    def symbols(self, inputs: Inputs, outputs: Outputs) -> Mapping[str, int]:
        *batch, channels, height, width = inputs[0].shape
        functions = {"a": self.activation, "z": self.scale_activation}
        each = {
            f"{letter}_{primitive}": count
            for letter, name in functions.items()
            for primitive, count in zip(("cmp", "mul", "add", "special"), _EACH[name], strict=True)
        }
        return {"N": prod(batch), "C": channels, "S": self.squeeze_channels, "P": height * width, **each}

    def summary(self, inputs: Inputs) -> str:
        return f"{inputs[0].shape[-3]}→{self.squeeze_channels}→{inputs[0].shape[-3]}"
