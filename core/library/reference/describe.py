"""A layer type as data for its page: what its class declares, and its examples worked through."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Mapping
from functools import cache

from layerledger.core.analysis import NodeResult, analyze
from layerledger.core.base.params import ParamInfo, params_of
from layerledger.core.base.record import Record
from layerledger.core.base.shapes import Shape, shape_text
from layerledger.core.formula.formula import Formula
from layerledger.core.layers import Example, LayerType
from layerledger.core.layers.counting import Status
from layerledger.core.layers.layer_type import dims_of
from layerledger.core.library.reference.symbols import meaning, symbols_of
from layerledger.core.metrics.explanations.counts import PRIMITIVES
from layerledger.core.metrics.explanations.explanation import Explanation
from layerledger.core.metrics.explanations.node import explain_counts
from layerledger.core.metrics.registry import metrics_on
from layerledger.core.network.nodes import Block, Layer, Network, NetworkInput

TITLES: Mapping[str, str] = {**{metric.key: metric.title for metric in metrics_on("notion")}, **PRIMITIVES}
"""Titles of all counts that a layer type or an example can state."""


class Parameter(Record):
    """One parameter: its allowed values, its default, and its meaning."""

    name: str
    takes: str
    default: str
    help: str


class Count(Record):
    """The formulas of one count: terms that add up, each with a name; one without a name where it is all."""

    key: str
    title: str
    terms: Mapping[str, Formula]


class Worked(Record):
    """An example worked through.

    Attributes:
        call: the layer as code.
        inputs: the shapes of its inputs.
        outputs: the shapes of its outputs.
        explanations: each count, with its formula and the numbers filled in.
        symbols: the values of the symbols in the formulas.
        checked: the numbers that the source gives, by title.
        source: the origin of these numbers.
        result: the layer's analysis.
    """

    call: str
    inputs: str
    outputs: str
    explanations: tuple[Explanation, ...]
    symbols: Mapping[str, int]
    checked: Mapping[str, int]
    source: str
    result: NodeResult


class Described(Record):
    """The content of the page of a layer type.

    Attributes:
        type_name: the name of the type.
        family: its family in the palette.
        summary: what it does, in a sentence or two.
        shapes: of inputs and outputs, in letters or, where the class states none, those of the first example.
        details: further paragraphs.
        sources: the sources of the family's shapes and counts.
        status: how far its counts can be trusted.
        approximation: for an approximated type, how its counts are estimated.
        parameters: its parameters in order.
        counts: its counts, each with its formulas.
        symbols: the meanings of the symbols in its formulas, in the order of the layer.
        examples: its examples, worked through.
    """

    type_name: str
    family: str
    summary: str
    shapes: str
    details: tuple[str, ...]
    sources: tuple[str, ...]
    status: Status
    approximation: str
    parameters: tuple[Parameter, ...]
    counts: tuple[Count, ...]
    symbols: Mapping[str, str]
    examples: tuple[Worked, ...]


# Key: the class, so the bound is the number of layer types. It pays: each example is a whole analysis.
@cache
def describe(cls: type[LayerType]) -> Described:
    """Return the content of the page of a layer type; cached for each type."""
    # The docstrings of layer types are text of the reference: a summary, then the shapes behind a colon. Of a module,
    # the paragraphs after the first state the sources.
    summary, shapes = _summary_and_shapes(cls)
    examples = tuple(worked(cls, example) for example in cls.examples)
    seen = next((f"for example {each.inputs} → {each.outputs}" for each in examples), "")
    return Described(
        type_name=cls.type_name,
        family=cls.family,
        summary=summary,
        shapes=shapes or seen,
        details=tuple(_paragraphs(cls.__doc__)[1:]),
        sources=tuple(_paragraphs(sys.modules[cls.__module__].__doc__)[1:]),
        status=cls.status,
        approximation=cls.approximation,
        parameters=tuple(_parameter(info, dims_of(cls)) for info in params_of(cls).values()),
        counts=tuple(_counts(cls)),
        symbols=_symbols(cls, examples),
        examples=examples,
    )


def _paragraphs(doc: str | None) -> list[str]:
    return [" ".join(each.split()) for each in re.split(r"\n\s*\n", (doc or "").strip())]


_SHAPES = re.compile(r":\s+(?P<shapes>(n times )?\([^:]*?)(?P<more>\. .*)?\.?$")


def _summary_and_shapes(cls: type[LayerType]) -> tuple[str, str]:
    """Return the first line of the docstring without the shapes at its end, and these shapes."""
    first = _paragraphs(cls.__doc__)[0]
    found = _SHAPES.search(first)
    if found is None:
        kept = cls.shape is LayerType.shape and cls.outputs is LayerType.outputs
        return first, "(*), kept as it is" if kept else ""
    return f"{first[: found.start()]}{found['more'] or ''}".rstrip(".") + ".", found["shapes"].replace("->", "→")


def _parameter(info: ParamInfo, dims: int) -> Parameter:
    return Parameter(info.name, info.kind.hint_for(dims), _default(info), info.help)


def _default(info: ParamInfo) -> str:
    if info.derived:
        return "follows from the input"
    return "must be given" if info.required else info.kind.text(info.start) or "empty"


def _counts(cls: type[LayerType]) -> Iterator[Count]:
    return (Count(key, title, cls.terms[key]) for key, title in TITLES.items() if key in cls.terms)


def _symbols(cls: type[LayerType], examples: tuple[Worked, ...]) -> dict[str, str]:
    used = symbols_of(cls)
    ordered = [*(name for example in examples for name in example.symbols), *sorted(used)]
    return {name: meaning(name, cls) for name in dict.fromkeys(ordered) if name in used}


# -- examples


def worked(cls: type[LayerType], example: Example) -> Worked:
    """Return an example worked through as a network of one layer."""
    result = _result(cls, example)
    inputs, outputs = result.known_inputs or (), result.outputs or ()
    symbols: Mapping[str, int] = result.op.symbols(inputs, outputs) if result.op else {}
    explanations = (*explain_counts(result), *_trainable(result, symbols))
    return Worked(
        call=f"{cls.type_name}({', '.join(f'{name}={value!r}' for name, value in example.params.items())})",
        inputs=_shapes_text([spec.shape for spec in inputs], example.dtype),
        outputs=_shapes_text([spec.shape for spec in outputs]),
        explanations=explanations,
        symbols=symbols,
        checked={TITLES[key]: value for key, value in example.counts.items()},
        source=example.source,
        result=result,
    )


def _trainable(result: NodeResult, symbols: Mapping[str, int]) -> Iterator[Explanation]:
    """Yield the count of trainable parameters where it has a formula of its own."""
    if counted := result.op and result.op.formulas.get("trainable_params"):
        text, html, latex = counted.text(), counted.html(), counted.latex()
        filled, value = counted.filled(symbols), counted(symbols)
        yield Explanation(
            title=TITLES["trainable_params"], formula=text, html=html, latex=latex, filled=filled, value=value
        )


def _result(cls: type[LayerType], example: Example) -> NodeResult:
    fed = tuple(
        NetworkInput(name=f"x{i}", shape=shape, dtype=example.dtype) for i, shape in enumerate(example.inputs, 1)
    )
    names = tuple(each.name for each in fed)
    layer = Layer(name=cls.type_name.lower(), type=cls.type_name, params=example.params, inputs=names)
    return analyze(Network(inputs=fed, root=Block(name="", layers=(layer,)))).root.children[0]


def _shapes_text(shapes: list[Shape], dtype: str = "float32") -> str:
    kind = "" if dtype == "float32" else f" of {dtype}"
    return ", ".join(f"{shape_text(shape)}{kind}" for shape in shapes) or "no input"
