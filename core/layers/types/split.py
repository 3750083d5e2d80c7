"""Operations that split a tensor: they move data and compute nothing.

Source of names, parameters and shapes: torch.split, torch.chunk, torch.unbind, torch.narrow and slicing.
"""

from __future__ import annotations

from layerledger.core.base.messages import Message
from layerledger.core.base.params import Dims, Int, OneOf, Optional, param
from layerledger.core.base.shapes import Shape, ShapeError, TensorSpec, axis, shape_text
from layerledger.core.layers.examples import Example
from layerledger.core.layers.layer_type import Inputs, LayerType, Outputs
from layerledger.core.layers.registry import layer_type
from layerledger.core.layers.tape import Tape
from layerledger.core.layers.traced import Pieces
from layerledger.core.layers.windows import DimMap, Receptive, Window, dim_maps, dropped_dim_maps

MAX_PIECES = 1_000
"""Most outputs of a layer: far more than networks have, and few enough to be shown."""

_DIM = param(Int(), default=0, help="The dimension that is split; 1 is the channels, -1 the last.")


def replaced(shape: Shape, at: int, *sizes: int) -> Shape:
    """Return `shape` with the size of one dimension replaced by other sizes, or removed."""
    return (*shape[:at], *sizes, *shape[at + 1 :])


def axis_of(spec: TensorSpec, dim: int, of: str) -> int:
    """Return `dim` counted from the front.

    Raises:
        ShapeError: the input has no such dimension; a scalar has no dimensions.
    """
    if not spec.shape:
        raise ShapeError(
            Message("{of} takes an input of at least one dimension; this one is a scalar", of=of), param="inputs"
        )
    return axis(spec.shape, dim)


class _Pieces(LayerType):
    """Base class of types that split a tensor along a dimension."""

    dim: int = _DIM

    indices = "kept"
    saved_tensors = "nothing"
    in_place = "never"
    fusible = False
    status = "free"

    def outputs(self, inputs: Inputs) -> Outputs:
        spec = inputs[0]
        at = axis_of(spec, self.dim, self.type_name)
        return tuple(TensorSpec(replaced(spec.shape, at, size), spec.dtype) for size in self.sizes(spec.shape[at]))

    def receptive_of(self, inputs: Inputs, outputs: Outputs) -> Receptive:
        shape = inputs[0].shape
        at = axis(shape, self.dim)
        return (dim_maps(len(shape), {} if len(outputs) == 1 else {at: DimMap((at,), "lost")}),)

    def sizes(self, size: int) -> tuple[int, ...]:
        """Return the pieces of a dimension.

        Raises:
            ShapeError: it cannot be split so.
        """
        raise NotImplementedError

    def record(self, tape: Tape, given: Pieces, outputs: Outputs) -> Pieces:
        return tuple(tape.sliced(given[0], spec.shape) for spec in outputs)


def _check_pieces(count: int, param: str) -> None:
    if count > MAX_PIECES:
        raise ShapeError(
            Message(
                "{param} makes {count} outputs; at most {max_pieces} fit",
                param=param,
                count=count,
                max_pieces=MAX_PIECES,
            ),
            param=param,
        )


