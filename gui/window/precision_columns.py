"""The columns of the precision menu: what a network takes with each bundle of dtypes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from PySide6.QtCore import QCoreApplication

from layerledger.core.analysis import Result, analyze
from layerledger.core.base import units
from layerledger.core.base.dtypes import TF32
from layerledger.core.base.precision import BUNDLES, Bundle, note_of
from layerledger.core.base.quantized import GGUF
from layerledger.core.metrics.device_time import time_on
from layerledger.core.reports.language_section import speed_text
from layerledger.core.studies.sizing import Sizing, SizingStudy
from layerledger.gui.document.document import Document
from layerledger.gui.document.sizing import may_generate, sizing_of, study_of
from layerledger.gui.theme.translation import translated


class PrecisionColumn(NamedTuple):
    """A column of the menu.

    Attributes:
        title: its heading.
        sample: a text as long as most of its texts.
        text: returns the text of a row.
    """

    title: str
    sample: str
    text: Callable[[Document, Result, Sizing], str]


def precision_columns(document: Document) -> Sequence[PrecisionColumn]:
    """Return the columns that have something to show for a document."""
    columns = [
        PrecisionColumn(_tr("Weights"), "88.8 GiB", _weights),
        PrecisionColumn(_tr("Memory"), "88.8 GiB", _memory),
    ]
    if document.target is None:
        return columns
    if may_generate(document) and study_of(document).is_language_model:
        return [*columns, PrecisionColumn(_tr("tokens/s"), "≤ 88,888", _speed)]
    return [*columns, PrecisionColumn(_tr("Time"), "≥ 88.8 ms", _time)]


def listed_bundles(document: Document) -> Sequence[Bundle]:
    """Return the bundles that differ for a document; TF32 only where its device has it, or where it is chosen."""
    target = document.target
    tf32 = document.result.dtype == TF32 or bool(target and target.device.has_tf32)
    found = (bundle for bundle in BUNDLES.values() if bundle.id not in GGUF)
    found = (bundle for bundle in found if bundle.id != TF32 or tf32)
    # Without a cache, its dtype changes nothing.
    return [bundle for bundle in found if bundle.stated.cache is None or may_generate(document)]


def gguf_bundles() -> Sequence[Bundle]:
    """Return the bundles with the quantizations of GGUF files."""
    return [BUNDLES[name] for name in GGUF]


def rows(
    document: Document, bundles: Sequence[Bundle], columns: Sequence[PrecisionColumn]
) -> Iterator[tuple[Bundle, Sequence[str]]]:
    """Yield the texts of one bundle after another; each is an analysis of its own."""
    for bundle in bundles:
        if bundle.precision == document.result.precision:
            result, sizing = document.result, sizing_of(document)
        else:
            stated = bundle.stated
            result = analyze(document.network, dtype=stated.compute, weights=stated.weights, cache=stated.cache)
            sizing = SizingStudy(result, document.target).at(context=document.settings.context)
        yield bundle, [column.text(document, result, sizing) for column in columns]


def row_note(document: Document, bundle: Bundle) -> str:
    """Return what the short name of a bundle leaves out, and as what a device without its peak computes."""
    notes = [translated(note_of(bundle))]
    if document.target is not None:
        compute = bundle.precision.compute
        used = document.target.device.peak(compute)
        if used is None:
            notes.append(_tr("no peak on the device"))
        elif used.as_dtype != compute:
            notes.append(_tr("timed as {dtype}").format(dtype=used.as_dtype))
    return ", ".join(filter(None, notes))


def _weights(_: Document, result: Result, sizing: Sizing) -> str:
    return units.size(result.totals.weight_bytes)


def _memory(_: Document, result: Result, sizing: Sizing) -> str:
    return units.size(sizing.footprint.total_bytes)


def _speed(_: Document, result: Result, sizing: Sizing) -> str:
    return f"≤ {speed_text(sizing)}" if sizing.tokens_per_s and not sizing.problem else units.NONE


def _time(document: Document, result: Result, sizing: Sizing) -> str:
    found = time_on(document.target, result) if document.target else None
    return f"≥ {units.duration(found.roofline.time(result.root).total)}" if found and found.known else units.NONE


def _tr(text: str) -> str:
    return QCoreApplication.translate("Precision", text)
