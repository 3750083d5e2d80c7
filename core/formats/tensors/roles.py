"""The roles of tensors by their names: weights, buffers, parts of quantized weights, adapters.

A file of tensors does not say which of them are learned. The rules are those of the modules that write them: buffers of
torch.nn.BatchNorm, rotations of transformers and llama.cpp; scales and zero points of GPTQ (auto-gptq), AWQ (autoawq),
bitsandbytes and compressed-tensors.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple

from layerledger.core.base.quantized import INT4
from layerledger.core.formats.tensors.stored import Stored

_BUFFER = re.compile(
    r"(^|[._])(running_mean|running_var|num_batches_tracked)$"
    r"|(^|\.)(g_idx|qzeros|scales|SCB|absmax|nested_absmax|quant_map|nested_quant_map|position_ids|inv_freq|masked_bias)$"
    r"|\.(absmax|nested_absmax|quant_map|nested_quant_map|SCB|weight_format)$|\.quant_state\."
    r"|(^|\.)(input|output|weight|act|activation|attn|q|k|v|kv|qkv|prob)_(scale|zero_point)(_inv|_2)?$"
    r"|(^|\.)(e_score_correction_bias|exp_probs_b(\.bias)?)$"  # of DeepSeek: no gradient changes it
    r"|(^|\.)rope_(freqs|factors_long|factors_short)(\.weight)?$"
)
_SCALE = re.compile(r"(.+)_(scale|scale_inv|zero_point|zp)$")
_LORA = re.compile(r"(^|[._])lora_(A|B|down|up|embedding_A|embedding_B|magnitude_vector|E)([._]|$)")
_NARROW = ("float8", "int8", "uint8", "int32", INT4)
_INTEGERS = ("int64", "int32", "int16", "bool")


class Role(NamedTuple):
    """The role of a tensor.

    Attributes:
        is_weight: whether it is learned; else it is a buffer.
        shape: of the values, which several in one stored number make larger than the tensor.
        dtype: of the values.
        packing: how values are packed, such as GPTQ; empty where they are not.
    """

    is_weight: bool
    shape: tuple[int, ...]
    dtype: str
    packing: str = ""


def adapter_ranks(tensors: Mapping[str, Stored]) -> tuple[int, ...]:
    """Return the ranks of a LoRA where most tensors are one's; none for a file of another kind."""
    found = [tensor for name, tensor in tensors.items() if _LORA.search(name)]
    if 2 * len(found) <= len(tensors):
        return ()
    return tuple(sorted({min(tensor.shape) for tensor in found if len(tensor.shape) > 1}))


def role_of(name: str, tensors: Mapping[str, Stored]) -> Role:
    """Return the role of a tensor among all of a file."""
    tensor = tensors[name]
    if packed := _packed(name, tensors):
        return packed
    scaled = _SCALE.fullmatch(name)
    of_narrow = scaled is not None and scaled[1] in tensors and tensors[scaled[1]].dtype in _NARROW
    is_buffer = bool(_BUFFER.search(name)) or of_narrow or tensor.dtype in _INTEGERS
    return Role(not is_buffer, tensor.shape, tensor.dtype)


def _packed(name: str, tensors: Mapping[str, Stored]) -> Role | None:
    """Return the role of a weight with several values in one stored number."""
    tensor = tensors[name]
    stem, _, last = name.rpartition(".")
    if last == "qweight" and tensor.dtype == "int32" and len(tensor.shape) == 2:
        return _packed_in_32_bits(stem, tensor, tensors)
    if tensor.dtype == "uint8" and f"{name}.absmax" in tensors:
        return Role(True, (2 * tensor.elements,), INT4, "bitsandbytes")
    if last == "weight_packed" and tensor.dtype == "int32" and len(tensor.shape) == 2:
        return Role(True, (tensor.shape[0], 8 * tensor.shape[1]), INT4, "compressed-tensors")
    return None


def _packed_in_32_bits(stem: str, tensor: Stored, tensors: Mapping[str, Stored]) -> Role:
    """Return the role of a qweight: AWQ packs columns, GPTQ rows; 8 values of 4 bits where nothing says otherwise."""
    rows, columns = tensor.shape
    scales = tensors.get(f"{stem}.scales")
    wide = scales.shape[-1] if scales and scales.shape else columns
    if columns and wide != columns and wide % columns == 0:
        return _of_bits((rows, wide), wide // columns, "AWQ")
    index = tensors.get(f"{stem}.g_idx")
    deep = index.elements if index else 8 * rows
    values = deep // rows if rows and deep % rows == 0 else 8
    return _of_bits((values * rows, columns), values, "GPTQ")


def _of_bits(shape: tuple[int, int], values: int, packing: str) -> Role:
    return Role(True, shape, "int8" if values == 4 else INT4, packing)
