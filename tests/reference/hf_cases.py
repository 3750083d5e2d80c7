"""Cases for make_hf_configs.py: small configs of each model_type, several odd ones."""

from __future__ import annotations

from typing import Any

TOKENS = 24
IDS = {"input_ids": ((1, TOKENS), "int")}
SMALL = {
    "vocab_size": 320,
    "hidden_size": 64,
    "intermediate_size": 176,
    "num_hidden_layers": 3,
    "num_attention_heads": 4,
}
OLD = {"vocab_size": 320, "n_embd": 64, "n_layer": 3, "n_head": 4, "n_positions": 64}
BIASED = {"attention_bias": True, "mlp_bias": True, "tie_word_embeddings": True}
GROUPED = {"num_key_value_heads": 2}
EXPERTS = {"num_experts": 6, "num_experts_per_tok": 2, "moe_intermediate_size": 40}
ROUTED = {"n_routed_experts": 8, "num_experts_per_tok": 2, "moe_intermediate_size": 40, "n_group": 2, "topk_group": 1}
LATENT = {"kv_lora_rank": 24, "q_lora_rank": 20, "qk_nope_head_dim": 16, "qk_rope_head_dim": 8, "v_head_dim": 12}


def decoder(kind: str, cls: str, *variants: dict[str, Any], base: dict[str, Any] = SMALL) -> list[dict[str, Any]]:
    return [{"model_type": kind, "class": cls, "keys": base | each, "inputs": IDS} for each in ({}, *variants)]


