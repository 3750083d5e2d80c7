"""The section on a language model: its cache and operations, and on a device the times of generation."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from layerledger.core.analysis.passes.language_model import (
    CACHE_RULE,
    DECODE_RULE,
    EXPAND_RULE,
    NO_CACHE,
    NOT_ONE,
    PREFILL_RULE,
    STATE_RULE,
    LanguageModelCost,
    language_model_cost,
)
from layerledger.core.base import units
from layerledger.core.base.messages import Message
from layerledger.core.metrics.devices.roofline import RooflineTime
from layerledger.core.reports.context import ReportContext
from layerledger.core.reports.section import Section, SectionLine, bytes_line, count_line
from layerledger.core.studies.remedies import Largest, largest_batch_steps, longest_context_steps, result_of
from layerledger.core.studies.sizing import (
    FIRST_TOKEN_RULE,
    MEMORY_RULE,
    PREFILL_TIME_RULE,
    SPEED_RULE,
    TOKEN_TIME_RULE,
    Sizing,
    SizingStudy,
)
from layerledger.core.studies.sizing_table import table_batches, table_contexts

TABLE_NOTE = (
    "Cells of the table: memory and the most tokens per second of all sequences; in brackets the memory where it does "
    "not fit. Each row is a batch, each column a context length."
)


def language_section(context: ReportContext, tokens: int) -> Section:
    """Return the section of a report on a context length of `tokens`."""
    found = language_model_cost(context.result, context=tokens)
    title = Message("Language model: {tokens} tokens", tokens=units.grouped(tokens))
    if found is None:
        return Section("language", title, (), (NOT_ONE,), None)
    title = Message("{title}, batch {batch}", title=title, batch=units.grouped(found.batch))
    notes = [NO_CACHE] if not found.generates and not found.problem else [*found.notes]
    notes += [found.problem] * bool(found.problem)
    # A network that does not run at that length has no figures there.
    lines, data = [] if found.problem else list(_counts(found)), _data(found)
    if context.metrics.target is None or found.decode_macs is None or found.problem:
        return Section("language", title, tuple(lines), tuple(notes), data)
    timed = _Timed(SizingStudy(context.result, context.metrics.target), tokens, found.batch)
    lines, data = [*lines, *timed.lines()], data | timed.data()
    data["rules"] |= _RULES
    return Section("language", title, tuple(lines), (*notes, TABLE_NOTE), data, tuple(timed.table()))


def _counts(found: LanguageModelCost) -> Iterator[SectionLine]:
    if found.generates:
        yield bytes_line("KV cache", found.cache_bytes, CACHE_RULE)
        yield bytes_line("KV cache of a token", found.token_bytes, "What the next token of a sequence adds.")
    if found.states:
        yield bytes_line("Recurrent state", found.state_bytes, STATE_RULE)
    yield count_line("Prefill MACs", found.prefill_macs, PREFILL_RULE)
    if found.decode_macs is not None:
        yield count_line("Decode MACs", found.decode_macs, DECODE_RULE)
    if found.expand_macs:
        yield count_line("of them keys and values anew", found.expand_macs, EXPAND_RULE)


def _data(found: LanguageModelCost) -> dict[str, Any]:
    layers = [{"path": layer.path, "tokens": layer.tokens, "kv_cache_bytes": layer.nbytes} for layer in found.layers]
    rules = {
        "kv_cache": CACHE_RULE,
        "state": STATE_RULE,
        "prefill": PREFILL_RULE,
        "decode": DECODE_RULE,
        "decode_expand": EXPAND_RULE,
    }
    counts = {
        "kv_cache_bytes": found.cache_bytes,
        "kv_cache_bytes_per_token": found.token_bytes,
        "state_bytes": found.state_bytes,
        "prefill_macs": found.prefill_macs,
        "decode_macs": found.decode_macs,
        "decode_expand_macs": found.expand_macs,
    }
    return {
        "context": found.context,
        "batch": found.batch,
        **(dict.fromkeys(counts) if found.problem else counts),
        "layers": layers,
        "states": [{"path": state.path, "state_bytes": state.nbytes} for state in found.states],
        "problem": found.problem or None,
        "notes": list(found.notes),
        "rules": rules,
    }


_RULES = {
    "memory": MEMORY_RULE,
    "time_to_first_token": FIRST_TOKEN_RULE,
    "prefill_time": PREFILL_TIME_RULE,
    "time_per_token": TOKEN_TIME_RULE,
    "tokens_per_s": SPEED_RULE,
}


class _Timed:
    """Memory and times on a device, as lines, as data, and as a table of batches and contexts."""

    def __init__(self, study: SizingStudy, tokens: int, batch: int) -> None:
        self._study = study
        self._sizing = study.at(context=tokens, batch=batch)
        self._prefill = study.prefill_time(tokens, batch)
        self._cells = [
            [study.at(context=each, batch=n) for each in table_contexts(tokens)] for n in table_batches(batch)
        ]
        known = self._sizing.fit is not None and bool(self._sizing.fit.uses)
        self._batch = result_of(largest_batch_steps(study, tokens)) if known else None
        self._context = result_of(longest_context_steps(study, batch)) if known else None

    def lines(self) -> Iterator[SectionLine]:
        found = self._sizing
        yield bytes_line("Memory", found.footprint.total_bytes, MEMORY_RULE)
        if found.first_token and self._prefill:
            yield _at_least("Time to the first token", found.first_token, FIRST_TOKEN_RULE)
            if found.batch > 1:
                yield _at_least("Time for all prompts", self._prefill, PREFILL_TIME_RULE)
        if found.token and found.tokens_per_s:
            yield _at_least("Time a token", found.token, TOKEN_TIME_RULE)
            text = Message("≤ {speed}", speed=speed_text(found))
            yield SectionLine("Tokens per second", int(found.tokens_per_s), "count", SPEED_RULE, text)
        if self._batch and self._context:
            at = units.grouped(found.context or 0)
            yield count_line("Largest batch that fits", self._batch.value, f"At {at} tokens.")
            yield count_line(
                "Longest context that fits", self._context.value, f"At batch {units.grouped(found.batch)}."
            )

    def table(self) -> Iterator[tuple[str, ...]]:
        yield ("Batch", *(units.grouped(each.context or 0) for each in self._cells[0]))
        for row in self._cells:
            yield (units.grouped(row[0].batch), *map(_cell, row))

    def data(self) -> dict[str, Any]:
        found = self._sizing
        return {
            **found.footprint._asdict(),
            "memory_bytes": found.footprint.total_bytes,
            "time_to_first_token_s": _seconds(found.first_token),
            "prefill_s": _seconds(self._prefill),
            "time_per_token_s": _seconds(found.token),
            "tokens_per_s": _speed(found),
            "token_bound": (found.token.bound or None) if found.token else None,
            "largest_batch": _largest(self._batch),
            "longest_context": _largest(self._context),
            "table": [_entry(cell) for row in self._cells for cell in row],
        }


def speed_text(sizing: Sizing) -> str:
    """Return tokens per second for people, 133 or 4,195; empty where they are not known."""
    speed = sizing.tokens_per_s
    if speed is None:
        return ""
    return units.grouped(round(speed)) if speed >= 100 else f"{float(speed):.3g}"


def _at_least(name: str, time: RooflineTime, rule: str) -> SectionLine:
    return SectionLine(name, time.total, "seconds", rule, Message("≥ {time}", time=units.duration(time.total)))


def _cell(sizing: Sizing) -> str:
    size = units.size(sizing.footprint.total_bytes)
    if sizing.problem:
        return "–"
    fits = sizing.fit is None or sizing.fit.fits is not False
    return f"{size}, ≤ {speed_text(sizing) or '?'}/s" if fits else f"({size})"


def _seconds(time: RooflineTime | None) -> float | None:
    return time.seconds if time else None


def _speed(sizing: Sizing) -> float | None:
    return float(sizing.tokens_per_s) if sizing.tokens_per_s else None


def _largest(found: Largest | None) -> int | None:
    return found.value if found else None


def _entry(cell: Sizing) -> dict[str, Any]:
    return {
        "batch": cell.batch,
        "context": cell.context,
        "memory_bytes": cell.footprint.total_bytes,
        "fits": cell.fit.fits if cell.fit else None,
        "time_to_first_token_s": _seconds(cell.first_token),
        "time_per_token_s": _seconds(cell.token),
        "tokens_per_s": _speed(cell),
        "problem": cell.problem or None,
    }
