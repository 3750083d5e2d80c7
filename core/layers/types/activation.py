"""Base classes of the activation functions of single elements: see activation_piecewise and activation_smooth."""

from __future__ import annotations

from collections.abc import Mapping

from layerledger.core.base.params import Bool, param
from layerledger.core.layers.counting import Counts, counting
from layerledger.core.layers.layer_type import Inputs, LayerType, Outputs
from layerledger.core.layers.symbols import meanings

INPLACE = param(Bool(), default=False, help="Write over the input; the counts stay the same.")


class Activation(LayerType):
    """One function of each of E elements."""

    status = "exact"
    symbol_help = meanings(E="elements of the output")
    fusible = True
    in_place = "element-wise"
    receptive = "same"
    indices = "refused"

    def symbols(self, inputs: Inputs, outputs: Outputs) -> Mapping[str, int]:
        return {"E": outputs[0].elements}


class InplaceActivation(Activation):
    """An activation function whose only parameter is `inplace`."""

    inplace: bool = INPLACE


def each(*, mul: int = 0, add: int = 0, cmp: int = 0, special: int = 0, params: str = "") -> Counts:
    """Return the counts of E elements from those of one element."""
    mul_e, add_e, cmp_e, special_e = (f"{n}*E" if n > 1 else "E" * n for n in (mul, add, cmp, special))
    return counting(params=params, mul=mul_e, add=add_e, cmp=cmp_e, special=special_e)
