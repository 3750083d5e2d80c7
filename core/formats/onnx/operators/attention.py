"""Attention as one operator."""

from __future__ import annotations

from collections.abc import Mapping

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
    out = op.step("ScaledDotProductAttention", [q, k, v, *masks], params, name="attention")
    out = op.step("Transpose", [out], {"dim0": 1, "dim1": 2})
    return [*op.emit("Flatten", [out], {"start_dim": 2}), k, v][: len(op.outputs)]


def _by_head(op: OnnxOperation, x: Tensor, heads: int) -> Tensor:
    """Return (N, heads, L, D) of (N, L, heads · D)."""
    if heads < 1 or x.rank != _FLAT or x.sizes[2] % heads:
        raise Uncounted("its numbers of heads do not fit its inputs")
    parted = op.step("Unflatten", [x], {"dim": 2, "unflattened_size": (heads, x.sizes[2] // heads)}, name="heads")
    return op.step("Transpose", [parted], {"dim0": 1, "dim1": 2})


HANDLERS: Mapping[str, Handler] = {"Attention": _attention}
