"""The header: a card for each total that the user has chosen."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QContextMenuEvent, QKeyEvent, QMouseEvent, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QBoxLayout, QFrame, QGridLayout, QHBoxLayout, QMenu, QSizePolicy, QVBoxLayout, QWidget

from layerledger.core.studies.remedies import Remedy, remedy_steps
from layerledger.gui.document.document import Document
from layerledger.gui.document.large_networks import is_huge, is_large
from layerledger.gui.document.sizing import sizing_of, study_of
from layerledger.gui.widgets.debounce import Debounce
from layerledger.gui.widgets.slices import Slices
from layerledger.gui.widgets.visibility_menu import VisibilityChoice, VisibilityEntry
from layerledger.gui.window.card_labels import LINE_SIZES, VALUE_SIZES, FittingLabel, VerdictBadge
from layerledger.gui.window.cards import CARDS, FIT, CardKind, needs_of, title_of
from layerledger.gui.window.device_cards import with_remedies
from layerledger.gui.window.total import Total

_GAP = 10
_LEAST_WIDTH = 5.6
"""Least width of a card, in heights of a line."""

_VERDICT_PART = 0.58
"""Most of the width of a card that its verdict may take."""


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
        self._tip = ""
        self.value.sizes, self.caption.sizes, self.line.sizes = VALUE_SIZES, LINE_SIZES, LINE_SIZES
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
        self.caption.short, self.line.short = total.short, total.short_line
        self.verdict.show_verdict(total.verdict)
        self._tip = total.tip
        self._fit()
        said = f"{total.value}, {self.verdict.accessibleName()}" if total.verdict else total.value
        self.setAccessibleName(f"{total.caption} {said}, {total.line}")

    def _fit(self) -> None:
        """Give the verdict the room that it may take, and say in the tool tip what finds none on the card."""
        self.verdict.fit(round(self.contentsRect().width() * _VERDICT_PART))
        if layout := self.layout():
            layout.activate()
        labels = (self.caption, self.value, self.line)
        cut = [text for each in labels if not each.is_whole() and (text := each.text()) not in self._tip]
        self.setToolTip("\n".join([*cut, self._tip]))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange) and self._tip:
            self._fit()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self.clicked.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            self.clicked.emit()
        else:
            super().keyPressEvent(event)


class Header(QWidget):
    """The cards side by side, in several rows where a single one would make them too narrow."""

    def __init__(self, document: Document, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._document = document
        self.shown = VisibilityChoice(
            lambda: document.settings.cards, lambda value: document.change_settings(cards=value), self._starts
        )
        self._later = Debounce(self._compute, self)
        self._waiting: Slices[tuple[CardKind, Total]] = Slices(self)
        self._search: Slices[Remedy] = Slices(self)
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setSpacing(_GAP)
        self._placed: tuple[int, list[Card]] = (0, [])
        self.cards = {kind.key: Card(self) for kind in CARDS}
        for card in self.cards.values():
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
        self._waiting.stop()
        for kind in CARDS:
            self._show_card(kind, wait=kind.slow and is_large(self._document.result))
        self._place()

    def _place(self) -> None:
        """Place the cards that are shown in as few rows as leave each the least width."""
        cards = [card for card in self.cards.values() if not card.isHidden()]
        columns = self._columns(len(cards))
        if self._placed == (columns, cards):
            return
        self._placed = (columns, cards)
        for i, card in enumerate(cards):
            self._grid.addWidget(card, i // columns, i % columns)
        for column in range(len(self.cards)):
            wide = bool(cards) and column == 0 and cards[0] is self.cards[FIT]  # it holds a verdict beside its value
            self._grid.setColumnStretch(column, 0 if column >= columns else 5 if wide else 4)

    def _columns(self, cards: int) -> int:
        """Return how many cards a row holds; before the header is shown, its width says nothing."""
        if not cards or not self.isVisible():
            return cards
        least = self.fontMetrics().height() * _LEAST_WIDTH + _GAP
        rows = -(-cards // max(1, int((self.width() + _GAP) / least)))
        return -(-cards // rows)  # rows of equal length

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._place()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._place()

    def _compute(self) -> None:
        """Compute the cards that wait, beside the window where that would stop it."""
        if not is_huge(self._document.result):
            self.finish()
            return
        kinds = [kind for kind in CARDS if kind.slow and kind.key in self.shown]
        steps = ((kind, total) if (total := kind.of(self._document)) else None for kind in kinds)
        self._waiting.begin(steps, self._take, self._place, apart=True)

    def _take(self, found: tuple[CardKind, Total]) -> None:
        kind, total = found
        self.cards[kind.key].show_total(total)
        if kind.key == FIT:
            self._look_for_remedies(total)

    def finish(self) -> None:
        """Show the cards that wait until typing rests."""
        self._later.stop()
        self._waiting.stop()
        for kind in CARDS:
            if kind.slow:
                self._show_card(kind)
        self._place()

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
        steps = remedy_steps(study_of(self._document), sizing_of(self._document))
        end = partial(self._show_remedies, total, would)
        self._search.begin(steps, would.append, end, apart=is_huge(self._document.result))

    def _show_remedies(self, total: Total, would: Sequence[Remedy]) -> None:
        self.cards[FIT].show_total(with_remedies(total, would))

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
