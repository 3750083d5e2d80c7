"""Where the batch is after each operation, so that an imported network can be run with another batch.

A file states sizes for one batch. A reshape to fixed sizes would keep that batch for ever, so the position of the batch
is followed through the graph, and the reshape gets −1 there.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from math import prod
from typing import TypeAlias, cast

from layerledger.core.base.shapes import Shape
from layerledger.core.base.values import Value
from layerledger.core.formats.importing.tensor import Batch, Tensor

Params: TypeAlias = Mapping[str, Value]


def batch_after(type_name: str, params: Params, inputs: Sequence[Tensor], output: Shape) -> Batch | None:
    """Return where the batch is in the output of a layer; None where the output does not depend on it."""
    if type_name == "Expand" and len(inputs) == 2:
        return Batch(0)
    given = next((x for x in inputs if x.batch is not None), None)
    if given is None or given.batch is None or given.shape is None:
        return None
    if type_name == "MatMul" and inputs[0] is not given:
        return _aligned(given.batch, given.rank, output)
    rule = _RULES.get(type_name)
    found = rule(params, given, given.batch, output) if rule else _aligned(given.batch, given.rank, output)
    return found if found is None or 0 <= found.axis < len(output) else None


def reshaped_batch(shape: Shape, batch: Batch, output: Shape) -> Batch:
    """Return where the batch is after a reshape.

    The elements before the batch stay before it. A dimension of size 1 holds the batch of 1 if one is at that place;
    the last dimension, of channels, never takes it over from one before.
    """
    before = prod(shape[: batch.axis]) * batch.before
    axis, n = 0, 1
    while axis < len(output) and _goes_on(output[axis], n, before):
        n *= output[axis]
        axis += 1
    at_end = axis >= len(output)
    if at_end:
        axis = len(output) - 1
        n = prod(output[:axis])
    swallowed = n == before and axis == len(output) - 1 and axis > 0 and output[axis] != 1
    if swallowed and shape[batch.axis] <= 1:
        axis -= 1
        n = prod(output[:axis])
    return Batch(axis, before // n if n else 1)


def _goes_on(size: int, n: int, before: int) -> bool:
    """Return whether a dimension of the output still lies before the batch."""
    grown = n * size
    return 0 < grown <= before and before % grown == 0 and not (n == before and size == 1)


def _aligned(batch: Batch, rank: int, output: Shape) -> Batch:
    """Return the place by broadcasting, which aligns shapes at their last dimension."""
    return Batch(batch.axis + len(output) - rank, batch.before)


_Rule: TypeAlias = Callable[[Params, Tensor, Batch, Shape], Batch | None]


def _reshape(params: Params, x: Tensor, batch: Batch, output: Shape) -> Batch:
    return reshaped_batch(x.sizes, batch, output)


def _permute(params: Params, x: Tensor, batch: Batch, output: Shape) -> Batch:
    dims = [dim % x.rank for dim in cast("tuple[int, ...]", params["dims"])]
    return Batch(dims.index(batch.axis), batch.before)


def _transpose(params: Params, x: Tensor, batch: Batch, output: Shape) -> Batch:
    first, second = _dim(params, "dim0", x.rank), _dim(params, "dim1", x.rank)
    return Batch({first: second, second: first}.get(batch.axis, batch.axis), batch.before)


def _unflatten(params: Params, x: Tensor, batch: Batch, output: Shape) -> Batch:
    added = len(output) - x.rank
    return Batch(batch.axis + (added if batch.axis > _dim(params, "dim", x.rank) else 0), batch.before)


def _unsqueeze(params: Params, x: Tensor, batch: Batch, output: Shape) -> Batch:
    return Batch(batch.axis + (_dim(params, "dim", x.rank + 1) <= batch.axis), batch.before)


def _squeeze(params: Params, x: Tensor, batch: Batch, output: Shape) -> Batch | None:
    stated = params.get("dim")
    gone = [i for i, size in enumerate(x.sizes) if size == 1] if stated is None else _dims(stated, x.rank)
    return _without(batch, gone)


def _reduce(params: Params, x: Tensor, batch: Batch, output: Shape) -> Batch | None:
    stated = params.get("dim")
    gone = list(range(x.rank)) if stated in (None, ()) else _dims(stated, x.rank)
    if params.get("keepdim"):
        return None if batch.axis in gone else batch
    return _without(batch, gone)


def _without(batch: Batch, gone: Sequence[int]) -> Batch | None:
    if batch.axis in gone:
        return None
    return Batch(batch.axis - sum(dim < batch.axis for dim in gone), batch.before)


def _stack(params: Params, x: Tensor, batch: Batch, output: Shape) -> Batch:
    return Batch(batch.axis + (_dim(params, "dim", x.rank + 1, 0) <= batch.axis), batch.before)


def _unbind(params: Params, x: Tensor, batch: Batch, output: Shape) -> Batch | None:
    return _without(batch, [_dim(params, "dim", x.rank, 0)])


def _as_input(params: Params, x: Tensor, batch: Batch, output: Shape) -> Batch:
    return batch


def _dim(params: Params, name: str, rank: int, default: int = 0) -> int:
    return cast(int, params.get(name, default)) % rank


def _dims(stated: Value, rank: int) -> list[int]:
    return [dim % rank for dim in (stated if isinstance(stated, tuple) else (stated,)) if isinstance(dim, int)]


_RULES: Mapping[str, _Rule] = {
    "Permute": _permute,
    "Transpose": _transpose,
    "Reshape": _reshape,
    "Flatten": _reshape,
    "Unflatten": _unflatten,
    "Unsqueeze": _unsqueeze,
    "Squeeze": _squeeze,
    **dict.fromkeys(
        (
            "Mean",
            "ReduceSum",
            "ReduceMax",
            "ReduceMin",
            "ReduceProd",
            "ReduceL1",
            "ReduceL2",
            "LogSumExp",
            "ArgMax",
            "ArgMin",
        ),
        _reduce,
    ),
    "Stack": _stack,
    "Unbind": _unbind,
    "Select": _unbind,
    "Embedding": _as_input,
    "Opaque": _as_input,
}
