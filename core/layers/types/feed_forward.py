"""Gated feed-forward parts.

Source: Shazeer 2020, arXiv:2002.05202.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import prod

from layerledger.core.base.messages import Message
from layerledger.core.base.params import Bool, Int, Optional, Value, param
from layerledger.core.base.shapes import Shape, ShapeError
from layerledger.core.layers.attention_passes import gated_feed_forward
from layerledger.core.layers.components import Part, composed, linear
from layerledger.core.layers.examples import Example
from layerledger.core.layers.inner_steps import FUSED, Inside, PlainStep, step
from layerledger.core.layers.layer_type import Inputs, LayerType, Outputs
from layerledger.core.layers.registry import layer_type
from layerledger.core.layers.symbols import meanings
from layerledger.core.layers.tape import Tape
from layerledger.core.layers.traced import Pieces
from layerledger.core.layers.windows import Receptive, whole_dim_maps

SILU: Part = {"mul": "R*F", "add": "R*F", "special": "2*R*F"}
GELU: Part = {"mul": "3*R*F", "add": "R*F", "special": "R*F"}


def gated(activation: Part, *, inner: str = "F") -> dict[str, Part]:
    """Return the parts of down(act(gate(x))·up(x)); for the activation functions see SiLU and GELU."""
    function = {primitive: text.replace("F", inner) for primitive, text in activation.items()}
    return {
        "gate": linear("R", "D", inner),
        "up": linear("R", "D", inner),
        "activation": function,
        "product": {"mul": f"R*{inner}"},
        "down": linear("R", inner, "D_out"),
    }


def gated_steps(
    function: str, rows: str, inner: str, features: str, name: str = "", when: str = ""
) -> tuple[PlainStep, ...]:
    """Return the inner steps of a gated part over `rows` rows, which makes `down`."""
    each, taken = f"{rows}*{inner}", f"input[{rows}*{features}]"
    return (
        step(f"{name}gate", "Linear", taken, gate=each, when=when),
        step(f"{name}activation", function, "gate", active=each, when=when),
        step(f"{name}up", "Linear", taken, up=each, when=when),
        step(f"{name}product", "Mul", "active up", product=each, when=when),
    )


def _inside(function: str) -> Inside:
    down = step("down", "Linear", "product", down="R*D_out")
    return Inside((*gated_steps(function, "R", "F", "D"), down), ("down",))


def last_size(inputs: Inputs, of: str) -> int:
    """Return the features of the first input.

    Raises:
        ShapeError: it has none.
    """
    shape = inputs[0].shape
    if not shape:
        raise ShapeError(
            Message("{of} takes an input of at least one dimension; this one is a scalar", of=of), param="inputs"
        )
    if not shape[-1]:
        raise ShapeError(Message("{of} takes features, but the input's last dimension is 0", of=of), param="inputs")
    return shape[-1]


class _Gated(LayerType):
    in_features: int | None = param(Int(1), default=None, derived=True, help="Features of the input's last dimension.")
    hidden_features: int = param(Int(1), initial=11_008, help="Features between the linear maps.")
    out_features: int | None = param(
        Optional(Int(1)), default=None, help="Features of the output; empty for those of the input."
    )
    bias: bool = param(Bool(), default=True, help="Learned values added by each linear map.")
    fused: bool = FUSED

    status = "exact"
    saved_tensors = "inputs"
    in_place = "never"
    fusible = False
    symbol_help = meanings(
        D="features of a row of the input",
        D_out="features of a row of the output",
        F="features inside: hidden_features, or intermediate_size of an expert",
        R="rows: the sizes of the other dimensions, multiplied",
    )
    indices = "refused"

    def shape(self, shape: Shape) -> Shape:
        return (*shape[:-1], self.out_features or shape[-1])

    def derived(self, inputs: Inputs) -> Mapping[str, Value]:
        return {"in_features": last_size(inputs, self.type_name)}

    def record(self, tape: Tape, given: Pieces, outputs: Outputs) -> Pieces:
        return (gated_feed_forward(tape, given[0], self.hidden_features, outputs[0].shape[-1]),)

    def receptive_of(self, inputs: Inputs, outputs: Outputs) -> Receptive:
        return (whole_dim_maps(len(inputs[0].shape), (-1,)),)

    def weight_shapes(self, inputs: Inputs) -> tuple[Shape, ...]:
        features = inputs[0].shape[-1]
        out, hidden = self.out_features or features, self.hidden_features
        biases = ((hidden,), (hidden,), (out,)) if self.bias else ()
        return ((hidden, features), (hidden, features), (out, hidden), *biases)

    def symbols(self, inputs: Inputs, outputs: Outputs) -> Mapping[str, int]:
        *rows, features = inputs[0].shape
        sizes = {"D": features, "F": self.hidden_features, "D_out": outputs[0].shape[-1]}
        return {"R": prod(rows), "b": int(self.bias), **sizes}

    def summary(self, inputs: Inputs) -> str:
        return f"{inputs[0].shape[-1]}→{self.hidden_features}→{self.out_features or inputs[0].shape[-1]}"


@layer_type("Transformer", order=10)
class SwiGLU(_Gated):
    """Feed-forward part with a gate, W₃(SiLU(W₁x)·W₂x): (*, in_features) -> (*, out_features)."""

    aliases = ("swiglu", "feedforward", "mlp")
    counts = composed(gated(SILU))
    inside = _inside("SiLU")
    examples = (
        Example(
            params={"hidden_features": 14_336, "bias": False},
            inputs=((1, 128, 4096),),
            outputs=((1, 128, 4096),),
            counts={"params": 176_160_768, "macs": 22_548_578_304},
            source="Llama-3-8B, model.layers.0.mlp: three matrices of 4,096 · 14,336, on 128 tokens",
        ),
    )


@layer_type("Transformer", order=20)
class GeGLU(_Gated):
    """Feed-forward part with a gate, W₃(GELU(W₁x)·W₂x): (*, in_features) -> (*, out_features)."""

    aliases = ("geglu", "feedforward", "mlp")
    counts = composed(gated(GELU))
    inside = _inside("GELU")
    examples = (
        Example(
            params={"hidden_features": 16_384, "bias": False},
            inputs=((1, 128, 2048),),
            outputs=((1, 128, 2048),),
            counts={"params": 100_663_296, "macs": 12_884_901_888},
            source="gemma-2b, model.layers.0.mlp: three matrices of 2,048 · 16,384, on 128 tokens",
        ),
    )
