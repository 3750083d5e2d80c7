"""Operations that move or rename data without computing: flatten, reshape, permute, shuffle."""

from __future__ import annotations

from math import prod

from layerledger.core.layers.base import LayerType, layer_type
from layerledger.core.params import Dims, Int, param
from layerledger.core.shapes import Shape, ShapeError, axis, shape_text


class _Free(LayerType):
    """A type that counts nothing."""

    status = "free"


@layer_type("Reshape")
class Flatten(_Free):
    """Dimensions start_dim to end_dim as one: (N, C, H, W) -> (N, C·H·W)."""

    start_dim: int = param(Int(), default=1, help="First dimension that is flattened.")
    end_dim: int = param(Int(), default=-1, help="Last dimension that is flattened.")

    def shape(self, shape: Shape) -> Shape:
        start, end = (axis(shape, getattr(self, name), param=name) for name in ("start_dim", "end_dim"))
        if start > end:
            raise ShapeError(
                f"start_dim {self.start_dim} comes after end_dim {self.end_dim} in {shape_text(shape)}",
                param="start_dim",
            )
        return (*shape[:start], prod(shape[start : end + 1]), *shape[end + 1 :])

    def summary(self, inputs: object) -> str:
        return "" if (self.start_dim, self.end_dim) == (1, -1) else f"{self.start_dim}…{self.end_dim}"


def fill_in(sizes: Shape, elements: int, *, param: str, of: str) -> Shape:
    """Returns `sizes` with -1 replaced by what makes them hold `elements`.

    Raises:
        ShapeError: they cannot.
    """
    if any(size < -1 for size in sizes) or sizes.count(-1) > 1:
        raise ShapeError(
            f"{param} must be sizes from 0 up, one of which may be -1; got {', '.join(map(str, sizes))}", param=param
        )
    known = prod(size for size in sizes if size != -1)
    fits = elements % known == 0 if -1 in sizes and known else known == elements and -1 not in sizes
    if not fits:
        wanted = ", ".join(map(str, sizes))
        raise ShapeError(f"{param} ({wanted}) does not hold the {elements} elements of {of}", param=param)
    return tuple(elements // known if size == -1 else size for size in sizes)


@layer_type("Reshape")
class Unflatten(_Free):
    """One dimension as several: (N, C·K) -> (N, C, K)."""

    dim: int = param(Int(), initial=1, help="The dimension that is split.")
    unflattened_size: tuple[int, ...] = param(
        Dims(), initial=(1, -1), help="Sizes it is split into; one may be -1, to follow from the others."
    )

    def shape(self, shape: Shape) -> Shape:
        at = axis(shape, self.dim)
        if not shape or not self.unflattened_size:
            raise ShapeError("unflattened_size must be at least one size, of a tensor that is no scalar", param="dim")
        of = f"dim {self.dim} of {shape_text(shape)}"
        sizes = fill_in(self.unflattened_size, shape[at], param="unflattened_size", of=of)
        return (*shape[:at], *sizes, *shape[at + 1 :])

    def summary(self, inputs: object) -> str:
        return f"{shape_text(self.unflattened_size)} at {self.dim}"


@layer_type("Reshape")
class Reshape(_Free):
    """The same elements in another shape (torch.reshape), the batch included."""

    shape_: tuple[int, ...]

    def summary(self, inputs: object) -> str:
        return shape_text(self.shape_)
