"""The surfaces on which a metric can appear, and what each needs to know of it.

A metric is on every surface that it does not set to None. Each surface lists its metrics by `order`, and those of equal
order as the registry lists them.
"""

from __future__ import annotations

from typing import Literal, TypeAlias

from layerledger.core.base.record import Record

UNORDERED = 50
"""The order of metrics that state none: behind those that come first, before those that come last."""

SurfaceName: TypeAlias = Literal["total", "column", "json", "stack", "chart", "card", "budget", "explanation", "notion"]


class Surface(Record):
    """A place that lists metrics.

    Attributes:
        order: the lower, the earlier it is listed.
    """

    order: int = UNORDERED


class ColumnSurface(Surface):
    """The columns of reports.

    Attributes:
        help: the column's help where it differs from the metric's.
        total: whether the row of totals has a value.
        number: whether the cells are numbers.
        starts: whether a CSV report has the column until others are chosen.
    """

    help: str = ""
    total: bool = True
    number: bool = True
    starts: bool = True


class JsonSurface(Surface):
    """The keys of JSON reports.

    Attributes:
        total: whether it is among the totals.
        layer: whether each layer has it.
        convention: whether its help is among the conventions.
    """

    total: bool = True
    layer: bool = True
    convention: bool = True


class StackSurface(Surface):
    """The columns beside the layers in the window.

    Attributes:
        key: the column's name in settings, where it is not the metric's key.
        widest: a text that the column is wide enough for.
        rank: the higher, the sooner the column is hidden where there is little room.
        in_blocks: whether blocks show a value, too.
        starts: whether the column is shown until the user hides it.
    """

    key: str = ""
    widest: str = "1,023 MiB0"
    rank: int = 6
    in_blocks: bool = True
    starts: bool = False


class ChartSurface(Surface):
    """The metrics that the bars of a chart can show.

    Attributes:
        empty: the sentence in place of a chart in which every bar is 0.
    """

    empty: str = "No layer has a value above 0"


class CardSurface(Surface):
    """The cards above the layers.

    Attributes:
        key: the card's name in settings, where it is not the metric's key.
        title: its caption, where it is not the metric's title.
        starts: whether the card is shown until the user hides it.
        slow: whether the value takes a walk through the whole schedule.
    """

    key: str = ""
    title: str = ""
    starts: bool = False
    slow: bool = False


class BudgetSurface(Surface):
    """The limits that a network can state."""
