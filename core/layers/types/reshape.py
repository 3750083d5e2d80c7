"""The same elements in another shape or another order of dimensions, which computes nothing.

Source of shapes and parameters: torch.nn and torch.
"""

from __future__ import annotations

from math import prod

from layerledger.core.base.messages import Message
from layerledger.core.base.params import Dims, Int, param
from layerledger.core.base.shapes import Shape, ShapeError, axis, shape_text
from layerledger.core.layers.examples import Example, torch_example
from layerledger.core.layers.layer_type import Inputs, LayerType, Outputs
from layerledger.core.layers.registry import layer_type
from layerledger.core.layers.tape import Tape
from layerledger.core.layers.traced import Pieces
from layerledger.core.layers.windows import (
    Receptive,
    permuted_dim_maps,
    regrouped_dim_maps,
)


class FreeReshape(LayerType):
    """A type that moves or renames data; it counts nothing."""

    indices = "kept"
    saved_tensors = "nothing"
    fusible = False
    status = "free"


@layer_type("Reshape", order=120)
class Flatten(FreeReshape):
    """Dimensions start_dim to end_dim as one: (N, C, H, W) -> (N, C·H·W)."""

    in_place = "view"
    start_dim: int = param(Int(), default=1, help="First dimension that is flattened.")
    end_dim: int = param(Int(), default=-1, help="Last dimension that is flattened.")

    examples = (
        Example(
            params={},
            inputs=((1, 512, 7, 7),),
            outputs=((1, 25088),),
            counts={"params": 0, "exact_flops": 0},
            source="torchvision vgg16, between features and classifier",
        ),
    )

    def shape(self, shape: Shape) -> Shape:
        start, end = (axis(shape, getattr(self, name), param=name) for name in ("start_dim", "end_dim"))
        if start > end:
            raise ShapeError(
                Message(
                    "start_dim {start_dim} comes after end_dim {end_dim} in {shape}",
                    start_dim=self.start_dim,
                    end_dim=self.end_dim,
                    shape=shape_text(shape),
                ),
                param="start_dim",
            )
        return (*shape[:start], prod(shape[start : end + 1]), *shape[end + 1 :])

    def receptive_of(self, inputs: Inputs, outputs: Outputs) -> Receptive:
        return (regrouped_dim_maps(inputs[0].shape, outputs[0].shape),)

    def summary(self, inputs: Inputs) -> str:
        return "" if (self.start_dim, self.end_dim) == (1, -1) else f"{self.start_dim}…{self.end_dim}"


