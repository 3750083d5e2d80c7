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

BERT = SMALL | {"max_position_embeddings": 64}
TYPED = IDS | {"token_type_ids": ((1, TOKENS), "int")}
LABELS = {"num_labels": 5}


def case(kind: str, cls: str, keys: dict[str, Any], inputs: dict[str, Any]) -> dict[str, Any]:
    return {"model_type": kind, "class": cls, "keys": keys, "inputs": inputs}


def several(kind: str, prefix: str, keys: dict[str, Any], heads: str, inputs: dict[str, Any]) -> list[dict[str, Any]]:
    return [case(kind, prefix + head, keys | LABELS, inputs) for head in heads.split()]


HEADS = "Model ForMaskedLM ForSequenceClassification ForTokenClassification"
CHOICE = dict.fromkeys(TYPED, ((1, 1, TOKENS), "int"))
ROBERTA = BERT | {"type_vocab_size": 1, "pad_token_id": 1}
DISTIL = {"vocab_size": 320, "dim": 64, "hidden_dim": 176, "n_layers": 3, "n_heads": 4, "max_position_embeddings": 64}
FACTORED = BERT | {"embedding_size": 32}
ENCODERS = [
    *several("bert", "Bert", BERT, HEADS + " ForPreTraining", IDS),
    case("bert", "BertForQuestionAnswering", BERT, IDS),
    case("bert", "BertForMultipleChoice", BERT, CHOICE),
    case("bert", "BertForMaskedLM", BERT | {"tie_word_embeddings": False, "hidden_act": "relu"}, IDS),
    *several("roberta", "Roberta", ROBERTA, HEADS, IDS),
    *several("xlm-roberta", "XLMRoberta", ROBERTA, "Model ForMaskedLM", IDS),
    *several("camembert", "Camembert", ROBERTA, "Model ForMaskedLM", IDS),
    *several("distilbert", "DistilBert", DISTIL, HEADS, IDS),
    *several("electra", "Electra", FACTORED, HEADS + " ForPreTraining", IDS),
    case("electra", "ElectraModel", FACTORED | {"embedding_size": 64}, IDS),
    *several("albert", "Albert", FACTORED, HEADS, IDS),
    case("albert", "AlbertModel", FACTORED | {"num_hidden_layers": 4, "num_hidden_groups": 2}, IDS),
    case("albert", "AlbertModel", FACTORED | {"inner_group_num": 2}, IDS),
]

PICTURE = {
    "hidden_size": 64,
    "num_hidden_layers": 3,
    "num_attention_heads": 4,
    "intermediate_size": 176,
    "image_size": 32,
    "patch_size": 8,
}
PIXELS = {"pixel_values": ((1, 3, 32, 32), "float")}
VISION = [
    *several("vit", "ViT", PICTURE, "Model ForImageClassification", PIXELS),
    case(
        "vit",
        "ViTForImageClassification",
        PICTURE | {"qkv_bias": False, "num_channels": 1},
        {"pixel_values": ((1, 1, 32, 32), "float")},
    ),
    *several("deit", "DeiT", PICTURE, "Model ForImageClassification ForImageClassificationWithTeacher", PIXELS),
    *several("dinov2", "Dinov2", PICTURE, "Model ForImageClassification", PIXELS),
    case(
        "dinov2", "Dinov2Model", PICTURE | {"use_swiglu_ffn": True, "qkv_bias": False, "use_mask_token": False}, PIXELS
    ),
]

