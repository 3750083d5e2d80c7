"""The page of a layer type."""

from __future__ import annotations

from collections.abc import Iterator

from layerledger.core.base import units
from layerledger.core.layers import LAYER_TYPES, LayerType
from layerledger.core.library.reference.describe import Count, Described, Parameter, Worked, describe
from layerledger.core.library.reference.inside import inside_table
from layerledger.core.library.reference.markup import (
    code,
    link,
    links,
    math,
    paragraph,
    prose,
    section,
    sum_of,
    symbol,
    symbol_link,
    table,
    words,
)
from layerledger.core.metrics.conventions import Convention, conventions
from layerledger.core.metrics.explanations.explanation import Explanation

STATUS = {
    "exact": "every operation of the definition is counted",
    "approximated": "some operations are left out or estimated",
    "free": "it moves or renames data, and computes nothing",
    "stated": "its counts are formulas that the user writes",
    "not counted": "its outputs are stated, but its counts are not known, and totals that lack them say so",
}
"""Meaning of each status, as a sentence."""


def type_page(cls: type[LayerType]) -> str:
    """Return the page of a layer type as HTML."""
    found = describe(cls)
    return "".join(
        (
            _head(found),
            section("Formulas", _formulas(found)),
            section("Symbols", _symbols(found)),
            *([section("Inside, step by step", inside_table(cls.inside))] if cls.inside else []),
            *(section(title, html) for title, html in _examples(found)),
            section("Parameters", _parameters(found)),
            section("What others count", _conventions(found)),
            section("How the family is counted", "".join(map(prose, found.sources))),
            section("More of its family", paragraph(links((f"type-{n}", n) for n in _neighbours(found)))),
        )
    )


def _head(found: Described) -> str:
    status = link("notion-status", found.status)
    how = found.approximation or f"{STATUS[found.status]}."
    return "".join(
        (
            f"<h1>{found.type_name}</h1>\n",
            paragraph(f"{found.family} · {status}: {words(how)}", "muted"),
            paragraph(words(found.summary)),
            paragraph(f"Shapes: {words(found.shapes)}"),
            *map(prose, found.details),
        )
    )


def _parameters(found: Described) -> str:
    rows = ((code(p.name), words(p.default), f"{words(p.help)} {_takes(p)}") for p in found.parameters)
    return table(rows, ("Name", "Default", "What it is")) or paragraph("It has none.")


def _takes(parameter: Parameter) -> str:
    return f'<span class="muted">Takes {words(parameter.takes)}.</span>'


def _formulas(found: Described) -> str:
    if not found.counts:
        return paragraph(f"There are none: {STATUS[found.status]}.")
    rest = paragraph(
        f"{link('notion-flops', 'FLOPs (2 × MACs)')} are twice the MACs; "
        f"{link('notion-exact_flops', 'FLOPs (every multiply and add)')} are multiplications and additions together. "
        "A count that is not listed is 0.",
        "muted",
    )
    return table(row for counted in found.counts for row in _count(counted)) + rest


def _count(counted: Count) -> Iterator[tuple[str, str]]:
    for i, (name, formula) in enumerate(counted.terms.items()):
        lead = f"<i>{words(name)}:</i> " if name else ""
        plus = "+ " if i else ""
        yield ("" if i else link(f"notion-{counted.key}", counted.title), f"{plus}{lead}{math(formula)}")


def _symbols(found: Described) -> str:
    rows = table((symbol_link(name), words(text)) for name, text in found.symbols.items())
    return rows and rows + paragraph(link("notion-symbols", "All symbols"), "muted")


# -- examples


def _examples(found: Described) -> Iterator[tuple[str, str]]:
    for i, example in enumerate(found.examples, 1):
        yield ("Example" if len(found.examples) == 1 else f"Example {i}", _example(example))


def _example(example: Worked) -> str:
    used = {name for each in example.explanations for name in each.symbols}
    pairs = ((name, value) for name, value in example.symbols.items() if name in used)
    numbers = ", ".join(f"{symbol(name)}&nbsp;=&nbsp;{units.grouped(value)}" for name, value in pairs)
    return "".join(
        (
            paragraph(f"{code(example.call)} on {example.inputs} → {example.outputs}"),
            paragraph(f"with {numbers}" if numbers else "", "muted"),
            table(row for each in example.explanations if _says(each, example) for row in _sum(each)),
            paragraph(f"Agrees with the source: {_checked(example)}. Source: {words(example.source)}.", "muted"),
        )
    )


def _says(counted: Explanation, example: Worked) -> bool:
    """Return whether a count gets a line: it is not 0, or the source states it."""
    return counted.value != 0 or counted.title in example.checked


def _sum(counted: Explanation) -> Iterator[tuple[str, str]]:
    yield counted.title, sum_of(counted.filled, counted.value)
    yield from (("", f"<i>{words(term.title)}:</i> {sum_of(term.filled, term.value)}") for term in counted.terms)


def _checked(example: Worked) -> str:
    return ", ".join(f"{words(title)} {units.grouped(value)}" for title, value in example.checked.items())


def _conventions(found: Described) -> str:
    """Return the counts of the first example by all conventions."""
    example = found.examples[0]
    rows = [_convention(each, example) for each in conventions().values()]
    of = "the example" if len(found.examples) == 1 else "example 1"
    return paragraph(f"Operations of {of}, by convention:") + table(rows)


def _convention(convention: Convention, example: Worked) -> tuple[str, str, str]:
    counted = convention.of(example.result)
    parts = ", ".join(f"{name}: {units.grouped(value)}" for name, value in counted.parts.items())
    title = link(f"convention-{convention.id}", convention.title)
    return title, units.grouped(counted.value), words(counted.note or parts)


def _neighbours(found: Described) -> Iterator[str]:
    names = (name for name, cls in LAYER_TYPES.items() if cls.family == found.family)
    return (name for name in names if name != found.type_name)
