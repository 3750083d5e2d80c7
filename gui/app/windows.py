"""The open windows of the application, and the files in them."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from layerledger.core.library.templates.templates import means_template
from layerledger.gui.document.document import Document
from layerledger.gui.window.main_window import MainWindow

if TYPE_CHECKING:
    from layerledger.gui.app.recovery import Recovery
    from layerledger.gui.app.recovery_strip import RecoveryStrip
    from layerledger.gui.document.file_commands import Files


class Windows:
    """The open windows. Keeps references to them: Qt keeps only the C++ objects."""

    def __init__(self, recovery: Recovery | None = None, *, fit: bool = False) -> None:
        """
        Args:
            recovery: keeps copies of unsaved changes; None for no copies.
            fit: whether new windows must fit on their screen.
        """
        self.open: list[MainWindow] = []
        self._recovery, self._fit = recovery, fit

    def new(self, document: Document | None = None) -> MainWindow:
        """Open another window."""
        window = MainWindow(document or Document(), self.new, self.showing)
        self.open.append(window)
        window.destroyed.connect(lambda: self._forget(window))
        if self._recovery:
            self._recovery.watch(window.document)
            window.closed.connect(partial(self._recovery.forget, window.document))
        window.restore(fit=self._fit)
        window.show()
        return window

    def showing(self, file: Path) -> Files | None:
        """Return the files of the window in which a file is open, whatever its path, or None."""
        shown = ((window.files, window.document.file) for window in self.open if window.isVisible())
        return next((files for files, known in shown if known and _is_one(known, file)), None)

    def _forget(self, window: MainWindow) -> None:
        self.open = [w for w in self.open if w is not window]

    def offer_leftovers(self) -> RecoveryStrip | None:
        """Offer to restore unsaved changes of earlier runs in the first window; return the offer, or None."""
        if not self._recovery or not self._recovery.leftovers:
            return None
        from layerledger.gui.app.recovery_strip import RecoveryStrip

        strip = RecoveryStrip(self._recovery, self.open[0].files.restore, self.open[0])
        self.open[0].show_notice(strip)
        return strip


def _is_one(known: Path, other: Path) -> bool:
    try:
        return known.samefile(other)
    except OSError:
        return known == other


def open_windows(
    files: Sequence[str],
    size: tuple[int, int] | None = None,
    recovery: Recovery | None = None,
    *,
    fit: bool = False,
) -> Windows:
    """Open each file or template in a window, or one empty window."""
    windows = Windows(recovery, fit=fit)
    first = windows.new()
    if size:
        first.resize(*size)
    for name in files:
        if means_template(name):
            first.files.new_from_template(name)
        else:
            first.files.open_file(name)
    return windows
