"""How a row of the stack is painted: wiring, dot, name, badge, type, numbers, share bar."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter, QPainterPath, QPen
from PySide6.QtWidgets import QLineEdit, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from layerledger.core.network import Block, Layer
from layerledger.gui import icons, theme
from layerledger.gui.models.stack_cells import name_of
from layerledger.gui.models.stack_model import NAME, OUTPUT, SHARE, TIME, StackModel, StackRow
from layerledger.gui.panels.lanes import RowWires

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
_LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter


class Pens:
    """Colours and fonts of one theme and font, made once and not for each cell."""

    def __init__(self, font: QFont) -> None:
        colours = theme.current()
        self._fitted: dict[tuple[str, int, int], tuple[str, int]] = {}
        self.text, self.muted, self.error = (QColor(c) for c in (colours.text, colours.muted, colours.error))
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
        self.plain, self.bold = QFont(font), theme.scaled(font, 1.0, QFont.Weight.DemiBold)
        self.small = theme.scaled(font, 0.88)
        self.badge = theme.scaled(font, 0.82, QFont.Weight.DemiBold)
        self.plain_metrics, self.bold_metrics = QFontMetrics(self.plain), QFontMetrics(self.bold)
        self.small_metrics, self.badge_metrics = QFontMetrics(self.small), QFontMetrics(self.badge)

    def fitted(self, text: str, metrics: QFontMetrics, width: int) -> tuple[str, int]:
        """Returns text cut to a width, and how wide it is; measured once."""
        key = (text, id(metrics), width)
        if key not in self._fitted:
            if len(self._fitted) > _REMEMBERED:
                self._fitted.clear()
            shown = metrics.elidedText(text, Qt.TextElideMode.ElideRight, max(0, width))
            self._fitted[key] = shown, metrics.horizontalAdvance(shown)
        return self._fitted[key]


class StackDelegate(QStyledItemDelegate):
    """Paints the cells; the view paints the row's background."""

    def __init__(self, model: StackModel, parent: QWidget) -> None:
        super().__init__(parent)
        self._model = model
        self.pens = Pens(parent.font())
        self.wires: dict[int, RowWires] = {}
        self.lanes = 0
        self.expanded: set[int] = set()

    def refresh(self, font: QFont) -> None:
        """Takes the theme and font of the moment."""
        self.pens = Pens(font)

    @property
    def gutter(self) -> int:
        """Width of the wiring."""
        return round(_MAIN_X + _LANE_STEP * max(1, self.lanes) + 12)

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(60, self.pens.plain_metrics.height() + 9)

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
        """Returns the colour of a row's family."""
        if row.part and row.parent:
            return self.colour(row.parent)
        if row.node is None:
            return self.pens.muted
        return self.pens.families[row.result.family if row.result else "Other"]

    def text_left(self, row: StackRow) -> int:
        """Returns where the name starts, from the cell's left."""
        return self.gutter + _INDENT * max(0, row.depth)

    def arrow_rect(self, rect: QRect, row: StackRow) -> QRect:
        """Returns where the arrow of a block or a composite layer is."""
        return QRect(rect.left() + self.text_left(row) - 2, rect.top(), 14, rect.height())

    def _paint_words(self, painter: QPainter, rect: QRect, row: StackRow) -> None:
        pens, right = self.pens, rect.right() - 4
        x = rect.left() + self.text_left(row)
        if isinstance(row.node, Block) or row.children:
            self._paint_arrow(painter, self.arrow_rect(rect, row), row)
            x += 13
        problem = self._model.cells.problem(row)
        if problem and problem[0] != "info":
            name = "error" if problem[0] == "error" else "warning"
            side = pens.plain_metrics.ascent()
            right -= side + 4
            picture = icons.pixmap(name, side, role=name, scale=painter.device().devicePixelRatioF())
            painter.drawPixmap(right + 2, rect.center().y() - side // 2, picture)
        bold = row.node is not None
        font, metrics = (pens.bold, pens.bold_metrics) if bold else (pens.plain, pens.plain_metrics)
        colour = pens.error if problem and problem[0] == "error" else pens.muted if row.part else pens.text
        name = name_of(row)
        x = _draw(painter, pens.fitted(name, metrics, right - x), font, colour, rect, x) + _GAP
        if isinstance(row.node, Block) and row.node.repeat != 1:
            x = self._paint_badge(painter, f"×{row.node.repeat}", rect, x) + _GAP
        for words in self._details(row):
            if words and x < right:
                fitted = pens.fitted(words, pens.plain_metrics, right - x)
                x = _draw(painter, fitted, pens.plain, pens.muted, rect, x) + _GAP

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
        width, height = pens.badge_metrics.horizontalAdvance(text) + 12, pens.badge_metrics.height() + 1
        pill = QRectF(x, rect.center().y() - height / 2 + 0.5, width, height)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(pens.accent)
        painter.drawRoundedRect(pill, height / 2, height / 2)
        painter.setPen(pens.accent_text)
        painter.setFont(pens.badge)
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
        painter.setPen(colour)
        painter.setFont(pens.plain)
        inner = rect.adjusted(8, 0, -8, 0)
        side = _LEFT if column == OUTPUT else _RIGHT
        painter.drawText(inner, side, pens.fitted(text, pens.plain_metrics, inner.width())[0])

    def _paint_time(self, painter: QPainter, rect: QRect, row: StackRow) -> None:
        """Paints the least time, and a quiet word beside it where a layer waits for memory."""
        room = self.pens.small_metrics.horizontalAdvance(WAITS) + 6
        self._paint_value(painter, rect.adjusted(0, 0, -room, 0), row, TIME)
        if self._model.cells.waits(row):
            painter.setFont(self.pens.small)
            painter.setPen(self.pens.muted)
            painter.drawText(rect.adjusted(rect.width() - room - 4, 0, -2, 0), _LEFT, WAITS)

    def _paint_share(self, painter: QPainter, rect: QRect, row: StackRow) -> None:
        text = self._model.cells.text(row, SHARE)
        if not text:
            return
        pens = self.pens
        words = pens.small_metrics.horizontalAdvance(_PERCENT) + 2
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
        painter.setPen(pens.muted)
        painter.setFont(pens.small)
        painter.drawText(rect.adjusted(0, 0, -8, 0), _RIGHT, text)
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
    """Returns the bend from a lane at a row's edge to the row's dot."""
    path = QPainterPath(QPointF(lane_x, lane_y))
    path.cubicTo(QPointF(lane_x, y), QPointF(lane_x, y), QPointF(x, y))
    return path


def _draw(painter: QPainter, text: tuple[str, int], font: QFont, colour: QColor, rect: QRect, x: int) -> int:
    """Draws words that fit, with their width, from `x`; returns where they end."""
    shown, width = text
    painter.setFont(font)
    painter.setPen(colour)
    painter.drawText(QRect(x, rect.top(), width + 2, rect.height()), Qt.AlignmentFlag.AlignVCenter, shown)
    return x + width
