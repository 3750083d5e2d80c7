"""Storage of weights in blocks with scales, and the quantizations of GGUF files: the bytes that values take.

A pure type stores whole blocks: 18 bytes for 32 weights of Q4_0, so 4.5 bits each. A mix such as Q4_K_M stores some
tensors in one type and others in another; its bits a weight are an average that was measured on one model.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from layerledger.core.base.messages import Message
from layerledger.core.base.shapes import ELEMENT_BYTES
from layerledger.core.base.values import show

INT4 = "int4"
BLOCK = 32
"""Weights of int4 that share a scale of 16 bits, as llama.cpp's Q4_0 has it: 4.5 bits a weight."""

_LAYOUT = "the blocks in ggml-common.h of llama.cpp"
_TABLE = "the table in tools/quantize/README.md of llama.cpp, measured on Llama 3.1 8B"
_OLDER_TABLE = "the table in an older README of llama.cpp's quantize, measured on Llama 2 7B"


class Storage(NamedTuple):
    """A way to store weights in fewer bits.

    Attributes:
        weights: in a block.
        nbytes: of a block.
        source: where the two are from.
        mix: whether they are the average of a file that mixes types; then a part of a block is no whole one.
    """

    weights: int
    nbytes: int
    source: str
    mix: bool = False


def _mix(ten_thousandths: int, source: str) -> Storage:
    """Return an average of bits a weight, given in ten-thousandths of a bit."""
    return Storage(80_000, ten_thousandths, source, mix=True)


GGUF: Mapping[str, Storage] = {
    "Q8_0": Storage(32, 34, _LAYOUT),
    "Q6_K": Storage(256, 210, _LAYOUT),
    "Q5_K_M": _mix(57_036, _TABLE),
    "Q5_K_S": _mix(55_704, _TABLE),
    "Q5_K": Storage(256, 176, _LAYOUT),
    "Q5_1": Storage(32, 24, _LAYOUT),
    "Q5_0": Storage(32, 22, _LAYOUT),
    "Q4_K_M": _mix(48_944, _TABLE),
    "Q4_K_S": _mix(46_672, _TABLE),
    "Q4_K": Storage(256, 144, _LAYOUT),
    "Q4_1": Storage(32, 20, _LAYOUT),
    "Q4_0": Storage(32, 18, _LAYOUT),
    "IQ4_NL": Storage(32, 18, _LAYOUT),
    "IQ4_XS": Storage(256, 136, _LAYOUT),
    "Q3_K_L": _mix(42_979, _TABLE),
    "Q3_K_M": _mix(39_100, _OLDER_TABLE),
    "Q3_K_S": _mix(36_429, _TABLE),
    "Q3_K": Storage(256, 110, _LAYOUT),
    "Q2_K": Storage(256, 84, f"{_LAYOUT} (a whole file of that name mixes types, at 3.16 bits a weight)"),
}
"""The quantizations of llama.cpp by name, most bits first.
"""

FURTHER_GGUF: Mapping[str, Storage] = {
    "Q8_1": Storage(32, 36, _LAYOUT),
    "Q8_K": Storage(256, 292, _LAYOUT),
    "NVFP4": Storage(64, 36, _LAYOUT),
    "MXFP4": Storage(32, 17, _LAYOUT),
    "IQ3_S": Storage(256, 110, _LAYOUT),
    "IQ3_XXS": Storage(256, 98, _LAYOUT),
    "IQ2_S": Storage(256, 82, _LAYOUT),
    "IQ2_XS": Storage(256, 74, _LAYOUT),
    "IQ2_XXS": Storage(256, 66, _LAYOUT),
    "TQ2_0": Storage(256, 66, _LAYOUT),
    "IQ1_M": Storage(256, 56, _LAYOUT),
    "TQ1_0": Storage(256, 54, _LAYOUT),
    "IQ1_S": Storage(256, 50, _LAYOUT),
    "Q1_0": Storage(128, 18, _LAYOUT),
}
"""Further types of tensors in GGUF files, which a layer may state; as a choice for a whole network they are rare."""

_BLOCKS: Mapping[str, Storage] = {**GGUF, **FURTHER_GGUF}

CACHE_BLOCKS = ("Q8_0", "Q5_1", "Q5_0", "Q4_1", "Q4_0", "IQ4_NL")
"""The block types in which llama.cpp can keep keys and values (--cache-type-k)."""


def stored_bytes(count: int, dtype: str) -> int:
    """Return the bytes of `count` values; a block that is not full takes its whole size, except in int4 and in a mix.

    Raises:
        ValueError: the dtype is unknown.
    """
    if dtype in ELEMENT_BYTES:
        return count * ELEMENT_BYTES[dtype]
    if dtype == INT4:
        return -(-count // 2) + 2 * -(-count // BLOCK)
    if dtype not in _BLOCKS:
        raise ValueError(Message("unknown dtype {dtype}", dtype=show(dtype)))
    weights, nbytes, _, mix = _BLOCKS[dtype]
    return -(-count * nbytes // weights) if mix else -(-count // weights) * nbytes


def bytes_formula(dtype: str) -> str:
    """Return `stored_bytes` as a formula over `params`."""
    if dtype in ELEMENT_BYTES:
        return f"params*{ELEMENT_BYTES[dtype]}"
    if dtype == INT4:
        return f"ceil(params/2) + 2*ceil(params/{BLOCK})"
    weights, nbytes, _, mix = _BLOCKS[dtype]
    return f"ceil(params*{nbytes}/{weights})" if mix else f"{nbytes}*ceil(params/{weights})"


def bits_text(dtype: str) -> str:
    """Return the bits of a value, scales included: 4.5 for int4."""
    if dtype == INT4:
        return "4.5"
    weights, nbytes = _BLOCKS[dtype][:2] if dtype in _BLOCKS else (1, ELEMENT_BYTES[dtype])
    return f"{8 * nbytes / weights:g}"


def storage_note(dtype: str) -> str:
    """Return how values of a dtype that is stored in blocks are stored, with its source; empty for another dtype."""
    if dtype == INT4:
        return Message("int4: half a byte a weight, and a scale of 2 bytes for each {block} of them.", block=BLOCK)
    if dtype not in _BLOCKS:
        return ""
    weights, nbytes, source, mix = _BLOCKS[dtype]
    if mix:
        return Message(
            "{dtype}: {bits} bits a weight on average, from {source}.",
            dtype=dtype,
            bits=bits_text(dtype),
            source=source,
        )
    return Message(
        "{dtype}: {nbytes} bytes for each {weights} weights, {bits} bits a weight, from {source}.",
        dtype=dtype,
        nbytes=nbytes,
        weights=weights,
        bits=bits_text(dtype),
        source=source,
    )
