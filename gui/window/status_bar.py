"""The status bar: file, layers, problems, and the counted part of the network."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QCoreApplication, QRect, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QLabel, QMenu, QStatusBar, QStyle, QStyleOption, QToolButton, QWidget

from layerledger.core.analysis import Coverage, Problem
from layerledger.core.base import units
from layerledger.core.formats.importing.notes import notes_of
from layerledger.gui.document.document import Document
from layerledger.gui.theme import icons
from layerledger.gui.widgets.debounce import Debounce

_SHOWN_MS = 8_000
_LISTED = 30
_INSET = 8


class StatusBar(QStatusBar):
    """Shows file, problems and coverage, and for a while a message in place of the file: why an edit was rejected.

    The notes on an import are listed behind the problems.
    """

    notesRequested = Signal()

    def __init__(self, document: Document, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._document = document
        self.setSizeGripEnabled(False)
        self.summary = QLabel(self)
        self.problems = QToolButton(self)
        self.counted = QLabel(self)
        self._menu = QMenu(self)
        self._counts = (-1, -1)  # layers, and layers that are not counted
        self._later = Debounce(self._show_coverage, self)
        self.addWidget(self.summary)
        # Permanent, so that a message leaves room for them: Qt paints it over other widgets that are shown meanwhile.
        self.addPermanentWidget(self.problems)
        self.addPermanentWidget(self.counted)
        self._set_up_button()
        document.resultChanged.connect(self._show)
        document.stateChanged.connect(self._show)
        document.editRejected.connect(self._say)
        document.said.connect(self._say)
        self.messageChanged.connect(self.setToolTip)
        self._show()

    def _go_to(self, problem: Problem) -> None:
        self._document.select([problem.at])

    def _say(self, sentence: str) -> None:
        self.showMessage(sentence, _SHOWN_MS)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the background and the message, elided where Qt would cut it at the widgets at the right."""
        painter = QPainter(self)
        option = QStyleOption()
        option.initFrom(self)
        self.style().drawPrimitive(QStyle.PrimitiveElement.PE_PanelStatusBar, option, painter, self)
        lefts = [widget.x() for widget in (self.problems, self.counted) if widget.isVisible()]
        area = QRect(_INSET, 0, min(lefts, default=self.width()) - 2 * _INSET, self.height())
        shown = self.fontMetrics().elidedText(self.currentMessage(), Qt.TextElideMode.ElideRight, max(area.width(), 0))
        painter.setPen(self.palette().windowText().color())
        painter.drawText(area, Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextSingleLine, shown)

    def _set_up_button(self) -> None:
        self.problems.setMenu(self._menu)
        self.problems.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.problems.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.problems.setToolTip(self.tr("Problems of the network; choose one to select its layer"))
        self._menu.aboutToShow.connect(self._list)

    def _show(self) -> None:
        result = self._document.result
        layers = result.totals.layers
        words = self.tr("1 layer") if layers == 1 else self.tr("{n} layers").format(n=units.grouped(layers))
        found = [p for p in result.problems if p.severity != "info"]
        end = "" if found else f" · {self.tr('no problems')}"
        self.summary.setText(f"{self._document.title} · {words}{end}")
        self._show_problems(found, len(notes_of(self._document.network)))
        shown, self._counts = self._counts, (layers, result.totals.uncounted_layers)
        if shown == self._counts:
            self._later.start()  # same numbers: only the approximated part may differ
        else:
            self._show_coverage()

    def _show_problems(self, found: list[Problem], notes: int) -> None:
        parts: list[str] = []
        worst = "info"
        if found:
            parts.append(
                self.tr("1 problem") if len(found) == 1 else self.tr("{n} problems").format(n=units.grouped(len(found)))
            )
            worst = "error" if any(p.severity == "error" for p in found) else "warning"
        if notes:
            parts.append(self.tr("1 note") if notes == 1 else self.tr("{n} notes").format(n=units.grouped(notes)))
        self.problems.setVisible(bool(parts))
        if parts:
            text = " · ".join(parts)
            self.problems.setText(text)
            self.problems.setAccessibleName(text)
            self.problems.setIcon(icons.icon(worst, role="muted" if worst == "info" else worst))

    def _show_coverage(self) -> None:
        found = self._document.result.coverage
        self.counted.setText(self._coverage(found) if found.all_layers else "")
        rows = [f"{units.grouped(n)} {_translated(status)}" for status, n in found.layers.items()]
        self.counted.setToolTip("\n".join([self.tr("Layers by how they are counted:"), *rows]) if rows else "")

    def _coverage(self, found: Coverage) -> str:
        counted, layers = units.grouped(found.counted), units.grouped(found.all_layers)
        words = self.tr("{counted} of {all} layers counted").format(counted=counted, all=layers)
        if near := found.layers.get("approximated"):
            words += self.tr(", {n} approximated").format(n=units.grouped(near))
        if not found.uncounted:
            return f"{words} · {self.tr('100 % of parameters')}"
        unknown = self.tr("parameters of {n} not known").format(n=units.grouped(found.uncounted))
        return f"{words} · {unknown}"

    def _list(self) -> None:
        self._menu.clear()
        found = [p for p in self._document.result.problems if p.severity != "info"]
        for problem in found[:_LISTED]:
            text = f"{problem.path}: {problem.message}" if problem.path else problem.message
            action = self._menu.addAction(icons.icon(problem.severity, role=problem.severity), text.replace("&", "&&"))
            action.triggered.connect(partial(self._go_to, problem))
        if len(found) > _LISTED:
            rest = self.tr("{n} more").format(n=units.grouped(len(found) - _LISTED))
            self._menu.addAction(rest).setEnabled(False)
        if notes_of(self._document.network):
            if found:
                self._menu.addSeparator()
            notes = self._menu.addAction(icons.icon("info"), self.tr("Notes on the import"))
            notes.triggered.connect(self.notesRequested)


def _translated(status: str) -> str:
    return QCoreApplication.translate("core", status)
