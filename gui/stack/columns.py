"""The columns of the stack, each once: what it shows, its heading, its room, and whether it starts out shown."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QCoreApplication

from layerledger.core.metrics.metric import INTENSITY, METRICS, Metric
from layerledger.core.metrics.placed import LIVE_BYTES, RECEPTIVE
from layerledger.core.reports.columns import COLUMNS as REPORTED
from layerledger.core.reports.columns import Column
from layerledger.gui.document.document import Document
from layerledger.gui.theme.translation import QT_TRANSLATE_NOOP


@dataclass(frozen=True, kw_only=True)
class StackColumn:
    """One column.

    Attributes:
        key: its name in the settings.
        title: its heading; `%1` stands for the convention by which operations are counted.
        widest: a text that it is made wide enough for.
        rank: the higher, the sooner it gives way where there is little room.
        metric: what its numbers are, and None while there are none; of a column of other things, None itself.
        in_blocks: whether blocks show their number, too.
        needs: what it waits for, as a few words, where its metric is None.
        starts: whether it is shown as long as the user does not say otherwise.
        placed: what it shows of a layer's place among the others, as reports call and explain it.
    """

    key: str
    title: str
    widest: str = ""
    rank: int = 0
    metric: Callable[[Document], Metric | None] | None = None
    in_blocks: bool = True
    needs: str = ""
    starts: bool = False
    placed: Column | None = None

    def heading(self, document: Document) -> str:
        """Return its heading, with what it counts by and what is left out."""
        text = _tr(self.title).replace("%1", document.metric.short)
        metric = self.metric(document) if self.metric else None
        fused = metric is not None and document.fused and metric.key in FUSING
        return _tr("%1, fused").replace("%1", text) if fused else text

    def name(self, document: Document) -> str:
        """Return what a list of columns calls it: its metric's full name where it has one."""
        told = self.told(document)
        return QCoreApplication.translate("core", told.title) if told else self.heading(document)

    def told(self, document: Document) -> Metric | Column | None:
        """Return what has its full name, and says what exactly its numbers are."""
        return self.metric(document) if self.metric else self.placed

    def available(self, document: Document) -> bool:
        """Return whether there is something to show."""
        return self.metric is None or self.metric(document) is not None


FUSING = frozenset(key for key, metric in METRICS.items() if metric.when(fused=True) is not metric)
"""The metrics that are others where norms, activation functions and additions are fused."""


def _tr(text: str) -> str:
    return QCoreApplication.translate("StackModel", text)


def _of(key: str) -> Callable[[Document], Metric]:
    return lambda document: METRICS[key].when(fused=document.fused)


COLUMNS = (
    StackColumn(key="name", title=QT_TRANSLATE_NOOP("StackModel", "Layer"), starts=True),
    StackColumn(
        key="output", title=QT_TRANSLATE_NOOP("StackModel", "Output"), widest="512×112×112 0", rank=0, starts=True
    ),
    StackColumn(
        key="params",
        title=QT_TRANSLATE_NOOP("StackModel", "Params"),
        widest="0.00 MM0",
        rank=2,
        metric=_of("params"),
        starts=True,
    ),
    StackColumn(
        key="count", title="%1", widest="Mul + add0", rank=1, metric=lambda document: document.metric, starts=True
    ),
    StackColumn(
        key="activation",
        title=QT_TRANSLATE_NOOP("StackModel", "Activation"),
        widest="Activation0",
        rank=9,
        metric=_of("activation_bytes"),
        in_blocks=False,
        starts=True,
    ),
    StackColumn(
        key="weight_bytes",
        title=QT_TRANSLATE_NOOP("StackModel", "Weights"),
        widest="1,023 MiB0",
        rank=4,
        metric=_of("weight_bytes"),
    ),
    StackColumn(
        key="read_bytes",
        title=QT_TRANSLATE_NOOP("StackModel", "Read"),
        widest="1,023 MiB0",
        rank=5,
        metric=_of("read_bytes"),
    ),
    StackColumn(
        key="write_bytes",
        title=QT_TRANSLATE_NOOP("StackModel", "Written"),
        widest="1,023 MiB0",
        rank=6,
        metric=_of("write_bytes"),
    ),
    StackColumn(
        key="intensity",
        title=QT_TRANSLATE_NOOP("StackModel", "Intensity"),
        widest="000 FLOP/B0",
        rank=7,
        metric=_of(INTENSITY),
    ),
    StackColumn(
        key="time",
        title=QT_TRANSLATE_NOOP("StackModel", "Time"),
        widest="999 µs mem0",
        rank=3,
        metric=lambda document: document.time,
        needs=QT_TRANSLATE_NOOP("StackModel", "a device"),
        starts=True,
    ),
    StackColumn(
        key=LIVE_BYTES,
        title=QT_TRANSLATE_NOOP("StackModel", "Live"),
        widest="1,023 MiB0",
        rank=7,
        in_blocks=False,
        placed=REPORTED[LIVE_BYTES],
    ),
    StackColumn(
        key=RECEPTIVE,
        title=QT_TRANSLATE_NOOP("StackModel", "Sees"),
        widest="132×132 … 196×1960",
        rank=7,
        in_blocks=False,
        placed=REPORTED[RECEPTIVE],
    ),
    StackColumn(
        key="share",
        title=QT_TRANSLATE_NOOP("StackModel", "Share of %1"),
        widest="Share of Mul + add 100.0",
        rank=8,
        starts=True,
    ),
)
"""The columns in order. Those that change in every row when one does are the last; the share, which nearly always
does, the very last."""

AT = {column.key: i for i, column in enumerate(COLUMNS)}
"""Where each column is."""

NAME, OUTPUT, TIME, SHARE = AT["name"], AT["output"], AT["time"], AT["share"]
PARAMS, COUNT = AT["params"], AT["count"]

ANYWHERE = AT[LIVE_BYTES]
"""From here on an edit anywhere can change what a column shows in any row."""


def default(document: Document, key: str) -> bool:
    """Return whether a column is shown as long as the user does not say otherwise."""
    return COLUMNS[AT[key]].starts
