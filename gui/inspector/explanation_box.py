"""One explained number: its formula, the same with the numbers filled in, and the result."""

from __future__ import annotations

import re
from html import escape

from PySide6.QtCore import QCoreApplication, QMimeData, QPoint, Qt, Signal
from PySide6.QtGui import QContextMenuEvent, QFont, QGuiApplication
from PySide6.QtWidgets import QFrame, QGridLayout, QMenu, QWidget

from layerledger.core.base import units
from layerledger.core.metrics.explanations.explanation import Explanation
from layerledger.gui.inspector.labels import (
    GAP,
    WrapLabel,
    note,
    set_text_if_changed,
    small_button,
)
from layerledger.gui.theme import theme
from layerledger.gui.widgets.basics import MOUSE_AND_KEYS, LayoutBoundary, set_flag

_SERIFS = ["STIX Two Text", "Cambria", "Georgia", "DejaVu Serif", "Times New Roman", "serif"]
_BREAK = "\u200b"  # where a line may end: invisible, and taken out of what is copied
_BREAKABLE = re.compile(r"(?<!<)[·/)](?=[^\s<,])|\d{3}(?=\d{9})|,(?=\d{3}(?:,\d{3}){5})")


def breakable(text: str) -> str:
    """Return text whose products and long numbers may wrap, so that nothing is cut."""
    return _BREAKABLE.sub(rf"\g<0>{_BREAK}", text)


def subscripted(name: str) -> str:
    """Return a symbol as rich text with its index lowered: C_in becomes C<sub>in</sub>."""
    head, _, index = escape(name).partition("_")
    return f"{head}<sub>{index.replace('_', ',')}</sub>" if index else head


class CountLabel(WrapLabel):
    """A count as rich text that can be selected with mouse and keys, with a menu that copies all of it."""

    menuAsked = Signal(QPoint)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent, by=MOUSE_AND_KEYS)
        self.setTextFormat(Qt.TextFormat.RichText)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        self.menuAsked.emit(event.globalPos())


class ExplanationBox(QFrame):
    """The explanation of one number: its title and convention, formula, numbers and result."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setProperty("well", "true")
        self._shown: tuple[object, ...] = ()
        self.explanation: Explanation | None = None
        self.title = WrapLabel(self)
        self.title.setProperty("small", "true")
        self.title.setProperty("muted", "true")
        self.body = CountLabel(self)
        self.body.menuAsked.connect(self._open_menu)
        self.note = note(self)
        self.copy = small_button("copy", self.tr("Copy"), self)
        self.copy.clicked.connect(lambda: self._open_menu(self.copy.mapToGlobal(self.copy.rect().bottomLeft())))
        self._lay_out()
        self.set_font()

    def _lay_out(self) -> None:
        layout = QGridLayout(self)
        layout.setContentsMargins(GAP + 4, GAP - 1, GAP - 2, GAP)
        layout.setHorizontalSpacing(GAP)
        layout.setVerticalSpacing(1)
        layout.setColumnStretch(0, 1)
        layout.addWidget(self.title, 0, 0, Qt.AlignmentFlag.AlignVCenter)
        layout.addWidget(self.copy, 0, 1)
        layout.addWidget(LayoutBoundary(self.body, self), 1, 0, 1, 2)
        layout.addWidget(self.note, 2, 0, 1, 2)

    def set_font(self) -> None:
        """Take a serif of the present size for the formulas."""
        font = QFont(self.font())
        font.setFamilies([*_SERIFS, *self.font().families()])
        font.setStyleHint(QFont.StyleHint.Serif)
        self.body.setFont(font)

    def show_explanation(self, explanation: Explanation, *, chosen: bool) -> None:
        """Show an explanation.

        Args:
            chosen: whether it is that of the chosen count.
        """
        self.explanation = explanation
        set_flag(self, "chosen", on=chosen)
        colours = theme.current()
        shown = (explanation.title, explanation.html, explanation.filled, explanation.shown, explanation.note, colours)
        if shown != self._shown:
            self._shown = shown
            title = QCoreApplication.translate("core", explanation.title)
            set_text_if_changed(self.title, title)
            set_text_if_changed(self.note, explanation.note)
            self.copy.setAccessibleName(self.tr("Copy {title}").format(title=title))
            self.body.setText(_html(explanation, colours.muted, colours.accent))

    def _open_menu(self, at: QPoint) -> None:
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        if self.body.hasSelectedText():
            menu.addAction(self.tr("Copy selected text"), self.body.copy)
            menu.addSeparator()
        menu.addAction(self.tr("Copy as text"), self.copy_text)
        menu.addAction(self.tr("Copy as LaTeX"), self.copy_latex)
        menu.addAction(self.tr("Copy as HTML"), self.copy_html)
        menu.popup(at)

    def copy_text(self) -> None:
        if self.explanation:
            QGuiApplication.clipboard().setText(self.explanation.text())

    def copy_latex(self) -> None:
        if self.explanation:
            QGuiApplication.clipboard().setText(self.explanation.as_latex())

    def copy_html(self) -> None:
        """Put the count on the clipboard as rich text and as its source."""
        if self.explanation:
            data = QMimeData()
            data.setHtml(self.explanation.as_html())
            data.setText(self.explanation.as_html())
            QGuiApplication.clipboard().setMimeData(data)


def _html(explanation: Explanation, muted: str, accent: str) -> str:
    terms = "".join(f"{_named(term)}{_lines(term, muted)}<br>" for term in explanation.terms)
    formula = "" if terms else f"{breakable(explanation.html)}<br>"
    value = escape(explanation.written) or breakable(explanation.shown)
    sign = "= " if explanation.related.startswith("=") else ""
    result = f"<span style='color:{accent}; font-weight:600'>{value}</span>"
    return f"{terms}{formula}<span style='color:{muted}'>{_numbers(explanation)}{sign}{result}</span>"


def _named(term: Explanation) -> str:
    return f"<i>{escape(term.title)}:</i> " if term.title else ""


def _lines(term: Explanation, muted: str) -> str:
    """Return one of several terms: formula, and numbers with their result."""
    numbers = f"{_numbers(term)}= {breakable(units.grouped(term.value))}"
    return f"{breakable(term.html)}<br><span style='color:{muted}'>{numbers}</span>"


def _numbers(explanation: Explanation) -> str:
    """Return the formula with its numbers; "" where that is the result itself."""
    if not explanation.written and explanation.filled in (units.grouped(explanation.value), str(explanation.value)):
        return ""
    return breakable(f"= {escape(explanation.filled)} ".replace(" − ", " −&nbsp;"))
