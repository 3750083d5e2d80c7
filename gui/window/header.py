"""The header: a card for each total that the user has chosen."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QContextMenuEvent, QFont, QFontMetrics, QKeyEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QMenu, QSizePolicy, QVBoxLayout, QWidget

from layerledger.gui.document.document import Document
from layerledger.gui.document.large_networks import is_large
from layerledger.gui.theme import theme
from layerledger.gui.widgets.debounce import Debounce
from layerledger.gui.widgets.visibility_menu import VisibilityChoice, VisibilityEntry
from layerledger.gui.window.cards import CARDS, CardKind, Total, needs_of, title_of

_VALUE_SIZES = (1.0, 0.92, 0.85, 0.78, 0.7)


class FittingLabel(QLabel):
    """A line of text that is drawn smaller where there is little room, and elided where that is not enough."""

    sizes: Sequence[float] = (1.0,)
    """Factors of its font size to try, the largest first."""

    def fitting(self) -> tuple[QFont, str]:
        """Return the font and the text that fit."""
        room, text = self.contentsRect().width(), self.text()
        font = self.font()
        for size in self.sizes:
            font = theme.scaled(self.font(), size)
            if QFontMetrics(font).horizontalAdvance(text) <= room:
                break
        return font, QFontMetrics(font).elidedText(text, Qt.TextElideMode.ElideRight, room)

    def paintEvent(self, event: QPaintEvent) -> None:
        area = self.contentsRect()
        flags = int(Qt.AlignmentFlag.AlignVCenter.value | Qt.TextFlag.TextSingleLine.value)
        painter = QPainter(self)
        font, text = self.fitting()
        painter.setFont(font)
        self.style().drawItemText(painter, area, flags, self.palette(), self.isEnabled(), text, self.foregroundRole())


class Card(QFrame):
    """One total; a click shows its explanation."""

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
        self.value.sizes = _VALUE_SIZES
        self.caption.setProperty("muted", "true")
        self.line.setProperty("muted", "true")

    def _label(self, layout: QVBoxLayout, style: str) -> FittingLabel:
        label = FittingLabel(self)
        label.setProperty(style, "true")
        label.setTextFormat(Qt.TextFormat.PlainText)
        label.setMinimumWidth(0)
        label.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        layout.addWidget(label)
        return label

    def show_total(self, total: Total) -> None:
        """Show a total; labels whose text is the same are not touched."""
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
        self.shown = VisibilityChoice(
            lambda: document.settings.cards, lambda value: document.change_settings(cards=value), self._starts
        )
        self._later = Debounce(self.finish, self)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(10)
        self.cards = {kind.key: Card(self) for kind in CARDS}
        for card in self.cards.values():
            layout.addWidget(card, 1)
            card.clicked.connect(self._open)
        for signal in (document.resultChanged, document.settingsChanged):
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
            self._show_card(kind, wait=kind.slow and is_large(self._document.result))

    def finish(self) -> None:
        """Show the cards that wait until typing rests."""
        self._later.stop()
        for kind in CARDS:
            if kind.slow:
                self._show_card(kind)

    def _show_card(self, kind: CardKind, *, wait: bool = False) -> None:
        """Show or hide a card; one that waits shows no value meanwhile, since an old one would be wrong."""
        card, wanted = self.cards[kind.key], kind.key in self.shown
        if wanted and wait:
            self._later.start()
        total = _nothing_yet(kind) if wanted and wait else kind.of(self._document) if wanted else None
        card.setVisible(total is not None)
        if total:
            card.show_total(total)

    # -- choosing

    def fill(self, menu: QMenu) -> None:
        """Fill a menu with the cards."""
        self.shown.fill(menu, self._entries())

    def _entries(self) -> Iterator[VisibilityEntry]:
        for kind in CARDS:
            known = not kind.needs or kind.of(self._document) is not None
            yield VisibilityEntry(kind.key, title_of(kind), "" if known else needs_of(kind), known)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.fill(menu)
        menu.popup(event.globalPos())

    def _open(self) -> None:
        """Show the network itself in the inspector, where its totals are explained."""
        self._document.select([()])


def _nothing_yet(kind: CardKind) -> Total:
    return Total(title_of(kind), "…", "", title_of(kind))
