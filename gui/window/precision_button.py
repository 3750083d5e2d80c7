"""Tool bar button that shows and chooses the precision of the network."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QPoint, QSize, Qt
from PySide6.QtGui import QColor, QPaintEvent
from PySide6.QtWidgets import QStyle, QStyleOptionToolButton, QStylePainter, QToolButton, QWidget

from layerledger.core.analysis.layer_dtypes import precision_text
from layerledger.core.base.precision import bundle_of
from layerledger.gui.document.document import Document
from layerledger.gui.theme import theme
from layerledger.gui.theme.translation import translated

_TEXT_LEFT, _ARROW = 10, 4
_SAMPLE = "bfloat16"
"""Sample name that sets the width, so that the tool bar keeps its layout when another precision is chosen."""


class PrecisionBox(QToolButton):
    """Shows the precision of the network; its menu chooses another one."""

    def __init__(self, document: Document, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._document = document
        self._compact = False
        self.setProperty("outlined", "true")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextOnly)
        self.clicked.connect(self.open_menu)
        document.resultChanged.connect(self.show_precision)
        self.show_precision()

    def set_compact(self, *, compact: bool) -> None:
        """Show only the name of the precision if there is little room."""
        self._compact = compact
        self.show_precision()

    def compact_gain(self) -> int:
        """Return the pixels saved by showing only the name."""
        advance = self.fontMetrics().horizontalAdvance
        return advance(self._worded(_SAMPLE)) - advance(_SAMPLE)

    def show_precision(self) -> None:
        """Show the precision of the current result."""
        result = self._document.result
        bundle = bundle_of(result.precision)
        names = (translated(bundle.short), bundle.id) if bundle else (translated(result.precision.text),)
        shown = self._fitting(names)
        if shown != self.text():
            self.setText(shown)
            self.updateGeometry()
        full = self._worded(translated(precision_text(result)))
        compute, weights, activations, cache = result.precision
        parts = self.tr("computes in {compute}; weights {weights}, activations {activations}, KV cache {cache}").format(
            compute=compute, weights=weights, activations=activations, cache=cache
        )
        self.setToolTip(f"{full}\n{parts}")
        self.setAccessibleName(full)

    def _fitting(self, names: Sequence[str]) -> str:
        """Return the first of the names that fits, else the last one cut short."""
        metrics = self.fontMetrics()
        room = metrics.horizontalAdvance(self._sample())
        texts = [*names] if self._compact else [*map(self._worded, names), *names]
        fitting = (text for text in texts if metrics.horizontalAdvance(text) <= room)
        return next(fitting, metrics.elidedText(texts[-1], Qt.TextElideMode.ElideRight, room))

    def open_menu(self) -> QWidget:
        """Open the menu below the button, and return it."""
        # Imported here: it needs the studies, which lengthen the start of the app.
        from layerledger.gui.window.precision_menu import PrecisionMenu

        menu = PrecisionMenu(self._document, self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.refresh()
        menu.move(self._place(menu.sizeHint()))
        menu.show()
        return menu

    def _place(self, size: QSize) -> QPoint:
        """Return where the menu begins: below the button, inside the screen, and inside the window if it is as wide."""
        below, room = self.mapToGlobal(QPoint(0, self.height() + 2)), self.screen().availableGeometry()
        window = self.window().frameGeometry()
        right = min(room.right(), window.right()) if size.width() <= window.width() else room.right()
        x = max(room.left(), min(below.x(), right - size.width()))
        return QPoint(x, max(room.top(), min(below.y(), room.bottom() - size.height())))

    def _worded(self, name: str) -> str:
        return self.tr("Precision: {name}").format(name=name)

    def _sample(self) -> str:
        return _SAMPLE if self._compact else self._worded(_SAMPLE)

    def sizeHint(self) -> QSize:
        hint, advance = super().sizeHint(), self.fontMetrics().horizontalAdvance
        return QSize(hint.width() - advance(self.text()) + advance(self._sample()) + _ARROW, hint.height())

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the text aligned with the combo boxes beside it, and the arrow of a menu."""
        option = QStyleOptionToolButton()
        self.initStyleOption(option)
        text, option.text = option.text, ""
        option.features |= QStyleOptionToolButton.ToolButtonFeature.HasMenu
        painter = QStylePainter(self)
        painter.drawComplexControl(QStyle.ComplexControl.CC_ToolButton, option)
        painter.setPen(QColor(theme.current().text))
        flags = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        painter.drawText(self.rect().adjusted(_TEXT_LEFT, 0, 0, 0), flags, text)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange) and hasattr(self, "_document"):
            self.show_precision()
