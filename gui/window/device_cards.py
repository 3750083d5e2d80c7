"""The cards of the chosen device: memory and whether the network fits, and the times of generation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import cast

from PySide6.QtCore import QCoreApplication

from layerledger.core.base import units
from layerledger.core.base.messages import Message
from layerledger.core.metrics.device_fit import FIT_RULE, Fit, MemoryUse
from layerledger.core.metrics.device_time import dtype_text
from layerledger.core.reports.language_section import speed_text
from layerledger.core.studies.remedies import NOTHING_HELPS, Remedy
from layerledger.core.studies.sizing import FIRST_TOKEN_RULE, SPEED_RULE, TOKEN_TIME_RULE, Sizing
from layerledger.gui.document.document import Document
from layerledger.gui.document.sizing import may_generate, sizing_of
from layerledger.gui.theme.translation import translated
from layerledger.gui.window.total import Total, Verdict


def _tr(text: str, **values: str) -> str:
    found = QCoreApplication.translate("Header", text)
    return found.format(**values) if values else found


def has_device(document: Document) -> bool:
    """Return whether a device is chosen."""
    return document.target is not None


def may_be_timed(document: Document) -> bool:
    """Return whether a network may be a language model on a device; takes no time."""
    return has_device(document) and may_generate(document)


# -- memory


def memory(document: Document) -> Total | None:
    """Return what the network takes of the device's memory; None without a device."""
    if document.target is None:
        return None
    sizing = sizing_of(document)
    fit = sizing.fit
    assert fit is not None
    use = fullest(fit)
    value = _of(use) if use else units.size(sizing.footprint.total_bytes)
    value = units.at_least(value) if document.result.totals.uncounted_layers else value
    caption, short = _tr("Memory on {device}", device=fit.device.short), _tr("Memory")
    if use and len(fit.uses) > 1:
        short = use.name[:1].upper() + use.name[1:]
        caption = _tr("{memory} of {device}", memory=short, device=fit.device.short)
    tip = "\n".join((translated(fit.sentence()), translated(FIT_RULE)))
    brief = _tr("size not known") if fit.unknown and fit.fits is not False else ""
    return Total(caption, value, _line(sizing, fit), tip, cast(Verdict, str(fit.verdict)), short, brief)


def with_remedies(total: Total, would: Sequence[Remedy]) -> Total:
    """Return the card of a network that does not fit, with what would make it fit."""
    words = [translated(each.sentence()) for each in would] or [translated(NOTHING_HELPS)]
    line = f"{total.line}; {words[0]}" if would else total.line
    return replace(total, line=line, tip="\n".join((total.tip, *words)))


def fullest(fit: Fit) -> MemoryUse | None:
    """Return the memory that is the fullest, by the share of its size that is needed."""
    return max(fit.uses, key=lambda use: use.needed_bytes / use.capacity_bytes, default=None)


def _of(use: MemoryUse) -> str:
    """Return `14.8 of 80.0 GiB`; each with its own prefix where the two are far apart."""
    if use.needed_bytes * 100 < use.capacity_bytes or use.capacity_bytes * 100 < use.needed_bytes:
        needed, capacity = units.size(use.needed_bytes), units.size(use.capacity_bytes)
        return _tr("{needed} of {capacity}", needed=needed, capacity=capacity)
    (needed, capacity), prefix = units.sizes(use.needed_bytes, use.capacity_bytes)
    return _tr("{needed} of {capacity} {unit}", needed=needed, capacity=capacity, unit=prefix)


def _line(sizing: Sizing, fit: Fit) -> str:
    if fit.fits is False:
        missing = [use for use in fit.uses if not use.fits]
        parts = [_tr("{size} too much", size=units.size(-use.free_bytes)) for use in missing]
        return parts[0] if len(fit.uses) == 1 else _tr("{size} in {memory}", size=parts[0], memory=missing[0].name)
    if fit.unknown:
        return translated(fit.unknown)
    weights, cache, live = sizing.footprint
    texts, prefix = units.sizes(weights, cache, live)
    if sizing.context is None:
        return _tr("{weights} weights · {live} live ({unit})", weights=texts[0], live=texts[2], unit=prefix)
    return _tr("{weights} weights · {cache} cache · {live} live", weights=texts[0], cache=texts[1], live=texts[2])


# -- times of generation


def first_token(document: Document) -> Total | None:
    """Return the least time to the first token; None where there is no device or no language model."""
    sizing = sizing_of(document) if may_be_timed(document) else None
    if sizing is None or sizing.context is None:
        return None
    tokens = units.grouped(sizing.context)
    value = f"≥ {units.duration(sizing.first_token.total)}" if sizing.first_token else _tr("not known")
    line = _tr("{tokens} tokens, {dtype}, roofline", tokens=tokens, dtype=_dtype(document))
    if sizing.problem:
        value, line = units.NONE, translated(Message("{problem}", problem=sizing.problem))
    tip, short = translated(FIRST_TOKEN_RULE), _tr("First token")
    return Total(_tr("Time to first token, lower bound"), value, line, tip, short=short)


def speed(document: Document) -> Total | None:
    """Return the most tokens per second; None where there is no device or no language model."""
    sizing = sizing_of(document) if may_be_timed(document) else None
    if sizing is None or sizing.context is None:
        return None
    caption, tip = _tr("Tokens per second, upper bound"), f"{translated(SPEED_RULE)}\n{translated(TOKEN_TIME_RULE)}"
    if sizing.token is None or sizing.problem:
        return Total(caption, units.NONE if sizing.problem else _tr("not known"), "", tip, short=_tr("Tokens/s"))
    waits = _tr("waits for memory") if sizing.token.bound == "memory" else _tr("bound by compute")
    time = units.duration(sizing.token.total)
    line = _tr("≥ {time} a token, {waits}", time=time, waits=waits)
    if sizing.batch > 1:
        line = _tr("≥ {time} for {n} tokens, {waits}", time=time, n=units.grouped(sizing.batch), waits=waits)
    brief = _tr("≥ {time} each", time=time) if sizing.batch == 1 else ""
    return Total(caption, f"≤ {speed_text(sizing)}", line, tip, short=_tr("Tokens/s"), short_line=brief)


def _dtype(document: Document) -> str:
    return dtype_text(document.time.roofline) if document.time else ""