TEXT = {
    "vocab_size": 320,
    "hidden_size": 64,
    "intermediate_size": 176,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "max_position_embeddings": 32,
    "eos_token_id": 1,
}
SEEN = {
    "hidden_size": 48,
    "intermediate_size": 100,
    "num_hidden_layers": 3,
    "num_attention_heads": 4,
    "image_size": 32,
    "patch_size": 8,
}
PAIR = {"text_config": TEXT, "vision_config": SEEN, "projection_dim": 40}
PAIRS = [
    case("clip", "CLIPModel", PAIR, IDS | PIXELS),
    case("clip", "CLIPForImageClassification", PAIR | LABELS, PIXELS),
    case("clip_vision_model", "CLIPVisionModel", SEEN, PIXELS),
    case("clip_vision_model", "CLIPVisionModelWithProjection", SEEN | {"projection_dim": 40}, PIXELS),
    case("clip_text_model", "CLIPTextModel", TEXT, IDS),
    case("clip_text_model", "CLIPTextModelWithProjection", TEXT | {"projection_dim": 40}, IDS),
    case("siglip", "SiglipModel", {"text_config": TEXT | {"projection_size": 48}, "vision_config": SEEN}, IDS | PIXELS),
    case("siglip_vision_model", "SiglipVisionModel", SEEN, PIXELS),
    case("siglip_vision_model", "SiglipVisionModel", SEEN | {"vision_use_head": False}, PIXELS),
    case("siglip_text_model", "SiglipTextModel", TEXT, IDS),
]

BOTH = IDS | {"decoder_input_ids": ((1, 16), "int")}
BART = {
    "vocab_size": 320,
    "d_model": 64,
    "encoder_layers": 3,
    "decoder_layers": 2,
    "encoder_attention_heads": 4,
    "decoder_attention_heads": 2,
    "encoder_ffn_dim": 176,
    "decoder_ffn_dim": 100,
    "max_position_embeddings": 64,
}
T5 = {"vocab_size": 320, "d_model": 64, "d_kv": 12, "d_ff": 176, "num_layers": 3, "num_heads": 4}
WHISPER = {key: value for key, value in BART.items() if key != "max_position_embeddings"} | {
    "num_mel_bins": 20,
    "max_source_positions": 40,
    "max_target_positions": 64,
    "pad_token_id": 0,
}
SOUND = {"input_features": ((1, 20, 80), "float"), "decoder_input_ids": ((1, TOKENS), "int")}
TRANSLATORS = [
    case("bart", "BartForConditionalGeneration", BART, BOTH),
    case("bart", "BartForConditionalGeneration", BART | {"scale_embedding": True, "activation_function": "relu"}, BOTH),
    case("bart", "BartModel", BART, BOTH),
    case("mbart", "MBartForConditionalGeneration", BART, BOTH),
    case("pegasus", "PegasusForConditionalGeneration", BART, BOTH),
    case("marian", "MarianMTModel", BART | {"pad_token_id": 0}, BOTH),
    case("blenderbot", "BlenderbotForConditionalGeneration", BART, BOTH),
    case("m2m_100", "M2M100ForConditionalGeneration", BART, BOTH),
    case("t5", "T5ForConditionalGeneration", T5, BOTH),
    case(
        "t5",
        "T5ForConditionalGeneration",
        T5 | {"feed_forward_proj": "gated-gelu", "tie_word_embeddings": False, "num_decoder_layers": 2},
        BOTH,
    ),
    case("t5", "T5EncoderModel", T5, IDS),
    case("t5", "T5Model", T5, BOTH),
    case("mt5", "MT5ForConditionalGeneration", T5, BOTH),
    case("whisper", "WhisperForConditionalGeneration", WHISPER, SOUND),
    case(
        "whisper",
        "WhisperForConditionalGeneration",
        WHISPER | {"scale_embedding": True, "tie_word_embeddings": False},
        SOUND,
    ),
]

