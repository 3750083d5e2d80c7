"""The options that say in which dtypes networks compute and store numbers."""

from __future__ import annotations

import argparse

from layerledger.core.base.dtypes import ACTIVATION_DTYPES, CACHE_DTYPES, WEIGHT_DTYPES, Dtypes
from layerledger.core.base.messages import Message
from layerledger.core.base.precision import BUNDLES, find_bundle
from layerledger.core.base.quantized import GGUF, INT4
from layerledger.core.base.shapes import ELEMENT_BYTES

_CHOICES = (*ELEMENT_BYTES, INT4, *(name for name in BUNDLES if name not in ELEMENT_BYTES))


def add_precision_options(parser: argparse.ArgumentParser) -> None:
    """Add the option for all dtypes, and one for each that can differ."""
    named = Message(
        "precision: one dtype for computations, inputs, activations, weights and cache, such as float16; tf32 computes "
        "in TF32; {int4} applies to the weights only; w8a16, w8a16kv8, w4a16 and w4a16kv8 compute in float16 with "
        "weights (and cache) of 8 or 4 bits, as do the quantizations of GGUF files, {gguf}; a name of the window works "
        "too, such as {example!r}",
        int4=INT4,
        gguf=", ".join(GGUF),
        example=BUNDLES["w4a16"].title,
    )
    parser.add_argument("--dtype", type=_name, choices=_CHOICES, metavar="NAME", help=named)
    each = (
        ("weights", WEIGHT_DTYPES, "dtype of stored weights"),
        ("activations", ACTIVATION_DTYPES, "dtype of inputs and of the tensors between layers"),
        ("cache-dtype", CACHE_DTYPES, "dtype of the KV cache"),
    )
    for name, known, text in each:
        described = Message(
            "{text}, one of {known} (default: as --dtype, or as the file has it)", text=text, known=", ".join(known)
        )
        parser.add_argument(f"--{name}", choices=known, metavar="DTYPE", help=described)


def dtypes_asked(options: argparse.Namespace) -> Dtypes:
    """Return the dtypes that a call asks for; None for a part that is left to the network."""
    if options.dtype == INT4:
        stated = Dtypes(weights=INT4)
    elif options.dtype in BUNDLES:
        stated = BUNDLES[options.dtype].stated
    else:
        stated = Dtypes(compute=options.dtype)
    asked = Dtypes(weights=options.weights, activations=options.activations, cache=options.cache_dtype)
    return Dtypes(*[own or of_all for own, of_all in zip(asked, stated, strict=True)])


def _name(text: str) -> str:
    """Return the name of a precision as it stands in the list of choices, in whatever case it is written."""
    if text in _CHOICES:
        return text
    bundle = find_bundle(text)
    return bundle.id if bundle else text
