"""Attention in generation: which layers keep keys and values, and what runs for one more token."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from layerledger.core.analysis.layer_dtypes import cache_dtype_of
from layerledger.core.analysis.node_result import NodeResult
from layerledger.core.analysis.passes.schedule import Schedule, Step
from layerledger.core.analysis.result import Result
from layerledger.core.base.quantized import stored_bytes
from layerledger.core.layers.saved_tensors import KVCache

TOKEN_DTYPES = ("int64", "int32")


def dependence_masks(flow: Schedule) -> list[int]:
    """Return, for each tensor, on which of the network's inputs it depends: a bit each."""
    masks = [1 << i if maker < 0 else 0 for i, maker in enumerate(flow.producers)]
    for step in flow.steps:
        mask = 0
        for tensor in step.inputs:
            mask |= masks[tensor]
        for tensor in step.outputs:
            masks[tensor] = mask
    return masks


def _attention(flow: Schedule) -> Iterator[tuple[Step, KVCache]]:
    """Yield the attention steps of a network."""
    # Key: the identity of a layer's result, which the schedule keeps alive; equal passes share one.
    known: dict[int, KVCache | None] = {}
    for step in flow.steps:
        if id(step.layer) not in known:
            known[id(step.layer)] = _cached(step)
        if cached := known[id(step.layer)]:
            yield step, cached


def _cached(step: Step) -> KVCache | None:
    layer = step.layer
    inputs = layer.known_inputs
    if layer.op is None or inputs is None or layer.outputs is None:
        return None
    return layer.op.kv_cache(inputs, layer.outputs)


def keys_by_input(result: Result) -> dict[int, int]:
    """Return how many attention layers have keys that depend on each input of tokens, where any do."""
    flow = result.schedule
    # An input with a problem has no tensor; then bit i of a mask is not input i.
    if len(result.network.inputs) != sum(maker < 0 for maker in flow.producers):
        return {}
    masks = dependence_masks(flow)
    keys = [masks[key_tensor(step)] for step, _ in _attention(flow)]
    tokens = [i for i, given in enumerate(result.network.inputs) if given.dtype in TOKEN_DTYPES and given.shape]
    counts = {i: sum(mask >> i & 1 for mask in keys) for i in tokens if len(result.network.inputs[i].shape) <= 2}
    return {i: count for i, count in counts.items() if count}


def key_tensor(step: Step) -> int:
    """Return the tensor that keys are, or are made of."""
    # With one input, as in self-attention, keys are made of it.
    return step.inputs[min(1, len(step.inputs) - 1)]


def kept_attention(flow: Schedule, inputs: Sequence[int]) -> Iterator[tuple[Step, KVCache, bool]]:
    """Yield the attention steps that keep keys and values, and whether these are of another sequence."""
    masks = dependence_masks(flow)
    wanted = sum(1 << i for i in inputs)
    for step, cached in _attention(flow):
        if masks[step.inputs[0]] & wanted:
            fixed = not masks[key_tensor(step)] & wanted
            if fixed or cached.causal is not False:
                yield step, cached, fixed


# -- one more token


class DecodeStep(NamedTuple):
    """A layer that runs for one more token of each sequence.

    Attributes:
        layer: its result with a single token.
        kept: the keys and values that it keeps; None for a layer that keeps none.
        fixed: whether they are of another sequence, which does not grow.
        computed_as: the dtype of keys as they are computed.
        kept_as: the dtype in which keys and values are kept.
    """

    layer: NodeResult
    kept: KVCache | None
    fixed: bool
    computed_as: str
    kept_as: str

    def keys(self, length: int) -> int:
        """Return the keys to which the last of `length` tokens attends; 1 where none are kept."""
        if self.kept is None or self.fixed:
            return 1
        return length if self.kept.window is None else min(length, self.kept.window)

    def further_macs(self, length: int) -> int:
        """Return the MACs with the keys before the token itself, which the layer has not counted."""
        return self.kept.batch * self.kept.macs * (self.keys(length) - 1) if self.kept else 0

    def cache_bytes(self, length: int, dtype: str | None) -> int:
        """Return the bytes of the keys and values of `length` tokens, kept in `dtype`; None is that of the network."""
        if self.kept is None:
            return 0
        tokens = self.kept.tokens if self.fixed else self.keys(length)
        return self.kept.batch * tokens * stored_bytes(self.kept.elements, dtype or self.kept_as)

    def further_bytes(self, length: int, cache_dtype: str | None) -> int:
        """Return the bytes of keys and values that are read from the cache, beside those that the layer has counted."""
        if self.kept is None:
            return 0
        each = stored_bytes(self.kept.elements, cache_dtype or self.kept_as)
        counted = stored_bytes(self.kept.elements, self.computed_as)
        # The layer has counted those of another sequence as they are computed.
        return self.kept.batch * (self.kept.tokens * (each - counted) if self.fixed else (self.keys(length) - 1) * each)


def decode_steps(single: Result, inputs: Sequence[int]) -> Iterator[DecodeStep]:
    """Yield the layers that run for one more token, from the analysis of a single one.

    Those that depend on the tokens; what only depends on other inputs, such as an encoder, has run before.
    """
    flow = single.schedule
    masks = dependence_masks(flow)
    wanted = sum(1 << i for i in inputs)
    kept = {id(step): (cached, fixed) for step, cached, fixed in kept_attention(flow, inputs)}
    for step in flow.steps:
        if any(masks[tensor] & wanted for tensor in step.inputs):
            cached, fixed = kept.get(id(step), (None, False))
            computed = flow.tensors[key_tensor(step)].dtype if cached else ""
            kept_as = cache_dtype_of(single, step.layer, computed) if cached else ""
            yield DecodeStep(step.layer, cached, fixed, computed, kept_as)
