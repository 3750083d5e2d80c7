"""One JSON object a result, on one line unless chosen otherwise, for scripts."""

from __future__ import annotations

import json
from collections.abc import Iterable
from itertools import islice
from typing import Any

from layerledger.core.analysis import NodeResult, Problem, Result, Row
from layerledger.core.analysis.components import Component, components_of
from layerledger.core.formats.importing.notes import imported_of
from layerledger.core.metrics.device_time import DEVICE_TIME, DeviceMetric, time_on
from layerledger.core.metrics.metric import Metric, MetricContext
from layerledger.core.metrics.registry import metrics_on
from layerledger.core.network.nodes import Network
from layerledger.core.reports.columns import status
from layerledger.core.reports.context import ReportContext
from layerledger.core.reports.document import (
    Budgets,
    Conventions,
    Heading,
    Layers,
    NetworkTotals,
    Problems,
    Renderers,
    ReportDocument,
    render_blocks,
)
from layerledger.core.reports.options import JsonOptions
from layerledger.core.reports.sections import Section

_ORDER = (
    *(
        "model",
        "file",
        "totals",
        "layers",
        "problems",
        "coverage",
        "dtype",
        "weights",
        "precision",
        "conventions",
        "fused",
    ),
    *("count", "budgets", "device", "device_dtype", "efficiency"),
)
"""The keys in the order in which they are documented; those of sections follow."""


def render(document: ReportDocument) -> str:
    """Return a report as one JSON object and a line end."""
    options = document.options
    assert isinstance(options, JsonOptions)
    found: dict[str, Any] = {}
    for part in render_blocks(document, RENDERERS):
        found |= part
    # A part of the contract of JSON reports: the order in which the keys are documented.
    found = {key: found[key] for key in _ORDER if key in found} | found
    return json.dumps(found, ensure_ascii=False, indent=2 if options.indent else None) + "\n"


# -- blocks


def _heading(_: Heading, document: ReportDocument) -> dict[str, Any]:
    """Return the network, the settings that the report was made with, and how much is counted."""
    context, result = document.context, document.context.result
    found: dict[str, Any] = {
        "model": result.network.name,
        "file": context.file,
        "coverage": _coverage(result),
        "dtype": result.dtype,
        "weights": result.weights,
        "precision": {"name": result.precision.text, **result.precision._asdict()},
        "fused": context.metrics.fused,
    }
    return (
        found
        | _imported(result.network)
        | ({"count": context.metrics.convention} if _count(document) else {})
        | _device(context)
    )


def _imported(network: Network) -> dict[str, Any]:
    """Return the file that a network was imported from, and the notes on that."""
    found = imported_of(network)
    if found is None:
        return {}
    origin = {"file": found.file, "format": found.format, "made_by": found.made_by}
    notes = [{"kind": note.kind, "text": note.text, "layers": list(note.layers)} for note in found.notes]
    return {"imported": origin, "notes": notes}


def _totals(_: NetworkTotals, document: ReportDocument) -> dict[str, Any]:
    context, result = document.context, document.context.result
    listed = [metric for metric in metrics_on("json") if metric.json and metric.json.total]
    found = _values((metric for metric in listed if metric.adds_up), context.metrics, result.root)
    found |= {"layers": result.totals.layers, "uncounted_layers": result.totals.uncounted_layers}
    found |= _values((metric for metric in listed if not metric.adds_up), context.metrics, result.root)
    return {"totals": found | _counted(document, result.root) | _timed(context, result.root)}


def _layers(layers: Layers, document: ReportDocument) -> dict[str, Any]:
    context = document.context
    listed = [metric for metric in metrics_on("json") if metric.json and metric.json.layer]
    sums = [metric for metric in listed if metric.adds_up]
    others = [metric for metric in listed if not metric.adds_up]
    of_sums, of_others = ([(each.key, each.json_reader(context.metrics)) for each in some] for some in (sums, others))
    found: list[dict[str, Any]] = []
    for row in islice(layers.layers(), context.limit):
        shown: dict[str, Any] = {"path": row.path, "type": row.type, "inputs": row.inputs, "outputs": row.outputs}
        shown |= {key: read(row) for key, read in of_sums}
        shown["output_bytes"] = sum(spec.nbytes for spec in row.result.outputs or ())
        shown |= {key: read(row) for key, read in of_others}
        made_of = [_part(part, sums, context.metrics) for part in components_of(row.result)]
        shown |= {"status": status(row)} | ({"parts": made_of} if made_of else {})
        found.append(shown | _counted(document, row) | _timed(context, row.result))
    return {"layers": found}


def _budgets(budgets: Budgets, _: ReportDocument) -> dict[str, Any]:
    return {"budgets": [check.plain() for check in budgets.checks]}


def _section(section: Section, _: ReportDocument) -> dict[str, Any]:
    return {section.key: section.data}


def _problems(found: Problems, _: ReportDocument) -> dict[str, Any]:
    return {"problems": [_problem(problem) for problem in found.problems]}


def _conventions(found: Conventions, _: ReportDocument) -> dict[str, Any]:
    listed = (metric for metric in found.metrics if metric.json and metric.json.convention)
    return {"conventions": {metric.key: f"{metric.title}: {metric.help}" for metric in listed}}


RENDERERS: Renderers[dict[str, Any]] = {
    Heading: _heading,
    NetworkTotals: _totals,
    Layers: _layers,
    Budgets: _budgets,
    Section: _section,
    Problems: _problems,
    Conventions: _conventions,
}


# -- values


def _values(metrics: Iterable[Metric], context: MetricContext, node: NodeResult | Row) -> dict[str, Any]:
    return {metric.key: metric.json_value(context, node) for metric in metrics}


def _count(document: ReportDocument) -> Metric | None:
    """Return the metric of the count that is added, if one is chosen."""
    return document.context.count_metric if getattr(document.options, "count", None) else None


def _counted(document: ReportDocument, node: NodeResult | Row) -> dict[str, Any]:
    count = _count(document)
    return {"count": count.json_value(document.context.metrics, node)} if count else {}


def _part(part: Component, metrics: Iterable[Metric], context: MetricContext) -> dict[str, Any]:
    """Return the counts of a part of a composite layer, which has no bytes of its own."""
    values = ((metric.key, metric.value(context, part)) for metric in metrics)
    return {"name": part.name} | {key: value for key, value in values if value is not None}


def _coverage(result: Result) -> dict[str, Any]:
    """Return layers and known parameters by status; the share is null where not all parameters are known."""
    found = result.coverage
    share = None if found.uncounted else 1.0
    return {"layers": found.layers, "params": found.params, "params_counted_share": share, "text": found.text()}


def _timed(context: ReportContext, result: NodeResult) -> dict[str, Any]:
    """Return the least time on a device, null where it is not known, and the resource that bounds most of it."""
    target = context.metrics.target
    if target is None:
        return {}
    time: DeviceMetric = time_on(target, context.result)
    return {DEVICE_TIME: time.json_value(context.metrics, result), "bound": time.roofline.time(result).bound or None}


def _device(context: ReportContext) -> dict[str, Any]:
    target = context.metrics.target
    if target is None:
        return {}
    used = target.roofline(context.result).used
    return {
        "device": target.device.id,
        "device_dtype": used.as_dtype if used else None,
        "efficiency": float(target.efficiency),
    }


def _problem(problem: Problem) -> dict[str, Any]:
    return {
        "path": problem.path,
        "severity": problem.severity,
        "param": problem.param,
        "message": problem.message,
    }
