"""Attention in several heads.

Source of shapes and parameters: torch.nn.MultiheadAttention; of the counts: Vaswani et al. 2017, arXiv:1706.03762.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import prod

from layerledger.core.base.messages import Message
from layerledger.core.base.params import Bool, Float, Int, Optional, Value, param
from layerledger.core.base.shapes import Shape, ShapeError, TensorSpec, check_rank, shape_text
from layerledger.core.layers.attention_passes import Heads, multihead
from layerledger.core.layers.components import attention, composed, linear
from layerledger.core.layers.divisibility import check_divides
from layerledger.core.layers.examples import Example
from layerledger.core.layers.generation import Kept, KVCache
from layerledger.core.layers.inner_steps import Inside, step
from layerledger.core.layers.layer_type import Inputs, LayerType, Outputs
from layerledger.core.layers.registry import layer_type
from layerledger.core.layers.symbols import meanings
from layerledger.core.layers.tape import Tape
from layerledger.core.layers.traced import Pieces
from layerledger.core.layers.windows import DimMaps, Receptive, whole_dim_maps

ATTENTION = ("scores", "mask", "softmax", "weighted sum")
"""The inner steps that one kernel computes, such as flash attention (Dao et al. 2022, arXiv:2205.14135)."""

BATCH_FIRST = param(Bool(), default=False, help="Whether the batch comes before the tokens: (N, L, E), not (L, N, E).")


def split_tokens(shape: Shape, *, batch_first: bool, of: str) -> tuple[int, Shape]:
    """Split (L, N, E), (N, L, E) or unbatched (L, E) into tokens and batch, which is empty for an unbatched input.

    Raises:
        ShapeError: the number of dimensions is neither 2 nor 3.
    """
    axes = "(N, L, E)" if batch_first else "(L, N, E)"
    check_rank(shape, (2, 3), of=of, axes=f"{axes} or (L, E)")
    if len(shape) == 2:
        return shape[0], ()
    return (shape[1], shape[:1]) if batch_first else (shape[0], shape[1:2])


def token_maps(shape: Shape, *, batch_first: bool) -> DimMaps:
    """Return maps where each output depends on all tokens and all their features."""
    tokens = 1 if batch_first and len(shape) == 3 else 0
    return whole_dim_maps(len(shape), (tokens, len(shape) - 1))


@layer_type("Attention", order=10)
class MultiheadAttention(LayerType):
    """Attention of queries to keys and their values: (L_q, N, E), (L_k, N, E_k), (L_k, N, E_v) -> (L_q, N, E).

    With one input, it is self-attention; with two, the second is both key and value. With need_weights, the second
    output holds the mean weights of the heads, (N, L_q, L_k).
    """

    embed_dim: int | None = param(Int(1), default=None, derived=True, help="Features of the query; follows from it.")
    num_heads: int = param(Int(1), initial=8, help="Heads, each with an equal share of the features.")
    dropout: float = param(Float(), default=0.0, help="Share of weights dropped in training; none at inference.")
    bias: bool = param(Bool(), default=True, help="Learned values added after each projection.")
    add_bias_kv: bool = param(Bool(), default=False, help="Add a learned key and value.")
    add_zero_attn: bool = param(Bool(), default=False, help="Add a key and value of zeros.")
    kdim: int | None = param(Optional(Int(1)), default=None, help="Features of the keys; empty for embed_dim.")
    vdim: int | None = param(Optional(Int(1)), default=None, help="Features of the values; empty for embed_dim.")
    batch_first: bool = BATCH_FIRST
    need_weights: bool = param(
        Bool(),
        default=True,
        help="Whether the mean weights are a second output, as by default in PyTorch; else one fused kernel keeps all "
        "weights on chip.",
    )

    aliases = ("attn", "mha", "selfattention")
    status = "exact"
    saved_tensors = "inputs"
    in_place = "never"
    fusible = False
    symbol_help = meanings(
        E="features of a token",
        E_k="features of a key",
        E_v="features of a value",
        L_k="keys, and as many values",
        L_q="queries",
        S="keys that each query attends to, added ones included",
        h="heads",
        v="1 with a key and a value added (add_bias_kv), else 0",
        w="1 with the mean weights as an output (need_weights), else 0",
    )
    input_arity = (1, 3)
    indices = "refused"
    counts = composed(
        {
            "query": linear("N*L_q", "E", "E"),
            "key": linear("N*L_k", "E_k", "E"),
            "value": linear("N*L_k", "E_v", "E"),
            "bias_k and bias_v": {"params": "2*v*E"},
            **attention("L_q", "S"),
            "output": linear("N*L_q", "E", "E"),
            "mean of the heads": {"add": "w*N*L_q*S*(h - 1)", "special": "w*N*L_q*S"},
        }
    )
    inside = Inside(
        (
            step("query", "Linear", "input", q="N*L_q*E"),
            step("key", "Linear", "input:1", k="N*L_k*E"),
            step("value", "Linear", "input:2", v="N*L_k*E"),
            step("bias_k and bias_v", "Concat", "k v", keys="N*S*E", values="N*S*E", when="S - L_k"),
            # The scale is part of the product, as in torch.baddbmm.
            step("scores", "MatMul", "q keys", scores="N*h*L_q*S"),
            step("softmax", "Softmax", "scores", shares="N*h*L_q*S"),
            step("weighted sum", "MatMul", "shares values", context="N*L_q*E"),
            step("output", "Linear", "context", output="N*L_q*E"),
            step("mean of the heads", "ReduceMean", "shares", mean="N*L_q*S", when="w"),
        ),
        ("output", "mean"),
        kernel=ATTENTION,
    )
    examples = (
        Example(
            params={"num_heads": 12, "batch_first": True},
            inputs=((1, 197, 768),),
            outputs=((1, 197, 768), (1, 197, 197)),
            counts={"params": 2_362_368, "macs": 524_391_936},
            source="torchvision vit_b_16's attention; torchprofile 0.1.0 prints 4 more",
        ),
    )

    @property
    def fused(self) -> bool:
        """Whether one kernel computes scores and weighted sum, as PyTorch runs attention whose weights nobody needs."""
        return not self.need_weights

    def check(self) -> None:
        if self.embed_dim is not None:
            check_divides(self.embed_dim, self.num_heads, of="embed_dim {}", param="num_heads")

    def warning(self) -> str:
        """Return a sentence about a share that torch checks only when it drops."""
        return (
            ""
            if 0 <= self.dropout <= 1
            else Message("dropout should be from 0 to 1; it is {dropout:g}", dropout=self.dropout)
        )

    def derived(self, inputs: Inputs) -> Mapping[str, Value]:
        self._tokens(inputs[0])
        return {"embed_dim": inputs[0].shape[-1]}

    def _tokens(self, spec: TensorSpec) -> tuple[int, Shape]:
        return split_tokens(spec.shape, batch_first=self.batch_first, of=self.type_name)

    def outputs(self, inputs: Inputs) -> Outputs:
        query, key, value = _roles(inputs)
        check_divides(query.shape[-1], self.num_heads, of="the query's {} features", param="num_heads")
        (queries, batch), (keys, key_batch), (values, value_batch) = map(self._tokens, (query, key, value))
        if (batch, keys, batch) != (key_batch, values, value_batch):
            raise ShapeError(
                Message(
                    "query, key and value must have the same batch, and key and value the same tokens; got {shapes}",
                    shapes=", ".join(shape_text(spec.shape) for spec in (query, key, value)),
                ),
                param="inputs",
            )
        self._check_features(key, value, query.shape[-1])
        weights = TensorSpec((*batch, queries, self._attended(keys)), query.dtype)
        return (query, weights) if self.need_weights else (query,)

    def _check_features(self, key: TensorSpec, value: TensorSpec, features: int) -> None:
        for spec, name in ((key, "kdim"), (value, "vdim")):
            wanted = getattr(self, name) or features
            if spec.shape[-1] != wanted:
                raise ShapeError(
                    Message(
                        "{name} makes it {wanted} features, but the input {shape} has {features}",
                        name=name,
                        wanted=wanted,
                        shape=shape_text(spec.shape),
                        features=spec.shape[-1],
                    ),
                    param=name,
                )

    def _attended(self, keys: int) -> int:
        return keys + self.add_bias_kv + self.add_zero_attn

    def receptive_of(self, inputs: Inputs, outputs: Outputs) -> Receptive:
        return tuple(token_maps(spec.shape, batch_first=self.batch_first) for spec in inputs)

    def weight_shapes(self, inputs: Inputs) -> tuple[Shape, ...]:
        query, key, value = (spec.shape[-1] for spec in _roles(inputs))
        # torch keeps in_proj_bias as one vector, also where the three projections are matrices of their own.
        biases = ((3 * query,), (query,)) if self.bias else ()
        added = ((1, 1, query),) * (2 * self.add_bias_kv)
        return ((query, query), (query, key), (query, value), (query, query), *biases, *added)

    def kept_in_generation(self, inputs: Inputs, outputs: Outputs) -> Kept:
        query, key, _ = _roles(inputs)
        tokens, batch = self._tokens(key)
        features = query.shape[-1]
        # Kept after their projections, keys and values have the features of the query, whatever kdim and vdim are.
        sources = (min(1, len(inputs) - 1), len(inputs) - 1)
        each = 2 * features
        return (KVCache(prod(batch), tokens, each, None, None, each, own_macs=False, sources=sources),)

    def record(self, tape: Tape, given: Pieces, outputs: Outputs) -> Pieces:
        query, key, value = given[0], given[min(1, len(given) - 1)], given[-1]
        added = self.add_bias_kv + self.add_zero_attn
        heads = Heads(self.num_heads, self.dropout, self.need_weights, self.batch_first, added)
        return multihead(tape, (query, key, value), heads)[: len(outputs)]

    def symbols(self, inputs: Inputs, outputs: Outputs) -> Mapping[str, int]:
        query, key, value = _roles(inputs)
        (queries, batch), (keys, _) = self._tokens(query), self._tokens(key)
        return {
            "N": batch[0] if batch else 1,
            "L_q": queries,
            "L_k": keys,
            "S": self._attended(keys),
            "E": query.shape[-1],
            "E_k": key.shape[-1],
            "E_v": value.shape[-1],
            "h": self.num_heads,
            "b": int(self.bias),
            "v": int(self.add_bias_kv),
            "w": int(self.need_weights),
        }

    def summary(self, inputs: Inputs) -> str:
        return f"{self.num_heads} heads"


def _roles(inputs: Inputs) -> tuple[TensorSpec, TensorSpec, TensorSpec]:
    """Return query, key and value."""
    return inputs[0], inputs[min(1, len(inputs) - 1)], inputs[-1]
