"""Explanations of bytes: the elements of each tensor times the bytes of its dtype, and the operations per byte."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import NamedTuple

from layerledger.core.analysis.layer_dtypes import weight_dtype_of
from layerledger.core.analysis.node_result import NodeResult
from layerledger.core.base import units
from layerledger.core.base.dtypes import weight_bytes
from layerledger.core.base.messages import Message, plural
from layerledger.core.base.quantized import bytes_formula, storage_note
from layerledger.core.base.shapes import ELEMENT_BYTES, TensorSpec
from layerledger.core.formula.formula import formula
from layerledger.core.layers.counting import NOT_COUNTED
from layerledger.core.layers.layer_type import LayerType
from layerledger.core.metrics.explanations.counts import of_block, owned
from layerledger.core.metrics.explanations.explanation import Explanation, named, of_formula, of_parts, plain
from layerledger.core.metrics.explanations.inside import (
    Inner,
    explain_inner_reads,
    explain_inner_writes,
    inner_of,
    saving,
)
from layerledger.core.metrics.metric import MetricContext, SumMetric
from layerledger.core.network.nodes import Block

MILLION = 10**6
"""Intensities are counted in millionths, so that they are whole numbers as all else."""

_FUSED = "It is fused into the layer before it, so that it moves nothing."
_VIEW = "It is another look at its input, so that it moves nothing."


def explain_moved(node: NodeResult, metric: SumMetric, context: MetricContext) -> Explanation | None:
    """Return the explanation of bytes that are stored, read or written; None where they are not known.

    The explanation of a metric with another key is its value with its help.
    """
    if isinstance(node.node, Block):
        return of_block(node, metric.key, metric.title, metric.read)
    if metric.key == "weight_bytes":
        return explain_weights(node, metric.title, weight_dtype_of(context.result, node))
    if metric.key == "read_bytes":
        stored = weight_dtype_of(context.result, node)
        return explain_read(node, metric.title, stored, fused=context.fused)
    if metric.key == "write_bytes":
        return explain_written(node, metric.title, fused=context.fused)
    return named(metric.title, metric.read(node), metric.help)


class _Layer(NamedTuple):
    """A layer whose inputs and outputs are known."""

    op: LayerType
    inputs: tuple[TensorSpec, ...]
    outputs: tuple[TensorSpec, ...]
    params: int


def _layer_of(node: NodeResult) -> _Layer | None:
    inputs, op = node.known_inputs, node.op
    if op is None or inputs is None or node.outputs is None or op.status == NOT_COUNTED:
        return None
    # Not the cost of the result, which is without the weights where they are tied.
    return _Layer(op, inputs, node.outputs, op.cost(inputs, node.outputs).params)


def explain_weights(node: NodeResult, title: str, stored: str) -> Explanation | None:
    """Return the explanation of the bytes of a layer's weights; None where the layer could not be counted.

    `stored` is the dtype in which they are stored.
    """
    layer = _layer_of(node)
    if layer is None:
        return None
    if node.node.tied_to is not None:
        return plain(title, node.traffic.weight_bytes, owned(node.node.tied_to))
    return _weights(layer.params, stored, title)


def explain_read(node: NodeResult, title: str, stored: str, *, fused: bool) -> Explanation | None:
    """Return the explanation of the bytes that a layer reads: its inputs and weights, each once."""
    layer = _layer_of(node)
    if layer is None:
        return None
    if still := _unmoved(layer, fused=fused):
        return plain(title, 0, still)
    inner = inner_of(layer.op, layer.inputs, layer.outputs)
    if inner is None or inner.schedule is None:
        found = _read(layer.op, layer.params, stored, (node.read_inputs, layer.outputs), title)
    else:
        some = inner.schedule.params_read
        weights = _weights(some, stored, "weights") if some else None
        found = explain_inner_reads(node, inner.schedule, weights, title, fused=fused)
    if inner is None:
        return found
    notes = found.note, _average(layer, stored), saving(inner, lambda each: _tensor_reads(each, node))
    return replace(found, note=" ".join(filter(None, notes)))


def explain_written(node: NodeResult, title: str, *, fused: bool) -> Explanation | None:
    """Return the explanation of the bytes that a layer writes: its outputs, each once."""
    layer = _layer_of(node)
    if layer is None:
        return None
    if still := _unmoved(layer, fused=fused):
        return plain(title, 0, still)
    inner = inner_of(layer.op, layer.inputs, layer.outputs)
    if inner is None or inner.schedule is None:
        found = replace(_together(_tensors(layer.outputs, "outputs"), title), note=_noted(layer.outputs))
    else:
        found = explain_inner_writes(inner.schedule, title, fused=fused)
    saved = saving(inner, _tensor_writes) if inner else ""
    return replace(found, note=" ".join(filter(None, (found.note, saved))))


def _unmoved(layer: _Layer, *, fused: bool) -> str:
    """Return why a layer moves nothing; empty where it moves something."""
    if layer.op.in_place_of(layer.inputs) == "view":
        return _VIEW
    return _FUSED if fused and layer.op.fusible else ""


def _tensor_reads(inner: Inner, node: NodeResult) -> int:
    """Return the bytes of tensors that a composite layer reads."""
    schedule = inner.schedule
    if schedule is None:
        return sum(spec.nbytes for spec in node.read_inputs)
    return sum(schedule.read_bytes(step, node.aliases) for step in schedule.steps)


def _tensor_writes(inner: Inner) -> int:
    """Return the bytes of tensors that a composite layer writes."""
    if inner.schedule is None:
        return sum(spec.nbytes for spec in inner.outputs)
    return sum(map(inner.schedule.written_bytes, inner.schedule.steps))


def _average(layer: _Layer, dtype: str) -> str:
    """Return the sentence on the weights that a pass reads on average; empty where all passes read the same."""
    some = layer.op.params_read_on_average(layer.params, layer.outputs)
    if some == layer.params:
        return ""
    return Message(
        "Where the choice is uniform, a pass reads {some} weights on average, {nbytes} B.",
        some=units.grouped(some),
        nbytes=units.grouped(weight_bytes(some, dtype)),
    )


def explain_intensity(node: NodeResult, title: str, *, fused: bool) -> Explanation | None:
    """Return the explanation of the operations per byte; those of a block are the ratio of its sums."""
    block = isinstance(node.node, Block)
    if not node.passes if block else _layer_of(node) is None:
        return None
    if fused and node.op is not None and node.op.fusible:
        return plain(title, 0, _FUSED)
    moved, macs = node.traffic, node.cost.macs
    read = moved.read_bytes - (moved.fused_read_bytes if fused else 0)
    written = moved.write_bytes - (moved.fused_write_bytes if fused else 0)
    if not macs or not read + written:
        return plain(title, 0, "It has no MACs." if read + written else "It moves nothing.")
    return Explanation(
        title=title,
        formula="2·MACs/(read + written)",
        html="2·MACs/(read + written)",
        latex=r"\frac{2 \cdot \mathrm{MACs}}{\mathrm{read} + \mathrm{written}}",
        filled=f"2·{units.grouped(macs)}/({units.grouped(read)} + {units.grouped(written)})",
        value=2 * macs * MILLION // (read + written),
        note="It is the ratio of the sums, not a sum itself." if block else "",
    )


def _weights(count: int, dtype: str, title: str) -> Explanation:
    if not count:
        return plain(title, 0, "It has no weights.")
    found = of_formula(formula(bytes_formula(dtype)), {"params": count}, title)
    return replace(found, symbols={}, note=storage_note(dtype) or f"{dtype}: {_bytes(dtype)} a weight.")


def _bytes(dtype: str) -> str:
    size = ELEMENT_BYTES[dtype]
    return plural(size, "{count} byte", "{count} bytes")


def _read(
    spec: LayerType, params: int, dtype: str, tensors: tuple[Sequence[TensorSpec], Sequence[TensorSpec]], title: str
) -> Explanation:
    """Return the sum of the inputs and the weights, each once."""
    inputs, outputs = tensors
    some = spec.params_read_by(params, tuple(outputs))
    parts = [*_tensors(inputs, "inputs"), *([_weights(some, dtype, "weights")] if some else [])]
    in_blocks = storage_note(dtype) if some else ""
    notes = [_noted(inputs, () if in_blocks or not some else (dtype,)), in_blocks]
    if some != params:
        notes.append(
            Message(
                "A pass reads {some} of the {params} weights.", some=units.grouped(some), params=units.grouped(params)
            )
        )
    found = _together(parts, title)
    return replace(found, note=" ".join(filter(None, notes)) or found.note)


def _tensors(tensors: Iterable[TensorSpec], name: str) -> list[Explanation]:
    """Return a term for the tensors of each dtype."""
    elements: dict[str, int] = {}
    for tensor in tensors:
        elements[tensor.dtype] = elements.get(tensor.dtype, 0) + tensor.elements
    titles = [name if len(elements) == 1 else f"{name} of {dtype}" for dtype in elements]
    return [_elements(n, dtype, title) for title, (dtype, n) in zip(titles, elements.items(), strict=True)]


def _elements(count: int, dtype: str, title: str) -> Explanation:
    found = of_formula(formula(f"elements*{ELEMENT_BYTES[dtype]}"), {"elements": count}, title)
    return replace(found, symbols={})


def _together(parts: Sequence[Explanation], title: str) -> Explanation:
    if not parts:
        return plain(title, 0, "There is nothing to move.")
    return of_parts(parts, title) if len(parts) > 1 else replace(parts[0], title=title)


def _noted(tensors: Iterable[TensorSpec], more: Iterable[str] = ()) -> str:
    """Return the bytes of the dtypes that occur."""
    dtypes = dict.fromkeys([*(tensor.dtype for tensor in tensors), *more])
    return " ".join(f"{dtype}: {_bytes(dtype)} a value." for dtype in dtypes)
