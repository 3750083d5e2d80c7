"""One more token: the layers that run for it, and the keys, values and states that they keep.

Idea: the network is analysed with one token and with two. Their difference is the cost of a token, whatever the
context: a convolution that pads its input counts one position, what runs once for a whole sequence counts once, and
attention is one query with all keys that are kept. Pope et al. 2022, arXiv:2211.05102.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from layerledger.core.analysis.layer_dtypes import cache_dtype_of
from layerledger.core.analysis.passes.decode_step import DecodeStep, Decoding, KeptPart, KeptTokens
from layerledger.core.analysis.passes.kept_tensors import KeptTensors, kept_tensors, same_numbers
from layerledger.core.analysis.passes.schedule import Step, name_of_step
from layerledger.core.analysis.passes.token_flow import dependence, sequences, source_of, statements
from layerledger.core.analysis.result import Result
from layerledger.core.base.messages import Message
from layerledger.core.base.quantized import stored_bytes
from layerledger.core.base.shapes import ELEMENT_BYTES
from layerledger.core.layers.generation import CarriedState, KVCache
from layerledger.core.network.paths import NodePath

_ALL = 2**63


def find_decoding(single: Result, double: Result, inputs: Sequence[int]) -> Decoding:
    """Return the layers that run for one more token: those that depend on the tokens.

    Args:
        single: the analysis with one token.
        double: the analysis with two tokens.
        inputs: those that hold the tokens.
    """
    is_known = single.ok and double.ok and len(single.schedule.steps) == len(double.schedule.steps)
    return _Finder(single, double if is_known else None, inputs, 1).found()


def kept_at(result: Result, inputs: Sequence[int], length: int) -> Decoding:
    """Return the layers that keep anything in an analysis with `length` tokens, without any costs of a token."""
    return _Finder(result, None, inputs, length).found()


class _Finder:
    """The search through the schedules of a network with a number of tokens and with one more; `found` runs it."""

    def __init__(self, first: Result, second: Result | None, inputs: Sequence[int], length: int) -> None:
        self._result, self._length = first, length
        self._first = first.schedule
        self._flow = second.schedule if second else first.schedule
        self._is_known = second is not None
        self._wanted = sum(1 << i for i in inputs)
        self._masks = dependence(self._flow)
        self._content = [mask & self._wanted for mask in dependence(self._flow, values=True)]
        self._batch = sequences(self._first, inputs)
        self._held: dict[int, int] = {}  # tokens of each tensor that is kept already
        self._expands: dict[int, int] = {}  # the attention step for which a step makes keys and values anew
        self._expanded: dict[int, int] = {}  # MACs for each token that is kept, by attention step
        self._pairs: dict[int, int] = {}  # MACs of pairs in the difference of both lengths, by attention step
        self._doubts: dict[tuple[Callable[[str], Message], NodePath], str] = {}
        self._both_ways = self._unknown = False

    def found(self) -> Decoding:
        others = {(i, n): kept for i, n, kept in statements(self._first)}
        kept: dict[int, list[KeptTokens]] = {}
        states: dict[int, tuple[int, int]] = {}
        for i, n, each in statements(self._flow):
            step, other = self._flow.steps[i], others.get((i, n))
            if not step.inputs or not self._masks[step.inputs[0]] & self._wanted:
                continue
            if isinstance(each, KVCache) and isinstance(other, KVCache):
                kept.setdefault(i, []).extend(self._attend(i, step, each, other))
            if isinstance(each, CarriedState) and isinstance(other, CarriedState):
                states |= self._carry(i, step, each, other)
        steps = tuple(self._steps(kept, states))
        growing = any(not each.fixed for step in steps for each in step.kept)
        generates = growing or bool(states) or (self._unknown and not self._both_ways)
        return Decoding(self._batch, steps, generates, self._is_known, tuple(self._notes()) if generates else ())

    # -- keys and values

    def _attend(self, i: int, step: Step, cache: KVCache, single: KVCache) -> tuple[KeptTokens, ...]:
        """Return what an attention step keeps; () where it does not run along the tokens."""
        fixed = not self._masks[source_of(step, cache)] & self._wanted
        if not fixed and cache.causal is False:
            self._both_ways = True
            self._doubt(_both_ways, step)
            return ()
        growth = cache.tokens - single.tokens
        beyond, pairs = (cache.tokens, 0) if fixed else (single.tokens - self._length, 3)
        if not fixed and self._is_known and growth != 1:
            if growth or cache.own_macs or cache.tokens != self._batch or cache.batch != 2:
                self._doubt(_not_along, step)
                return ()
            # Tokens and sequences are exchanged: what is kept is the same.
            self._doubt(_batch_first, step)
            cache, beyond, pairs = cache._replace(tokens=2, batch=self._batch), 0, self._batch
        window = None if fixed else cache.window
        cut = self._cut(step, cache, fixed=fixed)
        parts = self._parts(step, cache, cut, _ALL if window is None else window)
        if cut is not None and not fixed and (cache.stated is None or cache.stated < cache.elements):
            for after in cut.after:
                self._expands.setdefault(after, i)
        if not fixed:
            self._expanded[i] = self._expanded.get(i, 0) + cache.batch * cache.expand_macs
            # All MACs of attention alone are pairs.
            less = self._difference(i) if cache.own_macs else cache.batch * cache.macs * pairs
            self._pairs[i] = self._pairs.get(i, 0) + less
        computed = self._flow.tensors[source_of(step, cache)].dtype
        counted = single.batch * single.tokens * stored_bytes(single.elements, computed)
        return (KeptTokens(parts, beyond, window, fixed, cache.batch * cache.macs, counted),)

    def _cut(self, step: Step, cache: KVCache, *, fixed: bool) -> KeptTensors | None:
        """Return the tensors that are kept; None where keys and values are made inside the layer."""
        if not cache.own_macs:
            return None
        sources, content = cache.sources, self._content
        return kept_tensors(self._flow, step, sources, tokens=cache.tokens, moved_only=fixed, content=content)

    def _parts(self, step: Step, cache: KVCache, cut: KeptTensors | None, tokens: int) -> tuple[KeptPart, ...]:
        if cache.stated is not None:
            return (self._part(step, source_of(step, cache), self._batch * cache.stated, 0),)
        if cut is None:
            return (self._part(step, source_of(step, cache), cache.batch * cache.elements, 0),)
        # What is kept alike is one part, so that blocks of a quantization are filled.
        found: dict[tuple[int, str, int], int] = {}
        for tensor in cut.tensors:
            # A slice or a view of what a layer before it keeps is no second tensor.
            held = max(self._held.get(same, 0) for same in same_numbers(self._flow, tensor))
            self._held[tensor] = max(held, tokens)
            numbers = self._flow.tensors[tensor].elements // max(cache.tokens, 1)
            part = self._part(step, tensor, numbers, held)
            found[part[1:]] = found.get(part[1:], 0) + part.numbers
        return tuple(KeptPart(numbers, *alike) for alike, numbers in found.items())

    def _part(self, step: Step, tensor: int, numbers: int, held: int) -> KeptPart:
        dtype = cache_dtype_of(self._result, step.layer, self._flow.tensors[tensor].dtype)
        shared = numbers % self._batch == 0
        return (
            KeptPart(numbers // self._batch, self._batch, dtype, held) if shared else KeptPart(numbers, 1, dtype, held)
        )

    def _bytes(self, tensor: int) -> int:
        return ELEMENT_BYTES[self._flow.tensors[tensor].dtype]

    # -- states

    def _carry(self, i: int, step: Step, state: CarriedState, single: CarriedState) -> Mapping[int, tuple[int, int]]:
        """Return, by step, the bytes of its state with a single token and those that each further one adds."""
        if not state.causal:
            self._both_ways = True
            self._doubt(_both_ways, step)
            return {}
        if state.elements is None or single.elements is None:
            self._unknown = True
            self._doubt(_unknown_state, step)
            return {}
        growth = state.elements - single.elements
        if state.steps is not None and self._is_known and state.steps == single.steps:
            if state.steps != self._batch or state.elements != 2 * single.elements:
                self._doubt(_not_along, step)
                return {}
            self._doubt(_batch_first, step)
            state, growth = state._replace(elements=growth * self._batch), 0
            single = state
        each = self._bytes(step.outputs[0])
        return {i: ((single.elements or 0) * each, max(growth, 0) * each)}

    # -- steps

    def _steps(
        self, kept: Mapping[int, Sequence[KeptTokens]], states: Mapping[int, tuple[int, int]]
    ) -> Iterator[DecodeStep]:
        for after, i in self._expands.items():
            self._expanded[i] = self._expanded.get(i, 0) + self._one_token(after)[0]
        for i, step in enumerate(self._first.steps):
            if any(self._masks[tensor] & self._wanted for tensor in step.inputs):
                macs, rows = self._one_token(i)
                if i in self._pairs:
                    # What is left of the difference without its pairs of a query and a key are projections.
                    macs, rows = self._difference(i) - self._pairs[i], 0
                expanded, mine = self._expanded.get(i, 0), tuple(kept.get(i, ()))
                yield DecodeStep(step.path, step.passes, step.layer, macs, rows, expanded, mine, *states.get(i, (0, 0)))

    def _macs(self, i: int) -> tuple[int, int]:
        return self._first.steps[i].layer.cost.macs, self._flow.steps[i].layer.cost.macs

    def _difference(self, i: int) -> int:
        shorter, longer = self._macs(i)
        return longer - shorter

    def _one_token(self, i: int) -> tuple[int, int]:
        """Return the MACs of one token in a layer, and those that each token of the context adds to them."""
        single, double = self._macs(i)
        more = double - single
        if more <= 0:
            return single, 0
        # A row of several, each of which costs the more, the more there are, as in attention.
        row = double // 2 if double % 2 == 0 and double >= 2 * single else more
        slope = max(row - single, 0)
        return row - 2 * slope, slope

    # -- doubts

    def _doubt(self, sentence: Callable[[str], Message], step: Step) -> None:
        name = name_of_step(self._result.network, step.path, step.passes)
        self._doubts.setdefault((sentence, step.path), name)

    def _notes(self) -> Iterator[str]:
        for sentence in dict.fromkeys(sentence for sentence, _ in self._doubts):
            names = [name for (found, _), name in self._doubts.items() if found == sentence]
            more = Message(" and {count} more", count=len(names) - 3) if len(names) > 3 else ""
            yield sentence(", ".join(names[:3]) + more)


def _both_ways(names: str) -> Message:
    return Message(
        "{names} looks both ways, so that a further token changes what it makes of earlier ones; the decode MACs leave "
        "that out",
        names=names,
    )


def _not_along(names: str) -> Message:
    return Message("{names} does not run along the tokens, so that it keeps nothing of them", names=names)


def _batch_first(names: str) -> Message:
    return Message(
        "{names} runs along the batch, since batch_first is false; what it keeps is counted as if it ran along the "
        "tokens",
        names=names,
    )


def _unknown_state(names: str) -> Message:
    return Message(
        "{names} may carry a state, which is not counted; state it as a formula in `state`, or 0 for none", names=names
    )
