"""Explanations of counts: a layer's own formulas, or the sum over the passes and layers of a block."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from layerledger.core.analysis.result import NodeResult, Pass
from layerledger.core.base import units
from layerledger.core.base.messages import Message, plural
from layerledger.core.formula.formula import Formula, added, doubled
from layerledger.core.layers.counting import NOT_COUNTED
from layerledger.core.layers.layer_type import LayerType
from layerledger.core.metrics.explanations.explanation import Explanation, of_formula, of_parts, plain
from layerledger.core.metrics.metric import MetricContext, SumMetric
from layerledger.core.network.nodes import Block
from layerledger.core.network.paths import ties_weight_only

_ACTIVE = "active_params"
_WEIGHTS = ("params", "buffers", _ACTIVE)
_STORED = (*_WEIGHTS, "weight_bytes")

PRIMITIVES = {
    "mul": "Multiplications",
    "add": "Additions",
    "cmp": "Comparisons",
    "special": "Divisions, roots and exponentials",
}
"""Titles of the counts that are explained although they are not metrics of their own."""


def explain_count(node: NodeResult, metric: SumMetric, _context: MetricContext | None = None) -> Explanation | None:
    """Return the explanation of a count of a node; None where it could not be counted or the layer does not have it."""
    key, title = metric.key, metric.title
    if isinstance(node.node, Block):
        return of_block(node, key, title, metric.read)
    inputs, op = node.known_inputs, node.op
    if op is None or inputs is None or node.outputs is None or (key == "buffers" and key not in op.formulas):
        return None
    if op.status == NOT_COUNTED:
        return None
    if key in _WEIGHTS and node.node.tied_to is not None:
        return plain(title, metric.read(node), owned(node.node.tied_to))
    return _of_layer(op, op.symbols(inputs, node.outputs), key, title)


def explain_active(node: NodeResult, metric: SumMetric, _context: MetricContext | None = None) -> Explanation | None:
    """Return the explanation of the parameters that one token uses; None where it uses all."""
    idle = node.cost.idle_params if isinstance(node.node, Block) else node.op and "idle_params" in node.op.formulas
    return explain_count(node, metric) if idle else None


def explain_primitives(node: NodeResult) -> Iterator[Explanation]:
    """Yield the explanations of the primitive operations of a layer that states formulas for them."""
    inputs, op = node.known_inputs, node.op
    if op is None or inputs is None or node.outputs is None or op.status == NOT_COUNTED:
        return
    symbols = op.symbols(inputs, node.outputs)
    yield from (_of_layer(op, symbols, key, title) for key, title in PRIMITIVES.items() if key in op.formulas)


def owned(owner: str) -> str:
    """Return the note on weights that belong to another layer, or on the weight alone."""
    if ties_weight_only(owner):
        return Message("{owner} counts there; what is counted here are the other weights of this layer.", owner=owner)
    return Message("The weights are those of {owner} and count there.", owner=owner)


def _of_layer(spec: LayerType, symbols: Mapping[str, int], key: str, title: str) -> Explanation:
    terms = _terms(spec, key)
    if not terms:
        return plain(title, 0, spec.why_zero.format(spec.type_name))
    # Terms that are 0 here are left out, unless all of them are.
    counting = {name: counted for name, counted in terms.items() if counted(symbols)} or terms
    parts = [of_formula(counted, symbols, name) for name, counted in counting.items()]
    return of_parts(parts, title) if len(parts) > 1 else replace(parts[0], title=title)


def _terms(spec: LayerType, key: str) -> dict[str, Formula]:
    """Return the terms of a count by name; a count that is made of primitives has the terms of these."""
    if key == _ACTIVE:
        idle = spec.terms.get("idle_params", {})
        return {name: term for name, term in spec.terms.get("params", {}).items() if name not in idle}
    primitives = {"flops": ("macs",), "exact_flops": ("mul", "add")}.get(key, (key,))
    stated = [spec.terms[primitive] for primitive in primitives if primitive in spec.terms]
    names = dict.fromkeys(name for terms in stated for name in terms)
    found = {name: added(terms[name] for terms in stated if name in terms) for name in names}
    return {name: doubled(term) for name, term in found.items()} if key == "flops" else found


def of_block(node: NodeResult, key: str, title: str, read: Callable[[NodeResult], int]) -> Explanation | None:
    """Return the explanation of a block's sum over its passes and layers; None where it was not reached."""
    block = node.node
    assert isinstance(block, Block)
    if not node.passes:
        return None
    if key in _STORED and block.tied_to is not None:
        return plain(title, 0, owned(block.tied_to))
    repeated = block.repeat > 1
    once = key in _STORED and block.share_weights and repeated
    return Explanation(
        title=title,
        formula="sum over the layers of each pass" if repeated else "sum over the layers",
        html="Σ<sub>passes</sub> Σ<sub>layers</sub>" if repeated else "Σ<sub>layers</sub>",
        latex=r"\sum_{\mathrm{passes}} \sum_{\mathrm{layers}}" if repeated else r"\sum_{\mathrm{layers}}",
        filled=_filled(node.passes[:1] if once else node.passes, read, once=once),
        value=read(node),
        note=_missing(node) or ("All passes share these weights, so they count once." if once else ""),
        written=units.at_least(units.grouped(read(node))) if node.uncounted_layers else "",
    )


def _missing(node: NodeResult) -> str:
    """Return the sentence on the layers that a sum lacks; empty where it lacks none."""
    layers = plural(node.uncounted_layers, "{count:,} layer is not counted.", "{count:,} layers are not counted.")
    return layers if node.uncounted_layers else ""


_SHOWN_TERMS = 12


def _filled(runs: Iterable[Pass], read: Callable[[NodeResult], int], *, once: bool) -> str:
    """Return the sum with its numbers; passes of equal counts, of whatever shapes, are one product."""
    times: dict[tuple[int, ...], int] = {}
    for run in runs:
        values = tuple(value for child in run.children if (value := read(child)))
        times[values] = 1 if once else times.get(values, 0) + run.times
    return " + ".join(_sum(values, n, alone=len(times) == 1) for values, n in times.items())


def _sum(values: Sequence[int], times: int, *, alone: bool) -> str:
    """Return the terms of `times` equal passes, in parentheses where other terms stand beside them."""
    shown = [units.grouped(v) for v in values[:_SHOWN_TERMS]]
    rest = len(values) - len(shown)
    text = " + ".join([*shown, f"… {units.grouped(rest)} more"] if rest else shown) or "0"
    if times > 1:
        return f"{times} × ({text})" if len(values) > 1 else f"{times} × {text}"
    return text if alone or len(values) < 2 else f"({text})"
