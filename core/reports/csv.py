"""Comma-separated values for spreadsheets: raw integers, full headings, and no cell that would run as a formula.

Quoting follows RFC 4180. Spreadsheets run a text cell that starts with = + - @ (or their full-width forms), a tab or a
line end, and skip blanks, quotes and invisible characters before it; some also split cells at a delimiter that the file
does not use. Where a text would start a formula in either way, an apostrophe is put before it.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Sequence
from fractions import Fraction
from functools import cache

from layerledger.core.analysis import Result
from layerledger.core.analysis.coverage import NOT_COUNTED
from layerledger.core.base import units
from layerledger.core.base.params import Bool, Choice, param
from layerledger.core.metrics.devices.roofline import SECOND
from layerledger.core.metrics.metric import COUNTS, METRICS, MILLION
from layerledger.core.metrics.placed import LIVE_BYTES, RECEPTIVE
from layerledger.core.reports.columns import Attoseconds, Cell, Millionths
from layerledger.core.reports.options import ALONE, Part, RowsOptions, columns_param, expand_param, view_of
from layerledger.core.reports.rows import chosen, layer_rows, total_row

DELIMITERS = {"comma": ",", "semicolon": ";", "tab": "\t"}
DECIMAL_SIGNS = {"point": ".", "comma": ","}
_COLUMNS = (
    "path",
    "times",
    "type",
    "inputs",
    "outputs",
    *METRICS,
    LIVE_BYTES,
    RECEPTIVE,
    "share",
    "status",
    "problems",
)
_BYTE_ORDER_MARK = "\ufeff"
_PLACES = 4
_INTENSITY_PLACES = 6
_TIME_PLACES = 12  # of seconds: a picosecond


class CsvOptions(RowsOptions):
    """What a CSV report can be asked."""

    columns: tuple[str, ...] = columns_param(*_COLUMNS)
    expand: bool = expand_param(default=True)
    delimiter: str = param(Choice(tuple(DELIMITERS)), default="comma", help="What stands between two cells.")
    decimal_sign: str = param(Choice(tuple(DECIMAL_SIGNS)), default="point", help="Decimal sign of shares.")
    header: bool = param(Bool(), default=True, help="A first row with the headings.")
    byte_order_mark: bool = param(
        Bool(), default=False, help="Start with the mark by which Excel knows that a file is UTF-8."
    )


def write(result: Result, options: CsvOptions | None = None, part: Part = ALONE, *, limit: int | None = None) -> str:
    """Return `result` as CSV, at most `limit` rows of layers; of several files, only the first has a header."""
    options = options or CsvOptions()
    view = view_of(result, options.count, part)
    columns = chosen(view, _with_file(_with_count(options), part), expand=options.expand)
    rows: list[Sequence[Cell]] = []
    if options.header and part.number == 0:
        rows.append([column.heading(view.count) for column in columns])
    rows += layer_rows(view, columns, expand=options.expand, limit=limit)
    if options.total:
        rows.append(total_row(view, columns))
    mark = _BYTE_ORDER_MARK if options.byte_order_mark and part.number == 0 else ""
    return mark + _text(rows, options)


def _with_count(options: CsvOptions) -> tuple[str, ...]:
    """Return the columns, with the chosen count after the last metric where no column shows it."""
    keys, count = options.columns, COUNTS[options.count].key
    if count in METRICS or "count" in keys:
        return keys
    end = max((i + 1 for i, key in enumerate(keys) if key in METRICS), default=len(keys))
    return (*keys[:end], "count", *keys[end:])


def _with_file(columns: tuple[str, ...], part: Part) -> tuple[str, ...]:
    return columns if part.of == 1 or "file" in columns else ("file", *columns)


def _text(rows: Sequence[Sequence[Cell]], options: CsvOptions) -> str:
    out = io.StringIO(newline="")
    sheet = csv.writer(out, delimiter=DELIMITERS[options.delimiter], lineterminator="\r\n")
    sheet.writerows([_cell(cell, options) for cell in row] for row in rows)
    return out.getvalue()


def _cell(cell: Cell, options: CsvOptions) -> str | int:
    if isinstance(cell, str):
        return escape_formula(cell, DELIMITERS[options.delimiter])
    if isinstance(cell, Attoseconds):
        return units.fixed(Fraction(cell, SECOND), _TIME_PLACES, sign=DECIMAL_SIGNS[options.decimal_sign])
    if isinstance(cell, Millionths):
        return units.fixed(Fraction(cell, MILLION), _INTENSITY_PLACES, sign=DECIMAL_SIGNS[options.decimal_sign])
    if isinstance(cell, Fraction):
        return units.fixed(100 * cell, _PLACES, sign=DECIMAL_SIGNS[options.decimal_sign])
    return NOT_COUNTED if cell is None else cell


def escape_formula(text: str, delimiter: str) -> str:
    """Return `text` with an apostrophe wherever a spreadsheet would start a formula."""
    return _starts(delimiter).sub(lambda start: f"{start[0]}'", text)


_SKIPPED = r"\s\"'`\x00-\x1f\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff"
_FORMULA = r"=+\-@\uff1d\uff0b\uff0d\uff20"  # the last four are the full-width forms


@cache
def _starts(delimiter: str) -> re.Pattern[str]:
    others = "".join({*DELIMITERS.values(), "|", "\r", "\n"} - {delimiter})
    return re.compile(rf"(\A|[{others}])(?=[{_SKIPPED}]*[{_FORMULA}])|\A(?=[\t\r\n])")
