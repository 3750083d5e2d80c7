"""Latent attention (MLA): keys and values come from one small vector of each token.

Source: DeepSeek-AI 2024, arXiv:2405.04434, section 2.1; `modeling_deepseek_v3.py` of transformers 5.24. What is kept of
a token is its latent vector and the rotated part of the key, which all heads share.
"""

from __future__ import annotations

from layerledger.core.formats.huggingface.attention import Rope, turned, way_back
from layerledger.core.formats.huggingface.config import Config
from layerledger.core.formats.huggingface.nodes import Nodes, block, layer, linear, norm
from layerledger.core.network.nodes import Block


def latent_attention(config: Config, features: int, heads: int, rope: Rope, eps: float) -> Block:
    """Return the block of latent attention."""
    rank, rotated = config.size("kv_lora_rank"), config.size("qk_rope_head_dim")
    plain, value = config.size("qk_nope_head_dim"), config.size("v_head_dim")
    bias = config.flag("attention_bias")
    core = layer(
        "ScaledDotProductAttention",
        "attention",
        "query",
        "key",
        "parts:1",
        is_causal=True,
        cached_features=rank + rotated,
    )
    inside = (
        *_query(config, heads, (plain, rotated), rope, eps),
        linear("latent_and_key", rank + rotated, "input", bias=bias),
        layer("Split", "latent_parts", dim=-1, split_size_or_sections=(rank, rotated)),
        norm("rms", "latent", rank, eps, "latent_parts"),
        linear("key_value", heads * (plain + value), bias=False),
        layer("Unflatten", "key_value_heads", dim=-1, unflattened_size=(heads, plain + value)),
        layer("Transpose", "key_value_by_head", dim0=1, dim1=2),
        layer("Split", "parts", dim=-1, split_size_or_sections=(plain, value)),
        layer("Unsqueeze", "shared_key", "latent_parts:1", dim=1),
        turned("key_rope", rope),
        layer("Expand", "key_turned", size=(-1, heads, -1, -1)),
        layer("Concat", "key", "parts", "key_turned", dim=-1),
        core,
        *way_back(features, bias=bias),
    )
    return block("attention", inside)


def _query(config: Config, heads: int, sizes: tuple[int, int], rope: Rope, eps: float) -> Nodes:
    """Return the queries: through a small vector too, where q_lora_rank is given."""
    size, rank = sum(sizes), config.optional("q_lora_rank")
    if rank:
        bias = config.flag("attention_bias")
        first: Nodes = (
            linear("query_latent", rank, "input", bias=bias),
            norm("rms", "query_norm", rank, eps),
            linear("query_map", heads * size, bias=False),
        )
    else:
        first = (linear("query_map", heads * size, "input", bias=False),)
    return (
        *first,
        layer("Unflatten", "query_heads", dim=-1, unflattened_size=(heads, size)),
        layer("Transpose", "query_by_head", dim0=1, dim1=2),
        layer("Split", "query_parts", dim=-1, split_size_or_sections=sizes),
        turned("query_rope", rope, "query_parts:1"),
        layer("Concat", "query", "query_parts", "query_rope", dim=-1),
    )
