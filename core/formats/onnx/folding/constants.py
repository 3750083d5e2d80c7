"""Constant tensors and their elements in row-major order."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import prod
from typing import TypeAlias

from layerledger.core.base.shapes import Shape
from layerledger.core.base.values import MAX_RANK, MAX_SIZE
from layerledger.core.formats.importing.graph import Uncounted
from layerledger.core.formats.importing.tensor import Tensor
from layerledger.core.formats.onnx.model import MAX_VALUES
from layerledger.core.formats.onnx.operation import OnnxOperation

Numbers: TypeAlias = Sequence[float]
Evaluator: TypeAlias = Callable[[OnnxOperation], "list[Tensor] | None"]
"""Evaluates a node with constant inputs; None where that needs numbers that are not known."""


def constant(shape: Sequence[int], dtype: str, data: Numbers | None = None, *, weight: str = "") -> Tensor:
    """Return a constant; its elements are kept only where they are few.

    Raises:
        Uncounted: no tensor has such a shape.
    """
    shape = tuple(shape)
    if len(shape) > MAX_RANK or any(not 0 <= size <= MAX_SIZE for size in shape):
        raise Uncounted("its output has a shape that no tensor can have")
    kept = data is not None and len(data) == prod(shape) <= MAX_VALUES
    return Tensor("constant", shape, dtype, constant=True, data=data if kept else None, weight=weight)


def is_small(shape: Sequence[int]) -> bool:
    """Return whether the elements of a tensor are few enough to be evaluated."""
    return prod(shape) <= MAX_VALUES


def strides_of(shape: Sequence[int]) -> list[int]:
    """Return how many elements lie between two neighbours in each dimension."""
    strides, n = [0] * len(shape), 1
    for i in range(len(shape) - 1, -1, -1):
        strides[i] = n
        n *= shape[i]
    return strides


def spread(x: Tensor, shape: Shape) -> Numbers | None:
    """Return the elements of a tensor broadcast to `shape`; None where they are not known or too many."""
    if x.data is None or not is_small(shape):
        return None
    if x.sizes == shape:
        return x.data
    if x.elements == 1:
        return list(x.data) * prod(shape)
    steps = [0] * (len(shape) - x.rank)
    steps += [step if size > 1 else 0 for size, step in zip(x.sizes, strides_of(x.sizes), strict=True)]
    return [x.data[place] for place in places([range(size) for size in shape], steps)]


def places(indices: Sequence[Sequence[int]], steps: Sequence[int]) -> list[int]:
    """Return the places of the elements with all combinations of `indices`, the last dimension fastest."""
    found = [0]
    for index, step in zip(indices, steps, strict=True):
        moves = [i * step for i in index]
        found = [place + move for place in found for move in moves]
    return found
