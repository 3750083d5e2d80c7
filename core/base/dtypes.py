"""The key `dtypes` of networks and layers: in which dtypes a network computes and stores numbers.

`{"dtypes": {"compute": "float16", "weights": "int4", "activations": "float16", "cache": "int8"}}` on the network or on
a layer; a layer's goes first. What is left out follows from the rest: activations from compute, weights from compute,
the cache from the keys and values that it holds; without any of them, all follow from the network's inputs.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from layerledger.core.base.messages import Message
from layerledger.core.base.params import Value, show
from layerledger.core.base.quantized import CACHE_BLOCKS, FURTHER_GGUF, GGUF, INT4, stored_bytes
from layerledger.core.base.shapes import FLOAT_DTYPES, QUANTIZED_DTYPES, TensorSpec

DTYPES_KEY = "dtypes"
COMPUTE, WEIGHTS, ACTIVATIONS, CACHE = "compute", "weights", "activations", "cache"

TF32 = "tf32"
"""float32 values that are multiplied with 10 bits of the fraction; a dtype of computations only."""

ACTIVATION_DTYPES = (*FLOAT_DTYPES, *QUANTIZED_DTYPES)
COMPUTE_DTYPES = (*FLOAT_DTYPES[:2], TF32, *FLOAT_DTYPES[2:], *QUANTIZED_DTYPES)
WEIGHT_DTYPES = (*ACTIVATION_DTYPES, INT4, *GGUF, *FURTHER_GGUF)
CACHE_DTYPES = (*ACTIVATION_DTYPES, INT4, *CACHE_BLOCKS)

KNOWN: Mapping[str, tuple[str, ...]] = {
    COMPUTE: COMPUTE_DTYPES,
    WEIGHTS: WEIGHT_DTYPES,
    ACTIVATIONS: ACTIVATION_DTYPES,
    CACHE: CACHE_DTYPES,
}
"""The parts of the key, each with the dtypes that it can state."""


class Dtypes(NamedTuple):
    """The dtypes of a network or a layer, as stated; None for a part that is not stated."""

    weights: str | None = None
    activations: str | None = None
    compute: str | None = None
    cache: str | None = None


NOTHING_STATED = Dtypes()


def dtypes_of(stated: Value) -> Dtypes:
    """Return the dtypes that the value of the key `dtypes` states; None states nothing.

    Raises:
        ValueError: it states something else, in a sentence.
    """
    if stated is None:
        return NOTHING_STATED
    if not isinstance(stated, Mapping):
        raise ValueError(
            Message(
                "{key} must be an object of {parts}; got {value}",
                key=DTYPES_KEY,
                parts=", ".join(KNOWN),
                value=show(stated),
            )
        )
    return Dtypes(**{part: _one_of(known, stated, part) for part, known in KNOWN.items()})


def unknown_parts(stated: Value) -> tuple[str, ...]:
    """Return the keys inside `dtypes` that state nothing here; they are kept."""
    return tuple(name for name in stated if name not in KNOWN) if isinstance(stated, Mapping) else ()


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
    """Return the bytes of `count` weights, with the scales of a dtype that is stored in blocks."""
    return stored_bytes(count, dtype)


def in_activations(tensors: tuple[TensorSpec, ...], dtype: str, *, of_weights: bool) -> tuple[TensorSpec, ...]:
    """Return tensors as a network stores them whose activations are of `dtype`.

    Those that are made `of_weights` alone have it. All others follow from the inputs, but a quantized network has no
    rule of promotion: a real number is stored as all others are.
    """
    if of_weights:
        return tuple([TensorSpec(spec.shape, dtype) for spec in tensors])
    if dtype not in QUANTIZED_DTYPES or all(spec.dtype not in FLOAT_DTYPES for spec in tensors):
        return tensors
    return tuple([TensorSpec(spec.shape, dtype) if spec.dtype in FLOAT_DTYPES else spec for spec in tensors])
