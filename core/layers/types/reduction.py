"""Sums, means, maxima and minima over dimensions, under ONNX's names.

Source of parameters: torch.sum, torch.mean, torch.amax, torch.amin. Of n values, a sum takes n − 1 additions.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import prod
from typing import ClassVar

from layerledger.core.base.messages import Message
from layerledger.core.base.params import Bool, Dims, Optional, param
from layerledger.core.base.shapes import Shape, ShapeError, TensorSpec, axes
from layerledger.core.layers.counting import counting
from layerledger.core.layers.examples import Example
from layerledger.core.layers.layer_type import Inputs, LayerType, Outputs
from layerledger.core.layers.registry import layer_type
from layerledger.core.layers.symbols import meanings
from layerledger.core.layers.windows import Receptive, dropped_dim_maps


class Reduction(LayerType):
    """Base class of reductions: O values, each of n."""

    dim: tuple[int, ...] | None = param(
        Optional(Dims()), default=None, help="The dimensions that are reduced; empty for all."
    )
    keepdim: bool = param(Bool(), default=False, help="Keep the reduced dimensions, with size 1.")

    status = "exact"
    in_place = "never"
    fusible = False
    symbol_help = meanings(
        O="values that come out",
        n="values that make one that comes out",
    )

    def reduced(self, shape: Shape) -> frozenset[int]:
        """Return the dimensions that are reduced."""
        if not self.dim:
            return frozenset(range(len(shape)))
        # A scalar has dimension 0 in torch, but nothing to reduce.
        return frozenset(axes(shape, self.dim)) & frozenset(range(len(shape)))

    def shape(self, shape: Shape) -> Shape:
        gone = self.reduced(shape)
        kept = (size if i not in gone else 1 for i, size in enumerate(shape) if self.keepdim or i not in gone)
        return tuple(kept)

    def receptive_of(self, inputs: Inputs, outputs: Outputs) -> Receptive:
        shape = inputs[0].shape
        return (dropped_dim_maps(len(shape), self.reduced(shape), "whole", keep=self.keepdim),)

    def symbols(self, inputs: Inputs, outputs: Outputs) -> Mapping[str, int]:
        shape = inputs[0].shape
        return {"O": outputs[0].elements, "n": prod(shape[d] for d in self.reduced(shape))}

    def summary(self, inputs: Inputs) -> str:
        return "" if self.dim is None else f"dim {', '.join(map(str, self.dim))}"


@layer_type("Merge", order=100)
class ReduceSum(Reduction):
    """Sum over some dimensions, or over all (torch.sum)."""

    aliases = ("sum",)
    indices = "kept"
    saved_tensors = "nothing"
    counts = counting(add="O*max(n - 1, 0)")
    examples = (
        Example(
            params={"dim": (1,)},
            inputs=((4, 10),),
            outputs=((4,),),
            counts={"add": 36},
            source="by hand: 9 additions for each of 4 sums",
        ),
    )

    def outputs(self, inputs: Inputs) -> Outputs:
        (output,) = super().outputs(inputs)
        # torch.sum adds up integers and truth values as int64.
        return (TensorSpec(output.shape, "int64") if output.dtype in ("bool", "int32") else output,)


@layer_type("Merge", order=110)
class ReduceMean(Reduction):
    """Average over some dimensions, or over all: Mean under ONNX's name."""

    aliases = ("mean", "average")
    indices = "refused"
    saved_tensors = "nothing"
    counts = counting(add="O*max(n - 1, 0)", special="O")
    examples = (
        Example(
            params={"dim": (2, 3)},
            inputs=((1, 1280, 7, 7),),
            outputs=((1, 1280),),
            counts={"add": 61_440, "special": 1_280},
            source="by hand: 48 additions and a division for each of torchvision mnasnet1_0's 1,280 means",
        ),
    )


class _Extreme(Reduction):
    """The largest or the smallest of n values: n − 1 comparisons."""

    indices = "kept"
    saved_tensors = "both"
    counts = counting(cmp="O*max(n - 1, 0)")
    word: ClassVar[str]

    def shape(self, shape: Shape) -> Shape:
        if 0 in (shape[d] for d in self.reduced(shape)):
            raise ShapeError(
                Message("the {word} of no values is not defined; a reduced dimension has size 0", word=self.word),
                param="dim",
            )
        return super().shape(shape)


_KEPT = (
    Example(
        params={"dim": (1,), "keepdim": True},
        inputs=((4, 10),),
        outputs=((4, 1),),
        counts={"cmp": 36},
        source="by hand: 9 comparisons for each of 4 values",
    ),
)


@layer_type("Merge", order=120)
class ReduceMax(_Extreme):
    """Maximum over some dimensions, or over all (torch.amax)."""

    aliases = ("max", "amax")
    word = "maximum"
    examples = _KEPT


@layer_type("Merge", order=130)
class ReduceMin(_Extreme):
    """Minimum over some dimensions, or over all (torch.amin)."""

    aliases = ("min", "amin")
    word = "minimum"
    examples = _KEPT
