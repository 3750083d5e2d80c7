"""The texts of the stack's cells: names, shapes, numbers, problems."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QCoreApplication

from layerledger.core.analysis import NodeResult, Problem
from layerledger.core.analysis.components import Component
from layerledger.core.base import units
from layerledger.core.base.shapes import shape_text
from layerledger.core.metrics.metric import Metric
from layerledger.core.network.nodes import Block, Layer, Node
from layerledger.gui.document.document import Document
from layerledger.gui.stack.columns import AT, COLUMNS, NAME, OUTPUT, SHARE, TIME
from layerledger.gui.stack.deferred_cells import DeferredCells
from layerledger.gui.stack.stack_row import StackRow

_SEVERITIES = ("error", "warning", "info")


class StackCells:
    """Reads the document for one stack."""

    def __init__(self, document: Document, deferred: DeferredCells) -> None:
        self._document, self._deferred = document, deferred

    def text(self, row: StackRow, column: int) -> str:
        """Return a cell's text."""
        if column == NAME:
            return " ".join(filter(None, (name_of(row), self.detail(row))))
        if row.part:
            return self._part_text(row.part, column)
        if row.node is None:
            return self._input_text(column)
        result = row.result
        if result is None or (result.outputs is None and column == OUTPUT):
            return self._unknown(row) if column == OUTPUT else ""
        if column == OUTPUT:
            return " , ".join(_sizes(spec.shape) for spec in result.outputs or ())
        if isinstance(row.node, Block) and not COLUMNS[column].in_blocks:
            return ""
        metric = COLUMNS[column].metric
        if metric and metric.from_schedule:
            return self._deferred.text(row.path, metric)
        return self._share_text(result) if column == SHARE else self._metric_text(result, column)

    def _metric_text(self, result: NodeResult, column: int) -> str:
        metric = self._metric(column)
        if metric is None:
            return ""
        if result.uncounted_layers and not result.cost.params and not result.cost.macs:
            return "?"
        value = metric.value(self._document.metrics, result)
        if result.uncounted_layers and (value is None or not (result.cost.params or result.cost.macs)):
            return "?"  # what is counted is too little to be a lower bound worth showing
        return metric.text(value) if value else units.NONE

    def _metric(self, column: int) -> Metric | None:
        """Return the metric of a column as it is named now; None for other columns, and where it is not available."""
        metric = COLUMNS[column].metric
        return metric.in_context(self._document.metrics) if metric else None

    def _share_text(self, result: NodeResult) -> str:
        return self._share(self._document.metric.value(self._document.metrics, result))

    def _share(self, value: int | None) -> str:
        whole = self._document.metric.whole(self._document.metrics)
        return units.share(value, whole) if value and whole else ""

    def waits(self, row: StackRow) -> bool:
        """Return whether a layer is bound by the memory of the chosen device."""
        time = self._document.time
        if time is None or row.result is None or row.part or isinstance(row.node, Block):
            return False
        return time.roofline.time(row.result).bound == "memory"

    def _part_text(self, part: Component, column: int) -> str:
        """Return the value of a part of a layer; "" for metrics that parts do not have, such as bytes."""
        metric = self._document.metric if column == SHARE else self._metric(column)
        value = metric.value(self._document.metrics, part) if metric else None
        if metric is None or value is None:
            return ""
        if column == SHARE:
            return self._share(value)
        return metric.text(value) if value else units.NONE

    def share(self, row: StackRow) -> float:
        """Return a row's share of the network's total by the chosen count, from 0 to 1: the length of its bar."""
        metric, context, node = self._document.metric, self._document.metrics, row.part or row.result
        whole, part = metric.whole(context), metric.value(context, node) if node else None
        return part / whole if whole and part else 0.0

    def _input_text(self, column: int) -> str:
        inputs = self._document.network.inputs
        if column == OUTPUT:
            return ", ".join(_sizes(given.shape) for given in inputs)
        if column == AT["activation"]:
            known = self._document.result.root.known_inputs
            return units.size(sum(spec.nbytes for spec in known)) if known else ""
        metric = COLUMNS[column].metric
        return units.NONE if column != TIME and metric and not metric.from_schedule else ""

    def detail(self, row: StackRow) -> str:
        """Return the words beside the name: the type and a summary of the parameters."""
        node = row.node
        if row.part:
            return ""
        if node is None:
            return ", ".join(given.name for given in self._document.network.inputs)
        if isinstance(node, Block):
            n = sum(child.layers for child in row.result.children) if row.result else len(node.layers)
            count = _tr("%1 layers").replace("%1", units.grouped(n)) if n != 1 else _tr("1 layer")
            return "  ".join(filter(None, (count, freezing_of(node))))
        return "  ".join(filter(None, (node.type, freezing_of(node), self.summary(row))))

    def summary(self, row: StackRow) -> str:
        """Return a summary of a layer's parameters, and its inputs where it has several."""
        result, words = row.result, ""
        if result and result.op and result.outputs is not None:  # a summary needs inputs that fit
            words = result.op.summary(inputs) if (inputs := result.known_inputs) else ""
        if isinstance(row.node, Layer) and len(row.node.inputs) > 1:
            words = " ".join(filter(None, (words, " + ".join(row.node.inputs))))
        return words

    def problem(self, row: StackRow) -> tuple[str, str] | None:
        """Return (severity, sentence) of the worst problem of a row, or of those below it."""
        found = self._problems(row)
        worst = min(found, key=lambda p: _SEVERITIES.index(p.severity), default=None)
        if worst is None:
            return None
        return worst.severity, worst.message if worst.at == row.path else f"{worst.path}: {worst.message}"

    def _problems(self, row: StackRow) -> Sequence[Problem]:
        """Return the problems of a row, then those of the layers in it."""
        if row.node is None or not self._document.result.problems:
            return ()
        path, own = row.path, self._document.result.problems_at.get(row.path, ())
        if not isinstance(row.node, Block) or row.result is None or row.result.is_clean:
            return own
        below = (p for p in self._document.result.problems if p.at[: len(path)] == path and p.at != path)
        return (*own, *below)

    def _unknown(self, row: StackRow) -> str:
        problem = self.problem(row)
        return problem[1] if problem else ""

    def tip(self, row: StackRow, column: int) -> str | None:
        problem = self.problem(row)
        unknown = row.node is not None and (row.result is None or row.result.outputs is None)
        if problem and (unknown or column in (NAME, OUTPUT)):  # of an unknown row, the problem spans all columns
            own = self._document.result.problems_at.get(row.path, ())
            return "\n".join(dict.fromkeys((problem[1], *(p.message for p in own))))
        if row.part:
            return self._part_tip(row.part, column)
        if row.node is None or row.result is None or row.result.outputs is None:
            return None
        if column == TIME:
            return self._time_tip(row.result)
        if column == OUTPUT:
            return " , ".join(f"{shape_text(s.shape)} {s.dtype}" for s in row.result.outputs)
        metric = self._document.metric if column == SHARE else self._metric(column)
        value = metric.value(self._document.metrics, row.result) if metric else None
        return f"{metric.title}: {metric.exact(value)}" if metric and value is not None else None

    def _time_tip(self, result: NodeResult) -> str | None:
        time = self._document.time
        if time is None:
            return None
        found = time.roofline.time(result)
        parts = [f"{time.title}: {time.exact(found.total)}"]
        parts += [_tr("Computing alone: %1").replace("%1", time.text(found.compute))]
        parts += [_tr("Reading and writing alone: %1").replace("%1", time.text(found.memory))]
        if found.layers > 1:
            waiting = _tr("%1 of %2 layers wait for memory").replace("%2", units.grouped(found.layers))
            parts.append(waiting.replace("%1", units.grouped(found.memory_bound_layers)))
        return "\n".join(parts)

    def _part_tip(self, part: Component, column: int) -> str | None:
        metric = self._document.metric if column == SHARE else self._metric(column)
        value = metric.value(self._document.metrics, part) if metric else None
        return f"{metric.title}: {metric.exact(value)}" if metric and value is not None else None

    def spoken(self, row: StackRow, column: int) -> str:
        problem = self.problem(row)
        more = problem[1] if problem and column == NAME else ""
        if column == TIME and self.waits(row):
            more = _tr("waits for memory")
        return ". ".join(filter(None, (self.text(row, column), more)))


def _tr(text: str) -> str:
    return QCoreApplication.translate("StackModel", text)


def name_of(row: StackRow) -> str:
    """Return the name of a row's node or part; `input` for the row of the network's inputs."""
    if row.part:
        return QCoreApplication.translate("core", row.part.name)
    return row.node.name if row.node is not None else _tr("input")


def freezing_of(node: Node) -> str:
    """Return a word for a node that states whether it is trained."""
    if not isinstance(node.trainable, bool):
        return ""
    return _tr("trained") if node.trainable else _tr("frozen")


def _sizes(shape: Sequence[int]) -> str:
    """Return a shape as a cell shows it: without a batch of 1."""
    return shape_text(shape[1:] if len(shape) > 1 and shape[0] == 1 else shape)
