"""The small label beside the pointer: what a bar is, and its exact value."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QCoreApplication, QPoint, QRect, QSize, Qt
from PySide6.QtWidgets import QFrame, QLabel, QVBoxLayout, QWidget

from layerledger.core.base import units
from layerledger.core.network.nodes import Block
from layerledger.core.reports.series.bars import Bar, Chart
from layerledger.core.reports.series.layer_series import type_of
from layerledger.gui.charts.names import elided_name
from layerledger.gui.charts.scales import power_text

_OFFSET = QPoint(14, 16)
_MARGIN = 4
_MOST_DIGITS = 40


def _tr(text: str) -> str:
    return QCoreApplication.translate("Charts", text)


@dataclass(frozen=True)
class TipText:
    """Text of a tool tip: name, kind and value of a bar."""

    name: str
    kind: str
    value: str

    def text(self) -> str:
        """Return the text on one line, for a screen reader."""
        return ", ".join(filter(None, (self.name, self.kind, self.value)))


def note(chart: Chart, position: int) -> TipText:
    """Return the text for a bar of a chart."""
    bar = chart.bars[position]
    return TipText(chart.name(position), _kind(chart, bar), _value(chart, bar))


def _kind(chart: Chart, bar: Bar) -> str:
    visit = bar.visits[0]
    if chart.grouping.timed:
        return f"{type_of(visit)} · {_tr(bar.family).lower()}"
    if chart.grouping.id == "layer" or (chart.grouping.id == "block" and len(visit.at) == 1):
        return type_of(visit)
    layers = _layers(len(bar.visits))
    top = chart.network.layers[visit.at[0]]
    repeated = chart.grouping.id == "block" and isinstance(top, Block) and top.repeat > 1
    return f"×{top.repeat}, {layers}" if repeated and isinstance(top, Block) else layers


def _layers(number: int) -> str:
    return _tr("1 layer") if number == 1 else _tr("%1 layers").replace("%1", units.grouped(number))


def _value(chart: Chart, bar: Bar) -> str:
    title = QCoreApplication.translate("core", chart.metric.title)
    if bar.uncounted and not bar.value:
        return _tr("not counted; see its problem")
    exact = chart.metric.exact(bar.value) if len(str(bar.value)) <= _MOST_DIGITS else power_text(bar.value)
    share = units.share(bar.value, chart.total) if bar.value and chart.total and chart.metric.adds_up else ""
    line = " · ".join(filter(None, (f"{title}: {exact}", share)))
    return f"{line} · {_tr('%1 not counted').replace('%1', _layers(bar.uncounted))}" if bar.uncounted else line


class Tip(QFrame):
    """Label that stays within its parent, beside the pointer."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._area = parent
        self.setProperty("card", "true")
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(9, 5, 9, 6)
        layout.setSpacing(1)
        self.name, self.value = QLabel(self), QLabel(self)
        for label in (self.name, self.value):
            label.setTextFormat(Qt.TextFormat.RichText)
            layout.addWidget(label)
        self.hide()

    def show_note(self, shown: TipText, near: QPoint) -> None:
        """Show `shown` beside the point `near` of the parent."""
        room = self._area.width() - 2 * _MARGIN - 20
        name = elided_name(shown.name, max(60, int(room * 0.7)), self.fontMetrics())
        kind = f' <span style="font-weight: 400">{_escaped(shown.kind)}</span>'
        _set(self.name, f"<b>{_escaped(name)}</b>&nbsp;{kind if shown.kind else ''}")
        _set(self.value, _escaped(self.fontMetrics().elidedText(shown.value, Qt.TextElideMode.ElideRight, room)))
        self.adjustSize()
        self.move(_beside(near, self.size(), self._area.rect()))
        self.show()
        self.raise_()


def _set(label: QLabel, text: str) -> None:
    if label.text() != text:
        label.setText(text)


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(" ", "&nbsp;")


def _beside(near: QPoint, size: QSize, area: QRect) -> QPoint:
    """Return the position of a label: below and right of a point, or on the other side if there is no room."""
    x, y = (near + _OFFSET).toTuple()
    if x + size.width() > area.right() - _MARGIN:
        x = near.x() - _OFFSET.x() - size.width()
    if y + size.height() > area.bottom() - _MARGIN:
        y = near.y() - _OFFSET.y() // 2 - size.height()
    room = area.adjusted(_MARGIN, _MARGIN, -_MARGIN, -_MARGIN)
    return QPoint(
        max(room.left(), min(x, room.right() - size.width())), max(room.top(), min(y, room.bottom() - size.height()))
    )
