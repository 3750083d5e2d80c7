"""Encoders of text: BERT and its kin. Source: `modeling_<model_type>.py` of transformers 5.24."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from layerledger.core.base.messages import Message
from layerledger.core.formats.huggingface.built import Built, indices
from layerledger.core.formats.huggingface.config import Config
from layerledger.core.formats.huggingface.decoder import refuse_cross_attention
from layerledger.core.formats.huggingface.heads import Head, head_note, head_of, labels_of
from layerledger.core.formats.huggingface.nodes import Nodes, activation, block, embedding, layer, linear, norm
from layerledger.core.formats.huggingface.transformer import (
    LayerPlan,
    encoder,
    encoder_layer,
    first_token,
    positions,
    stack_of,
    tokens_of,
)
from layerledger.core.formats.importing.notes import OpenSize
from layerledger.core.formats.importing.options import TOKENS
from layerledger.core.network.nodes import Block, Layer, Node


class Kin(NamedTuple):
    """The differences between BERT and another encoder.

    Attributes:
        shifted: whether positions are counted from pad_token_id + 1.
        types: whether tokens have a type.
        pooled: whether the bare model has a pooler.
        classifier: the layers before the classifier of a whole text: `pooler`, `tanh`, `relu` or `gelu`.
        factored: whether word vectors may have fewer features than tokens (embedding_size).
        act: the activation of the head for words; empty for that of the layers.
    """

    shifted: bool = False
    types: bool = True
    pooled: bool = True
    classifier: str = "pooler"
    factored: bool = False
    act: str = ""


_ROBERTA = Kin(shifted=True, classifier="tanh", act="gelu")

KIN: dict[str, Kin] = {
    # Devlin et al. 2018, arXiv:1810.04805
    "bert": Kin(),
    # Liu et al. 2019, arXiv:1907.11692; Conneau et al. 2019, arXiv:1911.02116; Martin et al. 2019, arXiv:1911.03894
    "roberta": _ROBERTA,
    "xlm-roberta": _ROBERTA,
    "camembert": _ROBERTA,
    # Sanh et al. 2019, arXiv:1910.01108
    "distilbert": Kin(types=False, pooled=False, classifier="relu"),
    # Clark et al. 2020, arXiv:2003.10555
    "electra": Kin(pooled=False, classifier="gelu", factored=True, act="gelu"),
    # Lan et al. 2019, arXiv:1909.11942
    "albert": Kin(factored=True),
}


def text_encoder(config: Config, sizes: Mapping[str, int]) -> Built:
    """Return the network of an encoder of text."""
    kin = KIN[config.kind]
    refuse_cross_attention(config)
    stack = _stack(config)
    words = config.optional("embedding_size") or stack.features if kin.factored else stack.features
    rows, vocabulary = config.size("max_position_embeddings"), config.main("vocab_size")
    first = (config.optional("pad_token_id", least=0) if config.has("pad_token_id") else 1) or 0
    first = first + 1 if kin.shifted else 0
    if first >= rows:
        raise config.wrong("pad_token_id", Message("below max_position_embeddings, {rows}", rows=rows), first - 1)
    tokens = tokens_of(sizes, rows - first)
    embeddings = _embeddings(config, kin, stack, (vocabulary, words, rows, first))
    mapped: tuple[Layer, ...] = ()
    if words != stack.features or config.kind == "albert":
        mapped = (linear("embeddings_project", stack.features),)
    head, name = head_of(config, "none")
    tail, outputs = _head(config, kin, stack, head if name else "none", (vocabulary, words))
    inputs = [indices("tokens", tokens)]
    if kin.types:
        inputs.append(indices("token_types", tokens))
    notes = (head_note(head, name or config.kind),)
    layers = (embeddings, *mapped, *_layers(config, stack), *tail)
    return Built(tuple(inputs), layers, outputs, notes, (OpenSize(TOKENS, tokens, tuple(i.name for i in inputs)),))


def _stack(config: Config) -> LayerPlan:
    if config.kind == "distilbert":
        features, heads = config.main("hidden_size"), config.main("num_attention_heads")
        config.divided("dim", "n_heads", features, heads)
        return LayerPlan(features, heads, config.size("hidden_dim"), act=config.text("activation", "gelu"), eps=1e-12)
    return stack_of(config, causal=config.flag("is_decoder"))


def _embeddings(config: Config, kin: Kin, stack: LayerPlan, sizes: tuple[int, int, int, int]) -> Block:
    vocabulary, words, rows, first = sizes
    typed: Nodes = ()
    if kin.types:
        typed = (embedding("token_type", config.size("type_vocab_size"), words, "token_types"),)
    fixed = config.kind == "distilbert" and config.flag("sinusoidal_pos_embds")
    inside = (
        embedding("words", vocabulary, words, "tokens"),
        *typed,
        *positions("tokens", rows, words, first=first, learned=not fixed),
        layer("Add", "add", "words", *(["token_type"] if kin.types else []), "position"),
        norm("layer", "norm", words, stack.eps),
        *_dropout(config),
    )
    return block("embeddings", inside, *(["tokens", "token_types"] if kin.types else ["tokens"]))


def _dropout(config: Config) -> Nodes:
    share = config.share("dropout" if config.kind == "distilbert" else "hidden_dropout_prob")
    return (layer("Dropout", "dropout", p=share),) if share else ()


def _layers(config: Config, stack: LayerPlan) -> tuple[Block, ...]:
    count = config.main("num_hidden_layers")
    if config.kind != "albert":
        return (encoder(stack, count),)
    # ALBERT: layers of a group have the same weights.
    groups, inner = config.size("num_hidden_groups"), config.size("inner_group_num")
    each = config.divided("num_hidden_layers", "num_hidden_groups", count, groups)
    inside = encoder_layer(stack) if inner == 1 else (block("group", encoder_layer(stack), repeat=inner),)
    names = ["layers"] if groups == 1 else [f"layers_{i + 1}" for i in range(groups)]
    return tuple(Block(name=name, layers=inside, repeat=each, share_weights=True) for name in names)


def _head(
    config: Config, kin: Kin, stack: LayerPlan, head: Head, words: tuple[int, int]
) -> tuple[Nodes, tuple[str, ...]]:
    """Return the layers behind the last one, and the outputs."""
    last = _last_name(config)
    features = stack.features
    if head == "none":
        if not kin.pooled:
            return (), ()
        return (_pooler(config, features, last),), (last, "pooler")
    if head == "words" or (head == "pretraining" and config.kind != "electra"):
        named = _words(config, kin, stack, words, last)
        if head == "words":
            return (named,), ()
        return (named, _pooler(config, features, last), linear("relation", 2, "pooler")), ("words_head", "relation")
    if head == "pretraining":
        inside = (linear("dense", features), *activation(stack.act), linear("out", 1))
        return (block("discriminator", inside),), ()
    if head in ("token", "answer"):
        return (linear("classifier", 2 if head == "answer" else labels_of(config), last),), ()
    count = 1 if head == "choice" else labels_of(config)
    if kin.classifier == "pooler":
        return (_pooler(config, features, last), linear("classifier", count)), ()
    inside = (*first_token(), linear("dense", features), *activation(kin.classifier))
    return (block("pooler", inside, last), linear("classifier", count)), ()


def _last_name(config: Config) -> str:
    groups = config.size("num_hidden_groups") if config.kind == "albert" else 1
    return "layers" if groups == 1 else f"layers_{groups}"


def _pooler(config: Config, features: int, last: str) -> Block:
    return block("pooler", (*first_token(), linear("dense", features), layer("Tanh", "tanh")), last)


def _words(config: Config, kin: Kin, stack: LayerPlan, words: tuple[int, int], last: str) -> Node:
    """Return the map to the vocabulary: a map, a norm, and the word vectors with a bias of their own."""
    vocabulary, features = words
    tied = config.flag("tie_word_embeddings", default=True)
    inside: list[Node] = [linear("dense", features), *activation(kin.act or stack.act)]
    inside.append(norm("layer", "norm", features, stack.eps))
    if tied:
        inside.append(linear("decoder", vocabulary, tied="embeddings.words.weight"))
        return block("words_head", inside, last)
    inside.append(linear("decoder", vocabulary))
    if config.kind in ("distilbert", "electra"):
        return block("words_head", inside, last)
    # These classes have a second bias, which nothing reads where the weights are not tied.
    inside.append(layer("Parameter", "bias", shape=(vocabulary,)))
    return block("words_head", inside, last, outputs=("decoder", "bias"))
