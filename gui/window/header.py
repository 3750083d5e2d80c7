"""The header: a card for each total that the user has chosen."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QContextMenuEvent, QFont, QFontMetrics, QKeyEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QBoxLayout, QFrame, QHBoxLayout, QLabel, QMenu, QSizePolicy, QVBoxLayout, QWidget

from layerledger.core.studies.remedies import Remedy, remedy_steps
from layerledger.gui.document.document import Document
from layerledger.gui.document.large_networks import is_large
from layerledger.gui.document.sizing import sizing_of, study_of
from layerledger.gui.theme import theme
from layerledger.gui.widgets.debounce import Debounce
from layerledger.gui.widgets.slices import Slices
from layerledger.gui.widgets.visibility_menu import VisibilityChoice, VisibilityEntry
from layerledger.gui.window.cards import CARDS, FIT, CardKind, needs_of, title_of
from layerledger.gui.window.device_cards import with_remedies
from layerledger.gui.window.total import Total, Verdict

_VALUE_SIZES = (1.0, 0.92, 0.85, 0.78, 0.7, 0.62, 0.55)
_BEFORE_LESS = (", ", " · ", " = ", " at ")
"""Marks before words that a line can do without where there is little room."""


def _shorter(text: str) -> str:
    """Return a line without its last part; empty if it has only one."""
    end = text.rfind("; ")  # a clause is left out as a whole
    if end < 0:
        end = max(text.rfind(mark) for mark in _BEFORE_LESS)
    return text[:end] if end > 0 else ""


class FittingLabel(QLabel):
    """A line of text that is drawn smaller or said shorter where there is little room, and elided at last."""

    sizes: Sequence[float] = (1.0,)
    """Factors of its font size to try, the largest first."""

    short = ""
    """A shorter text; without one, the text without its last parts."""

    def _texts(self) -> Iterator[str]:
        text = self.text()
        while text:
            yield text
            text = _shorter(text)

    def fitting(self) -> tuple[QFont, str]:
        """Return the font and the text that fit."""
        room, smallest = self.contentsRect().width(), QFontMetrics(theme.scaled(self.font(), self.sizes[-1]))
        texts = [*self._texts(), *filter(None, (self.short,))]
        text = next((text for text in texts if smallest.horizontalAdvance(text) <= room), texts[-1] if texts else "")
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


class VerdictBadge(QLabel):
    """A mark and a word: whether the network fits."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._verdict: Verdict = ""
        self.setProperty("small", "true")
        self.setTextFormat(Qt.TextFormat.RichText)
        self.hide()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange and self._verdict:
            self.show_verdict(self._verdict)  # in the colours of the theme

    def show_verdict(self, verdict: Verdict) -> None:
        """Show a verdict, or nothing."""
        self._verdict = verdict
        self.setVisible(bool(verdict))
        if not verdict:
            return
        colours = theme.current()
        word, sign, colour = {
            "fits": (self.tr("fits"), "✓", colours.ok),
            "does not fit": (self.tr("does not fit"), "✕", colours.error),
            "not known": (self.tr("not known"), "?", colours.warning),
        }[verdict]
        self.setText(f'<span style="color: {colour}; font-weight: 600">{sign} {word}</span>')
        self.setAccessibleName(word)


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
        row = QHBoxLayout()
        row.setSpacing(6)
        layout.addLayout(row)
        self.caption = self._label(row, "small")
        self.verdict = VerdictBadge(self)
        row.addWidget(self.verdict)
        row.setStretch(0, 1)
        self.value, self.line = (self._label(layout, name) for name in ("headline", "small"))
        self.value.sizes = _VALUE_SIZES
        self.caption.setProperty("muted", "true")
        self.line.setProperty("muted", "true")

    def _label(self, layout: QBoxLayout, style: str) -> FittingLabel:
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
        self.caption.short = total.short
        self.verdict.show_verdict(total.verdict)
        self.setToolTip(total.tip)
        said = f"{total.value}, {self.verdict.accessibleName()}" if total.verdict else total.value
        self.setAccessibleName(f"{total.caption} {said}, {total.line}")

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
        self._search: Slices[Remedy] = Slices(self)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(10)
        self.cards = {kind.key: Card(self) for kind in CARDS}
        for key, card in self.cards.items():
            layout.addWidget(card, 5 if key == FIT else 4)  # it holds a verdict beside its value
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

    def finish_search(self) -> None:
        """Look for all that would make the network fit at once."""
        self._search.finish()

    def _show_card(self, kind: CardKind, *, wait: bool = False) -> None:
        """Show or hide a card; one that waits shows no value meanwhile, since an old one would be wrong."""
        card, wanted = self.cards[kind.key], kind.key in self.shown
        if wanted and wait:
            self._later.start()
        total = _nothing_yet(kind) if wanted and wait else kind.of(self._document) if wanted else None
        card.setVisible(total is not None)
        if total:
            card.show_total(total)
        if kind.key == FIT:
            self._look_for_remedies(total)

    def _look_for_remedies(self, total: Total | None) -> None:
        """Look for what would make the network fit, in slices, and show it on the card."""
        if total is None or total.verdict != "does not fit":
            self._search.stop()
            return
        would: list[Remedy] = []
        card = self.cards[FIT]
        steps = remedy_steps(study_of(self._document), sizing_of(self._document))
        self._search.begin(steps, would.append, lambda: card.show_total(with_remedies(total, would)))

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
