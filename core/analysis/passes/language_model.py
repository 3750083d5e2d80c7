"""Language models: what is kept of past tokens at a context length, and what a prompt and a token cost.

A context length is the number of tokens in the input: the network is analysed anew with inputs of that length. Keys and
values are those of the attention layers in it, so grouped-query heads, layers that differ and sliding windows count as
they are; states are those of recurrent layers and scans. Sources: Vaswani et al. 2017, arXiv:1706.03762; Pope et al.
2022, arXiv:2211.05102; of latent attention DeepSeek-V2, arXiv:2405.04434; of scans Mamba, arXiv:2312.00752.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple

from layerledger.core.analysis import Result
from layerledger.core.analysis.analyzer import analyze_alike
from layerledger.core.analysis.passes.decoding import DecodeStep, Decoding, find_decoding, kept_at
from layerledger.core.analysis.passes.schedule import name_of_step
from layerledger.core.analysis.passes.token_flow import sequence_inputs
from layerledger.core.base.dtypes import CACHE_DTYPES
from layerledger.core.base.messages import Message
from layerledger.core.base.shapes import TensorSpec
from layerledger.core.base.values import MAX_SIZE
from layerledger.core.network.nodes import NetworkInput
from layerledger.core.network.paths import NodePath

CACHE_RULE = (
    "Of each layer the fewest numbers from which the keys and values of past tokens follow × tokens × sequences × "
    "bytes: 2 × heads of keys × features of a head, or the latent and the rotary part in latent attention; in a "
    "sliding window no more than it holds. Attention to another sequence keeps that one's, once."
)
STATE_RULE = "The states that recurrent layers and scans carry from token to token; they do not grow with the context."
PREFILL_RULE = "MACs of one pass over the whole context, as the network counts them."
DECODE_RULE = (
    "MACs of the last token of the context, with what is kept of those before it: every layer that depends on the "
    "tokens, on one of them; attention of one query to all keys, or to those in the window; and the layers that make "
    "keys and values of what is kept, on all that is."
)
EXPAND_RULE = (
    "The part of the decode MACs that makes keys and values of the past tokens anew from what is kept of them. Latent "
    "attention with its maps absorbed into those of queries and output has no such part."
)

NOT_ONE = "No attention layer is fed by tokens, indices of shape (N, L), nor any recurrent layer that runs forward."
NO_CACHE = "Nothing is kept from token to token: attention looks both ways, as in an encoder."
NOT_ALONE = "The decode MACs are not known: the network does not run with one token and with two."


class KVCacheLayer(NamedTuple):
    """An attention layer that keeps keys and values.

    Attributes:
        path: names joined by dots, with the number of the pass inside a repeated block.
        at: positions, without passes.
        elements: numbers that are kept of one token; none of those that a layer before it keeps.
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


class StateLayer(NamedTuple):
    """A layer that carries a state from token to token.

    Attributes:
        path: names joined by dots, with the number of the pass inside a repeated block.
        at: positions, without passes.
        nbytes: of all sequences.
    """

    path: str
    at: NodePath
    nbytes: int


class LanguageModelCost(NamedTuple):
    """The cost of a language model at a context length.

    Attributes:
        context: tokens.
        batch: sequences.
        layers: those that keep keys and values, each pass of them.
        cache_bytes: keys and values of all layers.
        token_bytes: what the next token of one sequence adds to them; nothing in a window that is full.
        prefill_macs: of one pass over the whole context.
        decode_macs: of the last token of each sequence, with those before it kept; None where nothing is kept.
        problem: why the network does not run at that length; empty where it does.
        states: the layers that carry a state, each pass of them.
        state_bytes: the states of all layers.
        expand_macs: the part of `decode_macs` that makes keys and values of past tokens of what is kept.
        notes: doubts about the figures, a sentence each.
        generates: whether anything is kept of past tokens.
    """

    context: int
    batch: int
    layers: tuple[KVCacheLayer, ...]
    cache_bytes: int
    token_bytes: int
    prefill_macs: int
    decode_macs: int | None
    problem: str = ""
    states: tuple[StateLayer, ...] = ()
    state_bytes: int = 0
    expand_macs: int = 0
    notes: tuple[str, ...] = ()
    generates: bool = True


