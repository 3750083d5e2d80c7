"""Attention without its projections: what torch.nn.functional.scaled_dot_product_attention computes.

Source of shapes and parameters: torch; of the counts: Vaswani et al. 2017, arXiv:1706.03762. Grouped-query attention
(Ainslie et al. 2023, arXiv:2305.13245) has fewer heads of keys and values, but computes as many products: each head of
the queries takes its own.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import prod
from typing import Literal

from layerledger.core.base.messages import Message
from layerledger.core.base.params import Bool, Float, Int, Optional, param
from layerledger.core.base.shapes import Shape, ShapeError, TensorSpec, shape_text
from layerledger.core.layers.attention_passes import fused, written_out
from layerledger.core.layers.broadcasting import broadcast
from layerledger.core.layers.counting import counting
from layerledger.core.layers.examples import Example
from layerledger.core.layers.generation import Kept, KVCache
from layerledger.core.layers.inner_steps import Inside, step
from layerledger.core.layers.layer_type import Inputs, LayerType, Outputs
from layerledger.core.layers.registry import layer_type
from layerledger.core.layers.symbols import meanings
from layerledger.core.layers.tape import Tape
from layerledger.core.layers.traced import Pieces
from layerledger.core.layers.windows import DimMap, DimMaps, Receptive, Window, dim_maps, whole_dim_maps


@layer_type("Attention", order=30)
class ScaledDotProductAttention(LayerType):
    """softmax(q·kᵀ/√E)·v: (N, h, L, E), (N, h_kv, S, E), (N, h_kv, S, E_v) -> (N, h, L, E_v).

    A fourth input is a mask, which is added to the scores. All pairs of a query and a key are counted, as PyTorch's
    FLOP counter does, unless skip_masked is true: then those that causality and the window mask are left out.
    """

    dropout_p: float = param(Float(0, 1), default=0.0, help="Share of weights dropped in training.")
    is_causal: bool = param(Bool(), default=False, help="Query i attends to no key after the i-th.")
    scale: float | None = param(Optional(Float()), default=None, help="Factor of the scores; empty for 1/√E.")
    enable_gqa: bool = param(Bool(), default=False, help="Let groups of query heads share a head of keys and values.")
    sliding_window: int | None = param(
        Optional(Int(1)),
        default=None,
        help="Number of nearest keys that a query attends to, its own included; empty for all.",
    )
    skip_masked: bool = param(
        Bool(), default=False, help="Count only pairs that is_causal and sliding_window leave, as FlashAttention does."
    )
    fused: bool = param(
        Bool(),
        default=True,
        help="Whether one kernel, such as flash attention, keeps scores and weights on chip, as PyTorch runs it.",
    )
    cached_features: int | None = param(
        Optional(Int(1)),
        default=None,
        help="Numbers kept of each token, as 576 in latent attention; empty for the fewest that give keys and values.",
    )

    aliases = ("sdpa", "attention", "gqa", "flashattention")
    status = "exact"
    in_place = "never"
    fusible = False
    symbol_help = meanings(
        E="features of a head’s queries and keys",
        E_v="features of a head’s values",
        L="queries",
        P="pairs of a query and a key that are computed",
        h="heads",
        m="1 with a mask that is added to the scores, else 0",
    )
    input_arity = (3, 4)
    indices = "refused"
    # P pairs of query and key in each of N·h heads; softmax as in Softmax, over L rows that hold P in all.
    counts = counting(
        macs={"scores": "N*h*P*E", "weighted sum": "N*h*P*E_v"},
        mul={"scores": "N*h*P*(E + 1)", "weighted sum": "N*h*P*E_v"},
        add={
            "scores": "N*h*P*max(E - 1, 0)",
            "mask": "m*N*h*P",
            "softmax": "N*h*(P + max(P - L, 0))",
            "weighted sum": "N*h*max(P - L, 0)*E_v",
        },
        cmp={"softmax": "N*h*max(P - L, 0)"},
        special={"softmax": "2*N*h*P"},
    )
    inside = Inside(
        (
            step("scores", "MatMul", "input input:1", scores="N*h*P"),
            step("mask", "Add", "scores input:3?", masked="N*h*P", when="input:3?"),
            step("softmax", "Softmax", "masked", shares="N*h*P"),
            step("weighted sum", "MatMul", "shares input:2", output="N*h*L*E_v"),
        ),
        ("output",),
    )
    examples = (
        Example(
            params={},
            inputs=((1, 12, 197, 64),) * 3,
            outputs=((1, 12, 197, 64),),
            counts={"macs": 59_610_624},
            source="torchvision vit_b_16's attention: 715,327,488 MACs in 12 layers, torch FlopCounterMode",
        ),
        Example(
            params={"enable_gqa": True, "is_causal": True},
            inputs=((1, 32, 128, 128), (1, 8, 128, 128), (1, 8, 128, 128)),
            outputs=((1, 32, 128, 128),),
            counts={"macs": 134_217_728},
            source="by hand: 2·32·128·128·128; Llama-3-8B on 128 tokens, a layer",
        ),
    )

    def outputs(self, inputs: Inputs) -> Outputs:
        query, key, value = (_matrix(spec) for spec in inputs[:3])
        if query[-1] != key[-1]:
            raise ShapeError(
                Message(
                    "query and key must have the same number of features; got {query_features} and {key_features}",
                    query_features=query[-1],
                    key_features=key[-1],
                ),
                param="inputs",
            )
        if key[-2] != value[-2]:
            raise ShapeError(
                Message(
                    "key and value must have the same number of tokens; got {key_tokens} and {value_tokens}",
                    key_tokens=key[-2],
                    value_tokens=value[-2],
                ),
                param="inputs",
            )
        heads = self._heads(query, key, value)
        self._check_mask(inputs[3:], (*heads, query[-2], key[-2]))
        return (TensorSpec((*heads, query[-2], value[-1]), inputs[0].dtype),)

    def _heads(self, query: Shape, key: Shape, value: Shape) -> Shape:
        """Return all dimensions before tokens and features."""
        if self.enable_gqa:
            key, value = (self._shared(query, shape) for shape in (key, value))
        elif {len(s) for s in (query, key, value)} == {4} and query[1] != key[1] and query[1] % max(key[1], 1) == 0:
            raise ShapeError(
                Message(
                    "{query_heads} heads of queries share {key_heads} heads of keys only where enable_gqa is true",
                    query_heads=query[1],
                    key_heads=key[1],
                ),
                param="enable_gqa",
            )
        return broadcast([shape[:-2] for shape in (query, key, value)])

    def _shared(self, query: Shape, shape: Shape) -> Shape:
        if len(query) < 3 or len(shape) < 3:
            raise ShapeError(
                Message(
                    "enable_gqa needs heads, (N, h, L, E); got {query} and {shape}",
                    query=shape_text(query),
                    shape=shape_text(shape),
                ),
                param="enable_gqa",
            )
        heads, shared = query[-3], shape[-3]
        if not shared or heads % shared:
            raise ShapeError(
                Message(
                    "{heads} heads of queries must be divisible by {shared} heads of keys or values",
                    heads=heads,
                    shared=shared,
                ),
                param="inputs",
            )
        return (*shape[:-3], heads, *shape[-2:])

    def _check_mask(self, mask: Inputs, scores: Shape) -> None:
        if not mask:
            return
        if self.is_causal:
            raise ShapeError("is_causal must be false where a mask is given", param="is_causal")
        if broadcast([scores, mask[0].shape]) != scores:
            raise ShapeError(
                Message(
                    "the mask {shape} does not fit the scores {scores}",
                    shape=shape_text(mask[0].shape),
                    scores=shape_text(scores),
                ),
                param="inputs",
            )

    def receptive_of(self, inputs: Inputs, outputs: Outputs) -> Receptive:
        """Return maps of all keys and values, or of those in the window of each query."""
        rank = len(outputs[0].shape)
        found = [whole_dim_maps(len(inputs[0].shape), (-1,))]
        for spec in inputs[1:3]:
            own = len(spec.shape)
            at = own - 2
            changed = {at: DimMap((at,), self._seen(inputs)), own - 1: DimMap((own - 1,), "whole")}
            found.append(dim_maps(own, changed))
        if len(inputs) > 3:
            own = len(inputs[3].shape)
            found.append(whole_dim_maps(own, (-1,)))
        return tuple(_shifted(each, rank - len(each)) for each in found)

    def _seen(self, inputs: Inputs) -> Window | Literal["whole"]:
        w = self.sliding_window
        if w is None or inputs[0].shape[-2] != inputs[1].shape[-2]:
            return "whole"
        return Window(1, 1 - w, 0 if self.is_causal else w - 1)

    def record(self, tape: Tape, given: Pieces, outputs: Outputs) -> Pieces:
        if tape.call == "matmul":  # as Swin writes it out
            return (written_out(tape, given, outputs[0].shape, dropout=self.dropout_p),)
        return (fused(tape, given, outputs[0].shape, dropout=self.dropout_p),)

    def kept_in_generation(self, inputs: Inputs, outputs: Outputs) -> Kept:
        key, value = inputs[1].shape, inputs[2].shape
        # The slices are empty for inputs without heads, and their product is 1.
        heads = prod(key[-3:-2]), prod(value[-3:-2])
        *queried, _, features = outputs[0].shape
        macs = prod(queried[-1:]) * (key[-1] + features)
        stored = heads[0] * key[-1] + heads[1] * value[-1]
        masked = len(inputs) > 3
        causal = None if masked else self.is_causal
        batch, window = prod(queried[:-1]), self.sliding_window
        stated = self.cached_features
        return (KVCache(batch, key[-2], stored, window, causal, macs, sources=(1, 2), stated=stated),)

    def symbols(self, inputs: Inputs, outputs: Outputs) -> Mapping[str, int]:
        *heads, queries, features = outputs[0].shape
        return {
            "N": prod(heads[:-1]),
            "h": heads[-1] if heads else 1,
            "L": queries,
            "P": self._pairs(queries, inputs[1].shape[-2]),
            "E": inputs[0].shape[-1],
            "E_v": features,
            # A mask of truth values selects scores; only one of numbers is added to them.
            "m": int(len(inputs) > 3 and inputs[3].dtype != "bool"),
        }

    def _pairs(self, queries: int, keys: int) -> int:
        if not self.skip_masked:
            return queries * keys
        return pairs(queries, keys, causal=self.is_causal, window=self.sliding_window)

    def summary(self, inputs: Inputs) -> str:
        query, key = inputs[0].shape, inputs[1].shape
        heads = f"{query[-3]} heads" if len(query) > 2 else ""
        shared = Message("{key} of keys", key=key[-3]) if self.enable_gqa and len(key) > 2 else ""
        return ", ".join(filter(None, (heads, shared, "causal" * self.is_causal)))


def _shifted(given: DimMaps, by: int) -> DimMaps:
    """Return maps into an output with additional dimensions in front."""
    return tuple(DimMap(tuple(d + by for d in link.to), link.by) for link in given) if by else given


def _matrix(spec: TensorSpec) -> Shape:
    if len(spec.shape) < 2:
        raise ShapeError(
            Message("attention takes (*, tokens, features); got {shape}", shape=shape_text(spec.shape)),
            param="inputs",
        )
    return spec.shape


def pairs(queries: int, keys: int, *, causal: bool, window: int | None) -> int:
    """Return the number of pairs (i, j) of a query and a key that are computed, counted from 0.

    With `causal`, j ≤ i; with a window of w, |i − j| < w.
    """
    reach = 1 if causal else window if window is not None else keys
    # The keys up to the last one that each query sees, less those before its window: sums of min(i, keys).
    upto = _ramp(queries + reach - 1, keys) - _ramp(reach - 1, keys)
    return upto - (_ramp(max(queries - window, 0), keys) if window is not None else 0)


def _ramp(n: int, most: int) -> int:
    """Return min(1, most) + min(2, most) + … + min(n, most)."""
    rising = min(n, most)
    return rising * (rising + 1) // 2 + most * (n - rising)