MAMBA = {"vocab_size": 320, "hidden_size": 64, "state_size": 8, "num_hidden_layers": 3}
STAGES = {"embedding_size": 16, "hidden_sizes": [32, 64], "depths": [2, 3]}
OTHERS = [
    case("mamba", "MambaForCausalLM", MAMBA, IDS),
    case(
        "mamba",
        "MambaForCausalLM",
        MAMBA | {"use_bias": True, "use_conv_bias": False, "time_step_rank": 6, "expand": 3},
        IDS,
    ),
    case("mamba", "MambaModel", MAMBA, IDS),
    case("resnet", "ResNetForImageClassification", STAGES | LABELS, {"pixel_values": ((1, 3, 224, 224), "float")}),
    case(
        "resnet",
        "ResNetModel",
        STAGES | {"layer_type": "basic", "downsample_in_first_stage": True},
        {"pixel_values": ((1, 3, 224, 224), "float")},
    ),
    case(
        "resnet",
        "ResNetModel",
        STAGES | {"downsample_in_bottleneck": True},
        {"pixel_values": ((1, 3, 224, 224), "float")},
    ),
]

LLAVA = {
    "text_config": {"model_type": "llama"} | SMALL | GROUPED,
    "vision_config": {"model_type": "clip_vision_model"} | SEEN,
    "image_token_index": 300,
    "image_seq_length": 16,
}
SEES = IDS | PIXELS | {"image_tokens": (16, 300)}
QWEN = {
    "text_config": {"model_type": "qwen2_vl_text"}
    | SMALL
    | GROUPED
    | {"rope_parameters": {"rope_type": "default", "mrope_section": [2, 3, 3], "rope_theta": 1000000.0}},
    "vision_config": {
        "depth": 2,
        "embed_dim": 48,
        "hidden_size": 64,
        "num_heads": 4,
        "patch_size": 8,
        "spatial_merge_size": 2,
    },
    "image_token_id": 300,
    "vision_start_token_id": 301,
}
PATCHES = {
    "pixel_values": ((16, 3 * 2 * 8 * 8), "float"),
    "image_grid_thw": ((1, 4, 4), "int"),
    "image_tokens": (4, 300),
}
PICTURED = [
    case("llava", "LlavaForConditionalGeneration", LLAVA, SEES),
    case(
        "llava",
        "LlavaForConditionalGeneration",
        LLAVA
        | {
            "vision_feature_layer": -1,
            "vision_feature_select_strategy": "full",
            "multimodal_projector_bias": False,
            "image_seq_length": 17,
        },
        SEES | {"image_tokens": (17, 300)},
    ),
    case(
        "llava",
        "LlavaForConditionalGeneration",
        LLAVA | {"text_config": {"model_type": "qwen2"} | SMALL | GROUPED, "tie_word_embeddings": True},
        SEES,
    ),
    case("qwen2_vl", "Qwen2VLForConditionalGeneration", QWEN, IDS | PATCHES),
    case("qwen2_vl", "Qwen2VLForConditionalGeneration", QWEN | {"tie_word_embeddings": True}, IDS | PATCHES),
]

SIGLIP = {"model_type": "siglip_vision_model"} | SEEN
GEMMA = {
    "text_config": {"model_type": "gemma3_text", "head_dim": 16} | SMALL | GROUPED,
    "vision_config": SIGLIP | {"vision_use_head": False},
    "image_token_index": 300,
    "mm_tokens_per_image": 4,
}
PALIGEMMA = {
    "text_config": {"model_type": "gemma", "head_dim": 16} | SMALL | GROUPED,
    "vision_config": SIGLIP | {"vision_use_head": False, "projection_dim": 64},
    "image_token_index": 300,
    "projection_dim": 64,
}
PICTURED += [
    case(
        "llava",
        "LlavaForConditionalGeneration",
        LLAVA | {"vision_config": SIGLIP, "vision_feature_select_strategy": "full"},
        SEES,
    ),
    case("gemma3", "Gemma3ForConditionalGeneration", GEMMA, SEES | {"image_tokens": (4, 300)}),
    case(
        "gemma3",
        "Gemma3ForConditionalGeneration",
        GEMMA | {"tie_word_embeddings": False},
        SEES | {"image_tokens": (4, 300)},
    ),
    case("paligemma", "PaliGemmaForConditionalGeneration", PALIGEMMA, SEES),
]

CASES = [*DECODERS, *ENCODERS, *VISION, *PAIRS, *TRANSLATORS, *OTHERS, *PICTURED]
