"""Plain text for the terminal: totals, a table that lines up, problems, and the definitions of the counts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from unicodedata import combining, east_asian_width

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

_GAP = "  "
_LONGEST = 60
_VERDICTS = {True: "kept  ", False: "BROKEN", None: "?     "}


def render(document: ReportDocument) -> str:
    """Return a report as plain text; of several files, an empty line comes before each but the first."""
    blocks = ["\n".join(lines) for lines in render_blocks(document, RENDERERS) if lines]
    return ("\n" if document.context.number else "") + "\n\n".join(blocks) + "\n"


def _heading(heading: Heading, _: ReportDocument) -> list[str]:
    return [*map(printable, (heading.name, *heading.lines))]


def _totals(totals: NetworkTotals, _: ReportDocument) -> list[str]:
    return _aligned([(line.title, line.exact, line.rounded) for line in totals.lines], [False, True, True])


def _layers(layers: Layers, document: ReportDocument) -> list[str]:
    count = document.context.count_metric
    kinds = layers.kinds
    rows = [[column.short_heading(count) for column in layers.columns]]
    rows += [list(map(cell_text, cells, kinds)) for cells in layers.rows()]
    if total := layers.total_texts():
        rows.append(total)
    return _aligned(rows, [column.number for column in layers.columns])


def _budgets(budgets: Budgets, _: ReportDocument) -> list[str]:
    lines = [f"{_GAP}{_VERDICTS[check.satisfied]}  {check.sentence()}" for check in budgets.checks]
    return ["Budgets", *lines] if lines else []


def _section(section: Section, _: ReportDocument) -> list[str]:
    """Return numbers that line up, then their rules and the notes."""
    lines = section.lines
    rows = [(line.name, line.exact, line.rounded) for line in lines]
    table = _aligned(section.table, [True] * len(section.table[0])) if section.table else []
    return [
        section.title,
        *(_GAP + line for line in (_aligned(rows, [False, True, True]) if rows else ())),
        *(_GAP + line for line in table),
        *(f"{_GAP}{line.name}: {line.rule}" for line in lines),
        *(f"{_GAP}{printable(note)}" for note in section.notes),
    ]


def _problems(found: Problems, _: ReportDocument) -> list[str]:
    return ["Problems", *(f"{_GAP}{_problem(problem)}" for problem in found.problems)] if found.problems else []


def _conventions(found: Conventions, _: ReportDocument) -> list[str]:
    return ["Conventions", *(f"{_GAP}{metric.title}: {metric.help}" for metric in found.metrics)]


RENDERERS: Renderers[list[str]] = {
    Heading: _heading,
    NetworkTotals: _totals,
    Layers: _layers,
    Budgets: _budgets,
    Section: _section,
    Problems: _problems,
    Conventions: _conventions,
}


def _aligned(rows: Sequence[Sequence[str]], right: Sequence[bool]) -> list[str]:
    shown = [[_shortened(printable(cell)) for cell in row] for row in rows]
    widths = [[width(cell) for cell in row] for row in shown]
    widest = [max(column) for column in zip(*widths, strict=True)]
    blanks = ([" " * (most - own) for most, own in zip(widest, row, strict=True)] for row in widths)
    return [_GAP.join(_padded(*row, right)).rstrip() for row in zip(shown, blanks, strict=True)]


def _padded(row: Sequence[str], blanks: Sequence[str], right: Sequence[bool]) -> Iterator[str]:
    for cell, blank, to_right in zip(row, blanks, right, strict=True):
        yield blank + cell if to_right else cell + blank


def _problem(problem: Problem) -> str:
    place = f" {problem.path}" if problem.path else ""
    return printable(f"{problem.severity}{place}: {problem.message}")


def printable(text: str) -> str:
    """Return `text` with control characters spelled out, so that no name moves the cursor or hides a line."""
    return text if text.isprintable() else "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text)


def width(text: str) -> int:
    """Return the number of cells of a terminal that `text` takes."""
    # Before the first combining mark, U+0300, no character is wide.
    if not text or max(text) < "\u0300":
        return len(text)
    # Marks take no cell of their own; wide and full-width characters take two.
    return sum(0 if combining(c) else 2 if east_asian_width(c) in "WF" else 1 for c in text)


def _shortened(text: str) -> str:
    """Return a long text without its middle: the end of a path tells more."""
    return text if len(text) <= _LONGEST else f"{text[:20]}…{text[21 - _LONGEST :]}"
