"""What a chart shows, as plain values: result, metric, grouping and order in; bars out. Names no Qt."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple, TypeAlias

from layerledger.core.analysis import NodeResult, Result
from layerledger.core.device_metric import DeviceMetric
from layerledger.core.metrics import Metric
from layerledger.core.network import Network, Path
from layerledger.core.placed_metrics import PlacedMetric
from layerledger.gui.charts.visits import Visit, path_of, type_of


class Bar(NamedTuple):
    """One bar.

    Attributes:
        value: of the metric.
        family: of the layers; of several families, the one with most of the value.
        uncounted: layers in it whose cost is not known.
        visits: what it stands for, in order.
        parts: the value by family where there are several.
    """

    value: int
    family: str
    uncounted: int
    visits: Sequence[Visit]
    parts: Mapping[str, int]


Value: TypeAlias = Callable[[Visit], int]
"""Finds the value of a visit."""

BY_COMPUTE, BY_MEMORY = "Bound by compute", "Bound by memory"
"""What bars of times are coloured by; the legend's entries."""

_NO_PARTS: Mapping[str, int] = {}


# -- groupings


@dataclass(frozen=True)
class Grouping:
    """How layers make bars.

    Attributes:
        title: of the tab.
        key: what the layers of one bar have in common; None for a bar a layer.
        name: of the bar of a layer.
        row: the node that stands for a layer when its bar is chosen.
        timed: whether the bars are the least times on the chosen device.
    """

    id: str
    title: str
    key: Callable[[Visit], Hashable] | None
    name: Callable[[Network, Visit], str]
    row: Callable[[Visit], Path]
    timed: bool = False


def _top(network: Network, visit: Visit) -> str:
    return network.layers[visit.at[0]].name


def _type(_network: Network, visit: Visit) -> str:
    return type_of(visit)


_ALL = (
    Grouping("layer", "Cost per layer", None, path_of, lambda v: v.at),
    Grouping("block", "By block", lambda v: v.at[:1], _top, lambda v: v.at[:1]),
    Grouping("type", "By type", type_of, _type, lambda v: v.at),
    Grouping("time", "Time per layer", None, path_of, lambda v: v.at, timed=True),
)
GROUPINGS = {grouping.id: grouping for grouping in _ALL}
"""The charts, in the order of their tabs."""


# -- bars


@dataclass(frozen=True, eq=False)
class Chart:
    """The bars of one metric, and what they are called.

    Attributes:
        total: the metric of the whole network, of which bars are shares; 0 where they are none.
        uncounted: layers whose cost is not known, each pass counted.
        made: of a bar a layer: the bars of all layers, in order.
        spanned: whether the bars lie as the layers do, so that those of one block are neighbours.
    """

    network: Network
    metric: Metric
    grouping: Grouping
    bars: Sequence[Bar] = ()
    total: int = 0
    uncounted: int = 0
    made: Sequence[Bar] = field(default=(), kw_only=True)
    spanned: bool = field(default=False, kw_only=True)

    @cached_property
    def drawn(self) -> list[int]:
        """Positions of bars with something to see."""
        return [i for i, bar in enumerate(self.bars) if bar.value or bar.uncounted]

    def top(self, i: int) -> int:
        """Returns the position at the top level of the first layer of bar `i`."""
        return self.bars[i].visits[0].at[0]

    def label(self, i: int) -> str:
        """Returns what stands under bar `i`: the name at the top level where bars lie in order, else its own."""
        return self.network.layers[self.top(i)].name if self.spanned else self.name(i)

    def name(self, i: int) -> str:
        """Returns what bar `i` is called."""
        return self.grouping.name(self.network, self.bars[i].visits[0])

    def rows(self, i: int) -> list[Path]:
        """Returns the nodes that bar `i` stands for."""
        return sorted({self.grouping.row(visit) for visit in self.bars[i].visits})

    def marked(self, selection: Iterable[Path]) -> list[int]:
        """Returns the positions of bars that hold a selected layer, or one inside a selected block."""
        chosen = {path for path in selection if path}
        depths = {len(path) for path in chosen}
        return sorted({i for d in depths for i, bar in enumerate(self.bars) for v in bar.visits if v.at[:d] in chosen})


