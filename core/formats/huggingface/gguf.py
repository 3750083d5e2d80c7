"""Networks from the metadata and the tensors of a GGUF file, by the builder of decoders.

Keys and names of tensors are those of gguf-py/gguf/constants.py of llama.cpp. Whether there is a bias, a norm of
queries and keys, or a head of its own is read off the tensors, not off the architecture.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Literal, NamedTuple

from layerledger.core.analysis import analyze
from layerledger.core.base.files import FormatError
from layerledger.core.base.messages import Message
from layerledger.core.base.values import show
from layerledger.core.formats.binary.gguf import GgufArray, GgufFile
from layerledger.core.formats.huggingface.built import assemble
from layerledger.core.formats.huggingface.causal import decoder_network
from layerledger.core.formats.huggingface.config import Config
from layerledger.core.formats.huggingface.traits import TRAITS, Traits
from layerledger.core.formats.importing.notes import ImportNote
from layerledger.core.network.nodes import Network

TITLE = "GGUF model"

ARCHITECTURES: Mapping[str, str] = {
    **{
        kind: kind
        for kind in (
            "llama", "qwen2", "qwen3", "gemma", "gemma2", "phi3", "stablelm", "starcoder2", "gpt2", "bloom", "falcon",
            "mpt", "cohere2", "olmo", "olmo2", "olmoe", "granite", "nemotron", "glm4", "smollm3", "exaone4", "arcee",
            "seed_oss", "dots1",
        )
    },
    "qwen2moe": "qwen2_moe",
    "qwen3moe": "qwen3_moe",
    "gemma3": "gemma3_text",
    "phi2": "phi",
    "phimoe": "phimoe",
    "gptneox": "gpt_neox",
    "gptj": "gptj",
    "deepseek2": "deepseek_v2",
    "command-r": "cohere",
    "granitemoe": "granitemoe",
    "gpt-oss": "gpt_oss",
    "chatglm": "glm",
    "glm4moe": "glm4_moe",
    "starcoder": "gpt_bigcode",
    "hunyuan-dense": "hunyuan_v1_dense",
    "ernie4_5": "ernie4_5",
}  # fmt: skip
"""The model_type of each architecture of which a network is built."""

_NO_PARAMETERS = ("rope_freqs", "rope_factors_long", "rope_factors_short", "exp_probs_b")
"""Parts of names of tensors that are no parameters: tables of angles, and a bias that no gradient changes."""

_KEYS = {
    "num_hidden_layers": "block_count",
    "hidden_size": "embedding_length",
    "num_attention_heads": "attention.head_count",
    "num_key_value_heads": "attention.head_count_kv",
    "intermediate_size": "feed_forward_length",
    "max_position_embeddings": "context_length",
    "rms_norm_eps": "attention.layer_norm_rms_epsilon",
    "layer_norm_eps": "attention.layer_norm_epsilon",
    "rope_theta": "rope.freq_base",
    "rotary_dim": "rope.dimension_count",
    "sliding_window": "attention.sliding_window",
    "kv_lora_rank": "attention.kv_lora_rank",
    "q_lora_rank": "attention.q_lora_rank",
    "num_experts_per_tok": "expert_used_count",
    "first_k_dense_replace": "leading_dense_block_count",
    "use_parallel_residual": "use_parallel_residual",
    "clip_qkv": "attention.clamp_kqv",
    "logit_scale": "logit_scale",
    "embedding_multiplier": "embedding_scale",
    "residual_multiplier": "residual_scale",
    "attention_multiplier": "attention.scale",
    "final_logit_softcapping": "final_logit_softcapping",
    "attn_logit_softcapping": "attn_logit_softcapping",
}


class _Tensors(NamedTuple):
    """The tensors of a file, by the part of a layer that has them."""

    file: GgufFile

    def rows(self, part: str, *, dim: int = 0) -> int | None:
        """Return a size of the first tensor of a part, such as `attn_q.weight`; None where no layer has it."""
        for i in (0, *range(1, min(len(self.file.tensors), 4096))):
            tensor = self.file.tensors.get(f"blk.{i}.{part}")
            if tensor is not None:
                return tensor.shape[dim] if dim < len(tensor.shape) else None
            if i and f"blk.{i}.attn_output.weight" not in self.file.tensors:
                return None
        return None

    def has(self, part: str) -> bool:
        return self.rows(part) is not None


def network_of_gguf(file: GgufFile, *, name: str, sizes: Mapping[str, int] | None = None) -> Network | None:
    """Return the network of a file of a known architecture; None for another, whose tensors are all that is known.

    Args:
        file: its metadata and tensors.
        name: of the network.
        sizes: those that the file leaves open, such as tokens.

    Raises:
        FormatError: a value breaks a rule.
    """
    architecture = file.metadata.get("general.architecture")
    if not isinstance(architecture, str) or architecture not in ARCHITECTURES:
        return None
    if "token_embd.weight" not in file.tensors or "blk.0.attn_output.weight" not in file.tensors:
        return None
    tensors = _Tensors(file)
    kind = ARCHITECTURES[architecture]
    if kind == "llama" and tensors.has("ffn_gate_inp.weight"):
        kind = "mixtral"
    given = _config(tensors, architecture, kind)
    traits = _traits(tensors, kind)
    built = decoder_network(Config(given, kind=kind), traits, sizes or {})
    network = assemble(name, built, "", format=TITLE)
    # The first note is on the head, which the tensors show.
    notes = (*built.notes[1:], *_compared(file, network), *_built_as(architecture, kind))
    return assemble(name, built._replace(notes=notes), "", format=TITLE)


def parameters_of(file: GgufFile) -> int:
    """Return the number of parameters in a file, without tables of angles."""
    return sum(
        tensor.elements for name, tensor in file.tensors.items() if not any(part in name for part in _NO_PARAMETERS)
    )


# -- the values of a config.json


def _config(tensors: _Tensors, architecture: str, kind: str) -> dict[str, object]:
    metadata = tensors.file.metadata
    found: dict[str, object] = {"model_type": kind}
    for key, there in _KEYS.items():
        value = metadata.get(f"{architecture}.{there}")
        if isinstance(value, tuple):
            value = _one(value, f"{architecture}.{there}")
        if isinstance(value, float):
            value = float(f"{value:.6g}")  # stored in 32 bits: 1e-05 comes back as 9.999999747e-06
        if value is not None and not isinstance(value, GgufArray):
            found[key] = value
    ahead = metadata.get(f"{architecture}.nextn_predict_layers")
    count = found.get("num_hidden_layers")
    if isinstance(ahead, int) and isinstance(count, int):
        # Layers that predict more tokens at once are counted among the blocks there, and left out here.
        found |= {"num_hidden_layers": count - ahead, "num_nextn_predict_layers": ahead}
    words = tensors.file.tensors["token_embd.weight"].shape
    found["vocab_size"] = words[0]
    found["tie_word_embeddings"] = "output.weight" not in tensors.file.tensors
    table = tensors.file.tensors.get("position_embd.weight")
    if table is not None:
        found["max_position_embeddings"] = table.shape[0]
    found |= _head_sizes(tensors, found)
    found |= _expert_sizes(tensors, kind)
    return {key: value for key, value in found.items() if value is not None}


def _one(values: tuple[float, ...], key: str) -> float:
    """Return the value that all layers have."""
    if len(set(values)) != 1:
        raise FormatError(
            Message("{key}: layers of different sizes are not built; the tensors open as a list", key=key)
        )
    return values[0]


def _head_sizes(tensors: _Tensors, found: Mapping[str, object]) -> dict[str, object]:
    """Return the sizes of heads, which the tensors tell better than the metadata."""
    heads = found.get("num_attention_heads")
    if not isinstance(heads, int) or heads < 1:
        return {}
    shared = found.get("num_key_value_heads", heads)
    if tensors.has("attn_kv_a_mqa.weight"):
        return _latent_sizes(tensors, heads, found)
    queries, all_three = tensors.rows("attn_q.weight"), tensors.rows("attn_qkv.weight")
    if queries:
        return {"head_dim": queries // heads}
    if all_three and isinstance(shared, int) and shared > 0:
        return {"head_dim": all_three // (heads + 2 * shared)}
    return {}


def _latent_sizes(tensors: _Tensors, heads: int, found: Mapping[str, object]) -> dict[str, object]:
    """Return the parts of a head in latent attention."""
    rank = found.get("kv_lora_rank")
    queries = tensors.rows("attn_q_b.weight") or tensors.rows("attn_q.weight")
    both, out = tensors.rows("attn_kv_a_mqa.weight"), tensors.rows("attn_output.weight", dim=1)
    if not isinstance(rank, int) or not queries or not both or not out:
        raise FormatError("the tensors of latent attention are not complete")
    rotated = both - rank
    sizes = {"qk_rope_head_dim": rotated, "qk_nope_head_dim": queries // heads - rotated, "v_head_dim": out // heads}
    # Where queries have no small vector, a class's default must not stand in for it.
    return {**sizes, **({} if tensors.has("attn_q_a.weight") else {"q_lora_rank": 0}), "rotary_dim": None}


def _expert_sizes(tensors: _Tensors, kind: str) -> dict[str, object]:
    keys = TRAITS[kind].experts
    count, inner = (tensors.rows("ffn_up_exps.weight", dim=dim) for dim in (0, 1))
    if count is None:  # one tensor of gate and up
        count, double = (tensors.rows("ffn_gate_up_exps.weight", dim=dim) for dim in (0, 1))
        inner = double // 2 if double else None
    if not keys or count is None or inner is None:
        return {}
    shared = tensors.rows("ffn_up_shexp.weight")
    found: dict[str, object] = {keys[0]: count, keys[1]: inner}
    if TRAITS[kind].shared == "qwen":
        return {**found, "shared_expert_intermediate_size": shared}
    if TRAITS[kind].shared:
        return {**found, "n_shared_experts": (shared or 0) // inner}
    return found


# -- the traits of a decoder


def _traits(tensors: _Tensors, kind: str) -> Traits:
    traits = TRAITS[kind]
    norm: Literal["rms", "layer", "no shift", "no weights"] = traits.norm
    if tensors.has("attn_norm.bias"):
        norm = "layer"
    fused = tensors.has("attn_qkv.weight")
    order = traits.order
    if kind == "falcon":
        order = "parallel two" if tensors.has("attn_norm_2.weight") else "parallel"
        if tensors.has("ffn_norm.weight"):
            order = "pre"
    return traits._replace(
        norm=norm,
        order=order,
        fused=fused,
        kv="",
        query_bias=tensors.has("attn_qkv.bias" if fused else "attn_q.bias"),
        out_bias=tensors.has("attn_output.bias"),
        mlp_bias=tensors.has("ffn_up.bias"),
        head_bias="output.bias" in tensors.file.tensors,
        qk_norm=_qk_norm(tensors),
        qk_key="",
        gated=traits.gated,
        sinks=tensors.has("attn_sinks.weight"),
        router_bias=tensors.has("ffn_gate_inp.bias"),
        expert_bias=tensors.has("ffn_up_exps.bias"),
    )


def _qk_norm(tensors: _Tensors) -> tuple[str, Literal["head", "heads", "whole"]] | None:
    size = tensors.rows("attn_q_norm.weight")
    if size is None:
        return None
    if tensors.rows("attn_q_norm.weight", dim=1):
        return "no shift", "heads"
    kind = "layer" if tensors.has("attn_q_norm.bias") else "rms"
    return kind, "whole" if size == (tensors.rows("attn_q.weight") or 0) else "head"


# -- notes


def _compared(file: GgufFile, network: Network) -> Iterator[ImportNote]:
    held, counted = parameters_of(file), analyze(network).totals.params
    if held == counted:
        yield ImportNote("checked", Message("The tensors of the file have as many parameters: {held:,}.", held=held))
    else:
        text = Message(
            "The tensors of the file have {held:,} parameters, the network {counted:,}: its layers may differ.",
            held=held,
            counted=counted,
        )
        yield ImportNote("counted as held", text)


def _built_as(architecture: str, kind: str) -> Iterator[ImportNote]:
    text = Message("The architecture {name} is built as {kind} of transformers.", name=show(architecture), kind=kind)
    yield ImportNote("assumed", text)
