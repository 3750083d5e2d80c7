"""Stored dtypes: the key `dtypes` of networks and layers, and the bytes of weights.

`{"dtypes": {"weights": "int4", "activations": "float16"}}` on the network or on a layer; a layer's goes first. Weights
are stored in theirs, whatever they are computed in; that of activations is the dtype of the layer's outputs, and so of
the inputs of the layers after it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from layerledger.core.base.messages import Message
from layerledger.core.base.params import Value, show
from layerledger.core.base.shapes import ELEMENT_BYTES, FLOAT_DTYPES

DTYPES_KEY = "dtypes"
WEIGHTS, ACTIVATIONS = "weights", "activations"

INT4 = "int4"
BLOCK = 32
"""Weights of int4 that share a scale of 16 bits, as llama.cpp's Q4_0 has it: 4.5 bits a weight."""

ACTIVATION_DTYPES = (*FLOAT_DTYPES, "int16", "int8", "uint8")
WEIGHT_DTYPES = (*ACTIVATION_DTYPES, INT4)


class Dtypes(NamedTuple):
    """The dtypes in which a layer stores numbers, as stated; None for a part that is not stated."""

    weights: str | None = None
    activations: str | None = None


NOTHING_STATED = Dtypes()


def dtypes_of(stated: Value) -> Dtypes:
    """Return the dtypes that the value of the key `dtypes` states; None states nothing.

    Raises:
        ValueError: it states something else, in a sentence.
    """
    if stated is None:
        return NOTHING_STATED
    if not isinstance(stated, Mapping) or not stated.keys() <= {WEIGHTS, ACTIVATIONS}:
        raise ValueError(
            Message(
                "{key} must be an object of {weights} and {activations}; got {value}",
                key=DTYPES_KEY,
                weights=WEIGHTS,
                activations=ACTIVATIONS,
                value=show(stated),
            )
        )
    return Dtypes(_one_of(WEIGHT_DTYPES, stated, WEIGHTS), _one_of(ACTIVATION_DTYPES, stated, ACTIVATIONS))


def _one_of(known: tuple[str, ...], stated: Mapping[str, Value], key: str) -> str | None:
    value = stated.get(key)
    if value is not None and value not in known:
        raise ValueError(
            Message(
                "{key}.{part} must be one of {known}; got {value}",
                key=DTYPES_KEY,
                part=key,
                known=", ".join(known),
                value=show(value),
            )
        )
    return value if isinstance(value, str) else None


def weight_bytes(count: int, dtype: str) -> int:
    """Return the bytes of `count` weights; int4 adds a scale for each block."""
    if dtype == INT4:
        return -(-count // 2) + 2 * -(-count // BLOCK)
    return count * ELEMENT_BYTES[dtype]