DECODERS = [
    *decoder("llama", "LlamaForCausalLM", GROUPED, BIASED, {"head_dim": 24, "tie_word_embeddings": True}),
    *decoder("llama", "LlamaModel"),
    *decoder("llama", "LlamaForSequenceClassification", {"num_labels": 5}),
    *decoder("llama", "LlamaForTokenClassification", {"num_labels": 5}),
    *decoder(
        "mistral",
        "MistralForCausalLM",
        GROUPED,
        {"head_dim": 24, "sliding_window": 16, **GROUPED},
        base=SMALL | GROUPED,
    ),
    *decoder(
        "qwen2",
        "Qwen2ForCausalLM",
        GROUPED | {"tie_word_embeddings": True},
        {"use_sliding_window": True, "max_window_layers": 1, "sliding_window": 8},
        base=SMALL | {"num_key_value_heads": 4},
    ),
    *decoder(
        "qwen3",
        "Qwen3ForCausalLM",
        {"head_dim": 24, "attention_bias": True},
        {"tie_word_embeddings": True},
        base=SMALL | GROUPED,
    ),
    *decoder(
        "gemma",
        "GemmaForCausalLM",
        {"head_dim": 24, "num_key_value_heads": 1},
        {"attention_bias": True},
        base=SMALL | GROUPED,
    ),
    *decoder(
        "gemma2",
        "Gemma2ForCausalLM",
        {"head_dim": 24, "query_pre_attn_scalar": 32},
        {"tie_word_embeddings": False, "num_hidden_layers": 4},
        base=SMALL | GROUPED,
    ),
    *decoder("gemma3_text", "Gemma3ForCausalLM", {"num_hidden_layers": 14, "head_dim": 24}, base=SMALL | GROUPED),
    *decoder("phi", "PhiForCausalLM", GROUPED, {"qk_layernorm": True, "tie_word_embeddings": True}),
    *decoder(
        "phi3",
        "Phi3ForCausalLM",
        GROUPED,
        {"tie_word_embeddings": True, "sliding_window": 9},
        base=SMALL | {"pad_token_id": 0},
    ),
    *decoder(
        "phimoe",
        "PhimoeForCausalLM",
        {"attention_bias": True, "lm_head_bias": True},
        base=SMALL | GROUPED | {"num_local_experts": 4},
    ),
    *decoder(
        "olmo",
        "OlmoForCausalLM",
        GROUPED | {"clip_qkv": 8.0},
        {"attention_bias": True},
        base=SMALL | {"pad_token_id": 0},
    ),
    *decoder("olmo2", "Olmo2ForCausalLM", GROUPED, {"attention_bias": True}, base=SMALL | {"pad_token_id": 0}),
    *decoder("olmo3", "Olmo3ForCausalLM", GROUPED | {"num_hidden_layers": 9}, base=SMALL | {"pad_token_id": 0}),
    *decoder("olmoe", "OlmoeForCausalLM", GROUPED, base=SMALL | {"num_experts": 6, "num_experts_per_tok": 2}),
    *decoder(
        "granite",
        "GraniteForCausalLM",
        GROUPED | BIASED,
        {
            "embedding_multiplier": 12.0,
            "logits_scaling": 8.0,
            "residual_multiplier": 0.22,
            "attention_multiplier": 0.0625,
        },
    ),
    *decoder(
        "granitemoe",
        "GraniteMoeForCausalLM",
        GROUPED | {"residual_multiplier": 0.22},
        base=SMALL | {"num_local_experts": 6},
    ),
    *decoder(
        "smollm3",
        "SmolLM3ForCausalLM",
        {"attention_bias": True, "num_hidden_layers": 8},
        {"tie_word_embeddings": False},
        base=SMALL | GROUPED | {"pad_token_id": 0},
    ),
    *decoder(
        "stablelm",
        "StableLmForCausalLM",
        GROUPED | {"use_qkv_bias": True},
        {"qk_layernorm": True, "use_parallel_residual": True},
        base=SMALL | {"num_key_value_heads": 4},
    ),
    *decoder(
        "starcoder2", "Starcoder2ForCausalLM", {"use_bias": False, "tie_word_embeddings": False}, base=SMALL | GROUPED
    ),
    *decoder(
        "cohere",
        "CohereForCausalLM",
        GROUPED | {"use_qk_norm": True},
        {"attention_bias": True},
        base=SMALL | {"pad_token_id": 0},
    ),
    *decoder("cohere2", "Cohere2ForCausalLM", GROUPED | {"num_hidden_layers": 8}, base=SMALL | {"pad_token_id": 0}),
    *decoder(
        "mixtral",
        "MixtralForCausalLM",
        {"num_local_experts": 5, "num_experts_per_tok": 3, "head_dim": 24},
        base=SMALL | GROUPED,
    ),
    *decoder(
        "qwen2_moe",
        "Qwen2MoeForCausalLM",
        {"decoder_sparse_step": 2, "num_hidden_layers": 6},
        {"mlp_only_layers": [0], "qkv_bias": False},
        base=SMALL | EXPERTS | {"shared_expert_intermediate_size": 72, "num_key_value_heads": 2},
    ),
    *decoder(
        "qwen3_moe",
        "Qwen3MoeForCausalLM",
        {"decoder_sparse_step": 2},
        {"mlp_only_layers": [0], "head_dim": 24},
        base=SMALL | EXPERTS | GROUPED,
    ),
    *decoder(
        "deepseek_v2",
        "DeepseekV2ForCausalLM",
        {"q_lora_rank": None, "attention_bias": True},
        {"first_k_dense_replace": 1, "n_shared_experts": 1},
        base=SMALL | ROUTED | LATENT | {"first_k_dense_replace": 2, "n_shared_experts": 2},
    ),
    *decoder(
        "deepseek_v3",
        "DeepseekV3ForCausalLM",
        {"q_lora_rank": None, "attention_bias": True},
        {"first_k_dense_replace": 1, "n_shared_experts": 2},
        base=SMALL | ROUTED | LATENT | {"first_k_dense_replace": 2, "num_key_value_heads": 4},
    ),
    *decoder(
        "dots1",
        "Dots1ForCausalLM",
        {"attention_bias": True},
        base=SMALL | ROUTED | {"n_shared_experts": 1, "first_k_dense_replace": 1, "num_key_value_heads": 2},
    ),
    *decoder(
        "glm4_moe",
        "Glm4MoeForCausalLM",
        {"attention_bias": True, "use_qk_norm": True},
        base=SMALL
        | ROUTED
        | {"n_shared_experts": 1, "first_k_dense_replace": 1, "num_key_value_heads": 2, "pad_token_id": 0},
    ),
    *decoder(
        "gpt_oss",
        "GptOssForCausalLM",
        {"attention_bias": False, "num_hidden_layers": 4},
        base=SMALL | GROUPED | {"num_local_experts": 4, "num_experts_per_tok": 2, "head_dim": 16, "pad_token_id": 0},
    ),
    *decoder("openai-gpt", "OpenAIGPTLMHeadModel", base=OLD),
    *decoder("gpt2", "GPT2LMHeadModel", {"n_inner": 100}, {"tie_word_embeddings": False}, base=OLD),
    *decoder("gpt2", "GPT2Model", base=OLD),
    *decoder("gpt_bigcode", "GPTBigCodeForCausalLM", {"multi_query": False}, base=OLD),
    *decoder(
        "gpt_neo",
        "GPTNeoForCausalLM",
        {"intermediate_size": 100},
        base={
            "vocab_size": 320,
            "hidden_size": 64,
            "num_layers": 4,
            "num_heads": 4,
            "attention_types": [[["global", "local"], 2]],
            "max_position_embeddings": 64,
        },
    ),
    *decoder("gptj", "GPTJForCausalLM", {"tie_word_embeddings": True, "n_inner": 100}, base=OLD | {"rotary_dim": 8}),
    *decoder("codegen", "CodeGenForCausalLM", base=OLD | {"rotary_dim": 8}),
    *decoder(
        "gpt_neox",
        "GPTNeoXForCausalLM",
        {"use_parallel_residual": False, "attention_bias": False},
        {"tie_word_embeddings": True},
    ),
    *decoder(
        "opt",
        "OPTForCausalLM",
        {"do_layer_norm_before": False, "word_embed_proj_dim": 32},
        {"enable_bias": False, "layer_norm_elementwise_affine": False, "tie_word_embeddings": False},
        base={
            "vocab_size": 320,
            "hidden_size": 64,
            "ffn_dim": 176,
            "num_hidden_layers": 3,
            "num_attention_heads": 4,
            "max_position_embeddings": 64,
        },
    ),
    *decoder(
        "bloom",
        "BloomForCausalLM",
        {"apply_residual_connection_post_layernorm": True},
        base={"vocab_size": 320, "hidden_size": 64, "n_layer": 3, "n_head": 4},
    ),
    *decoder(
        "falcon",
        "FalconForCausalLM",
        {"new_decoder_architecture": True, "num_kv_heads": 2},
        {"parallel_attn": False, "multi_query": False, "alibi": True, "bias": True},
        {"ffn_hidden_size": 100},
        {"new_decoder_architecture": True, "num_kv_heads": 2, "num_ln_in_parallel_attn": 1},
        base={"vocab_size": 320, "hidden_size": 64, "num_hidden_layers": 3, "num_attention_heads": 4},
    ),
    *decoder("mpt", "MptForCausalLM", base={"vocab_size": 320, "d_model": 64, "n_layers": 3, "n_heads": 4}),
    *decoder(
        "glm", "GlmForCausalLM", {"attention_bias": False}, base=SMALL | GROUPED | {"head_dim": 24, "pad_token_id": 0}
    ),
    *decoder(
        "glm4", "Glm4ForCausalLM", {"attention_bias": True}, base=SMALL | GROUPED | {"head_dim": 24, "pad_token_id": 0}
    ),
    *decoder(
        "nemotron",
        "NemotronForCausalLM",
        GROUPED | BIASED,
        {"head_dim": 24},
        base=SMALL | {"num_key_value_heads": 4, "head_dim": 16},
    ),
    *decoder("persimmon", "PersimmonForCausalLM", {"qk_layernorm": False}),
    *decoder("biogpt", "BioGptForCausalLM", {"scale_embedding": False}, base=SMALL | {"max_position_embeddings": 64}),
    *decoder(
        "xglm",
        "XGLMForCausalLM",
        base={
            "vocab_size": 320,
            "d_model": 64,
            "ffn_dim": 176,
            "num_layers": 3,
            "attention_heads": 4,
            "max_position_embeddings": 64,
        },
    ),
    *decoder("arcee", "ArceeForCausalLM", GROUPED | BIASED),
    *decoder(
        "seed_oss",
        "SeedOssForCausalLM",
        {"attention_out_bias": True, "mlp_bias": True, "head_dim": 24},
        base=SMALL | GROUPED,
    ),
    *decoder(
        "exaone4",
        "Exaone4ForCausalLM",
        GROUPED | {"num_hidden_layers": 8, "sliding_window": 16},
        {"sliding_window": None, "layer_types": ["full_attention"] * 3},
        base=SMALL | {"num_key_value_heads": 4},
    ),
    *decoder(
        "helium",
        "HeliumForCausalLM",
        {"attention_bias": True, "mlp_bias": True},
        base=SMALL | {"num_key_value_heads": 4, "head_dim": 16},
    ),
    *decoder(
        "hunyuan_v1_dense",
        "HunYuanDenseV1ForCausalLM",
        GROUPED | {"attention_bias": True},
        base=SMALL | {"head_dim": 16, "pad_token_id": 0},
    ),
    *decoder(
        "ernie4_5",
        "Ernie4_5ForCausalLM",
        {"use_bias": True, "head_dim": 16},
        {"tie_word_embeddings": False},
        base=SMALL | GROUPED,
    ),
]

CASES = DECODERS
