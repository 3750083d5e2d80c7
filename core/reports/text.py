"""Plain text for the terminal: totals, a table that lines up, problems, and what the counts mean."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from unicodedata import combining, east_asian_width

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

_GAP = "  "
_LONGEST = 60
_VERDICTS = {True: "kept  ", False: "BROKEN", None: "?     "}


def write(result: Result, options: RowsOptions | None = None, part: Part = ALONE, *, limit: int | None = None) -> str:
    """Return `result` as plain text: totals, at most `limit` rows of layers, problems, conventions."""
    options = options or RowsOptions()
    view = view_of(result, options.count, part)
    lines = [*map(printable, heading_lines(view)), ""]
    lines += _aligned([list(row) for row in totals(view)], [False, True, True])
    lines += ["", *_layers(view, options, limit)]
    if limits := list(budget_sentences(result)):
        lines += ["", "Budgets", *(f"{_GAP}{_VERDICTS[kept]}  {words}" for kept, words in limits)]
    for section in report_sections(result, part):
        lines += ["", *_section(section)]
    if result.problems:
        lines += ["", "Problems", *(f"{_GAP}{_problem(problem)}" for problem in result.problems)]
    lines += ["", "Conventions", *(f"{_GAP}{title}: {help}" for title, help in conventions(view))]
    return ("\n" if part.number else "") + "\n".join(lines) + "\n"


def _section(section: Section) -> Iterator[str]:
    """Yield what is asked for besides the counts: numbers that line up, then what they are."""
    yield section.title
    rows = [list(line[:3]) for line in section.lines]
    yield from (_GAP + line for line in (_aligned(rows, [False, True, True]) if rows else ()))
    yield from (f"{_GAP}{line.name}: {line.rule}" for line in section.lines)
    yield from (f"{_GAP}{printable(note)}" for note in section.notes)


def _layers(view: View, options: RowsOptions, limit: int | None) -> list[str]:
    expand = expands_passes(view.result, expand=options.expand)
    columns = chosen(view, options.columns, expand=expand)
    rows = [[column.short_heading(view.count) for column in columns]]
    rows += [list(map(cell_text, cells)) for cells in layer_rows(view, columns, expand=expand, limit=limit)]
    if options.total:
        rows.append(list(map(cell_text, total_row(view, columns))))
    return _aligned(rows, [column.number for column in columns])


def _aligned(rows: Sequence[Sequence[str]], right: Sequence[bool]) -> list[str]:
    shown = [[_shortened(printable(cell)) for cell in row] for row in rows]
    widths = [max(map(width, column)) for column in zip(*shown, strict=True)]
    return [_GAP.join(_padded(row, widths, right)).rstrip() for row in shown]


def _padded(row: Sequence[str], widths: Sequence[int], right: Sequence[bool]) -> Iterator[str]:
    for cell, wide, to_right in zip(row, widths, right, strict=True):
        blank = " " * (wide - width(cell))
        yield blank + cell if to_right else cell + blank


def _problem(problem: Problem) -> str:
    place = f" {problem.path}" if problem.path else ""
    return printable(f"{problem.severity}{place}: {problem.message}")


def printable(text: str) -> str:
    """Return `text` with control characters spelled out, so that no name moves the cursor or hides a line."""
    return text if text.isprintable() else "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text)


def width(text: str) -> int:
    """Return how many cells of a terminal `text` takes."""
    if text.isascii():
        return len(text)
    return sum(0 if combining(c) else 2 if east_asian_width(c) in "WF" else 1 for c in text)


def _shortened(text: str) -> str:
    """Cuts the middle out of a long text: the end of a path tells more than its middle."""
    return text if len(text) <= _LONGEST else f"{text[:20]}…{text[21 - _LONGEST :]}"
