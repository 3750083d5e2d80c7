"""The explanations of a node's numbers: each formula, the same with the numbers, and the result, to read and copy."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QCoreApplication, QEvent, QTimer
from PySide6.QtGui import QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from layerledger.core.analysis import NodeResult, Problem
from layerledger.core.base import units
from layerledger.core.layers import LAYER_TYPES
from layerledger.core.metrics.explanations.explanation import Explanation
from layerledger.core.metrics.explanations.node import explain
from layerledger.core.metrics.metric import Metric, MetricContext
from layerledger.core.metrics.registry import COUNTS, METRICS
from layerledger.core.network.nodes import Block
from layerledger.gui.inspector.explanation_box import CountLabel, ExplanationBox, breakable, subscripted
from layerledger.gui.inspector.labels import (
    GAP,
    heading,
    note,
    set_text_if_changed,
    text_button,
)
from layerledger.gui.theme import theme
from layerledger.gui.widgets.debounce import Debounce


def _has_reference(result: NodeResult | None) -> bool:
    return result is not None and not isinstance(result.node, Block) and result.node.type in LAYER_TYPES


def _kind(result: NodeResult | None) -> object:
    """Return a key that is equal for results whose counts have the same formulas."""
    return (type(result.op), type(result.node)) if result else None


class Explanations(QWidget):
    """The explanations of the selected node, that of the chosen count first."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._shown: tuple[object, ...] = ()
        self._result: NodeResult | None = None
        self._problems: Sequence[Problem] = ()
        self._count: Metric = METRICS["macs"]
        self._context: MetricContext | None = None
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

    def show_result(self, result: NodeResult | None, problems: Sequence[Problem], context: MetricContext) -> None:
        """Show the explanations of a result; those outside the visible area follow once typing rests.

        Args:
            result: of a layer, a block or the network.
            problems: the reasons why the node is not counted.
            context: the settings that the numbers are read by; the chosen count comes first.
        """
        self.reference.setVisible(_has_reference(result))
        count, self._context = COUNTS[context.convention], context
        shown = (result, count, theme.current(), context.result.precision, context.fused)
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
        if not (first and first.explanation and first.explanation.title == self._count.title):
            return False
        found = self._count.explain(self._context, self._result) if self._context and self._result else None
        if found is None or not found.formula:
            return False
        first.show_explanation(found, chosen=True)
        self._later.start()
        return True

    def _show_all(self) -> None:
        self._later.stop()
        title = self._count.title
        found = explain(self._context, self._result) if self._context and self._result else ()
        counted = [each for each in found if each.formula and (each.value or each.title == title)]
        self._show_boxes(sorted(counted, key=lambda each: each.title != title), title)
        self._show_symbols(counted)
        set_text_if_changed(self.zeros, self._zeros([each for each in found if each not in counted]))
        set_text_if_changed(self.reason, "" if found else self._reason(self._problems))

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if self._later.isActive() and not self._rest_is_hidden():  # it has become visible
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
        """Show the values of all symbols, each once."""
        numbers = {name: value for each in counted for name, value in each.symbols.items()}
        pairs = (f"{subscripted(name)}&nbsp;=&nbsp;{breakable(units.grouped(n))}" for name, n in numbers.items())
        set_text_if_changed(self.symbols, self.tr("with {values}").format(values=", ".join(pairs)) if numbers else "")

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
        text = self.tr("Not counted: {reason}") if worst else self.tr("There is nothing to count.")
        return text.format(reason=worst.message if worst else "")

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange:
            for box in self._boxes:
                box.set_font()
