"""How a row of the stack is painted: wiring, dot, name, badge, type, numbers, share bar."""

from __future__ import annotations

from typing import NamedTuple

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter, QPainterPath, QPen, QStaticText, QTransform
from PySide6.QtWidgets import QLineEdit, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from layerledger.core.network.nodes import Block, Layer
from layerledger.gui.stack.cell_text import name_of
from layerledger.gui.stack.lanes import RowWires
from layerledger.gui.stack.stack_model import NAME, OUTPUT, SHARE, TIME, StackModel, StackRow
from layerledger.gui.theme import icons, theme

Index = QModelIndex | QPersistentModelIndex

_MAIN_X = 18.0
_LANE_STEP = 13.0
_INDENT = 18
_GAP = 8
_DOT = 4.0
_PART_DOT = 2.5
_BAR_HEIGHT = 9
_PERCENT = "100.0%"
WAITS = "mem"
"""What marks a layer that waits for memory."""

_REMEMBERED = 4_096


class TextLine(NamedTuple):
    """Words that fit where they are drawn, laid out once."""

    text: QStaticText
    width: int


class RowTexts(NamedTuple):
    """What a name's cell says of a row: name, what stands beside it, what is wrong, and the colour of its family."""

    name: str
    details: tuple[str, ...]
    problem: tuple[str, str] | None
    family: QColor


