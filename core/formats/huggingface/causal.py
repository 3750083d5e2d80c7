"""A decoder as a whole network: tokens, layers, head, and the notes on what no layer holds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from layerledger.core.base.messages import Message, plural
from layerledger.core.formats.huggingface.built import Built, chosen, indices
from layerledger.core.formats.huggingface.config import Config
from layerledger.core.formats.huggingface.decoder import Decoder
from layerledger.core.formats.huggingface.heads import Head, head_note, head_of, labels_of
from layerledger.core.formats.huggingface.nodes import Nodes, layer, linear
from layerledger.core.formats.huggingface.traits import TRAITS, Traits
from layerledger.core.formats.importing.notes import ImportNote, OpenSize
from layerledger.core.formats.importing.options import DEFAULT_TOKENS, TOKENS


def causal_model(config: Config, sizes: Mapping[str, int]) -> Built:
    """Return the network of a decoder."""
    return decoder_network(config, TRAITS[config.kind], sizes)


def decoder_network(config: Config, traits: Traits, sizes: Mapping[str, int]) -> Built:
    """Return the network of a decoder with given traits."""
    decoder = Decoder(config, traits)
    most = config.size("max_position_embeddings") if traits.positions is not None else DEFAULT_TOKENS
    tokens = chosen(sizes, TOKENS, min(DEFAULT_TOKENS, most))
    head, name = head_of(config, "words")
    layers = (*decoder.embeddings("tokens"), *decoder.body(), *decoder_head(decoder, head))
    notes = (head_note(head, name, layer=layers[-1].name), *decoder_notes(decoder))
    return Built((indices("tokens", tokens),), layers, (), notes, (OpenSize(TOKENS, tokens, ("tokens",)),))


def decoder_head(decoder: Decoder, head: Head) -> Nodes:
    """Return the layers behind the last norm."""
    config = decoder.config
    if head == "none":
        return ()
    if head == "sequence":
        return (linear("score", labels_of(config), bias=False),)
    if head in ("token", "answer"):
        return (linear("score", 2 if head == "answer" else labels_of(config)),)
    bias = decoder.holds(decoder.traits.head_bias)
    tied = "embed_tokens.weight" if bias else "embed_tokens"  # a bias is its own
    first: Nodes = (linear("lm_head", decoder.vocabulary, bias=bias, tied=tied if decoder.tied else None),)
    return (*first, *_logit_scale(config), *_soft_cap(config))


def _logit_scale(config: Config) -> Nodes:
    factor = config.number("logit_scale")  # Cohere multiplies by it
    if factor is None and (divisor := config.number("logits_scaling")):  # Granite divides by it
        factor = 1 / divisor
    return () if factor in (None, 1) else (layer("Mul", "logit_scale", other=factor),)


def _soft_cap(config: Config) -> Nodes:
    """Return c·tanh(x/c), which keeps logits below c."""
    cap = config.number("final_logit_softcapping")
    if not cap:
        return ()
    return (
        layer("Mul", "by_cap", other=1 / cap),
        layer("Tanh", "tanh"),
        layer("Mul", "logits", other=cap),
    )


def decoder_notes(decoder: Decoder) -> Iterator[ImportNote]:
    """Yield notes on what the layers do not hold."""
    config, traits = decoder.config, decoder.traits
    if config.number("attn_logit_softcapping"):
        text = Message("The soft cap of attention scores is not counted: tanh of each score, no parameters.")
        yield ImportNote("not counted", text)
    if traits.alibi is True or (isinstance(traits.alibi, str) and config.flag(traits.alibi)):
        text = Message(
            "ALiBi adds a number to each attention score by distance; it has no parameters, and is left out."
        )
        yield ImportNote("not counted", text)
    if traits.sinks:
        text = Message("Attention sinks are parameters here; their part in the softmax is not counted.")
        yield ImportNote("not counted", text)
    if traits.latent:
        text = Message("Latent attention keeps one latent vector and one rotated key of each token.")
        yield ImportNote("assumed", text)
    if config.kind in ("deepseek_v3", "glm4_moe", "dots1"):
        text = Message("The router’s correction biases are buffers, not parameters, and are left out.")
        yield ImportNote("not counted", text)
    extra = config.optional("num_nextn_predict_layers", least=0)
    if extra:
        text = plural(
            extra,
            "{count} layer for the prediction of more tokens at once is not counted: transformers leaves it out.",
            "{count} layers for the prediction of more tokens at once are not counted: transformers leaves them out.",
        )
        yield ImportNote("not counted", text)
