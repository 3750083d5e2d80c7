"""The section on a device's memory: whether the network fits, and what would make it fit."""

from __future__ import annotations

from collections.abc import Iterator

from layerledger.core.base.messages import Message
from layerledger.core.metrics.device_fit import FIT_RULE, Fit
from layerledger.core.reports.context import ReportContext
from layerledger.core.reports.section import Section, SectionLine, bytes_line
from layerledger.core.studies.remedies import NOTHING_HELPS, Remedy, remedies
from layerledger.core.studies.sizing import MEMORY_RULE, Sizing, SizingStudy


def sizing_of(context: ReportContext) -> Sizing:
    """Return the sizing of a report's network on its device, at the context length that the report asks for."""
    return SizingStudy(context.result, context.metrics.target).at(context=context.tokens)


def fit_section(context: ReportContext) -> Section:
    """Return the section of a report on a device."""
    study = SizingStudy(context.result, context.metrics.target)
    sizing = study.at(context=context.tokens)
    fit = sizing.fit
    assert fit is not None  # the report has a device
    would = remedies(study, sizing) if fit.fits is False else []
    title = Message("Memory on {device}: {verdict}", device=fit.device.title, verdict=fit.verdict)
    data = fit.plain() | {
        "batch": sizing.batch,
        "context": sizing.context,
        "remedies": [each.plain() for each in would],
    }
    return Section("fit", title, tuple(_lines(sizing, fit)), tuple(_notes(fit, would)), data)


def _lines(sizing: Sizing, fit: Fit) -> Iterator[SectionLine]:
    needed = sizing.footprint
    yield bytes_line("Weights", needed.weight_bytes, "As they are stored; shared and tied weights once.")
    if sizing.context is not None:
        yield bytes_line("KV cache", needed.cache_bytes, "Of all sequences at this context length.")
    yield bytes_line("Live activations", needed.live_bytes, "The most that are live at one step.")
    yield bytes_line("Sum", needed.total_bytes, FIT_RULE if sizing.context is None else f"{MEMORY_RULE} {FIT_RULE}")
    for use in fit.uses:
        rule = "Free" if use.fits else "Missing"
        yield bytes_line(f"Size of {use.name}", use.capacity_bytes, f"Of {use.name}, as the device's file has it.")
        yield bytes_line(f"{rule} in {use.name}", abs(use.free_bytes), "The difference.")


def _notes(fit: Fit, would: list[Remedy]) -> Iterator[str]:
    yield from [fit.unknown] * bool(fit.unknown)
    yield from (each.sentence() for each in would)
    if fit.fits is False and not would:
        yield NOTHING_HELPS
