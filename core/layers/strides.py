"""Strides: the order in which the elements of a tensor lie in memory, by the rules of PyTorch."""

from __future__ import annotations

from layerledger.core.base.shapes import Shape


def contiguous(shape: Shape) -> tuple[int, ...]:
    """Return the strides of a tensor whose last dimension is the innermost one."""
    found: list[int] = []
    step = 1
    for size in reversed(shape):
        found.append(step)
        step *= max(size, 1)
    return tuple(reversed(found))


def dense_like(shape: Shape, strides: tuple[int, ...]) -> tuple[int, ...]:
    """Return the strides of a new tensor that an element-wise function makes: no gaps, the same order in memory."""
    if strides == contiguous(shape):
        return strides
    found = [0] * len(shape)
    step = 1
    # Stable, from the innermost: of two dimensions with one stride the later one is the inner one.
    for d in sorted(range(len(shape) - 1, -1, -1), key=lambda d: strides[d]):
        found[d] = step
        step *= max(shape[d], 1)
    return tuple(found)


def viewed(shape: Shape, strides: tuple[int, ...], new: Shape) -> tuple[int, ...] | None:
    """Return the strides of a view in another shape; None where only a copy can have it.

    Source: PyTorch, at::detail::computeStride. Old dimensions that lie without gaps in one another form a chunk; each
    new dimension must fit into one.
    """
    if strides == contiguous(shape) or 0 in new:
        return contiguous(new)
    found = [0] * len(new)
    at, step, count, filled = len(new) - 1, strides[-1] if strides else 1, 1, 1
    for d in range(len(shape) - 1, -1, -1):
        count *= shape[d]
        if d == 0 or (shape[d - 1] != 1 and strides[d - 1] != count * step):
            while at >= 0 and (filled < count or new[at] == 1):
                found[at] = filled * step
                filled *= new[at]
                at -= 1
            if filled != count:
                return None
            if d > 0:
                step, count, filled = strides[d - 1], 1, 1
    return tuple(found) if at == -1 else None
