"""The size and speed of a network on a device: memory, and for a language model the times of generation.

A decode step generates one token of each sequence. It reads all weights that these tokens use once for the whole batch,
and the cache of every sequence. Of each layer the time is the roofline's, and a step is their sum: a bound from below,
so that tokens per second are one from above. Source: Pope et al. 2022, arXiv:2211.05102.
"""

from __future__ import annotations

from collections import Counter
from fractions import Fraction
from functools import cached_property
from typing import NamedTuple

from layerledger.core.analysis import Result
from layerledger.core.analysis.passes.decode_step import DecodeStep
from layerledger.core.analysis.passes.language_model import at_length, batch_of, context_of, decoding_of, token_inputs
from layerledger.core.analysis.passes.token_flow import TOKEN_DTYPES
from layerledger.core.base.messages import Message
from layerledger.core.base.shapes import TensorSpec
from layerledger.core.metrics.device_fit import Fit, Footprint, fit_on
from layerledger.core.metrics.devices.roofline import SECOND, Roofline, RooflineTime
from layerledger.core.metrics.devices.target import DeviceTarget

FIRST_TOKEN_RULE = (
    "The roofline of each layer, summed over one pass of one sequence over the whole context, as the network is built: "
    "a lower bound."
)
PREFILL_TIME_RULE = "The same for the prompts of all sequences together: a lower bound."
TOKEN_TIME_RULE = (
    "The roofline of each layer, summed over one token of each sequence: weights are read once for all sequences, the "
    "cache of each sequence once. A lower bound."
)
SPEED_RULE = "Sequences divided by the time of a token: an upper bound."
MEMORY_RULE = "Weights, the cache and the state of all sequences, and the live activations of one prompt at a time."


class Sizing(NamedTuple):
    """The memory of a network with a batch, and of a language model the times of generation.

    Attributes:
        batch: sequences; of another network the number of its inputs' dimension 0.
        context: tokens; None for a network that generates none.
        footprint: the bytes that it keeps. Those of a language model's activations are of one prompt.
        fit: how it fits into the device; None without a device.
        first_token: the least time to the first token of one sequence; None where it is not known.
        token: the least time of one more token of each sequence.
        problem: why the network does not run at that length; empty where it does.
    """

    batch: int
    context: int | None
    footprint: Footprint
    fit: Fit | None
    first_token: RooflineTime | None = None
    token: RooflineTime | None = None
    problem: str = ""

    @property
    def tokens_per_s(self) -> Fraction | None:
        """The most tokens a second, of all sequences; None where it is not known."""
        return Fraction(self.batch * SECOND, self.token.total) if self.token and self.token.total else None


class _Prompt(NamedTuple):
    """One pass over a number of tokens."""

    live_bytes: int
    time: RooflineTime | None
    problem: str


