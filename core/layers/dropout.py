"""Layers that pass their input on at inference: dropout, and the identity."""

from __future__ import annotations

from layerledger.core.layers.base import Inputs, LayerType, layer_type
from layerledger.core.params import Bool, Float, param
from layerledger.core.shapes import Shape, check_rank


@layer_type("Dropout")
class Identity(LayerType):
    """Passes its input on unchanged: (*) -> (*)."""

    status = "free"


class _Dropout(LayerType):
    """What the dropout layers share. At inference they do nothing, and so they count nothing."""

    p: float = param(Float(0, 1), default=0.5, help="Probability that a value is zeroed in training.")
    inplace: bool = param(Bool(), default=False, help="Overwrite the input; changes no count.")

    status = "free"

    def summary(self, inputs: Inputs) -> str:
        return f"p {self.p:g}"


@layer_type("Dropout")
class Dropout(_Dropout):
    """Zeroes single values in training: (*) -> (*)."""


@layer_type("Dropout")
class Dropout1d(_Dropout):
    """Zeroes whole channels in training: (N, C, L) -> (N, C, L)."""

    def shape(self, shape: Shape) -> Shape:
        check_rank(shape, (2, 3), of="Dropout1d", axes="(N, C, L) or (C, L)")
        return shape


@layer_type("Dropout")
class Dropout2d(_Dropout):
    """Zeroes whole channels in training: (N, C, H, W) -> (N, C, H, W)."""


@layer_type("Dropout")
class Dropout3d(_Dropout):
    """Zeroes whole channels in training: (N, C, D, H, W) -> (N, C, D, H, W)."""


@layer_type("Dropout")
class AlphaDropout(_Dropout):
    """Dropout that keeps mean and variance, for SELU networks: (*) -> (*)."""


@layer_type("Dropout")
class FeatureAlphaDropout(_Dropout):
    """AlphaDropout of whole channels: (N, C, *) -> (N, C, *)."""
