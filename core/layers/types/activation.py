"""Base classes of the activation functions of single elements: see activation_piecewise and activation_smooth."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from layerledger.core.base.params import Bool, param
from layerledger.core.layers.counting import Counts, counting
from layerledger.core.layers.layer_type import Inputs, LayerType, Outputs
from layerledger.core.layers.symbols import meanings
from layerledger.core.layers.tape import Tape
from layerledger.core.layers.traced import Pieces

INPLACE = param(Bool(), default=False, help="Write over the input; the counts stay the same.")


class Activation(LayerType):
    """One function of each of E elements.

    Class attributes:
        result_is_enough: whether the gradient follows from the result where it overwrites the input; else torch keeps
            a copy of the input.
    """

    status = "exact"
    symbol_help = meanings(E="elements of the output")
    fusible = True
    in_place = "element-wise"
    receptive = "same"
    indices = "refused"

    result_is_enough: ClassVar[bool] = False

    def symbols(self, inputs: Inputs, outputs: Outputs) -> Mapping[str, int]:
        return {"E": outputs[0].elements}

    def record(self, tape: Tape, given: Pieces, outputs: Outputs) -> Pieces:
        x = given[0]
        if not getattr(self, "inplace", False):
            return super().record(tape, given, outputs)
        if x.needs and (self.saved_tensors == "outputs" or self.result_is_enough):
            tape.keep(x)
        elif x.needs:
            tape.keep_bytes(x.elements * x.width)
        return given


class InplaceActivation(Activation):
    """An activation function whose only parameter is `inplace`."""

    inplace: bool = INPLACE


def each(*, mul: int = 0, add: int = 0, cmp: int = 0, special: int = 0, params: str = "") -> Counts:
    """Return the counts of E elements from those of one element."""
    mul_e, add_e, cmp_e, special_e = (f"{n}*E" if n > 1 else "E" * n for n in (mul, add, cmp, special))
    return counting(params=params, mul=mul_e, add=add_e, cmp=cmp_e, special=special_e)
