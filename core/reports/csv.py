"""Comma-separated values for spreadsheets: raw integers, full headings, and no cell that would run as a formula.

Quoting follows RFC 4180. Spreadsheets run a text cell that starts with = + - @ (or their full-width forms), a tab or a
line end, and skip blanks, quotes and invisible characters before it; some also split cells at a delimiter that the file
does not use. Where a text would start a formula in either way, an apostrophe is put before it.
"""

from __future__ import annotations

import csv
import io
import re
from fractions import Fraction
from functools import cache, lru_cache

from layerledger.core.base import units
from layerledger.core.layers.counting import NOT_COUNTED
from layerledger.core.metrics.devices.roofline import SECOND
from layerledger.core.metrics.intensity import MILLION
from layerledger.core.reports.columns import Kind, Value
from layerledger.core.reports.document import (
    Budgets,
    Conventions,
    Heading,
    Layers,
    NetworkTotals,
    Problems,
    Renderers,
    ReportDocument,
    render_blocks,
)
from layerledger.core.reports.options import DECIMAL_SIGNS, DELIMITERS, CsvOptions
from layerledger.core.reports.sections import Section

_BYTE_ORDER_MARK = "\ufeff"
_PLACES = 4
_INTENSITY_PLACES = 6
_TIME_PLACES = 12  # of seconds: a picosecond


def render(document: ReportDocument) -> str:
    """Return a report as CSV; of several files, only the first has a header."""
    return "".join(render_blocks(document, RENDERERS))


def _layers(layers: Layers, document: ReportDocument) -> str:
    options, first = document.options, document.context.number == 0
    assert isinstance(options, CsvOptions)
    out = io.StringIO(_BYTE_ORDER_MARK if options.byte_order_mark and first else "", newline="")
    # StringIO starts writing at the beginning, over its initial value.
    out.seek(0, io.SEEK_END)
    sheet = csv.writer(out, delimiter=DELIMITERS[options.delimiter], lineterminator="\r\n")
    if options.header and first:
        headings = [column.heading(document.context.count_metric) for column in layers.columns]
        sheet.writerow([escape_formula(heading, DELIMITERS[options.delimiter]) for heading in headings])
    kinds = layers.kinds
    total = layers.total_row()
    for cells in (*layers.rows(), *([total] if total else ())):
        sheet.writerow([_cell(value, kind, options) for value, kind in zip(cells, kinds, strict=True)])
    return out.getvalue()


_ROWS_ONLY = "A spreadsheet has rows of one table; anything else would shift its columns."

RENDERERS: Renderers[str] = {
    Heading: _ROWS_ONLY,
    NetworkTotals: _ROWS_ONLY,
    Layers: _layers,
    Budgets: _ROWS_ONLY,
    Section: _ROWS_ONLY,
    Problems: "The column of problems has them.",
    Conventions: _ROWS_ONLY,
}


def _cell(value: Value, kind: Kind, options: CsvOptions) -> str | int:
    if isinstance(value, str):
        return escape_formula(value, DELIMITERS[options.delimiter])
    sign = DECIMAL_SIGNS[options.decimal_sign]
    if isinstance(value, Fraction):
        return units.fixed(100 * value, _PLACES, sign=sign)
    if value is None:
        return NOT_COUNTED
    if kind == "seconds":
        return units.fixed(Fraction(value, SECOND), _TIME_PLACES, sign=sign)
    return units.fixed(Fraction(value, MILLION), _INTENSITY_PLACES, sign=sign) if kind == "ratio" else value


# Key: the text and the delimiter. Types, sizes and states are the same in many rows.
@lru_cache(maxsize=4_096)
def escape_formula(text: str, delimiter: str) -> str:
    """Return `text` with an apostrophe wherever a spreadsheet would start a formula."""
    return _starts(delimiter).sub(lambda start: f"{start[0]}'", text)


_SKIPPED = r"\s\"'`\x00-\x1f\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff"
_FORMULA = r"=+\-@\uff1d\uff0b\uff0d\uff20"  # the last four are the full-width forms


# Key: the delimiter, one of three.
@cache
def _starts(delimiter: str) -> re.Pattern[str]:
    # Spreadsheets may split the file at another delimiter than its own; a formula could then start behind that one.
    others = "".join({*DELIMITERS.values(), "|", "\r", "\n"} - {delimiter})
    return re.compile(rf"(\A|[{others}])(?=[{_SKIPPED}]*[{_FORMULA}])|\A(?=[\t\r\n])")
