"""The templates as a Qt model: what a card tells of each, its figures as soon as it has been weighed."""

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

MOST_BARS = 56

Bar = tuple[float, str]
"""A height from 0 to 1, and the family that gives it its colour."""


@dataclass(frozen=True, kw_only=True)
class Figures:
    """What a template weighs.

    Attributes:
        shape: of the inputs.
        line: params and MACs.
        bars: where in the network its MACs are.
        claim: what others say that it weighs.
    """

    shape: str
    line: str
    bars: tuple[Bar, ...]
    claim: PublishedFigure


@cache
def weigh(template: Template) -> Figures | None:
    """Return the figures of a template; None where it cannot be read. Each is weighed once."""
    try:
        result = analyze(load_template(template.name))
    except FormatError:
        return None  # opening it will say why
    published = template.published
    found = deviations(published, result) if published else Deviations(None, None)
    totals = result.totals
    return Figures(
        shape=_inputs(result),
        line=f"{units.count(totals.params)} params · {units.count(totals.macs)} MACs",
        bars=cost_profile(result),
        claim=published_figure(published, found),
    )


def _inputs(result: Result) -> str:
    """Return the shapes of the inputs; a lone number would not tell what it is, so a word goes with it."""
    given = [(each.name.rpartition("_")[2], shape_text(each.shape[1:])) for each in result.network.inputs]
    return ", ".join(shape if "×" in shape else f"{shape} {word}" for word, shape in given)


def cost_profile(result: Result, most: int = MOST_BARS) -> tuple[Bar, ...]:
    """Return the MACs of the layers that have some, in order; neighbours are summed to be at most `most`."""
    costs = [(row.cost.macs, row.result.family) for row in result.rows() if row.cost.macs]
    count = min(most, len(costs))
    runs = [costs[i * len(costs) // count : (i + 1) * len(costs) // count] for i in range(count)]
    sums = [(sum(macs for macs, _ in run), max(run)[1]) for run in runs]
    highest = max((total for total, _ in sums), default=1)
    return tuple((total / highest, family) for total, family in sums)


class TemplateModel(QAbstractListModel):
    """Templates: all of them oldest first, or those that were searched for."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._shown = tuple(templates())
        self._figures: dict[str, Figures | None] = {}

    def search(self, text: str, family: str) -> None:
        """Show the templates that fit, best first."""
        found = tuple(find_templates(text, family))
        if found != self._shown:
            self.beginResetModel()
            self._shown = found
            self.endResetModel()

    def template(self, index: Index) -> Template:
        """Return the template of a row."""
        return self._shown[index.row()]

    def figures(self, index: Index) -> Figures | None:
        """Return the figures of a row; None where it has not been weighed yet."""
        return self._figures.get(self.template(index).name)

    def weigh_next(self) -> bool:
        """Weighs one template more, a matter of milliseconds, those shown first; returns whether others are left."""
        waiting = (each for each in (*self._shown, *templates()) if each.name not in self._figures)
        if following := next(waiting, None):
            self._figures[following.name] = weigh(following)
            if following in self._shown:
                index = self.index(self._shown.index(following))
                self.dataChanged.emit(index, index)
        return len(self._figures) < len(templates())

    def rowCount(self, parent: Index = _NOWHERE) -> int:
        return 0 if parent.isValid() else len(self._shown)

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


def _tip(template: Template, known: Figures | None) -> str:
    """Return all that is told of a template; as HTML, so that long lines wrap."""
    title = f"{template.title}, {template.year}" if template.year else template.title
    told = [f"<b>{escape(title)}</b>", escape(template.description), escape(template.source)]
    published = map(escape, known.claim.details if known else ())
    return "".join(f"<p>{'<br>'.join(lines)}</p>" for lines in (told, published))


def _spoken(template: Template, known: Figures | None) -> str:
    parts = [template.title, str(template.year or "")]
    if known:
        said = known.claim
        parts += [known.shape, known.line, f"{said.figure}: {said.verdict}".removesuffix(": "), said.source]
    return ", ".join(filter(None, parts))
