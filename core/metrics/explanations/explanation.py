"""How a number came about: the formula that counted it, the same with its numbers, the result, and the convention."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from html import escape

from layerledger.core.analysis.result import NodeResult, Pass
from layerledger.core.base import units
from layerledger.core.formula.formula import Formula, Symbol, added, doubled
from layerledger.core.layers.layer_type import LayerType
from layerledger.core.metrics.conventions.convention import Term
from layerledger.core.metrics.conventions.vocabulary import LayerVariables, numbers_of
from layerledger.core.metrics.metric import METRICS, ConventionMetric, Metric
from layerledger.core.network.nodes import Block

_LATEX = str.maketrans(
    {"·": r" \cdot ", "×": r"\times", "−": "-", ",": "{,}"}
    | {"⌊": r"\lfloor ", "⌋": r" \rfloor", "⌈": r"\lceil ", "⌉": r" \rceil"}
)


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
        note: why the number is what it is, where the formula does not say.
        symbols: the numbers that the formula's names stand for.
        terms: what the number is the sum of, each titled by its name, where the formula only names them.
        written: the result for people, where it is no plain count.
    """

    title: str
    formula: str
    html: str
    latex: str
    filled: str
    value: int
    note: str = ""
    symbols: Mapping[str, int] = field(default_factory=dict[str, int])
    terms: tuple[Explanation, ...] = ()
    written: str = ""

    @property
    def shown(self) -> str:
        """The result for people."""
        return self.written or units.grouped(self.value)

    def text(self) -> str:
        """Return the whole explanation as plain text."""
        lines = [f"{self.title} = {self.formula}", f"= {self.filled}"] if self.formula else [self.title]
        lines += [f"{t.title}: {t.formula} = {t.filled} = {units.grouped(t.value)}" for t in self.terms]
        lines += [f"= {self.shown}", ", ".join(f"{k} = {v}" for k, v in self.symbols.items()), self.note]
        return "\n".join(filter(None, lines))

    def as_latex(self) -> str:
        """Return formula, numbers and result as LaTeX math."""
        filled, value = self.filled.translate(_LATEX), self.shown.translate(_LATEX)
        value = rf"\text{{{value}}}" if self.written else value
        return " = ".join(filter(None, (rf"\text{{{self.title}}}", self.latex, filled, value)))

    def as_html(self) -> str:
        """Return formula, numbers and result as HTML."""
        parts = (escape(self.title), self.html, escape(self.filled), f"<b>{escape(self.shown)}</b>")
        return f"<p>{' = '.join(filter(None, parts))}</p>"


_WEIGHTS = ("params", "buffers")
_STORED = (*_WEIGHTS, "weight_bytes")
_EXPLAINED = (*_WEIGHTS, "macs", "flops", "exact_flops")
_PRIMITIVES = {
    "mul": "Multiplications",
    "add": "Additions",
    "cmp": "Comparisons",
    "special": "Divisions, roots and exponentials",
}


def explain(result: NodeResult, *, count: Metric | None = None, only: bool = False) -> tuple[Explanation, ...]:
    """Return the explanations of a node's counts; none where it could not be counted.

    A `count` that is none of the metrics but a convention's comes first; with `only`, no other than `count` comes.
    """
    title = count.title if count and only else None
    first = _by_convention(result, count) if isinstance(count, ConventionMetric) else ()
    return (*first, *_of_block_or_layer(result, title))


def _of_block_or_layer(result: NodeResult, only: str | None) -> tuple[Explanation, ...]:
    if isinstance(result.node, Block):
        metrics = (METRICS[key] for key in _EXPLAINED if result.passes and only in (None, METRICS[key].title))
        return tuple(of_block(result, metric) for metric in metrics)
    inputs = result.known_inputs
    if result.op is None or inputs is None or result.outputs is None:
        return ()
    symbols = result.op.symbols(inputs, result.outputs)
    wanted = ((key, title) for key, title in _wanted(result.op) if only in (None, title))
    explained = tuple(_of_layer(result.op, symbols, key, title) for key, title in wanted)
    return explained if result.node.tied_to is None else _tied(explained, result.node.tied_to)


def _by_convention(result: NodeResult, count: ConventionMetric) -> tuple[Explanation, ...]:
    """Return how a convention counts a node: the parts that its rule names, and what is peculiar about that."""
    if isinstance(result.node, Block):
        return (of_block(result, count),) if result.passes else ()
    numbers = numbers_of(result)
    if numbers is None:
        return ()
    convention = count.convention
    counted, defects = convention.of_layer(result, numbers), convention.known_issues_of(numbers)
    note = " ".join(filter(None, (counted.note, *(defect.text for defect in defects))))
    parts = [_of_term(term, numbers) for term in convention.terms(result) if term.value]
    if not parts:
        return (plain(count.title, 0, note or f"{count.short} counts nothing for it."),)
    whole = of_parts(parts, count.title) if len(parts) > 1 else replace(parts[0], title=count.title)
    return (replace(whole, note=note),)


def _of_term(term: Term, numbers: LayerVariables) -> Explanation:
    """Return a part of a convention's count; one that is a count of the layer itself by the layer's own formula."""
    root, spec = term.formula.root, numbers.spec
    own = spec.formulas.get(root.name) if isinstance(root, Symbol) else None
    if own is None:
        return of_formula(term.formula, term.numbers, term.part)
    return of_formula(own, spec.symbols(numbers.inputs, numbers.outputs), term.part)


