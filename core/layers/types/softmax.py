"""Softmax and related functions, and gating: activation functions of whole rows.

Source of definitions and parameters: torch.nn. Softmax is counted as it is computed, with the largest value of each row
subtracted first: n − 1 comparisons, n subtractions, n exp, n − 1 additions and n divisions.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import prod

from layerledger.core.base.messages import Message
from layerledger.core.base.params import Int, Optional, param
from layerledger.core.base.shapes import Shape, ShapeError, axis, check_rank, shape_text
from layerledger.core.layers.counting import counting
from layerledger.core.layers.examples import Example, torch_example
from layerledger.core.layers.layer_type import Inputs, LayerType, Outputs
from layerledger.core.layers.registry import layer_type
from layerledger.core.layers.symbols import meanings
from layerledger.core.layers.windows import DimMap, Receptive, dim_maps, whole_dim_maps

_SOFTMAX = counting(cmp="R*(n - 1)", add="R*(2*n - 1)", special="2*R*n")


class _RowFunction(LayerType):
    """A function of each row along one dimension: R rows of n elements."""

    status = "exact"
    in_place = "never"
    symbol_help = meanings(
        R="rows: the sizes of the other dimensions, multiplied",
        n="elements of a row",
    )
    fusible = False  # it needs whole rows
    saved_tensors = "outputs"
    indices = "refused"

    def along(self, shape: Shape) -> int:
        """Return the dimension of the rows."""
        raise NotImplementedError

    def shape(self, shape: Shape) -> Shape:
        self.along(shape)
        return shape

    def receptive_of(self, inputs: Inputs, outputs: Outputs) -> Receptive:
        shape = inputs[0].shape
        return (whole_dim_maps(len(shape), [self.along(shape)]),)

    def symbols(self, inputs: Inputs, outputs: Outputs) -> Mapping[str, int]:
        shape = inputs[0].shape or (1,)
        n = shape[self.along(shape)]
        return {"R": prod(shape) // n if n else 0, "n": n}


class _Softmax(_RowFunction):
    dim: int | None = param(
        Optional(Int()), default=None, help="The dimension that sums to 1; empty is 0 for 0, 1 or 3 dimensions, else 1."
    )

    def along(self, shape: Shape) -> int:
        implied = 0 if len(shape) in (0, 1, 3) else 1  # torch.nn.functional._get_softmax_dim
        return axis(shape, implied if self.dim is None else self.dim)

    def summary(self, inputs: Inputs) -> str:
        return "" if self.dim is None else f"dim {self.dim}"


@layer_type("Activation", order=240)
class Softmax(_Softmax):
    """exp(x) / Σ exp(x) along a dimension."""

    counts = _SOFTMAX
    examples = (
        Example(
            params={"dim": -1},
            inputs=((1, 1000),),
            outputs=((1, 1000),),
            counts={"cmp": 999, "add": 1_999, "special": 2_000, "macs": 0},
            source="by hand, with the maximum subtracted; torchstat 0.0.7 leaves that out and prints 3n − 1 = 2,999",
        ),
    )


@layer_type("Activation", order=250)
class Softmax2d(_RowFunction):
    """Softmax over the channels of each position: (N, C, H, W)."""

    counts = _SOFTMAX
    examples = torch_example({}, ((2, 6, 10, 6),), ((2, 6, 10, 6),), by_hand={"cmp": 600, "add": 1320, "special": 1440})

    def along(self, shape: Shape) -> int:
        check_rank(shape, (3, 4), of="Softmax2d", axes="(N, C, H, W) or (C, H, W)")
        return len(shape) - 3


@layer_type("Activation", order=260)
class Softmin(_Softmax):
    """exp(−x) / Σ exp(−x) along a dimension."""

    counts = _SOFTMAX
    examples = torch_example(
        {"dim": -3}, ((4, 59, 6, 28),), ((4, 59, 6, 28),), by_hand={"cmp": 38_976, "add": 78_624, "special": 79_296}
    )


@layer_type("Activation", order=270)
class LogSoftmax(_Softmax):
    """x − log(Σ exp(x)) along a dimension."""

    counts = counting(cmp="R*(n - 1)", add="R*(3*n - 1)", special="R*(n + 1)")
    examples = torch_example({"dim": 1}, ((3, 40),), ((3, 40),), by_hand={"cmp": 117, "add": 357, "special": 123})


@layer_type("Activation", order=280)
class GLU(LayerType):
    """a·σ(b), with a and b the halves of the input along a dimension, which is halved."""

    fusible = False  # what it multiplies lies in two places of the layer before it
    dim: int = param(Int(), default=-1, help="The dimension that is halved.")

    status = "exact"
    saved_tensors = "inputs"
    in_place = "never"
    symbol_help = meanings(E="elements of the output")
    indices = "refused"
    counts = counting(mul="E", add="E", special="2*E")
    examples = (
        Example(
            params={},
            inputs=((4, 2),),
            outputs=((4, 1),),
            counts={"params": 0},
            source="PyTorch’s documentation of torch.nn.GLU",
        ),
    )

    def shape(self, shape: Shape) -> Shape:
        if not shape:
            raise ShapeError("GLU takes an input of at least one dimension; got a scalar", param="inputs")
        at = axis(shape, self.dim)
        if shape[at] % 2:
            raise ShapeError(
                Message(
                    "GLU halves dimension {dim} of {shape}, but {size} is odd",
                    dim=self.dim,
                    shape=shape_text(shape),
                    size=shape[at],
                ),
                param="dim",
            )
        return (*shape[:at], shape[at] // 2, *shape[at + 1 :])

    def receptive_of(self, inputs: Inputs, outputs: Outputs) -> Receptive:
        at = axis(inputs[0].shape, self.dim)
        return (dim_maps(len(inputs[0].shape), {at: DimMap((at,), "lost")}),)

    def symbols(self, inputs: Inputs, outputs: Outputs) -> Mapping[str, int]:
        return {"E": outputs[0].elements}

    def summary(self, inputs: Inputs) -> str:
        return f"dim {self.dim}"