class SizingStudy:
    """Sizes of one network for many batches and contexts; what cells of a table share is computed once.

    Attributes:
        result: the analysis of the network, at any length.
        target: the device; None for sizes alone.
        inputs: the inputs of tokens; () for a network that generates none.
    """

    def __init__(self, result: Result, target: DeviceTarget | None = None, *, cache_dtype: str | None = None) -> None:
        """Take a network; `cache_dtype` is that of keys and values, by default as they are computed."""
        self.result, self.target, self._cache_dtype = result, target, cache_dtype
        # Keys: the context and the batch. Both belong to this study, which is made anew for each result.
        self._prompts: dict[tuple[int, int], _Prompt] = {}
        self._decodings: dict[int, list[tuple[DecodeStep, int]]] = {}
        self._is_known = True

    @cached_property
    def inputs(self) -> tuple[int, ...]:
        if not any(given.dtype in TOKEN_DTYPES for given in self.result.network.inputs):
            return ()
        found = token_inputs(self.result)
        # An encoder's attention looks both ways: it depends on tokens and generates none.
        return found if found and decoding_of(self.result, found, batch=1).generates else ()

    @property
    def is_language_model(self) -> bool:
        """Whether the network generates tokens, one after another, with a cache of keys and values, or a state."""
        return bool(self.inputs)

    @cached_property
    def context(self) -> int | None:
        """The number of tokens in the network's inputs; None for a network that generates none."""
        return context_of(self.result, self.inputs) if self.inputs else None

    @cached_property
    def batch(self) -> int:
        """The number of sequences in the network's inputs, or their dimension 0."""
        if self.inputs:
            return batch_of(self.result, self.inputs)
        specs = (spec for spec in self.result.inputs.values() if isinstance(spec, TensorSpec))
        return next((spec.shape[0] for spec in specs if spec.shape), 1)

    @property
    def has_batch(self) -> bool:
        """Whether the inputs of tokens have a dimension for several sequences."""
        specs = [self.result.inputs[self.result.network.inputs[i].name] for i in self.inputs]
        return all(isinstance(spec, TensorSpec) and len(spec.shape) > 1 for spec in specs)

    def at(self, *, context: int | None = None, batch: int | None = None) -> Sizing:
        """Return the sizing of a language model; context and batch are those of its inputs where none are given.

        Of another network, return that of the network as it is; a context and a batch have no effect.
        """
        if not self.inputs or self.context is None:
            return self._as_it_is()
        context, batch = context or self.context, (batch or self.batch) if self.has_batch else 1
        prompt = self._prompt(context, 1)
        cache_bytes = self.cache_bytes(context, batch)
        footprint = Footprint(self.result.totals.weight_bytes, cache_bytes, prompt.live_bytes)
        return Sizing(
            batch=batch,
            context=context,
            footprint=footprint,
            fit=self._fit(footprint),
            first_token=prompt.time,
            token=self._token_time(context, batch, cache_bytes),
            problem=prompt.problem,
        )

    def prefill_time(self, context: int, batch: int) -> RooflineTime | None:
        """Return the least time for the prompts of all sequences together; None where it is not known."""
        return self._prompt(context, batch).time

    def cache_bytes(self, context: int, batch: int) -> int:
        """Return the keys and values of all sequences, and the states of recurrent layers."""
        if not self.inputs:
            return 0
        return sum(
            times * (step.cache_bytes(context, self._cache_dtype) + step.state_bytes_at(context))
            for step, times in self._decoding(batch)
        )

    def problem_at(self, context: int) -> str:
        """Return why a language model does not run at a context length; empty where it does."""
        return self._prompt(context, 1).problem

    def footprint(self, context: int, batch: int) -> Footprint:
        """Return the bytes that a language model keeps, without any time."""
        live = self._prompt(context, 1).live_bytes
        return Footprint(self.result.totals.weight_bytes, self.cache_bytes(context, batch), live)

    # -- parts

    def _as_it_is(self) -> Sizing:
        live = self.result.memory.peak_bytes
        footprint = Footprint(self.result.totals.weight_bytes, 0, live)
        return Sizing(self.batch, None, footprint, self._fit(footprint))

    def _fit(self, footprint: Footprint) -> Fit | None:
        left = self.result.totals.uncounted_layers
        return fit_on(self.target.device, footprint, uncounted=left) if self.target else None

    def _prompt(self, context: int, batch: int) -> _Prompt:
        key = context, batch
        if key not in self._prompts:
            found = at_length(self.result, self.inputs, context, batch=batch)
            error = next((problem for problem in found.problems if problem.severity == "error"), None)
            sentence = Message("{path}: {message}", path=error.path, message=error.message) if error else ""
            roof = self.target.roofline(found) if self.target else None
            time = roof.time(found.root) if roof and _is_known(roof) else None
            # The analysis itself is not kept: a table has many cells.
            self._prompts[key] = _Prompt(found.memory.peak_bytes, time, sentence)
        return self._prompts[key]

    def _decoding(self, batch: int) -> list[tuple[DecodeStep, int]]:
        """Return the layers that run for one token of each sequence, and how often."""
        if batch not in self._decodings:
            # Equal passes share one result, so a repeated block is timed once.
            found = decoding_of(self.result, self.inputs, batch=batch)
            self._is_known &= found.is_known
            times = Counter(step.equal_steps for step in found.steps)
            once = {step.equal_steps: step for step in found.steps}
            self._decodings[batch] = [(step, times[key]) for key, step in once.items()]
        return self._decodings[batch]

    def _token_time(self, context: int, batch: int, cache_bytes: int) -> RooflineTime | None:
        if self.target is None:
            return None
        roof = self.target.roofline(self.result, kept_bytes=cache_bytes)
        steps = self._decoding(batch)
        if not _is_known(roof) or not self._is_known:
            return None
        found = [(self._step_time(roof, step, context), times) for step, times in steps]
        return RooflineTime(*(sum(value * times for value, times in parts) for parts in _columns(found)))

    def _step_time(self, roof: Roofline, step: DecodeStep, context: int) -> RooflineTime:
        more = 2 * step.further_macs(context), step.further_bytes(context, self._cache_dtype)
        if more == (0, 0):
            return roof.time(step.layer)
        return roof.time_with(step.layer, more_operations=more[0], more_bytes=more[1])


def _is_known(roof: Roofline) -> bool:
    return bool(roof.used or roof.bandwidth)


def _columns(found: list[tuple[RooflineTime, int]]) -> list[list[tuple[int, int]]]:
    """Return the numbers of some times field by field, each with how often it occurs."""
    return [[(time[i], times) for time, times in found] for i in range(len(RooflineTime._fields))]
