"""Qt model of the templates, with the figures of each once it has been analysed."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from html import escape

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from layerledger.core.analysis import Result, analyze
from layerledger.core.base import units
from layerledger.core.base.shapes import shape_text
from layerledger.core.formats import FormatError
from layerledger.core.library.templates.published import Deviations, deviations
from layerledger.core.library.templates.search import find_templates
from layerledger.core.library.templates.templates import Template, load_template, templates
from layerledger.gui.start.published_figures import PublishedFigure, published_figure

Index = QModelIndex | QPersistentModelIndex
Role = Qt.ItemDataRole
_NOWHERE = QModelIndex()

MAX_BARS = 56

Bar = tuple[float, str]
"""A height from 0 to 1, and the family that gives it its colour."""


@dataclass(frozen=True, kw_only=True)
class TemplateFigures:
    """Size and cost of a template.

    Attributes:
        shape: of the inputs.
        line: params and MACs.
        bars: MACs along the network.
        published: texts on its published figures.
    """

    shape: str
    line: str
    bars: tuple[Bar, ...]
    published: PublishedFigure


@cache
def template_figures(template: Template) -> TemplateFigures | None:
    """Return the figures of a template; None if it cannot be read.

    The cache is keyed by template, holds at most one entry for each, and stays valid: templates come with the app.
    """
    try:
        result = analyze(load_template(template.name))
    except FormatError:
        return None  # opening it will say why
    published = template.published
    found = deviations(published, result) if published else Deviations(None, None)
    totals = result.totals
    return TemplateFigures(
        shape=_inputs(result),
        line=f"{units.count(totals.params)} params · {units.count(totals.macs)} MACs",
        bars=cost_profile(result),
        published=published_figure(published, found),
    )


def _inputs(result: Result) -> str:
    """Return the shapes of the inputs; a single size gets the input's name, to make clear what it counts."""
    given = [(each.name.rpartition("_")[2], shape_text(each.shape[1:])) for each in result.network.inputs]
    return ", ".join(shape if "×" in shape else f"{shape} {word}" for word, shape in given)


def cost_profile(result: Result, most: int = MAX_BARS) -> tuple[Bar, ...]:
    """Return the MACs along the layers that have any; neighbours are summed so that there are at most `most` bars."""
    costs = [(row.cost.macs, row.result.family) for row in result.rows() if row.cost.macs]
    count = min(most, len(costs))
    runs = [costs[i * len(costs) // count : (i + 1) * len(costs) // count] for i in range(count)]
    sums = [(sum(macs for macs, _ in run), max(run)[1]) for run in runs]
    highest = max((total for total, _ in sums), default=1)
    return tuple((total / highest, family) for total, family in sums)


class TemplateModel(QAbstractListModel):
    """All templates, oldest first, or the results of a search."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._templates = tuple(templates())
        self._figures: dict[str, TemplateFigures | None] = {}

    def search(self, text: str, family: str) -> None:
        """Show the templates that match, best first."""
        found = tuple(find_templates(text, family))
        if found != self._templates:
            self.beginResetModel()
            self._templates = found
            self.endResetModel()

    def template(self, index: Index) -> Template:
        """Return the template of a row."""
        return self._templates[index.row()]

    def figures(self, index: Index) -> TemplateFigures | None:
        """Return the figures of a row; None if it has not been analysed yet."""
        return self._figures.get(self.template(index).name)

    def analyze_next(self) -> bool:
        """Analyse one more template, in milliseconds, visible ones first; return whether any are left."""
        waiting = (each for each in (*self._templates, *templates()) if each.name not in self._figures)
        if following := next(waiting, None):
            self._figures[following.name] = template_figures(following)
            if following in self._templates:
                index = self.index(self._templates.index(following))
                self.dataChanged.emit(index, index)
        return len(self._figures) < len(templates())

    def rowCount(self, parent: Index = _NOWHERE) -> int:
        return 0 if parent.isValid() else len(self._templates)

    def data(self, index: Index, role: int = Role.DisplayRole) -> object:
        if not index.isValid():
            return None
        template, known = self.template(index), self.figures(index)
        if role == Role.DisplayRole:
            return template.title
        if role == Role.ToolTipRole:
            return _tip(template, known)
        if role == Role.AccessibleTextRole:
            return _spoken(template, known)
        return None


def _tip(template: Template, known: TemplateFigures | None) -> str:
    """Return the tool tip of a template, as HTML so that long lines wrap."""
    title = f"{template.title}, {template.year}" if template.year else template.title
    about = [f"<b>{escape(title)}</b>", escape(template.description), escape(template.source)]
    published = map(escape, known.published.details if known else ())
    return "".join(f"<p>{'<br>'.join(lines)}</p>" for lines in (about, published))


def _spoken(template: Template, known: TemplateFigures | None) -> str:
    parts = [template.title, str(template.year or "")]
    if known:
        given = known.published
        parts += [
            known.shape,
            known.line,
            f"{given.figure}: {given.verdict}".removesuffix(": "),
            given.source,
        ]
    return ", ".join(filter(None, parts))
