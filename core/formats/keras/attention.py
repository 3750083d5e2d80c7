"""Attention layers of Keras.

Source: keras.layers.attention. Where heads × key_dim is the query's width and nothing is masked, MultiHeadAttention is
torch.nn.MultiheadAttention; else it is written out in its projections and the attention between them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from layerledger.core.base.messages import Message
from layerledger.core.base.values import Value
from layerledger.core.formats.importing.channels_last import Laid
from layerledger.core.formats.importing.graph import Uncounted
from layerledger.core.formats.importing.tensor import Tensor
from layerledger.core.formats.keras.calls import LayerCall, Mapped, Mapper


class _Given(NamedTuple):
    """The tensors of an attention: query, value, key, and a mask."""

    query: Tensor
    value: Tensor
    key: Tensor
    mask: Tensor | None


def _given(call: LayerCall) -> _Given:
    """Return the tensors of a call, by place or by keyword.

    Raises:
        Uncounted: the query or the value is missing.
    """
    found: dict[str, Tensor] = {}
    for name, value in (*zip(("query", "value", "key", "query_mask"), call.args, strict=False), *call.kwargs.items()):
        if isinstance(value, Laid):
            found[name] = call.layouts.last(value)
    if "query" not in found or "value" not in found:
        raise Uncounted("its query or its value is no tensor")
    return _Given(found["query"], found["value"], found.get("key", found["value"]), found.get("attention_mask"))


def _scores_wanted(call: LayerCall) -> bool:
    return call.kwargs.get("return_attention_scores") is True


def _is_causal(call: LayerCall) -> bool:
    return call.kwargs.get("use_causal_mask") is True


def _multi_head(call: LayerCall) -> Mapped:
    given, heads, size = _given(call), call.number("num_heads"), call.number("key_dim")
    width = given.query.sizes[-1]
    value_size = call.number("value_dim", size) if call.config.get("value_dim") is not None else size
    if given.query.rank != 3 or call.config.get("attention_axes") not in (None, [1]):
        raise Uncounted("attention over other axes than the tokens is not covered")
    plain = given.mask is None and not _is_causal(call) and not _scores_wanted(call)
    plain = plain and not call.flag("use_gate", default=False) and call.config.get("sliding_window") is None
    output = call.config.get("output_shape")
    if plain and heads * size == width and value_size == size and output in (None, [width], width):
        return [_as_module(call, given, heads)]
    shape = _Shape(heads, heads, size, value_size, width if output is None else call.sizes("output_shape", 1)[0])
    return _written_out(call, given, shape)


def _as_module(call: LayerCall, given: _Given, heads: int) -> Laid:
    params: dict[str, Value] = {"num_heads": heads, "batch_first": True, "need_weights": False}
    if not call.flag("use_bias", default=True):
        params["bias"] = False
    width = given.query.sizes[-1]
    for name, x in (("kdim", given.key), ("vdim", given.value)):
        if x.sizes[-1] != width:
            params[name] = x.sizes[-1]
    alone = given.query is given.value is given.key
    inputs = [given.query] if alone else [given.query, given.key, given.value]
    return Laid(call.emit("MultiheadAttention", inputs, params, weight="query"))


class _Shape(NamedTuple):
    """The sizes of an attention that is written out."""

    heads: int
    shared: int
    size: int
    value_size: int
    output: int


def _written_out(call: LayerCall, given: _Given, shape: _Shape) -> Mapped:
    """Add the projections, the attention of each head, and the projection of its result."""
    with call.block():
        query = _projected(call, given.query, shape.heads, shape.size, "query")
        key = _projected(call, given.key, shape.shared, shape.size, "key")
        value = _projected(call, given.value, shape.shared, shape.value_size, "value")
        params: dict[str, Value] = {"is_causal": True} if _is_causal(call) and given.mask is None else {}
        if shape.heads != shape.shared:
            params["enable_gqa"] = True
        if call.config.get("sliding_window") is not None:
            params["sliding_window"] = call.number("sliding_window")
        mask = [] if given.mask is None else [_over_heads(call, given.mask)]
        if _scores_wanted(call):
            heads, scores = _with_scores(call, query, key, value, mask)
        else:
            heads = call.emit("ScaledDotProductAttention", [query, key, value, *mask], params, part="attention")
            scores = None
        y = call.emit("Transpose", [heads], {"dim0": 1, "dim1": 2}, part="merge")
        y = call.emit("Flatten", [y], {"start_dim": 2}, part="merged")
        if call.flag("use_gate", default=False):
            gate = _linear(call, given.query, shape.heads * shape.value_size, "gate")
            y = call.emit("Mul", [y, call.emit("Sigmoid", [gate], part="gate_sigmoid")], part="gated")
        found = [Laid(_linear(call, y, shape.output, "output"))]
        return found if scores is None else [*found, Laid(scores)]


def _linear(call: LayerCall, x: Tensor, width: int, part: str) -> Tensor:
    params: dict[str, Value] = {"out_features": width}
    if not call.flag("use_bias", default=True):
        params["bias"] = False
    return call.emit("Linear", [x], params, part=part, weight=part)


def _projected(call: LayerCall, x: Tensor, heads: int, size: int, part: str) -> Tensor:
    """Add a projection into heads: (N, T, E) -> (N, h, T, size)."""
    y = _linear(call, x, heads * size, part)
    y = call.emit("Unflatten", [y], {"dim": -1, "unflattened_size": (heads, size)}, part=f"{part}_heads")
    return call.emit("Transpose", [y], {"dim0": 1, "dim1": 2}, part=f"{part}_first")


def _over_heads(call: LayerCall, mask: Tensor) -> Tensor:
    """Return a mask for all heads, as the numbers that are added to the scores."""
    if mask.rank == 3:
        mask = call.emit("Unsqueeze", [mask], {"dim": 1}, part="mask")
    return call.emit("Cast", [mask], part="mask_values") if mask.dtype == "bool" else mask


def _with_scores(
    call: LayerCall, query: Tensor, key: Tensor, value: Tensor, mask: list[Tensor]
) -> tuple[Tensor, Tensor]:
    """Add the attention in steps, and return its result and the weights of each pair."""
    query = call.emit("Mul", [query], {"other": query.sizes[-1] ** -0.5}, part="scale")
    turned = call.emit("Transpose", [key], {"dim0": -2, "dim1": -1}, part="keys")
    scores = call.emit("MatMul", [query, turned], part="scores")
    if mask:
        scores = call.emit("Add", [scores, *mask], part="masked")
    weights = call.emit("Softmax", [scores], {"dim": -1}, part="weights")
    return call.emit("MatMul", [weights, value], part="weighted_sum"), weights


def _grouped(call: LayerCall) -> Mapped:
    given, size = _given(call), call.number("head_dim")
    shape = _Shape(
        call.number("num_query_heads"), call.number("num_key_value_heads"), size, size, given.query.sizes[-1]
    )
    if _scores_wanted(call):
        raise Uncounted("the weights of grouped attention as an output are not covered")
    return _written_out(call, given, shape)


def _lists(call: LayerCall) -> tuple[Tensor, Tensor, Tensor]:
    """Return query, value and key of the list that Attention takes."""
    tensors = [call.layouts.last(x) for x in call.inputs]
    if not 2 <= len(tensors) <= 3:
        raise Uncounted("a mask as an input is not covered")
    return tensors[0], tensors[1], tensors[-1] if len(tensors) > 2 else tensors[1]


def _attention(call: LayerCall) -> Mapped:
    """Add an attention without projections (Luong), or one whose scores are learned sums."""
    query, value, key = _lists(call)
    if call.word("score_mode", "dot") == "concat":
        return _summed(call, query, value, key, learned=1, scaled=call.flag("use_scale", default=False))
    with call.block():
        if call.flag("use_scale", default=False):
            query = call.emit("Mul", [query, call.held((1,), "scale")], part="scaled")
        if _scores_wanted(call):
            turned = call.emit("Transpose", [key], {"dim0": -2, "dim1": -1}, part="keys")
            weights = call.emit("Softmax", [call.emit("MatMul", [query, turned], part="scores")], {"dim": -1}, part="w")
            return [Laid(call.emit("MatMul", [weights, value], part="weighted_sum")), Laid(weights)]
        params: dict[str, Value] = {"scale": 1.0, **({"is_causal": True} if _is_causal(call) else {})}
        return [Laid(call.emit("ScaledDotProductAttention", [query, key, value], params, part="attention"))]


def _additive(call: LayerCall) -> Mapped:
    query, value, key = _lists(call)
    learned = query.sizes[-1] if call.flag("use_scale", default=True) else 0
    return _summed(call, query, value, key, learned=learned, scaled=False)


def _summed(call: LayerCall, query: Tensor, value: Tensor, key: Tensor, *, learned: int, scaled: bool) -> Mapped:
    """Add an attention whose scores are Σ w·tanh(q + k), by Bahdanau."""
    if query.rank != 3:
        raise Uncounted(Message("a query of {rank} dimensions is not covered", rank=query.rank))
    with call.block():
        left = call.emit("Unsqueeze", [query], {"dim": 2}, part="queries")
        right = call.emit("Unsqueeze", [key], {"dim": 1}, part="keys")
        y = call.emit("Add", [left, right], part="sums")
        if scaled:
            y = call.emit("Mul", [y, call.held((1,), "scale")], part="scaled")
        y = call.emit("Tanh", [y], part="tanh")
        if learned > 1:
            y = call.emit("Mul", [y, call.held((learned,), "scale")], part="weighted")
        y = call.emit("ReduceSum", [y], {"dim": (3,)}, part="scores")
        if learned == 1:
            y = call.emit("Mul", [y, call.held((1,), "weight")], part="weighted")
        weights = call.emit("Softmax", [y], {"dim": -1}, part="weights")
        found = [Laid(call.emit("MatMul", [weights, value], part="weighted_sum"))]
        return [*found, Laid(weights)] if _scores_wanted(call) else found


LAYERS: Mapping[str, Mapper] = {
    "MultiHeadAttention": _multi_head,
    "GroupedQueryAttention": _grouped,
    "GroupQueryAttention": _grouped,
    "Attention": _attention,
    "AdditiveAttention": _additive,
}
