"""What a report says of training and of language models where it is asked: lines for people, objects for scripts."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

from layerledger.core.analysis import Result
from layerledger.core.base import units
from layerledger.core.reports.options import Part

if TYPE_CHECKING:
    from layerledger.core.analysis.passes.language_model import LanguageModelCost
    from layerledger.core.analysis.passes.training import Training, TrainingConfig


class SectionRow(NamedTuple):
    """A number: its name, its value in full and in a prefix that suits it, and what it is."""

    name: str
    exact: str
    short: str
    rule: str


class Section(NamedTuple):
    """Lines under a heading, and sentences below them."""

    title: str
    lines: tuple[SectionRow, ...]
    notes: tuple[str, ...]


def report_sections(result: Result, part: Part) -> Iterator[Section]:
    """Yield what is asked for besides the counts."""
    if part.plan:
        yield _training_section(result, part.plan)
    if part.context:
        yield _language_section(result, part.context)


def objects(result: Result, part: Part) -> dict[str, Any]:
    """Return the same for JSON, by key."""
    found: dict[str, Any] = {}
    if part.plan:
        found["training"] = _training_object(result, part.plan)
    if part.context:
        found["language"] = _language_object(result, part.context)
    return found


def _bytes(name: str, nbytes: int, rule: str) -> SectionRow:
    return SectionRow(name, f"{units.grouped(nbytes)} B", units.size(nbytes), rule)


def _count(name: str, count: int, rule: str) -> SectionRow:
    return SectionRow(name, units.grouped(count), units.count(count), rule)


# -- training


def _training(result: Result, plan: TrainingConfig) -> Training:
    from layerledger.core.analysis.passes.training import Training  # few reports ask

    return Training(result, plan)


def _training_section(result: Result, plan: TrainingConfig) -> Section:
    from layerledger.core.analysis.passes.training import CHECKPOINTING, EXCLUDED, MACS_RULE, PRECISIONS

    found = _training(result, plan)
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
    return Section(f"Training: {', '.join(settings)}", tuple(lines), (EXCLUDED,))


def _training_object(result: Result, plan: TrainingConfig) -> dict[str, Any]:
    from layerledger.core.analysis.passes.training import EXCLUDED, MACS_RULE

    found = _training(result, plan)
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


def _language(result: Result, context: int) -> LanguageModelCost | None:
    from layerledger.core.analysis.passes.language_model import language_model_cost  # few reports ask

    return language_model_cost(result, context=context)


def _language_section(result: Result, context: int) -> Section:
    from layerledger.core.analysis.passes.language_model import CACHE_RULE, DECODE_RULE, NO_CACHE, NOT_ONE, PREFILL_RULE

    found = _language(result, context)
    title = f"Language model: {units.grouped(context)} tokens"
    if found is None:
        return Section(title, (), (NOT_ONE,))
    lines = [_count("Prefill MACs", found.prefill_macs, PREFILL_RULE)]
    if found.decode_macs is not None:
        lines = [
            _bytes("KV cache", found.cache_bytes, CACHE_RULE),
            _bytes("KV cache of a token", found.token_bytes, "What the next token of a sequence adds."),
            *lines,
            _count("Decode MACs", found.decode_macs, DECODE_RULE),
        ]
    notes = ([] if found.decode_macs is not None else [NO_CACHE]) + [found.problem] * bool(found.problem)
    return Section(f"{title}, batch {units.grouped(found.batch)}", tuple(lines), tuple(notes))


def _language_object(result: Result, context: int) -> dict[str, Any] | None:
    from layerledger.core.analysis.passes.language_model import CACHE_RULE, DECODE_RULE, PREFILL_RULE

    found = _language(result, context)
    if found is None:
        return None
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
