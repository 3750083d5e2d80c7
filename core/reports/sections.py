"""The optional sections of a report, on training and on language models: lines for people, data for scripts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from layerledger.core.analysis import Result
from layerledger.core.base import units
from layerledger.core.base.messages import Message
from layerledger.core.metrics.metric import Unit
from layerledger.core.reports.context import ReportContext

if TYPE_CHECKING:
    from layerledger.core.analysis.passes.language_model import LanguageModelCost
    from layerledger.core.analysis.passes.training import Training, TrainingConfig


class SectionLine(NamedTuple):
    """A number of a section: its name, its value and unit, and the rule that it follows."""

    name: str
    value: int
    unit: Unit
    rule: str


class Section(NamedTuple):
    """Lines under a heading, and sentences below them.

    Attributes:
        key: its key in JSON reports.
        title: its heading.
        lines: the numbers, each with its rule.
        notes: the sentences below them.
        data: the same for scripts; None where there is nothing to say.
    """

    key: str
    title: str
    lines: tuple[SectionLine, ...]
    notes: tuple[str, ...]
    data: Mapping[str, Any] | None


def report_sections(context: ReportContext) -> Iterator[Section]:
    """Yield the sections that a context asks for besides the counts."""
    if context.training:
        yield _training_section(context.result, context.training)
    if context.tokens:
        yield _language_section(context.result, context.tokens)


def _bytes(name: str, nbytes: int, rule: str) -> SectionLine:
    return SectionLine(name, nbytes, "bytes", rule)


def _count(name: str, count: int, rule: str) -> SectionLine:
    return SectionLine(name, count, "count", rule)


# -- training


def _training_section(result: Result, plan: TrainingConfig) -> Section:
    # Imported here: few reports have this section.
    from layerledger.core.analysis.passes.training import CHECKPOINTING, EXCLUDED, MACS_RULE, PRECISIONS, Training

    found = Training(result, plan)
    parts = [_bytes(part.title, part.nbytes, f"{part.formula}. {part.rule}") for part in found.parts]
    peak, macs = found.peak, found.macs
    lines = [
        *parts,
        _bytes("Sum", found.sum_bytes, "The sum of the parts above."),
        _bytes(peak.title, peak.nbytes, f"{peak.formula}. {peak.rule}"),
        _count("MACs forward", macs.forward, "One pass."),
        _count("MACs of gradients by inputs", macs.by_input, MACS_RULE),
        _count("MACs of gradients by weights", macs.by_weight, "The same rule."),
        *([_count("MACs again", macs.again, "Of blocks that run again.")] if macs.again else []),
        _count("MACs of a step", macs.total, "The sum of the parts above."),
    ]
    settings = (found.optimizer.title, PRECISIONS[plan.precision], CHECKPOINTING[plan.checkpointing])
    title, data = f"Training: {', '.join(settings)}", _training_data(found, plan)
    return Section("training", title, tuple(lines), (EXCLUDED,), data)


def _training_data(found: Training, plan: TrainingConfig) -> dict[str, Any]:
    from layerledger.core.analysis.passes.training import EXCLUDED, MACS_RULE

    parts = (*found.parts, found.peak)
    macs = found.macs
    return {
        **plan._asdict(),
        **{f"{part.key}_bytes": part.nbytes for part in parts},
        "sum_bytes": found.sum_bytes,
        "macs": macs.total,
        "macs_by_part": macs._asdict(),
        "rules": {part.key: f"{part.rule} {part.formula}" for part in parts} | {"macs": MACS_RULE},
        "excluded": EXCLUDED,
    }


# -- language models


def _language_section(result: Result, tokens: int) -> Section:
    from layerledger.core.analysis.passes.language_model import (
        CACHE_RULE,
        DECODE_RULE,
        NO_CACHE,
        NOT_ONE,
        PREFILL_RULE,
        language_model_cost,
    )

    found = language_model_cost(result, context=tokens)
    title = Message("Language model: {tokens} tokens", tokens=units.grouped(tokens))
    if found is None:
        return Section("language", title, (), (NOT_ONE,), None)
    lines = [_count("Prefill MACs", found.prefill_macs, PREFILL_RULE)]
    if found.decode_macs is not None:
        lines = [
            _bytes("KV cache", found.cache_bytes, CACHE_RULE),
            _bytes("KV cache of a token", found.token_bytes, "What the next token of a sequence adds."),
            *lines,
            _count("Decode MACs", found.decode_macs, DECODE_RULE),
        ]
    notes = ([] if found.decode_macs is not None else [NO_CACHE]) + [found.problem] * bool(found.problem)
    title = f"{title}, batch {units.grouped(found.batch)}"
    return Section("language", title, tuple(lines), tuple(notes), _language_data(found))


def _language_data(found: LanguageModelCost) -> dict[str, Any]:
    from layerledger.core.analysis.passes.language_model import CACHE_RULE, DECODE_RULE, PREFILL_RULE

    layers = [{"path": layer.path, "tokens": layer.tokens, "kv_cache_bytes": layer.nbytes} for layer in found.layers]
    rules = {"kv_cache": CACHE_RULE, "prefill": PREFILL_RULE, "decode": DECODE_RULE}
    return {
        "context": found.context,
        "batch": found.batch,
        "kv_cache_bytes": found.cache_bytes,
        "kv_cache_bytes_per_token": found.token_bytes,
        "prefill_macs": found.prefill_macs,
        "decode_macs": found.decode_macs,
        "layers": layers,
        "problem": found.problem or None,
        "rules": rules,
    }
