"""The parts that the mappings of operators share."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TypeAlias

from layerledger.core.base.values import Value
from layerledger.core.formats.importing.tensor import NO_PARAMS, Tensor
from layerledger.core.formats.onnx.operation import OnnxOperation

Handler: TypeAlias = Callable[[OnnxOperation], list[Tensor]]
"""Adds the layers of a node and returns its outputs; it raises Uncounted where there are none."""

_LARGEST = 3.4028234663852886e38


def few(sizes: Sequence[int]) -> Value:
    """Return equal sizes as one number."""
    return sizes[0] if len(set(sizes)) == 1 else tuple(sizes)


def unary(type_name: str, params: Mapping[str, Value] = NO_PARAMS) -> Handler:
    """Return the mapping of an operator of one input to a layer type."""

    def handler(op: OnnxOperation) -> list[Tensor]:
        return op.emit(type_name, [op.input()], params)

    return handler


def scalar(x: Tensor) -> Value:
    """Return the number that a constant of one element is; None for what is no such number.

    A constant of one element is a number, and no weight, where it has no more than one dimension.
    """
    if not x.constant or x.data is None or len(x.data) != 1 or (x.weight and x.rank > 1):
        return None
    (number,) = x.data
    if isinstance(number, bool):
        return int(number)
    # Masks are filled with minus infinity, which no parameter can be.
    return number if isinstance(number, int) else max(min(number, _LARGEST), -_LARGEST)
