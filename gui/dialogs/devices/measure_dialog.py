"""Dialog that measures this computer in a thread of its own, with progress and cancel."""

from __future__ import annotations

from PySide6.QtCore import Qt, QThread, Signal
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QFrame,
    QLabel,
    QProgressBar,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from layerledger.core.metrics.devices import Device
from layerledger.gui.dialogs.devices.device_details import details_html
from layerledger.gui.dialogs.devices.measurement import Extent, Step, measure

_WHOLE = 1_000
_TITLE_BAR = 40

_running: set[MeasureThread] = set()
"""Threads that have not ended yet: one that is interrupted ends after its present step, when its dialog may be gone."""


class MeasureThread(QThread):
    """Runs a measurement; ends between two steps when it is interrupted."""

    progressed = Signal(float, str)
    measured = Signal(object)  # the Device
    failed = Signal(str)

    def __init__(self, extent: Extent) -> None:
        super().__init__()
        self._extent = extent
        _running.add(self)
        self.finished.connect(self._forget)

    def _forget(self) -> None:
        _running.discard(self)

    def run(self) -> None:
        try:
            for step in measure(self._extent):
                if self.isInterruptionRequested():
                    return
                if isinstance(step, Step):
                    self.progressed.emit(step.done, step.text)
                else:
                    self.measured.emit(step)
        except (ImportError, MemoryError, OSError) as error:
            self.failed.emit(str(error) or type(error).__name__)


class MeasureDialog(QDialog):
    """Measures from the moment it opens; emits the device when the user saves it."""

    saved = Signal(object)  # the Device

    def __init__(self, parent: QWidget | None = None, *, extent: Extent | None = None) -> None:
        super().__init__(parent)
        self.device: Device | None = None
        self.setWindowTitle(self.tr("Measure this computer"))
        self.text = QLabel(
            self.tr(
                "Matrix products give the peak, copies the bandwidth; of many runs the best counts. Close programs "
                "that compute: they make the figures too low, and true times would then fall below the bound."
            ),
            self,
        )
        self.text.setWordWrap(True)
        self.bar = QProgressBar(self)
        self.bar.setRange(0, _WHOLE)
        self.bar.setTextVisible(False)
        self.bar.setAccessibleName(self.tr("Progress"))
        self.now = QLabel(self)
        self.now.setProperty("muted", "true")
        self.figures = QLabel(self)
        self.figures.setWordWrap(True)
        self.figures.setAlignment(Qt.AlignmentFlag.AlignTop)
        self.area = QScrollArea(self)  # for a small screen or a large font
        self.area.setFrameShape(QFrame.Shape.NoFrame)
        self.area.setWidgetResizable(True)
        self.area.setWidget(self.figures)
        self.area.hide()
        self.save = QPushButton(self.tr("&Save as a device"), self)
        self.save.setProperty("primary", "true")
        self.save.setEnabled(False)
        self.save.clicked.connect(self._save)
        self._lay_out()
        self._thread = MeasureThread(extent or Extent())
        self._thread.progressed.connect(self._progress)
        self._thread.measured.connect(self._show)
        self._thread.failed.connect(self._fail)
        self._thread.start(QThread.Priority.HighPriority)

    def _lay_out(self) -> None:
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel, self)
        buttons.addButton(self.save, QDialogButtonBox.ButtonRole.ActionRole)
        buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(18, 16, 18, 14)
        layout.setSpacing(10)
        for widget in (self.text, self.bar, self.now):
            layout.addWidget(widget)
        layout.addWidget(self.area, 1)
        layout.addWidget(buttons)
        self.setMinimumWidth(self.fontMetrics().averageCharWidth() * 80)

    def _progress(self, done: float, text: str) -> None:
        self.bar.setValue(round(done * _WHOLE))
        self.now.setText(text)

    def _show(self, device: Device) -> None:
        self.device = device
        self.bar.setValue(_WHOLE)
        self.now.setText(self.tr("Measured"))
        self.figures.setText(details_html(device))
        self._grow()
        self.save.setEnabled(True)
        self.save.setFocus()

    def _grow(self) -> None:
        """Show the figures, and make the dialog as high as they need, as far as the screen has room."""
        before, high = self.height(), self.figures.heightForWidth(self.bar.width())
        if layout := self.layout():
            high += layout.spacing()
        self.area.show()
        self.resize(self.width(), min(before + high, self.screen().availableGeometry().height() - _TITLE_BAR))

    def _fail(self, reason: str) -> None:
        self.now.setText(self.tr("The measurement failed: {reason}").format(reason=reason))

    def _save(self) -> None:
        if self.device is not None:
            self.saved.emit(self.device)
            self.accept()

    def done(self, result: int) -> None:
        self._thread.requestInterruption()
        super().done(result)
