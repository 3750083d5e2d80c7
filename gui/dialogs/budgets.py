"""The budgets of the network, and the largest batch or image that keeps them."""

from __future__ import annotations

from collections.abc import Iterator
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

from layerledger.core.analysis.passes.schedule import name_of_step
from layerledger.core.base.params import Value
from layerledger.core.base.quantities import BYTES, COUNT, SECONDS, read_quantity
from layerledger.core.metrics.budgets import (
    TIME,
    TITLES,
    BudgetCheck,
    Limit,
    check_budget,
    limits_of,
    text,
    value_of,
    with_limits,
)
from layerledger.core.metrics.device_fit import memory_limits
from layerledger.core.metrics.devices import devices
from layerledger.core.metrics.devices.roofline import SECOND
from layerledger.core.metrics.devices.target import DeviceTarget
from layerledger.core.metrics.registry import METRICS
from layerledger.gui.dialogs.largest_fit_row import LargestFitRow
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
        self.from_device = QPushButton(self.tr("Fill from &device"), self)
        self.from_device.setToolTip(
            self.tr("Set the limits of bytes to the memories of the device that is chosen here")
        )
        self.from_device.setAutoDefault(False)
        self.from_device.clicked.connect(self.fill_from_device)
        self.search = LargestFitRow(document, self.limits, self)
        self.search.said.connect(self.sentence.setText)
        self.search.applied.connect(self._check)
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
        row = QHBoxLayout()
        row.addWidget(self.search)
        row.addWidget(self.from_device)
        layout.addLayout(row)
        layout.addWidget(self.sentence)
        layout.addWidget(buttons)
        self._order_tabs()
        self.setMinimumWidth(520)

    def _order_tabs(self) -> None:
        """Make Tab go row by row, from the first limit on."""
        rows = [(self.device, self.fields[key]) if key == TIME else (self.fields[key],) for key in TITLES]
        order = [*chain.from_iterable(rows), self.search.batch, self.search.image, self.search.apply, self.from_device]
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

    # -- values

    def _fill(self) -> None:
        if chosen := self._document.target:
            self.device.setCurrentIndex(max(0, self.device.findData(chosen.device.id)))
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

    def fill_from_device(self) -> None:
        """Set the limits of bytes to the memories of the device beside the time."""
        device = self._target().device
        found = memory_limits(device, self._document.result.totals.weight_bytes)
        for key, nbytes in found.items():
            self.fields[key].setText(text(key, nbytes))
            self.fields[key].setProperty("limit", nbytes)
        self._check()
        if not found:
            none = self.tr("No memory size of {device} is known; add one in a device of your own.")
            self.sentence.setText(none.format(device=device.title))

    def _limit(self, key: str) -> Limit | None:
        """Return the limit of a row; None where it is empty.

        Raises:
            ValueError: the text is not a quantity.
        """
        typed = self.fields[key].text().strip()
        if not typed:
            return None
        target = self._target() if key == TIME else None
        before = self.fields[key].property("limit")
        if before is not None and typed == text(key, int(before)):
            return Limit(key=key, maximum=int(before), target=target)  # it has more digits than are shown
        value = read_quantity(typed, _kind(key)) * (SECOND if key == TIME else 1)
        return Limit(key=key, maximum=int(value), target=target)

    def _target(self) -> DeviceTarget:
        """Return the device of the row of times, used as its limit or the window states, where they name it."""
        device = devices()[self.device.currentData()]
        stated = [limit.target for limit in _stated(self._document.network.budgets)]
        return next(
            (t for t in (*stated, self._document.target) if t and t.device.id == device.id), DeviceTarget(device)
        )

    def limits(self) -> tuple[Limit, ...]:
        """Return all limits.

        Raises:
            ValueError: a text is not a quantity.
        """
        return tuple(limit for key in TITLES if (limit := self._limit(key)) is not None)

    # -- checking

    def _check(self) -> None:
        """Show the network's value of each number, and whether its limit is kept."""
        self.search.forget()
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
        for widget in (self.ok, self.search):
            widget.setEnabled(not wrong)

    def _check_row(self, key: str, limit: Limit | None) -> None:
        result = self._document.result
        if limit is None:
            target = self._target() if key == TIME else None
            value = value_of(result, Limit(key=key, maximum=0, target=target))
            self.values[key].setText(_least(key, value))
            self._mark(key, "")
            return
        check = check_budget(result, limit)
        self.values[key].setText("\n".join((_least(key, check.value), *self._places(key, check))))
        self._mark(key, {True: "ok", False: "error", None: "warning"}[check.satisfied])

    def _places(self, key: str, check: BudgetCheck) -> Iterator[str]:
        """Yield the layer with which a limit is first passed, and that of the peak, which may be another."""
        if check.first:
            yield self.tr("first to break: {layer}").format(layer=check.first)
        peak = self._document.result.memory.peak_step if METRICS[key].from_schedule and check.first else None
        if peak is not None:
            step = self._document.result.memory.schedule.steps[peak]
            layer = name_of_step(self._document.network, step.path, step.passes)
            yield self.tr("peak: {layer}").format(layer=layer)

    def _mark(self, key: str, role: str) -> None:
        mark = self.marks[key]
        if role:
            mark.setPixmap(icons.icon(role, role="accent" if role == "ok" else role).pixmap(_ICON))
        else:
            mark.clear()
        mark.setAccessibleName(
            {"ok": self.tr("kept"), "error": self.tr("broken"), "warning": self.tr("not known")}.get(role, "")
        )

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


def _least(key: str, value: int | None) -> str:
    """Return the value of a network; a time is a lower bound."""
    return f"≥ {text(key, value)}" if key == TIME and value is not None else text(key, value)
