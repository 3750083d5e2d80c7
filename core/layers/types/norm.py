"""Normalization with statistics, as it is at inference.

Source of shapes and parameters: torch.nn. Written out, n values that are normalized with their own statistics take:
n − 1 additions and a division for the mean; n subtractions, n squares, n − 1 additions and a division for the variance;
an addition of eps, a root and a reciprocal; and n products with that: 2n mul, 3n − 1 add, 4 special. A learned scale
and shift are n mul and n add more. Kept statistics are folded with these into 1 mul and 1 add an element.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import prod

from layerledger.core.base.messages import Message
from layerledger.core.base.params import Bool, Float, Int, Optional, Value, param
from layerledger.core.base.shapes import AXES, Shape, ShapeError, check_rank, shape_text, split_spatial
from layerledger.core.layers.counting import Counts, counting
from layerledger.core.layers.examples import Example, torch_example
from layerledger.core.layers.layer_type import Inputs, LayerType, Outputs
from layerledger.core.layers.registry import layer_type
from layerledger.core.layers.symbols import meanings
from layerledger.core.layers.tape import Tape
from layerledger.core.layers.traced import Pieces

BIAS = param(Bool(), default=True, help="A learned shift too, where there is a scale.")
EPS = param(Float(), default=1e-5, help="Added to the variance, so that nothing is divided by zero.")


class _ChannelNorm(LayerType):
    """Normalization of each channel, with statistics of the input or kept ones."""

    num_features: int | None = param(Int(1), default=None, derived=True, help="Channels of the input; follows from it.")
    eps: float = EPS
    momentum: float | None = param(
        Optional(Float()), default=0.1, help="Share of new statistics in the running ones; empty for a plain average."
    )
    affine: bool = param(Bool(), default=True, help="A learned scale and shift for each channel.")
    track_running_stats: bool = param(
        Bool(), default=True, help="Keep mean and variance from training; else they are computed from each input."
    )
    bias: bool = BIAS

    status = "exact"
    saved_tensors = "inputs"
    symbol_help = meanings(
        L="length",
        a="1 with a learned scale (affine), else 0",
        b="1 with a learned shift too (bias), else 0",
        t="1 with kept statistics (track_running_stats), else 0",
        H="height",
        D="depth",
    )
    indices = "refused"
    receptive = "same"

    @property
    def scales(self) -> bool:
        """Whether there is a learned scale."""
        return self.affine

    def split(self, shape: Shape) -> tuple[Shape, int, Shape]:
        """Return batch, channels and spatial sizes."""
        return split_spatial(shape, self.dims, of=self.type_name)

    def shape(self, shape: Shape) -> Shape:
        batch, _, spatial = self.split(shape)
        if not self.track_running_stats and self.values(batch, spatial) == 1:
            raise ShapeError(
                Message(
                    "statistics of the input need more than one value each; {shape} has one",
                    shape=shape_text(shape),
                ),
                param="track_running_stats",
            )
        return shape

    def values(self, batch: Shape, spatial: Shape) -> int:
        """Return the number of values of one statistic."""
        raise NotImplementedError

    def derived(self, inputs: Inputs) -> Mapping[str, Value]:
        return {"num_features": self.split(inputs[0].shape)[1]}

    def check_derived(self, derived: Mapping[str, Value]) -> None:
        if self.affine or self.track_running_stats:  # else nothing has num_features values, and torch lets it be
            super().check_derived(derived)

    def symbols(self, inputs: Inputs, outputs: Outputs) -> Mapping[str, int]:
        batch, channels, spatial = self.split(inputs[0].shape)
        sizes = dict(zip(AXES[self.dims], spatial or (1,), strict=True))
        shift = self.affine and self.bias
        switches = {"a": int(self.scales), "b": int(shift), "t": int(self.track_running_stats)}
        # Samples without positions have no statistics of their own.
        return {"N": prod(batch) if prod(spatial) else 0, "C": channels, **sizes, **switches}

    def summary(self, inputs: Inputs) -> str:
        return str(self.split(inputs[0].shape)[1])


def _channel_counts(dims: int, groups: str) -> Counts:
    """Return the counts: with t = 1 kept statistics are folded, else each of `groups` has its own."""
    values = "*".join(("N", "C", *AXES[dims]))
    if groups == "C":
        groups = f"min(C, {values})"  # none of an empty batch
    return counting(
        params="(a + b)*C",
        # running_mean, running_var and the scalar num_batches_tracked.
        buffers="t*(2*C + 1)",
        mul={"kept statistics": f"t*{values}", "own statistics": f"(1 - t)*(2 + a)*{values}"},
        add={"kept statistics": f"t*{values}", "own statistics": f"(1 - t)*((3 + b)*{values} - {groups})"},
        special=f"4*(1 - t)*{groups}",
    )


class _BatchNorm(_ChannelNorm):
    bias: bool = param(Bool(), default=True, help="A learned shift where the norm is affine; center in Keras.")
    scale: bool = param(Bool(), default=True, help="A learned scale where the norm is affine; scale in Keras.")

    symbol_help = meanings(
        a="1 with a learned scale (affine and scale), else 0",
        b="1 with a learned shift (affine and bias), else 0",
    )
    aliases = ("bn",)
    fusible = True
    in_place = "element-wise"

    def split(self, shape: Shape) -> tuple[Shape, int, Shape]:
        axes = ", ".join(("N", "C", *AXES[self.dims]))
        check_rank(shape, (self.dims + 2,), of=self.type_name, axes=f"({axes})")
        return super().split(shape)

    @property
    def scales(self) -> bool:
        return self.affine and self.scale

    def values(self, batch: Shape, spatial: Shape) -> int:
        return prod(batch) * prod(spatial)

    def record(self, tape: Tape, given: Pieces, outputs: Outputs) -> Pieces:
        return (tape.norm(given[0], self.split(given[0].shape)[1]),)


@layer_type("Normalization", order=10)
class BatchNorm1d(_BatchNorm):
    """Normalizes each channel over the batch: (N, C) or (N, C, L), kept as it is."""

    dims = 1
    counts = _channel_counts(1, "C")
    examples = torch_example({}, ((2, 20, 16),), ((2, 20, 16),), params=40, buffers=41)

    def split(self, shape: Shape) -> tuple[Shape, int, Shape]:
        check_rank(shape, (2, 3), of="BatchNorm1d", axes="(N, C) or (N, C, L)")
        return shape[:1], shape[1], shape[2:]


@layer_type("Normalization", order=20)
class BatchNorm2d(_BatchNorm):
    """Normalizes each channel over the batch: (N, C, H, W), kept as it is."""

    dims = 2
    counts = _channel_counts(2, "C")
    examples = (
        Example(
            params={},
            inputs=((1, 64, 56, 56),),
            outputs=((1, 64, 56, 56),),
            counts={"params": 128, "buffers": 129, "mul": 200_704, "add": 200_704, "macs": 0},
            source="torchvision resnet18.layer1.0.bn1; fvcore 0.1.5 and ptflops 0.7.5 print 401,408 for both together",
        ),
    )


@layer_type("Normalization", order=30)
class BatchNorm3d(_BatchNorm):
    """Normalizes each channel over the batch: (N, C, D, H, W), kept as it is."""

    dims = 3
    counts = _channel_counts(3, "C")
    examples = torch_example({}, ((8, 6, 2, 5, 4),), ((8, 6, 2, 5, 4),), params=12, buffers=13)


class _InstanceNorm(_ChannelNorm):
    num_features: int | None = param(Int(0), default=None, derived=True, help="Channels of the input; follows from it.")
    affine: bool = param(Bool(), default=False, help="A learned scale and shift for each channel.")
    track_running_stats: bool = param(
        Bool(), default=False, help="Keep mean and variance from training; else they are computed from each input."
    )

    aliases = ("norm",)
    in_place = "never"
    fusible = False

    def shape(self, shape: Shape) -> Shape:
        batch = self.split(shape)[0]
        if self.affine and 0 in batch:
            raise ShapeError(
                Message("a scale for each sample needs a sample; {shape} has none", shape=shape_text(shape)),
                param="inputs",
            )
        return super().shape(shape)

    def values(self, batch: Shape, spatial: Shape) -> int:
        return prod(spatial)

    def record(self, tape: Tape, given: Pieces, outputs: Outputs) -> Pieces:
        x, repeated = given[0], 2 * self.track_running_stats + self.affine  # torch repeats them for each sample
        return (tape.norm(x, prod(x.shape[: -self.dims]), repeated=repeated),)


@layer_type("Normalization", order=40)
class InstanceNorm1d(_InstanceNorm):
    """Normalizes each channel of each sample: (N, C, L), kept as it is."""

    dims = 1
    counts = _channel_counts(1, "N*C")
    examples = torch_example({}, ((8, 14, 16),), ((8, 14, 16),))


@layer_type("Normalization", order=50)
class InstanceNorm2d(_InstanceNorm):
    """Normalizes each channel of each sample: (N, C, H, W), kept as it is."""

    dims = 2
    counts = _channel_counts(2, "N*C")
    examples = torch_example({}, ((2, 30, 3, 7),), ((2, 30, 3, 7),))


@layer_type("Normalization", order=60)
class InstanceNorm3d(_InstanceNorm):
    """Normalizes each channel of each sample: (N, C, D, H, W), kept as it is."""

    dims = 3
    counts = _channel_counts(3, "N*C")
    examples = torch_example({}, ((2, 29, 5, 5, 3),), ((2, 29, 5, 5, 3),))
