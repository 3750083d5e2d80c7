"""The picture under the pointer while layers are dragged: their names on a card in the theme's colours."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QCoreApplication, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter, QPen, QPixmap

from layerledger.core.base import units
from layerledger.core.network.nodes import Layer, Node
from layerledger.gui.theme import theme

_LISTED = 3
_PAD, _WIDEST = 9, 280
_SLACK = 2
"""Qt cuts a text that is as wide as its room, to the pixel."""


def drag_picture(nodes: Sequence[Node], font: QFont, scale: float) -> QPixmap:
    """Return the picture of some nodes, `scale` device pixels for each logical one."""
    lines, metrics = _lines(nodes), QFontMetrics(font)
    room = min(max(map(metrics.horizontalAdvance, lines)) + _SLACK, _WIDEST)
    width = room + 2 * _PAD
    height = metrics.height() * len(lines) + _PAD
    picture = QPixmap(round(width * scale), round(height * scale))
    picture.setDevicePixelRatio(scale)
    picture.fill(Qt.GlobalColor.transparent)
    painter = QPainter(picture)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    colours = theme.current()
    painter.setPen(QPen(QColor(colours.accent), 1))
    painter.setBrush(QColor(colours.panel))
    painter.drawRoundedRect(QRectF(0.5, 0.5, width - 1, height - 1), 6, 6)
    painter.setFont(font)
    painter.setPen(QColor(colours.text))
    for i, line in enumerate(lines):
        shown = metrics.elidedText(line, Qt.TextElideMode.ElideRight, room)
        painter.drawText(_PAD, _PAD // 2 + metrics.height() * i + metrics.ascent(), shown)
    painter.end()
    return picture


def _lines(nodes: Sequence[Node]) -> list[str]:
    shown = [f"{node.name}  {node.type}" if isinstance(node, Layer) else node.name for node in nodes[:_LISTED]]
    rest = len(nodes) - len(shown)
    more = QCoreApplication.translate("StackView", "{n} more").format(n=units.grouped(rest))
    return [*shown, more] if rest else shown
