"""Attention as the templates write it: three linear maps into heads, or one for all, and the way back.

Sources: Vaswani et al. 2017, arXiv:1706.03762; of grouped heads Ainslie et al. 2023, arXiv:2305.13245; of rotation Su
et al. 2021, arXiv:2104.09864.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from layerledger.core.formats.huggingface.nodes import Nodes, block, layer, linear, norm
from layerledger.core.network.nodes import Block, Layer, Node


class Rope(NamedTuple):
    """The rotation of queries and keys: its base, and how many features of a head are turned; None for all."""

    base: float
    features: int | None = None


class HeadNorm(NamedTuple):
    """The norm of queries and keys.

    Attributes:
        kind: of `norm`.
        over: `head`, one for all heads; `heads`, one for each; `whole`, over all heads at once, before they are parted.
        eps: the small number of it.
    """

    kind: str
    over: str
    eps: float


class Attention(NamedTuple):
    """One attention part.

    Attributes:
        features: of its output.
        heads: of the queries.
        size: features of a head.
        shared: heads of keys and values; None for as many as queries have.
        bias: whether the maps of queries, keys and values have one.
        key_bias: whether that of the keys has one.
        out_bias: whether the map of the output has one.
        fused: whether one map makes queries, keys and values.
        causal: whether no token sees those behind it.
        window: the most tokens that one sees; None for all.
        rope: the rotation.
        norm: the norm of queries and keys.
        scale: the factor of the scores; None for 1/√size.
        clip: the largest value of queries, keys and values.
        sinks: whether each head has a learned score that no token has.
        memory: whether keys and values are of another sequence, the second input.
        masked: whether the second input is added to the scores.
    """

    features: int
    heads: int
    size: int
    shared: int | None = None
    bias: bool = True
    key_bias: bool | None = None
    out_bias: bool = True
    fused: bool = False
    causal: bool = False
    window: int | None = None
    rope: Rope | None = None
    norm: HeadNorm | None = None
    scale: float | None = None
    clip: float | None = None
    sinks: bool = False
    memory: bool = False
    masked: bool = False


def attention(plan: Attention, *inputs: str, name: str = "attention") -> Block:
    """Return the block of an attention part."""
    shared = plan.shared or plan.heads
    plain = plan.rope is None and plan.norm is None and plan.clip is None
    if plan.fused and shared == plan.heads and plain:
        first = _all_parts(plan)
        names = ["parts", "parts:1", "parts:2"] if plan.masked else ["parts"]
    else:
        first, names = tuple(_parts(plan, shared)), _ends(plan)
    if plan.sinks:
        first = (*first, layer("Parameter", "sinks", shape=(plan.heads,)))
    names = [*names, "input:1"] if plan.masked else names
    if names == ["parts"]:
        names = []
    layers = (*first, _core(plan, shared, names), *way_back(plan.features, bias=plan.out_bias))
    # What no layer here reads is an output, so that nobody takes it for a mistake.
    return block(name, layers, *inputs, outputs=("out", "sinks") if plan.sinks else ())


def way_back(features: int, *, bias: bool) -> Nodes:
    """Return the layers from the heads to the features of a token."""
    return (
        layer("Transpose", "by_token", dim0=1, dim1=2),
        layer("Flatten", "joined", start_dim=2),
        linear("out", features, bias=bias),
    )


def _core(plan: Attention, shared: int, inputs: list[str]) -> Layer:
    params: dict[str, Any] = {}
    if plan.causal and not plan.masked:
        params["is_causal"] = True
    if plan.scale is not None:
        params["scale"] = plan.scale
    if shared != plan.heads:
        params["enable_gqa"] = True
    if plan.window is not None:
        params["sliding_window"] = plan.window
    return layer("ScaledDotProductAttention", "attention", *inputs, **params)


def _all_parts(plan: Attention) -> Nodes:
    """Return the one map of queries, keys and values, parted."""
    return (
        linear("qkv", 3 * plan.heads * plan.size, "input", bias=plan.bias),
        layer("Unflatten", "heads", dim=-1, unflattened_size=(3, plan.heads, plan.size)),
        layer("Permute", "by_part", dims=(2, 0, 3, 1, 4)),
        layer("Unbind", "parts"),
    )


def _ends(plan: Attention) -> list[str]:
    turned = "rope" if plan.rope else "by_head"
    return [f"query_{turned}", f"key_{turned}", "value_by_head"]


def _parts(plan: Attention, shared: int) -> Iterator[Node]:
    counts = {"query": plan.heads, "key": shared, "value": shared}
    if plan.fused:
        yield linear("qkv", sum(counts.values()) * plan.size, "input", bias=plan.bias)
        yield from _clipped(plan, "qkv")
        yield layer("Split", "parts", dim=-1, split_size_or_sections=tuple(n * plan.size for n in counts.values()))
    for i, (name, count) in enumerate(counts.items()):
        if plan.fused:
            yield from _heads(plan, name, count, f"parts:{i}" if i else "parts")
            continue
        bias = plan.key_bias if name == "key" and plan.key_bias is not None else plan.bias
        source = "input:1" if plan.memory and name != "query" else "input"
        yield linear(name, count * plan.size, source, bias=bias)
        yield from _clipped(plan, name)
        yield from _heads(plan, name, count)


def _clipped(plan: Attention, name: str) -> Iterator[Node]:
    if plan.clip is not None:
        yield layer("Clamp", f"{name}_clip", min=-plan.clip, max=plan.clip)


def _heads(plan: Attention, name: str, count: int, *source: str) -> Iterator[Node]:
    """Yield the layers from the features of a token to heads, (N, h, L, E)."""
    over = plan.norm.over if plan.norm and name != "value" else ""
    if plan.norm and over == "whole":
        yield norm(plan.norm.kind, f"{name}_norm", count * plan.size, plan.norm.eps, *source)
        source = ()
    yield layer("Unflatten", f"{name}_heads", *source, dim=-1, unflattened_size=(count, plan.size))
    if plan.norm and over == "head":
        yield norm(plan.norm.kind, f"{name}_norm", plan.size, plan.norm.eps)
    if plan.norm and over == "heads":
        yield norm("no weights", f"{name}_norm", plan.size, plan.norm.eps)
        yield layer("Parameter", f"{name}_scale", shape=(count, plan.size))
        yield layer("Mul", f"{name}_scaled", f"{name}_norm", f"{name}_scale")
    yield layer("Transpose", f"{name}_by_head", dim0=1, dim1=2)
    if plan.rope and name != "value":
        yield turned(f"{name}_rope", plan.rope)


def turned(name: str, rope: Rope, *inputs: str) -> Layer:
    """Return a rotation; what the layer type takes by itself is not written."""
    params: dict[str, Any] = {} if rope.base == 10_000 else {"base": rope.base}
    if rope.features is not None:
        params["rotary_dim"] = rope.features
    return Layer(name=name, type="RotaryEmbedding", params=params, inputs=inputs)
