"""How numbers are stored: a network's and a layer's key `dtypes`, and the bytes that weights take.

`{"dtypes": {"weights": "int4", "activations": "float16"}}` on the network or on a layer; what a layer says goes first.
Weights are stored so, whatever they are computed in; activations say what the layer gives, and what follows is fed.
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
    """What is stated of how a layer stores numbers; None where nothing is."""

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
                "{dtypes_key} must be an object of {weights} and {activations}; got {stated}",
                dtypes_key=DTYPES_KEY,
                weights=WEIGHTS,
                activations=ACTIVATIONS,
                stated=show(stated),
            )
        )
    return Dtypes(_one_of(WEIGHT_DTYPES, stated, WEIGHTS), _one_of(ACTIVATION_DTYPES, stated, ACTIVATIONS))


def _one_of(known: tuple[str, ...], stated: Mapping[str, Value], key: str) -> str | None:
    value = stated.get(key)
    if value is not None and value not in known:
        raise ValueError(
            Message(
                "{dtypes_key}.{key} must be one of {known}; got {value}",
                dtypes_key=DTYPES_KEY,
                key=key,
                known=", ".join(known),
                value=show(value),
            )
        )
    return value if isinstance(value, str) else None


def weight_bytes(count: int, dtype: str) -> int:
    """Return the bytes of `count` weights; those of int4 come with a scale a block."""
    if dtype == INT4:
        return -(-count // 2) + 2 * -(-count // BLOCK)
    return count * ELEMENT_BYTES[dtype]
