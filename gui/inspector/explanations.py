"""How it is counted: each count's formula, the same with the numbers, and the result, to read and to copy."""

from __future__ import annotations

import re
from collections.abc import Sequence
from html import escape
from typing import NamedTuple

from PySide6.QtCore import QCoreApplication, QEvent, QMimeData, QPoint, Qt, QTimer, Signal
from PySide6.QtGui import QContextMenuEvent, QFont, QGuiApplication, QPaintEvent
from PySide6.QtWidgets import QFrame, QGridLayout, QHBoxLayout, QMenu, QVBoxLayout, QWidget

from layerledger.core.analysis import NodeResult, Problem
from layerledger.core.base import units
from layerledger.core.layers import LAYER_TYPES
from layerledger.core.metrics.explanations.bytes import explain_bytes
from layerledger.core.metrics.explanations.explanation import Explanation, explain
from layerledger.core.metrics.metric import METRICS, Metric
from layerledger.core.network.nodes import Block
from layerledger.gui.inspector.labels import (
    GAP,
    WrapLabel,
    heading,
    note,
    set_text_if_changed,
    small_button,
    text_button,
)
from layerledger.gui.theme import theme
from layerledger.gui.widgets.basics import MOUSE_AND_KEYS, LayoutBoundary, set_flag
from layerledger.gui.widgets.debounce import Debounce

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
    """One count: its name and convention, formula, numbers and result."""

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
        """Show a count.

        Args:
            chosen: whether it is the one that the window counts by.
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
            self.copy.setAccessibleName(self.tr("Copy %1").replace("%1", title))
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
        """Put the count on the clipboard as plain text."""
        if self.explanation:
            QGuiApplication.clipboard().setText(self.explanation.text())

    def copy_latex(self) -> None:
        """Put the count on the clipboard as LaTeX math."""
        if self.explanation:
            QGuiApplication.clipboard().setText(self.explanation.as_latex())

    def copy_html(self) -> None:
        """Put the count on the clipboard as rich text and as its source."""
        if self.explanation:
            data = QMimeData()
            data.setHtml(self.explanation.as_html())
            data.setText(self.explanation.as_html())
            QGuiApplication.clipboard().setMimeData(data)


def _has_reference(result: NodeResult | None) -> bool:
    return result is not None and not isinstance(result.node, Block) and result.node.type in LAYER_TYPES


def _kind(result: NodeResult | None) -> object:
    """Return what results have in common whose counts have the same formulas."""
    return (type(result.op), type(result.node)) if result else None


def _html(explanation: Explanation, muted: str, accent: str) -> str:
    terms = "".join(f"{_named(term)}{_lines(term, muted)}<br>" for term in explanation.terms)
    formula = "" if terms else f"{breakable(explanation.html)}<br>"
    value = escape(explanation.written) or breakable(explanation.shown)
    result = f"<span style='color:{accent}; font-weight:600'>{value}</span>"
    return f"{terms}{formula}<span style='color:{muted}'>{_numbers(explanation)}= {result}</span>"


def _named(term: Explanation) -> str:
    return f"<i>{escape(term.title)}:</i> " if term.title else ""


def _lines(term: Explanation, muted: str) -> str:
    """Return one of several terms: formula, and numbers with their result."""
    numbers = f"{_numbers(term)}= {breakable(units.grouped(term.value))}"
    return f"{breakable(term.html)}<br><span style='color:{muted}'>{numbers}</span>"


def _numbers(explanation: Explanation) -> str:
    """Return the formula with its numbers; nothing where they are the result itself."""
    if not explanation.written and explanation.filled in (units.grouped(explanation.value), str(explanation.value)):
        return ""
    return breakable(f"= {escape(explanation.filled)} ".replace(" − ", " −&nbsp;"))


class Storage(NamedTuple):
    """How bytes are counted: the dtype in which weights are stored, and whether norms and the like move nothing."""

    weights: str = "float32"
    fused: bool = False


class Explanations(QWidget):
    """All counts of what is selected, the chosen one first."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._shown: tuple[object, ...] = ()
        self._result: NodeResult | None = None
        self._problems: Sequence[Problem] = ()
        self._count: Metric = METRICS["macs"]
        self._storage = Storage()
        self._boxes: list[ExplanationBox] = []
        self._later = Debounce(self._show_all, self)
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setSpacing(GAP)
        self.symbols = CountLabel(self)
        self.zeros = note(self)
        self.reason = note(self)
        for label in (self.symbols, self.zeros):
            label.setProperty("small", "true")
            label.setProperty("muted", "true")
        self.reference = text_button("help", self.tr("Reference"), self)
        self.reference.setToolTip(self.tr("How this layer type is counted  Shift+F1"))
        top = QHBoxLayout()
        top.addWidget(heading(self.tr("How it is counted"), self))
        top.addStretch(1)
        top.addWidget(self.reference)
        self._layout.addLayout(top)
        for widget in (self.reason, self.symbols, self.zeros):
            self._layout.addWidget(widget)

    def boxes(self) -> list[ExplanationBox]:
        """Return the boxes that are shown."""
        return [box for box in self._boxes if not box.isHidden()]

    def show_result(
        self, result: NodeResult | None, problems: Sequence[Problem], count: Metric, storage: Storage | None = None
    ) -> None:
        """Show how a result came about; what is scrolled out of sight follows once typing rests.

        Args:
            result: of a layer, a block or the network.
            problems: why it is not counted, where it is not.
            count: what the window counts by.
            storage: how bytes are counted; as float32 without it.
        """
        self.reference.setVisible(_has_reference(result))
        storage = self._storage = storage or Storage()
        shown = (result, count, theme.current(), storage)
        if shown == self._shown and not self.reason.text():
            return
        alike = _kind(result) == _kind(self._result) and shown[1:] == self._shown[1:]
        self._shown, self._result, self._problems, self._count = shown, result, problems, count
        if not (alike and self._rest_is_hidden() and self._show_first()):
            self._show_all()

    def _rest_is_hidden(self) -> bool:
        rest = [*self.boxes()[1:], self.symbols]
        return self.isVisible() and not self.reason.text() and all(each.visibleRegion().isEmpty() for each in rest)

    def _show_first(self) -> bool:
        """Show the chosen count, and all others later; returns whether it is still the one at the top."""
        first = next(iter(self.boxes()), None)
        found = explain(self._result, count=self._count, only=True) if self._result else ()
        if not (first and first.explanation and first.explanation.title == self._count.title):
            return False
        if not (found and found[0].formula):
            return False
        first.show_explanation(found[0], chosen=True)
        self._later.start()
        return True

    def _show_all(self) -> None:
        self._later.stop()
        title = self._count.title
        found = self._found(self._result) if self._result else ()
        counted = [each for each in found if each.formula and (each.value or each.title == title)]
        self._show_boxes(sorted(counted, key=lambda each: each.title != title), title)
        self._show_symbols(counted)
        set_text_if_changed(self.zeros, self._zeros([each for each in found if each not in counted]))
        set_text_if_changed(self.reason, "" if found else self._reason(self._problems))

    def _found(self, result: NodeResult) -> tuple[Explanation, ...]:
        stored, fused = self._storage
        return (*explain(result, count=self._count), *explain_bytes(result, stored, fused=fused))

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if self._later.isActive() and not self._rest_is_hidden():  # it has come into sight
            self._later.stop()
            QTimer.singleShot(0, self, self._show_all)

    def _show_boxes(self, counted: Sequence[Explanation], title: str) -> None:
        while len(self._boxes) < len(counted):
            self._boxes.append(box := ExplanationBox(self))
            self._layout.insertWidget(1 + len(self._boxes), box)
        for i, box in enumerate(self._boxes):
            box.setVisible(i < len(counted))
            if i < len(counted):
                box.show_explanation(counted[i], chosen=counted[i].title == title)

    def _show_symbols(self, counted: Sequence[Explanation]) -> None:
        """Show what the symbols are, each once."""
        numbers = {name: value for each in counted for name, value in each.symbols.items()}
        pairs = (f"{subscripted(name)}&nbsp;=&nbsp;{breakable(units.grouped(n))}" for name, n in numbers.items())
        set_text_if_changed(self.symbols, self.tr("with %1").replace("%1", ", ".join(pairs)) if numbers else "")

    def _zeros(self, found: Sequence[Explanation]) -> str:
        """Return a sentence for the counts that are zero."""
        notes = dict.fromkeys(each.note for each in found)
        lines = [f"{self._names(found, text)}: 0. {text}".rstrip() for text in notes]
        return "\n".join(lines)

    def _names(self, found: Sequence[Explanation], text: str) -> str:
        return ", ".join(QCoreApplication.translate("core", each.title) for each in found if each.note == text)

    def _reason(self, problems: Sequence[Problem]) -> str:
        rank = {"error": 0, "info": 1}
        worst = min(problems, key=lambda p: rank.get(p.severity, 2), default=None)
        if worst is not None and worst.severity == "info":  # "not computed: …" says it itself
            return worst.message[:1].upper() + worst.message[1:]
        text = self.tr("Not counted: %1") if worst else self.tr("There is nothing to count.")
        return text.replace("%1", worst.message if worst else "")

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange:
            for box in self._boxes:
                box.set_font()
