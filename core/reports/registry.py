"""The registry of report formats. The command line and the export dialog read it.

To add a format, add a module with its renderers, named as its id, and its entry in `_ALL`.
"""

from __future__ import annotations

from functools import cached_property
from importlib import import_module
from typing import Any

from layerledger.core.base.record import Record
from layerledger.core.reports.context import ReportContext
from layerledger.core.reports.document import Renderers, ReportDocument, build
from layerledger.core.reports.options import CsvOptions, JsonOptions, Options, RowsOptions


class ReportFormat(Record):
    """A report format.

    Attributes:
        id: its name on the command line, and of its module in this package.
        title: its name in dialogs.
        suffix: of its files.
        options: the class of its options, declared parameters; `params_of` lists them.
    """

    id: str
    title: str
    suffix: str
    options: type[Options]

    @cached_property
    def _module(self) -> Any:
        # A call needs one format, and some formats bring libraries of their own.
        return import_module(f"{__package__}.{self.id}")

    @property
    def renderers(self) -> Renderers[object]:
        """The renderer of each kind of block, or the reason why the format does not show it."""
        return self._module.RENDERERS

    def render(self, document: ReportDocument) -> bytes:
        """Return the report that shows a document."""
        return encoded(self._module.render(document))

    def write(self, context: ReportContext, options: Options | None = None) -> bytes:
        """Return the report of a result."""
        return self.render(build(context, self.options() if options is None else options))


def encoded(text: str) -> bytes:
    """Return a report as UTF-8; half a surrogate pair, which a name in a file may hold, is spelled out as in JSON."""
    return text.encode("utf-8", "backslashreplace")


_ALL = (
    ReportFormat(id="table", title="Plain text", suffix=".txt", options=RowsOptions),
    ReportFormat(id="csv", title="CSV for spreadsheets", suffix=".csv", options=CsvOptions),
    ReportFormat(id="json", title="JSON for scripts", suffix=".json", options=JsonOptions),
    ReportFormat(id="markdown", title="Markdown", suffix=".md", options=RowsOptions),
)

REPORTS = {report.id: report for report in _ALL}
"""Every report format by id."""
