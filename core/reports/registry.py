"""The registry of report formats. The command line and the export dialog read it.

To add a format, add a module with its renderers, and its entry in `_ALL`.
"""

from __future__ import annotations

from collections.abc import Callable

from layerledger.core.base.record import Record
from layerledger.core.reports import csv, json, markdown, text
from layerledger.core.reports.context import ReportContext
from layerledger.core.reports.document import Renderers, ReportDocument, build
from layerledger.core.reports.options import Options, RowsOptions


class ReportFormat(Record):
    """A report format.

    Attributes:
        id: its name on the command line.
        title: its name in dialogs.
        suffix: of its files.
        options: the class of its options, declared parameters; `params_of` lists them.
        render: renders a document.
        renderers: the renderer of each kind of block, or the reason why the format does not show it.
    """

    id: str
    title: str
    suffix: str
    options: type[Options]
    render: Callable[[ReportDocument], bytes]
    renderers: Renderers[object]

    def write(self, context: ReportContext, options: Options | None = None) -> bytes:
        """Return the report of a result."""
        return self.render(build(context, self.options() if options is None else options))


def encoded(text: str) -> bytes:
    """Return a report as UTF-8; half a surrogate pair, which a name in a file may hold, is spelled out as in JSON."""
    return text.encode("utf-8", "backslashreplace")


def _text(render: Callable[[ReportDocument], str]) -> Callable[[ReportDocument], bytes]:
    return lambda document: encoded(render(document))


_ALL = (
    ReportFormat(
        id="table",
        title="Plain text",
        suffix=".txt",
        options=RowsOptions,
        render=_text(text.render),
        renderers=text.RENDERERS,
    ),
    ReportFormat(
        id="csv",
        title="CSV for spreadsheets",
        suffix=".csv",
        options=csv.CsvOptions,
        render=_text(csv.render),
        renderers=csv.RENDERERS,
    ),
    ReportFormat(
        id="json",
        title="JSON for scripts",
        suffix=".json",
        options=json.JsonOptions,
        render=_text(json.render),
        renderers=json.RENDERERS,
    ),
    ReportFormat(
        id="markdown",
        title="Markdown",
        suffix=".md",
        options=RowsOptions,
        render=_text(markdown.render),
        renderers=markdown.RENDERERS,
    ),
)

REPORTS = {report.id: report for report in _ALL}
"""Every report format by id."""
