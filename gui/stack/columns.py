"""The columns of the stack: the name, the output, a column for each metric on the stack, and the share."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QCoreApplication

from layerledger.core.metrics.metric import Metric
from layerledger.core.metrics.registry import metrics_on
from layerledger.gui.document.document import Document
from layerledger.gui.theme.translation import QT_TRANSLATE_NOOP, translated


@dataclass(frozen=True, kw_only=True)
class StackColumn:
    """One column.

    Attributes:
        key: its name in the settings.
        title: its heading; `%1` is replaced by the short title of the chosen count.
        widest: a text that the column is wide enough for.
        rank: the higher, the sooner the column is hidden where there is little room.
        metric: the metric of its numbers; None for a column of other values.
        in_blocks: whether blocks show their value, too.
        needs: a few words for what a document must have for it; empty for a column that is always available.
        starts: whether it is shown until the user hides it.
    """

    key: str
    title: str
    widest: str = ""
    rank: int = 0
    metric: Metric | None = None
    in_blocks: bool = True
    needs: str = ""
    starts: bool = False

    def heading(self, document: Document) -> str:
        """Return its heading: the short title of its metric, and whether layers are fused where that matters."""
        metric = self.named(document)
        if metric is None:
            return _tr(self.title).replace("%1", document.metric.short)
        fused = document.fused and self.metric is not None and self.metric.when_fused is not self.metric
        text = translated(metric.short)
        return _tr("%1, fused").replace("%1", text) if fused else text

    def name(self, document: Document) -> str:
        """Return its name in a list of columns: the full title of its metric where it has one."""
        metric = self.named(document)
        return translated(metric.title) if metric and self.available(document) else self.heading(document)

    def help(self, document: Document) -> str:
        """Return the definition of its numbers; empty for a column of other values."""
        metric = self.named(document) if self.available(document) else None
        surface = metric.column if metric else None
        return (surface.help if surface else "") or (metric.help if metric else "")

    def named(self, document: Document) -> Metric | None:
        """Return its metric as it is named in a document."""
        return (self.metric.in_context(document.metrics) or self.metric) if self.metric else None

    def available(self, document: Document) -> bool:
        """Return whether the document has what the column needs."""
        return self.metric is None or self.metric.in_context(document.metrics) is not None


def _tr(text: str) -> str:
    return QCoreApplication.translate("StackModel", text)


def _of_metric(metric: Metric) -> StackColumn:
    surface = metric.stack
    assert surface is not None
    return StackColumn(
        key=surface.key or metric.key,
        title=metric.short,
        widest=surface.widest,
        rank=surface.rank,
        metric=metric,
        in_blocks=surface.in_blocks,
        needs=metric.needs,
        starts=surface.starts,
    )


COLUMNS = (
    StackColumn(key="name", title=QT_TRANSLATE_NOOP("StackModel", "Layer"), starts=True),
    StackColumn(
        key="output", title=QT_TRANSLATE_NOOP("StackModel", "Output"), widest="512×112×112 0", rank=0, starts=True
    ),
    *map(_of_metric, sorted(metrics_on("stack"), key=lambda metric: metric.from_schedule)),
    StackColumn(
        key="share",
        title=QT_TRANSLATE_NOOP("StackModel", "Share of %1"),
        widest="Share of Mul + add 100.0",
        rank=8,
        starts=True,
    ),
)
"""The columns in order: behind all others those that any edit can change in any row, the share as the very last."""

AT = {column.key: i for i, column in enumerate(COLUMNS)}
"""The position of each column by its key."""

NAME, OUTPUT, TIME, SHARE = AT["name"], AT["output"], AT["time"], AT["share"]
PARAMS, COUNT = AT["params"], AT["count"]

ANYWHERE = next(i for i, column in enumerate(COLUMNS) if column.metric and column.metric.from_schedule)
"""The first column that any edit can change in any row."""


def default(document: Document, key: str) -> bool:
    """Return whether a column is shown until the user hides it."""
    return COLUMNS[AT[key]].starts
