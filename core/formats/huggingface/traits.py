"""The facts of a decoder that are in its code and not in its config.json: a row for each model_type.

Source of each row: the class of that model_type in transformers 5.24, `modeling_<model_type>.py`; where a paper says
the same it is named in the row. Class defaults of keys are in resources/huggingface/defaults.json.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

from layerledger.core.formats.huggingface.orders import Order

Flag = bool | str
"""A fact, or the key of config.json that holds it."""


class Traits(NamedTuple):
    """The traits of a decoder.

    Attributes:
        norm: `rms`, `layer`, `no shift` (LayerNorm without bias) or `no weights`.
        order: of norms, attention and feed-forward part in a layer: `pre`, `parallel` (one norm for both), `parallel
            two` (a norm for each), `post` (norms behind the parts), `sandwich` (before and behind), `after` (behind
            the sums).
        query_bias: of the maps of queries, keys and values.
        out_bias: of the map of attention's output.
        mlp_bias: of the feed-forward part.
        head_bias: of the map to the vocabulary.
        qk_norm: which norm queries and keys have, and over what; `qk_key` may turn it off.
        qk_key: the key that says whether there is one.
        fused: whether one map makes queries, keys and values.
        gated: whether the feed-forward part is gated.
        rope: whether queries and keys are rotated.
        rotary: the share of a head's features that is rotated where no key says so.
        positions: rows of the table of positions past max_position_embeddings; None for no such table.
        sines: whether fixed sines are added as positions.
        alibi: the key that says whether scores fall with distance (ALiBi); or that they do.
        act: the key of the activation function, or its name where it is none of the keys that are known.
        experts: the keys of the number of experts and of the features in one; empty for none.
        shared: the rule of the shared expert's size: `qwen`, `deepseek`, or empty for none.
        router_bias: whether the router has one.
        expert_bias: whether the experts have one.
        latent: whether attention is latent (MLA).
        sinks: whether each head has a learned score for no token.
        scaled: the factor of embeddings: `root`, the root of hidden_size; or the key of it.
        kv: how the number of heads of keys and values is found where it is not its key.
        scale: the factor of scores, `1`, or a key; empty for 1/√head_dim.
        window: which layers see no more than sliding_window tokens where layer_types does not say so: none, `all`,
            `asked` (all, if use_sliding_window), `late` (from max_window_layers on), `asked late`, `pattern` (all but
            each n-th, by sliding_window_pattern) or `global local` (gpt_neo's attention_types).
        every: that n where no key says so.
        unturned: the layers without rotation: none, `full` (those that see all) or `listed` (no_rope_layers).
    """

    norm: Literal["rms", "layer", "no shift", "no weights"] = "rms"
    order: Order = "pre"
    query_bias: Flag = False
    out_bias: Flag = False
    mlp_bias: Flag = False
    head_bias: Flag = False
    qk_norm: tuple[str, Literal["head", "heads", "whole"]] | None = None
    qk_key: str = ""
    fused: bool = False
    gated: bool = True
    rope: bool = True
    rotary: float = 1.0
    positions: int | None = None
    sines: bool = False
    alibi: Flag = False
    act: str = "hidden_act"
    experts: tuple[str, str] | None = None
    shared: Literal["", "qwen", "deepseek"] = ""
    router_bias: bool = False
    expert_bias: bool = False
    latent: bool = False
    sinks: bool = False
    scaled: str = ""
    kv: Literal["", "falcon", "multi_query"] = ""
    scale: str = ""
    window: Literal["", "all", "asked", "late", "asked late", "pattern", "global local"] = ""
    every: int = 0
    unturned: Literal["", "full", "listed"] = ""


_BIASED = Traits(norm="layer", query_bias=True, out_bias=True, mlp_bias=True, gated=False)
_LLAMA = Traits(query_bias="attention_bias", out_bias="attention_bias", mlp_bias="mlp_bias")
_GEMMA = Traits(query_bias="attention_bias", out_bias="attention_bias", scaled="root")
_EXPERTS = ("num_experts", "moe_intermediate_size")
_ROUTED = ("n_routed_experts", "moe_intermediate_size")
_LOCAL = ("num_local_experts", "intermediate_size")

TRAITS: dict[str, Traits] = {
    # Touvron et al. 2023, arXiv:2302.13971
    "llama": _LLAMA,
    # Jiang et al. 2023, arXiv:2310.06825
    "mistral": Traits(window="all"),
    # Jiang et al. 2024, arXiv:2401.04088
    "mixtral": Traits(experts=_LOCAL, window="all"),
    # Yang et al. 2024, arXiv:2407.10671
    "qwen2": Traits(query_bias=True, window="asked late"),
    "qwen2_moe": Traits(query_bias="qkv_bias", experts=_EXPERTS, shared="qwen", window="asked"),
    # Yang et al. 2025, arXiv:2505.09388
    "qwen3": Traits(
        query_bias="attention_bias", out_bias="attention_bias", qk_norm=("rms", "head"), window="asked late"
    ),
    "qwen3_moe": Traits(
        query_bias="attention_bias",
        out_bias="attention_bias",
        qk_norm=("rms", "head"),
        experts=_EXPERTS,
        window="asked",
    ),
    # Gemma Team 2024, arXiv:2403.08295, arXiv:2408.00118; 2025, arXiv:2503.19786
    "gemma": _GEMMA,
    "gemma2": _GEMMA._replace(
        order="sandwich", act="hidden_activation", scale="query_pre_attn_scalar", window="pattern", every=2
    ),
    "gemma3_text": _GEMMA._replace(
        order="sandwich",
        act="hidden_activation",
        scale="query_pre_attn_scalar",
        qk_norm=("rms", "head"),
        window="pattern",
        every=6,
    ),
    # Li et al. 2023, arXiv:2309.05463
    "phi": _BIASED._replace(
        order="parallel", head_bias=True, rotary=0.5, qk_norm=("layer", "head"), qk_key="qk_layernorm"
    ),
    # Abdin et al. 2024, arXiv:2404.14219
    "phi3": Traits(fused=True, window="all"),
    "phimoe": Traits(
        norm="layer",
        query_bias="attention_bias",
        out_bias="attention_bias",
        head_bias="lm_head_bias",
        experts=_LOCAL,
        window="all",
    ),
    # Groeneveld et al. 2024, arXiv:2402.00838; OLMo 2: 2025, arXiv:2501.00656; OLMoE: 2024, arXiv:2409.02060
    "olmo": Traits(norm="no weights", query_bias="attention_bias", out_bias="attention_bias"),
    "olmo2": Traits(order="post", query_bias="attention_bias", out_bias="attention_bias", qk_norm=("rms", "whole")),
    "olmo3": Traits(
        order="post",
        query_bias="attention_bias",
        out_bias="attention_bias",
        qk_norm=("rms", "whole"),
        window="pattern",
        every=4,
    ),
    "olmoe": Traits(
        query_bias="attention_bias",
        out_bias="attention_bias",
        qk_norm=("rms", "whole"),
        experts=("num_experts", "intermediate_size"),
    ),
    "granite": _LLAMA._replace(scaled="embedding_multiplier", scale="attention_multiplier"),
    "granitemoe": Traits(
        query_bias="attention_bias",
        out_bias="attention_bias",
        experts=_LOCAL,
        scaled="embedding_multiplier",
        scale="attention_multiplier",
    ),
    "smollm3": _LLAMA._replace(unturned="listed"),
    "stablelm": Traits(
        norm="layer", query_bias="use_qkv_bias", rotary=0.25, qk_norm=("no shift", "heads"), qk_key="qk_layernorm"
    ),
    # Lozhkov et al. 2024, arXiv:2402.19173
    "starcoder2": Traits(
        norm="layer", gated=False, query_bias="use_bias", out_bias="use_bias", mlp_bias="use_bias", window="all"
    ),
    "cohere": Traits(
        norm="no shift",
        order="parallel",
        query_bias="attention_bias",
        out_bias="attention_bias",
        qk_norm=("no shift", "heads"),
        qk_key="use_qk_norm",
    ),
    "cohere2": Traits(
        norm="no shift",
        order="parallel",
        query_bias="attention_bias",
        out_bias="attention_bias",
        window="pattern",
        every=4,
        unturned="full",
    ),
    # DeepSeek-AI 2024, arXiv:2405.04434 and arXiv:2412.19437
    "deepseek_v2": Traits(latent=True, experts=_ROUTED, shared="deepseek", mlp_bias="mlp_bias"),
    "deepseek_v3": Traits(latent=True, experts=_ROUTED, shared="deepseek"),
    "dots1": Traits(
        query_bias="attention_bias",
        out_bias="attention_bias",
        qk_norm=("rms", "head"),
        experts=_ROUTED,
        shared="deepseek",
        window="late",
    ),
    "glm4_moe": Traits(
        query_bias="attention_bias",
        rotary=0.5,
        qk_norm=("rms", "head"),
        qk_key="use_qk_norm",
        experts=_ROUTED,
        shared="deepseek",
    ),
    # OpenAI 2025, arXiv:2508.10925
    "gpt_oss": Traits(
        query_bias="attention_bias",
        out_bias="attention_bias",
        experts=_LOCAL,
        router_bias=True,
        expert_bias=True,
        sinks=True,
        window="pattern",
        every=2,
    ),
    # Radford et al. 2018 and 2019
    "openai-gpt": _BIASED._replace(order="after", fused=True, rope=False, positions=0, act="afn"),
    "gpt2": _BIASED._replace(fused=True, rope=False, positions=0),
    "gpt_bigcode": _BIASED._replace(fused=True, rope=False, positions=0, kv="multi_query"),
    "gpt_neo": _BIASED._replace(query_bias=False, rope=False, positions=0, scale="1", window="global local"),
    "gptj": _BIASED._replace(order="parallel", query_bias=False, out_bias=False, head_bias=True),
    "codegen": _BIASED._replace(order="parallel", query_bias=False, out_bias=False, head_bias=True, fused=True),
    # Black et al. 2022, arXiv:2204.06745
    "gpt_neox": _BIASED._replace(
        order="parallel two", query_bias="attention_bias", out_bias="attention_bias", fused=True, rotary=0.25
    ),
    # Zhang et al. 2022, arXiv:2205.01068
    "opt": _BIASED._replace(
        rope=False, positions=2, query_bias="enable_bias", out_bias="enable_bias", mlp_bias="enable_bias"
    ),
    # BigScience 2022, arXiv:2211.05100
    "bloom": _BIASED._replace(rope=False, alibi=True, fused=True, act="gelu_new"),
    # Almazrouei et al. 2023, arXiv:2311.16867
    "falcon": _BIASED._replace(
        order="parallel",
        query_bias="bias",
        out_bias="bias",
        mlp_bias="bias",
        fused=True,
        alibi="alibi",
        act="activation",
        kv="falcon",
    ),
    "mpt": Traits(norm="no shift", gated=False, rope=False, alibi=True, fused=True, act="gelu"),
    # GLM Team 2024, arXiv:2406.12793
    "glm": Traits(query_bias="attention_bias", rotary=0.5),
    "glm4": Traits(order="sandwich", query_bias="attention_bias", rotary=0.5),
    # Parmar et al. 2024, arXiv:2402.16819
    "nemotron": Traits(
        norm="layer",
        gated=False,
        query_bias="attention_bias",
        out_bias="attention_bias",
        mlp_bias="mlp_bias",
        rotary=0.5,
    ),
    "persimmon": _BIASED._replace(fused=True, rotary=0.5, qk_norm=("layer", "head"), qk_key="qk_layernorm"),
    "biogpt": _BIASED._replace(rope=False, positions=2, scaled="scale_embedding"),
    "xglm": _BIASED._replace(rope=False, sines=True, scaled="scale_embedding"),
    "arcee": _LLAMA._replace(gated=False),
    "seed_oss": _LLAMA._replace(out_bias="attention_out_bias"),
    "exaone4": Traits(order="post", qk_norm=("rms", "head"), window="pattern", every=4, unturned="full"),
    "helium": Traits(query_bias="attention_bias", mlp_bias="mlp_bias"),
    "hunyuan_v1_dense": Traits(query_bias="attention_bias", out_bias="attention_bias", qk_norm=("rms", "head")),
    "ernie4_5": Traits(query_bias="use_bias", out_bias="use_bias", mlp_bias="use_bias"),
}
