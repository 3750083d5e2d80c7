"""Comparisons and logic, element by element: masks of truth values. They are functions of torch.

Source of shapes, dtypes and parameters: torch and its rules of broadcasting. Each value of the output is one
comparison, as in XLA's cost analysis (HloCostAnalysis, HandleElementwiseOp), which counts logic the same.
"""

from __future__ import annotations

from collections.abc import Mapping

from layerledger.core.base.params import Float, Optional, param
from layerledger.core.base.shapes import TensorSpec
from layerledger.core.layers.broadcasting import broadcast
from layerledger.core.layers.counting import counting
from layerledger.core.layers.examples import Example
from layerledger.core.layers.layer_type import Inputs, LayerType, Outputs
from layerledger.core.layers.registry import layer_type
from layerledger.core.layers.symbols import meanings


class _Truth(LayerType):
    """Truth values of two tensors, broadcast to one shape."""

    status = "exact"
    indices = "kept"
    saved_tensors = "nothing"
    in_place = "never"
    fusible = True
    receptive = "same"
    input_arity = (2, 2)
    symbol_help = meanings(E="elements of the output")
    counts = counting(cmp="E")

    def outputs(self, inputs: Inputs) -> Outputs:
        return (TensorSpec(broadcast([spec.shape for spec in inputs]), "bool"),)

    def symbols(self, inputs: Inputs, outputs: Outputs) -> Mapping[str, int]:
        return {"E": outputs[0].elements}


class _Comparison(_Truth):
    """A comparison of the first input with the second, or with a number."""

    other: float | None = param(
        Optional(Float()), default=None, help="A number in place of the second input; empty for two inputs."
    )

    def arity_of(self) -> tuple[int, int]:
        return (2, 2) if self.other is None else (1, 1)

    def summary(self, inputs: Inputs) -> str:
        return "" if self.other is None else f"{self.other:g}"


def _documented(name: str) -> tuple[Example, ...]:
    """Return the example of a comparison of two matrices of 2×2."""
    source = f"PyTorch’s documentation of torch.{name}; by hand: a comparison of each of 4 elements"
    two = ((2, 2), (2, 2))
    return (Example(params={}, inputs=two, outputs=((2, 2),), counts={"cmp": 4, "exact_flops": 0}, source=source),)


@layer_type("Other", order=300)
class Equal(_Comparison):
    """Whether elements are equal (torch.eq): true or false for each."""

    aliases = ("equal", "eq")
    examples = _documented("eq")


@layer_type("Other", order=310)
class NotEqual(_Comparison):
    """Whether elements differ (torch.ne): true or false for each."""

    aliases = ("notequal", "ne")
    examples = _documented("ne")


@layer_type("Other", order=320)
class Less(_Comparison):
    """Whether elements of the first input are less (torch.lt): true or false for each."""

    aliases = ("less", "lt")
    examples = _documented("lt")


@layer_type("Other", order=330)
class LessEqual(_Comparison):
    """Whether elements of the first input are at most those of the second (torch.le): true or false for each."""

    aliases = ("lessequal", "lessorequal", "le")
    examples = _documented("le")


@layer_type("Other", order=340)
class Greater(_Comparison):
    """Whether elements of the first input are greater (torch.gt): true or false for each."""

    aliases = ("greater", "gt")
    examples = _documented("gt")


@layer_type("Other", order=350)
class GreaterEqual(_Comparison):
    """Whether elements of the first input are at least those of the second (torch.ge): true or false for each."""

    aliases = ("greaterequal", "greaterorequal", "ge")
    examples = _documented("ge")


def _four(name: str, inputs: int = 2) -> tuple[Example, ...]:
    """Return the example of logic of 4 elements."""
    source = f"PyTorch’s documentation of torch.{name}; by hand: an operation of each of 4 elements"
    counts = {"cmp": 4, "exact_flops": 0}
    return (Example(params={}, inputs=((4,),) * inputs, outputs=((4,),), counts=counts, source=source, dtype="bool"),)


@layer_type("Other", order=360)
class LogicalAnd(_Truth):
    """Whether both elements are true, as two masks in one (torch.logical_and); numbers other than 0 are true."""

    aliases = ("logicaland", "and", "bitwiseand")
    examples = _four("logical_and")


@layer_type("Other", order=370)
class LogicalOr(_Truth):
    """Whether at least one of two elements is true (torch.logical_or); numbers other than 0 are true."""

    aliases = ("logicalor", "or", "bitwiseor")
    examples = _four("logical_or")


@layer_type("Other", order=380)
class LogicalXor(_Truth):
    """Whether exactly one of two elements is true (torch.logical_xor); numbers other than 0 are true."""

    aliases = ("logicalxor", "xor", "bitwisexor")
    examples = _four("logical_xor")


@layer_type("Other", order=390)
class LogicalNot(_Truth):
    """Whether an element is false (torch.logical_not); a number is false where it is 0."""

    aliases = ("logicalnot", "not", "bitwisenot")
    input_arity = (1, 1)
    examples = _four("logical_not", 1)
