"""Conversion of a tensor to another dtype.

Source: torch.Tensor.to; ONNX Cast. It moves data and computes nothing.
"""

from __future__ import annotations

from layerledger.core.base.params import Choice, Optional, param
from layerledger.core.base.shapes import ELEMENT_BYTES, FLOAT_DTYPES, TensorSpec
from layerledger.core.layers.examples import Example
from layerledger.core.layers.layer_type import InPlaceKind, Inputs, LayerType, Outputs
from layerledger.core.layers.registry import layer_type
from layerledger.core.layers.tape import Tape
from layerledger.core.layers.traced import Pieces


@layer_type("Other", order=15)
class Cast(LayerType):
    """The same values in another dtype (Tensor.to), such as a mask of truth values as numbers."""

    dtype: str | None = param(
        Optional(Choice(tuple(ELEMENT_BYTES))),
        default=None,
        initial="float32",
        help="Type of the elements of the output; empty for that of the network's activations.",
    )

    aliases = ("cast", "to", "astype", "convert", "totype")
    status = "free"
    indices = "kept"
    saved_tensors = "nothing"
    fusible = True
    receptive = "same"
    examples = (
        Example(
            params={"dtype": "float16"},
            inputs=((2, 2),),
            outputs=((2, 2),),
            counts={"exact_flops": 0},
            source="PyTorch’s documentation of torch.Tensor.to",
        ),
    )

    def outputs(self, inputs: Inputs) -> Outputs:
        given = inputs[0]
        dtype = self.dtype or "float32"
        # Integers keep the bound of positions; fractions and truth values are no positions.
        return (TensorSpec(given.shape, dtype, given.bound if dtype in ("int64", "int32") else None),)

    def with_compute_dtype(self, dtype: str, outputs: Outputs) -> Outputs:
        """Return the dtype that is stated, or that of the network's activations."""
        return outputs if self.dtype else tuple(TensorSpec(spec.shape, dtype) for spec in outputs)

    def in_place_of(self, inputs: Inputs) -> InPlaceKind:
        # As Tensor.to, which returns its input where the dtype is the same.
        return "view" if self.dtype == inputs[0].dtype else "never"

    def record(self, tape: Tape, given: Pieces, outputs: Outputs) -> Pieces:
        (x,) = given
        floating = outputs[0].dtype in FLOAT_DTYPES
        width = ELEMENT_BYTES[outputs[0].dtype] if self.dtype else tape.width
        if floating == x.floating and width == x.width:
            return given
        made = tape.like(x, needs=x.needs and floating, width=width)
        return (made._replace(floating=floating),)

    def summary(self, inputs: Inputs) -> str:
        return self.dtype or ""
