"""Painting of the stack's rows: wiring, dot, name, badge, type, numbers, share bar."""

from __future__ import annotations

from typing import NamedTuple

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QPainter, QPainterPath
from PySide6.QtWidgets import QLineEdit, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from layerledger.core.network.nodes import Block, Layer
from layerledger.gui.stack.cell_text import freezing_of, name_of
from layerledger.gui.stack.lanes import RowWires
from layerledger.gui.stack.row_style import RowStyle
from layerledger.gui.stack.stack_model import NAME, OUTPUT, SHARE, TIME, StackModel, StackRow
from layerledger.gui.theme import icons

Index = QModelIndex | QPersistentModelIndex

_MAIN_X = 18.0
_LANE_STEP = 13.0
INDENT = 18
_GAP = 8
_DOT = 4.0
_PART_DOT = 2.5
_BAR_HEIGHT = 9
_PERCENT = ">99.9%"
MEMORY_MARK = "mem"
"""Mark of a layer whose time is bound by memory."""


class RowTexts(NamedTuple):
    """Contents of a name's cell besides its wiring.

    Attributes:
        details: beside the name: type, freezing, summary of the parameters, tied weights.
        problem: severity and sentence.
        family: the colour of its family.
    """

    name: str
    details: tuple[str, ...]
    problem: tuple[str, str] | None
    family: QColor


