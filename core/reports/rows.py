"""The rows of a report's table: the layers, then problems without a row, then the totals."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice

from layerledger.core.analysis import NodeResult, Problem, Result
from layerledger.core.layers.counting import NOT_COUNTED
from layerledger.core.metrics.device_time import time_on
from layerledger.core.network.nodes import BLOCK, Block
from layerledger.core.network.paths import node_at
from layerledger.core.reports.columns import COLUMNS, DEVICE_COLUMNS, Column, Value, problems_text, time_columns
from layerledger.core.reports.context import ReportContext


def chosen_columns(context: ReportContext, keys: Sequence[str], *, expand: bool) -> list[Column]:
    """Return the columns of `keys`; with a device and none of its columns among them, also these.

    Those of the device then stand before the columns of words at the end. `times` is left out where it would be 1
    throughout, and never where it matters.
    """
    if expand:
        keys = [key for key in keys if key != "times"]
    # A row of several passes without their number would be read as one pass.
    elif "times" not in keys:
        keys = (*keys, "times")
    timed = {column.key: column for column in _time_columns(context)}
    columns = [timed.get(key) or COLUMNS[key] for key in keys]
    if any(key in DEVICE_COLUMNS for key in keys):
        return columns
    at = next((i for i, column in enumerate(columns) if column.key in _WORDS), len(columns))
    return [*columns[:at], *timed.values(), *columns[at:]]


_WORDS = ("status", "problems")


def _time_columns(context: ReportContext) -> list[Column]:
    target = context.metrics.target
    return time_columns(time_on(target, context.result)) if target else []


def layer_rows(context: ReportContext, columns: Sequence[Column], *, expand: bool) -> Iterator[list[Value]]:
    """Yield the cells of a row for each layer, then of rows for problems that belong to no layer."""
    yield from islice(_rows(context, columns, expand=expand), context.limit)


def _rows(context: ReportContext, columns: Sequence[Column], *, expand: bool) -> Iterator[list[Value]]:
    for row in context.result.rows(expand=expand):
        yield [column.of(context, row) for column in columns]
    tells = any(column.key == "problems" for column in columns)
    for problem in _rowless(context.result):
        lost = _is_lost(context.result, problem)
        if lost or tells:
            yield [_note(context, problem, column, lost=lost) for column in columns]


def _rowless(result: Result) -> Iterator[Problem]:
    """Yield the problems of inputs and blocks, and of layers that were not reached."""
    for problem in result.problems:
        found = _found(result, problem)
        if found is None or isinstance(found.node, Block):
            yield problem


def _found(result: Result, problem: Problem) -> NodeResult | None:
    """Return the result of the node that a problem is of; None for an input, and for a node that was not reached."""
    return None if problem.path and not problem.at else result.at(problem.at)


def _is_lost(result: Result, problem: Problem) -> bool:
    """Return whether a block's layers could not be counted, so that they have no rows."""
    found = _found(result, problem)
    return found is not None and found.uncounted_layers > 0 and isinstance(found.node, Block) and not found.passes


def _note(context: ReportContext, problem: Problem, column: Column, *, lost: bool) -> Value:
    texts = {
        "file": context.file,
        "model": context.result.network.name,
        "path": problem.path,
        "type": _kind(context.result, problem),
        "status": NOT_COUNTED if lost else "",
        "problems": problems_text([problem]),
    }
    return None if lost and column.number and column.key != "times" else texts.get(column.key, "")


def _kind(result: Result, problem: Problem) -> str:
    if not problem.at:
        return "Input" if problem.path else "Network"
    node = node_at(result.network, problem.at)
    return BLOCK if isinstance(node, Block) else node.type


def total_row(context: ReportContext, columns: Sequence[Column]) -> list[Value]:
    """Return the cells of the row of totals."""
    return [column.total(context) if column.total else "" for column in columns]
