"""The templates as a Qt model: what a card tells of each, its figures as soon as it has been weighed."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from layerledger.core import units
from layerledger.core.analysis import Result, analyze
from layerledger.core.formats import FormatError
from layerledger.core.shapes import shape_text
from layerledger.core.templates import Template, load_template, templates

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
        shape: of the input.
        line: params and MACs.
        bars: where in the network its MACs are.
    """

    shape: str
    line: str
    bars: tuple[Bar, ...]


def figures(result: Result) -> Figures:
    """Returns the figures of an analysed network."""
    totals, inputs = result.totals, result.network.inputs
    sizes = inputs[0].shape[1:] if inputs else ()
    return Figures(
        shape=shape_text(sizes),
        line=f"{units.count(totals.params)} params · {units.count(totals.macs)} MACs",
        bars=cost_profile(result),
    )


def cost_profile(result: Result, most: int = MOST_BARS) -> tuple[Bar, ...]:
    """Returns the MACs of the layers that have some, in order; neighbours are summed to be at most `most`."""
    costs = [(row.cost.macs, row.result.family) for row in result.rows() if row.cost.macs]
    count = min(most, len(costs))
    runs = [costs[i * len(costs) // count : (i + 1) * len(costs) // count] for i in range(count)]
    sums = [(sum(macs for macs, _ in run), max(run)[1]) for run in runs]
    highest = max((total for total, _ in sums), default=1)
    return tuple((total / highest, family) for total, family in sums)


class TemplateModel(QAbstractListModel):
    """All templates, oldest first."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._templates = templates()
        self._figures: dict[str, Figures | None] = {}

    def template(self, index: Index) -> Template:
        """Returns the template of a row."""
        return self._templates[index.row()]

    def figures(self, index: Index) -> Figures | None:
        """Returns the figures of a row; None where it has not been weighed yet."""
        return self._figures.get(self.template(index).name)

    def weigh_next(self) -> bool:
        """Weighs one template more, a matter of milliseconds; returns whether others are left."""
        row = len(self._figures)
        if row < len(self._templates):
            name = self._templates[row].name
            try:
                self._figures[name] = figures(analyze(load_template(name)))
            except FormatError:
                self._figures[name] = None  # opening it will say why
            self.dataChanged.emit(self.index(row), self.index(row))
        return row + 1 < len(self._templates)

    def rowCount(self, parent: Index = _NOWHERE) -> int:
        return 0 if parent.isValid() else len(self._templates)

    def data(self, index: Index, role: int = Role.DisplayRole) -> object:
        if not index.isValid():
            return None
        template, known = self.template(index), self.figures(index)
        if role == Role.DisplayRole:
            return template.title
        if role == Role.ToolTipRole:
            return "\n".join(filter(None, (template.description, template.source)))
        if role == Role.AccessibleTextRole:
            return ", ".join([template.title, *([known.shape, known.line] if known else [])])
        return None
