"""Activation functions with exponentials: sigmoid, tanh, ELU, GELU, SiLU, Softplus and their relatives.

Source of definitions and parameters: torch.nn. Each is counted as it is written here, for every element: a choice
between cases is a comparison, and both are counted; negation is free; exp, tanh, erf, log and a division are special.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from layerledger.core.base.params import Choice, Float, param
from layerledger.core.base.shapes import ShapeError
from layerledger.core.layers.counting import counting
from layerledger.core.layers.examples import torch_example
from layerledger.core.layers.layer_type import Inputs, Outputs
from layerledger.core.layers.registry import layer_type
from layerledger.core.layers.symbols import meanings
from layerledger.core.layers.tape import Tape
from layerledger.core.layers.traced import Pieces
from layerledger.core.layers.types.activation import INPLACE, Activation, InplaceActivation, each


@layer_type("Activation", order=60)
class ELU(Activation):
    """x where it is positive, else α·(exp(x) − 1)."""

    alpha: float = param(Float(), default=1.0, help="α; the function tends to −α below zero.")
    inplace: bool = INPLACE

    saved_tensors = "inputs"
    result_is_enough = True
    counts = each(cmp=1, mul=1, add=1, special=1)
    examples = torch_example({}, ((3, 11),), ((3, 11),), by_hand={"cmp": 33, "mul": 33, "add": 33, "special": 33})


@layer_type("Activation", order=70)
class SELU(InplaceActivation):
    """scale·x where x is positive, else scale·α·(exp(x) − 1)."""

    saved_tensors = "inputs"
    result_is_enough = True
    counts = each(cmp=1, mul=2, add=1, special=1)
    examples = torch_example(
        {}, ((4, 4, 47),), ((4, 4, 47),), by_hand={"cmp": 752, "mul": 1504, "add": 752, "special": 752}
    )


@layer_type("Activation", order=80)
class CELU(Activation):
    """x where it is positive, else α·(exp(x·1/α) − 1)."""

    alpha: float = param(Float(), default=1.0, help="α; the function tends to −α below zero.")
    inplace: bool = INPLACE

    saved_tensors = "inputs"
    result_is_enough = True
    counts = each(cmp=1, mul=2, add=1, special=1)
    examples = torch_example({}, ((2, 21),), ((2, 21),), by_hand={"cmp": 42, "mul": 84, "add": 42, "special": 42})

    def check(self) -> None:
        if self.alpha == 0:
            raise ShapeError("alpha must not be 0, since x is divided by it", param="alpha")


@layer_type("Activation", order=90)
class GELU(Activation):
    """x/2·(1 + erf(x/√2)), or by tanh: x/2·(1 + tanh(√(2/π)·(x + 0.044715·x³)))."""

    approximate: Literal["none", "tanh"] = param(
        Choice(("none", "tanh")), default="none", help="“tanh” for the approximation of erf."
    )

    saved_tensors = "inputs"
    symbol_help = meanings(t="1 for the approximation by tanh, else 0")
    # t = 1 for tanh, whose cube takes 3 products and an addition more.
    counts = counting(mul="(3 + 3*t)*E", add="(1 + t)*E", special="E")
    examples = torch_example({}, ((2, 31),), ((2, 31),), by_hand={"mul": 186, "add": 62, "special": 62})

    def symbols(self, inputs: Inputs, outputs: Outputs) -> Mapping[str, int]:
        return {**super().symbols(inputs, outputs), "t": int(self.approximate == "tanh")}

    def summary(self, inputs: Inputs) -> str:
        return "" if self.approximate == "none" else self.approximate


@layer_type("Activation", order=100)
class SiLU(InplaceActivation):
    """x·σ(x) of each element, with σ(x) = 1 / (1 + exp(−x))."""

    aliases = ("silu", "swish")
    saved_tensors = "inputs"
    counts = each(mul=1, add=1, special=2)
    examples = torch_example({}, ((4, 12, 50),), ((4, 12, 50),), by_hand={"mul": 2400, "add": 2400, "special": 4800})


@layer_type("Activation", order=110)
class Mish(InplaceActivation):
    """x·tanh(log(1 + exp(x))) of each element."""

    saved_tensors = "inputs"
    counts = each(mul=1, add=1, special=3)
    examples = torch_example({}, ((2, 14, 6),), ((2, 14, 6),), by_hand={"mul": 168, "add": 168, "special": 504})


@layer_type("Activation", order=120)
class Sigmoid(Activation):
    """1 / (1 + exp(−x)) of each element."""

    aliases = ("sigmoid", "logistic")
    saved_tensors = "outputs"
    indices = "real"
    counts = each(add=1, special=2)
    examples = torch_example({}, ((8, 25),), ((8, 25),), by_hand={"add": 200, "special": 400})


@layer_type("Activation", order=130)
class Tanh(Activation):
    """tanh(x) of each element."""

    saved_tensors = "outputs"
    indices = "real"
    counts = each(special=1)
    examples = torch_example({}, ((3, 58),), ((3, 58),), by_hand={"special": 174})


@layer_type("Activation", order=170)
class Softplus(Activation):
    """log(1 + exp(β·x)) / β, and x itself where β·x is above a threshold."""

    beta: float = param(Float(), default=1.0, help="Sharpness β.")
    threshold: float = param(Float(), default=20.0, help="Where β·x is above it, the output is x.")

    saved_tensors = "inputs"
    counts = each(cmp=1, mul=1, add=1, special=3)
    examples = torch_example(
        {}, ((2, 15, 4, 6, 2),), ((2, 15, 4, 6, 2),), by_hand={"cmp": 1440, "mul": 1440, "add": 1440, "special": 4320}
    )


@layer_type("Activation", order=180)
class Softsign(Activation):
    """x / (1 + |x|) of each element."""

    saved_tensors = "inputs"
    indices = "real of numbers"
    counts = each(cmp=1, add=1, special=1)
    examples = torch_example({}, ((2, 55),), ((2, 55),), by_hand={"cmp": 110, "add": 110, "special": 110})

    def record(self, tape: Tape, given: Pieces, outputs: Outputs) -> Pieces:
        x = given[0]
        if x.needs:
            tape.keep_bytes(x.elements * x.width)  # 1 + |x|
        return super().record(tape, given, outputs)


@layer_type("Activation", order=190)
class LogSigmoid(Activation):
    """−log(1 + exp(−x)) of each element."""

    saved_tensors = "inputs"
    counts = each(add=1, special=2)
    examples = torch_example({}, ((8, 2, 4),), ((8, 2, 4),), by_hand={"add": 64, "special": 128})

    def record(self, tape: Tape, given: Pieces, outputs: Outputs) -> Pieces:
        x = given[0]
        if x.needs:
            tape.keep_bytes(x.elements * x.width)  # exp(−|x|)
        return super().record(tape, given, outputs)


@layer_type("Activation", order=200)
class Tanhshrink(Activation):
    """x − tanh(x) of each element."""

    saved_tensors = "nothing"
    indices = "real of numbers"
    counts = each(add=1, special=1)
    examples = torch_example({}, ((2, 64),), ((2, 64),), by_hand={"add": 128, "special": 128})

    def record(self, tape: Tape, given: Pieces, outputs: Outputs) -> Pieces:
        x = given[0]
        if x.needs:
            tape.keep_bytes(x.elements * x.width)  # tanh(x)
        return super().record(tape, given, outputs)
