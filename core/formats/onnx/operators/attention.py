"""Attention as one operator."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from layerledger.core.base.values import Value
from layerledger.core.formats.importing.graph import Uncounted
from layerledger.core.formats.importing.tensor import Tensor
from layerledger.core.formats.onnx.operation import OnnxOperation
from layerledger.core.formats.onnx.operators.handlers import Handler

_FLAT = 3
"""The rank of queries whose heads lie in the last dimension."""


def _attention(op: OnnxOperation) -> list[Tensor]:
    """Map Attention of opset 23: (N, heads, L, D), or (N, L, heads · D); older keys and values stand before."""
    q, k, v = op.input(0), op.input(1), op.input(2)
    flat = q.rank == _FLAT
    if flat:
        heads, kv_heads = op.integer("q_num_heads"), op.integer("kv_num_heads")
        q, k, v = _by_head(op, q, heads), _by_head(op, k, kv_heads), _by_head(op, v, kv_heads)
    if op.has(4) and op.has(5):
        k = op.step("Concat", [op.input(4), k], {"dim": 2})
        v = op.step("Concat", [op.input(5), v], {"dim": 2})
    params: dict[str, Value] = {"is_causal": True} if op.integer("is_causal") else {}
    if q.sizes[1] != k.sizes[1]:
        params["enable_gqa"] = True
    masks = [op.input(3)] if op.has(3) else []
    if not flat:
        return [*op.emit("ScaledDotProductAttention", [q, k, v, *masks], params), k, v][: len(op.outputs)]
    return [*_joined(op, [q, k, v, *masks], params), k, v][: len(op.outputs)]


def _joined(op: OnnxOperation, inputs: Sequence[Tensor], params: Mapping[str, Value]) -> list[Tensor]:
    """Add an attention whose heads lie in the last dimension of what comes out."""
    out = op.step("ScaledDotProductAttention", inputs, params, name="attention")
    return op.emit("Flatten", [op.step("Transpose", [out], {"dim0": 1, "dim1": 2})], {"start_dim": 2})


def _multi_head(op: OnnxOperation) -> list[Tensor]:
    """Map MultiHeadAttention and GroupQueryAttention of ONNX Runtime: (N, L, heads · D)."""
    grouped = op.type == "GroupQueryAttention"
    if not op.has(1) or not op.has(2):
        raise Uncounted("queries, keys and values in one tensor have no layer type")
    heads, past = op.integer("num_heads"), 3 if grouped else 6
    kv_heads = op.integer("kv_num_heads") if grouped else heads
    q, k, v = (op.input(i) for i in range(3))
    if not grouped and op.has(3):
        raise Uncounted("a bias of queries, keys and values has no layer type")
    q = _by_head(op, q, heads)
    k, v = (x if x.rank > _FLAT else _by_head(op, x, kv_heads) for x in (k, v))
    if op.integer("do_rotary"):
        q, k = op.step("RotaryEmbedding", [q]), op.step("RotaryEmbedding", [k])
    if op.has(past) and op.has(past + 1):
        k = op.step("Concat", [op.input(past), k], {"dim": 2})
        v = op.step("Concat", [op.input(past + 1), v], {"dim": 2})
    params: dict[str, Value] = {"enable_gqa": True} if kv_heads != heads else {}
    if grouped or op.integer("unidirectional"):
        params["is_causal"] = True
    return [*_joined(op, [q, k, v], params), k, v][: len(op.outputs)]


def _packed(op: OnnxOperation) -> list[Tensor]:
    """Map Attention of ONNX Runtime, which has the projections of queries, keys and values in one matrix."""
    x, w, b = op.input(0), op.input(1), op.optional(2)
    heads, sizes = op.integer("num_heads"), op.integers("qkv_hidden_sizes")
    if op.has(4) or not w.constant or not w.weight or w.rank != _FLAT - 1:
        raise Uncounted("older keys and values, or computed weights, have no layer type here")
    sizes = sizes or (w.sizes[1] // 3,) * 3
    names = op.weights.named("Linear", op.graph, w, b)
    params: dict[str, Value] = {"out_features": w.sizes[1], **({} if b is not None else {"bias": False})}
    (made,) = op.graph.emit("Linear", [x], params, name="linear", weights=names)
    parts = op.graph.emit("Split", [made], {"split_size_or_sections": sizes, "dim": 2}, name="split")
    q, k, v = (_by_head(op, part, heads) for part in parts)
    return _joined(op, [q, k, v], {"is_causal": True} if op.integer("unidirectional") else {})


def _rotary(op: OnnxOperation) -> list[Tensor]:
    if op.input().rank == _FLAT:
        raise Uncounted("rotated positions of heads in the last dimension have no layer type")
    return op.emit("RotaryEmbedding", [op.input()])


def _by_head(op: OnnxOperation, x: Tensor, heads: int) -> Tensor:
    """Return (N, heads, L, D) of (N, L, heads · D)."""
    if heads < 1 or x.rank != _FLAT or x.sizes[2] % heads:
        raise Uncounted("its numbers of heads do not fit its inputs")
    parted = op.step("Unflatten", [x], {"dim": 2, "unflattened_size": (heads, x.sizes[2] // heads)}, name="heads")
    return op.step("Transpose", [parted], {"dim0": 1, "dim1": 2})


HANDLERS: Mapping[str, Handler] = {"Attention": _attention, "RotaryEmbedding": _rotary}

RUNTIME: Mapping[str, Handler] = {
    "Attention": _packed,
    "MultiHeadAttention": _multi_head,
    "GroupQueryAttention": _multi_head,
    "RotaryEmbedding": _rotary,
}
"""The operators of ONNX Runtime, which have other inputs than those of ONNX by the same names."""