def token_inputs(result: Result) -> tuple[int, ...]:
    """Return the inputs that hold the tokens that are written; () where no layer that keeps any depends on them.

    Those on which the keys and states of the fewest layers depend: of an encoder and a decoder, the decoder's.
    """
    found = sequence_inputs(result)
    fewest = min(found.values(), default=0)
    return tuple(i for i, count in found.items() if count == fewest)


def language_model_cost(
    result: Result, *, context: int | None = None, cache_dtype: str | None = None
) -> LanguageModelCost | None:
    """Return the cost of a network at a context length; None where no attention or recurrent layer depends on tokens.

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
    whole = at_length(result, inputs, length)
    return _found(whole, decoding_of(result, inputs), length, cache_dtype)


def decoding_of(result: Result, inputs: Sequence[int], *, batch: int | None = None) -> Decoding:
    """Return the layers that run for one more token of each sequence."""
    single, double = (at_length(result, inputs, each, batch=batch) for each in (1, 2))
    found = find_decoding(single, double, inputs)
    if found.is_known:
        return found
    length = context_of(result, inputs)
    return kept_at(at_length(result, inputs, length, batch=batch), inputs, length)


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


def _found(whole: Result, decoding: Decoding, length: int, dtype: str | None) -> LanguageModelCost:
    steps, problem, notes = decoding.steps, _error(whole), decoding.notes
    known = decoding.generates and decoding.is_known
    if decoding.generates and not known and not problem:
        notes = (*notes, NOT_ALONE)
    return LanguageModelCost(
        context=length,
        batch=decoding.batch,
        layers=tuple(_layers(whole, decoding, length, dtype)),
        cache_bytes=_kept_bytes(steps, length, dtype),
        token_bytes=(_total_bytes(steps, length + 1, dtype) - _total_bytes(steps, length, dtype)) // decoding.batch,
        prefill_macs=whole.totals.macs,
        decode_macs=sum(step.macs_at(length) for step in steps) if known else None,
        problem=problem,
        states=tuple(_states(whole, decoding, length)),
        state_bytes=sum(step.state_bytes_at(length) for step in steps),
        expand_macs=sum(step.expanded(length) for step in steps) if known else 0,
        notes=notes,
        generates=decoding.generates,
    )


def _kept_bytes(steps: Sequence[DecodeStep], length: int, dtype: str | None) -> int:
    return sum(step.cache_bytes(length, dtype) for step in steps)


def _total_bytes(steps: Sequence[DecodeStep], length: int, dtype: str | None) -> int:
    return _kept_bytes(steps, length, dtype) + sum(step.state_bytes_at(length) for step in steps)


def _layers(whole: Result, decoding: Decoding, length: int, dtype: str | None) -> Iterator[KVCacheLayer]:
    for step in decoding.steps:
        for each in step.kept:
            path = name_of_step(whole.network, step.path, step.passes)
            elements = sum(part.numbers for part in each.parts if not part.held)
            nbytes = each.nbytes(length, dtype)
            yield KVCacheLayer(path, step.path, elements, each.keys(length), nbytes, each.window, each.fixed)


def _states(whole: Result, decoding: Decoding, length: int) -> Iterator[StateLayer]:
    for step in decoding.steps:
        if step.state_bytes:
            path = name_of_step(whole.network, step.path, step.passes)
            yield StateLayer(path, step.path, step.state_bytes_at(length))


def _error(result: Result) -> str:
    errors: Iterator[str] = (
        f"{problem.path}: {problem.message}" if problem.path else problem.message
        for problem in result.problems
        if problem.severity == "error"
    )
    return next(errors, "")
