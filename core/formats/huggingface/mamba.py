"""Mamba: layers that carry a state from token to token. Source: Gu and Dao 2023, arXiv:2312.00752, section 3."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from layerledger.core.base.messages import Message
from layerledger.core.formats.huggingface.built import Built, chosen, indices
from layerledger.core.formats.huggingface.config import Config
from layerledger.core.formats.huggingface.heads import head_note, head_of
from layerledger.core.formats.huggingface.nodes import Nodes, activation, block, embedding, eps_of, layer, linear, norm
from layerledger.core.formats.importing.notes import ImportNote, OpenSize
from layerledger.core.formats.importing.options import DEFAULT_TOKENS, TOKENS
from layerledger.core.network.nodes import Block, Layer


def mamba(config: Config, sizes: Mapping[str, int]) -> Built:
    """Return the network of Mamba."""
    features, words = config.main("hidden_size"), config.main("vocab_size")
    eps, tokens = eps_of(config), chosen(sizes, TOKENS, DEFAULT_TOKENS)
    inside = (norm("rms", "norm", features, eps), _mixer(config, features), layer("Add", "add", "mixer", "input"))
    layers: Nodes = (
        embedding("embeddings", words, features),
        block("layers", inside, repeat=config.main("num_hidden_layers")),
        norm("rms", "norm", features, eps),
    )
    head, name = head_of(config, "words")
    if head == "words":
        tied = "embeddings" if config.flag("tie_word_embeddings", default=True) else None
        layers = (*layers, linear("lm_head", words, bias=False, tied=tied))
    scan = Message("The scan is a layer of its own formulas, which follow equation 2 of the paper.")
    notes = (head_note(head, name), ImportNote("simplified", scan, ("layers.mixer.scan",)))
    return Built((indices("tokens", tokens),), layers, (), notes, (OpenSize(TOKENS, tokens, ("tokens",)),))


def _mixer(config: Config, features: int) -> Block:
    inner = _inner(config, features)
    state, width = config.size("state_size"), config.size("conv_kernel")
    rank = _rank(config, features)
    bias = config.flag("use_bias")
    silu = activation(config.text("hidden_act", "silu"))
    conv: dict[str, Any] = {"out_channels": inner, "kernel_size": width, "groups": inner, "padding": width - 1}
    if not config.flag("use_conv_bias", default=True):
        conv["bias"] = False
    inside = (
        linear("in_proj", 2 * inner, "input", bias=bias),
        layer("Chunk", "parts", chunks=2, dim=-1),
        layer("Transpose", "by_channel", "parts", dim0=1, dim1=2),
        layer("Conv1d", "conv", **conv),
        layer("Slice", "past", dim=2, end=None if width == 1 else 1 - width),
        block("active", silu),
        layer("Transpose", "by_token", dim0=1, dim1=2),
        linear("x_proj", rank + 2 * state, bias=False),
        layer("Split", "selected", dim=-1, split_size_or_sections=(rank, state, state)),
        linear("dt_proj", inner, "selected"),
        layer("Softplus", "step"),
        _scan(state),
        block("gate", silu, "parts:1"),
        layer("Mul", "gated", "scan", "gate"),
        linear("out_proj", features, bias=bias),
    )
    return block("mixer", inside)


def _inner(config: Config, features: int) -> int:
    """Return the channels inside a layer: as given, or a multiple of the token's features."""
    if config.has("intermediate_size"):
        return config.size("intermediate_size")
    times = config.number("expand") or 2
    if not 0 < times <= 100:
        raise config.wrong("expand", Message("above 0 and at most 100"), times)
    return int(times * features)


def _rank(config: Config, features: int) -> int:
    """Return the features of a step: as given, or for `auto` a sixteenth of the token's, rounded up."""
    _, stated = config.find("time_step_rank")
    return -(-features // 16) if stated in (None, "auto") else config.size("time_step_rank")


def _scan(state: int) -> Layer:
    """Return h = exp(Δ·A)·h + Δ·B·x and y = C·h + D·x, for each token, channel and number of the state."""
    each = "N*D1*D2*S"
    return layer(
        "Custom",
        "scan",
        "by_token",
        "step",
        "selected:1",
        "selected:2",
        label="selective scan",
        constants=f"S = {state}",
        params="D2*S + D2",
        macs=each,
        mul=f"5*{each} + N*D1*D2",
        add=f"2*{each} + N*D1*D2",
        special=f"{each} + D2*S",
        state="N*D2*S",
    )
