"""The page of a counting convention."""

from __future__ import annotations

from collections.abc import Iterator

from layerledger.core.layers import LAYER_TYPES
from layerledger.core.library.reference.markup import (
    breakable,
    bullets,
    code,
    link,
    links,
    paragraph,
    section,
    table,
    words,
)
from layerledger.core.metrics.conventions import Convention, Rule, conventions
from layerledger.core.metrics.conventions.rules import Selection


def convention_page(convention: Convention) -> str:
    """Return the page of a convention as HTML."""
    versions = f"{words(convention.versions)} · " if convention.versions else ""
    others = ((f"convention-{each.id}", each.title) for each in conventions().values() if each is not convention)
    return "".join(
        (
            f"<h1>{words(convention.title)}</h1>\n",
            paragraph(f"Convention · {versions}in files and on the command line {code(convention.id)}", "muted"),
            paragraph(words(convention.description)),
            section("What it counts", _rules(convention)),
            section("Known defects", bullets(_defects(convention))),
            section("Sources", bullets(words(source) for source in convention.sources)),
            section("Other conventions", paragraph(links(others))),
        )
    )


def _rules(convention: Convention) -> str:
    rest = "every other layer" if convention.rules else "every layer"
    rows = [(_selected(rule, "every layer"), *_counted(rule)) for rule in (*convention.rules, *convention.zero)]
    counted, note = _counted(convention.default) if convention.default else ("not modelled", _UNKNOWN)
    rows.append((rest, counted, note))
    first = "The first line that fits a layer counts it. " if convention.rules else ""
    return paragraph(first + _NAMES, "muted") + table(rows, ("Layers", "Counted as", ""), wrap=True)


_NAMES = (
    "Names in formulas are the layer’s symbols, its parameters and its own counts, such as macs, and the sizes of its "
    "first input and output: in_elements, out_positions, in_0, …"
)


_UNKNOWN = "It is not known here what the tool counts for it, so it adds 0."


def _counted(rule: Rule) -> tuple[str, str]:
    parts = "<br/>+ ".join(
        f"<i>{words(name)}:</i> {code(breakable(formula.text()))}" for name, formula in rule.formulas
    )
    return parts or "0", words(rule.note)


def _selected(selection: Selection, every: str) -> str:
    """Return the selected layers in words."""
    names = ", ".join((*map(_type, selection.types), *map(words, selection.families))) or every
    return f"{names}, where {code(selection.when)}" if selection.when else names


def _type(pattern: str) -> str:
    return link(f"type-{pattern}", pattern) if pattern in LAYER_TYPES else words(pattern)


def _defects(convention: Convention) -> Iterator[str]:
    for defect in convention.known_issues:
        meant = _selected(defect, "")
        yield f"{words(defect.text)}" + (f' <span class="muted">({meant.removeprefix(", ")})</span>' if meant else "")