class StackDelegate(QStyledItemDelegate):
    """Delegate that paints the cells; the view paints the row's background."""

    def __init__(self, model: StackModel, parent: QWidget) -> None:
        super().__init__(parent)
        self._model = model
        self.style = RowStyle(parent.font())
        self.wires: dict[int, RowWires] = {}
        self.lanes = 0
        self.expanded: set[int] = set()
        self.painted: dict[int, RowTexts] = {}  # the last painted name of each row, by its id

    def refresh(self, font: QFont) -> None:
        """Use the current theme and `font`."""
        self.style = RowStyle(font)

    @property
    def gutter(self) -> int:
        """Width of the wiring."""
        return round(_MAIN_X + _LANE_STEP * max(1, self.lanes) + 12)

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(60, self.style.plain.height + 9)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        self.paint_cell(painter, option.rect, self._model.row_of(index), index.column())

    def paint_cell(self, painter: QPainter, rect: QRect, row: StackRow, column: int) -> None:
        """Paint one cell; the view calls it for each exposed cell, without the option and style calls of `paint`."""
        if column == NAME:
            self._paint_name(painter, rect, row)
        elif column == SHARE:
            self._paint_share(painter, rect, row)
        elif column == TIME:
            self._paint_time(painter, rect, row)
        else:
            self._paint_value(painter, rect, row, column)

    # -- name

    def _paint_name(self, painter: QPainter, rect: QRect, row: StackRow) -> None:
        painter.save()
        painter.setClipRect(rect)  # wires run to the very edge, and antialiasing would colour the rows beside
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._paint_wires(painter, rect, row)
        self._paint_mark(painter, rect, row)
        self._paint_texts(painter, rect, row)
        painter.restore()

    def _paint_wires(self, painter: QPainter, rect: QRect, row: StackRow) -> None:
        wires = self.wires.get(row.id)
        if wires is None:
            return
        x, y = rect.left() + _MAIN_X, rect.center().y() + 0.5
        painter.setPen(self.style.lane)
        if wires.above:
            painter.drawLine(QPointF(x, rect.top()), QPointF(x, y))
        if wires.below:
            painter.drawLine(QPointF(x, y), QPointF(x, rect.bottom() + 1))
        painter.setPen(self.style.skip)
        for lane in wires.through:
            at = x + _LANE_STEP * (lane + 1)
            painter.drawLine(QPointF(at, rect.top()), QPointF(at, rect.bottom() + 1))
        for lane in wires.joins:
            painter.drawPath(_lane_curve(x + _LANE_STEP * (lane + 1), rect.top(), x, y))
        if wires.leaves is not None:
            painter.drawPath(_lane_curve(x + _LANE_STEP * (wires.leaves + 1), rect.bottom() + 1, x, y))

    def _paint_mark(self, painter: QPainter, rect: QRect, row: StackRow) -> None:
        x, y = rect.left() + _MAIN_X, rect.center().y() + 0.5
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self.colour(row))
        if isinstance(row.node, Block):
            painter.drawRoundedRect(QRectF(x - 5, y - 5, 10, 10), 2, 2)
        else:
            size = _PART_DOT if row.part else _DOT
            painter.drawEllipse(QPointF(x, y), size, size)

    def colour(self, row: StackRow) -> QColor:
        """Return the colour of a row's family."""
        if row.part and row.parent:
            return self.colour(row.parent)
        if row.node is None:
            return self.style.muted
        return self.style.families[row.result.family if row.result else "Other"]

    def text_left(self, row: StackRow) -> int:
        """Return the distance of the name from the cell's left edge."""
        return self.gutter + INDENT * max(0, row.depth)

    def arrow_rect(self, rect: QRect, row: StackRow) -> QRect:
        """Return the rectangle of the arrow of a block or a composite layer."""
        return QRect(rect.left() + self.text_left(row) - 2, rect.top(), 14, rect.height())

    def texts(self, row: StackRow) -> RowTexts:
        """Return the contents of a name's cell."""
        return RowTexts(name_of(row), self._details(row), self._model.cells.problem(row), self.colour(row))

    def _paint_texts(self, painter: QPainter, rect: QRect, row: StackRow) -> None:
        self.painted[row.id] = texts = self.texts(row)
        style, right = self.style, rect.right() - 4
        x = rect.left() + self.text_left(row)
        if isinstance(row.node, Block) or row.children:
            self._paint_arrow(painter, self.arrow_rect(rect, row), row)
            x += 13
        problem = texts.problem
        if problem and problem[0] != "info":
            name = "error" if problem[0] == "error" else "warning"
            side = style.plain.metrics.ascent()
            right -= side + 4
            picture = icons.pixmap(name, side, role=name, scale=painter.device().devicePixelRatioF())
            painter.drawPixmap(right + 2, rect.center().y() - side // 2, picture)
        face = style.bold if row.node is not None else style.plain
        colour = style.error if problem and problem[0] == "error" else style.muted if row.part else style.text
        line = face.line(texts.name, right - x)
        face.draw(painter, line, colour, x, rect)
        x += line.width + _GAP
        if isinstance(row.node, Block) and row.node.repeat != 1:
            x = self._paint_badge(painter, f"×{row.node.repeat}", rect, x) + _GAP
        for detail in texts.details:
            if detail and x < right:
                line = style.plain.line(detail, right - x)
                style.plain.draw(painter, line, style.muted, x, rect)
                x += line.width + _GAP

    def _details(self, row: StackRow) -> tuple[str, ...]:
        if isinstance(row.node, Layer):
            tied = f"= {row.node.tied_to}" if row.node.tied_to else ""
            return row.node.type, freezing_of(row.node), self._model.cells.summary(row), tied
        return (self._model.cells.detail(row),)

    def _paint_arrow(self, painter: QPainter, rect: QRect, row: StackRow) -> None:
        name = "chevron-down" if row.id in self.expanded else "chevron-right"
        side = 12
        picture = icons.pixmap(name, side, role="muted", scale=painter.device().devicePixelRatioF())
        painter.drawPixmap(rect.left(), rect.center().y() - side // 2 + 1, picture)

    def _paint_badge(self, painter: QPainter, text: str, rect: QRect, x: int) -> int:
        style = self.style
        width, height = style.badge.metrics.horizontalAdvance(text) + 12, style.badge.height + 1
        pill = QRectF(x, rect.center().y() - height / 2 + 0.5, width, height)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(style.accent)
        painter.drawRoundedRect(pill, height / 2, height / 2)
        painter.setPen(style.accent_text)
        painter.setFont(style.badge.font)
        painter.drawText(pill, Qt.AlignmentFlag.AlignCenter, text)
        return x + width

    # -- numbers

    def _paint_value(self, painter: QPainter, rect: QRect, row: StackRow, column: int) -> None:
        text = self._model.cells.text(row, column)
        if not text:
            return
        style = self.style
        known = row.node is None or (row.result is not None and row.result.outputs is not None)
        colour = style.text
        if not known:
            problem = self._model.cells.problem(row) if column == OUTPUT else None
            colour = style.error if problem and problem[0] == "error" else style.muted
        elif row.node is None or text in ("–", "?"):
            colour = style.muted if column != OUTPUT else style.text
        inner = rect.adjusted(8, 0, -8, 0)
        line = style.plain.line(text, inner.width())
        left = inner.left() if column == OUTPUT else inner.right() + 1 - line.width
        style.plain.draw(painter, line, colour, left, rect)

    def _paint_time(self, painter: QPainter, rect: QRect, row: StackRow) -> None:
        """Paint the least time below its heading, and a muted mark at the left if memory bounds it."""
        small = self.style.small
        waits = small.line(MEMORY_MARK, rect.width())
        self._paint_value(painter, rect.adjusted(waits.width, 0, 0, 0), row, TIME)
        if self._model.cells.waits(row):
            small.draw(painter, waits, self.style.muted, rect.left() + 8, rect)

    def _paint_share(self, painter: QPainter, rect: QRect, row: StackRow) -> None:
        text = self._model.cells.text(row, SHARE)
        if not text:
            return
        style = self.style
        words = style.small.line(_PERCENT, rect.width()).width + 2
        # the track leaves room for the longest number, so that all bars of the column have one scale
        track = QRectF(
            rect.left() + 8, rect.center().y() - _BAR_HEIGHT / 2 + 0.5, rect.width() - words - 24, _BAR_HEIGHT
        )
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        if track.width() > 8:
            painter.setBrush(style.track)
            painter.drawRoundedRect(track, 4, 4)
            painter.setBrush(style.bar_block if isinstance(row.node, Block) else style.bar)
            track.setWidth(max(2.0, track.width() * self._model.cells.share(row)))
            radius = min(4.0, track.width() / 2)
            painter.drawRoundedRect(track, radius, radius)
        line = style.small.line(text, rect.width())
        style.small.draw(painter, line, style.muted, rect.right() - 7 - line.width, rect)
        painter.restore()

    # -- renaming in place

    def createEditor(self, parent: QWidget, option: QStyleOptionViewItem, index: Index) -> QWidget:
        editor = QLineEdit(parent)
        editor.setAccessibleName(self.tr("Name"))
        editor.setFrame(False)
        return editor

    def setEditorData(self, editor: QWidget, index: Index) -> None:
        if isinstance(editor, QLineEdit):
            editor.setText(str(index.data(Qt.ItemDataRole.EditRole)))
            editor.selectAll()

    def updateEditorGeometry(self, editor: QWidget, option: QStyleOptionViewItem, index: Index) -> None:
        # the editor's text lies exactly over the painted name: its own margin is undone, an arrow is left free
        left = self.text_left(self._model.row_of(index)) + (8 if self._model.rowCount(index) else -5)
        editor.setGeometry(option.rect.adjusted(left, 1, -4, -1))


def _lane_curve(lane_x: float, lane_y: float, x: float, y: float) -> QPainterPath:
    """Return the curve from a lane at a row's edge to the row's dot."""
    path = QPainterPath(QPointF(lane_x, lane_y))
    path.cubicTo(QPointF(lane_x, y), QPointF(lane_x, y), QPointF(x, y))
    return path