def _tied(explained: Iterable[Explanation], owner: str) -> tuple[Explanation, ...]:
    """Take back the weights of a layer that has another's."""
    titles = {METRICS[key].title for key in _WEIGHTS}
    return tuple(plain(each.title, 0, owned(owner)) if each.title in titles else each for each in explained)


def owned(owner: str) -> str:
    """Return why tied weights are none."""
    return f"The weights are those of {owner} and count there."


def _wanted(spec: LayerType) -> list[tuple[str, str]]:
    shown = [key for key in _EXPLAINED if key != "buffers" or "buffers" in spec.formulas]
    titles = [(key, METRICS[key].title) for key in shown]
    return titles + [(key, title) for key, title in _PRIMITIVES.items() if key in spec.formulas]


def _of_layer(spec: LayerType, symbols: Mapping[str, int], key: str, title: str) -> Explanation:
    terms = _terms(spec, key)
    if not terms:
        return plain(title, 0, spec.why_zero.format(spec.type_name))
    counting = {name: counted for name, counted in terms.items() if counted(symbols)} or terms
    parts = [of_formula(counted, symbols, name) for name, counted in counting.items()]
    return of_parts(parts, title) if len(parts) > 1 else replace(parts[0], title=title)


def of_formula(counted: Formula, symbols: Mapping[str, int], title: str) -> Explanation:
    """Return the explanation of a count that is one formula."""
    return Explanation(
        title=title,
        formula=counted.text(),
        html=counted.html(),
        latex=counted.latex(),
        filled=counted.filled(symbols),
        value=counted(symbols),
        symbols={name: value for name, value in symbols.items() if name in counted.names},
    )


def of_parts(parts: Sequence[Explanation], title: str) -> Explanation:
    """Return the explanation of a sum of named terms."""
    return Explanation(
        title=title,
        formula=" + ".join(part.title for part in parts),
        html="<br>+ ".join(f"{part.title}: {part.html}" for part in parts),
        latex=" + ".join(rf"\underbrace{{{part.latex}}}_{{\text{{{part.title}}}}}" for part in parts),
        filled=" + ".join(units.grouped(part.value) for part in parts).replace("+ −", "− "),
        value=sum(part.value for part in parts),
        symbols={name: value for part in parts for name, value in part.symbols.items()},
        terms=tuple(parts),
    )


def _terms(spec: LayerType, key: str) -> dict[str, Formula]:
    """Return the terms of a count by name; those that are made of primitives are put together from theirs."""
    primitives = {"flops": ("macs",), "exact_flops": ("mul", "add")}.get(key, (key,))
    stated = [spec.terms[primitive] for primitive in primitives if primitive in spec.terms]
    names = dict.fromkeys(name for terms in stated for name in terms)
    found = {name: added(terms[name] for terms in stated if name in terms) for name in names}
    return {name: doubled(term) for name, term in found.items()} if key == "flops" else found


def plain(title: str, value: int, note: str) -> Explanation:
    """Return the explanation of a number without a formula."""
    return Explanation(title=title, formula="", html="", latex="", filled="", value=value, note=note)


def of_block(result: NodeResult, metric: Metric) -> Explanation:
    """Return the explanation of a block's sum over its passes and layers."""
    assert isinstance(result.node, Block)
    weights = metric.key in _STORED
    if weights and result.node.tied_to is not None:
        return plain(metric.title, 0, owned(result.node.tied_to))
    once = weights and result.node.share_weights and result.node.repeat > 1
    passes = result.node.repeat > 1
    return Explanation(
        title=metric.title,
        formula="sum over the layers of each pass" if passes else "sum over the layers",
        html="Σ<sub>passes</sub> Σ<sub>layers</sub>" if passes else "Σ<sub>layers</sub>",
        latex=r"\sum_{\mathrm{passes}} \sum_{\mathrm{layers}}" if passes else r"\sum_{\mathrm{layers}}",
        filled=_filled(result.passes[:1] if once else result.passes, metric, once=once),
        value=metric.of(result),
        note="All passes share these weights, so they count once." if once else "",
    )


_SHOWN_TERMS = 12


def _filled(runs: Iterable[Pass], metric: Metric, *, once: bool) -> str:
    """Return what the passes count; those that count the same, of whatever shapes, are taken together."""
    times: dict[tuple[int, ...], int] = {}
    for run in runs:
        values = tuple(value for child in run.children if (value := metric.of(child)))
        times[values] = 1 if once else times.get(values, 0) + run.times
    return " + ".join(_sum(values, n, alone=len(times) == 1) for values, n in times.items())


def _sum(values: Sequence[int], times: int, *, alone: bool) -> str:
    """Return the terms of so many equal passes, in parentheses where something else stands beside them."""
    shown = [units.grouped(v) for v in values[:_SHOWN_TERMS]]
    rest = len(values) - len(shown)
    text = " + ".join([*shown, f"… {rest} more"] if rest else shown) or "0"
    if times > 1:
        return f"{times} × ({text})" if len(values) > 1 else f"{times} × {text}"
    return text if alone or len(values) < 2 else f"({text})"
