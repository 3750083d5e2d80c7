"""Layers that pad the spatial dimensions, or with negative sizes crop them."""

from __future__ import annotations

from typing import ClassVar

from layerledger.core.layers.base import Inputs, LayerType, layer_type
from layerledger.core.layers.symbols import sizes_summary
from layerledger.core.params import Float, Sizes, param
from layerledger.core.shapes import AXES, Shape, ShapeError, shape_text, split_spatial


class _Pad(LayerType):
    """What all padding layers share."""

    padding: tuple[int, ...] = param(
        Sizes(None, per_dim=2),
        initial=1,
        help="Added on each side: one number, or (left, right), then (top, bottom), then (front, back).",
    )

    status = "free"
    reach: ClassVar[int | None] = None
    """How much more than a dimension less one a side may add, where it copies from the input; None: no limit."""

    def sides(self) -> list[tuple[int, int]]:
        """Returns (before, after) of each spatial dimension, the first dimension first: torch lists the last first."""
        pairs = list(zip(self.padding[::2], self.padding[1::2], strict=True))
        return pairs[::-1]

    def shape(self, shape: Shape) -> Shape:
        spatial = self._spatial(shape)
        for name, size, pair in zip(AXES[self.dims], spatial, self.sides(), strict=True):
            self._check_side(name, size, max(pair))
        out = tuple(size + before + after for size, (before, after) in zip(spatial, self.sides(), strict=True))
        if min(out) < (0 if self.reach is None else 1):
            raise ShapeError(
                f"padding would make {shape_text(spatial)} into {shape_text(out)}; crop less", param="padding"
            )
        return (*shape[: -self.dims], *out)

    def _spatial(self, shape: Shape) -> Shape:
        if self.reach is not None:
            return split_spatial(shape, self.dims, of=self.type_name)[2]
        if len(shape) < self.dims:
            raise ShapeError(
                f"{self.type_name} pads {self.dims} dimensions; the input {shape_text(shape)} has {len(shape)}",
                param="inputs",
            )
        return shape[-self.dims :]

    def _check_side(self, name: str, size: int, side: int) -> None:
        if self.reach is not None and side > 0 and side > size - 1 + self.reach:
            raise ShapeError(
                f"{self.type_name} copies from the input, so {name} {size} can be padded by at most "
                f"{max(0, size - 1 + self.reach)} on a side; padding makes it {side}",
                param="padding",
            )

    def summary(self, inputs: Inputs) -> str:
        alike = len(set(self.padding)) == 1
        return str(self.padding[0]) if alike else sizes_summary(self.padding).replace("×", ", ")


class _ConstantPad(_Pad):
    value: float = param(Float(), initial=0.0, help="What the padding is filled with.")


class _Reflection(_Pad):
    reach = 0


class _Replication(_Pad):
    reach = 2**63


class _Circular(_Pad):
    reach = 1


@layer_type("Padding")
class ZeroPad1d(_Pad):
    """Pads with zeros: (*, L) -> (*, L_out)."""

    dims = 1


@layer_type("Padding")
class ZeroPad2d(_Pad):
    """Pads with zeros: (*, H, W) -> (*, H_out, W_out)."""

    dims = 2


@layer_type("Padding")
class ZeroPad3d(_Pad):
    """Pads with zeros: (*, D, H, W) -> (*, D_out, H_out, W_out)."""

    dims = 3


@layer_type("Padding")
class ConstantPad1d(_ConstantPad):
    """Pads with a constant: (*, L) -> (*, L_out)."""

    dims = 1


@layer_type("Padding")
class ConstantPad2d(_ConstantPad):
    """Pads with a constant: (*, H, W) -> (*, H_out, W_out)."""

    dims = 2


@layer_type("Padding")
class ConstantPad3d(_ConstantPad):
    """Pads with a constant: (*, D, H, W) -> (*, D_out, H_out, W_out)."""

    dims = 3


@layer_type("Padding")
class ReflectionPad1d(_Reflection):
    """Pads with the input mirrored at its edge: (N, C, L) -> (N, C, L_out)."""

    dims = 1


@layer_type("Padding")
class ReflectionPad2d(_Reflection):
    """Pads with the input mirrored at its edges: (N, C, H, W) -> (N, C, H_out, W_out)."""

    dims = 2


@layer_type("Padding")
class ReflectionPad3d(_Reflection):
    """Pads with the input mirrored at its edges: (N, C, D, H, W) -> (N, C, D_out, H_out, W_out)."""

    dims = 3


@layer_type("Padding")
class ReplicationPad1d(_Replication):
    """Pads with copies of the edge: (N, C, L) -> (N, C, L_out)."""

    dims = 1


@layer_type("Padding")
class ReplicationPad2d(_Replication):
    """Pads with copies of the edges: (N, C, H, W) -> (N, C, H_out, W_out)."""

    dims = 2


@layer_type("Padding")
class ReplicationPad3d(_Replication):
    """Pads with copies of the edges: (N, C, D, H, W) -> (N, C, D_out, H_out, W_out)."""

    dims = 3


@layer_type("Padding")
class CircularPad1d(_Circular):
    """Pads with the opposite side of the input: (N, C, L) -> (N, C, L_out)."""

    dims = 1


@layer_type("Padding")
class CircularPad2d(_Circular):
    """Pads with the opposite sides of the input: (N, C, H, W) -> (N, C, H_out, W_out)."""

    dims = 2


@layer_type("Padding")
class CircularPad3d(_Circular):
    """Pads with the opposite sides of the input: (N, C, D, H, W) -> (N, C, D_out, H_out, W_out)."""

    dims = 3
