"""Selection of elements by tensors of indices: it moves data and computes nothing.

Source of names, parameters and shapes: torch.gather; numpy.take and torch.take; ONNX Gather, GatherElements, GatherND.
"""

from __future__ import annotations

from layerledger.core.base.messages import Message
from layerledger.core.base.params import Int, Optional, param
from layerledger.core.base.shapes import Shape, ShapeError, TensorSpec, axis, shape_text
from layerledger.core.layers.examples import Example
from layerledger.core.layers.layer_type import Inputs, LayerType, Outputs
from layerledger.core.layers.registry import layer_type
from layerledger.core.layers.tape import Tape
from layerledger.core.layers.traced import Pieces
from layerledger.core.layers.types.split import axis_of, replaced
from layerledger.core.layers.windows import SAME, DimMap, Receptive, dim_maps


def check_positions(index: TensorSpec) -> None:
    """Raise ShapeError where a second input does not hold positions."""
    if index.dtype not in ("int64", "int32"):
        raise ShapeError(
            Message("the second input must be positions, int64 or int32; got {dtype}", dtype=index.dtype),
            param="inputs",
        )


def check_within(index: Shape, shape: Shape, at: int, *, of: str) -> None:
    """Raise ShapeError where indices do not lie within a tensor, whatever the size along dimension `at`."""
    if len(index) != len(shape):
        raise ShapeError(
            Message(
                "the indices must have as many dimensions as {of}; got {index} and {shape}",
                of=of,
                index=shape_text(index),
                shape=shape_text(shape),
            ),
            param="inputs",
        )
    for d, (ours, most) in enumerate(zip(index, shape, strict=True)):
        if ours > most and d != at:
            raise ShapeError(
                Message(
                    "the indices {index} must lie within {of}, {shape}: dimension {d} must be at most {most}; got "
                    "{ours}",
                    index=shape_text(index),
                    of=of,
                    shape=shape_text(shape),
                    d=d,
                    most=most,
                    ours=ours,
                ),
                param="inputs",
            )


class _Lookup(LayerType):
    """Elements of the first input at the positions in the second."""

    indices = "kept"
    in_place = "never"
    fusible = False
    status = "free"
    input_arity = (2, 2)

    def outputs(self, inputs: Inputs) -> Outputs:
        spec, index = inputs
        check_positions(index)
        return (TensorSpec(self.picked(spec, index), spec.dtype, spec.bound),)

    def picked(self, spec: TensorSpec, index: TensorSpec) -> Shape:
        """Return the shape of the output.

        Raises:
            ShapeError: the inputs do not fit.
        """
        raise NotImplementedError

    def record(self, tape: Tape, given: Pieces, outputs: Outputs) -> Pieces:
        (out,) = tape.outputs(outputs, given)
        if out.needs:
            tape.keep(*self.kept_for_gradients(given))
        return (out,)

    def kept_for_gradients(self, given: Pieces) -> Pieces:
        """Return the inputs that are kept: the positions, to which gradients go back."""
        return given[1:]


@layer_type("Reshape", order=72)
class Take(_Lookup):
    """Positions of a dimension by indices of any shape, as x[:, index] (ONNX Gather): (*, D, *) -> (*, index, *)."""

    dim: int | None = param(
        Optional(Int()),
        default=None,
        initial=0,
        help="The dimension whose positions are taken; empty for those of the flattened tensor (torch.take).",
    )

    aliases = ("take", "gather", "index", "lookup")
    examples = (
        Example(
            params={"dim": 1},
            inputs=((3, 3), (1, 2)),
            outputs=((3, 1, 2),),
            counts={"exact_flops": 0},
            source="ONNX’s documentation of Gather, the example of axis 1",
            dtype="int64",
        ),
    )

    def picked(self, spec: TensorSpec, index: TensorSpec) -> Shape:
        if self.dim is None:
            self._check_bound(spec.elements, index)
            return index.shape
        at = axis_of(spec, self.dim, "Take")
        self._check_bound(spec.shape[at], index)
        return replaced(spec.shape, at, *index.shape)

    def _check_bound(self, size: int, index: TensorSpec) -> None:
        if index.bound is not None and index.bound > size:
            raise ShapeError(
                Message(
                    "the first input must have at least {positions} positions, as many as the second counts; got "
                    "{size}",
                    positions=index.bound,
                    size=size,
                ),
                param="inputs",
            )

    def kept_for_gradients(self, given: Pieces) -> Pieces:
        # torch.take keeps both inputs; a single position is a select, which keeps nothing.
        if self.dim is None:
            return given
        return given[1:] if given[1].shape else ()

    def receptive_of(self, inputs: Inputs, outputs: Outputs) -> Receptive:
        shape, listed = inputs[0].shape, len(inputs[1].shape)
        if self.dim is None:
            every = tuple(range(listed))
            return tuple(DimMap(every, "mixed") for _ in shape), dim_maps(listed)
        at = axis(shape, self.dim)
        places = tuple(range(at, at + listed))
        moved = {d: DimMap((d + listed - 1,), SAME) for d in range(at + 1, len(shape))}
        taken = dim_maps(len(shape), {**moved, at: DimMap(places, "lost")})
        return taken, tuple(DimMap((place,), SAME) for place in places)

    def summary(self, inputs: Inputs) -> str:
        return "" if self.dim is None else f"dim {self.dim}"


