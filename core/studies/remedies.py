"""Changes with which a network would fit a device: a smaller batch, another precision, a shorter context.

Each search is a generator that yields None after each analysis, so that a window can run it in slices, and then its
result.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Literal, NamedTuple

from layerledger.core.analysis import Result, analyze
from layerledger.core.analysis.analyzer import analyze_alike
from layerledger.core.base import units
from layerledger.core.base.messages import Message
from layerledger.core.base.precision import BUNDLES
from layerledger.core.metrics.device_fit import Footprint, fit_on
from layerledger.core.studies.sizing import Sizing, SizingStudy

MOST = 2**24
"""The largest batch and the longest context that is looked for."""

NOTHING_HELPS = "no smaller batch, narrower precision or shorter context alone would make it fit"

_PRECISIONS = ("float16", "w8a16", "w4a16", "int8")
"""The precisions that are tried, by id, the widest first."""


class Largest(NamedTuple):
    """The largest batch, or the longest context, that fits.

    Attributes:
        value: sequences or tokens; 0 where not even 1 fits.
        needed_bytes: what the network keeps then; 0 where none fits.
        stopped: whether the search ended before the memory was full: at MOST, or where the network does not run.
    """

    value: int
    needed_bytes: int
    stopped: bool


class Remedy(NamedTuple):
    """A change with which a network would fit.

    Attributes:
        kind: what to change.
        value: the batch or the context, or the name of the precision.
        needed_bytes: what the network keeps then.
    """

    kind: Literal["batch", "precision", "context"]
    value: int | str
    needed_bytes: int

    def sentence(self) -> str:
        """Return `batch 3 would fit (77.1 GiB)`."""
        size = units.size(self.needed_bytes)
        if isinstance(self.value, str):
            return Message("{name} would fit ({size})", name=self.value, size=size)
        number = units.grouped(self.value)
        if self.kind == "batch":
            return Message("batch {number} would fit ({size})", number=number, size=size)
        return Message("a context of {number} tokens would fit ({size})", number=number, size=size)

    def plain(self) -> dict[str, int | str]:
        """Return it as a report for scripts has it."""
        return {"change": self.kind, "to": self.value, "memory_bytes": self.needed_bytes, "text": self.sentence()}


def largest_batch_steps(study: SizingStudy, context: int | None = None) -> Iterator[Largest | None]:
    """Look for the largest batch that fits, of a language model at a context length."""
    if context is None or not study.is_language_model:
        return _search(study, lambda n: _with_batch(study.result, n), MOST)
    one = study.footprint(context, 1)
    # The cache grows with the number of sequences; the activations are those of one prompt.
    return _search(study, lambda n: one._replace(cache_bytes=one.cache_bytes * n), MOST)


def longest_context_steps(study: SizingStudy, batch: int) -> Iterator[Largest | None]:
    """Look for the longest context that fits with a batch."""

    def needed(context: int) -> Footprint | None:
        return None if study.problem_at(context) else study.footprint(context, batch)

    return _search(study, needed, MOST)


def remedy_steps(study: SizingStudy, sizing: Sizing) -> Iterator[Remedy | None]:
    """Look for the changes with which a network that does not fit would; each is meant alone."""
    if sizing.batch > 1:
        yield from _as_remedy("batch", largest_batch_steps(study, sizing.context), sizing.batch)
    yield from _precision_steps(study, sizing)
    if sizing.context is not None:
        yield from _as_remedy("context", longest_context_steps(study, sizing.batch), sizing.context)


def remedies(study: SizingStudy, sizing: Sizing) -> list[Remedy]:
    """Return the changes with which a network that does not fit would."""
    return [step for step in remedy_steps(study, sizing) if step]


def result_of(steps: Iterator[Largest | None]) -> Largest:
    """Return the result of a search."""
    return next(step for step in steps if step)


def _as_remedy(
    kind: Literal["batch", "context"], steps: Iterator[Largest | None], present: int
) -> Iterator[Remedy | None]:
    for step in steps:
        useful = step is not None and 0 < step.value < present
        yield Remedy(kind, step.value, step.needed_bytes) if step and useful else None


def _search(study: SizingStudy, needed: Callable[[int], Footprint | None], most: int) -> Iterator[Largest | None]:
    """Yield None for each size that is tried, then the largest that fits; what is larger than one too large is too."""
    assert study.target is not None
    device, low, best, tried, stopped = study.target.device, 0, 0, 1, True
    too_large: int | None = None
    while tried <= most and (too_large is None or too_large - low > 1):
        found = needed(tried)
        fits = found is not None and fit_on(device, found).fits is not False
        if fits and found is not None:
            low, best = tried, found.total_bytes
        else:
            too_large, stopped = tried, found is None
        tried = 2 * tried if too_large is None else (low + too_large) // 2
        yield None
    yield Largest(low, best, stopped)


def _with_batch(result: Result, batch: int) -> Footprint | None:
    return _footprint(analyze_alike(result.network, result, batch=batch))


def _footprint(found: Result) -> Footprint | None:
    return Footprint(found.totals.weight_bytes, 0, found.memory.peak_bytes) if found.ok else None


def _precision_steps(study: SizingStudy, sizing: Sizing) -> Iterator[Remedy | None]:
    """Look for the widest precision narrower than the present one with which the network fits."""
    assert study.target is not None
    for bundle in map(BUNDLES.__getitem__, _PRECISIONS):
        dtype, weights = bundle.stated.compute, bundle.stated.weights
        result = analyze(study.result.network, batch=_batch(study), dtype=dtype, weights=weights)
        # A network that generates nothing is sized as it was analysed.
        found = SizingStudy(result, study.target).at(context=sizing.context, batch=sizing.batch)
        needed = found.footprint.total_bytes
        if needed < sizing.footprint.total_bytes and found.fit and found.fit.fits is not False:
            yield Remedy("precision", bundle.title, needed)
            return
        yield None


def _batch(study: SizingStudy) -> int | None:
    """Return the batch with which a network was analysed; None where that is its own."""
    own = next((given.shape[0] for given in study.result.network.inputs if given.shape), 1)
    return None if own == study.batch or study.is_language_model else study.batch