class CellStyle:
    """A font, how large it is, and the lines that were laid out in it."""

    def __init__(self, font: QFont) -> None:
        self.font, self.metrics = font, QFontMetrics(font)
        self.height = self.metrics.height()
        self._lines: dict[tuple[str, int], TextLine] = {}

    def line(self, text: str, width: int) -> TextLine:
        """Return words cut to a width."""
        found = self._lines.get((text, width))
        if found is None:
            if len(self._lines) > _REMEMBERED:
                self._lines.clear()
            shown = self.metrics.elidedText(text, Qt.TextElideMode.ElideRight, max(0, width))
            laid = QStaticText(shown)
            laid.setTextFormat(Qt.TextFormat.PlainText)
            laid.prepare(QTransform(), self.font)
            found = self._lines[text, width] = TextLine(laid, self.metrics.horizontalAdvance(shown))
        return found

    def draw(self, painter: QPainter, line: TextLine, colour: QColor, left: int, rect: QRect) -> None:
        """Draws a line from `left` on, in the middle of the height of `rect`."""
        painter.setFont(self.font)
        painter.setPen(colour)
        painter.drawStaticText(left, rect.top() + (rect.height() - self.height) // 2, line.text)


class Pens:
    """Colours and fonts of one theme and font, made once and not for each cell."""

    def __init__(self, font: QFont) -> None:
        colours = theme.current()
        self.text, self.muted, self.error = (QColor(c) for c in (colours.text, colours.muted, colours.error))
        self.panel = QColor(colours.panel)
        self.warning, self.accent = QColor(colours.warning), QColor(colours.accent)
        self.accent_text = QColor(colours.accent_text)
        self.bar, self.bar_block, self.track = (QColor(c) for c in (colours.bar, colours.bar_block, colours.bar_track))
        self.selection, self.hover, self.alternate = (
            QColor(c) for c in (colours.selection, colours.hover, colours.alternate)
        )
        self.focus = QPen(QColor(colours.focus), 1)
        self.lane, self.skip = QPen(QColor(colours.lane), 1.6), QPen(QColor(colours.lane_skip), 1.6)
        self.skip.setCapStyle(Qt.PenCapStyle.RoundCap)
        self.families = {name: QColor(colour) for name, colour in colours.families.items()}
        self.plain, self.bold = CellStyle(QFont(font)), CellStyle(theme.scaled(font, 1.0, QFont.Weight.DemiBold))
        self.small, self.badge = (
            CellStyle(theme.scaled(font, 0.88)),
            CellStyle(theme.scaled(font, 0.82, QFont.Weight.DemiBold)),
        )


class StackDelegate(QStyledItemDelegate):
    """Paints the cells; the view paints the row's background."""

    def __init__(self, model: StackModel, parent: QWidget) -> None:
        super().__init__(parent)
        self._model = model
        self.pens = Pens(parent.font())
        self.wires: dict[int, RowWires] = {}
        self.lanes = 0
        self.expanded: set[int] = set()
        self.written: dict[int, RowTexts] = {}  # what was last painted as the name of each row

    def refresh(self, font: QFont) -> None:
        """Take the theme and font of the moment."""
        self.pens = Pens(font)

    @property
    def gutter(self) -> int:
        """Width of the wiring."""
        return round(_MAIN_X + _LANE_STEP * max(1, self.lanes) + 12)

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(60, self.pens.plain.height + 9)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        self.paint_cell(painter, option.rect, self._model.row_of(index), index.column())

    def paint_cell(self, painter: QPainter, rect: QRect, row: StackRow, column: int) -> None:
        """Paints one cell; the view calls it for each that it shows."""
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
        painter.setClipRect(rect)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._paint_wires(painter, rect, row)
        self._paint_mark(painter, rect, row)
        self._paint_words(painter, rect, row)
        painter.restore()

    def _paint_wires(self, painter: QPainter, rect: QRect, row: StackRow) -> None:
        wires = self.wires.get(row.id)
        if wires is None:
            return
        x, y = rect.left() + _MAIN_X, rect.center().y() + 0.5
        painter.setPen(self.pens.lane)
        if wires.above:
            painter.drawLine(QPointF(x, rect.top()), QPointF(x, y))
        if wires.below:
            painter.drawLine(QPointF(x, y), QPointF(x, rect.bottom() + 1))
        painter.setPen(self.pens.skip)
        for lane in wires.through:
            at = x + _LANE_STEP * (lane + 1)
            painter.drawLine(QPointF(at, rect.top()), QPointF(at, rect.bottom() + 1))
        for lane in wires.joins:
            painter.drawPath(_curve(x + _LANE_STEP * (lane + 1), rect.top(), x, y))
        if wires.leaves is not None:
            painter.drawPath(_curve(x + _LANE_STEP * (wires.leaves + 1), rect.bottom() + 1, x, y))

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
            return self.pens.muted
        return self.pens.families[row.result.family if row.result else "Other"]

    def text_left(self, row: StackRow) -> int:
        """Return where the name starts, from the cell's left."""
        return self.gutter + _INDENT * max(0, row.depth)

    def arrow_rect(self, rect: QRect, row: StackRow) -> QRect:
        """Return where the arrow of a block or a composite layer is."""
        return QRect(rect.left() + self.text_left(row) - 2, rect.top(), 14, rect.height())

    def words(self, row: StackRow) -> RowTexts:
        """Return what a name's cell says of a row besides its wiring."""
        return RowTexts(name_of(row), self._details(row), self._model.cells.problem(row), self.colour(row))

    def _paint_words(self, painter: QPainter, rect: QRect, row: StackRow) -> None:
        self.written[row.id] = said = self.words(row)
        pens, right = self.pens, rect.right() - 4
        x = rect.left() + self.text_left(row)
        if isinstance(row.node, Block) or row.children:
            self._paint_arrow(painter, self.arrow_rect(rect, row), row)
            x += 13
        problem = said.problem
        if problem and problem[0] != "info":
            name = "error" if problem[0] == "error" else "warning"
            side = pens.plain.metrics.ascent()
            right -= side + 4
            picture = icons.pixmap(name, side, role=name, scale=painter.device().devicePixelRatioF())
            painter.drawPixmap(right + 2, rect.center().y() - side // 2, picture)
        face = pens.bold if row.node is not None else pens.plain
        colour = pens.error if problem and problem[0] == "error" else pens.muted if row.part else pens.text
        line = face.line(said.name, right - x)
        face.draw(painter, line, colour, x, rect)
        x += line.width + _GAP
        if isinstance(row.node, Block) and row.node.repeat != 1:
            x = self._paint_badge(painter, f"×{row.node.repeat}", rect, x) + _GAP
        for detail in said.details:
            if detail and x < right:
                line = pens.plain.line(detail, right - x)
                pens.plain.draw(painter, line, pens.muted, x, rect)
                x += line.width + _GAP

    def _details(self, row: StackRow) -> tuple[str, ...]:
        if isinstance(row.node, Layer):
            tied = f"= {row.node.tied_to}" if row.node.tied_to else ""
            return row.node.type, self._model.cells.summary(row), tied
        return (self._model.cells.detail(row),)

    def _paint_arrow(self, painter: QPainter, rect: QRect, row: StackRow) -> None:
        name = "chevron-down" if row.id in self.expanded else "chevron-right"
        side = 12
        picture = icons.pixmap(name, side, role="muted", scale=painter.device().devicePixelRatioF())
        painter.drawPixmap(rect.left(), rect.center().y() - side // 2 + 1, picture)

    def _paint_badge(self, painter: QPainter, text: str, rect: QRect, x: int) -> int:
        pens = self.pens
        width, height = pens.badge.metrics.horizontalAdvance(text) + 12, pens.badge.height + 1
        pill = QRectF(x, rect.center().y() - height / 2 + 0.5, width, height)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(pens.accent)
        painter.drawRoundedRect(pill, height / 2, height / 2)
        painter.setPen(pens.accent_text)
        painter.setFont(pens.badge.font)
        painter.drawText(pill, Qt.AlignmentFlag.AlignCenter, text)
        return x + width

    # -- numbers

    def _paint_value(self, painter: QPainter, rect: QRect, row: StackRow, column: int) -> None:
        text = self._model.cells.text(row, column)
        if not text:
            return
        pens = self.pens
        known = row.node is None or (row.result is not None and row.result.outputs is not None)
        colour = pens.text
        if not known:
            problem = self._model.cells.problem(row) if column == OUTPUT else None
            colour = pens.error if problem and problem[0] == "error" else pens.muted
        elif row.node is None or text in ("–", "?"):
            colour = pens.muted if column != OUTPUT else pens.text
        inner = rect.adjusted(8, 0, -8, 0)
        line = pens.plain.line(text, inner.width())
        left = inner.left() if column == OUTPUT else inner.right() + 1 - line.width
        pens.plain.draw(painter, line, colour, left, rect)

    def _paint_time(self, painter: QPainter, rect: QRect, row: StackRow) -> None:
        """Paints the least time, and a quiet word beside it where a layer waits for memory."""
        small = self.pens.small
        waits = small.line(WAITS, rect.width())
        room = waits.width + 6
        self._paint_value(painter, rect.adjusted(0, 0, -room, 0), row, TIME)
        if self._model.cells.waits(row):
            small.draw(painter, waits, self.pens.muted, rect.right() + 1 - room - 4, rect)

    def _paint_share(self, painter: QPainter, rect: QRect, row: StackRow) -> None:
        text = self._model.cells.text(row, SHARE)
        if not text:
            return
        pens = self.pens
        words = pens.small.line(_PERCENT, rect.width()).width + 2
        track = QRectF(
            rect.left() + 8, rect.center().y() - _BAR_HEIGHT / 2 + 0.5, rect.width() - words - 24, _BAR_HEIGHT
        )
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        if track.width() > 8:
            painter.setBrush(pens.track)
            painter.drawRoundedRect(track, 4, 4)
            painter.setBrush(pens.bar_block if isinstance(row.node, Block) else pens.bar)
            track.setWidth(max(2.0, track.width() * self._model.cells.share(row)))
            radius = min(4.0, track.width() / 2)
            painter.drawRoundedRect(track, radius, radius)
        line = pens.small.line(text, rect.width())
        pens.small.draw(painter, line, pens.muted, rect.right() - 7 - line.width, rect)
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
        left = self.text_left(self._model.row_of(index)) + (8 if self._model.rowCount(index) else -5)
        editor.setGeometry(option.rect.adjusted(left, 1, -4, -1))


def _curve(lane_x: float, lane_y: float, x: float, y: float) -> QPainterPath:
    """Return the bend from a lane at a row's edge to the row's dot."""
    path = QPainterPath(QPointF(lane_x, lane_y))
    path.cubicTo(QPointF(lane_x, y), QPointF(lane_x, y), QPointF(x, y))
    return path
