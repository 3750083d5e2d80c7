"""The roles of tensors by their names: weights, buffers, parts of quantized weights, adapters.

A file of tensors does not say which of them are learned. The rules are those of the modules that write them: buffers of
torch.nn.BatchNorm, rotations of transformers and llama.cpp; scales and zero points of GPTQ (auto-gptq), AWQ (autoawq),
bitsandbytes, compressed-tensors, ModelOpt's NVFP4 and the MXFP4 of gpt-oss.
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
    r"|(^|\.)(input|output|weight|act|activation|attn|q|k|v|kv|qkv|prob)_(global_)?(scale|zero_point)(_inv|_2)?$"
    r"|(^|\.)(e_score_correction_bias|exp_probs_b(\.bias)?)$"  # of DeepSeek: no gradient changes it
    r"|(^|\.)rope_(freqs|factors_long|factors_short)(\.weight)?$"
)
_SCALE = re.compile(r"(.+)_(scale|scale_inv|zero_point|zp)$")
_LORA = re.compile(r"(^|[._])lora_(A|B|down|up|embedding_A|embedding_B|magnitude_vector|E)([._]|$)")
_NARROW = ("float8", "int8", "uint8", "int32", INT4)
_PER_NUMBER = {"int32": 8, "uint8": 2}
"""Values of 4 bits in a number."""
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
    of_blocks = name.endswith("_scales") and f"{name.removesuffix('_scales')}_blocks" in tensors
    is_buffer = bool(_BUFFER.search(name)) or of_narrow or of_blocks or tensor.dtype in _INTEGERS
    return Role(not is_buffer, tensor.shape, tensor.dtype)


def _packed(name: str, tensors: Mapping[str, Stored]) -> Role | None:
    """Return the role of a weight with several values in one stored number."""
    tensor = tensors[name]
    stem, _, last = name.rpartition(".")
    if last == "qweight" and tensor.dtype == "int32" and len(tensor.shape) == 2:
        return _packed_in_32_bits(stem, tensor, tensors)
    if tensor.dtype == "uint8" and f"{name}.absmax" in tensors:
        return Role(True, (2 * tensor.elements,), INT4, "bitsandbytes")
    if last == "weight_packed" and tensor.dtype in _PER_NUMBER and tensor.shape:
        return Role(True, _widened(tensor, _PER_NUMBER[tensor.dtype]), INT4, "compressed-tensors")
    if name.endswith("_blocks") and tensor.dtype == "uint8" and f"{name.removesuffix('_blocks')}_scales" in tensors:
        return Role(True, _widened(tensor, 2), "MXFP4", "MXFP4")
    scale = tensors.get(f"{name}_scale")
    # A scale of 8 bits for each 16 values of 4 bits.
    if tensor.dtype == "uint8" and scale and scale.dtype == "float8" and 8 * scale.elements == tensor.elements:
        return Role(True, _widened(tensor, 2), "NVFP4", "NVFP4")
    return None


def _widened(tensor: Stored, values: int) -> tuple[int, ...]:
    """Return a shape whose last dimension counts values, of which each stored number has several."""
    return (*tensor.shape[:-1], values * tensor.shape[-1]) if tensor.shape else (values,)


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
