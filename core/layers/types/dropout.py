"""Layers that pass their input on at inference: dropout, and the identity.

Source of shapes and parameters: torch.nn, and torchvision.ops for StochasticDepth.
"""

from __future__ import annotations

from math import prod
from typing import Literal

from layerledger.core.base.params import Bool, Choice, Float, param
from layerledger.core.base.shapes import Shape, check_rank
from layerledger.core.layers.examples import Example, torch_example
from layerledger.core.layers.layer_type import Inputs, LayerType, Outputs
from layerledger.core.layers.registry import layer_type
from layerledger.core.layers.tape import Tape
from layerledger.core.layers.traced import Pieces


@layer_type("Dropout", order=10)
class Identity(LayerType):
    """Passes its input on unchanged: (*) -> (*)."""

    aliases = ("identity", "noop")
    indices = "kept"
    saved_tensors = "nothing"
    fusible = False
    in_place = "view"
    status = "free"
    receptive = "same"
    examples = torch_example({}, ((3, 7, 27),), ((3, 7, 27),))


class _Dropout(LayerType):
    """Base class of the dropout layers. At inference they do nothing, and so they count nothing."""

    # At inference the output is the input itself, as in torch.
    in_place = "view"
    p: float = param(Float(0, 1), default=0.5, help="Probability that a value is zeroed in training.")
    inplace: bool = param(Bool(), default=False, help="Overwrite the input; changes no count.")

    aliases = ("drop",)
    indices = "kept"
    fusible = False
    status = "free"
    receptive = "same"

    def record(self, tape: Tape, given: Pieces, outputs: Outputs) -> Pieces:
        x = given[0]
        # With p = 1 torch multiplies by a single zero.
        out = tape.dropout(x, self.p, 1 if self.p == 1 else self.drawn(x.shape))
        return (x if self.inplace else out,)

    def drawn(self, shape: Shape) -> int:
        """Return the number of values that are drawn at random."""
        return prod(shape)

    def summary(self, inputs: Inputs) -> str:
        return f"p {self.p:g}"


@layer_type("Dropout", order=20)
class Dropout(_Dropout):
    """Zeroes single values in training: (*) -> (*)."""

    examples = torch_example({"p": 0.1}, ((2, 4, 6, 4, 5),), ((2, 4, 6, 4, 5),))


class _ChannelDropout(_Dropout):
    """Zeroes whole channels: one value is drawn for each index of the dimensions before the spatial ones."""

    def drawn(self, shape: Shape) -> int:
        return prod(shape[: len(shape) - self.dims])


@layer_type("Dropout", order=30)
class Dropout1d(_ChannelDropout):
    """Zeroes whole channels in training: (N, C, L) -> (N, C, L)."""

    dims = 1
    examples = torch_example({}, ((2, 3, 9),), ((2, 3, 9),))

    def shape(self, shape: Shape) -> Shape:
        check_rank(shape, (2, 3), of="Dropout1d", axes="(N, C, L) or (C, L)")
        return shape


@layer_type("Dropout", order=40)
class Dropout2d(_ChannelDropout):
    """Zeroes whole channels in training: (N, C, H, W) -> (N, C, H, W)."""

    dims = 2
    examples = torch_example({}, ((2, 10, 7, 7),), ((2, 10, 7, 7),))


@layer_type("Dropout", order=50)
class Dropout3d(_ChannelDropout):
    """Zeroes whole channels in training: (N, C, D, H, W) -> (N, C, D, H, W)."""

    dims = 3
    examples = torch_example({}, ((1, 7, 3, 4, 5),), ((1, 7, 3, 4, 5),))


@layer_type("Dropout", order=60)
class AlphaDropout(_Dropout):
    """Dropout that keeps mean and variance, for SELU networks: (*) -> (*)."""

    examples = torch_example({}, ((2, 15, 5, 6, 1),), ((2, 15, 5, 6, 1),))


@layer_type("Dropout", order=70)
class FeatureAlphaDropout(_Dropout):
    """AlphaDropout of whole channels: (N, C, *) -> (N, C, *)."""

    def drawn(self, shape: Shape) -> int:
        return prod(shape[:2])

    examples = (
        Example(
            params={"p": 0.2},
            inputs=((20, 16, 4, 32, 32),),
            outputs=((20, 16, 4, 32, 32),),
            counts={"params": 0, "exact_flops": 0},
            source="PyTorch’s documentation of torch.nn.FeatureAlphaDropout",
        ),
    )


@layer_type("Dropout", order=80)
class StochasticDepth(LayerType):
    """Drops a whole residual branch in training (torchvision.ops); free at inference: (*) -> (*)."""

    in_place = "view"
    receptive = "same"
    p: float = param(Float(0, 1), initial=0.1, help="Probability that the branch is dropped in training.")
    mode: Literal["batch", "row"] = param(
        Choice(("batch", "row")), default="row", help="Drop it for the whole batch at once, or for each row by itself."
    )

    aliases = ("drop", "droppath")
    indices = "kept"
    fusible = False
    status = "free"
    examples = (
        Example(
            params={"p": 0.2},
            inputs=((1, 112, 14, 14),),
            outputs=((1, 112, 14, 14),),
            counts={"params": 0, "exact_flops": 0},
            source="torchvision efficientnet_b0, which it leaves as it is at inference",
        ),
    )

    def record(self, tape: Tape, given: Pieces, outputs: Outputs) -> Pieces:
        shape = given[0].shape
        return (tape.dropout(given[0], self.p, shape[0] if self.mode == "row" and shape else 1),)

    def summary(self, inputs: Inputs) -> str:
        return f"p {self.p:g}"