def fill_in(sizes: Shape, elements: int, *, param: str, of: str) -> Shape:
    """Return `sizes` with -1 replaced by what makes them hold `elements`.

    Raises:
        ShapeError: no size does.
    """
    if any(size < -1 for size in sizes) or sizes.count(-1) > 1:
        raise ShapeError(
            Message(
                "{param} must be sizes ≥ 0, one of which may be -1; got {sizes}",
                param=param,
                sizes=", ".join(map(str, sizes)),
            ),
            param=param,
        )
    known = prod(size for size in sizes if size != -1)
    # As in torch, −1 beside a size of 0 is refused: any number would fit.
    fits = elements % known == 0 if -1 in sizes and known else known == elements and -1 not in sizes
    if not fits:
        wanted = ", ".join(map(str, sizes))
        raise ShapeError(
            Message(
                "{param} ({wanted}) does not hold the {elements} elements of {of}",
                param=param,
                wanted=wanted,
                elements=elements,
                of=of,
            ),
            param=param,
        )
    return tuple(elements // known if size == -1 else size for size in sizes)


@layer_type("Reshape", order=130)
class Unflatten(FreeReshape):
    """One dimension as several: (N, C·K) -> (N, C, K)."""

    in_place = "view"
    dim: int = param(Int(), initial=1, help="The dimension that is split.")
    unflattened_size: tuple[int, ...] = param(
        Dims(), initial=(1, -1), help="Sizes it is split into; one may be -1, to follow from the others."
    )

    examples = (
        Example(
            params={"dim": 1, "unflattened_size": (2, 5, 5)},
            inputs=((2, 50),),
            outputs=((2, 2, 5, 5),),
            counts={"exact_flops": 0},
            source="PyTorch’s documentation of torch.nn.Unflatten",
        ),
    )

    def shape(self, shape: Shape) -> Shape:
        at = axis(shape, self.dim)
        if not shape or not self.unflattened_size:
            raise ShapeError(
                "unflattened_size must have at least one size, and the input at least one dimension", param="dim"
            )
        of = Message("dim {dim} of {shape}", dim=self.dim, shape=shape_text(shape))
        sizes = fill_in(self.unflattened_size, shape[at], param="unflattened_size", of=of)
        return (*shape[:at], *sizes, *shape[at + 1 :])

    def receptive_of(self, inputs: Inputs, outputs: Outputs) -> Receptive:
        return (regrouped_dim_maps(inputs[0].shape, outputs[0].shape),)

    def summary(self, inputs: Inputs) -> str:
        return f"{shape_text(self.unflattened_size)} at {self.dim}"


@layer_type("Reshape", order=140)
class Reshape(FreeReshape):
    """The same elements in another shape (torch.reshape), the batch included."""

    in_place = "view"
    shape: tuple[int, ...] = param(  # pyright: ignore[reportIncompatibleMethodOverride]  (torch's keyword)
        Dims(), initial=(1, -1), help="Sizes of the output, the batch first; one may be -1, to follow from the others."
    )

    aliases = ("reshape", "view")
    examples = torch_example({"shape": (-1, 24)}, ((6, 6, 4),), ((6, 24),))

    def outputs(self, inputs: Inputs) -> Outputs:
        (given,) = inputs
        sizes = fill_in(self.shape, given.elements, param="shape", of=shape_text(given.shape))
        return (given._replace(shape=sizes),)

    def receptive_of(self, inputs: Inputs, outputs: Outputs) -> Receptive:
        return (regrouped_dim_maps(inputs[0].shape, outputs[0].shape),)

    def summary(self, inputs: Inputs) -> str:
        return shape_text(self.shape)


@layer_type("Reshape", order=150)
class Permute(FreeReshape):
    """Dimensions in another order (torch.permute)."""

    in_place = "view"
    dims: tuple[int, ...] = param(  # pyright: ignore[reportIncompatibleVariableOverride]  (torch's keyword)
        Dims(), initial=(0, 2, 3, 1), help="The input's dimensions, in the order of the output's."
    )

    examples = torch_example({"dims": (0, 3, 1, 2)}, ((4, 5, 9, 9),), ((4, 9, 5, 9),))

    def shape(self, shape: Shape) -> Shape:
        if len(self.dims) != len(shape):
            raise ShapeError(
                Message(
                    "dims must name each of the {count} dimensions of {shape} once; got {given}",
                    count=len(shape),
                    shape=shape_text(shape),
                    given=len(self.dims),
                ),
                param="dims",
            )
        order = [axis(shape, d, param="dims") for d in self.dims]
        if len(set(order)) < len(order):
            raise ShapeError(
                Message("dims must name each dimension once; got {dims}", dims=", ".join(map(str, self.dims))),
                param="dims",
            )
        return tuple(shape[d] for d in order)

    def receptive_of(self, inputs: Inputs, outputs: Outputs) -> Receptive:
        shape = inputs[0].shape
        return (permuted_dim_maps(axis(shape, d) for d in self.dims),)

    def summary(self, inputs: Inputs) -> str:
        return ", ".join(map(str, self.dims))

    def record(self, tape: Tape, given: Pieces, outputs: Outputs) -> Pieces:
        return (tape.permute(given[0], [axis(given[0].shape, d) for d in self.dims]),)


@layer_type("Reshape", order=160)
class Transpose(FreeReshape):
    """Two dimensions exchanged (torch.transpose)."""

    in_place = "view"
    dim0: int = param(Int(), initial=1, help="One dimension.")
    dim1: int = param(Int(), initial=2, help="The dimension it is exchanged with.")

    examples = (
        Example(
            params={"dim0": 0, "dim1": 1},
            inputs=((2, 3),),
            outputs=((3, 2),),
            counts={"params": 0, "exact_flops": 0},
            source="PyTorch’s documentation of torch.transpose",
        ),
    )

    def shape(self, shape: Shape) -> Shape:
        first, second = axis(shape, self.dim0, param="dim0"), axis(shape, self.dim1, param="dim1")
        sizes = list(shape)
        if sizes:
            sizes[first], sizes[second] = sizes[second], sizes[first]
        return tuple(sizes)

    def receptive_of(self, inputs: Inputs, outputs: Outputs) -> Receptive:
        shape = inputs[0].shape
        order = list(range(len(shape)))
        if order:
            first, second = axis(shape, self.dim0), axis(shape, self.dim1)
            order[first], order[second] = second, first
        return (permuted_dim_maps(order),)

    def summary(self, inputs: Inputs) -> str:
        return f"{self.dim0} ↔ {self.dim1}"

    def record(self, tape: Tape, given: Pieces, outputs: Outputs) -> Pieces:
        x = given[0]
        return (tape.transpose(x, axis(x.shape, self.dim0), axis(x.shape, self.dim1)) if x.shape else x,)
