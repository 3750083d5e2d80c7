"""How bytes came about: the elements of each tensor by the bytes of its dtype, and the operations for each byte."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import replace

from layerledger.core.analysis.node_result import NodeResult
from layerledger.core.base import units
from layerledger.core.base.dtypes import BLOCK, INT4, dtypes_of
from layerledger.core.base.shapes import ELEMENT_BYTES, TensorSpec
from layerledger.core.formula.formula import formula
from layerledger.core.layers.layer_type import LayerType
from layerledger.core.metrics.explanations.explanation import Explanation, of_block, of_formula, of_parts, owned, plain
from layerledger.core.metrics.metric import INTENSITY, METRICS, Metric
from layerledger.core.network.nodes import Block, Layer

EXPLAINED = ("weight_bytes", "read_bytes", "write_bytes", INTENSITY)
"""The metrics that are explained here."""

_INT4 = f"int4: half a byte a weight, and a scale of 2 bytes for each {BLOCK} of them."
_FUSED = "It is fused into the layer before it, so that it moves nothing."


def explain_bytes(result: NodeResult, stored: str, *, fused: bool = False) -> tuple[Explanation, ...]:
    """Return the explanations of the bytes of a node and of its intensity; none where it could not be counted.

    Args:
        result: of a layer or a block.
        stored: the dtype in which weights are stored where a layer does not say otherwise.
        fused: whether norms, activation functions and additions move nothing.
    """
    metrics = [METRICS[key].when(fused=fused) for key in EXPLAINED]
    if isinstance(result.node, Block):
        *moved, intensity = metrics
        found = [of_block(result, metric) for metric in moved] if result.passes else []
        explained = [*found, _intensity(result, intensity, fused=fused)] if found else []
    else:
        explained = list(_of_layer(result, metrics, stored, fused=fused))
    return tuple(_written(each, metric) for each, metric in zip(explained, metrics, strict=False))


def _written(explanation: Explanation, metric: Metric) -> Explanation:
    return replace(explanation, written=metric.exact(explanation.value))


def _of_layer(result: NodeResult, metrics: Sequence[Metric], stored: str, *, fused: bool) -> Iterator[Explanation]:
    spec, inputs = result.op, result.known_inputs
    if spec is None or inputs is None or result.outputs is None:
        return
    weights, read, written, intensity = (metric.title for metric in metrics)
    dtype, params = _stored(result, stored), spec.cost(inputs, result.outputs).params
    tied = result.node.tied_to
    yield _weights(params, dtype, weights) if tied is None else plain(weights, 0, owned(tied))
    if fused and spec.fusible:
        yield from (plain(read, 0, _FUSED), plain(written, 0, _FUSED), plain(intensity, 0, _FUSED))
        return
    yield _read(spec, params, dtype, (result.read_inputs, result.outputs), read)
    yield replace(_together(_tensors(result.outputs, "outputs"), written), note=_noted(result.outputs))
    yield _intensity(result, metrics[-1], fused=fused)


def _stored(result: NodeResult, stored: str) -> str:
    """Return the dtype in which a layer's weights are stored."""
    if isinstance(result.node, Layer):
        with suppress(ValueError):
            return dtypes_of(result.node.stored_dtypes).weights or stored
    return stored


def _weights(count: int, dtype: str, title: str) -> Explanation:
    if not count:
        return plain(title, 0, "It has no weights.")
    text = f"ceil(params/2) + 2*ceil(params/{BLOCK})" if dtype == INT4 else f"params*{ELEMENT_BYTES[dtype]}"
    found = of_formula(formula(text), {"params": count}, title)
    return replace(found, symbols={}, note=_INT4 if dtype == INT4 else f"{dtype}: {_bytes(dtype)} a weight.")


def _bytes(dtype: str) -> str:
    size = ELEMENT_BYTES[dtype]
    return f"{size} byte{'' if size == 1 else 's'}"


def _read(
    spec: LayerType, params: int, dtype: str, tensors: tuple[Sequence[TensorSpec], Sequence[TensorSpec]], title: str
) -> Explanation:
    """Return the inputs and the weights, each once."""
    inputs, outputs = tensors
    some = spec.params_read_by(params, tuple(outputs))
    parts = [*_tensors(inputs, "inputs"), *([_weights(some, dtype, "weights")] if some else [])]
    notes = [_noted(inputs, () if dtype == INT4 or not some else (dtype,)), _INT4 if dtype == INT4 and some else ""]
    if some != params:
        notes.append(f"A pass reads {units.grouped(some)} of the {units.grouped(params)} weights.")
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


def _intensity(result: NodeResult, metric: Metric, *, fused: bool) -> Explanation:
    """Return the operations a byte; those of a block are the ratio of its sums."""
    read, written = (METRICS[key].when(fused=fused).of(result) for key in ("read_bytes", "write_bytes"))
    if not result.cost.macs or not read + written:
        return plain(metric.title, 0, "It has no MACs." if read + written else "It moves nothing.")
    return Explanation(
        title=metric.title,
        formula="2·MACs/(read + written)",
        html="2·MACs/(read + written)",
        latex=r"\frac{2 \cdot \mathrm{MACs}}{\mathrm{read} + \mathrm{written}}",
        filled=f"2·{units.grouped(result.cost.macs)}/({units.grouped(read)} + {units.grouped(written)})",
        value=metric.of(result),
        note="It is the ratio of the sums, not a sum itself." if isinstance(result.node, Block) else "",
    )
