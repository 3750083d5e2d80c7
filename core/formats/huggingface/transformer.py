"""Layers of encoders, and of decoders that also look at an encoder; as in Vaswani et al. 2017, arXiv:1706.03762."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any, NamedTuple

from layerledger.core.formats.huggingface.attention import Attention, attention
from layerledger.core.formats.huggingface.built import chosen
from layerledger.core.formats.huggingface.config import Config
from layerledger.core.formats.huggingface.nodes import Nodes, block, embedding, feed_forward, gated, layer, norm
from layerledger.core.formats.huggingface.orders import LayerParts, arranged
from layerledger.core.formats.importing.options import DEFAULT_TOKENS, TOKENS
from layerledger.core.network.nodes import Block, Layer, Node


class LayerPlan(NamedTuple):
    """Equal layers of a transformer.

    Attributes:
        features: of a token.
        heads: of attention.
        inner: features inside the feed-forward part.
        act: its activation function.
        eps: of the norms.
        before: whether norms stand before the parts; else behind the sums.
        bias: whether the maps of queries, keys and values have one.
        key_bias: whether that of the keys has one.
        causal: whether no token sees those behind it.
        layer_scale: whether each part is scaled by learned values, one a feature.
        gated: whether the feed-forward part is gated.
        norm: the kind of the norms.
        all_bias: whether maps other than those of attention's inputs have one.
        size: features of a head; None for what heads leave of `features`.
        scale: the factor of the scores; None for 1/√size.
        masked: whether attention takes a bias of the scores as second input.
    """

    features: int
    heads: int
    inner: int
    act: str = "gelu"
    eps: float = 1e-5
    before: bool = False
    bias: bool = True
    key_bias: bool | None = None
    causal: bool = False
    layer_scale: bool = False
    gated: bool = False
    norm: str = "layer"
    all_bias: bool = True
    size: int | None = None
    scale: float | None = None
    masked: bool = False


def stack_of(config: Config, **more: Any) -> LayerPlan:
    """Return a stack by the usual keys; heads must divide the features."""
    features, heads = config.main("hidden_size"), config.main("num_attention_heads")
    config.divided("hidden_size", "num_attention_heads", features, heads)
    more.setdefault("inner", 0)
    inner = more.pop("inner") or config.size("intermediate_size")
    eps = config.number("layer_norm_eps")
    act = more.pop("act", "") or config.text("hidden_act", "gelu")
    return LayerPlan(features, heads, inner, act=act, eps=1e-12 if eps is None else eps, **more)


def stack_norm(stack: LayerPlan, name: str, *inputs: str) -> Layer:
    """Return a norm of a stack."""
    return norm(stack.norm, name, stack.features, stack.eps, *inputs)


def _attention(stack: LayerPlan, *inputs: str, memory: bool = False, name: str = "attention") -> Block:
    plan = Attention(
        stack.features,
        stack.heads,
        stack.size or stack.features // stack.heads,
        bias=stack.bias,
        key_bias=stack.key_bias,
        out_bias=stack.all_bias,
        causal=stack.causal and not memory,
        scale=stack.scale,
        memory=memory,
        masked=stack.masked and not memory,
    )
    return attention(plan, *inputs, name=name)


def _mlp(stack: LayerPlan, *inputs: str) -> Node:
    make = gated if stack.gated else feed_forward
    return make(stack.inner, stack.features, stack.act, *inputs, bias=stack.all_bias)


def _add(stack: LayerPlan, name: str, branch: str, residual: str) -> Nodes:
    """Return the sum of a branch, scaled where it is, and what goes around it."""
    if not stack.layer_scale:
        return (layer("Add", name, branch, residual),)
    number = name.rpartition("_")[2]
    return (
        layer("Parameter", f"scale_{number}", shape=(stack.features,)),
        layer("Mul", f"scaled_{number}", branch, f"scale_{number}"),
        layer("Add", name, f"scaled_{number}", residual),
    )


def encoder_layer(stack: LayerPlan) -> Nodes:
    """Return the layers of one layer of an encoder."""
    inputs = ("norm_1" if stack.before else "input", "input:1") if stack.masked else ()

    def normed(name: str, *given: str) -> Layer:
        # The block has two inputs, so the first layer says which it takes.
        given = given or (("input",) if stack.masked and name == "norm_1" and stack.before else ())
        return stack_norm(stack, name, *given)

    parts = LayerParts(normed, _attention(stack, *inputs), partial(_mlp, stack), partial(_add, stack))
    return arranged("pre" if stack.before else "after", parts)


def encoder(stack: LayerPlan, count: int, *inputs: str, name: str = "layers") -> Block:
    """Return all layers of an encoder; what is added to the scores goes along from layer to layer."""
    last = encoder_layer(stack)
    outputs = (last[-1].name, "input:1") if stack.masked else ()
    return block(name, last, *inputs, outputs=outputs, repeat=count)


def cross_layer(stack: LayerPlan, memory: str) -> Nodes:
    """Return the layers of one layer of a decoder that looks at `memory`, an input of its block."""
    own = ("input:1",) if stack.masked else ()
    if stack.before:
        mlp = _mlp(stack)
        return (
            stack_norm(stack, "norm_1", "input"),
            _attention(stack, *(("norm_1", *own) if own else ())),
            layer("Add", "add_1", "attention", "input"),
            stack_norm(stack, "norm_2"),
            _attention(stack, "norm_2", memory, memory=True, name="cross_attention"),
            layer("Add", "add_2", "cross_attention", "add_1"),
            stack_norm(stack, "norm_3"),
            mlp,
            layer("Add", "add_3", mlp.name, "add_2"),
        )
    mlp = _mlp(stack)
    return (
        _attention(stack, "input", *own),
        layer("Add", "add_1", "attention", "input"),
        stack_norm(stack, "norm_1"),
        _attention(stack, "norm_1", memory, memory=True, name="cross_attention"),
        layer("Add", "add_2", "cross_attention", "norm_1"),
        stack_norm(stack, "norm_2"),
        mlp,
        layer("Add", "add_3", mlp.name, "norm_2"),
        stack_norm(stack, "norm_3"),
    )


def cross_decoder(stack: LayerPlan, count: int, *inputs: str, name: str = "decoder") -> Block:
    """Return all layers of such a decoder; its inputs go along from layer to layer."""
    memory = f"input:{len(inputs) - 1}"
    layers = cross_layer(stack, memory)
    outputs = (layers[-1].name, *(f"input:{i}" for i in range(1, len(inputs))))
    return block(name, layers, *inputs, outputs=outputs, repeat=count)


def positions(source: str, rows: int, features: int, *, first: int = 0, learned: bool = True) -> Nodes:
    """Return the table of positions, looked up from `first` on; fixed tables are parameters that are not trained."""
    shifted = (layer("Add", "from_first", other=first),) if first else ()
    table = embedding("position", rows, features)
    if not learned:
        table = Layer(name=table.name, type=table.type, params=table.params, trainable=False)
    return (layer("Arange", "position_ids", source), *shifted, table)


def first_token(*inputs: str) -> Nodes:
    """Return the features of the first token."""
    return (layer("Slice", "first", *inputs, dim=1, end=1), layer("Squeeze", "squeeze", dim=1))


def tokens_of(sizes: Mapping[str, int], most: int, name: str = TOKENS) -> int:
    """Return the number of tokens: as chosen, else the default, or as many as have positions."""
    return chosen(sizes, name, max(min(DEFAULT_TOKENS, most), 1))
