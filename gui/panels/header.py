"""The header: a card for each total that is chosen, live."""

from __future__ import annotations

from collections.abc import Iterator

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QContextMenuEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QMenu, QSizePolicy, QVBoxLayout, QWidget

from layerledger.gui.document import Document
from layerledger.gui.panels.cards import CARDS, CardKind, Total, needs_of, title_of
from layerledger.gui.shown import Entry, Shown

SETTING = "header/cards"

AT_ONCE = 300
"""Layers up to which a card that goes through the whole network follows each keystroke; else when typing rests."""

_REST_MS = 120


class ElidedLabel(QLabel):
    """A line of text that ends in … where there is no room for it."""

    def paintEvent(self, event: QPaintEvent) -> None:
        area = self.contentsRect()
        text = self.fontMetrics().elidedText(self.text(), Qt.TextElideMode.ElideRight, area.width())
        flags = int(Qt.AlignmentFlag.AlignVCenter.value | Qt.TextFlag.TextSingleLine.value)
        painter = QPainter(self)
        self.style().drawItemText(painter, area, flags, self.palette(), self.isEnabled(), text, self.foregroundRole())


class Card(QFrame):
    """One total; a click opens how it is counted."""

    clicked = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("card", "true")
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(12, 7, 8, 7)
        layout.setSpacing(0)
        self.caption, self.value, self.line = (self._label(layout, name) for name in ("small", "headline", "small"))
        self.caption.setProperty("muted", "true")
        self.line.setProperty("muted", "true")

    def _label(self, layout: QVBoxLayout, style: str) -> ElidedLabel:
        label = ElidedLabel(self)
        label.setProperty(style, "true")
        label.setTextFormat(Qt.TextFormat.PlainText)
        label.setMinimumWidth(0)
        label.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        layout.addWidget(label)
        return label

    def show_total(self, total: Total) -> None:
        """Shows a total; what is the same is left alone."""
        rows = ((self.caption, total.caption), (self.value, total.value), (self.line, total.line))
        for label, text in rows:
            if label.text() != text:
                label.setText(text)
        self.setToolTip(total.tip)
        self.setAccessibleName(f"{total.caption} {total.value}, {total.line}")

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self.clicked.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            self.clicked.emit()
        else:
            super().keyPressEvent(event)


class Header(QWidget):
    """The cards side by side."""

    def __init__(self, document: Document, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._document = document
        self.shown = Shown(SETTING, self._starts, self)
        self._later = QTimer(self, singleShot=True, interval=_REST_MS)
        self._later.timeout.connect(self.finish)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(10)
        self.cards = {kind.key: Card(self) for kind in CARDS}
        for card in self.cards.values():
            layout.addWidget(card, 1)
            card.clicked.connect(self._open)
        for signal in (document.resultChanged, document.deviceChanged, document.fusedChanged, self.shown.changed):
            signal.connect(self._show)
        self._show()

    @property
    def latency(self) -> Card:
        """The card of the chosen device."""
        return self.cards["latency"]

    def _starts(self, key: str) -> bool:
        return next(kind.starts(self._document) for kind in CARDS if kind.key == key)

    def _show(self) -> None:
        for kind in CARDS:
            self._show_card(kind, wait=kind.slow and self._document.result.root.layers > AT_ONCE)

    def finish(self) -> None:
        """Shows what waits for typing to rest."""
        self._later.stop()
        for kind in CARDS:
            if kind.slow:
                self._show_card(kind)

    def _show_card(self, kind: CardKind, *, wait: bool = False) -> None:
        """Shows or hides a card; one that is to wait says nothing meanwhile, since it would be wrong."""
        card, wanted = self.cards[kind.key], kind.key in self.shown
        if wanted and wait:
            self._later.start()
        total = _nothing_yet(kind) if wanted and wait else kind.total(self._document) if wanted else None
        card.setVisible(total is not None)
        if total:
            card.show_total(total)

    # -- choosing

    def fill(self, menu: QMenu) -> None:
        """Fills a menu with the cards."""
        self.shown.fill(menu, self._entries())

    def _entries(self) -> Iterator[Entry]:
        for kind in CARDS:
            known = not kind.needs or kind.total(self._document) is not None
            yield Entry(kind.key, title_of(kind), "" if known else needs_of(kind), known)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.fill(menu)
        menu.popup(event.globalPos())

    def _open(self) -> None:
        """Shows the network itself in the inspector, where its totals are explained."""
        self._document.select([()])


def _nothing_yet(kind: CardKind) -> Total:
    return Total(title_of(kind), "…", "", title_of(kind))
