"""The optional sections of a report: on a device's memory, on training and on language models."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from layerledger.core.analysis import Result
from layerledger.core.reports.context import ReportContext
from layerledger.core.reports.section import Section, SectionLine, bytes_line, count_line

if TYPE_CHECKING:
    from layerledger.core.analysis.passes.training import Training, TrainingConfig

__all__ = ["Section", "SectionLine", "report_sections"]


def report_sections(context: ReportContext) -> Iterator[Section]:
    """Yield the sections that a context asks for besides the counts."""
    if context.metrics.target:
        # Imported here, as all below: few reports have these sections.
        from layerledger.core.reports.fit_section import fit_section

        yield fit_section(context)
    if context.training:
        yield _training_section(context.result, context.training)
    if context.tokens:
        from layerledger.core.reports.language_section import language_section

        yield language_section(context, context.tokens)


# -- training


def _training_section(result: Result, plan: TrainingConfig) -> Section:
    from layerledger.core.analysis.passes.training import CHECKPOINTING, EXCLUDED, PRECISIONS, Training
    from layerledger.core.analysis.passes.training_macs import MACS_RULE

    found = Training(result, plan)
    parts = [bytes_line(part.title, part.nbytes, f"{part.formula}. {part.rule}") for part in found.parts]
    peak, macs = found.peak, found.macs
    lines = [
        *parts,
        bytes_line("Sum", found.sum_bytes, "The sum of the parts above."),
        bytes_line(peak.title, peak.nbytes, f"{peak.formula}. {peak.rule} {found.difference}"),
        count_line("MACs forward", macs.forward, "One pass."),
        count_line("MACs of gradients by inputs", macs.by_input, MACS_RULE),
        count_line("MACs of gradients by weights", macs.by_weight, "The same rule."),
        *([count_line("MACs again", macs.again, "Of blocks that run again.")] if macs.again else []),
        count_line("MACs of a step", macs.total, "The sum of the parts above."),
    ]
    settings = (found.optimizer.title, PRECISIONS[found.precision], CHECKPOINTING[plan.checkpointing])
    title, data = f"Training: {', '.join(settings)}", _training_data(found, plan)
    return Section("training", title, tuple(lines), tuple(filter(None, (EXCLUDED, found.note))), data)


def _training_data(found: Training, plan: TrainingConfig) -> dict[str, Any]:
    from layerledger.core.analysis.passes.training import EXCLUDED
    from layerledger.core.analysis.passes.training_macs import MACS_RULE

    parts = (*found.parts, found.peak)
    macs = found.macs
    return {
        **plan._replace(precision=found.precision)._asdict(),
        **{f"{part.key}_bytes": part.nbytes for part in parts},
        "sum_bytes": found.sum_bytes,
        "macs": macs.total,
        "macs_by_part": macs._asdict(),
        "rules": {part.key: f"{part.rule} {part.formula}" for part in parts} | {"macs": MACS_RULE},
        "difference": found.difference,
        "excluded": EXCLUDED,
        **({"note": found.note} if found.note else {}),
    }
