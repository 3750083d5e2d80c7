"""Checks of the inputs of a layer that hold for every type: how many they are, and what their elements are."""

from __future__ import annotations

from collections.abc import Sequence

from layerledger.core.base.messages import Message, plural
from layerledger.core.base.shapes import INDEX_DTYPES, OF_INDICES, Indices, ShapeError, TensorSpec

MANY = 1_000
"""The most inputs of a type that takes any number."""


def check_inputs(type_name: str, inputs: Sequence[TensorSpec], arity: tuple[int, int], indices: Indices) -> None:
    """Raise ShapeError where the inputs are too few, too many, or of indices that the type does not compute with.

    Args:
        type_name: the layer type.
        inputs: the tensors that a layer takes.
        arity: the fewest and the most inputs.
        indices: the treatment of inputs that hold indices or truth values.
    """
    fewest, most = arity
    if not fewest <= len(inputs) <= most:
        raise ShapeError(
            Message(
                "{type_name} takes {wanted}; it has {count}",
                type_name=type_name,
                wanted=_inputs_text(fewest, most),
                count=len(inputs),
            ),
            param="inputs",
        )
    taken = OF_INDICES[indices]
    wrong = next((i.dtype for i in inputs if i.dtype in INDEX_DTYPES and i.dtype not in taken), None)
    if wrong:
        hint = "" if wrong == "bool" else "; an Embedding before it makes vectors of indices"
        raise ShapeError(
            Message(
                "{type_name} computes with numbers, but its input is {wrong}{hint}",
                type_name=type_name,
                wrong=wrong,
                hint=hint,
            ),
            param="inputs",
        )


def _inputs_text(fewest: int, most: int) -> Message:
    if fewest == most:
        return plural(fewest, "{count} input", "{count} inputs")
    if most == MANY:
        return Message("{fewest} or more inputs", fewest=fewest)
    return Message("{fewest} to {most} inputs", fewest=fewest, most=most)
