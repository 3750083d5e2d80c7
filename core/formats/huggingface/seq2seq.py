"""Encoders with decoders: BART and its kin, and Whisper. Source: `modeling_<model_type>.py` of transformers 5.24."""

from __future__ import annotations

from collections.abc import Mapping
from math import sqrt
from typing import NamedTuple

from layerledger.core.formats.huggingface.built import Built, indices, numbers
from layerledger.core.formats.huggingface.config import Config
from layerledger.core.formats.huggingface.heads import head_note, head_of
from layerledger.core.formats.huggingface.nodes import Nodes, block, embedding, layer, linear, norm
from layerledger.core.formats.huggingface.transformer import (
    LayerPlan,
    cross_decoder,
    encoder,
    positions,
    stack_norm,
    tokens_of,
)
from layerledger.core.formats.importing.notes import OpenSize
from layerledger.core.formats.importing.options import TOKENS
from layerledger.core.network.nodes import Block, Layer

DECODER_TOKENS = "decoder_tokens"


class Translator(NamedTuple):
    """The differences between BART and its kin.

    Attributes:
        before: whether norms stand before the parts, and one behind all layers.
        embed_norm: whether embeddings are normalized.
        first: the row of the first position.
        learned: whether positions are learned; else they are sines.
        held: whether those sines are parameters that are not trained; else they are no parameters.
        biased: whether the logits have a bias, which is a buffer.
    """

    before: bool = False
    embed_norm: bool = True
    first: int = 2
    learned: bool = True
    held: bool = True
    biased: bool = True


TRANSLATORS: dict[str, Translator] = {
    # Lewis et al. 2019, arXiv:1910.13461; Liu et al. 2020, arXiv:2001.08210
    "bart": Translator(),
    "mbart": Translator(before=True),
    # Zhang et al. 2019, arXiv:1912.08777
    "pegasus": Translator(before=True, embed_norm=False, first=0, learned=False),
    # Junczys-Dowmunt et al. 2018, arXiv:1804.00344
    "marian": Translator(embed_norm=False, first=0, learned=False),
    # Roller et al. 2020, arXiv:2004.13637
    "blenderbot": Translator(before=True, embed_norm=False, first=0),
    # Fan et al. 2020, arXiv:2010.11125
    "m2m_100": Translator(before=True, embed_norm=False, learned=False, held=False, biased=False),
}


def _stack(config: Config, part: str, *, before: bool, key_bias: bool | None = None) -> LayerPlan:
    features, heads = config.main("d_model"), config.main(f"{part}_attention_heads")
    config.divided("d_model", f"{part}_attention_heads", features, heads)
    act = config.text("activation_function", "gelu")
    inner = config.size(f"{part}_ffn_dim")
    return LayerPlan(features, heads, inner, act=act, before=before, key_bias=key_bias, causal=part == "decoder")


def translator(config: Config, sizes: Mapping[str, int]) -> Built:
    """Return the network of an encoder and a decoder of texts."""
    kin = TRANSLATORS[config.kind]
    read, write = (_stack(config, part, before=kin.before) for part in ("encoder", "decoder"))
    rows, words = config.size("max_position_embeddings"), config.main("vocab_size")
    tokens, more = (tokens_of(sizes, rows, name) for name in (TOKENS, DECODER_TOKENS))
    sides = (_embeddings(config, kin, read, "tokens", words), _embeddings(config, kin, write, DECODER_TOKENS, words))
    memory = "encoder_norm" if kin.before else "encoder"
    layers = (
        sides[0],
        encoder(read, config.main("encoder_layers"), name="encoder"),
        *((stack_norm(read, "encoder_norm"),) if kin.before else ()),
        sides[1],
        cross_decoder(write, config.main("decoder_layers"), "decoder_embeddings", memory),
        *((stack_norm(write, "decoder_norm", "decoder"),) if kin.before else ()),
    )
    head, name = head_of(config, "words")
    if head == "words":
        layers = (*layers, *_head(config, kin, words, "decoder_norm" if kin.before else "decoder"))
    inputs = (indices("tokens", tokens), indices(DECODER_TOKENS, more))
    notes = (head_note(head, name),)
    return Built(inputs, layers, (), notes, _open(tokens, more))


def _open(tokens: int, more: int) -> tuple[OpenSize, ...]:
    return (OpenSize(TOKENS, tokens, ("tokens",)), OpenSize(DECODER_TOKENS, more, (DECODER_TOKENS,)))


