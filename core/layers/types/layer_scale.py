"""A learned factor for each channel or feature.

Source: Touvron et al. 2021, Going deeper with image transformers, arXiv:2103.17239; timm.layers.LayerScale.
"""

from __future__ import annotations

from collections.abc import Mapping

from layerledger.core.base.params import Int, Value, param
from layerledger.core.base.shapes import Shape, axis
from layerledger.core.layers.counting import counting
from layerledger.core.layers.examples import Example
from layerledger.core.layers.layer_type import Inputs, LayerType, Outputs
from layerledger.core.layers.registry import layer_type
from layerledger.core.layers.symbols import meanings
from layerledger.core.layers.tape import Tape
from layerledger.core.layers.traced import Pieces
from layerledger.core.layers.types.split import axis_of


@layer_type("Normalization", order=120)
class LayerScale(LayerType):
    """A learned factor γ for each feature of a dimension: (*), kept as it is."""

    num_features: int | None = param(
        Int(1), default=None, derived=True, help="Factors: the size of the dimension; follows from the input."
    )
    dim: int = param(Int(), default=-1, help="The dimension of the factors: 1 for the channels of images, -1 the last.")

    aliases = ("layerscale", "gamma", "scale")
    status = "exact"
    indices = "refused"
    saved_tensors = "inputs"
    in_place = "element-wise"
    fusible = True
    receptive = "same"
    symbol_help = meanings(C="factors: the size of the dimension", E="elements of the output")
    counts = counting(params="C", mul="E")
    examples = (
        Example(
            params={"dim": 1},
            inputs=((1, 96, 56, 56),),
            outputs=((1, 96, 56, 56),),
            counts={"params": 96, "mul": 301_056, "macs": 0},
            source="torchvision convnext_tiny.features.1.0.layer_scale; by hand: a product an element, 96·56·56",
        ),
    )

    def shape(self, shape: Shape) -> Shape:
        axis(shape, self.dim)
        return shape

    def derived(self, inputs: Inputs) -> Mapping[str, Value]:
        return {"num_features": inputs[0].shape[axis_of(inputs[0], self.dim, "LayerScale")]}

    def symbols(self, inputs: Inputs, outputs: Outputs) -> Mapping[str, int]:
        shape = inputs[0].shape
        return {"C": shape[axis(shape, self.dim)], "E": outputs[0].elements}

    def weight_shapes(self, inputs: Inputs) -> tuple[Shape, ...]:
        shape = inputs[0].shape
        return ((shape[axis(shape, self.dim)],),)

    def record(self, tape: Tape, given: Pieces, outputs: Outputs) -> Pieces:
        (x,) = given
        if tape.trainable:
            tape.keep(x)
        return (tape.like(x, needs=x.needs or tape.trainable),)

    def summary(self, inputs: Inputs) -> str:
        return f"dim {self.dim}"
