"""Decoders: one builder for all, which the rows of traits steer."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from math import sqrt
from typing import Any

from layerledger.core.base.messages import Message
from layerledger.core.formats.huggingface.attention import Attention, HeadNorm, attention
from layerledger.core.formats.huggingface.config import Config
from layerledger.core.formats.huggingface.latent import latent_attention
from layerledger.core.formats.huggingface.layer_kinds import LayerKind, layer_kinds, stacked
from layerledger.core.formats.huggingface.nodes import (
    Nodes,
    block,
    embedding,
    eps_of,
    feed_forward,
    gated,
    layer,
    linear,
    norm,
)
from layerledger.core.formats.huggingface.orders import LayerParts, Order, arranged
from layerledger.core.formats.huggingface.traits import Flag, Traits
from layerledger.core.network.nodes import Block, Layer, Node


class Decoder:
    """The sizes of a decoder, and the layers that follow from them.

    Attributes:
        config: what they were read from.
        traits: of its model_type.
        hidden: features of a token.
        words: features of a word's vector.
        vocabulary: words.
        tied: whether the head has the weights of the word vectors.
    """

    def __init__(self, config: Config, traits: Traits) -> None:
        self.config, self.traits = config, falcon_traits(config, traits)
        refuse_cross_attention(config)
        self.hidden = config.main("hidden_size")
        self.heads = config.main("num_attention_heads")
        self.vocabulary = config.main("vocab_size")
        self.words = config.optional("word_embed_proj_dim") or self.hidden
        self.tied = config.flag("tie_word_embeddings", default=True)
        self.eps = eps_of(config)
        size = config.optional("head_dim") if config.kind not in _WHOLE_HEADS else None
        if size is None and not traits.latent:
            size = config.divided("hidden_size", "num_attention_heads", self.hidden, self.heads)
        self.head_size = size or 0
        self.shared = self._shared()
        rotated = config.size("qk_rope_head_dim") if traits.latent else self.head_size
        self.kinds = layer_kinds(config, self.traits, rotated)
        self.act = self._act()

    def holds(self, flag: Flag) -> bool:
        """Return a fact, or what the key says."""
        return self.config.flag(flag) if isinstance(flag, str) else flag

    def _shared(self) -> int:
        """Return the heads of keys and values."""
        config, kv = self.config, self.traits.kv
        if kv == "multi_query" or (kv == "falcon" and not config.flag("new_decoder_architecture")):
            if config.flag("multi_query", default=True):
                return 1
            if kv == "multi_query":
                return self.heads
        found = config.optional("num_key_value_heads") or self.heads
        if self.traits.latent or (self.heads % found and not config.has("num_key_value_heads")):
            return self.heads  # a class's default does not fit every number of heads
        config.divided("num_attention_heads", "num_key_value_heads", self.heads, found)
        return found

    def _act(self) -> str:
        key = self.traits.act
        for each in (key, "hidden_act", "hidden_activation", "activation_function"):
            if found := self.config.text(each):
                return found
        return key if key not in ("hidden_act", "hidden_activation", "activation", "afn") else "gelu"

    def norm(self, name: str, *inputs: str) -> Layer:
        """Return a norm over the features of a token."""
        kind = self.traits.norm
        if kind == "layer" and not self.config.flag("layer_norm_elementwise_affine", default=True):
            kind = "no weights"
        return norm(kind, name, self.hidden, self.eps, *inputs)

    # -- a layer

    def layer(self, kind: LayerKind) -> Nodes:
        """Return the layers of one layer of the decoder."""
        parts = LayerParts(self.norm, self._attention(kind), partial(self._mlp, kind), self._sum)
        behind = self.config.flag("apply_residual_connection_post_layernorm")
        return arranged(self._order(), parts, behind=behind)

    def _order(self) -> Order:
        order, config = self.traits.order, self.config
        if order == "parallel two" and not config.flag("use_parallel_residual", default=True):
            return "pre"
        if config.kind == "stablelm" and config.flag("use_parallel_residual"):
            return "parallel"
        if config.kind == "opt" and not config.flag("do_layer_norm_before", default=True):
            return "after"
        return order

    def _sum(self, name: str, branch: str, residual: str) -> Nodes:
        """Return the sum of a branch, scaled where the file says so, and what goes around it."""
        factor = self.config.number("residual_multiplier")
        if factor in (None, 1):
            return (layer("Add", name, branch, residual),)
        scaled = f"{name.replace('add', 'scale')}"
        return (layer("Mul", scaled, branch, other=factor), layer("Add", name, scaled, residual))

    # -- its parts

    def _attention(self, kind: LayerKind) -> Block:
        traits, config = self.traits, self.config
        if traits.latent:
            assert kind.rope
            return latent_attention(config, self.hidden, self.heads, kind.rope, self.eps)
        qk = traits.qk_norm
        if qk and traits.qk_key and not config.flag(traits.qk_key):
            qk = None
        head_norm = HeadNorm(qk[0], qk[1], self.eps) if qk else None
        nested = config.object("attn_config").get("clip_qkv")
        clip = config.number("clip_qkv") or (nested if isinstance(nested, int | float) else None)
        plan = Attention(
            self.hidden,
            self.heads,
            self.head_size,
            shared=self.shared,
            bias=self.holds(traits.query_bias),
            out_bias=self.holds(traits.out_bias),
            fused=traits.fused,
            causal=True,
            window=kind.window,
            rope=kind.rope,
            norm=head_norm,
            scale=self._scale(),
            clip=clip,
            sinks=traits.sinks,
        )
        return attention(plan)

    def _scale(self) -> float | None:
        key = self.traits.scale
        found = 1.0 if key == "1" else self.config.number(key) if key else None
        if found is None or key == "1":
            return found
        if key == "query_pre_attn_scalar":
            if found <= 0:
                raise self.config.wrong(key, Message("above 0"), found)
            return None if found == self.head_size else 1 / sqrt(found)
        return found

    def _mlp(self, kind: LayerKind, *inputs: str) -> Node:
        if kind.experts:
            return self._experts(*inputs)
        bias, size = self.holds(self.traits.mlp_bias), self.inner()
        if self.traits.gated:
            return gated(size, self.hidden, self.act, *inputs, bias=bias)
        return feed_forward(size, self.hidden, self.act, *inputs, bias=bias)

    def inner(self) -> int:
        """Return the features inside the feed-forward part: four times those of a token where no key says so."""
        ratio = self.config.optional("expansion_ratio") or 4
        return self.config.optional("intermediate_size") or ratio * self.hidden

    def _experts(self, *inputs: str) -> Node:
        traits, config = self.traits, self.config
        assert traits.experts
        count, inner = (config.size(key) for key in traits.experts)
        chosen = config.size("num_experts_per_tok")
        if chosen > count:
            raise config.wrong(
                "num_experts_per_tok",
                Message("at most {key}, {count}", key=traits.experts[0], count=count),
                chosen,
            )
        more: dict[str, Any] = {}
        if traits.shared == "qwen":
            more = {"shared_size": config.size("shared_expert_intermediate_size"), "shared_gate": True}
        elif traits.shared and (shared := config.optional("n_shared_experts", least=0)):
            more = {"shared_size": shared * inner}
        flags = {"bias": traits.expert_bias, "router_bias": traits.router_bias}
        more |= {key: True for key, value in flags.items() if value}
        sizes: dict[str, Any] = {"intermediate_size": inner, "num_experts": count, "num_experts_per_tok": chosen}
        if "shared_size" in more and traits.mlp_bias and self.holds(traits.mlp_bias):
            # Only the shared expert has biases, so it is a layer of its own.
            shared = gated(more["shared_size"], self.hidden, self.act, "input", bias=True)
            parts = (layer("MixtureOfExperts", "routed", "input", **sizes), shared)
            return block("experts", (*parts, layer("Add", "add", "routed", shared.name)), *inputs)
        return layer("MixtureOfExperts", "experts", *inputs, **sizes, **more)

    # -- before and after the layers

    def embeddings(self, source: str) -> Nodes:
        """Return the layers from indices of words to the features of tokens."""
        config, traits = self.config, self.traits
        found: list[Node] = [embedding("embed_tokens", self.vocabulary, self.words, source)]
        if self.words != self.hidden:
            found.append(linear("project_in", self.hidden, bias=False))
        if (factor := self._factor()) not in (None, 1):
            found.append(layer("Mul", "scale", other=factor))
        if traits.positions is not None:
            found += self._positions(found[-1].name, source, traits.positions)
        if traits.sines:
            found += sines(found[-1].name, source, config.size("max_position_embeddings") + 2, self.hidden)
        if config.kind == "bloom":
            found.append(self.norm("embed_norm"))
        if drop := config.share("embd_pdrop"):
            found.append(layer("Dropout", "dropout", p=drop))
        return tuple(found)

    def _positions(self, words: str, source: str, more: int) -> Sequence[Node]:
        rows = self.config.size("max_position_embeddings") + more
        shifted = (layer("Add", "from_second", other=more),) if more else ()
        return (
            layer("Arange", "positions", source),
            *shifted,
            embedding("embed_positions", rows, self.hidden),
            layer("Add", "add", words, "embed_positions"),
        )

    def _factor(self) -> float | None:
        key = self.traits.scaled
        if key == "scale_embedding":
            return sqrt(self.hidden) if self.config.flag(key) else None
        return sqrt(self.hidden) if key == "root" else self.config.number(key) if key else None

    def body(self, *source: str) -> Nodes:
        """Return all layers, and the norm behind them."""
        last = (self.norm("norm"),) if self._has_last_norm() else ()
        out = (linear("project_out", self.words, bias=False),) if self.words != self.hidden else ()
        return (*stacked(self.kinds, self.layer, *source), *last, *out)

    def _has_last_norm(self) -> bool:
        config = self.config
        if config.kind == "opt":
            removed = config.flag("_remove_final_layer_norm")
            return config.flag("do_layer_norm_before", default=True) and not removed
        return config.kind != "openai-gpt"


_WHOLE_HEADS = ("gpt2", "gpt_neo", "gpt_neox", "gptj", "codegen", "opt", "bloom", "falcon", "mpt", "phi", "phi3")
"""Types whose heads always share hidden_size, whatever a key head_dim says."""


def sines(words: str, source: str, rows: int, features: int) -> Sequence[Node]:
    """Return fixed sines for each position, looked up and added; they are no parameters."""
    return (
        layer("Arange", "positions", source),
        layer("Constant", "sines", shape=(rows, features)),
        layer("IndexSelect", "embed_positions", "sines", "positions"),
        layer("Add", "add", words, "embed_positions"),
    )


def refuse_cross_attention(config: Config) -> None:
    """Raise FormatError where a decoder looks at another network, which the file does not hold."""
    if config.flag("add_cross_attention"):
        raise config.wrong(
            "add_cross_attention", Message("false; the network that it looks at is not in the file"), True
        )


def falcon_traits(config: Config, traits: Traits) -> Traits:
    """Return the traits of a Falcon: three orders of norms, by three keys."""
    if config.kind != "falcon":
        return traits
    if not config.flag("parallel_attn", default=True):
        return traits._replace(order="pre")
    new = config.flag("new_decoder_architecture")
    norms = config.optional("num_ln_in_parallel_attn") or (2 if new else 1)
    return traits._replace(order="parallel two" if norms == 2 else "parallel")