def chart(
    result: Result,
    found: Sequence[Visit],
    metric: Metric,
    grouping: Grouping,
    *,
    descending: bool,
    before: Chart | None = None,
) -> Chart:
    """Returns the bars of a metric.

    Args:
        found: the visits of `result`.
        descending: the largest first, and nothing for a value of zero; else in the order of the layers.
        before: an earlier chart, whose bars of unchanged layers serve again.
    """
    value = _value_of(result, metric)
    made = _grouped(found, metric, value, grouping.key) if grouping.key else _single(found, metric, value, before)
    bars = [bar for bar in made if bar.value or bar.uncounted] if grouping.key or descending else made
    if descending:
        bars.sort(key=lambda bar: -bar.value)
    return Chart(
        result.network,
        metric,
        grouping,
        bars,
        metric.of(result.root),
        result.root.uncounted,
        made=() if grouping.key else made,
        spanned=not (grouping.key or descending),
    )


def _value_of(result: Result, metric: Metric) -> Value:
    """Returns what finds the value of a visit."""
    if isinstance(metric, PlacedMetric):
        return lambda visit: metric.at(result, result.flow.steps_of(visit.at, [(number,) for number in visit.passes]))
    return lambda visit: metric.of(visit.result)


def _single(found: Sequence[Visit], metric: Metric, value: Value, before: Chart | None) -> list[Bar]:
    """Returns a bar a layer; those of a layer's own numbers serve again."""
    own = not isinstance(metric, PlacedMetric)
    if before is None or before.metric is not metric or len(before.made) != len(found) or not own:
        return [_bar_of(visit, metric, value) for visit in found]
    pairs = zip(found, before.made, strict=True)
    return [bar if bar.visits[0] is visit else _bar_of(visit, metric, value) for visit, bar in pairs]


def _bar_of(visit: Visit, metric: Metric, value: Value) -> Bar:
    result = visit.result
    return Bar(value(visit), _family(metric, result), result.uncounted, (visit,), _NO_PARTS)


def _family(metric: Metric, result: NodeResult) -> str:
    """Returns what a bar's colour stands for: the layer's family, or what its time is bound by."""
    if isinstance(metric, DeviceMetric):
        return BY_MEMORY if metric.roofline.time(result).bound == "memory" else BY_COMPUTE
    return result.family


def _grouped(found: Iterable[Visit], metric: Metric, value: Value, key: Callable[[Visit], Hashable]) -> list[Bar]:
    groups: dict[Hashable, list[Visit]] = {}
    for visit in found:
        groups.setdefault(key(visit), []).append(visit)
    return [_sum(members, metric, value) for members in groups.values()]


def _sum(members: Sequence[Visit], metric: Metric, value: Value) -> Bar:
    if not metric.adds_up:
        return _together(members, metric, value)
    sums: dict[str, int] = {}
    for visit in members:
        family = visit.result.family
        sums[family] = sums.get(family, 0) + value(visit)
    parts = dict(sorted(((family, value) for family, value in sums.items() if value), key=lambda part: -part[1]))
    uncounted = sum(visit.result.uncounted for visit in members)
    family = next(iter(parts or sums))
    return Bar(sum(parts.values()), family, uncounted, members, parts if len(parts) > 1 else _NO_PARTS)


def _together(members: Sequence[Visit], metric: Metric, value: Value) -> Bar:
    """Returns the bar of layers whose values do not add up: it is not divided among them."""
    results = [visit.result for visit in members]
    largest = max(members, key=value)
    found = value(largest) if isinstance(metric, PlacedMetric) else metric.of_all(results)
    return Bar(found, largest.result.family, sum(result.uncounted for result in results), members, _NO_PARTS)
