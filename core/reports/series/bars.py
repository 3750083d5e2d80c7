"""What a chart shows, as plain values: result, metric, grouping and order in; bars out. Names no Qt."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from operator import attrgetter
from typing import NamedTuple

from layerledger.core.analysis import NodeResult, Result
from layerledger.core.metrics.device_time import DeviceMetric
from layerledger.core.metrics.metric import Metric
from layerledger.core.metrics.step_metrics import PlacedMetric
from layerledger.core.network.nodes import Network
from layerledger.core.network.paths import NodePath
from layerledger.core.reports.series.layer_series import LayerPass, LayerSeries, path_of, type_of

BY_COMPUTE, BY_MEMORY = "Bound by compute", "Bound by memory"
"""What bars of times are coloured by; the legend's entries."""

_uncounted = attrgetter("uncounted_layers")


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
    key: Callable[[LayerPass], Hashable] | None
    name: Callable[[Network, LayerPass], str]
    row: Callable[[LayerPass], NodePath]
    timed: bool = False


def _top(network: Network, visit: LayerPass) -> str:
    return network.layers[visit.at[0]].name


def _type(_network: Network, visit: LayerPass) -> str:
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
    visits: Sequence[LayerPass]
    parts: Mapping[str, int]


@dataclass(frozen=True, eq=False)
class Bars:
    """Bars as columns: one is made when it is asked for, not at each edit.

    Attributes:
        found: the visits that they stand for.
        members: the positions in `found` of those of each bar.
        parts: of bars of several families, by position.
    """

    found: LayerSeries
    members: Sequence[Sequence[int]]
    values: Sequence[int]
    families: Sequence[str]
    uncounted: Sequence[int]
    parts: Mapping[int, Mapping[str, int]]

    def __len__(self) -> int:
        return len(self.members)

    def __getitem__(self, i: int) -> Bar:
        visits = [self.found[member] for member in self.members[i]]
        return Bar(self.values[i], self.families[i], self.uncounted[i], visits, self.parts.get(i, {}))

    def __iter__(self) -> Iterator[Bar]:
        return map(self.__getitem__, range(len(self)))

    def first(self, i: int) -> LayerPass:
        """Return the first visit of bar `i`."""
        return self.found[self.members[i][0]]

    def taken(self, order: Sequence[int]) -> Bars:
        """Return these of the bars in this order."""
        return Bars(
            self.found,
            [self.members[i] for i in order],
            [self.values[i] for i in order],
            [self.families[i] for i in order],
            [self.uncounted[i] for i in order],
            {at: self.parts[i] for at, i in enumerate(order) if i in self.parts},
        )


@dataclass(frozen=True, eq=False)
class Chart:
    """The bars of one metric, and what they are called.

    Attributes:
        total: the metric of the whole network, of which bars are shares; 0 where they are none.
        values: of all visits in order, however they are grouped.
        spanned: whether the bars lie as the layers do, so that those of one block are neighbours.
    """

    network: Network
    metric: Metric
    grouping: Grouping
    bars: Bars
    values: Sequence[int]
    total: int = 0
    spanned: bool = False

    @cached_property
    def drawn(self) -> list[int]:
        """Positions of bars with something to see."""
        pairs = zip(self.bars.values, self.bars.uncounted, strict=True)
        return [i for i, (value, uncounted) in enumerate(pairs) if value or uncounted]

    def span(self, i: int) -> tuple[int, int]:
        """Return the bars of the node at position `i` of the top level, where they lie in order: from, to."""
        starts = self.bars.found.starts
        return starts[i], starts[i + 1]

    def label(self, i: int) -> str:
        """Return what stands under bar `i`: the name at the top level where bars lie in order, else its own."""
        return self.network.layers[self.top(i)].name if self.spanned else self.name(i)

    def top(self, i: int) -> int:
        """Return the position at the top level of the first layer of bar `i`."""
        return self.bars.first(i).at[0]

    def name(self, i: int) -> str:
        """Return what bar `i` is called."""
        return self.grouping.name(self.network, self.bars.first(i))

    def rows(self, i: int) -> list[NodePath]:
        """Return the nodes that bar `i` stands for."""
        return sorted({self.grouping.row(visit) for visit in self.bars[i].visits})

    def marked(self, selection: Iterable[NodePath]) -> list[int]:
        """Return the positions of bars that hold a selected layer, or one inside a selected block."""
        chosen = {path for path in selection if path}
        depths, places = {len(path) for path in chosen}, self.bars.found.places
        hit = {k for depth in depths for k, (at, _) in enumerate(places) if at[:depth] in chosen}
        if self.spanned:  # a bar a visit, in their order
            return sorted(hit)
        return [i for i, members in enumerate(self.bars.members) if not hit.isdisjoint(members)]


