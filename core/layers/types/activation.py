"""Activation functions of single elements.

Source of definitions and parameters: torch.nn. Each is counted as it is written here, for every element: a choice
between cases is a comparison, and both are counted; negation is free; exp, tanh, erf, log and a division are special.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from layerledger.core.base.messages import Message
from layerledger.core.base.params import Bool, Choice, Float, Int, param
from layerledger.core.base.shapes import Shape, ShapeError, shape_text
from layerledger.core.layers.examples import Example, torch_example
from layerledger.core.layers.layer_type import Counts, Inputs, LayerType, Outputs, counting
from layerledger.core.layers.registry import layer_type

_INPLACE = param(Bool(), default=False, help="Write over the input; the counts stay the same.")


class _Activation(LayerType):
    """One function of each of E elements."""

    fusible = True
    in_place = "element-wise"
    receptive = "same"
    indices = "refused"

    def symbols(self, inputs: Inputs, outputs: Outputs) -> Mapping[str, int]:
        return {"E": outputs[0].elements}


class _InplaceActivation(_Activation):
    inplace: bool = _INPLACE


def _each(*, mul: int = 0, add: int = 0, cmp: int = 0, special: int = 0, params: str = "") -> Counts:
    """Return the counts of E elements, of which each takes these."""
    mul_e, add_e, cmp_e, special_e = (f"{n}*E" if n > 1 else "E" * n for n in (mul, add, cmp, special))
    return counting(params=params, mul=mul_e, add=add_e, cmp=cmp_e, special=special_e)


@layer_type("Activation")
class ReLU(_InplaceActivation):
    """max(0, x) of each element."""

    saved_tensors = "outputs"
    indices = "counted"
    counts = _each(cmp=1)
    examples = (
        Example(
            params={},
            inputs=((1, 64, 56, 56),),
            outputs=((1, 64, 56, 56),),
            counts={"cmp": 200_704, "exact_flops": 0},
            source="torchvision resnet18.layer1.0.relu; calflops 0.3.2 and torchstat 0.0.7 print 200,704",
        ),
    )


@layer_type("Activation")
class ReLU6(_InplaceActivation):
    """min(max(0, x), 6) of each element."""

    indices = "counted"
    counts = _each(cmp=2)
    examples = torch_example({}, ((2, 48),), ((2, 48),), by_hand={"cmp": 192})


@layer_type("Activation")
class LeakyReLU(_Activation):
    """x where it is positive, else slope·x."""

    negative_slope: float = param(Float(), default=0.01, help="Slope below zero.")
    inplace: bool = _INPLACE

    counts = _each(cmp=1, mul=1)
    examples = torch_example({}, ((3, 60),), ((3, 60),), by_hand={"cmp": 180, "mul": 180})

    def summary(self, inputs: Inputs) -> str:
        return f"slope {self.negative_slope:g}"


@layer_type("Activation")
class PReLU(_Activation):
    """x where it is positive, else a·x with a learned slope: one for all, or one a channel."""

    num_parameters: int = param(Int(1), default=1, help="Number of slopes: 1, or the input's channels.")
    init: float = param(Float(), default=0.25, help="What the slopes start training with.")

    counts = _each(cmp=1, mul=1, params="n")
    examples = (
        Example(
            params={"num_parameters": 64},
            inputs=((1, 64, 112, 112),),
            outputs=((1, 64, 112, 112),),
            counts={"params": 64, "mul": 802816, "cmp": 802816},
            source="by hand: a comparison and a product for each of 64·112·112 elements",
        ),
    )

    def shape(self, shape: Shape) -> Shape:
        channels = shape[1] if len(shape) > 1 else 1
        if self.num_parameters not in (1, channels):
            raise ShapeError(
                Message(
                    "num_parameters must be 1 or the channels of the input {shape}, {channels}; got {num_parameters}",
                    shape=shape_text(shape),
                    channels=channels,
                    num_parameters=self.num_parameters,
                ),
                param="num_parameters",
            )
        return shape

    def symbols(self, inputs: Inputs, outputs: Outputs) -> Mapping[str, int]:
        return {**super().symbols(inputs, outputs), "n": self.num_parameters}


@layer_type("Activation")
class RReLU(_Activation):
    """x where it is positive, else a·x; training draws a at random, and here it is the mean of its range."""

    lower: float = param(Float(), default=1 / 8, help="Least slope.")
    upper: float = param(Float(), default=1 / 3, help="Greatest slope.")
    inplace: bool = _INPLACE

    counts = _each(cmp=1, mul=1)
    examples = torch_example({}, ((2, 24),), ((2, 24),), by_hand={"cmp": 48, "mul": 48})

    def check(self) -> None:
        if self.lower > self.upper:
            raise ShapeError(
                Message("lower must be at most upper, {upper:g}; got {lower:g}", upper=self.upper, lower=self.lower),
                param="lower",
            )


@layer_type("Activation")
class ELU(_Activation):
    """x where it is positive, else α·(exp(x) − 1)."""

    alpha: float = param(Float(), default=1.0, help="What it tends to below zero, −α.")
    inplace: bool = _INPLACE

    counts = _each(cmp=1, mul=1, add=1, special=1)
    examples = torch_example({}, ((3, 11),), ((3, 11),), by_hand={"cmp": 33, "mul": 33, "add": 33, "special": 33})


@layer_type("Activation")
class SELU(_InplaceActivation):
    """scale·x where x is positive, else scale·α·(exp(x) − 1)."""

    counts = _each(cmp=1, mul=2, add=1, special=1)
    examples = torch_example(
        {}, ((4, 4, 47),), ((4, 4, 47),), by_hand={"cmp": 752, "mul": 1504, "add": 752, "special": 752}
    )


@layer_type("Activation")
class CELU(_Activation):
    """x where it is positive, else α·(exp(x·1/α) − 1)."""

    alpha: float = param(Float(), default=1.0, help="What it tends to below zero, −α.")
    inplace: bool = _INPLACE

    counts = _each(cmp=1, mul=2, add=1, special=1)
    examples = torch_example({}, ((2, 21),), ((2, 21),), by_hand={"cmp": 42, "mul": 84, "add": 42, "special": 42})

    def check(self) -> None:
        if self.alpha == 0:
            raise ShapeError("alpha must not be 0, since x is divided by it", param="alpha")


@layer_type("Activation")
class GELU(_Activation):
    """x/2·(1 + erf(x/√2)), or by tanh: x/2·(1 + tanh(√(2/π)·(x + 0.044715·x³)))."""

    approximate: Literal["none", "tanh"] = param(
        Choice(("none", "tanh")), default="none", help="“tanh” for the approximation of erf."
    )

    # t = 1 for tanh, whose cube takes 3 products and an addition more.
    counts = counting(mul="(3 + 3*t)*E", add="(1 + t)*E", special="E")
    examples = torch_example({}, ((2, 31),), ((2, 31),), by_hand={"mul": 186, "add": 62, "special": 62})

    def symbols(self, inputs: Inputs, outputs: Outputs) -> Mapping[str, int]:
        return {**super().symbols(inputs, outputs), "t": int(self.approximate == "tanh")}

    def summary(self, inputs: Inputs) -> str:
        return "" if self.approximate == "none" else self.approximate


@layer_type("Activation")
class SiLU(_InplaceActivation):
    """x·σ(x) of each element, with σ(x) = 1 / (1 + exp(−x))."""

    counts = _each(mul=1, add=1, special=2)
    examples = torch_example({}, ((4, 12, 50),), ((4, 12, 50),), by_hand={"mul": 2400, "add": 2400, "special": 4800})


@layer_type("Activation")
class Mish(_InplaceActivation):
    """x·tanh(log(1 + exp(x))) of each element."""

    counts = _each(mul=1, add=1, special=3)
    examples = torch_example({}, ((2, 14, 6),), ((2, 14, 6),), by_hand={"mul": 168, "add": 168, "special": 504})


@layer_type("Activation")
class Sigmoid(_Activation):
    """1 / (1 + exp(−x)) of each element."""

    saved_tensors = "outputs"
    indices = "real"
    counts = _each(add=1, special=2)
    examples = torch_example({}, ((8, 25),), ((8, 25),), by_hand={"add": 200, "special": 400})


@layer_type("Activation")
class Tanh(_Activation):
    """tanh(x) of each element."""

    saved_tensors = "outputs"
    indices = "real"
    counts = _each(special=1)
    examples = torch_example({}, ((3, 58),), ((3, 58),), by_hand={"special": 174})


@layer_type("Activation")
class Hardsigmoid(_InplaceActivation):
    """min(max(0, x + 3), 6)·1/6 of each element."""

    counts = _each(cmp=2, mul=1, add=1)
    examples = torch_example(
        {}, ((2, 7, 2, 6, 8),), ((2, 7, 2, 6, 8),), by_hand={"cmp": 2688, "mul": 1344, "add": 1344}
    )


@layer_type("Activation")
class Hardswish(_InplaceActivation):
    """x·min(max(0, x + 3), 6)·1/6 of each element."""

    counts = _each(cmp=2, mul=2, add=1)
    examples = torch_example({}, ((2, 27, 3, 2),), ((2, 27, 3, 2),), by_hand={"cmp": 648, "mul": 648, "add": 324})


@layer_type("Activation")
class Hardtanh(_Activation):
    """min(max(min_val, x), max_val) of each element."""

    min_val: float = param(Float(), default=-1.0, help="Least value.")
    max_val: float = param(Float(), default=1.0, help="Greatest value.")
    inplace: bool = _INPLACE

    indices = "counted"
    counts = _each(cmp=2)
    examples = torch_example({}, ((2, 2, 26, 31),), ((2, 2, 26, 31),), by_hand={"cmp": 6448})

    def check(self) -> None:
        if self.max_val <= self.min_val:
            raise ShapeError(
                Message(
                    "max_val must be above min_val, {min_val:g}; got {max_val:g}",
                    min_val=self.min_val,
                    max_val=self.max_val,
                ),
                param="max_val",
            )


@layer_type("Activation")
class Softplus(_Activation):
    """log(1 + exp(β·x)) / β, and x itself where β·x is above a threshold."""

    beta: float = param(Float(), default=1.0, help="Sharpness β.")
    threshold: float = param(Float(), default=20.0, help="Where β·x is above it, the output is x.")

    counts = _each(cmp=1, mul=1, add=1, special=3)
    examples = torch_example(
        {}, ((2, 15, 4, 6, 2),), ((2, 15, 4, 6, 2),), by_hand={"cmp": 1440, "mul": 1440, "add": 1440, "special": 4320}
    )


@layer_type("Activation")
class Softsign(_Activation):
    """x / (1 + |x|) of each element."""

    indices = "real of numbers"
    counts = _each(cmp=1, add=1, special=1)
    examples = torch_example({}, ((2, 55),), ((2, 55),), by_hand={"cmp": 110, "add": 110, "special": 110})


@layer_type("Activation")
class LogSigmoid(_Activation):
    """−log(1 + exp(−x)) of each element."""

    counts = _each(add=1, special=2)
    examples = torch_example({}, ((8, 2, 4),), ((8, 2, 4),), by_hand={"add": 64, "special": 128})


@layer_type("Activation")
class Tanhshrink(_Activation):
    """x − tanh(x) of each element."""

    indices = "real of numbers"
    counts = _each(add=1, special=1)
    examples = torch_example({}, ((2, 64),), ((2, 64),), by_hand={"add": 128, "special": 128})


@layer_type("Activation")
class Softshrink(_Activation):
    """x − λ above λ, x + λ below −λ, else 0."""

    lambd: float = param(Float(0), default=0.5, help="The threshold λ.")

    counts = _each(cmp=2, add=1)
    examples = torch_example({}, ((3, 17, 19),), ((3, 17, 19),), by_hand={"cmp": 1938, "add": 969})


@layer_type("Activation")
class Hardshrink(_Activation):
    """x above λ or below −λ, else 0."""

    lambd: float = param(Float(), default=0.5, help="The threshold λ.")

    counts = _each(cmp=2)
    examples = torch_example({}, ((2, 9, 2, 6, 5),), ((2, 9, 2, 6, 5),), by_hand={"cmp": 2160})


@layer_type("Activation")
class Threshold(_Activation):
    """x above a threshold, else a fixed value."""

    threshold: float = param(Float(), initial=0.0, help="Above it, the output is x.")
    value: float = param(Float(), initial=0.0, help="The output where x is not above the threshold.")
    inplace: bool = _INPLACE

    indices = "counted"
    counts = _each(cmp=1)
    examples = torch_example({"threshold": 0.1, "value": 20}, ((4, 18, 32),), ((4, 18, 32),), by_hand={"cmp": 2304})
