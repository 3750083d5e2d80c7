"""Activation functions made of straight pieces: ReLU and its variants, clipping, shrinking.

Source of definitions and parameters: torch.nn. Each is counted as it is written here, for every element: a choice
between cases is a comparison, and both are counted; negation is free; exp, tanh, erf, log and a division are special.
"""

from __future__ import annotations

from collections.abc import Mapping

from layerledger.core.base.messages import Message
from layerledger.core.base.params import Float, Int, param
from layerledger.core.base.shapes import Shape, ShapeError, shape_text
from layerledger.core.layers.examples import Example, torch_example
from layerledger.core.layers.layer_type import Inputs, Outputs
from layerledger.core.layers.registry import layer_type
from layerledger.core.layers.symbols import meanings
from layerledger.core.layers.tape import Tape
from layerledger.core.layers.traced import Pieces
from layerledger.core.layers.types.activation import INPLACE, Activation, InplaceActivation, each


@layer_type("Activation", order=10)
class ReLU(InplaceActivation):
    """max(0, x) of each element."""

    saved_tensors = "outputs"
    indices = "counted"
    counts = each(cmp=1)
    examples = (
        Example(
            params={},
            inputs=((1, 64, 56, 56),),
            outputs=((1, 64, 56, 56),),
            counts={"cmp": 200_704, "exact_flops": 0},
            source="torchvision resnet18.layer1.0.relu; calflops 0.3.2 and torchstat 0.0.7 print 200,704",
        ),
    )


@layer_type("Activation", order=20)
class ReLU6(InplaceActivation):
    """min(max(0, x), 6) of each element."""

    aliases = ("relu",)
    saved_tensors = "inputs"
    result_is_enough = True
    indices = "counted"
    counts = each(cmp=2)
    examples = torch_example({}, ((2, 48),), ((2, 48),), by_hand={"cmp": 192})


@layer_type("Activation", order=30)
class LeakyReLU(Activation):
    """x where it is positive, else slope·x."""

    negative_slope: float = param(Float(), default=0.01, help="Slope below zero.")
    inplace: bool = INPLACE

    saved_tensors = "inputs"
    result_is_enough = True
    counts = each(cmp=1, mul=1)
    examples = torch_example({}, ((3, 60),), ((3, 60),), by_hand={"cmp": 180, "mul": 180})

    def summary(self, inputs: Inputs) -> str:
        return f"slope {self.negative_slope:g}"


@layer_type("Activation", order=40)
class PReLU(Activation):
    """x where it is positive, else a·x with a learned slope: one for all, or one a channel."""

    num_parameters: int = param(Int(0), default=1, help="Number of slopes: 1, or the input's channels.")
    init: float = param(Float(), default=0.25, help="Initial value of the slopes in training.")

    saved_tensors = "inputs"
    symbol_help = meanings(n="slopes")
    counts = each(cmp=1, mul=1, params="n")
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
        # As in torch: dimension 1 holds the channels, and a tensor of fewer dimensions has one.
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

    def record(self, tape: Tape, given: Pieces, outputs: Outputs) -> Pieces:
        return (tape.prelu(given[0], self.num_parameters),)


@layer_type("Activation", order=50)
class RReLU(Activation):
    """x where it is positive, else a·x; a is random in training, and the mean of its range at inference."""

    lower: float = param(Float(), default=1 / 8, help="Smallest slope.")
    upper: float = param(Float(), default=1 / 3, help="Largest slope.")
    inplace: bool = INPLACE

    saved_tensors = "inputs"
    result_is_enough = True
    counts = each(cmp=1, mul=1)
    examples = torch_example({}, ((2, 24),), ((2, 24),), by_hand={"cmp": 48, "mul": 48})

    def check(self) -> None:
        if self.lower > self.upper:
            raise ShapeError(
                Message("lower must be at most upper, {upper:g}; got {lower:g}", upper=self.upper, lower=self.lower),
                param="lower",
            )

    def record(self, tape: Tape, given: Pieces, outputs: Outputs) -> Pieces:
        x = given[0]
        if x.needs:
            tape.keep_bytes(x.elements * x.width)  # the drawn slopes
        return super().record(tape, given, outputs)


@layer_type("Activation", order=140)
class Hardsigmoid(InplaceActivation):
    """min(max(0, x + 3), 6)·1/6 of each element."""

    saved_tensors = "inputs"
    counts = each(cmp=2, mul=1, add=1)
    examples = torch_example(
        {}, ((2, 7, 2, 6, 8),), ((2, 7, 2, 6, 8),), by_hand={"cmp": 2688, "mul": 1344, "add": 1344}
    )


@layer_type("Activation", order=150)
class Hardswish(InplaceActivation):
    """x·min(max(0, x + 3), 6)·1/6 of each element."""

    saved_tensors = "inputs"
    counts = each(cmp=2, mul=2, add=1)
    examples = torch_example({}, ((2, 27, 3, 2),), ((2, 27, 3, 2),), by_hand={"cmp": 648, "mul": 648, "add": 324})


@layer_type("Activation", order=160)
class Hardtanh(Activation):
    """min(max(min_val, x), max_val) of each element."""

    min_val: float = param(Float(), default=-1.0, help="Smallest value.")
    max_val: float = param(Float(), default=1.0, help="Largest value.")
    inplace: bool = INPLACE

    saved_tensors = "inputs"
    result_is_enough = True
    indices = "counted"
    counts = each(cmp=2)
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


@layer_type("Activation", order=210)
class Softshrink(Activation):
    """x − λ above λ, x + λ below −λ, else 0."""

    lambd: float = param(Float(0), default=0.5, help="The threshold λ.")

    saved_tensors = "inputs"
    counts = each(cmp=2, add=1)
    examples = torch_example({}, ((3, 17, 19),), ((3, 17, 19),), by_hand={"cmp": 1938, "add": 969})


@layer_type("Activation", order=220)
class Hardshrink(Activation):
    """x above λ or below −λ, else 0."""

    lambd: float = param(Float(), default=0.5, help="The threshold λ.")

    saved_tensors = "inputs"
    counts = each(cmp=2)
    examples = torch_example({}, ((2, 9, 2, 6, 5),), ((2, 9, 2, 6, 5),), by_hand={"cmp": 2160})


@layer_type("Activation", order=230)
class Threshold(Activation):
    """x above a threshold, else a fixed value."""

    threshold: float = param(Float(), initial=0.0, help="Above it, the output is x.")
    value: float = param(Float(), initial=0.0, help="The output where x is not above the threshold.")
    inplace: bool = INPLACE

    saved_tensors = "inputs"
    indices = "counted"
    counts = each(cmp=1)
    examples = torch_example({"threshold": 0.1, "value": 20}, ((4, 18, 32),), ((4, 18, 32),), by_hand={"cmp": 2304})
