"""Strip that offers the unsaved changes of earlier runs until the user decides."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QDateTime, QLocale, Qt
from PySide6.QtGui import QKeyEvent, QShowEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QMessageBox,
    QPushButton,
    QScrollArea,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from layerledger.core.app.recovery.record import RecoveryRecord
from layerledger.core.app.recovery.store import Found
from layerledger.core.base.files import Stamp
from layerledger.core.formats import FormatError
from layerledger.core.network.nodes import Network
from layerledger.gui.app.recovery import Recovery
from layerledger.gui.document.document import Document
from layerledger.gui.inspector.labels import ElidedLabel
from layerledger.gui.start.recent_painter import abbreviate_home
from layerledger.gui.theme import icons

Restore = Callable[[Network, Path | None, Stamp | None], Document]

_ICON = 20
_ROWS_SEEN = 4
_NAME_CHARACTERS = 28
_GAP = 12
_ENTER = (Qt.Key.Key_Return, Qt.Key.Key_Enter)


class RecoveryStrip(QFrame):
    """Lists the unsaved networks; the ticked ones are restored or discarded."""

    def __init__(self, recovery: Recovery, restore: Restore, parent: QWidget | None = None) -> None:
        """
        Args:
            restore: shows a network that was never saved to its file.
        """
        super().__init__(parent)
        self._recovery, self._restore = recovery, restore
        self._boxes: list[tuple[QCheckBox, Found]] = []
        self.setProperty("card", "true")
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.heading = QLabel(self)
        self.heading.setProperty("section", "true")
        self.heading.setWordWrap(True)
        self.kept_aside = QLabel(self)
        self.kept_aside.setWordWrap(True)
        self.kept_aside.setTextFormat(Qt.TextFormat.PlainText)
        self.kept_aside.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.area = self._make_area()
        self._make_buttons()
        self._lay_out()
        self._list()

    # -- building

    def _make_area(self) -> QScrollArea:
        area = QScrollArea(self)
        area.setWidgetResizable(True)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        return area

    def _make_buttons(self) -> None:
        self.later = self._button(self.tr("Decide &later"), self.tr("Keep them, and ask again at the next start"))
        self.later.clicked.connect(self.close)
        self.discard = self._button(self.tr("&Discard…"), self.tr("Delete the ticked networks"))
        self.discard.clicked.connect(self._ask_and_discard)
        self.restore = self._button(self.tr("&Restore"), self.tr("Open the ticked networks, each in its own window"))
        self.restore.setProperty("primary", "true")
        self.restore.clicked.connect(self._restore_chosen)

    def _button(self, text: str, tip: str) -> QPushButton:
        button = QPushButton(text, self)
        button.setToolTip(tip)
        return button

    def _lay_out(self) -> None:
        sign = QLabel(self)
        sign.setPixmap(icons.pixmap("reset", _ICON, role="accent", scale=self.devicePixelRatioF()))
        words = QVBoxLayout()
        words.setSpacing(6)
        for widget in (self.heading, self.area, self.kept_aside):
            words.addWidget(widget)
        buttons = QHBoxLayout()
        buttons.setSpacing(8)
        for button in (self.later, self.discard, self.restore):
            buttons.addWidget(button)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(_GAP, 10, _GAP, 10)
        layout.setSpacing(_GAP)
        layout.addWidget(sign, 0, Qt.AlignmentFlag.AlignTop)
        layout.addLayout(words, 1)
        layout.addLayout(buttons)
        layout.setAlignment(buttons, Qt.AlignmentFlag.AlignBottom)

    # -- what is offered

    def _list(self) -> None:
        """Show the remaining networks, or close after the last one."""
        left = self._recovery.leftovers
        self.heading.setText(self._heading(len(left.records)))
        self.setAccessibleName(self.heading.text())
        self.kept_aside.setText("\n".join(self._set_aside(b.file, b.reason) for b in left.broken))
        self.kept_aside.setVisible(bool(left.broken))
        self.area.setVisible(bool(left.records))
        self._fill(left.records)
        for button in (self.restore, self.discard):
            button.setVisible(bool(left.records))
        self.later.setText(self.tr("Decide &later") if left.records else self.tr("&Close"))
        if not left:
            self.close()

    def _heading(self, count: int) -> str:
        if not count:
            return self.tr("LayerLedger was closed unexpectedly.")
        if count == 1:
            return self.tr("LayerLedger was closed unexpectedly. 1 network has unsaved changes:")
        words = self.tr("LayerLedger was closed unexpectedly. %1 networks have unsaved changes:")
        return words.replace("%1", str(count))

    def _set_aside(self, file: Path, reason: str) -> str:
        words = self.tr("A copy of unsaved changes cannot be read (%1); it is kept as %2.")
        return words.replace("%1", reason).replace("%2", str(file))

    def _fill(self, records: list[Found]) -> None:
        self._boxes.clear()
        rows = QWidget(self)
        grid = QGridLayout(rows)
        grid.setContentsMargins(0, 0, _GAP, 0)
        grid.setHorizontalSpacing(18)
        grid.setVerticalSpacing(2)
        grid.setColumnStretch(3, 1)
        for row, found in enumerate(records):
            self._fill_row(grid, row, found)
        self.area.setWidget(rows)
        seen = min(len(records), _ROWS_SEEN)
        height = rows.sizeHint().height()
        self.area.setFixedHeight(height if len(records) <= _ROWS_SEEN else height * seen // max(1, len(records)))

    def _fill_row(self, grid: QGridLayout, row: int, found: Found) -> None:
        record = found.record
        folder = abbreviate_home(Path(record.file).parent) if record.file else self.tr("never saved")
        fitting = self.fontMetrics().elidedText(record.name, Qt.TextElideMode.ElideMiddle, self._name_width())
        box = QCheckBox(fitting.replace("&", "&&"), self)
        box.setChecked(True)
        box.setToolTip(record.name)
        box.setAccessibleName(record.name)
        box.setAccessibleDescription(f"{folder}, {when(record)}")
        box.toggled.connect(self._enable)
        self._boxes.append((box, found))
        place = ElidedLabel(self)
        place.setText(folder)
        time = QLabel(when(record), self)
        for label in (place, time):
            label.setProperty("muted", "true")
        for column, widget in enumerate((box, place, time)):
            grid.addWidget(widget, row, column)

    def _name_width(self) -> int:
        return self.fontMetrics().averageCharWidth() * _NAME_CHARACTERS

    def _enable(self) -> None:
        for button in (self.restore, self.discard):
            button.setEnabled(bool(self._chosen()))

    def _chosen(self) -> list[Found]:
        return [found for box, found in self._boxes if box.isChecked()]

    # -- answers

    def _restore_chosen(self) -> None:
        for found in self._chosen():
            self._restore_one(found)
        self._list()

    def _restore_one(self, found: Found) -> None:
        record = found.record
        try:
            network = found.read()
        except FormatError as error:
            self._recovery.leftovers.set_aside(found.file, str(error))
            return
        file = Path(record.file) if record.file else None
        self._recovery.take_over(self._restore(network, file, record.stamp), found)

    def _ask_and_discard(self) -> None:
        chosen = self._chosen()
        question = self.tr("Discard the unsaved changes of %1?").replace("%1", self._names(chosen))
        box = QMessageBox(QMessageBox.Icon.Question, self.tr("Discard"), question, parent=self)
        box.setInformativeText(self.tr("They cannot be restored afterwards."))
        discard = QMessageBox.StandardButton.Discard
        box.setStandardButtons(discard | QMessageBox.StandardButton.Cancel)
        box.setDefaultButton(QMessageBox.StandardButton.Cancel)
        if box.exec() == discard:
            for found in chosen:
                self._recovery.discard(found)
            self._list()

    def _names(self, chosen: list[Found]) -> str:
        if len(chosen) == 1:
            return chosen[0].record.name
        return self.tr("%1 networks").replace("%1", str(len(chosen)))

    # -- Qt's events

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        (self.restore if self._boxes else self.later).setFocus(Qt.FocusReason.OtherFocusReason)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.close()
        elif event.key() in _ENTER and isinstance(button := self.focusWidget(), QPushButton):
            button.click()  # outside a dialog, Enter is no button's by itself
        else:
            super().keyPressEvent(event)


def when(record: RecoveryRecord) -> str:
    """Return the time of a record in the format of the user's region."""
    moment = QDateTime.fromSecsSinceEpoch(round(record.written_s))
    locale = QLocale()
    time = locale.toString(moment.time(), QLocale.FormatType.ShortFormat)
    if moment.date() == QDateTime.currentDateTime().date():
        return time
    return f"{locale.toString(moment.date(), QLocale.FormatType.ShortFormat)}  {time}"
