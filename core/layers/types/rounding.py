"""Rounding, signs and squares of single elements. They are functions of torch.

Source of definitions: torch. A rounding is counted as one comparison, a sign as one with 0 from each side. XLA's cost
analysis (HloCostAnalysis, HandleElementwiseOp) counts an operation for each rounding too.
"""

from __future__ import annotations

from layerledger.core.base.shapes import TensorSpec
from layerledger.core.layers.counting import counting
from layerledger.core.layers.examples import Example
from layerledger.core.layers.layer_type import Inputs, Outputs
from layerledger.core.layers.registry import layer_type
from layerledger.core.layers.types.elementwise import Unary


def _four(name: str, **counts: int) -> tuple[Example, ...]:
    """Return the example of a function of 4 elements."""
    source = f"PyTorch’s documentation of torch.{name}; by hand: what one element takes, 4 times"
    return (Example(params={}, inputs=((4,),), outputs=((4,),), counts=counts, source=source),)


class _Rounding(Unary):
    """A whole number near each element; its gradient is 0, so it keeps nothing."""

    status = "exact"
    indices = "counted"
    saved_tensors = "nothing"
    counts = counting(cmp="E")


@layer_type("Other", order=140)
class Floor(_Rounding):
    """⌊x⌋ of each element: the next whole number below."""

    examples = _four("floor", cmp=4)


@layer_type("Other", order=150)
class Ceil(_Rounding):
    """⌈x⌉ of each element: the next whole number above."""

    aliases = ("ceil", "ceiling")
    examples = _four("ceil", cmp=4)


@layer_type("Other", order=160)
class Round(_Rounding):
    """The whole number nearest to each element; a half goes to the even one."""

    examples = _four("round", cmp=4)


@layer_type("Other", order=170)
class Trunc(_Rounding):
    """The whole part of each element: rounded towards 0."""

    aliases = ("trunc", "truncate", "fix")
    examples = _four("trunc", cmp=4)


@layer_type("Other", order=180)
class Sign(Unary):
    """−1, 0 or 1 by the sign of each element: a comparison with 0 from each side."""

    aliases = ("sign", "sgn")
    status = "exact"
    indices = "kept"
    saved_tensors = "nothing"
    counts = counting(cmp="2*E")
    examples = _four("sign", cmp=8)


@layer_type("Other", order=190)
class Square(Unary):
    """x² of each element."""

    status = "exact"
    indices = "kept"
    saved_tensors = "inputs"
    counts = counting(mul="E")
    examples = _four("square", mul=4)

    def outputs(self, inputs: Inputs) -> Outputs:
        given = inputs[0]
        # torch.square of truth values makes integers.
        return (TensorSpec(given.shape, "int64") if given.dtype == "bool" else given._replace(bound=None),)