def _even(size: int, piece: int, param: str) -> tuple[int, ...]:
    """Return pieces of one size, the last of which may be smaller."""
    count = max(-(-size // piece), 1)
    _check_pieces(count, param)
    return (*(piece,) * (count - 1), size - piece * (count - 1))


@layer_type("Reshape", order=30)
class Split(_Pieces):
    """Pieces of a given size, or of several, one output each: (*, D, *) -> (*, D_1, *), (*, D_2, *), … ."""

    split_size_or_sections: int | tuple[int, ...] = param(
        OneOf((Int(1), Dims(0))), initial=32, help="Size of each piece, the last may be smaller; or a list of sizes."
    )
    dim: int = _DIM

    examples = (
        Example(
            params={"split_size_or_sections": 2},
            inputs=((5, 2),),
            outputs=((2, 2), (2, 2), (1, 2)),
            counts={"exact_flops": 0},
            source="PyTorch’s documentation of torch.split",
        ),
    )

    def check(self) -> None:
        if self.split_size_or_sections == ():
            raise ShapeError(
                Message("split_size_or_sections must have at least one size"), param="split_size_or_sections"
            )

    def sizes(self, size: int) -> tuple[int, ...]:
        given = self.split_size_or_sections
        if isinstance(given, int):
            return _even(size, given, "split_size_or_sections")
        if sum(given) != size:
            listed = ", ".join(map(str, given))
            raise ShapeError(
                Message(
                    "split_size_or_sections ({listed}) must add up to the {size} of dim {dim}; got {given}",
                    listed=listed,
                    size=size,
                    dim=self.dim,
                    given=sum(given),
                ),
                param="split_size_or_sections",
            )
        return given

    def summary(self, inputs: Inputs) -> str:
        given = self.split_size_or_sections
        return f"{given if isinstance(given, int) else ', '.join(map(str, given[:6]))} of dim {self.dim}"


@layer_type("Reshape", order=40)
class Chunk(_Pieces):
    """A given number of pieces, as equal as possible, one output each: (*, D, *) -> chunks of (*, D/chunks, *)."""

    chunks: int = param(Int(1), initial=2, help="Number of pieces; fewer where they would be empty.")
    dim: int = _DIM

    examples = (
        Example(
            params={"chunks": 6},
            inputs=((11,),),
            outputs=((2,), (2,), (2,), (2,), (2,), (1,)),
            counts={"exact_flops": 0},
            source="PyTorch’s documentation of torch.chunk",
        ),
    )

    def sizes(self, size: int) -> tuple[int, ...]:
        if size == 0:
            _check_pieces(self.chunks, "chunks")
            # As in torch: of an empty dimension, chunk returns all its pieces, split a single one.
            return (0,) * self.chunks
        return _even(size, -(-size // self.chunks), "chunks")

    def summary(self, inputs: Inputs) -> str:
        return f"{self.chunks} of dim {self.dim}"


@layer_type("Reshape", order=50)
class Unbind(LayerType):
    """One output for each index of a dimension, which is removed: (n, *) -> n times (*)."""

    dim: int = _DIM

    indices = "kept"
    saved_tensors = "nothing"
    in_place = "never"
    fusible = False
    status = "free"
    examples = (
        Example(
            params={},
            inputs=((3, 3),),
            outputs=((3,), (3,), (3,)),
            counts={"exact_flops": 0},
            source="PyTorch’s documentation of torch.unbind",
        ),
    )

    def outputs(self, inputs: Inputs) -> Outputs:
        spec = inputs[0]
        at = axis_of(spec, self.dim, "Unbind")
        if not spec.shape[at]:
            raise ShapeError(
                Message("Unbind of an empty dimension has no output; it is {shape}", shape=shape_text(spec.shape)),
                param="dim",
            )
        _check_pieces(spec.shape[at], "dim")
        return (TensorSpec(replaced(spec.shape, at), spec.dtype),) * spec.shape[at]

    def receptive_of(self, inputs: Inputs, outputs: Outputs) -> Receptive:
        shape = inputs[0].shape
        return (dropped_dim_maps(len(shape), {axis(shape, self.dim)}, "lost"),)

    def summary(self, inputs: Inputs) -> str:
        return f"dim {self.dim}"

    def record(self, tape: Tape, given: Pieces, outputs: Outputs) -> Pieces:
        x = given[0]
        at = axis(x.shape, self.dim)
        left = tuple(d for d in range(len(x.shape)) if d != at)
        one = x._replace(shape=tuple(x.shape[d] for d in left), strides=tuple(x.strides[d] for d in left))
        return (one,) * len(outputs)


@layer_type("Reshape", order=60)
class Slice(LayerType):
    """Part of a dimension, as x[start:end:step] of Python: (*, D, *) -> (*, D_out, *)."""

    dim: int = param(Int(), default=1, help="The dimension that is sliced.")
    start: int = param(Int(), default=0, help="First index; below 0, counted from the end.")
    end: int | None = param(Optional(Int()), default=None, help="Index after the last; empty for the rest.")
    step: int = param(Int(1), default=1, help="Distance from one index to the next.")

    aliases = ("slice", "narrow", "crop")
    indices = "kept"
    saved_tensors = "nothing"
    in_place = "never"
    fusible = False
    status = "free"
    examples = (
        Example(
            params={"end": 1},
            inputs=((1, 197, 768),),
            outputs=((1, 1, 768),),
            counts={"exact_flops": 0},
            source="torchvision vit_b_16, the class token before the head",
        ),
    )

    def outputs(self, inputs: Inputs) -> Outputs:
        spec = inputs[0]
        at = axis_of(spec, self.dim, "Slice")
        # Python's own rule for indices below 0 or behind the end.
        first, end, step = slice(self.start, self.end, self.step).indices(spec.shape[at])
        size = max(-((first - end) // step), 0)
        # Of positions, the largest is that of the last one taken.
        bound = first + (size - 1) * step + 1 if size and step > 0 and spec.bound == spec.shape[at] else spec.bound
        return (TensorSpec(replaced(spec.shape, at, size), spec.dtype, bound),)

    def receptive_of(self, inputs: Inputs, outputs: Outputs) -> Receptive:
        shape = inputs[0].shape
        at = axis(shape, self.dim)
        first, _, step = slice(self.start, self.end, self.step).indices(shape[at])
        return (dim_maps(len(shape), {at: DimMap((at,), Window(step, first, first))}),)

    def summary(self, inputs: Inputs) -> str:
        step = f":{self.step}" if self.step > 1 else ""
        return f"{self.start}:{'' if self.end is None else self.end}{step} of dim {self.dim}"

    def record(self, tape: Tape, given: Pieces, outputs: Outputs) -> Pieces:
        return (tape.sliced(given[0], outputs[0].shape, {axis(given[0].shape, self.dim): self.step}),)
