"""Operations that join tensors end to end, side by side and as matrices, and Mean. They are functions of torch.

Source of shapes: torch and its rules of broadcasting; of the counts: the sums written out.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import prod

from layerledger.core.base.messages import Message
from layerledger.core.base.params import Bool, Dims, Int, Optional, param
from layerledger.core.base.shapes import Shape, ShapeError, TensorSpec, axes, axis, promote, shape_text
from layerledger.core.layers.broadcasting import broadcast
from layerledger.core.layers.counting import counting
from layerledger.core.layers.examples import Example
from layerledger.core.layers.input_checks import MANY
from layerledger.core.layers.layer_type import Inputs, LayerType, Outputs
from layerledger.core.layers.registry import layer_type
from layerledger.core.layers.symbols import meanings
from layerledger.core.layers.tape import Tape
from layerledger.core.layers.traced import Pieces
from layerledger.core.layers.windows import SAME, DimMap, DimMaps, Receptive, dim_maps, dropped_dim_maps


def joined_maps(shape: Shape, joined: Shape, at: int) -> DimMaps:
    """Return maps of one of several inputs along a dimension; its positions move unless it is the only input."""
    if len(shape) <= at or shape[at] == joined[at]:
        return dim_maps(len(shape))
    return dim_maps(len(shape), {at: DimMap((at,), "lost")})


@layer_type("Merge", order=70)
class Concat(LayerType):
    """Inputs end to end along a dimension (torch.cat): all other sizes must be equal."""

    dim: int = param(Int(), default=1, help="The dimension along which the inputs are joined; 1 is the channels.")

    aliases = ("cat", "concatenate", "join")
    indices = "kept"
    saved_tensors = "nothing"
    in_place = "never"
    fusible = False
    input_arity = (1, MANY)
    status = "free"
    examples = (
        Example(
            params={},
            inputs=((1, 64, 28, 28), (1, 128, 28, 28), (1, 32, 28, 28), (1, 32, 28, 28)),
            outputs=((1, 256, 28, 28),),
            counts={"exact_flops": 0},
            source="torchvision googlenet.inception3a",
        ),
    )

    def outputs(self, inputs: Inputs) -> Outputs:
        # torch.cat leaves out inputs of shape (0,).
        shapes = [spec.shape for spec in inputs if spec.shape != (0,)] or [inputs[0].shape]
        first = shapes[0]
        if not first:
            raise ShapeError("Concat needs inputs of at least one dimension; got a scalar", param="inputs")
        at = axis(first, self.dim)
        for shape in shapes[1:]:
            self._check_pair(first, shape, at)
        joined = (*first[:at], sum(shape[at] for shape in shapes), *first[at + 1 :])
        return (TensorSpec(joined, promote(spec.dtype for spec in inputs)),)

    def receptive_of(self, inputs: Inputs, outputs: Outputs) -> Receptive:
        at = axis(outputs[0].shape, self.dim)
        return tuple(joined_maps(spec.shape, outputs[0].shape, at) for spec in inputs)

    def _check_pair(self, first: Shape, other: Shape, at: int) -> None:
        if len(first) == len(other):
            wrong = next((i for i in range(len(first)) if i != at and first[i] != other[i]), None)
            if wrong is None:
                return
            why = Message(
                "dimension {wrong} is {first} in one and {other} in the other",
                wrong=wrong,
                first=first[wrong],
                other=other[wrong],
            )
        else:
            why = Message("they have {first} and {other} dimensions", first=len(first), other=len(other))
        raise ShapeError(
            Message(
                "the inputs {first} and {other} cannot be joined along dim {dim}: {why}",
                first=shape_text(first),
                other=shape_text(other),
                dim=self.dim,
                why=why,
            ),
            param="inputs",
        )

    def summary(self, inputs: Inputs) -> str:
        return f"dim {self.dim}"


@layer_type("Merge", order=60)
class Stack(LayerType):
    """Inputs of one shape side by side along a new dimension (torch.stack): n times (*) -> (n, *)."""

    dim: int = param(Int(), default=0, help="Position of the new dimension.")

    indices = "kept"
    saved_tensors = "nothing"
    in_place = "never"
    fusible = False
    input_arity = (1, MANY)
    status = "free"
    examples = (
        Example(
            params={},
            inputs=((2, 3), (2, 3)),
            outputs=((2, 2, 3),),
            counts={"exact_flops": 0},
            source="PyTorch’s documentation of torch.stack",
        ),
    )

    def outputs(self, inputs: Inputs) -> Outputs:
        first = inputs[0].shape
        other = next((spec.shape for spec in inputs if spec.shape != first), None)
        if other is not None:
            raise ShapeError(
                Message(
                    "all inputs must have the same shape; got {first} and {other}",
                    first=shape_text(first),
                    other=shape_text(other),
                ),
                param="inputs",
            )
        at = axis((*first, 1), self.dim)
        return (TensorSpec((*first[:at], len(inputs), *first[at:]), promote(spec.dtype for spec in inputs)),)

    def receptive_of(self, inputs: Inputs, outputs: Outputs) -> Receptive:
        at = axis(outputs[0].shape, self.dim)
        return (tuple(DimMap((d + (d >= at),), SAME) for d in range(len(inputs[0].shape))),) * len(inputs)

    def summary(self, inputs: Inputs) -> str:
        return f"dim {self.dim}"


@layer_type("Merge", order=80)
class MatMul(LayerType):
    """Matrix product (torch.matmul): (*, M, K), (*, K, P) -> (*, M, P); a vector counts as a row or a column."""

    aliases = ("matmul", "mm", "bmm")
    status = "exact"
    indices = "kept"
    saved_tensors = "inputs"
    in_place = "never"
    fusible = False
    symbol_help = meanings(
        B="pairs of matrices: the batch",
        K="columns of the first matrix, rows of the second",
        M="rows of the first matrix",
        P="columns of the second matrix",
    )
    input_arity = (2, 2)
    counts = counting(macs="B*M*K*P", mul="B*M*K*P", add="B*M*max(K - 1, 0)*P")
    examples = (
        Example(
            params={},
            inputs=((1, 197, 768), (1, 768, 197)),
            outputs=((1, 197, 197),),
            counts={"macs": 29_805_312},
            source="x·xᵀ of ViT-B/16's tokens, torch FlopCounterMode",
        ),
    )

    def outputs(self, inputs: Inputs) -> Outputs:
        a, b = (spec.shape for spec in inputs)
        if not a or not b:
            raise ShapeError("MatMul needs inputs of at least one dimension; got a scalar", param="inputs")
        batch, (m, k), (k_2, p) = _matrices(a, b)
        if k != k_2:
            raise ShapeError(
                Message(
                    "the columns of {a} must be as many as the rows of {b}; got {k} and {k_2}",
                    a=shape_text(a),
                    b=shape_text(b),
                    k=k,
                    k_2=k_2,
                ),
                param="inputs",
            )
        rows, columns = (m,) if len(a) > 1 else (), (p,) if len(b) > 1 else ()
        return (TensorSpec((*batch, *rows, *columns), promote(spec.dtype for spec in inputs)),)

    def receptive_of(self, inputs: Inputs, outputs: Outputs) -> Receptive:
        (a, b), rank = (len(spec.shape) for spec in inputs), len(outputs[0].shape)
        # A vector loses a dimension in the output, so its positions have no place there.
        if min(a, b) < 2:
            return "not modelled"
        left = {a - 1: DimMap((rank - 1,), "whole"), a - 2: DimMap((rank - 2,), SAME)}
        right = {b - 1: DimMap((rank - 1,), SAME), b - 2: DimMap((rank - 2,), "whole")}
        left |= {d: DimMap((d + rank - a,), SAME) for d in range(a - 2)}
        right |= {d: DimMap((d + rank - b,), SAME) for d in range(b - 2)}
        return dim_maps(a, left), dim_maps(b, right)

    def symbols(self, inputs: Inputs, outputs: Outputs) -> Mapping[str, int]:
        batch, (m, k), (_, p) = _matrices(inputs[0].shape, inputs[1].shape)
        return {"B": prod(batch), "M": m, "K": k, "P": p}

    def record(self, tape: Tape, given: Pieces, outputs: Outputs) -> Pieces:
        return (tape.matmul(given[0], given[1], outputs[0].shape),)


def _matrices(a: Shape, b: Shape) -> tuple[Shape, Shape, Shape]:
    """Return the broadcast batch, and both inputs' last two sizes; a vector is a row left, a column right."""
    left = a if len(a) > 1 else (1, *a)
    right = b if len(b) > 1 else (*b, 1)
    return broadcast([left[:-2], right[:-2]]), left[-2:], right[-2:]


