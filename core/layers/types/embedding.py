"""Tables that are looked up by index.

Source of shapes and parameters: torch.nn. A lookup counts nothing: it moves data; a bag adds up what it looks up.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from layerledger.core.base.messages import Message
from layerledger.core.base.params import Bool, Choice, Float, Int, Optional, param
from layerledger.core.base.shapes import Shape, ShapeError, TensorSpec, shape_text
from layerledger.core.layers.counting import counting
from layerledger.core.layers.examples import Example
from layerledger.core.layers.layer_type import Inputs, LayerType, Outputs
from layerledger.core.layers.registry import layer_type
from layerledger.core.layers.symbols import meanings
from layerledger.core.layers.tape import Tape
from layerledger.core.layers.traced import Pieces
from layerledger.core.layers.windows import Receptive, dim_maps, dropped_dim_maps

_PADDING_IDX = param(Optional(Int()), default=None, help="An index whose row is not learned; it still counts.")
_MAX_NORM = param(Optional(Float()), default=None, help="Rows are scaled down to this norm where they exceed it.")
_NORM_TYPE = param(Float(), default=2.0, help="The power of that norm.")
_SCALE_GRAD = param(Bool(), default=False, help="Scale gradients by how often an index occurs.")
_SPARSE = param(Bool(), default=False, help="Keep gradients sparse.")


class _Table(LayerType):
    num_embeddings: int = param(Int(0), initial=10_000, help="Rows of the table: the number of indices.")
    embedding_dim: int = param(Int(0), initial=256, help="Features of each row.")
    padding_idx: int | None = _PADDING_IDX

    status = "exact"
    indices = "kept"
    saved_tensors = "inputs"
    in_place = "never"
    fusible = False
    symbol_help = meanings(
        D="features of a row (embedding_dim)",
        V="rows of the table (num_embeddings)",
    )
    dtype_from_weights = True

    def check(self) -> None:
        rows, index = self.num_embeddings, self.padding_idx
        if index is not None and not -rows <= index < rows:
            raise ShapeError(
                Message(
                    "padding_idx must be from {value} to {rows}; got {index}", value=-rows, rows=rows - 1, index=index
                ),
                param="padding_idx",
            )

    def check_indices(self, spec: TensorSpec) -> None:
        """Raise ShapeError where a tensor does not hold indices, or holds positions past the last row."""
        if spec.dtype not in ("int64", "int32"):
            raise ShapeError(
                Message(
                    "{type_name} takes indices, int64 or int32; got {dtype}",
                    type_name=self.type_name,
                    dtype=spec.dtype,
                ),
                param="inputs",
            )
        if spec.bound is not None and spec.bound > self.num_embeddings:
            raise ShapeError(
                Message(
                    "num_embeddings must be at least {positions}, a row for each position; got {rows}",
                    positions=spec.bound,
                    rows=self.num_embeddings,
                ),
                param="num_embeddings",
            )

    def weight_shape(self, inputs: Inputs) -> Shape | None:
        return self.num_embeddings, self.embedding_dim

    def symbols(self, inputs: Inputs, outputs: Outputs) -> Mapping[str, int]:
        return {"V": self.num_embeddings, "D": self.embedding_dim}

    def summary(self, inputs: Inputs) -> str:
        return f"{self.num_embeddings}→{self.embedding_dim}"

    def record(self, tape: Tape, given: Pieces, outputs: Outputs) -> Pieces:
        if not tape.trainable:
            return tape.outputs(outputs, ())
        tape.keep(*given)
        return tape.outputs(outputs, ())


@layer_type("Embedding", order=10)
class Embedding(_Table):
    """A row of a learned table for each index: (*) -> (*, embedding_dim)."""

    max_norm: float | None = _MAX_NORM
    norm_type: float = _NORM_TYPE
    scale_grad_by_freq: bool = _SCALE_GRAD
    sparse: bool = _SPARSE

    aliases = ("emb", "lookup")
    counts = counting(params="V*D")
    examples = (
        Example(
            params={"num_embeddings": 30_522, "embedding_dim": 768, "padding_idx": 0},
            inputs=((1, 128),),
            outputs=((1, 128, 768),),
            counts={"params": 23_440_896, "macs": 0},
            source="transformers BertModel, embeddings.word_embeddings of bert-base-uncased",
            dtype="int64",
        ),
    )

    def receptive_of(self, inputs: Inputs, outputs: Outputs) -> Receptive:
        return (dim_maps(len(inputs[0].shape)),)

    def weight_shapes(self, inputs: Inputs) -> tuple[Shape, ...]:
        return ((self.num_embeddings, self.embedding_dim),)

    def outputs(self, inputs: Inputs) -> Outputs:
        self.check_indices(inputs[0])
        # The dtype follows from the weights (dtype_from_weights), so it is not stated here.
        return (TensorSpec((*inputs[0].shape, self.embedding_dim)),)

    def params_read_by(self, params: int, outputs: Outputs) -> int:
        """Return the elements of one row for each index, and at most those of the table."""
        return min(params, outputs[0].elements)


@layer_type("Embedding", order=20)
class EmbeddingBag(_Table):
    """Sum, mean or maximum of the rows of each bag of indices: (N, n) -> (N, embedding_dim).

    For (n) indices in one sequence, a second input holds the first index of each bag; a last input
    may weight them, in mode “sum”.
    """

    max_norm: float | None = _MAX_NORM
    norm_type: float = _NORM_TYPE
    scale_grad_by_freq: bool = _SCALE_GRAD
    mode: Literal["sum", "mean", "max"] = param(
        Choice(("sum", "mean", "max")), default="mean", help="Reduction of the rows of a bag."
    )
    sparse: bool = _SPARSE
    include_last_offset: bool = param(Bool(), default=False, help="Whether the last offset is the end of the last bag.")
    padding_idx: int | None = _PADDING_IDX

    aliases = ("emb",)
    symbol_help = meanings(
        B="bags",
        a="1 in mode “mean”, else 0",
        n="indices",
        w="1 with weights, else 0",
        x="1 in mode “max”, else 0",
    )
    input_arity = (1, 3)
    counts = counting(
        params="V*D",
        mul="w*n*D",
        # n rows in B bags take n − B additions where no bag is empty.
        add="(1 - x)*(n - min(n, B))*D",
        cmp="x*(n - min(n, B))*D",
        special="a*B*D",
    )
    examples = (
        Example(
            params={"num_embeddings": 10, "embedding_dim": 3, "mode": "sum"},
            inputs=((8,), (2,)),
            outputs=((2, 3),),
            counts={"params": 30, "add": 18},
            source="PyTorch’s documentation of torch.nn.EmbeddingBag; 8 rows of 3 in 2 bags",
            dtype="int64",
        ),
    )

    def check(self) -> None:
        super().check()
        for name in ("scale_grad_by_freq", "sparse"):
            if self.mode == "max" and getattr(self, name):
                raise ShapeError(Message('{name} must be false where mode is "max"', name=name), param=name)

    def outputs(self, inputs: Inputs) -> Outputs:
        self.check_indices(inputs[0])
        return (TensorSpec((self._bags(inputs), self.embedding_dim)),)

    def receptive_of(self, inputs: Inputs, outputs: Outputs) -> Receptive:
        if len(inputs[0].shape) != 2:
            return "not modelled"
        weights = [dropped_dim_maps(2, {1}, "whole")] * (len(inputs) - 1)
        return (dropped_dim_maps(2, {1}, "whole"), *weights)

    def _bags(self, inputs: Inputs) -> int:
        shape = inputs[0].shape
        if len(shape) == 2:
            self._check_weights(shape, inputs[1:])
            return shape[0]
        if len(shape) != 1 or len(inputs) < 2 or len(inputs[1].shape) != 1:
            raise ShapeError(
                Message(
                    "EmbeddingBag takes (N, n), or (n) and the first index of each bag; got {shape}",
                    shape=shape_text(shape),
                ),
                param="inputs",
            )
        self.check_indices(inputs[1])
        self._check_weights(shape, inputs[2:])
        return max(inputs[1].shape[0] - self.include_last_offset, 0)

    def _check_weights(self, shape: Shape, weights: Inputs) -> None:
        if not weights:
            return
        if self.mode != "sum":
            raise ShapeError('mode must be "sum" where the rows are weighed', param="mode")
        given = [spec.shape for spec in weights]
        if given != [shape]:
            raise ShapeError(
                Message(
                    "weights must have the shape of the indices, {shape}; got {weights}",
                    shape=shape_text(shape),
                    weights=" and ".join(map(shape_text, given)),
                ),
                param="inputs",
            )

    def symbols(self, inputs: Inputs, outputs: Outputs) -> Mapping[str, int]:
        weighed = len(inputs) > (1 if len(inputs[0].shape) == 2 else 2)
        modes = {"x": int(self.mode == "max"), "a": int(self.mode == "mean"), "w": int(weighed)}
        return {**super().symbols(inputs, outputs), "n": inputs[0].elements, "B": outputs[0].shape[0], **modes}

    def record(self, tape: Tape, given: Pieces, outputs: Outputs) -> Pieces:
        if tape.trainable:
            n, bags = given[0].elements, outputs[0].shape[0]
            # The first index and the size of each bag, the bag of each index, and the places of maxima, one or one a
            # feature.
            offsets = bags if len(given[0].shape) == 2 else 0
            of_indices = n + 1 if self.mode != "sum" or len(given) > 2 else 0
            places = bags * (self.embedding_dim if self.mode == "max" else 1)
            tape.keep_bytes(8 * (offsets + bags + of_indices + places))
        return super().record(tape, given, outputs)
