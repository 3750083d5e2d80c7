"""Tensors that are part of a network: they take no input.

Source: torch.nn.Parameter and Module.register_buffer.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import prod

from layerledger.core.base.params import Bool, Choice, Dims, Int, Optional, param
from layerledger.core.base.shapes import ELEMENT_BYTES, Shape, ShapeError, TensorSpec, axis, shape_text
from layerledger.core.layers.counting import counting
from layerledger.core.layers.examples import Example
from layerledger.core.layers.layer_type import Inputs, LayerType, Outputs
from layerledger.core.layers.registry import layer_type
from layerledger.core.layers.symbols import meanings
from layerledger.core.layers.tape import Tape
from layerledger.core.layers.traced import Pieces

_SHAPE = param(Dims(0), initial=(1, 1, 768), help="Sizes of the tensor.")


class _Held(LayerType):
    """A tensor of a given shape, without an input."""

    shape: tuple[int, ...] = _SHAPE  # pyright: ignore[reportIncompatibleMethodOverride]  (what people call it)

    status = "exact"
    indices = "kept"
    in_place = "never"
    fusible = False
    symbol_help = meanings(E="elements")
    input_arity = (0, 0)
    receptive = "nothing"
    saved_tensors = "nothing"

    def symbols(self, inputs: Inputs, outputs: Outputs) -> Mapping[str, int]:
        return {"E": prod(self.shape)}

    def weight_shape(self, inputs: Inputs) -> Shape | None:
        return self.shape

    def summary(self, inputs: Inputs) -> str:
        return shape_text(self.shape)

    def record(self, tape: Tape, given: Pieces, outputs: Outputs) -> Pieces:
        return tuple(tape.held(spec, trained=self.trained(tape)) for spec in outputs)

    def trained(self, tape: Tape) -> bool:
        """Return whether training changes it."""
        return False


@layer_type("Embedding", order=30)
class Parameter(_Held):
    """A learned tensor (torch.nn.Parameter), such as a class token or a table of positions; takes no input."""

    requires_grad: bool = param(Bool(), default=True, help="Whether training changes it.")

    aliases = ("weight", "learned", "classtoken", "positions")
    symbol_help = meanings(t="1 if it is trained, else 0")
    dtype_from_weights = True
    counts = counting(params="E", trainable_params="t*E")
    examples = (
        Example(
            params={"shape": (1, 197, 768)},
            inputs=(),
            outputs=((1, 197, 768),),
            counts={"params": 151_296, "trainable_params": 151_296, "macs": 0},
            source="torchvision vit_b_16.encoder.pos_embedding",
        ),
    )

    def outputs(self, inputs: Inputs) -> Outputs:
        return (TensorSpec(self.shape),)

    def symbols(self, inputs: Inputs, outputs: Outputs) -> Mapping[str, int]:
        return {**super().symbols(inputs, outputs), "t": int(self.requires_grad)}

    def trained(self, tape: Tape) -> bool:
        return self.requires_grad and tape.trainable


@layer_type("Embedding", order=40)
class Constant(_Held):
    """A stored tensor that is not learned (a buffer of torch), such as a mask or fixed positions; takes no input."""

    dtype: str | None = param(
        Optional(Choice(tuple(ELEMENT_BYTES))),
        default=None,
        help="Type of its elements; empty for that of the weights.",
    )
    stored: bool = param(
        Bool(), default=True, help="Whether the network holds it; one that is made anew in each pass is no buffer."
    )

    aliases = ("constant", "buffer")
    dtype_from_weights = True
    symbol_help = meanings(s="1 if it is stored, else 0")
    counts = counting(buffers="s*E")
    examples = (
        Example(
            params={"shape": (1, 512)},
            inputs=(),
            outputs=((1, 512),),
            counts={"params": 0, "buffers": 512},
            source="transformers BertModel, embeddings.position_ids of bert-base-uncased",
        ),
    )

    def outputs(self, inputs: Inputs) -> Outputs:
        return (TensorSpec(self.shape, self.dtype or "float32"),)

    def symbols(self, inputs: Inputs, outputs: Outputs) -> Mapping[str, int]:
        return {**super().symbols(inputs, outputs), "s": int(self.stored)}

    def with_compute_dtype(self, dtype: str, outputs: Outputs) -> Outputs:
        """Return its own dtype, or that of the weights: Module.half() converts buffers too."""
        return outputs if self.dtype else super().with_compute_dtype(dtype, outputs)


@layer_type("Embedding", order=50)
class Arange(LayerType):
    """The indices of a dimension (torch.arange of its size), as positions for an Embedding: (N, L, *) -> (L)."""

    dim: int = param(Int(), default=1, help="The dimension whose indices are returned; 1 is the tokens.")

    aliases = ("positions", "indices")
    indices = "kept"
    saved_tensors = "nothing"
    in_place = "never"
    fusible = False
    receptive = "nothing"
    status = "free"
    examples = (
        Example(
            params={},
            inputs=((8, 1024),),
            outputs=((1024,),),
            counts={"exact_flops": 0},
            source="transformers GPT2Model, the positions of 1,024 tokens",
        ),
    )

    def outputs(self, inputs: Inputs) -> Outputs:
        shape = inputs[0].shape
        if not shape:
            raise ShapeError("Arange takes an input of at least one dimension; got a scalar", param="inputs")
        # torch.arange of integers is int64.
        size = shape[axis(shape, self.dim)]
        return (TensorSpec((size,), "int64", bound=size),)

    def summary(self, inputs: Inputs) -> str:
        return f"dim {self.dim}"