def _embeddings(config: Config, kin: Translator, stack: LayerPlan, source: str, words: int) -> Block:
    """Return word vectors, which both sides share, with positions."""
    second = source == DECODER_TOKENS
    rows, tied, own = config.size("max_position_embeddings"), _tied(config), _own_words(config)
    shared = "embeddings.words" if second and tied and not own else None
    words = own if second and own else words
    inside: Nodes = (embedding("words", words, stack.features, source, tied=shared),)
    if config.flag("scale_embedding"):
        inside = (*inside, layer("Mul", "scale", other=sqrt(stack.features)))
    last = inside[-1].name
    if kin.learned or kin.held:
        rows += kin.first if kin.learned else 0
        table = positions(source, rows, stack.features, first=kin.first, learned=kin.learned)
        inside = (*inside, *table, layer("Add", "add", last, "position"))
    else:
        inside = (
            *inside,
            layer("Arange", "position_ids", source),
            layer("Constant", "sines", shape=(rows + kin.first, stack.features)),
            layer("IndexSelect", "position", "sines", "position_ids"),
            layer("Add", "add", last, "position"),
        )
    if kin.embed_norm:
        inside = (*inside, norm("layer", "norm", stack.features, 1e-5))
    if second and not tied and not own:
        # A table that both sides would share is there all the same, and nothing reads it.
        unread = layer("Parameter", "shared", shape=(words, stack.features))
        return block("decoder_embeddings", (*inside, unread), source, outputs=(inside[-1].name, "shared"))
    return block("decoder_embeddings" if second else "embeddings", inside, source)


def _tied(config: Config) -> bool:
    return config.flag("tie_word_embeddings", default=True)


def _own_words(config: Config) -> int | None:
    """Return the words of the decoder where it has a table of its own; None where both sides share one."""
    if config.kind != "marian" or config.flag("share_encoder_decoder_embeddings", default=True):
        return None
    return config.optional("decoder_vocab_size") or config.main("vocab_size")


def _head(config: Config, kin: Translator, words: int, last: str) -> Nodes:
    own = _own_words(config)
    words = own or words
    tied = ("decoder_embeddings.words" if own else "embeddings.words") if _tied(config) else None
    head = Layer(
        name="lm_head", type="Linear", params={"out_features": words, "bias": False}, inputs=(last,), tied_to=tied
    )
    if not kin.biased:
        return (head,)
    bias = layer("Constant", "final_logits_bias", shape=(1, words))
    return (head, bias, layer("Add", "logits", "lm_head", "final_logits_bias"))


# -- Whisper: Radford et al. 2022, arXiv:2212.04356


def whisper(config: Config, sizes: Mapping[str, int]) -> Built:
    """Return the network of Whisper: a picture of sound, and a decoder of text."""
    read = _stack(config, "encoder", before=True, key_bias=False)
    write = _stack(config, "decoder", before=True, key_bias=False)
    frames, bins = config.size("max_source_positions"), config.size("num_mel_bins")
    rows, words = config.size("max_target_positions"), config.main("vocab_size")
    tokens = tokens_of(sizes, rows)
    stem = (
        layer("Conv1d", "conv1", out_channels=read.features, kernel_size=3, padding=1),
        layer("GELU", "gelu1"),
        layer("Conv1d", "conv2", out_channels=read.features, kernel_size=3, stride=2, padding=1),
        layer("GELU", "gelu2"),
        layer("Permute", "by_time", dims=(0, 2, 1)),
        layer("Parameter", "positions", shape=(frames, read.features), requires_grad=False),
        layer("Add", "add", "by_time", "positions"),
    )
    scaled = (layer("Mul", "scale", other=sqrt(write.features)),) if config.flag("scale_embedding") else ()
    embedded = (embedding("words", words, write.features, "input"), *scaled)
    embeddings = (
        *embedded,
        *positions("input", rows, write.features),
        layer("Add", "add", embedded[-1].name, "position"),
    )
    layers: Nodes = (
        block("stem", stem, "mel"),
        encoder(read, config.main("encoder_layers"), name="encoder"),
        stack_norm(read, "encoder_norm"),
        block("embeddings", embeddings, "tokens"),
        cross_decoder(write, config.main("decoder_layers"), "embeddings", "encoder_norm"),
        stack_norm(write, "decoder_norm", "decoder"),
    )
    head, name = head_of(config, "words")
    if head == "words":
        tied = "embeddings.words" if config.flag("tie_word_embeddings", default=True) else None
        layers = (*layers, linear("proj_out", words, bias=False, tied=tied))
    inputs = (numbers("mel", (1, bins, 2 * frames)), indices("tokens", tokens))
    notes = (head_note(head, name, layer="proj_out"),)
    return Built(inputs, layers, (), notes, (OpenSize(TOKENS, tokens, ("tokens",)),))
