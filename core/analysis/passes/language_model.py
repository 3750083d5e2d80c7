"""Language models: what the cache of keys and values takes at a context length, and what a prompt and a token cost.

A context length is the number of tokens in the input: the network is analysed anew with inputs of that
length. Keys and values are those of the attention layers in it, so grouped-query heads, layers that differ and sliding
windows count as they are. Sources: Vaswani et al. 2017, arXiv:1706.03762; Pope et al. 2022, arXiv:2211.05102.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple

from layerledger.core.analysis import Result
from layerledger.core.analysis.analyzer import analyze_alike
from layerledger.core.analysis.layer_dtypes import cache_dtype_of
from layerledger.core.analysis.passes.decoding import decode_steps, kept_attention, key_tensor, keys_by_input
from layerledger.core.analysis.passes.schedule import name_of_step
from layerledger.core.base.dtypes import CACHE_DTYPES
from layerledger.core.base.messages import Message
from layerledger.core.base.quantized import stored_bytes
from layerledger.core.base.shapes import TensorSpec
from layerledger.core.base.values import MAX_SIZE
from layerledger.core.network.nodes import NetworkInput
from layerledger.core.network.paths import NodePath

CACHE_RULE = (
    "Of each layer 2 × heads of keys × features of a head × tokens × sequences × bytes: the keys and the values of "
    "past tokens, in a sliding window no more than it holds. Attention to another sequence keeps that one's, once."
)
PREFILL_RULE = "MACs of one pass over the whole context, as the network counts them."
DECODE_RULE = (
    "MACs of the last token of the context, with the keys and values before it in the cache: every layer that depends "
    "on the tokens, on one of them, and attention of one query to all keys, or to those in the window."
)

NOT_ONE = "No attention layer is fed by tokens, indices of shape (N, L)."
NO_CACHE = "Nothing is kept from token to token: attention looks both ways, as in an encoder."


class KVCacheLayer(NamedTuple):
    """An attention layer that keeps keys and values.

    Attributes:
        path: names joined by dots, with the number of the pass inside a repeated block.
        at: positions, without passes.
        elements: numbers of the keys and values of one token.
        tokens: of which they are kept.
        nbytes: of all sequences.
        window: most tokens that are kept; None where all are.
        fixed: whether they are of another sequence, which does not grow.
    """

    path: str
    at: NodePath
    elements: int
    tokens: int
    nbytes: int
    window: int | None
    fixed: bool


class LanguageModelCost(NamedTuple):
    """The cost of a language model at a context length.

    Attributes:
        context: tokens.
        batch: sequences.
        layers: those that keep keys and values, each pass of them.
        cache_bytes: keys and values of all layers.
        token_bytes: what the next token of one sequence adds to them; nothing in a window that is full.
        prefill_macs: of one pass over the whole context.
        decode_macs: of the last token of each sequence, with those before it in the cache; None where nothing is kept.
        problem: why the network does not run at that length; empty where it does.
    """

    context: int
    batch: int
    layers: tuple[KVCacheLayer, ...]
    cache_bytes: int
    token_bytes: int
    prefill_macs: int
    decode_macs: int | None
    problem: str = ""


def token_inputs(result: Result) -> tuple[int, ...]:
    """Return the inputs that hold the tokens that are written; () where no attention layer depends on any.

    Those on which the keys of the fewest attention layers depend: of an encoder and a decoder, the decoder's.
    """
    found = keys_by_input(result)
    fewest = min(found.values(), default=0)
    return tuple(i for i, count in found.items() if count == fewest)


def language_model_cost(
    result: Result, *, context: int | None = None, cache_dtype: str | None = None
) -> LanguageModelCost | None:
    """Return the cost of a network at a context length; None where no attention layer depends on tokens.

    Args:
        result: its analysis, at any length.
        context: tokens; as many as its inputs have where none are given.
        cache_dtype: in which keys and values are kept; that of the network's precision where none is given, and as
            they are computed where it states none.

    Raises:
        ValueError: `context` is no length, or `cache_dtype` none that is known.
    """
    if context is not None and not 1 <= context <= MAX_SIZE:
        raise ValueError(
            Message(
                "the context length must be from 1 to {max_size}; got {context}", max_size=MAX_SIZE, context=context
            )
        )
    if cache_dtype is not None and cache_dtype not in CACHE_DTYPES:
        raise ValueError(
            Message(
                "the cache's dtype must be one of {known}; got {cache_dtype}",
                known=", ".join(CACHE_DTYPES),
                cache_dtype=cache_dtype,
            )
        )
    inputs = token_inputs(result)
    if not inputs:
        return None
    length = context or context_of(result, inputs)
    whole, single = (at_length(result, inputs, each) for each in (length, 1))
    return _found(whole, single, inputs, length, cache_dtype)


def context_of(result: Result, inputs: Sequence[int]) -> int:
    """Return the number of tokens that the inputs of a network have."""
    return _fed(result)[inputs[-1]].shape[-1]


def batch_of(result: Result, inputs: Sequence[int]) -> int:
    """Return the number of sequences that the inputs of a network have."""
    shape = _fed(result)[inputs[0]].shape
    return shape[0] if len(shape) > 1 else 1


def at_length(result: Result, inputs: Sequence[int], length: int, *, batch: int | None = None) -> Result:
    """Return the analysis of a network with `length` tokens in these inputs, and of `batch` sequences if given."""
    before, fed = batch_of(result, inputs), _fed(result)
    for i, each in enumerate(fed):
        shape = (*each.shape[:-1], length) if i in inputs else each.shape
        # An input of one dimension, such as positions, belongs to all sequences.
        batched = batch is not None and len(shape) > 1 and shape[0] == before
        fed[i] = replace(each, shape=(batch or before, *shape[1:]) if batched else shape)
    network = replace(result.network, inputs=tuple(fed))
    return analyze_alike(network, result)


def _fed(result: Result) -> list[NetworkInput]:
    """Return the inputs as the analysis took them: with its batch and its dtype."""
    found = ((given, result.inputs[given.name]) for given in result.network.inputs)
    return [
        replace(given, shape=spec.shape, dtype=spec.dtype) if isinstance(spec, TensorSpec) else given
        for given, spec in found
    ]


def _found(result: Result, single: Result, inputs: Sequence[int], length: int, dtype: str | None) -> LanguageModelCost:
    layers = tuple(_layers(result, inputs, dtype))
    shape = result.schedule.tensors[inputs[0]].shape if result.schedule.tensors else ()
    batch = shape[0] if len(shape) > 1 else 1
    growing = (layer for layer in layers if not layer.fixed and (layer.window is None or layer.window > length))
    error = next((problem for problem in result.problems if problem.severity == "error"), None)
    return LanguageModelCost(
        context=length,
        batch=batch,
        layers=layers,
        cache_bytes=sum(layer.nbytes for layer in layers),
        token_bytes=sum(layer.nbytes // (layer.tokens * batch) for layer in growing),
        prefill_macs=result.totals.macs,
        decode_macs=_decode(single, inputs, length) if any(not layer.fixed for layer in layers) else None,
        problem=f"{error.path}: {error.message}" if error and error.path else error.message if error else "",
    )


# -- the cache and one token


def _layers(result: Result, inputs: Sequence[int], dtype: str | None) -> Iterator[KVCacheLayer]:
    for step, cached, fixed in kept_attention(result.schedule, inputs):
        window = None if fixed else cached.window
        tokens = cached.tokens if window is None else min(cached.tokens, window)
        stored = dtype or cache_dtype_of(result, step.layer, result.schedule.tensors[key_tensor(step)].dtype)
        # Of each token on its own: its keys and values are written when it is, so that blocks hold one token's alone.
        nbytes = cached.batch * tokens * stored_bytes(cached.elements, stored)
        path = name_of_step(result.network, step.path, step.passes)
        yield KVCacheLayer(path, step.path, cached.elements, tokens, nbytes, window, fixed)


def _decode(single: Result, inputs: Sequence[int], length: int) -> int:
    """Return the MACs of one token after `length`, from the analysis of a single one."""
    return sum(step.layer.cost.macs + step.further_macs(length) for step in decode_steps(single, inputs))
