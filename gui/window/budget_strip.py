"""The budgets under the header's cards: whether each is kept, and the layer that breaks one."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QToolButton, QWidget

from layerledger.core.base.messages import Message
from layerledger.core.base.params import Value
from layerledger.core.metrics.budgets import (
    SHORT,
    BudgetCheck,
    Limit,
    check_budget,
    check_budgets,
    text,
)
from layerledger.core.metrics.registry import METRICS
from layerledger.gui.document.document import Document
from layerledger.gui.document.large_networks import is_large
from layerledger.gui.theme import icons
from layerledger.gui.theme.translation import translated
from layerledger.gui.widgets.debounce import Debounce


class BudgetStrip(QWidget):
    """A button for each budget; hidden where the network states none.

    The button of a broken budget selects its layer; that of a kept one opens the budgets.
    """

    asked = Signal()

    def __init__(self, document: Document, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._document = document
        self.setAccessibleName(self.tr("Budgets"))
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.setMinimumWidth(1)  # many budgets must not widen the window
        self.caption = QLabel(self.tr("Budgets"), self)
        self.caption.setProperty("muted", "true")
        self.chips: list[QToolButton] = []
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(2, 0, 2, 0)
        self._row.setSpacing(6)
        self._row.addWidget(self.caption)
        self._row.addStretch(1)
        self._shown: tuple[BudgetCheck, ...] = ()
        self._stated: Value = None  # the limits of the network that is shown
        self._soon = QTimer(self, singleShot=True, interval=0)
        self._soon.timeout.connect(self._show)
        self._rest = Debounce(self._show, self)
        document.resultChanged.connect(self._follow)
        self._show()

    def _follow(self) -> None:
        if self._document.network.budgets is None and self.isHidden():
            return
        same = self._document.network.budgets is self._stated
        if self._shown and same and is_large(self._document.result):
            self._glance()
            self._rest.start()
        else:
            self._soon.start()

    def _glance(self) -> None:
        """Show at once the values that need no walk through all layers; the others show … meanwhile."""
        for chip, shown in zip(self.chips, self._shown, strict=False):
            if METRICS[shown.limit.key].from_schedule:
                _show_waiting(chip, shown.limit)
            else:
                _show_check(chip, check_budget(self._document.result, shown.limit, find=False))

    def _show(self) -> None:
        self._rest.stop()
        self._soon.stop()
        self._stated = self._document.network.budgets
        found = check_budgets(self._document.result)
        self.setVisible(bool(found))
        while len(self.chips) < len(found):
            self.chips.append(chip := QToolButton(self))
            chip.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
            chip.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            chip.clicked.connect(partial(self._open, len(self.chips) - 1))
            self._row.insertWidget(len(self.chips), chip)
        for i, chip in enumerate(self.chips):
            chip.setVisible(i < len(found))
        self._shown = found
        for chip, check in zip(self.chips, found, strict=False):
            _show_check(chip, check)

    def _open(self, i: int) -> None:
        check = self._shown[i]
        if not check.at:
            self.asked.emit()
        else:
            self._document.select([check.at])


_LOOKS = {True: ("ok", "≤"), False: ("error", ">"), None: ("warning", "?")}
"""Icon and sign by whether a limit is kept."""


def _show_waiting(chip: QToolButton, limit: Limit) -> None:
    chip.setIcon(icons.icon("warning", role="muted"))
    chip.setText(f"{_short(limit)} … ≤ {text(limit.key, limit.maximum)}")
    chip.setToolTip("")
    chip.setAccessibleName(chip.text())


def _short(limit: Limit) -> str:
    return translated(SHORT[limit.key])


def _show_check(chip: QToolButton, check: BudgetCheck) -> None:
    role, sign = _LOOKS[check.satisfied]
    if check.value is None:
        sign = _LOOKS[True][1]  # the value is already a question mark
    value, at_most = (text(check.limit.key, n) for n in (check.value, check.limit.maximum))
    at = translated(Message(", first to break: {layer}", layer=check.first)) if check.first else ""
    chip.setIcon(icons.icon(role, role="accent" if role == "ok" else role))
    chip.setText(f"{_short(check.limit)} {value} {sign} {at_most}{at}")
    chip.setToolTip(check.sentence())
    chip.setAccessibleName(check.sentence())
