"""One JSON object a result, on one line unless asked otherwise, for scripts."""

from __future__ import annotations

import json
from collections.abc import Sequence
from itertools import islice
from typing import Any

from layerledger.core.analysis import NodeResult, Problem, Result, Row
from layerledger.core.analysis.components import Component, components_of
from layerledger.core.base.params import Bool, Optional, param
from layerledger.core.layers.cost import Cost, Traffic
from layerledger.core.metrics.device_time import DEVICE_TIME, DeviceMetric, DeviceTarget
from layerledger.core.metrics.metric import COUNTS, INTENSITY, METRICS, Metric, ratio
from layerledger.core.metrics.placed import LIVE_BYTES, RECEPTIVE, live_bytes
from layerledger.core.reports.columns import status
from layerledger.core.reports.options import ALONE, COUNT, COUNT_HELP, Options, Part
from layerledger.core.reports.sections import objects

_FIRST = ("params", "trainable_params", "buffers", "macs", "flops", "exact_flops")
_KEYS = tuple(key for key in dict.fromkeys((*_FIRST, *METRICS)) if METRICS[key].adds_up)
"""Every metric that adds up; those that scripts rely on first, in the order in which they are documented."""


class JsonOptions(Options):
    """What a JSON report can be asked."""

    count: str | None = param(Optional(COUNT), default=None, help=f"{COUNT_HELP} It is added as `count`.")
    indent: bool = param(Bool(), default=False, help="Spread the object over lines.")


def write(result: Result, options: JsonOptions | None = None, part: Part = ALONE, *, limit: int | None = None) -> str:
    """Return `result` as one JSON object and a line end, with at most `limit` layers."""
    options = options or JsonOptions()
    count = COUNTS[options.count] if options.count else None
    time = part.target.metric(result) if part.target else None
    metrics = [metric.when(fused=part.fused) for metric in _metrics(count, time)]
    rows = islice(result.rows(), limit)
    found: dict[str, Any] = {
        "model": result.network.name,
        "file": part.file,
        "totals": _totals(result, fused=part.fused)
        | _counted(count, count.of(result.root) if count else 0)
        | _timed(time, result.root),
        "layers": [_layer(result, row, count, fused=part.fused) | _timed(time, row.result) for row in rows],
        "problems": [_problem(problem) for problem in result.problems],
        "coverage": _coverage(result),
        "dtype": result.dtype,
        "weights": result.weights,
        "conventions": {metric.key: f"{metric.title}: {metric.help}" for metric in metrics},
        "fused": part.fused,
    }
    if options.count:
        found["count"] = options.count
    if result.network.budgets is not None:
        found["budgets"] = _budgets(result)
    if part.target:
        found |= _device(part.target, result)
    found |= objects(result, part)
    return json.dumps(found, ensure_ascii=False, indent=2 if options.indent else None) + "\n"


def _budgets(result: Result) -> list[dict[str, Any]]:
    """Return each limit that the network is to keep, and whether it does; times in seconds."""
    from layerledger.core.metrics.budgets import check_budgets  # few networks have some

    return [verdict.plain() for verdict in check_budgets(result)]


def _totals(result: Result, *, fused: bool) -> dict[str, Any]:
    totals, root = result.totals, result.root
    found: dict[str, Any] = {key: METRICS[key].when(fused=fused).of(root) for key in _KEYS}
    found |= {"layers": totals.layers, "uncounted_layers": totals.uncounted_layers}
    memory = result.memory
    found |= {"peak_activation_bytes": memory.peak_bytes, "packed_activation_bytes": memory.packed_bytes}
    return found | {INTENSITY: _intensity(root.cost, root.traffic, fused=fused)}


def _intensity(cost: Cost, moved: Traffic, *, fused: bool) -> float | None:
    """Return 2 × MACs per byte; null where nothing is moved."""
    found = ratio(cost, moved, fused=fused)
    return None if found is None else float(found)


def _metrics(count: Metric | None, time: Metric | None) -> list[Metric]:
    """Return every metric, the chosen count where it is none of them, and the time on a device."""
    own = [count] if count and count.key not in METRICS else []
    return [*METRICS.values(), *own, *([time] if time else [])]


def _layer(result: Result, row: Row, count: Metric | None, *, fused: bool) -> dict[str, Any]:
    steps = result.schedule.steps_of(row.at, row.passes)
    found: dict[str, Any] = {"path": row.path, "type": row.type, "inputs": row.inputs, "outputs": row.outputs}
    found |= {key: METRICS[key].when(fused=fused).of_row(row) for key in _KEYS}
    found |= {"output_bytes": row.traffic.write_bytes, INTENSITY: _intensity(row.cost, row.traffic, fused=fused)}
    found |= {LIVE_BYTES: live_bytes(result, steps), RECEPTIVE: _receptive(result, steps)}
    made_of = [_part(part) for part in components_of(row.result)]
    found |= {"status": status(row)} | ({"parts": made_of} if made_of else {})
    return found | _counted(count, count.of_row(row) if count else 0)


def _receptive(result: Result, steps: Sequence[int]) -> list[int | None] | None:
    """Return how many positions an output sees along each axis: all of the input's where it sees the whole."""
    seen = result.receptive.of(result.schedule.steps[steps[0]]) if steps else ()
    return [field.positions for field in seen] if any(field.size is not None for field in seen) else None


def _part(part: Component) -> dict[str, Any]:
    counted = {key: METRICS[key].of_cost for key in _KEYS}
    return {"name": part.name} | {key: of_cost(part.cost) for key, of_cost in counted.items() if of_cost}


def _coverage(result: Result) -> dict[str, Any]:
    """Return layers and known parameters by status; the share is null where not all parameters are known."""
    found = result.coverage
    share = None if found.uncounted else 1.0
    return {"layers": found.layers, "params": found.params, "params_counted_share": share, "text": found.text()}


def _counted(count: Metric | None, value: int) -> dict[str, int]:
    return {"count": value} if count else {}


def _timed(time: DeviceMetric | None, result: NodeResult) -> dict[str, Any]:
    """Return the least time on a device, null where it is not known, and what most of it waits for."""
    if time is None:
        return {}
    found = time.roofline.time(result)
    return {DEVICE_TIME: found.seconds if time.known else None, "bound": found.bound or None}


def _device(target: DeviceTarget, result: Result) -> dict[str, Any]:
    found = target.roofline(result)
    return {
        "device": target.device.id,
        "device_dtype": found.used.as_dtype if found.used else None,
        "efficiency": float(target.efficiency),
    }


def _problem(problem: Problem) -> dict[str, Any]:
    return {
        "path": problem.path,
        "severity": problem.severity,
        "param": problem.param,
        "message": problem.message,
    }
