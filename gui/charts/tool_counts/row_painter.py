"""Painting of a row of the comparison: name, version, numbers, parts of the difference and faults."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter, QPen
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from layerledger.core.metrics.conventions import ToolCount
from layerledger.gui.charts import legend
from layerledger.gui.charts.tool_counts import diverging_bars as parts
from layerledger.gui.charts.tool_counts.diverging_bars import DivergingScale, Segment
from layerledger.gui.charts.tool_counts.table_model import (
    CONVENTION,
    FAULTS,
    PARTS,
    ToolCountsModel,
    parts_text,
    title_of,
)
from layerledger.gui.theme import icons, theme

Index = QModelIndex | QPersistentModelIndex

GUTTER = 24
"""Pixels before a name, where the mark of the present count stands."""

_PAD = 8
_ICON = 14
_LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
_REMEMBERED = 512
_LEAST_WORDS = 60  # pixels: shorter texts beside the bars are useless


class ToolCountsDelegate(QStyledItemDelegate):
    """Item delegate of the comparison."""

    def __init__(self, model: ToolCountsModel, parent: QWidget) -> None:
        super().__init__(parent)
        self._model = model
        self.own_scale = False
        self.marked: tuple[int, str] | None = None  # row and name of the part that the keyboard is at
        self._scales: tuple[object, int, bool, list[DivergingScale]] = ((), 0, False, [])
        self.refresh(parent.font())

    def refresh(self, font: QFont) -> None:
        """Set the font."""
        self._fitted: dict[tuple[str, int, int], tuple[str, int]] = {}
        self.plain, self.bold = QFont(font), theme.scaled(font, 1.0, QFont.Weight.DemiBold)
        self.small = theme.scaled(font, 0.88)
        self.metrics, self.small_metrics = QFontMetrics(self.bold), QFontMetrics(self.small)

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(40, self.metrics.height() + 7)

    # -- where parts lie

    def segments(self, row: int, cell: QRect) -> list[tuple[Segment, QRectF]]:
        """Return the parts of a row from left to right, and where they are painted."""
        line = self.metrics.height() - 3
        top, left = cell.center().y() + 0.5 - line / 2, cell.left() + _PAD
        found = parts.segments(self._model.rows[row].parts, self._scale(row, cell.width() - 2 * _PAD))
        return [(each, QRectF(left + each.left, round(top), each.right - each.left, line)) for each in found]

    def _scale(self, row: int, width: int) -> DivergingScale:
        rows = self._model.rows
        if self._scales[:3] != (rows, width, self.own_scale):
            common = parts.common_scale(rows, width)
            scales = [parts.own_scale(each, rows, width) if self.own_scale else common for each in rows]
            self._scales = (rows, width, self.own_scale, scales)
        return self._scales[3][row]

    # -- painting

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        painter.save()
        row = self._model.rows[index.row()]
        self._paint_ground(painter, option)
        if index.column() == CONVENTION:
            self._paint_name(painter, option.rect, row, counted=self._model.is_counted(index.row()))
        elif index.column() == PARTS:
            self._paint_parts(painter, option.rect, index.row())
        elif index.column() == FAULTS:
            self._paint_faults(painter, option.rect, row)
        else:
            self._paint_number(painter, option.rect, str(index.data()), muted=not row.difference)
        painter.restore()

    def _paint_ground(self, painter: QPainter, option: QStyleOptionViewItem) -> None:
        colours = theme.current()
        if option.state & QStyle.StateFlag.State_Selected:
            painter.fillRect(option.rect, QColor(colours.selection))
        elif option.state & QStyle.StateFlag.State_MouseOver:
            painter.fillRect(option.rect, QColor(colours.hover))

    def _paint_name(self, painter: QPainter, cell: QRect, row: ToolCount, *, counted: bool) -> None:
        colours = theme.current()
        if counted:
            top = cell.center().y() - _ICON // 2 + 1
            icons.icon("check", role="accent").paint(painter, QRect(cell.left() + 6, top, _ICON, _ICON))
        area = cell.adjusted(GUTTER, 0, -_PAD, 0)
        used = self._write(painter, area, title_of(row), self.bold if counted else self.plain, colours.text)
        self._write(painter, area.adjusted(used + 7, 0, 0, 0), row.convention.versions, self.small, colours.muted)

    def _paint_number(self, painter: QPainter, cell: QRect, text: str, *, muted: bool) -> None:
        colours = theme.current()
        painter.setFont(self.plain)
        painter.setPen(QColor(colours.muted if muted else colours.text))
        painter.drawText(cell.adjusted(2, 0, -_PAD, 0), _RIGHT, text)

    def _paint_parts(self, painter: QPainter, cell: QRect, row: int) -> None:
        colours, found = theme.current(), self.segments(row, cell)
        zero = cell.left() + _PAD + self._scale(row, cell.width() - 2 * _PAD).zero
        painter.fillRect(QRectF(round(zero), cell.top(), 1, cell.height()), QColor(colours.field_border))
        for segment, area in found:
            part = self._model.rows[row].parts[segment.part].part
            legend.paint_swatch(painter, area, part)
            if self.marked == (row, part):
                self._paint_mark(painter, area)
        end = max((area.right() for _, area in found), default=zero)
        words = QRect(round(end) + 8, cell.top(), cell.right() - _PAD - round(end) - 8, cell.height())
        if words.width() >= _LEAST_WORDS:
            self._write(painter, words, parts_text(self._model.rows[row]), self.small, colours.muted)

    def _paint_mark(self, painter: QPainter, area: QRectF) -> None:
        painter.setPen(QPen(QColor(theme.current().text), 2))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRect(area.adjusted(-1, -2, 1, 2))

    def _paint_faults(self, painter: QPainter, cell: QRect, row: ToolCount) -> None:
        if row.defects:
            top = cell.center().y() - _ICON // 2 + 1
            icons.icon("warning", role="warning").paint(painter, QRect(cell.left() + _PAD, top, _ICON, _ICON))
            area = cell.adjusted(_PAD + _ICON + 5, 0, 0, 0)
            self._write(painter, area, str(len(row.defects)), self.plain, theme.current().text)

    def _write(self, painter: QPainter, area: QRect, text: str, font: QFont, colour: str) -> int:
        """Paint one line, cut at the end of `area`; return its width."""
        if not text or area.width() <= 0:
            return 0
        shown, width = self._fit(text, font, area.width())
        painter.setFont(font)
        painter.setPen(QColor(colour))
        painter.drawText(area, _LEFT, shown)
        return width

    def _fit(self, text: str, font: QFont, room: int) -> tuple[str, int]:
        """Return text cut to a width, and its width; both are cached."""
        key = (text, id(font), room)
        if key not in self._fitted:
            if len(self._fitted) > _REMEMBERED:
                self._fitted.clear()
            metrics = QFontMetrics(font)
            shown = metrics.elidedText(text, Qt.TextElideMode.ElideRight, room)
            self._fitted[key] = shown, metrics.horizontalAdvance(shown)
        return self._fitted[key]
