"""Places and order of values along a dimension, and running sums.

Source of names, parameters and shapes: torch.argmax, torch.argmin, torch.topk, torch.cumsum. A heap of the k largest of
n values: Knuth, The Art of Computer Programming, volume 3, section 5.2.3.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import prod

from layerledger.core.base.messages import Message
from layerledger.core.base.params import Bool, Int, Optional, param
from layerledger.core.base.shapes import Shape, ShapeError, TensorSpec, axis, shape_text
from layerledger.core.layers.counting import counting
from layerledger.core.layers.examples import Example
from layerledger.core.layers.layer_type import Inputs, LayerType, Outputs
from layerledger.core.layers.registry import layer_type
from layerledger.core.layers.symbols import meanings
from layerledger.core.layers.tape import Tape
from layerledger.core.layers.traced import Pieces
from layerledger.core.layers.types.split import replaced
from layerledger.core.layers.windows import Receptive, dropped_dim_maps, whole_dim_maps


class _Place(LayerType):
    """The place of the largest or the smallest value along a dimension."""

    dim: int | None = param(
        Optional(Int()),
        default=None,
        initial=1,
        help="The dimension that is searched; empty for the flattened tensor.",
    )
    keepdim: bool = param(Bool(), default=False, help="Keep the searched dimension, with size 1.")

    status = "exact"
    indices = "counted"
    saved_tensors = "nothing"
    in_place = "never"
    fusible = False
    symbol_help = meanings(O="values that come out", n="values that are searched for one")
    counts = counting(cmp="O*(n - 1)")

    def _searched(self, shape: Shape) -> frozenset[int]:
        if self.dim is None:
            return frozenset(range(len(shape)))
        # A scalar has dimension 0 in torch, but nothing to search.
        return frozenset({axis(shape, self.dim)}) & frozenset(range(len(shape)))

    def outputs(self, inputs: Inputs) -> Outputs:
        shape = inputs[0].shape
        gone = self._searched(shape)
        if 0 in (shape[d] for d in gone):
            raise ShapeError(
                Message("the place among no values is not defined; {shape} has a size of 0", shape=shape_text(shape)),
                param="dim",
            )
        kept = (1 if d in gone else size for d, size in enumerate(shape) if self.keepdim or d not in gone)
        return (TensorSpec(tuple(kept), "int64"),)

    def receptive_of(self, inputs: Inputs, outputs: Outputs) -> Receptive:
        shape = inputs[0].shape
        return (dropped_dim_maps(len(shape), self._searched(shape), "whole", keep=self.keepdim),)

    def symbols(self, inputs: Inputs, outputs: Outputs) -> Mapping[str, int]:
        shape = inputs[0].shape
        return {"O": outputs[0].elements, "n": prod(shape[d] for d in self._searched(shape))}

    def summary(self, inputs: Inputs) -> str:
        return "" if self.dim is None else f"dim {self.dim}"


def _places(name: str) -> tuple[Example, ...]:
    """Return the example of the places in 4 rows of 4."""
    source = f"PyTorch’s documentation of torch.{name}; by hand: 3 comparisons for each of 4 rows"
    return (Example(params={"dim": 1}, inputs=((4, 4),), outputs=((4,),), counts={"cmp": 12}, source=source),)


@layer_type("Merge", order=180)
class ArgMax(_Place):
    """Place of the largest value along a dimension, or in the flattened tensor (torch.argmax): indices, int64."""

    aliases = ("argmax",)
    examples = _places("argmax")


@layer_type("Merge", order=190)
class ArgMin(_Place):
    """Place of the smallest value along a dimension, or in the flattened tensor (torch.argmin): indices, int64."""

    aliases = ("argmin",)
    examples = _places("argmin")


class _Along(LayerType):
    """A function along one dimension: R rows of n elements."""

    dim: int

    in_place = "never"
    fusible = False
    symbol_help = meanings(R="rows: the sizes of the other dimensions, multiplied", n="elements of a row")

    def receptive_of(self, inputs: Inputs, outputs: Outputs) -> Receptive:
        shape = inputs[0].shape
        return (whole_dim_maps(len(shape), [axis(shape, self.dim)]),) if shape else ((),)

    def symbols(self, inputs: Inputs, outputs: Outputs) -> Mapping[str, int]:
        shape = inputs[0].shape or (1,)
        at = axis(shape, self.dim)
        return {"R": prod(replaced(shape, at)), "n": shape[at]}


@layer_type("Merge", order=200)
class TopK(_Along):
    """The k largest values along a dimension, and their places, int64 (torch.topk): (*, D, *) -> twice (*, k, *)."""

    k: int = param(Int(0), initial=5, help="Number of values that are kept of each row.")
    dim: int = param(Int(), default=-1, help="The dimension that is searched.")
    largest: bool = param(Bool(), default=True, help="The largest values; else the smallest.")
    sorted: bool = param(Bool(), default=True, help="In order of size.")

    aliases = ("topk", "sort", "argsort")
    status = "approximated"
    approximation = (
        "Each value counts ⌈log₂(k + 1)⌉ comparisons, those of a heap of the k values kept so far; with k of all, "
        "those of sorting."
    )
    indices = "counted"
    saved_tensors = "nothing"  # of its inputs: see `record`
    symbol_help = meanings(l="⌈log₂(k + 1)⌉, the levels of a heap of k values; 0 for k of 0")
    counts = counting(cmp="R*n*l")
    examples = (
        Example(
            params={"k": 3},
            inputs=((5,),),
            outputs=((3,), (3,)),
            counts={"cmp": 10},
            source="PyTorch’s documentation of torch.topk; by hand: 2 levels of a heap for each of 5 values",
        ),
    )

    def outputs(self, inputs: Inputs) -> Outputs:
        spec = inputs[0]
        shape = spec.shape or (1,)
        at = axis(spec.shape, self.dim)
        if self.k > shape[at]:
            raise ShapeError(
                Message(
                    "k must be at most {size}, the values along dim {dim} of {shape}; got {k}",
                    size=shape[at],
                    dim=self.dim,
                    shape=shape_text(spec.shape),
                    k=self.k,
                ),
                param="k",
            )
        # As in torch, a scalar stays one.
        found = replaced(shape, at, self.k) if spec.shape else ()
        return TensorSpec(found, spec.dtype), TensorSpec(found, "int64")

    def symbols(self, inputs: Inputs, outputs: Outputs) -> Mapping[str, int]:
        return {**super().symbols(inputs, outputs), "l": self.k.bit_length()}

    def record(self, tape: Tape, given: Pieces, outputs: Outputs) -> Pieces:
        made = tape.outputs(outputs, given)
        if made[0].needs:
            tape.keep(made[1])  # gradients go back to these places
        return made

    def summary(self, inputs: Inputs) -> str:
        return f"{self.k} of dim {self.dim}"


@layer_type("Merge", order=210)
class CumSum(_Along):
    """Sum of all elements up to each one along a dimension (torch.cumsum): (*), kept as it is."""

    dim: int = param(Int(), default=-1, help="The dimension that is added up.")

    aliases = ("cumsum", "scan", "runningsum")
    status = "exact"
    indices = "kept"
    saved_tensors = "nothing"
    counts = counting(add="R*max(n - 1, 0)")
    examples = (
        Example(
            params={"dim": 0},
            inputs=((10,),),
            outputs=((10,),),
            counts={"add": 9},
            source="PyTorch’s documentation of torch.cumsum; by hand: 9 additions",
        ),
    )

    def outputs(self, inputs: Inputs) -> Outputs:
        spec = inputs[0]
        axis(spec.shape, self.dim)
        # torch.cumsum adds up integers and truth values as int64.
        return (TensorSpec(spec.shape, "int64" if spec.dtype in ("bool", "int32") else spec.dtype),)

    def summary(self, inputs: Inputs) -> str:
        return f"dim {self.dim}"
