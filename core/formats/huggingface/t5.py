"""T5: an encoder and a decoder whose scores get a learned number by distance, shared by all layers.

Source: Raffel et al. 2019, arXiv:1910.10683; `modeling_t5.py` of transformers 5.24.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from layerledger.core.base.files import FormatError
from layerledger.core.base.messages import Message
from layerledger.core.formats.huggingface.built import Built, chosen, indices
from layerledger.core.formats.huggingface.config import Config
from layerledger.core.formats.huggingface.heads import head_note, head_of
from layerledger.core.formats.huggingface.nodes import Nodes, block, embedding, layer, linear
from layerledger.core.formats.huggingface.seq2seq import DECODER_TOKENS
from layerledger.core.formats.huggingface.transformer import LayerPlan, cross_decoder, encoder, stack_norm
from layerledger.core.formats.importing.notes import ImportNote, OpenSize
from layerledger.core.formats.importing.options import DEFAULT_TOKENS, TOKENS
from layerledger.core.network.nodes import Block


def t5(config: Config, sizes: Mapping[str, int]) -> Built:
    """Return the network of T5."""
    stack = _stack(config)
    words = config.main("vocab_size")
    tokens, more = (chosen(sizes, name, DEFAULT_TOKENS) for name in (TOKENS, DECODER_TOKENS))
    count = config.main("num_layers")
    head, name = head_of(config, "words")
    layers: Nodes = (
        embedding("shared", words, stack.features, "tokens"),
        _distances(config, stack, "encoder_bias", "tokens"),
        encoder(stack, count, "shared", "encoder_bias", name="encoder"),
        stack_norm(stack, "encoder_norm", "encoder"),
    )
    inputs, open_sizes = [indices("tokens", tokens)], [OpenSize(TOKENS, tokens, ("tokens",))]
    if not name.endswith("EncoderModel"):
        layers = (*layers, *_decoder(config, stack._replace(causal=True), words, count))
        inputs.append(indices(DECODER_TOKENS, more))
        open_sizes.append(OpenSize(DECODER_TOKENS, more, (DECODER_TOKENS,)))
    if head == "words":
        layers = (*layers, *_head(config, stack, words))
    notes = (head_note(head, name), *_tied(config, words * stack.features))
    return Built(tuple(inputs), layers, (), notes, tuple(open_sizes))


def _tied(config: Config, count: int) -> Iterator[ImportNote]:
    if not config.flag("tie_word_embeddings", default=True):
        text = Message(
            "tie_word_embeddings is false, but transformers 5 ties the head to the word vectors all the same; weights "
            "with a head of their own have {count:,} parameters more.",
            count=count,
        )
        yield ImportNote("assumed", text, ("lm_head",))


def _stack(config: Config) -> LayerPlan:
    features, heads = config.main("d_model"), config.main("num_heads")
    act, gates = _act(config)
    return LayerPlan(
        features,
        heads,
        config.size("d_ff"),
        act=act,
        eps=config.number("layer_norm_epsilon") or 1e-6,
        before=True,
        bias=False,
        gated=gates,
        norm="rms",
        all_bias=False,
        size=config.size("d_kv"),
        scale=1.0,
        masked=True,
    )


def _act(config: Config) -> tuple[str, bool]:
    """Return the activation and whether it gates, of `relu` or `gated-gelu`."""
    stated = config.text("feed_forward_proj", "relu")
    first, dash, act = stated.rpartition("-")
    if dash and first != "gated":
        raise FormatError(
            Message(
                "{key} must be an activation, or one after gated-; got {value}",
                key=config.place("feed_forward_proj"),
                value=f'"{stated[:40]}"',
            )
        )
    return ("gelu_new" if stated == "gated-gelu" else act), bool(dash)


def _distances(config: Config, stack: LayerPlan, name: str, source: str) -> Block:
    """Return the number for each pair of tokens and each head, by the bucket of their distance."""
    inside = (
        layer("Arange", "index", "input"),
        layer("Unsqueeze", "row", dim=0),
        layer("Unsqueeze", "column", "index", dim=1),
        layer("Sub", "distance", "row", "column"),
        embedding("bucket", config.size("relative_attention_num_buckets"), stack.heads),
        layer("Permute", "by_head", dims=(2, 0, 1)),
    )
    return block(name, inside, source)


def _decoder(config: Config, stack: LayerPlan, words: int, count: int) -> Nodes:
    return (
        embedding("decoder_shared", words, stack.features, DECODER_TOKENS, tied="shared"),
        _distances(config, stack, "decoder_bias", DECODER_TOKENS),
        cross_decoder(
            stack,
            config.optional("num_decoder_layers") or count,
            "decoder_shared",
            "decoder_bias",
            "encoder_norm",
        ),
        stack_norm(stack, "decoder_norm", "decoder"),
    )


def _head(config: Config, stack: LayerPlan, words: int) -> Nodes:
    """Return the map to the vocabulary, which has the word vectors' weights whatever tie_word_embeddings says."""
    tied = config.flag("tie_word_embeddings", default=True)
    scaled = config.flag("scale_decoder_outputs", default=tied)
    scale = (layer("Mul", "scale", other=stack.features**-0.5),) if scaled else ()
    return (*scale, linear("lm_head", words, bias=False, tied="shared"))
