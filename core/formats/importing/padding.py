"""Padding as TensorFlow states it: `same` gives ⌈size / stride⌉ positions, and what is odd is padded behind.

Source: the documentation of tf.nn.convolution, *padding*.
"""

from __future__ import annotations

from collections.abc import Sequence

from layerledger.core.base.shapes import Shape
from layerledger.core.base.values import Value


def same_padding(sizes: Shape, kernel: Shape, stride: Shape, dilation: Shape) -> tuple[int, ...]:
    """Return the padding of both sides together, for each dimension."""
    rows = zip(sizes, kernel, stride, dilation, strict=True)
    return tuple([max((-(-n // s) - 1) * s + (k - 1) * d + 1 - n, 0) for n, k, s, d in rows])


def halves(both: Sequence[int]) -> tuple[int, ...] | None:
    """Return the padding of each side where both are equal in each dimension; None where they are not."""
    return tuple([p // 2 for p in both]) if all(p % 2 == 0 for p in both) else None


def pad_of(pairs: Sequence[tuple[int, int]]) -> tuple[int, ...]:
    """Return the parameter `pad` of a Pad for (before, after) of each dimension: the last dimension comes first."""
    return tuple([side for pair in reversed(pairs) for side in pair])


def uneven(both: Sequence[int]) -> tuple[tuple[int, int], ...]:
    """Return (before, after) of each dimension, with the larger half behind."""
    return tuple([(p // 2, p - p // 2) for p in both])


def pool_params(sizes: Shape, window: Shape, stride: Shape, *, same: bool, mean: bool) -> dict[str, Value]:
    """Return the parameters of a pooling.

    Args:
        sizes: the spatial sizes of its input.
        window: the window's.
        stride: its step.
        same: whether the padding is `same`, else `valid`.
        mean: whether it is a mean, which leaves the padding out.
    """
    params: dict[str, Value] = {"kernel_size": lone(window), "stride": lone(stride)}
    both = same_padding(sizes, window, stride, (1,) * len(sizes)) if same else (0,) * len(sizes)
    if any(p // 2 for p in both):
        params["padding"] = lone([p // 2 for p in both])
    if any(p % 2 for p in both):
        params["end_padding"] = lone([p - p // 2 for p in both])
    if mean and any(both):
        params["count_include_pad"] = False
    return params


def lone(sizes: Sequence[int]) -> int | tuple[int, ...]:
    """Return one number for equal sizes, as people write them."""
    return sizes[0] if len(set(sizes)) == 1 else tuple(sizes)
