"""How a number came about: the formula that counted it, the same with its numbers, the result, and the convention."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from layerledger.core import units
from layerledger.core.analysis.result import NodeResult, Pass
from layerledger.core.formula import Formula, formula
from layerledger.core.layers.base import LayerType
from layerledger.core.metrics import METRICS, Metric
from layerledger.core.network import Block


@dataclass(frozen=True, kw_only=True)
class Explanation:
    """One number of a node, explained.

    Attributes:
        title: what is counted, with its convention.
        formula: as plain text; empty where the number is zero by convention.
        html: the formula as rich text.
        latex: the formula as LaTeX math.
        filled: the formula with this node's numbers.
        value: the result.
        note: what the symbols stand for, or why the number is zero.
    """

    title: str
    formula: str
    html: str
    latex: str
    filled: str
    value: int
    note: str

    def text(self) -> str:
        """Returns the whole explanation as plain text."""
        lines = [f"{self.title} = {self.formula}", f"= {self.filled}"] if self.formula else [self.title]
        lines.append(f"= {units.grouped(self.value)}")
        return "\n".join([*lines, self.note] if self.note else lines)


_EXPLAINED = ("params", "buffers", "macs", "flops", "exact_flops")
_PRIMITIVES = {
    "mul": "Multiplications",
    "add": "Additions",
    "cmp": "Comparisons",
    "special": "Divisions, roots and exponentials",
}


def explain(result: NodeResult) -> tuple[Explanation, ...]:
    """Returns the explanations of a node's counts; none where it could not be counted."""
    if isinstance(result.node, Block):
        return tuple(_of_block(result, METRICS[key]) for key in _EXPLAINED if result.passes)
    inputs = result.known_inputs
    if result.spec is None or inputs is None or result.outputs is None:
        return ()
    symbols = result.spec.symbols(inputs, result.outputs)
    return tuple(_of_layer(result.spec, symbols, key, title) for key, title in _wanted(result.spec))


def _wanted(spec: LayerType) -> list[tuple[str, str]]:
    shown = [key for key in _EXPLAINED if key != "buffers" or "buffers" in spec.formulas]
    titles = [(key, METRICS[key].title) for key in shown]
    return titles + [(key, title) for key, title in _PRIMITIVES.items() if key in spec.formulas]


def _of_layer(spec: LayerType, symbols: Mapping[str, int], key: str, title: str) -> Explanation:
    counted = _formula(spec, key)
    if counted is None:
        return _plain(title, 0, f"{spec.type_name} has none by this convention.")
    used = {name: value for name, value in symbols.items() if name in counted.names}
    return Explanation(
        title=title,
        formula=counted.text(),
        html=counted.html(),
        latex=counted.latex(),
        filled=counted.filled(symbols),
        value=counted(symbols),
        note=", ".join(f"{name} = {value}" for name, value in used.items()),
    )


def _formula(spec: LayerType, key: str) -> Formula | None:
    """Returns the formula of a count; those that are made of primitives are put together from theirs."""
    if key == "flops":
        macs = spec.formulas.get("macs")
        return formula(f"2*({macs.source})") if macs else None
    if key == "exact_flops":
        parts = [spec.formulas[name].source for name in ("mul", "add") if name in spec.formulas]
        return formula(" + ".join(f"({part})" for part in parts)) if parts else None
    return spec.formulas.get(key)


def _plain(title: str, value: int, note: str) -> Explanation:
    return Explanation(title=title, formula="", html="", latex="", filled="", value=value, note=note)


def _of_block(result: NodeResult, metric: Metric) -> Explanation:
    assert isinstance(result.node, Block)
    terms = [_pass_terms(run, metric) for run in result.passes]
    value = metric.of(result)
    filled = " + ".join(terms)
    note = "shared weights count once" if result.node.share_weights and result.node.repeat > 1 else ""
    return Explanation(
        title=metric.title,
        formula="sum over the layers of each pass",
        html="Σ<sub>passes</sub> Σ<sub>layers</sub>",
        latex=r"\sum_{\mathrm{passes}} \sum_{\mathrm{layers}}",
        filled=filled,
        value=value,
        note=note,
    )


_SHOWN_TERMS = 12


def _pass_terms(run: Pass, metric: Metric) -> str:
    values = [metric.of(child) for child in run.children if metric.of(child)]
    shown = [units.grouped(v) for v in values[:_SHOWN_TERMS]]
    rest = len(values) - len(shown)
    text = " + ".join([*shown, f"… {rest} more"] if rest else shown) or "0"
    return f"{run.times} × ({text})" if run.times > 1 else text if len(values) < 2 else f"({text})"
