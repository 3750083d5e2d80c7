"""Normalization over the last dimensions, and across channels.

Source of shapes and parameters: torch.nn, and torchvision for LayerNorm2d. As in the other norms, n values that are
normalized with their own statistics take 2n products, 3n − 1 additions, and 4 divisions and roots; a learned scale and
shift n of each more.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import prod

from layerledger.core.base.messages import Message
from layerledger.core.base.params import MAX_RANK, Bool, Dims, Float, Int, Optional, Value, param
from layerledger.core.base.shapes import Shape, ShapeError, check_rank, shape_text
from layerledger.core.layers.counting import counting
from layerledger.core.layers.examples import Example, torch_example
from layerledger.core.layers.layer_type import Inputs, LayerType, Outputs
from layerledger.core.layers.registry import layer_type
from layerledger.core.layers.symbols import meanings
from layerledger.core.layers.tape import Tape
from layerledger.core.layers.traced import Pieces, inputs_of
from layerledger.core.layers.types.norm import BIAS, EPS


class _TrailingNorm(LayerType):
    """Normalization of each row, the elements of the last dimensions."""

    normalized_shape: tuple[int, ...] | None = param(
        Optional(Dims(0)),
        default=None,
        help="The last sizes, over which rows are normalized; empty for the last size only.",
    )

    status = "exact"
    saved_tensors = "inputs"
    in_place = "never"
    fusible = False
    symbol_help = meanings(
        R="rows: the sizes of the other dimensions, multiplied",
        a="1 with a learned scale (elementwise_affine), else 0",
        n="elements of a row",
    )
    indices = "refused"
    receptive = "same"

    def check(self) -> None:
        if self.normalized_shape == ():
            raise ShapeError("normalized_shape must have at least one size", param="normalized_shape")

    @property
    def last(self) -> int:
        """The number of dimensions that are normalized."""
        return len(self.normalized_shape or (0,))

    def derived(self, inputs: Inputs) -> Mapping[str, Value]:
        shape = inputs[0].shape
        if len(shape) < self.last:
            raise ShapeError(
                Message(
                    "normalized_shape has {last} sizes, but the input {shape} only {count}",
                    last=self.last,
                    shape=shape_text(shape),
                    count=len(shape),
                ),
                param="normalized_shape",
            )
        return {"normalized_shape": shape[-self.last :]}

    def symbols(self, inputs: Inputs, outputs: Outputs) -> Mapping[str, int]:
        rows, row = inputs[0].shape[: -self.last], inputs[0].shape[-self.last :]
        # Rows without elements have no statistics.
        return {"R": prod(rows) if prod(row) else 0, "n": prod(row)}

    def summary(self, inputs: Inputs) -> str:
        return shape_text(inputs[0].shape[-self.last :])

    def record(self, tape: Tape, given: Pieces, outputs: Outputs) -> Pieces:
        return (tape.norm(given[0], self.symbols(inputs_of(given), outputs)["R"]),)


_AFFINE = param(Bool(), default=True, help="A learned scale for each element of a row.")


@layer_type("Normalization", order=80)
class LayerNorm(_TrailingNorm):
    """Normalizes each row over the last dimensions: (*, normalized_shape), kept as it is."""

    eps: float = EPS
    elementwise_affine: bool = _AFFINE
    bias: bool = BIAS

    aliases = ("ln",)
    symbol_help = meanings(b="1 with a learned shift too (bias), else 0")
    counts = counting(
        params="(a + b)*n",
        mul="(2 + a)*R*n",
        add="(3 + b)*R*n - R",
        special="4*R",
    )
    examples = (
        Example(
            params={"normalized_shape": 768, "eps": 1e-6},
            inputs=((1, 197, 768),),
            outputs=((1, 197, 768),),
            counts={"params": 1_536, "macs": 0},
            source="torchvision vit_b_16.encoder.ln",
        ),
    )

    def symbols(self, inputs: Inputs, outputs: Outputs) -> Mapping[str, int]:
        switches = {"a": int(self.elementwise_affine), "b": int(self.elementwise_affine and self.bias)}
        return {**super().symbols(inputs, outputs), **switches}


@layer_type("Normalization", order=90)
class RMSNorm(_TrailingNorm):
    """Divides each row by its root mean square: (*, normalized_shape), kept as it is."""

    eps: float | None = param(
        Optional(Float()), default=None, help="Added to the mean square; empty for the smallest step of the dtype."
    )
    elementwise_affine: bool = _AFFINE

    aliases = ("norm",)
    # n squares, their mean, eps, a root and a reciprocal, and n products with that.
    counts = counting(params="a*n", mul="(2 + a)*R*n", add="R*n", special="3*R")
    examples = (
        Example(
            params={"normalized_shape": 4096},
            inputs=((1, 2048, 4096),),
            outputs=((1, 2048, 4096),),
            counts={"params": 4096, "macs": 0},
            source="LLaMA-7B, model.norm",
        ),
    )

    def symbols(self, inputs: Inputs, outputs: Outputs) -> Mapping[str, int]:
        return {**super().symbols(inputs, outputs), "a": int(self.elementwise_affine)}

    def record(self, tape: Tape, given: Pieces, outputs: Outputs) -> Pieces:
        return (tape.rms_norm(given[0], self.symbols(inputs_of(given), outputs)["R"], scaled=self.elementwise_affine),)


@layer_type("Normalization", order=100)
class LocalResponseNorm(LayerType):
    """Divides by a power of the squares in neighbouring channels, x / (k + α/n·Σx²)^β: (N, C, *), kept as it is."""

    size: int = param(Int(1), initial=5, help="Number of neighbouring channels n.")
    alpha: float = param(Float(), default=1e-4, help="Weight α of the squares.")
    beta: float = param(Float(), default=0.75, help="The power β.")
    k: float = param(Float(), default=1.0, help="Added to the weighted squares.")

    aliases = ("lrn",)
    status = "exact"
    in_place = "never"
    fusible = False
    symbol_help = meanings(
        E="elements of the output",
        n="neighbouring channels (size)",
    )
    indices = "real of sums"
    receptive = "same"
    saved_tensors = "inputs"
    counts = counting(mul="2*E", add="n*E", special="2*E")
    examples = torch_example({"size": 5}, ((2, 14, 11, 4),), ((2, 14, 11, 4),))

    def shape(self, shape: Shape) -> Shape:
        check_rank(shape, range(3, MAX_RANK + 1), of="LocalResponseNorm", axes="(N, C, *)")
        return shape

    def symbols(self, inputs: Inputs, outputs: Outputs) -> Mapping[str, int]:
        return {"E": outputs[0].elements, "n": self.size}

    def summary(self, inputs: Inputs) -> str:
        return f"size {self.size}"

    def record(self, tape: Tape, given: Pieces, outputs: Outputs) -> Pieces:
        x = given[0]
        if x.needs:
            padded = x.elements // x.shape[1] * (x.shape[1] + self.size - 1)
            tape.keep(x)
            # The padded squares whose mean is taken, what is taken to the power, and the power.
            tape.keep_bytes((padded + 2 * x.elements) * x.width)
        return tape.outputs(outputs, given)


@layer_type("Normalization", order=110)
class LayerNorm2d(LayerType):
    """LayerNorm over the channels of each pixel, as ConvNeXt has it: (N, C, H, W), kept as it is."""

    num_channels: int | None = param(Int(1), default=None, derived=True, help="Channels; they follow from the input.")
    eps: float = EPS
    elementwise_affine: bool = param(Bool(), default=True, help="A learned scale and shift for each channel.")

    aliases = ("ln",)
    status = "exact"
    saved_tensors = "inputs"
    in_place = "never"
    fusible = False
    symbol_help = meanings(
        R="pixels of all samples, each a row of its channels",
        a="1 with a learned scale and shift, else 0",
    )
    indices = "refused"
    receptive = "same"
    counts = counting(params="2*a*C", mul="(2 + a)*R*C", add="(3 + a)*R*C - R", special="4*R")
    examples = (
        Example(
            params={},
            inputs=((1, 96, 56, 56),),
            outputs=((1, 96, 56, 56),),
            counts={"params": 192, "macs": 0},
            source="torchvision convnext_tiny.features.0.1",
        ),
    )

    def derived(self, inputs: Inputs) -> Mapping[str, Value]:
        check_rank(inputs[0].shape, (4,), of="LayerNorm2d", axes="(N, C, H, W)")
        return {"num_channels": inputs[0].shape[1]}

    def symbols(self, inputs: Inputs, outputs: Outputs) -> Mapping[str, int]:
        n, channels, *pixels = inputs[0].shape
        return {"R": n * prod(pixels), "C": channels, "a": int(self.elementwise_affine)}

    def summary(self, inputs: Inputs) -> str:
        return str(inputs[0].shape[1])

    def record(self, tape: Tape, given: Pieces, outputs: Outputs) -> Pieces:
        n, _, *pixels = given[0].shape
        return (tape.norm(given[0], n * prod(pixels)),)
