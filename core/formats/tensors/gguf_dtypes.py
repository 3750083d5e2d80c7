"""The types in which a GGUF file stores weights, put on the layers of its network.

A block of equal layers has one type for each part, that of most of its weights; mixes such as Q4_K_M store a part of
some layers in another. Names of tensors are those of gguf-py/gguf/constants.py of llama.cpp.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace

from layerledger.core.base.dtypes import COMPUTE, WEIGHT_DTYPES, WEIGHTS
from layerledger.core.base.frozen_map import FrozenMap
from layerledger.core.base.values import Value
from layerledger.core.formats.tensors.stored import Stored
from layerledger.core.network.nodes import Block, Layer, Network, Node

_PARTS: Mapping[str, str] = {
    "embed_tokens": "token_embd",
    "embed_positions": "position_embd",
    "lm_head": "output",
    "query": "attn_q",
    "key": "attn_k",
    "value": "attn_v",
    "qkv": "attn_qkv",
    "out": "attn_output",
    "query_latent": "attn_q_a",
    "query_map": "attn_q(_b)?",
    "latent_and_key": "attn_kv_a_mqa",
    "key_value": "attn_kv_b",
    "gate": "ffn_gate",
    "up": "ffn_up",
    "gate_up": "ffn_up",
    "down": "ffn_down",
    "mlp": "ffn_(gate|up|down)",
    "experts": "ffn_.+",
}
"""By the name of a layer that the builder of decoders makes: the tensors with its weights."""

_NORM = r".+_norm(_\d)?"
_TENSOR = re.compile(r"(?:blk\.\d+\.)?(.+?)(?:\.weight|\.bias)?")
_COMPUTED_AS = {"float32": "float32", "float64": "float64", "bfloat16": "bfloat16"}
_OTHERWISE = "float16"


def with_dtypes(network: Network, tensors: Mapping[str, Stored]) -> Network:
    """Return a network whose layers state the types of their weights in a file."""
    by_part: dict[str, Counter[str]] = {}
    for name, tensor in tensors.items():
        found = _TENSOR.fullmatch(name)
        counts = by_part.setdefault(found[1] if found else name, Counter())
        counts[tensor.dtype] += tensor.elements
    most = _most(by_part, ".+")
    if most is None:
        return network
    root = _changed(network.root, by_part, most)
    stated = FrozenMap[str, Value]({COMPUTE: _COMPUTED_AS.get(most, _OTHERWISE), WEIGHTS: most})
    return replace(network, root=root, stored_dtypes=stated)


def _most(by_part: Mapping[str, Counter[str]], pattern: str) -> str | None:
    """Return the type of most values in tensors whose part fits; None where no layer can state it."""
    counts = sum((counts for part, counts in by_part.items() if re.fullmatch(pattern, part)), Counter[str]())
    dtype = counts.most_common(1)[0][0] if counts else ""
    return dtype if dtype in WEIGHT_DTYPES else None


def _changed(block: Block, by_part: Mapping[str, Counter[str]], most: str) -> Block:
    return replace(block, layers=tuple(_node(node, by_part, most) for node in block.layers))


def _node(node: Node, by_part: Mapping[str, Counter[str]], most: str) -> Node:
    if isinstance(node, Block):
        return _changed(node, by_part, most)
    pattern = _NORM if node.type.endswith("Norm") else _PARTS.get(node.name)
    dtype = _most(by_part, pattern) if pattern and not node.tied_to else None
    return node if dtype in (None, most) else _stating(node, dtype)


def _stating(layer: Layer, dtype: str | None) -> Layer:
    return replace(layer, stored_dtypes=FrozenMap[str, Value]({WEIGHTS: dtype}))
