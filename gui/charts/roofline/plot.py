"""Widget of a roofline chart: layers are dots to point at, choose and walk through."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from PySide6.QtCore import QCoreApplication, QEvent, QPoint, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QContextMenuEvent,
    QFocusEvent,
    QFont,
    QFontMetricsF,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
)
from PySide6.QtWidgets import QWidget

from layerledger.core.base import units
from layerledger.core.network.paths import NodePath
from layerledger.core.reports.series.roofline import Dot, Roofs
from layerledger.gui.charts.roofline.geometry import PAD, RooflineGeometry
from layerledger.gui.charts.roofline.painter import RooflinePainter
from layerledger.gui.charts.tip import Tip, TipText
from layerledger.gui.theme import theme as themes

_SMALL = 0.86
_STEPS = {Qt.Key.Key_Right: 1, Qt.Key.Key_Left: -1}


def _tr(text: str) -> str:
    return QCoreApplication.translate("Charts", text)


class RooflinePlot(QWidget):
    """The plot. It reports clicks by signals and changes nothing itself."""

    chosen = Signal(tuple, bool)  # path of a layer, and whether to extend the selection by it
    menuRequested = Signal(QPoint)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.roofs: Roofs | None = None
        self.hovered: int | None = None
        self.plain = False  # for a picture: without selection and hover
        self._marked: set[int] = set()
        self._current: int | None = None
        self._geometry: RooflineGeometry | None = None
        self.tip = Tip(self)
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName(self.tr("Roofline chart"))
        self.setMinimumSize(120, 60)

    def sizeHint(self) -> QSize:
        return QSize(600, 200)

    def show_roofs(self, roofs: Roofs) -> None:
        """Show another chart."""
        self.roofs = roofs
        self.hovered = self._current = None
        self._forget()
        self.tip.hide()
        self.update()

    def mark(self, selection: Collection[NodePath]) -> None:
        """Mark the dots of selected layers and of layers inside selected blocks."""
        wanted = {path for path in selection if path}
        dots = self.roofs.dots if self.roofs else ()
        self._marked = {i for i, dot in enumerate(dots) if any(dot.at[: len(path)] == path for path in wanted)}
        if len(self._marked) == 1:
            self._current = next(iter(self._marked))
        self.update()

    # -- places

    def _forget(self) -> None:
        self._geometry = None

    def resizeEvent(self, event: QEvent) -> None:
        self._forget()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        self._forget()
        self.update()

    @property
    def places(self) -> RooflineGeometry | None:
        """The places of the present chart, size and font; None without a chart."""
        if self._geometry is None and self.roofs is not None:
            self._geometry = RooflineGeometry(self.roofs, self._canvas())
        return self._geometry

    def _font(self) -> QFont:
        return themes.scaled(self.font(), _SMALL)

    def _canvas(self) -> QRectF:
        metrics = QFontMetricsF(self._font())
        left = metrics.horizontalAdvance("100 Top/s") + 2 * PAD
        return QRectF(self.rect()).adjusted(left, PAD, -2 * PAD, -(metrics.height() + PAD))

    @property
    def centres(self) -> Sequence[QPointF]:
        """The centres of the dots."""
        return self.places.centres if self.places else ()

    # -- painting

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self.paint_plot(painter)
        if self.hasFocus() and not self.plain:
            painter.setPen(QPen(QColor(themes.current().focus), 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), 4, 4)

    def paint_plot(self, painter: QPainter) -> None:
        """Paint axes, roofs and dots."""
        if geometry := self.places:
            marked, hovered = (set[int](), None) if self.plain else (self._marked, self.hovered)
            RooflinePainter(painter, geometry, self._font(), marked=marked, hovered=hovered).paint()

    # -- pointing and choosing

    def note(self, i: int) -> TipText:
        """Return the text of a dot's tool tip."""
        assert self.roofs is not None
        dot = self.roofs.dots[i]
        parts = [f"≥ {units.duration(dot.total)}", units.share(dot.total, self.roofs.total)]
        parts += [_tr("%1 op/B").replace("%1", f"{dot.intensity:.3g}"), units.rate(round(dot.attained), "op")]
        parts += [_tr("bound by memory") if dot.bound == "memory" else _tr("bound by compute")]
        times = f" · {units.grouped(dot.times)}×" if dot.times > 1 else ""
        return TipText(dot.path, f"{dot.type}{times}", " · ".join(filter(None, parts)))

    def _hit(self, point: QPointF) -> int | None:
        return self.places.hit(point) if self.places else None

    def _hover(self, point: QPointF | None) -> None:
        found = None if point is None else self._hit(point)
        if found != self.hovered:
            self.hovered = found
            self.update()
        if found is None or point is None:
            self.tip.hide()
            self.unsetCursor()
        else:
            self.setCursor(Qt.CursorShape.PointingHandCursor)
            self.tip.show_note(self.note(found), point.toPoint())

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._hover(event.position())

    def leaveEvent(self, event: QEvent) -> None:
        self._hover(None)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        found = self._hit(event.position())
        if found is not None and event.button() == Qt.MouseButton.LeftButton:
            self._choose(found, extend=bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier))

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        by_mouse = event.reason() == QContextMenuEvent.Reason.Mouse
        self.menuRequested.emit(event.globalPos() if by_mouse else self.mapToGlobal(self.rect().center()))

    def _choose(self, i: int, *, extend: bool) -> None:
        dots: Sequence[Dot] = self.roofs.dots if self.roofs else ()
        self._current = i
        self.chosen.emit(dots[i].at, extend)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        step = _STEPS.get(Qt.Key(event.key()))
        if step is None or not self.centres:
            super().keyPressEvent(event)
            return
        order = sorted(range(len(self.centres)), key=lambda i: (self.centres[i].x(), i))
        at = order.index(self._current) + step if self._current is not None else 0
        found = order[min(max(at, 0), len(order) - 1)]
        self._choose(found, extend=False)
        self.tip.show_note(self.note(found), self.centres[found].toPoint())
        self.setAccessibleDescription(self.note(found).text())

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.tip.hide()
