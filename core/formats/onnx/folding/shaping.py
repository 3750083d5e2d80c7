"""Evaluation of operators that make, move and pick elements of constants, and of shapes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import ceil, prod

from layerledger.core.base.shapes import Shape, ShapeError
from layerledger.core.formats.importing.graph import Uncounted
from layerledger.core.formats.importing.tensor import Tensor
from layerledger.core.formats.onnx.folding.constants import Evaluator, constant, is_small, places, spread, strides_of
from layerledger.core.formats.onnx.operation import OnnxOperation
from layerledger.core.formats.onnx.shape_rules import (
    flattened,
    reshaped,
    sliced,
    squeezed_axes,
    transposed_axes,
    unsqueezed_axes,
)
from layerledger.core.layers.broadcasting import broadcast


def _reshape(op: OnnxOperation) -> list[Tensor] | None:
    x = op.input()
    target = op.integers("shape")
    if target is None:
        if op.input(1).data is None:
            return None
        target = op.sizes(1) or ()
    return [_moved(x, reshaped(x.sizes, target, zero_is_kept=not op.integer("allowzero")))]


def _moved(x: Tensor, shape: Sequence[int]) -> Tensor:
    """Return a constant in another shape, with its elements in the same order; a weight is still that weight."""
    return constant(shape, x.dtype, x.data, weight=x.weight)


def _flatten(op: OnnxOperation) -> list[Tensor]:
    x = op.input()
    return [_moved(x, flattened(x.sizes, op.integer("axis", 1)))]


def _unsqueeze(op: OnnxOperation) -> list[Tensor] | None:
    x = op.input()
    if op.has(1) and op.input(1).data is None:
        return None
    shape = list(x.sizes)
    for axis in unsqueezed_axes(x.rank, op.sizes(1, "axes") or ()):
        shape.insert(axis, 1)
    return [_moved(x, shape)]


def _squeeze(op: OnnxOperation) -> list[Tensor] | None:
    x = op.input()
    if op.has(1) and op.input(1).data is None:
        return None
    gone = squeezed_axes(x.sizes, op.sizes(1, "axes"))
    return [_moved(x, [size for i, size in enumerate(x.sizes) if i not in gone])]


def _transpose(op: OnnxOperation) -> list[Tensor]:
    x = op.input()
    axes = transposed_axes(x.rank, op.integers("perm"))
    shape = [x.sizes[axis] for axis in axes]
    data = None
    if x.data is not None:
        steps = strides_of(x.sizes)
        data = [x.data[i] for i in places([range(size) for size in shape], [steps[axis] for axis in axes])]
    return [constant(shape, x.dtype, data, weight=x.weight)]


def _expand(op: OnnxOperation) -> list[Tensor] | None:
    x = op.input()
    if op.input(1).data is None:
        return None
    shape = _broadcast(x.sizes, op.sizes(1) or ())
    weight = x.weight if prod(shape) == x.elements else ""
    return [constant(shape, x.dtype, spread(x, shape), weight=weight)]


def _broadcast(*shapes: Shape) -> Shape:
    try:
        return broadcast(shapes)
    except ShapeError as error:
        raise Uncounted(str(error)) from None


def _tile(op: OnnxOperation) -> list[Tensor] | None:
    x = op.input()
    if op.input(1).data is None:
        return None
    times = op.sizes(1) or ()
    if len(times) != x.rank:
        return None
    shape = [size * n for size, n in zip(x.sizes, times, strict=True)]
    data = None
    if x.data is not None and is_small(shape):
        indices = [[i % size for i in range(size * n)] for size, n in zip(x.sizes, times, strict=True)]
        data = [x.data[i] for i in places(indices, strides_of(x.sizes))]
    return [constant(shape, x.dtype, data)]


def _concat(op: OnnxOperation) -> list[Tensor] | None:
    parts = op.present()
    axis = op.axis(0, parts[0].rank)
    rest = [(*x.sizes[:axis], *x.sizes[axis + 1 :]) for x in parts]
    if any(each != rest[0] for each in rest):
        return None
    shape = [*parts[0].sizes]
    shape[axis] = sum(x.sizes[axis] for x in parts)
    known = [x.data for x in parts if x.data is not None]
    data: list[float] | None = None
    if len(known) == len(parts) and is_small(shape):
        data = []
        for i in range(prod(shape[:axis])):
            for x, held in zip(parts, known, strict=True):
                n = prod(x.sizes[axis:])
                data.extend(held[i * n : (i + 1) * n])
    return [constant(shape, parts[0].dtype, data)]


def _slice(op: OnnxOperation) -> list[Tensor] | None:
    x = op.input()
    if any(op.has(i) and op.input(i).data is None for i in range(1, 5)):
        return None
    indices: list[Sequence[int]] = [range(size) for size in x.sizes]
    for each in sliced(op, x.sizes):
        indices[each.axis] = range(*slice(each.start, each.end, each.step).indices(x.sizes[each.axis]))
    shape = [len(each) for each in indices]
    data = None
    if x.data is not None and is_small(shape):
        data = [x.data[i] for i in places(indices, strides_of(x.sizes))]
    return [constant(shape, x.dtype, data)]


def _gather(op: OnnxOperation) -> list[Tensor]:
    x, index = op.input(), op.input(1)
    axis = op.axis(0, x.rank)
    shape = (*x.sizes[:axis], *index.sizes, *x.sizes[axis + 1 :])
    data = None
    if x.data is not None and index.data is not None and is_small(shape):
        size, inner = x.sizes[axis], prod(x.sizes[axis + 1 :])
        picked = [int(i) for i in index.data]
        if all(-size <= i < size for i in picked):
            starts = [(outer * size + i % size) * inner for outer in range(prod(x.sizes[:axis])) for i in picked]
            data = [x.data[start + k] for start in starts for k in range(inner)]
    return [constant(shape, x.dtype, data)]


def _range(op: OnnxOperation) -> list[Tensor] | None:
    if any(op.input(i).data is None for i in range(3)):
        return None
    (start,), (end,), (step,) = (op.numbers(i) for i in range(3))
    if not step:
        return None
    try:
        count = max(0, ceil((end - start) / step))
    except (ArithmeticError, ValueError):
        return None
    data = [start + i * step for i in range(count)] if is_small((count,)) else None
    return [constant((count,), op.input().dtype, data)]


def _split(op: OnnxOperation) -> list[Tensor] | None:
    x = op.input()
    if x.data is None or x.rank != 1 or (op.has(1) and op.input(1).data is None):
        return None
    sizes = op.sizes(1, "split")
    if not sizes:
        part = -(-x.elements // len(op.outputs))
        sizes = tuple([min(part, x.elements - i * part) for i in range(len(op.outputs))])
    if sum(sizes) != x.elements or min(sizes) < 0:
        return None
    ends = [sum(sizes[: i + 1]) for i in range(len(sizes))]
    return [constant((n,), x.dtype, x.data[end - n : end]) for n, end in zip(sizes, ends, strict=True)]


def _scatter(op: OnnxOperation) -> list[Tensor]:
    """Evaluate the shape alone: that of the tensor into which is written."""
    x = op.input()
    return [constant(x.sizes, x.dtype, _scattered(op, x))]


def _scattered(op: OnnxOperation, x: Tensor) -> list[float] | None:
    """Return the numbers of ScatterND with one index each, as slices of shapes have it."""
    index, updates = op.input(1), op.input(2)
    if op.type != "ScatterND" or x.rank != 1 or op.text("reduction", "none") != "none":
        return None
    if x.data is None or index.data is None or updates.data is None or len(index.data) != len(updates.data):
        return None
    found = list(x.data)
    for i, value in zip(index.data, updates.data, strict=True):
        if not -len(found) <= i < len(found):
            return None
        found[int(i)] = value
    return found


def _non_zero(op: OnnxOperation) -> list[Tensor] | None:
    """Return the places of all elements that are not 0, one column each."""
    x = op.input()
    if x.data is None:
        return None
    steps = strides_of(x.sizes)
    found = [i for i, each in enumerate(x.data) if each]
    columns = [i // step % size for step, size in zip(steps, x.sizes, strict=True) for i in found]
    return [constant((x.rank, len(found)), "int64", columns)]


EVALUATORS: Mapping[str, Evaluator] = {
    "Reshape": _reshape,
    "Flatten": _flatten,
    "Unsqueeze": _unsqueeze,
    "Squeeze": _squeeze,
    "Transpose": _transpose,
    "Expand": _expand,
    "Tile": _tile,
    "Concat": _concat,
    "Slice": _slice,
    "Gather": _gather,
    "Range": _range,
    "Split": _split,
    "ScatterND": _scatter,
    "ScatterElements": _scatter,
    "Scatter": _scatter,
    "NonZero": _non_zero,
}
"""Evaluators of nodes whose inputs are all constant."""

MOVES = frozenset(("Reshape", "Flatten", "Unsqueeze", "Squeeze", "Transpose", "Cast", "CastLike", "Expand"))
"""The operators after which a weight is still that weight."""
