"""The registry of report formats: the command line and the export dialog read it."""

from __future__ import annotations

from typing import Any, Protocol

from layerledger.core.analysis import Result
from layerledger.core.base.record import Record
from layerledger.core.reports import csv, markdown
from layerledger.core.reports import json as json_report
from layerledger.core.reports import text as table
from layerledger.core.reports.options import ALONE, Options, Part, RowsOptions


class Writer(Protocol):
    """A pure function of a result and options."""

    def __call__(self, result: Result, options: Any = None, part: Part = ALONE, *, limit: int | None = None) -> str:
        """Return the report; at most `limit` rows of layers, for a preview."""
        ...


class Report(Record):
    """A report format.

    Attributes:
        id: its name on the command line.
        title: its name in dialogs.
        suffix: of its files.
        write: makes the text.
        options: a dataclass of declared parameters; `params_of` lists them.
    """

    id: str
    title: str
    suffix: str
    write: Writer
    options: type[Options]


_ALL = (
    Report(id="table", title="Plain text", suffix=".txt", write=table.write, options=RowsOptions),
    Report(id="csv", title="CSV for spreadsheets", suffix=".csv", write=csv.write, options=csv.CsvOptions),
    Report(
        id="json", title="JSON for scripts", suffix=".json", write=json_report.write, options=json_report.JsonOptions
    ),
    Report(id="markdown", title="Markdown", suffix=".md", write=markdown.write, options=RowsOptions),
)

REPORTS = {report.id: report for report in _ALL}
"""Every report format by id."""


def encoded(text: str) -> bytes:
    """Return a report as UTF-8; half a surrogate pair, which a name in a file may hold, is spelled out as in JSON."""
    return text.encode("utf-8", "backslashreplace")
