"""A layer of which only the outputs are known: an operator of an imported file that no layer type can express.

What follows it is counted; its own counts are unknown, and every total says so.
"""

from __future__ import annotations

from typing import ClassVar

from layerledger.core.base.messages import Message
from layerledger.core.base.params import Choice, Optional, Text, param
from layerledger.core.base.shapes import ELEMENT_BYTES, ShapeError, TensorSpec
from layerledger.core.formula.param_kinds import ShapeFormulas, Shapes
from layerledger.core.layers.counting import Status
from layerledger.core.layers.examples import Example
from layerledger.core.layers.formula_values import evaluate_sizes, tensor_symbols
from layerledger.core.layers.input_checks import MANY
from layerledger.core.layers.layer_type import Inputs, LayerType, Outputs
from layerledger.core.layers.registry import layer_type


@layer_type("Other", order=12)
class Opaque(LayerType):
    """An operator that cannot be expressed: its outputs are stated, its parameters and operations are not counted."""

    operator: str = param(Text(like="NonMaxSuppression"), initial="Operator", help="The operator as the file names it.")
    output_shape: Shapes = param(
        ShapeFormulas(),
        default="",
        help="Sizes or formulas of N, C, D0, D1, …; several outputs parted by ;. Empty: not known.",
    )
    dtype: str | None = param(
        Optional(Choice(tuple(ELEMENT_BYTES))), default=None, help="Type of the outputs; empty for that of the input."
    )
    why: str = param(Text(like="no layer type does this", blank=True), default="", help="Why it is not expressed.")

    input_arity = (0, MANY)
    status: ClassVar[Status] = "not counted"
    aliases = ("opaque", "unmapped", "notcounted")
    indices = "kept"
    saved_tensors = "inputs"
    in_place = "never"
    fusible = False
    receptive = "not modelled"
    examples = (
        Example(
            params={"operator": "NonMaxSuppression", "output_shape": "100, 3", "dtype": "int64"},
            inputs=((1, 8400, 4), (1, 80, 8400)),
            outputs=((100, 3),),
            counts={},
            source="ONNX operator NonMaxSuppression-11: an index triple for each selected box",
        ),
    )

    def warning(self) -> str:
        if self.why:
            return Message("{operator} is not counted: {why}", operator=self.operator, why=self.why)
        return Message("{operator} is not counted", operator=self.operator)

    def outputs(self, inputs: Inputs) -> Outputs:
        if not self.output_shape:
            raise ShapeError(
                Message("the shape of the output of {operator} is not known; state it", operator=self.operator),
                param="output_shape",
            )
        symbols = tensor_symbols(inputs, "X", "")
        dtype = self.dtype or (inputs[0].dtype if inputs else "float32")
        return tuple(TensorSpec(evaluate_sizes(shape, symbols), dtype) for shape in self.output_shape)

    def summary(self, inputs: Inputs) -> str:
        return self.operator[:39]
