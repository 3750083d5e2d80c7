"""The counts of all conventions: as CSV with a column for each part, or as lines to paste into an e-mail."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence

from layerledger.core.base import units
from layerledger.core.metrics.conventions import ToolCount
from layerledger.core.reports.csv import escape_formula

HEADINGS = ("Convention", "Total", "Difference from MACs", "Parts")
_REMARKS = ("Known faults", "Not modelled")
_WEIGHTS = "Difference from parameters or buffers"

_WRITTEN_BITS = 14_000  # as in core.base.units: what Python writes out in full


def as_text(rows: Sequence[ToolCount], *, header: bool = False) -> str:
    """Return a line a convention, its cells separated by tabs: title, total, difference, parts."""
    lines = [HEADINGS] if header else []
    lines += [(row.convention.title, _digits(row.total), _difference(row), _parts(row)) for row in rows]
    return "\n".join("\t".join(map(_cell, line)) for line in lines)


def as_csv(rows: Sequence[ToolCount]) -> str:
    """Return a row a convention and a column a part; the parts of a row are what its difference is made of."""
    names = list(dict.fromkeys(part.part for row in rows for part in row.parts))
    out = io.StringIO(newline="")
    sheet = csv.writer(out, lineterminator="\r\n")
    sheet.writerow(
        [HEADINGS[0], "Versions", *HEADINGS[1:3], *(escape_formula(name, ",") for name in names), *_REMARKS, _WEIGHTS]
    )
    for row in rows:
        amounts = {part.part: _digits(part.amount) for part in row.parts}
        texts = (row.convention.title, row.convention.versions, " ".join(row.defects), row.not_modelled)
        title, versions, *remarks = (escape_formula(text, ",") for text in texts)
        figures = (_digits(row.total), _difference(row), *(amounts.get(name, "0") for name in names))
        weights = "" if row.convention.counts == "macs" else _digits(row.difference)
        sheet.writerow([title, versions, *figures, *remarks, weights])
    return out.getvalue()


def _difference(row: ToolCount) -> str:
    """Return the difference from the MACs; empty for a convention that counts weights."""
    return _digits(row.difference) if row.convention.counts == "macs" else ""


def _parts(row: ToolCount) -> str:
    return "; ".join(f"{part.part} {_digits(part.amount)}" for part in row.parts)


def _cell(text: str) -> str:
    one_line = " ".join(text.split())
    return one_line if one_line.lstrip("-").isdigit() else escape_formula(one_line, "\t")


def _digits(n: int) -> str:
    return str(n) if n.bit_length() < _WRITTEN_BITS else units.grouped(n)