@layer_type("Reshape", order=74)
class Gather(_Lookup):
    """An element for each index, along one dimension (torch.gather, ONNX GatherElements): (*), index -> index."""

    dim: int = param(Int(), default=0, initial=1, help="The dimension along which the indices count.")

    aliases = ("gather", "gatherelements", "takealongdim")
    examples = (
        Example(
            params={"dim": 1},
            inputs=((2, 2), (2, 2)),
            outputs=((2, 2),),
            counts={"exact_flops": 0},
            source="PyTorch’s documentation of torch.gather",
            dtype="int64",
        ),
    )

    def picked(self, spec: TensorSpec, index: TensorSpec) -> Shape:
        check_within(index.shape, spec.shape, axis_of(spec, self.dim, "Gather"), of="the first input")
        return index.shape

    def kept_for_gradients(self, given: Pieces) -> Pieces:
        # torch keeps the first input for its shape.
        return given

    def receptive_of(self, inputs: Inputs, outputs: Outputs) -> Receptive:
        rank = len(inputs[0].shape)
        at = axis(inputs[0].shape, self.dim)
        return dim_maps(rank, {at: DimMap((at,), "lost")}), dim_maps(rank)

    def summary(self, inputs: Inputs) -> str:
        return f"dim {self.dim}"


@layer_type("Reshape", order=76)
class GatherND(_Lookup):
    """Elements or slices at positions of several dimensions (ONNX GatherND): (*, D), index (*, k) -> (*, D after k)."""

    batch_dims: int = param(Int(0), default=0, help="First dimensions that both inputs share and keep.")

    examples = (
        Example(
            params={"batch_dims": 1},
            inputs=((2, 2, 2), (2, 1)),
            outputs=((2, 2),),
            counts={"exact_flops": 0},
            source="ONNX’s documentation of GatherND, the example of batch_dims 1",
            dtype="int64",
        ),
    )

    def picked(self, spec: TensorSpec, index: TensorSpec) -> Shape:
        many, shape, listed = self.batch_dims, spec.shape, index.shape
        if len(listed) <= many or shape[:many] != listed[:many]:
            raise ShapeError(
                Message(
                    "both inputs must begin with the same {many} sizes, and the indices have one more; got {shape} and "
                    "{listed}",
                    many=many,
                    shape=shape_text(shape),
                    listed=shape_text(listed),
                ),
                param="batch_dims" if many else "inputs",
            )
        check_depth(listed[-1], len(shape) - many, listed)
        return (*listed[:-1], *shape[many + listed[-1] :])

    def receptive_of(self, inputs: Inputs, outputs: Outputs) -> Receptive:
        rank, listed = len(inputs[0].shape), inputs[1].shape
        many, last = self.batch_dims, len(listed) - 1
        depth = listed[-1]
        found = {d: DimMap(tuple(range(many, last)), "lost") for d in range(many, many + depth)}
        found |= {d: DimMap((d - many - depth + last,), SAME) for d in range(many + depth, rank)}
        return dim_maps(rank, found), dim_maps(last + 1, {last: DimMap((), "whole")})


def check_depth(depth: int, most: int, listed: Shape) -> None:
    """Raise ShapeError where indices name more dimensions than there are, or none."""
    if not 1 <= depth <= most:
        raise ShapeError(
            Message(
                "the last size of the indices, {listed}, must be from 1 to {most}, a number for each dimension; got "
                "{depth}",
                listed=shape_text(listed),
                most=most,
                depth=depth,
            ),
            param="inputs",
        )
