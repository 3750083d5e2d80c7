"""Selection of positions by indices: it moves data and computes nothing.

Source of names, parameters and shapes: torch.index_select.
"""

from __future__ import annotations

from layerledger.core.base.messages import Message
from layerledger.core.base.params import Int, param
from layerledger.core.base.shapes import ShapeError, TensorSpec, axis, shape_text
from layerledger.core.layers.examples import Example
from layerledger.core.layers.layer_type import Inputs, LayerType, Outputs
from layerledger.core.layers.registry import layer_type
from layerledger.core.layers.tape import Tape
from layerledger.core.layers.traced import Pieces
from layerledger.core.layers.types.split import axis_of, replaced
from layerledger.core.layers.windows import SAME, DimMap, Receptive, dim_maps


@layer_type("Reshape", order=70)
class IndexSelect(LayerType):
    """The positions of a dimension that the second input lists, in its order: (*, D, *), (M) -> (*, M, *)."""

    dim: int = param(Int(), default=0, help="The dimension whose positions are selected.")

    indices = "kept"
    in_place = "never"
    fusible = False
    input_arity = (2, 2)
    status = "free"
    examples = (
        Example(
            params={"dim": 1},
            inputs=((3, 4), (2,)),
            outputs=((3, 2),),
            counts={"exact_flops": 0},
            source="PyTorch’s documentation of torch.index_select",
            dtype="int64",
        ),
    )

    def outputs(self, inputs: Inputs) -> Outputs:
        spec, index = inputs
        if index.dtype not in ("int64", "int32"):
            raise ShapeError(
                Message("the second input must be a list of positions, int64 or int32; got {dtype}", dtype=index.dtype),
                param="inputs",
            )
        if len(index.shape) > 1:
            raise ShapeError(
                Message(
                    "the positions must be a list, (M), or a single one; got {index_shape}",
                    index_shape=shape_text(index.shape),
                ),
                param="inputs",
            )
        at = axis_of(spec, self.dim, "IndexSelect")
        return (TensorSpec(replaced(spec.shape, at, index.elements), spec.dtype),)

    def record(self, tape: Tape, given: Pieces, outputs: Outputs) -> Pieces:
        (out,) = tape.outputs(outputs, given)
        if out.needs:
            tape.keep(given[1])  # gradients go back to these positions
        return (out,)

    def receptive_of(self, inputs: Inputs, outputs: Outputs) -> Receptive:
        rank = len(inputs[0].shape)
        at = axis(inputs[0].shape, self.dim)
        listed = tuple(DimMap((at,), SAME) for _ in inputs[1].shape)
        return dim_maps(rank, {at: DimMap((at,), "lost")}), listed

    def summary(self, inputs: Inputs) -> str:
        return f"dim {self.dim}"