@layer_type("Merge", order=90)
class Mean(LayerType):
    """Average over some dimensions, or over all (torch.mean)."""

    dim: tuple[int, ...] | None = param(
        Optional(Dims()), default=None, help="The dimensions that are averaged; empty for all."
    )
    keepdim: bool = param(Bool(), default=False, help="Keep the averaged dimensions, with size 1.")

    aliases = ("mean", "average", "reducemean")
    status = "exact"
    in_place = "never"
    fusible = False
    symbol_help = meanings(
        O="values that come out",
        n="values that make one that comes out",
    )
    saved_tensors = "nothing"
    indices = "refused"
    counts = counting(add="O*max(n - 1, 0)", special="O")
    examples = (
        Example(
            params={"dim": (1,)},
            inputs=((4, 4),),
            outputs=((4,),),
            counts={"add": 12, "special": 4},
            source="PyTorch’s documentation of torch.mean; by hand: 3 additions and a division for each of 4 rows",
        ),
    )

    def _dims(self, shape: Shape) -> tuple[int, ...]:
        if not self.dim:
            return tuple(range(len(shape)))
        return axes(shape, self.dim)

    def shape(self, shape: Shape) -> Shape:
        gone = self._dims(shape)
        if self.keepdim:
            return tuple(1 if i in gone else size for i, size in enumerate(shape))
        return tuple(size for i, size in enumerate(shape) if i not in gone)

    def receptive_of(self, inputs: Inputs, outputs: Outputs) -> Receptive:
        shape = inputs[0].shape
        # A scalar has dimension 0 in torch, but nothing to average.
        gone = {d for d in self._dims(shape) if d < len(shape)}
        return (dropped_dim_maps(len(shape), gone, "whole", keep=self.keepdim),)

    def symbols(self, inputs: Inputs, outputs: Outputs) -> Mapping[str, int]:
        shape = inputs[0].shape
        return {"O": outputs[0].elements, "n": prod(shape[d] for d in self._dims(shape) if d < len(shape))}

    def summary(self, inputs: Inputs) -> str:
        return "" if self.dim is None else f"dim {', '.join(map(str, self.dim))}"
