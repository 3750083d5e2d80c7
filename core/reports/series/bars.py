"""A bar chart as plain values: a metric, a grouping and an order in; bars out."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from operator import attrgetter
from typing import NamedTuple, cast

from layerledger.core.metrics.metric import Metric, MetricContext
from layerledger.core.network.nodes import Network
from layerledger.core.network.paths import NodePath
from layerledger.core.reports.series.layer_series import LayerPass, LayerSeries, path_of, type_of

_uncounted = attrgetter("uncounted_layers")


# -- groupings


@dataclass(frozen=True)
class Grouping:
    """A way to group layers into bars.

    Attributes:
        id: its name in settings.
        title: the title of the tab.
        key: the key that the layers of one bar share; None for a bar for each layer.
        name: the name of a layer's bar.
        row: the node to select when a layer's bar is chosen.
        timed: whether the bars are the least times on the chosen device.
    """

    id: str
    title: str
    key: Callable[[LayerPass], Hashable] | None
    name: Callable[[Network, LayerPass], str]
    row: Callable[[LayerPass], NodePath]
    timed: bool = False


def _top(network: Network, layer: LayerPass) -> str:
    return network.layers[layer.at[0]].name


def _type(_network: Network, layer: LayerPass) -> str:
    return type_of(layer)


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
        value: the metric's value of its counted layers.
        family: the family of its layers, or the one with the largest share of the value.
        uncounted: the number of its layers whose cost is not known.
        visits: its passes of layers, in order.
        parts: the value by family where there are several families.
    """

    value: int
    family: str
    uncounted: int
    visits: Sequence[LayerPass]
    parts: Mapping[str, int]


