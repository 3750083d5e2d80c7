"""Markdown tables for papers, issues and pull requests."""

from __future__ import annotations

import re
from collections.abc import Sequence

from layerledger.core.analysis import Problem
from layerledger.core.reports.document import (
    Budgets,
    Conventions,
    Heading,
    Layers,
    NetworkTotals,
    Problems,
    Renderers,
    ReportDocument,
    cell_text,
    render_blocks,
)
from layerledger.core.reports.sections import Section

_VERDICTS = {True: "kept:", False: "**broken**:", None: "not known:"}
# An underscore is escaped only at the edge of a word: inside one, Markdown takes it as it is.
_SPECIAL = re.compile(r"[\\`*\[\]<>|~#&]|(?<!\w)_|_(?!\w)")


def render(document: ReportDocument) -> str:
    """Return a report as Markdown; of several files, an empty line comes before each but the first."""
    blocks = ["\n".join(lines) for lines in render_blocks(document, RENDERERS) if lines]
    return ("\n" if document.context.number else "") + "\n\n".join(blocks) + "\n"


def _heading(heading: Heading, _: ReportDocument) -> list[str]:
    lines = [*map(escaped, heading.lines)]
    return [f"# {escaped(heading.name)}", *(("", "  \n".join(lines)) if lines else ())]


def _totals(totals: NetworkTotals, _: ReportDocument) -> list[str]:
    rows = [_row((line.title, line.exact, line.rounded)) for line in totals.lines]
    return [_row(["Total", "Value", ""]), _row(["---", "---:", "---:"]), *rows]


def _layers(layers: Layers, document: ReportDocument) -> list[str]:
    count = document.context.count_metric
    kinds = layers.kinds
    lines = [_row([column.heading(count) for column in layers.columns])]
    lines.append(_row(["---:" if column.number else "---" for column in layers.columns]))
    lines += [_row(list(map(cell_text, cells, kinds))) for cells in layers.rows()]
    if total := layers.total_texts():
        lines.append(_row([_bold(text) for text in total], ready=True))
    return lines


def _budgets(budgets: Budgets, _: ReportDocument) -> list[str]:
    lines = [f"- {_VERDICTS[check.satisfied]} {escaped(check.sentence())}" for check in budgets.checks]
    return ["## Budgets", "", *lines] if lines else []


def _section(section: Section, _: ReportDocument) -> list[str]:
    """Return a table of numbers with their rules, then the notes."""
    found = [f"## {escaped(section.title)}", ""]
    if section.lines:
        found += [_row(["Part", "Value", "", "Rule"]), _row(["---", "---:", "---:", "---"])]
    found += [_row((line.name, line.exact, line.rounded, line.rule)) for line in section.lines]
    if section.table:
        head, *rows = section.table
        found += ["", _row(head), _row(["---:"] * len(head)), *map(_row, rows)]
    found += [""] if section.lines and section.notes else []
    return [*found, *(f"- {escaped(note)}" for note in section.notes)]


def _problems(found: Problems, _: ReportDocument) -> list[str]:
    return ["## Problems", "", *map(_problem, found.problems)] if found.problems else []


def _conventions(found: Conventions, _: ReportDocument) -> list[str]:
    return ["## Conventions", "", *(f"- **{metric.title}**: {metric.help}" for metric in found.metrics)]


RENDERERS: Renderers[list[str]] = {
    Heading: _heading,
    NetworkTotals: _totals,
    Layers: _layers,
    Budgets: _budgets,
    Section: _section,
    Problems: _problems,
    Conventions: _conventions,
}


def _row(cells: Sequence[str], *, ready: bool = False) -> str:
    return f"| {' | '.join(cells if ready else map(escaped, cells))} |"


def _bold(text: str) -> str:
    return f"**{escaped(text)}**" if text else ""


def _problem(problem: Problem) -> str:
    place = f" {escaped(problem.path)}" if problem.path else ""
    return f"- **{problem.severity}**{place}: {escaped(problem.message)}"


def escaped(text: str) -> str:
    """Return `text` so that Markdown shows it as it is, on one line; an underscore inside a word needs no escape."""
    text = _SPECIAL.sub(lambda found: f"\\{found[0]}", text)
    return text if text.isprintable() else "".join(c if c.isprintable() else " " for c in text)
