"""The budgets of the network, and the largest batch or image that keeps them."""

from __future__ import annotations

from fractions import Fraction
from itertools import chain, pairwise

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from layerledger.core.base import units
from layerledger.core.base.params import Value
from layerledger.core.base.quantities import BYTES, COUNT, SECONDS, read_quantity
from layerledger.core.metrics.budgets import TIME, TITLES, Limit, check_budget, limits_of, text, value_of, with_limits
from layerledger.core.metrics.devices import devices
from layerledger.core.metrics.devices.roofline import SECOND
from layerledger.core.metrics.devices.target import DeviceTarget
from layerledger.core.metrics.registry import METRICS
from layerledger.core.studies.largest_fit import STEP, largest_batch, largest_image
from layerledger.gui.document.document import Document
from layerledger.gui.theme import icons, theme
from layerledger.gui.theme.translation import translated

_ICON = 16
_FIELD = 110


def _kind(key: str) -> str:
    return {"seconds": SECONDS, "bytes": BYTES}.get(METRICS[key].unit, COUNT)


class BudgetsDialog(QDialog):
    """A row for each limit: the maximum, the network's present value, and whether the limit is kept."""

    def __init__(self, document: Document, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._document = document
        self.setWindowTitle(self.tr("Budgets"))
        self.fields: dict[str, QLineEdit] = {}
        self.marks: dict[str, QLabel] = {}
        self.values: dict[str, QLabel] = {}
        self.device = self._device_box()
        self.sentence = QLabel(self)
        self.sentence.setWordWrap(True)
        self.sentence.setMinimumHeight(2 * self.fontMetrics().height())
        self.sentence.setAlignment(Qt.AlignmentFlag.AlignTop)
        self.batch = QPushButton(self.tr("Largest &batch"), self)
        self.image = QPushButton(self.tr("Largest &image"), self)
        self._lay_out()
        self._fill()
        self._check()

    # -- building

    def _device_box(self) -> QComboBox:
        box = QComboBox(self)
        box.setAccessibleName(self.tr("Device"))
        for id_, device in devices().items():
            box.addItem(device.title, id_)
        box.currentIndexChanged.connect(self._check)
        return box

    def _lay_out(self) -> None:
        self.grid = QGridLayout()
        self.grid.setHorizontalSpacing(10)
        self.grid.setVerticalSpacing(6)
        for column, words in enumerate((self.tr("Limit"), self.tr("At most"), self.tr("Now"))):
            heading = QLabel(words, self)
            heading.setProperty("muted", "true")
            self.grid.addWidget(heading, 0, column)
        for row, key in enumerate(TITLES, 1):
            self._add_row(row, key)
        self.grid.setColumnStretch(2, 1)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel, self)
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        self.ok = buttons.button(QDialogButtonBox.StandardButton.Ok)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(18, 16, 18, 14)
        layout.setSpacing(12)
        layout.addLayout(self.grid)
        layout.addLayout(self._search_row())
        layout.addWidget(self.sentence)
        layout.addWidget(buttons)
        self._order_tabs()
        self.setMinimumWidth(520)

    def _order_tabs(self) -> None:
        """Make Tab go row by row, from the first limit on."""
        rows = [(self.device, self.fields[key]) if key == TIME else (self.fields[key],) for key in TITLES]
        order = [*chain.from_iterable(rows), self.batch, self.image]
        for one, other in pairwise(order):
            self.setTabOrder(one, other)
        order[0].setFocus()

    def _add_row(self, row: int, key: str) -> None:
        name = QLabel(translated(TITLES[key]), self)
        self.fields[key] = field = QLineEdit(self)
        field.setMinimumWidth(_FIELD)
        field.setAccessibleName(translated(TITLES[key]))
        field.setPlaceholderText(self.tr("no limit"))
        field.textEdited.connect(self._check)
        name.setBuddy(field)
        self.values[key], self.marks[key] = QLabel(self), QLabel(self)
        self.marks[key].setFixedWidth(_ICON)
        first = QHBoxLayout()
        first.setSpacing(8)
        first.addWidget(name)
        if key == TIME:
            first.addWidget(self.device, 1)
        for column, item in enumerate((field, self.values[key], self.marks[key]), 1):
            self.grid.addWidget(item, row, column)
        self.grid.addLayout(first, row, 0)

    def _search_row(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(8)
        for button, tip, act in (
            (self.batch, self.tr("Look for the largest batch with which all limits are kept"), self._find_batch),
            (self.image, self.tr("Look for the largest image with which all limits are kept"), self._find_image),
        ):
            button.setToolTip(tip)
            button.setAutoDefault(False)
            button.clicked.connect(act)
            row.addWidget(button)
        row.addStretch(1)
        return row

    # -- values

    def _fill(self) -> None:
        try:
            limits = limits_of(self._document.network.budgets)
        except ValueError as error:
            self.sentence.setText(str(error))
            limits = ()
        for limit in limits:
            self.fields[limit.key].setText(text(limit.key, limit.maximum))
            self.fields[limit.key].setProperty("limit", limit.maximum)
            if limit.target:
                self.device.setCurrentIndex(max(0, self.device.findData(limit.target.device.id)))

    def _limit(self, key: str) -> Limit | None:
        """Return the limit of a row; None where it is empty.

        Raises:
            ValueError: the text is not a quantity.
        """
        typed = self.fields[key].text().strip()
        if not typed:
            return None
        target = DeviceTarget(devices()[self.device.currentData()]) if key == TIME else None
        before = self.fields[key].property("limit")
        if before is not None and typed == text(key, int(before)):
            return Limit(key=key, maximum=int(before), target=target)  # it has more digits than are shown
        value = read_quantity(typed, _kind(key)) * (SECOND if key == TIME else 1)
        return Limit(key=key, maximum=int(value), target=target)

    def limits(self) -> tuple[Limit, ...]:
        """Return all limits.

        Raises:
            ValueError: a text is not a quantity.
        """
        return tuple(limit for key in TITLES if (limit := self._limit(key)) is not None)

    # -- checking

    def _check(self) -> None:
        """Show the network's value of each number, and whether its limit is kept."""
        wrong = ""
        for key in TITLES:
            try:
                self._check_row(key, self._limit(key))
            except ValueError as error:
                wrong = wrong or f"{translated(TITLES[key])} {error}"
                self._mark(key, "error")
        colours = theme.current()
        self.sentence.setStyleSheet(f"color: {colours.error if wrong else colours.muted}")
        self.sentence.setText(wrong or self.tr("Limits are kept with the file; a report ends with 1 if one is broken."))
        for button in (self.ok, self.batch, self.image):
            button.setEnabled(not wrong)

    def _check_row(self, key: str, limit: Limit | None) -> None:
        result = self._document.result
        if limit is None:
            target = DeviceTarget(devices()[self.device.currentData()]) if key == TIME else None
            value = value_of(result, Limit(key=key, maximum=0, target=target))
            self.values[key].setText(text(key, value))
            self._mark(key, "")
            return
        check = check_budget(result, limit)
        at = f" · {check.first}" if check.first else ""
        self.values[key].setText(f"{text(key, check.value)}{at}")
        self._mark(key, {True: "ok", False: "error", None: "warning"}[check.satisfied])

    def _mark(self, key: str, role: str) -> None:
        mark = self.marks[key]
        if role:
            mark.setPixmap(icons.icon(role, role="accent" if role == "ok" else role).pixmap(_ICON))
        else:
            mark.clear()
        mark.setAccessibleName(
            {"ok": self.tr("kept"), "error": self.tr("broken"), "warning": self.tr("not known")}.get(role, "")
        )

    # -- what fits

    def _find_batch(self) -> None:
        found = largest_batch(self._document.network, self.limits())
        words = self.tr("The largest batch that keeps all limits: %1.") if found else self.tr("Not even one fits.")
        self.sentence.setText(words.replace("%1", units.grouped(found or 0)))

    def _find_image(self) -> None:
        found = largest_image(self._document.network, self.limits())
        if found is None:
            self.sentence.setText(self.tr("No image keeps all limits, or the network has no image as an input."))
            return
        words = self.tr("The largest image that keeps all limits: %1 × %1, in steps of %2.")
        self.sentence.setText(words.replace("%1", units.grouped(found)).replace("%2", str(STEP)))

    def accept(self) -> None:
        """Write the limits into the network, as one undoable step."""
        limits = self.limits()
        network = self._document.network
        if [_plain(limit) for limit in limits] != [_plain(limit) for limit in _stated(network.budgets)]:
            self._document.apply(self.tr("Set budgets"), with_limits(network, limits))
        super().accept()


def _stated(budgets: Value) -> tuple[Limit, ...]:
    try:
        return limits_of(budgets)
    except ValueError:
        return ()


def _plain(limit: Limit) -> tuple[str, int, str, Fraction]:
    target = limit.target
    return limit.key, limit.maximum, target.device.id if target else "", target.efficiency if target else Fraction(1)
