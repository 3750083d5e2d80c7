"""Functions of single elements other than activation functions, under the names that ONNX and torch share.

Source of definitions: torch. Each is counted as its definition is written, for every element: exp, log, sin, erf, a
root or a division is special, and negation is free, as with the activation functions.
"""

from __future__ import annotations

from collections.abc import Mapping

from layerledger.core.base.messages import Message
from layerledger.core.base.params import Float, Optional, param
from layerledger.core.base.shapes import FLOAT_DTYPES, ShapeError, TensorSpec, promoted
from layerledger.core.layers.counting import counting
from layerledger.core.layers.examples import Example
from layerledger.core.layers.layer_type import Inputs, LayerType, Outputs
from layerledger.core.layers.registry import layer_type
from layerledger.core.layers.symbols import meanings

MAX_POWER = 64
"""Largest exponent that is multiplied out."""


def _six(**counts: int) -> tuple[Example, ...]:
    """Return the example of a function of 6 elements."""
    by_hand = "by hand: what one element takes, 6 times"
    return (Example(params={}, inputs=((2, 3),), outputs=((2, 3),), counts=counts, source=by_hand),)


class Unary(LayerType):
    """One function of each of E elements."""

    fusible = True
    symbol_help = meanings(E="elements of the output")
    in_place = "element-wise"
    receptive = "same"

    def symbols(self, inputs: Inputs, outputs: Outputs) -> Mapping[str, int]:
        return {"E": outputs[0].elements}


class RealFunction(Unary):
    """A function whose values are real numbers, even for integers."""

    status = "exact"
    indices = "kept"
    counts = counting(special="E")

    def outputs(self, inputs: Inputs) -> Outputs:
        given = inputs[0]
        return (given if given.dtype in FLOAT_DTYPES else TensorSpec(given.shape, "float32"),)


@layer_type("Other", order=20)
class Neg(Unary):
    """−x of each element, which is free: the sign of a number is a bit."""

    saved_tensors = "nothing"
    status = "free"
    indices = "counted"
    examples = _six(exact_flops=0)


@layer_type("Other", order=30)
class Abs(Unary):
    """|x| of each element: a comparison with 0."""

    status = "exact"
    saved_tensors = "inputs"
    indices = "counted"
    counts = counting(cmp="E")
    examples = _six(cmp=6)


@layer_type("Other", order=40)
class Exp(RealFunction):
    """exp(x) of each element."""

    saved_tensors = "outputs"
    examples = _six(special=6)


@layer_type("Other", order=50)
class Log(RealFunction):
    """log(x) of each element, to base e."""

    saved_tensors = "inputs"
    examples = _six(special=6)


@layer_type("Other", order=60)
class Sqrt(RealFunction):
    """√x of each element."""

    saved_tensors = "outputs"
    examples = _six(special=6)


@layer_type("Other", order=70)
class Rsqrt(RealFunction):
    """1/√x of each element: a root and a division."""

    saved_tensors = "outputs"
    counts = counting(special="2*E")
    examples = _six(special=12)


@layer_type("Other", order=80)
class Reciprocal(RealFunction):
    """1/x of each element."""

    saved_tensors = "outputs"
    examples = _six(special=6)


@layer_type("Other", order=90)
class Sin(RealFunction):
    """sin(x) of each element."""

    saved_tensors = "inputs"
    examples = _six(special=6)


@layer_type("Other", order=100)
class Cos(RealFunction):
    """cos(x) of each element."""

    saved_tensors = "inputs"
    examples = _six(special=6)


@layer_type("Other", order=110)
class Erf(RealFunction):
    """erf(x) of each element: the error function inside GELU."""

    saved_tensors = "inputs"
    examples = _six(special=6)


@layer_type("Other", order=120)
class Pow(Unary):
    """x to a fixed power. A whole one is multiplied out by squaring; below 0 its reciprocal is taken; else special."""

    exponent: float = param(Float(), initial=2, help="The power.")

    status = "exact"
    indices = "kept"
    saved_tensors = "inputs"
    symbol_help = meanings(
        m="products that the power takes",
        s="1 where the power needs a special function, else 0",
    )
    counts = counting(mul="m*E", special="s*E")
    examples = (
        Example(
            params={"exponent": 3},
            inputs=((1, 128, 3072),),
            outputs=((1, 128, 3072),),
            counts={"mul": 2 * 128 * 3072, "special": 0},
            source="by hand: x·x·x inside GELU’s approximation by tanh",
        ),
    )

    def outputs(self, inputs: Inputs) -> Outputs:
        output = TensorSpec(inputs[0].shape, promoted(inputs, self.exponent))
        if self.exponent < 0 and output.dtype not in FLOAT_DTYPES:
            raise ShapeError(
                Message(
                    "exponent must be at least 0 for {dtype}, or be written as {exponent:.1f}",
                    dtype=inputs[0].dtype,
                    exponent=self.exponent,
                ),
                param="exponent",
            )
        return (output,)

    def symbols(self, inputs: Inputs, outputs: Outputs) -> Mapping[str, int]:
        products, special = _products(self.exponent)
        return {**super().symbols(inputs, outputs), "m": products, "s": special}

    def summary(self, inputs: Inputs) -> str:
        return f"{self.exponent:g}"


def _products(exponent: float) -> tuple[int, int]:
    """Return the products and the special functions that a power takes."""
    # Other powers are computed by exp and log: one special function.
    if not float(exponent).is_integer() or abs(exponent) > MAX_POWER:
        return 0, 1
    n = abs(int(exponent))
    # By repeated squaring: bit_length − 1 squares, and a product for each 1 in the binary number but the first.
    return max(n.bit_length() + n.bit_count() - 2, 0), int(exponent < 0)


@layer_type("Other", order=130)
class Clamp(Unary):
    """min(max(x, min), max) of each element: a comparison for each bound that is given."""

    min: float | None = param(Optional(Float()), default=None, initial=0.0, help="Smallest value; empty for no bound.")
    max: float | None = param(Optional(Float()), default=None, help="Largest value; empty for no bound.")

    aliases = ("clamp", "clip")
    status = "exact"
    indices = "kept"
    saved_tensors = "inputs"
    symbol_help = meanings(n="bounds that are given")
    counts = counting(cmp="n*E")
    examples = (
        Example(
            params={"min": -1, "max": 1},
            inputs=((2, 3),),
            outputs=((2, 3),),
            counts={"cmp": 12},
            source="by hand: 2 an element, as Hardtanh",
        ),
    )

    def check(self) -> None:
        if self.min is None and self.max is None:
            raise ShapeError("min or max must be given", param="min")

    def outputs(self, inputs: Inputs) -> Outputs:
        return (TensorSpec(inputs[0].shape, promoted(inputs, self.min, self.max)),)

    def symbols(self, inputs: Inputs, outputs: Outputs) -> Mapping[str, int]:
        return {**super().symbols(inputs, outputs), "n": (self.min is not None) + (self.max is not None)}

    def summary(self, inputs: Inputs) -> str:
        low, high = ("" if bound is None else f"{bound:g}" for bound in (self.min, self.max))
        return f"{low}…{high}"
