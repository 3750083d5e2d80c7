"""Dialog for an unexpected exception: a sentence, and details to copy. The window stays open."""

from __future__ import annotations

import sys
import traceback
from collections.abc import Callable
from time import monotonic
from types import TracebackType

from PySide6.QtCore import QCoreApplication, Qt, QTimer
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import (
    QApplication,
    QDialog,
    QDialogButtonBox,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from layerledger.gui.dialogs.diagnostics import version_lines
from layerledger.gui.theme import icons

INTERRUPTED = 130
"""Exit status after Ctrl+C in the terminal."""

_CALM_S = 5.0
_ICON = 32


def install_crash_dialog(save: Callable[[], None] = lambda: None) -> None:
    """Open the dialog for each unhandled exception, in any thread, after calling `save`."""
    sys.excepthook = CrashHook(save)


class CrashHook:
    """The hook that Python calls with an unhandled exception."""

    def __init__(self, save: Callable[[], None]) -> None:
        self._save = save
        self.dialog: CrashDialog | None = None
        self._waiting = False
        self._last: tuple[object, float] = (None, 0.0)

    def __call__(self, kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        sys.__excepthook__(kind, error, trace)  # the terminal gets every one
        try:
            self._save()
        finally:
            self._say(kind, error, trace)

    def _say(self, kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        app = QApplication.instance()
        if app is None:
            return
        if not issubclass(kind, Exception):
            QCoreApplication.exit(INTERRUPTED)
        elif not self._is_busy(place := _place(trace)):
            self._waiting, self._last = True, (place, monotonic())
            details = "\n".join([*version_lines(), "", *traceback.format_exception(kind, error, trace)])
            # Not here: this may be a paint event, or a thread.
            QTimer.singleShot(0, app, lambda: self._show(details))

    def _is_busy(self, place: object) -> bool:
        """Return whether there is a dialog, or just was one for the same place, such as a paint event's."""
        last, when = self._last
        return self._waiting or self.dialog is not None or (place == last and monotonic() - when < _CALM_S)

    def _show(self, details: str) -> None:
        try:
            self.dialog = CrashDialog(details, QApplication.activeWindow())
            self.dialog.finished.connect(self._closed)
            self.dialog.show()
        finally:
            self._waiting = False

    def _closed(self) -> None:
        self.dialog, self._last = None, (self._last[0], monotonic())


def _place(trace: TracebackType | None) -> object:
    """Return the innermost line of a traceback."""
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return (trace.tb_frame.f_code, trace.tb_lineno) if trace else None


class CrashDialog(QDialog):
    """Reports an error and says what to do."""

    def __init__(self, details: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._details = details
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowModality(Qt.WindowModality.ApplicationModal)
        self.setWindowTitle(self.tr("Unexpected error"))
        self.copy_button = QPushButton(self.tr("&Copy details"), self)
        self.copy_button.setToolTip(self.tr("Copy the error and the versions to the clipboard, for a problem report"))
        self.copy_button.setAutoDefault(False)
        self.copy_button.clicked.connect(self._copy)
        self._lay_out()

    def _lay_out(self) -> None:
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close, self)
        buttons.addButton(self.copy_button, QDialogButtonBox.ButtonRole.ActionRole)
        buttons.rejected.connect(self.reject)
        sign = QLabel(self)
        sign.setPixmap(icons.pixmap("error", _ICON, role="error", scale=self.devicePixelRatioF()))
        words = QVBoxLayout()
        words.addWidget(self._sentence(self.tr("Something unexpected went wrong."), title=True))
        words.addWidget(self._sentence(self.tr("The network stays open; save it under another name.")))
        top = QHBoxLayout()
        top.setSpacing(14)
        top.addWidget(sign, 0, Qt.AlignmentFlag.AlignTop)
        top.addLayout(words, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(18, 18, 18, 14)
        layout.setSpacing(18)
        layout.addLayout(top, 1)
        layout.addWidget(buttons)

    def _sentence(self, text: str, *, title: bool = False) -> QLabel:
        label = QLabel(text, self)
        label.setProperty("title", "true" if title else "")
        return label

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self._details)
        self.copy_button.setText(self.tr("Copied"))
