"""Conversion between real numbers and the integers of a quantized network.

Source of definitions: ONNX QuantizeLinear and DequantizeLinear; torch.quantize_per_tensor and quantize_per_channel.
"""

from __future__ import annotations

from collections.abc import Mapping

from layerledger.core.base.params import Bool, Choice, Int, Optional, param
from layerledger.core.base.shapes import FLOAT_DTYPES, TensorSpec, axis
from layerledger.core.layers.counting import counting
from layerledger.core.layers.examples import Example
from layerledger.core.layers.layer_type import Inputs, LayerType, Outputs
from layerledger.core.layers.registry import layer_type
from layerledger.core.layers.symbols import meanings
from layerledger.core.layers.tape import Tape
from layerledger.core.layers.traced import Pieces

_DIM = param(
    Optional(Int()),
    default=None,
    help="The dimension whose positions have scales of their own; empty for one of the tensor.",
)
_STORED = param(
    Bool(), default=False, help="Count scales and zero points as stored values (buffers); else they are left out."
)


class _Conversion(LayerType):
    """A conversion element by element, with a scale and a zero point of the tensor, or of each channel."""

    status = "exact"
    saved_tensors = "nothing"
    in_place = "never"
    fusible = True
    receptive = "same"
    symbol_help = meanings(
        E="elements of the output",
        S="scales, and as many zero points",
        s="1 where they are stored values of this layer, else 0",
    )

    def scales(self) -> tuple[int | None, bool]:
        """Return the dimension with scales of its own, and whether they are stored."""
        raise NotImplementedError

    def symbols(self, inputs: Inputs, outputs: Outputs) -> Mapping[str, int]:
        shape, (dim, stored) = inputs[0].shape or (1,), self.scales()
        return {"E": outputs[0].elements, "S": 1 if dim is None else shape[axis(shape, dim)], "s": int(stored)}

    def record(self, tape: Tape, given: Pieces, outputs: Outputs) -> Pieces:
        # Integers have no gradient.
        return tuple(x._replace(needs=False) for x in tape.outputs(outputs, given))


@layer_type("Other", order=16)
class Quantize(_Conversion):
    """Real numbers as integers: round(x / scale) + zero point, within the range of the dtype (QuantizeLinear)."""

    dtype: str = param(
        Choice(("int8", "uint8", "int16", "int32", "float8")),
        default="int8",
        help="Type of the elements of the output.",
    )
    dim: int | None = _DIM
    stored: bool = _STORED

    aliases = ("quantize", "quantizelinear", "fakequantize")
    indices = "refused"
    counts = counting(buffers="2*s*S", add="E", cmp="3*E", special="E")
    examples = (
        Example(
            params={"dtype": "uint8"},
            inputs=((6,),),
            outputs=((6,),),
            counts={"special": 6, "cmp": 18, "add": 6, "buffers": 0, "macs": 0},
            source="ONNX’s documentation of QuantizeLinear; by hand: a division, a rounding, a sum and two bounds for "
            "each of 6 elements",
        ),
    )

    def outputs(self, inputs: Inputs) -> Outputs:
        if self.dim is not None:
            axis(inputs[0].shape, self.dim)
        return (TensorSpec(inputs[0].shape, self.dtype),)

    def scales(self) -> tuple[int | None, bool]:
        return self.dim, self.stored

    def summary(self, inputs: Inputs) -> str:
        return self.dtype


@layer_type("Other", order=17)
class Dequantize(_Conversion):
    """Integers as real numbers: (x − zero point) · scale (DequantizeLinear)."""

    dtype: str | None = param(
        Optional(Choice(FLOAT_DTYPES)),
        default=None,
        help="Type of the elements of the output; empty for that of the network's activations.",
    )
    dim: int | None = _DIM
    stored: bool = _STORED

    aliases = ("dequantize", "dequantizelinear")
    indices = "counted"
    counts = counting(buffers="2*s*S", add="E", mul="E")
    examples = (
        Example(
            params={"dim": 1, "stored": True},
            inputs=((1, 3, 3, 2),),
            outputs=((1, 3, 3, 2),),
            counts={"add": 18, "mul": 18, "buffers": 6, "macs": 0},
            source="ONNX’s documentation of DequantizeLinear, the example of axis 1; by hand: a difference and a "
            "product for each of 18 elements; 3 scales and 3 zero points",
            dtype="uint8",
        ),
    )

    def outputs(self, inputs: Inputs) -> Outputs:
        if self.dim is not None:
            axis(inputs[0].shape, self.dim)
        return (TensorSpec(inputs[0].shape, self.dtype or "float32"),)

    def with_compute_dtype(self, dtype: str, outputs: Outputs) -> Outputs:
        """Return the dtype that is stated, or that of the network's activations."""
        return outputs if self.dtype else tuple(TensorSpec(spec.shape, dtype) for spec in outputs)

    def scales(self) -> tuple[int | None, bool]:
        return self.dim, self.stored

    def summary(self, inputs: Inputs) -> str:
        return self.dtype or ""
