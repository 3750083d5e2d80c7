"""Broadcasting of the shapes of several inputs, as in torch and numpy."""

from __future__ import annotations

from collections.abc import Sequence

from layerledger.core.base.messages import Message
from layerledger.core.base.shapes import Shape, ShapeError, shape_text


def broadcast(shapes: Sequence[Shape]) -> Shape:
    """Return the shape of an element-wise operation: aligned at the end, where a size of 1 fits any other.

    Raises:
        ShapeError: two sizes differ and neither is 1.
    """
    result = shapes[0]
    for shape in shapes[1:]:
        result = _pair(result, shape)
    return result


def _pair(a: Shape, b: Shape) -> Shape:
    rank = max(len(a), len(b))
    left, right = ((1,) * (rank - len(s)) + s for s in (a, b))
    for i, (x, y) in enumerate(zip(left, right, strict=True)):
        if x != y and 1 not in (x, y):
            raise ShapeError(
                Message(
                    "the inputs {a} and {b} do not fit: dimension {i} is {x} in one and {y} in the other; "
                    "they must be equal, or one of them 1",
                    a=shape_text(a),
                    b=shape_text(b),
                    i=i - rank,
                    x=x,
                    y=y,
                ),
                param="inputs",
            )
    return tuple(y if x == 1 else x for x, y in zip(left, right, strict=True))
