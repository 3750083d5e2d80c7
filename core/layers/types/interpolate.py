"""Resizing as torch.nn.functional.interpolate does it, with smoothing before shrinking.

Source of shapes and parameters: torch.nn.functional. A linear mode weighs 2 values a dimension, the cubic one 4 a
dimension.
"""

from __future__ import annotations

from layerledger.core.base.params import Bool, param
from layerledger.core.base.shapes import ShapeError
from layerledger.core.layers.examples import Example
from layerledger.core.layers.layer_type import Inputs, Outputs
from layerledger.core.layers.registry import layer_type
from layerledger.core.layers.types.upsample import Upsample
from layerledger.core.layers.windows import Receptive


@layer_type("Reshape", order=230)
class Interpolate(Upsample):
    """Resizes every spatial dimension (torch.nn.functional.interpolate): (N, C, *) -> (N, C, *out)."""

    antialias: bool = param(Bool(), default=False, help="Smooth before shrinking; the additional taps are not counted.")

    aliases = ("up", "resize")
    examples = (
        Example(
            params={"size": 520, "mode": "bilinear"},
            inputs=((1, 21, 65, 65),),
            outputs=((1, 21, 520, 520),),
            counts={"mul": 4 * 21 * 520 * 520, "macs": 0},
            source="by hand: 4 products for each output; torchvision fcn_resnet50's last step",
        ),
    )

    def check(self) -> None:
        super().check()
        if self.antialias and self.mode not in ("bilinear", "bicubic"):
            raise ShapeError('antialias must be false unless mode is "bilinear" or "bicubic"', param="antialias")

    def receptive_of(self, inputs: Inputs, outputs: Outputs) -> Receptive:
        return "not modelled" if self.antialias else super().receptive_of(inputs, outputs)
