"""Budgets: limits that a network states in its file, checked in the window and by `layerledger report`.

`{"budgets": {"params": 5000000, "weight_bytes": 1048576, "peak_activation_bytes": 327680, "macs": 600000000,
"device_seconds": {"device": "nvidia-t4", "at_most": 0.005}}}`: each is the most that is allowed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any, cast

from layerledger.core.analysis.node_result import Problem
from layerledger.core.analysis.result import Result
from layerledger.core.base.frozen_map import FrozenMap
from layerledger.core.base.messages import Message, message_of, plural
from layerledger.core.base.params import Value, show
from layerledger.core.metrics.device_time import DEVICE_TIME
from layerledger.core.metrics.devices import devices
from layerledger.core.metrics.devices.roofline import SECOND
from layerledger.core.metrics.devices.target import DeviceTarget
from layerledger.core.metrics.metric import Metric, MetricContext
from layerledger.core.metrics.registry import METRICS, metrics_on
from layerledger.core.network.nodes import Network
from layerledger.core.network.paths import NodePath

BUDGETS_KEY = "budgets"
TIME = DEVICE_TIME

MAX_SECONDS = 10**9


@dataclass(frozen=True, kw_only=True)
class Limit:
    """The most that is allowed of one number.

    Attributes:
        key: the key of a metric that can be limited.
        maximum: counts and bytes as they are, a time in attoseconds.
        target: the device, for a time.
    """

    key: str
    maximum: int
    target: DeviceTarget | None = None


@dataclass(frozen=True, kw_only=True)
class BudgetCheck:
    """The outcome of checking a network against a limit.

    Attributes:
        limit: the limit that is checked.
        value: the network's value; None where it is not known.
        first: the full name of the first layer with which the limit is passed; empty where it is kept, or not sought.
        at: the place of that layer.
        uncounted: the number of layers that are not part of the value, since they are not counted.
    """

    limit: Limit
    value: int | None
    first: str = ""
    at: NodePath = ()
    uncounted: int = 0

    @property
    def satisfied(self) -> bool | None:
        """True if the limit is kept; None where that is not known, because layers or times are not."""
        if self.value is None:
            return None
        return False if self.value > self.limit.maximum else None if self.uncounted else True

    @property
    def title(self) -> str:
        return TITLES[self.limit.key]

    def plain(self) -> dict[str, Any]:
        """Return the check as a report for scripts has it; times in seconds."""
        unit = SECOND if self.limit.target else 1
        device = {"device": self.limit.target.device.id} if self.limit.target else {}
        numbers = {"at_most": self.limit.maximum, "value": self.value}
        shown = {name: n / unit if unit > 1 and n is not None else n for name, n in numbers.items()}
        return {"key": self.limit.key, **device, **shown, "kept": self.satisfied, "first": self.first or None}

    def sentence(self) -> str:
        """Return `MACs: 1.81 G, over the budget of 600 M; passed at layer2.0.conv1`."""
        value, at_most = text(self.limit.key, self.value), text(self.limit.key, self.limit.maximum)
        on = f" on {self.limit.target.device.title}" if self.limit.target else ""
        if self.satisfied is None:
            known = Message("at least {value}", value=value) if self.value is not None else "not known"
            missing = plural(
                self.uncounted, ", with {count:,} layer not counted", ", with {count:,} layers not counted"
            )
            return Message(
                "{title}{on}: {known}{missing}; the budget is {at_most}",
                title=self.title,
                on=on,
                known=known,
                missing=missing if self.uncounted else "",
                at_most=at_most,
            )
        if self.satisfied:
            return Message(
                "{title}{on}: {value}, within the budget of {at_most}",
                title=self.title,
                on=on,
                value=value,
                at_most=at_most,
            )
        first = Message("; passed at {first}", first=self.first) if self.first else ""
        return Message(
            "{title}{on}: {value}, over the budget of {at_most}{first}",
            title=self.title,
            on=on,
            value=value,
            at_most=at_most,
            first=first,
        )


_LIMITED = metrics_on("budget")

TITLES = {metric.key: metric.title for metric in _LIMITED}
"""The titles of the metrics that can be limited, by key."""

SHORT = {metric.key: metric.short for metric in _LIMITED}
"""Their short titles, where there is little room."""


def text(key: str, value: int | None) -> str:
    """Return a value for people: 600 M, 320 KiB, 5.00 ms."""
    return "?" if value is None else METRICS[key].text(value)


# -- the key in the file


def limits_of(stated: Value) -> tuple[Limit, ...]:
    """Return the limits that the value of a network's key `budgets` states; None states nothing.

    Raises:
        ValueError: a limit is not valid; the message says which rule it breaks.
    """
    if stated is None:
        return ()
    if not isinstance(stated, Mapping):
        raise ValueError(
            Message(
                "{budgets_key} must be an object of limits; got {stated}", budgets_key=BUDGETS_KEY, stated=show(stated)
            )
        )
    return tuple(_limit(key, value) for key, value in stated.items())


def budget_problems(network: Network) -> Iterator[Problem]:
    """Yield a problem where the limits that a network states are not valid."""
    try:
        limits_of(network.budgets)
    except ValueError as error:
        yield Problem("error", message_of(error), BUDGETS_KEY)


def _limit(key: str, value: Value) -> Limit:
    if key not in TITLES:
        raise ValueError(
            Message(
                "{budgets_key} has no limit called {key}; these can be set: {titles}",
                budgets_key=BUDGETS_KEY,
                key=show(key),
                titles=", ".join(TITLES),
            )
        )
    if key == TIME:
        return _time_limit(value)
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise ValueError(
            Message(
                "{budgets_key}.{key} must be a whole number ≥ 0; got {value}",
                budgets_key=BUDGETS_KEY,
                key=key,
                value=show(value),
            )
        )
    return Limit(key=key, maximum=value)


def _time_limit(value: Value) -> Limit:
    given = dict(cast(Mapping[str, Value], value)) if isinstance(value, Mapping) else {}
    device = given.get("device")
    if not isinstance(device, str) or device not in devices():
        raise ValueError(
            Message(
                "{budgets_key}.{time}.device must be a known device; got {device}",
                budgets_key=BUDGETS_KEY,
                time=TIME,
                device=show(device),
            )
        )
    at_most, efficiency = (_number(given.get(key, default)) for key, default in (("at_most", None), ("efficiency", 1)))
    if at_most is None or not 0 <= at_most <= MAX_SECONDS:
        text = show(given.get("at_most"))
        raise ValueError(
            Message(
                "{budgets_key}.{time}.at_most must be seconds from 0 to {max_seconds}; got {text}",
                budgets_key=BUDGETS_KEY,
                time=TIME,
                max_seconds=MAX_SECONDS,
                text=text,
            )
        )
    if efficiency is None or not 0 < efficiency <= 1:
        text = show(given.get("efficiency"))
        raise ValueError(
            Message(
                "{budgets_key}.{time}.efficiency must be above 0 and at most 1; got {text}",
                budgets_key=BUDGETS_KEY,
                time=TIME,
                text=text,
            )
        )
    # Only true turns fusion on; any other value of the key leaves it off.
    target = DeviceTarget(devices()[device], efficiency, given.get("fused") is True)
    # Rounded down to whole attoseconds, as the times are that it is compared with.
    return Limit(key=TIME, maximum=int(at_most * SECOND), target=target)


def _number(value: Value) -> Fraction | None:
    """Return a number of a file exactly as it is written; None for other values."""
    return None if isinstance(value, bool) or not isinstance(value, int | float) else Fraction(str(value))


def limits_object(limits: tuple[Limit, ...]) -> dict[str, Value]:
    """Return the value of the key for `limits`."""
    return {limit.key: _stated_time(limit) if limit.target else limit.maximum for limit in limits}


def with_limits(network: Network, limits: tuple[Limit, ...]) -> Network:
    """Return `network` with these limits in place of those that it states."""
    return replace(network, budgets=FrozenMap(limits_object(limits)) if limits else None)


def _stated_time(limit: Limit) -> Value:
    assert limit.target
    found: dict[str, Value] = {"device": limit.target.device.id, "at_most": limit.maximum / SECOND}
    if limit.target.efficiency != 1:
        found["efficiency"] = float(limit.target.efficiency)
    if limit.target.fused:
        found["fused"] = True
    return FrozenMap(found)


# -- checking


def check_budgets(result: Result) -> tuple[BudgetCheck, ...]:
    """Return the check of each limit of an analysed network; () where the limits are not valid."""
    try:
        limits = limits_of(result.network.budgets)
    except ValueError:
        return ()  # a problem of the network
    return tuple(check_budget(result, limit) for limit in limits)


def check_budget(result: Result, limit: Limit, *, find: bool = True) -> BudgetCheck:
    """Return the check of a limit; with `find`, also the first layer with which it is passed."""
    value, uncounted = value_of(result, limit), result.totals.uncounted_layers
    over = find and value is not None and value > limit.maximum
    first, at = _metric(limit).first_over(_context(result, limit), limit.maximum) if over else ("", ())
    return BudgetCheck(limit=limit, value=value, first=first, at=at, uncounted=uncounted)


def value_of(result: Result, limit: Limit) -> int | None:
    """Return a network's value of a limited metric; None where it is not known."""
    return _metric(limit).whole(_context(result, limit))


def _metric(limit: Limit) -> Metric:
    return METRICS[limit.key]


def _context(result: Result, limit: Limit) -> MetricContext:
    return MetricContext(result, fused=False, target=limit.target)
