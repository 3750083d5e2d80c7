"""Markdown tables for papers, issues and pull requests."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from layerledger.core.analysis import Problem, Result
from layerledger.core.reports.columns import View
from layerledger.core.reports.options import ALONE, Part, RowsOptions, view_of
from layerledger.core.reports.rows import (
    budget_sentences,
    cell_text,
    chosen,
    conventions,
    expands_passes,
    heading_lines,
    layer_rows,
    total_row,
    totals,
)
from layerledger.core.reports.sections import Section, report_sections

_VERDICTS = {True: "kept:", False: "**broken**:", None: "not known:"}
_SPECIAL = re.compile(r"[\\`*\[\]<>|~#&]|(?<!\w)_|_(?!\w)")


def write(result: Result, options: RowsOptions | None = None, part: Part = ALONE, *, limit: int | None = None) -> str:
    """Return `result` as Markdown: totals, at most `limit` rows of layers, problems, conventions."""
    options = options or RowsOptions()
    view = view_of(result, options.count, part)
    parts = [*_heading(view), "", *_totals(view), "", *_layers(view, options, limit)]
    if limits := list(budget_sentences(result)):
        parts += ["", "## Budgets", "", *(f"- {_VERDICTS[kept]} {escaped(words)}" for kept, words in limits)]
    for section in report_sections(result, part):
        parts += ["", *_section(section)]
    if result.problems:
        parts += ["", "## Problems", "", *map(_problem, result.problems)]
    parts += ["", "## Conventions", "", *(f"- **{title}**: {help}" for title, help in conventions(view))]
    return ("\n" if part.number else "") + "\n".join(parts) + "\n"


def _heading(view: View) -> Iterator[str]:
    name, *inputs = map(escaped, heading_lines(view))
    yield f"# {name}"
    yield from ("", "  \n".join(inputs)) if inputs else ()


def _totals(view: View) -> Iterator[str]:
    yield _row(["Total", "Value", ""])
    yield _row(["---", "---:", "---:"])
    for title, exact, short in totals(view):
        yield _row([title, exact, short])


def _section(section: Section) -> Iterator[str]:
    """Yield what is asked for besides the counts."""
    yield from (f"## {escaped(section.title)}", "")
    if section.lines:
        yield from (_row(["Part", "Value", "", "Rule"]), _row(["---", "---:", "---:", "---"]))
        yield from (_row(line) for line in section.lines)
    yield from ([""] if section.lines and section.notes else [])
    yield from (f"- {escaped(note)}" for note in section.notes)


def _layers(view: View, options: RowsOptions, limit: int | None) -> Iterator[str]:
    expand = expands_passes(view.result, expand=options.expand)
    columns = chosen(view, options.columns, expand=expand)
    yield _row([column.heading(view.count) for column in columns])
    yield _row(["---:" if column.number else "---" for column in columns])
    for cells in layer_rows(view, columns, expand=expand, limit=limit):
        yield _row([cell_text(cell) for cell in cells])
    if options.total:
        yield _row([_bold(cell_text(cell)) for cell in total_row(view, columns)], ready=True)


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