def chart(
    result: Result,
    found: LayerSeries,
    metric: Metric,
    grouping: Grouping,
    *,
    descending: bool,
    before: Chart | None = None,
) -> Chart:
    """Return the bars of a metric.

    Args:
        result: the analysed network.
        found: the visits of `result`.
        metric: the number that a bar shows.
        grouping: what is one bar.
        descending: the largest first, and nothing for a value of zero; else in the order of the layers.
        before: an earlier chart, whose values of unchanged layers serve again.
    """
    values = _values(result, found, metric, before)
    families = _families(found.results, metric)
    if grouping.key:
        bars = _grouped(found, metric, values, families, grouping.key)
    else:
        bars = Bars(found, list(zip(range(len(found)))), values, families, list(map(_uncounted, found.results)), {})
    if grouping.key or descending:
        seen = [i for i in range(len(bars)) if bars.values[i] or bars.uncounted[i]]
        bars = bars.taken(sorted(seen, key=lambda i: -bars.values[i]) if descending else seen)
    spanned = not (grouping.key or descending)
    return Chart(result.network, metric, grouping, bars, values, metric.of(result.root), spanned)


def _values(result: Result, found: LayerSeries, metric: Metric, before: Chart | None) -> list[int]:
    """Return the value of each visit; those of a layer's own numbers serve again."""
    if isinstance(metric, PlacedMetric):
        flow = result.schedule
        return [metric.at(result, flow.steps_of(at, [(n,) for n in passes])) for at, passes in found.places]
    if before is None or before.metric is not metric or len(before.values) != len(found):
        return list(map(metric.of, found.results))
    known = zip(found.results, before.bars.found.results, before.values, strict=True)
    return [value if now is then else metric.of(now) for now, then, value in known]


def _families(layers: Iterable[NodeResult], metric: Metric) -> list[str]:
    """Return what the colour of each layer stands for: its family, or what its time is bound by."""
    if isinstance(metric, DeviceMetric):
        time = metric.roofline.time
        return [BY_MEMORY if time(layer).bound == "memory" else BY_COMPUTE for layer in layers]
    return [layer.op.family if layer.op else "Other" for layer in layers]


def _grouped(
    found: LayerSeries,
    metric: Metric,
    values: Sequence[int],
    families: Sequence[str],
    key: Callable[[LayerPass], Hashable],
) -> Bars:
    groups: dict[Hashable, list[int]] = {}
    for i, visit in enumerate(found):
        groups.setdefault(key(visit), []).append(i)
    members = list(groups.values())
    uncounted = [sum(found.results[i].uncounted_layers for i in group) for group in members]
    if not metric.adds_up:
        tops = [max(group, key=values.__getitem__) for group in members]
        together = [_together(found, metric, values, group) for group in members]
        return Bars(found, members, together, [families[i] for i in tops], uncounted, {})
    shares = [_shares(group, values, families) for group in members]
    sums = [sum(parts.values()) for parts in shares]
    several = {i: parts for i, parts in enumerate(shares) if sum(map(bool, parts.values())) > 1}
    return Bars(found, members, sums, [next(iter(parts)) for parts in shares], uncounted, several)


def _shares(group: Iterable[int], values: Sequence[int], families: Sequence[str]) -> dict[str, int]:
    """Return the value of each family in a group, the largest first; of all that are zero, the first layer's."""
    sums: dict[str, int] = {}
    for i in group:
        sums[families[i]] = sums.get(families[i], 0) + values[i]
    some = sorted(((family, value) for family, value in sums.items() if value), key=lambda part: -part[1])
    return dict(some or list(sums.items())[:1])


def _together(found: LayerSeries, metric: Metric, values: Sequence[int], group: Sequence[int]) -> int:
    """Return the value of layers whose values do not add up: it is not divided among them."""
    if isinstance(metric, PlacedMetric):
        return max(values[i] for i in group)
    return metric.of_all(found.results[i] for i in group)