@dataclass(frozen=True, eq=False)
class Bars:
    """Bars, stored as columns: a Bar is made only when one is read.

    Attributes:
        found: the passes of all layers.
        members: the positions in `found` of the passes of each bar.
        values: the value of each bar's counted layers.
        families: the family of each bar.
        uncounted: the number of each bar's layers whose cost is not known.
        parts: the values by family of bars of several families, by position.
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
        """Return the first pass of bar `i`."""
        return self.found[self.members[i][0]]

    def taken(self, order: Sequence[int]) -> Bars:
        """Return the bars at some positions, in that order."""
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
    """The bars of one metric, and their names.

    Attributes:
        network: the network that is shown.
        metric: the number that a bar shows.
        grouping: the way in which layers are grouped.
        bars: the bars in the order in which they are drawn.
        values: the values of all passes in order, however they are grouped; None where not known.
        total: the metric's value of the whole network, of which bars are shares; None where it has none.
        spanned: whether the bars are in the order of the layers, so that those of one block are neighbours.
    """

    network: Network
    metric: Metric
    grouping: Grouping
    bars: Bars
    values: Sequence[int | None]
    total: int | None = None
    spanned: bool = False

    @cached_property
    def drawn(self) -> list[int]:
        """The positions of bars that are drawn: with a value, or with uncounted layers."""
        pairs = zip(self.bars.values, self.bars.uncounted, strict=True)
        return [i for i, (value, uncounted) in enumerate(pairs) if value or uncounted]

    def span(self, i: int) -> tuple[int, int]:
        """Return the range of bars of the node at position `i` of the top level, where bars are in order."""
        starts = self.bars.found.starts
        return starts[i], starts[i + 1]

    def label(self, i: int) -> str:
        """Return the label under bar `i`: the name at the top level where bars are in order, else its own."""
        return self.network.layers[self.top(i)].name if self.spanned else self.name(i)

    def top(self, i: int) -> int:
        """Return the position at the top level of the first layer of bar `i`."""
        return self.bars.first(i).at[0]

    def name(self, i: int) -> str:
        """Return the name of bar `i`."""
        return self.grouping.name(self.network, self.bars.first(i))

    def rows(self, i: int) -> list[NodePath]:
        """Return the nodes to select for bar `i`."""
        return sorted({self.grouping.row(visit) for visit in self.bars[i].visits})

    def marked(self, selection: Iterable[NodePath]) -> list[int]:
        """Return the positions of bars that hold a selected layer, or one inside a selected block."""
        chosen = {path for path in selection if path}
        depths, places = {len(path) for path in chosen}, self.bars.found.places
        hit = {k for depth in depths for k, (at, _) in enumerate(places) if at[:depth] in chosen}
        if self.spanned:  # one bar for each pass, in order
            return sorted(hit)
        return [i for i, members in enumerate(self.bars.members) if not hit.isdisjoint(members)]


def chart(
    context: MetricContext,
    found: LayerSeries,
    metric: Metric,
    grouping: Grouping,
    *,
    descending: bool,
    before: Chart | None = None,
) -> Chart:
    """Return the bars of a metric.

    Args:
        context: the result, and the settings that the metric is read by.
        found: the passes of all layers of that result.
        metric: the number that a bar shows, as it is named in the context.
        grouping: the way to group layers into bars.
        descending: the largest first, without bars of value zero; else in the order of the layers.
        before: an earlier chart, whose values of unchanged layers are reused.
    """
    known = _values(context, found, metric, before)
    uncounted = list(map(_uncounted, found.results))
    # A metric that adds up has a value for every counted layer or for none: a search for None would take 0.2 ms more.
    complete = metric.adds_up and not any(uncounted) and known[:1] != [None]
    values = cast("list[int]", known) if complete else [value or 0 for value in known]
    families = metric.groups(found.results)
    if grouping.key:
        bars = _grouped(context, found, metric, _Layers(known, values, families, uncounted), grouping.key)
    else:
        # One bar for each pass: its members are (0,), (1,) and so on.
        bars = Bars(found, list(zip(range(len(found)))), values, families, uncounted, {})
    if grouping.key or descending:
        seen = [i for i in range(len(bars)) if bars.values[i] or bars.uncounted[i]]
        bars = bars.taken(sorted(seen, key=lambda i: -bars.values[i]) if descending else seen)
    spanned = not (grouping.key or descending)
    return Chart(context.result.network, metric, grouping, bars, known, metric.whole(context), spanned)


def _values(context: MetricContext, found: LayerSeries, metric: Metric, before: Chart | None) -> Sequence[int | None]:
    """Return the value of each pass; those of unchanged layers are reused, unless other layers have a part in them."""
    # The same number of passes: only then do the positions of both charts belong to the same places.
    reusable = before is not None and before.metric is metric and len(before.values) == len(found)
    if before is None or not reusable or metric.from_schedule:
        return metric.values(context, found.results, found.places)
    known = zip(found.results, before.bars.found.results, before.values, strict=True)
    return [value if now is then else metric.value(context, now) for now, then, value in known]


class _Layers(NamedTuple):
    """Values of all passes in order, with 0 for those that are not known, and their groups and uncounted layers."""

    known: Sequence[int | None]
    values: Sequence[int]
    families: Sequence[str]
    uncounted: Sequence[int]


def _grouped(
    context: MetricContext,
    found: LayerSeries,
    metric: Metric,
    layers: _Layers,
    key: Callable[[LayerPass], Hashable],
) -> Bars:
    groups: dict[Hashable, list[int]] = {}
    for i, layer in enumerate(found):
        groups.setdefault(key(layer), []).append(i)
    members = list(groups.values())
    uncounted = [sum(layers.uncounted[i] for i in group) for group in members]
    if not metric.adds_up:
        tops = [max(group, key=layers.values.__getitem__) for group in members]
        combined = [_combined(context, found, metric, [*group], layers.known) for group in members]
        return Bars(found, members, combined, [layers.families[i] for i in tops], uncounted, {})
    shares = [_shares(group, layers.values, layers.families) for group in members]
    sums = [sum(parts.values()) for parts in shares]
    # Bars of one family need no parts: most have one, so the mapping stays small.
    several = {i: parts for i, parts in enumerate(shares) if sum(map(bool, parts.values())) > 1}
    return Bars(found, members, sums, [next(iter(parts)) for parts in shares], uncounted, several)


def _combined(
    context: MetricContext, found: LayerSeries, metric: Metric, group: Sequence[int], known: Sequence[int | None]
) -> int:
    """Return the value of layers whose values do not add up: the bar is not divided among them."""
    return metric.combined(context, [found.results[i] for i in group], [known[i] for i in group]) or 0


def _shares(group: Iterable[int], values: Sequence[int], families: Sequence[str]) -> dict[str, int]:
    """Return the value of each family in a group, the largest first; where all are zero, that of the first layer."""
    sums: dict[str, int] = {}
    for i in group:
        sums[families[i]] = sums.get(families[i], 0) + values[i]
    some = sorted(((family, value) for family, value in sums.items() if value), key=lambda part: -part[1])
    return dict(some or list(sums.items())[:1])
