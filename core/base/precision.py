"""Precision: the dtypes in which a whole network computes and stores numbers, and the usual combinations by name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from layerledger.core.base.dtypes import ACTIVATION_DTYPES, TF32, Dtypes
from layerledger.core.base.messages import Message
from layerledger.core.base.quantized import GGUF, INT4, bits_text


class Precision(NamedTuple):
    """The dtypes of a network, none left open.

    Attributes:
        compute: of the operations; its peak is that of a device.
        weights: in which weights are stored.
        activations: of the tensors between layers.
        cache: in which keys and values of past tokens are kept.
    """

    compute: str
    weights: str
    activations: str
    cache: str

    @property
    def text(self) -> str:
        """The name of the bundle, or each part that differs: `float16`, `int4 weights, float16 compute`."""
        bundle = bundle_of(self)
        return bundle.title if bundle else _parts_text(self)


class Bundle(NamedTuple):
    """A usual combination.

    Attributes:
        id: on the command line, with the usual short names of quantization: w4a16 has weights of 4 bits and
            activations of 16, kv8 a cache of 8.
        short: its name where there is little room: it leaves out in what is computed where that is not the weights'.
        stated: what the key `dtypes` states for it; all else follows.
    """

    id: str
    short: str
    stated: Dtypes

    @property
    def precision(self) -> Precision:
        return completed(self.stated, "float32")

    @property
    def title(self) -> str:
        """Its full name: `int4 weights, float16 compute`."""
        weights, compute = self.stated.weights, self.stated.compute
        return Message("{short}, {compute} compute", short=self.short, compute=compute) if weights else self.short


def _plain(dtype: str) -> Bundle:
    return Bundle(dtype, dtype_title(dtype), Dtypes(compute=dtype))


def _stored(id_: str, short: str, weights: str, cache: str | None = None) -> Bundle:
    return Bundle(id_, short, Dtypes(compute="float16", weights=weights, cache=cache))


def dtype_title(dtype: str) -> str:
    """Return the name of a dtype on the screen."""
    return "TF32" if dtype == TF32 else dtype


BUNDLES: Mapping[str, Bundle] = {
    bundle.id: bundle
    for bundle in (
        *map(_plain, ("float32", TF32, "bfloat16", "float16", "float8", "int8")),
        _stored("w8a16", "int8 weights", "int8"),
        _stored("w8a16kv8", "int8 weights and cache", "int8", "int8"),
        _stored("w4a16", "int4 weights", INT4),
        _stored("w4a16kv8", "int4 weights, int8 cache", INT4, "int8"),
        *(_stored(name, f"{name} weights", name) for name in GGUF),
    )
}
"""The combinations by id; those of GGUF come last."""


def storage(compute: str) -> str:
    """Return the dtype in which the operands of a computation are stored: TF32 reads and writes float32."""
    return "float32" if compute == TF32 else compute


def completed(stated: Dtypes, default: str) -> Precision:
    """Return the precision that is stated; what is not follows from the rest, and `default` where nothing does."""
    compute = stated.compute or stated.activations or default
    stored = storage(compute)
    activations = stated.activations or stored
    return Precision(compute, stated.weights or stored, activations, stated.cache or activations)


def bundle_of(precision: Precision) -> Bundle | None:
    """Return the bundle that a precision is."""
    return next((bundle for bundle in BUNDLES.values() if bundle.precision == precision), None)


def find_bundle(text: str) -> Bundle | None:
    """Return the bundle with an id or a name, in any case of letters; a dtype of activations alone is one too."""
    name = text.strip().lower()
    for bundle in BUNDLES.values():
        if name in {each.lower() for each in (bundle.id, bundle.short, bundle.title)}:
            return bundle
    return _plain(name) if name in ACTIVATION_DTYPES else None


def note_of(bundle: Bundle) -> str:
    """Return what the short name of a bundle leaves out: the bits a weight, or in what it computes."""
    compute, weights = bundle.stated.compute, bundle.stated.weights
    if weights is None or bundle.stated.cache:
        return ""
    if weights == INT4:
        return Message("{bits} bits with scales", bits=bits_text(weights))
    if weights in GGUF:
        return Message("{bits} bits a weight", bits=bits_text(weights))
    return Message("computed in {compute}", compute=compute)


def _parts_text(precision: Precision) -> str:
    compute, weights, activations, cache = precision
    parts = [dtype_title(compute)]
    if weights != storage(compute):
        parts.append(Message("{dtype} weights", dtype=weights))
    if activations != storage(compute):
        parts.append(Message("{dtype} activations", dtype=activations))
    if cache != activations:
        parts.append(Message("{dtype} cache", dtype=cache))
    return ", ".join(parts)
