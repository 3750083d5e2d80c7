"""Makes the application, its windows, and pictures of them."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QLocale
from PySide6.QtWidgets import QApplication

from layerledger.core.formats import FormatError
from layerledger.core.library.templates.templates import open_file_or_template
from layerledger.core.network.nodes import Block
from layerledger.gui.app.recovery import Recovery, recovery_folder
from layerledger.gui.document import settings_store as store
from layerledger.gui.document.document import Document
from layerledger.gui.document.settings import THEME
from layerledger.gui.theme import theme as themes
from layerledger.gui.theme.translation import install_translation
from layerledger.gui.window.main_window import MainWindow

if TYPE_CHECKING:
    from layerledger.gui.app.file_events import FileEvents
    from layerledger.gui.app.recovery_strip import RecoveryStrip
    from layerledger.gui.app.system_signals import SystemSignals
    from layerledger.gui.document.file_commands import Files

DESKTOP_ID = "org.layerledger.LayerLedger"
_WINDOWS = "layerledgerWindows"
_READY_MS = 5_000


def run(
    files: Sequence[str],
    *,
    screenshot: str | None = None,
    size: tuple[int, int] | None = None,
    theme: str | None = None,
    scale: float | None = None,
) -> int:
    """Open a window a file, or an empty one, and returns the exit status.

    Args:
        screenshot: a PNG file; the window is painted into it without a display, and closed.
        size: of the window, in pixels before scaling.
        theme: system, light or dark, instead of the user's choice.
        scale: of everything, for dense displays.
    """
    if screenshot:
        os.environ["QT_QPA_PLATFORM"] = "offscreen"
    if scale:
        os.environ["QT_SCALE_FACTOR"] = str(scale)
    app = make_application()
    choose_theme(app, theme)
    if screenshot:
        return _picture(files, screenshot, size)
    recovery = Recovery(recovery_folder())
    windows = open_windows(files, size, recovery, fit=True)
    windows.offer_leftovers()
    if sys.platform == "darwin":
        receive_files(app, windows)
    windows.open[0].chart.plotReady.connect(spare_collections)
    return execute(app, recovery)


def execute(app: QApplication, recovery: Recovery) -> int:
    """Run the event loop; whatever ends it, unsaved changes are copied."""
    signals = save_at_the_end(app, recovery)
    status = app.exec()
    recovery.close()
    signals.stop()
    return status


def save_at_the_end(app: QApplication, recovery: Recovery) -> SystemSignals:
    """Has unsaved changes copied whenever something goes wrong or the system wants the program to end."""
    from layerledger.gui.app.crash_dialog import install_crash_dialog
    from layerledger.gui.app.system_signals import SystemSignals

    install_crash_dialog(recovery.save_now)
    app.commitDataRequest.connect(recovery.save_and_wait)
    app.aboutToQuit.connect(recovery.save_and_wait)  # not the last word: Qt may still deliver events
    return SystemSignals(app.exit)


def receive_files(app: QApplication, windows: Windows) -> FileEvents:
    """Open what the desktop sends: in the last window, which asks for another where it shows something."""
    from layerledger.gui.app.file_events import FileEvents

    return FileEvents(app, lambda name: (windows.open[-1] if windows.open else windows.new()).files.open_file(name))


def spare_collections() -> None:
    """Take what has been loaded by now out of garbage collection, and lets new objects gather longer.

    Networks and results are freed without it, having no cycles; else it would stop the window for 50 ms now and then.
    """
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)


def make_application() -> QApplication:
    """Return the application, made if it is not there yet."""
    QCoreApplication.setOrganizationName("LayerLedger")
    QCoreApplication.setApplicationName("LayerLedger")
    app = QApplication.instance()
    app = app if isinstance(app, QApplication) else QApplication(sys.argv[:1])
    app.setApplicationDisplayName("LayerLedger")
    app.setDesktopFileName(DESKTOP_ID)  # by which desktops find the window's icon
    install_translation(app, QLocale.system().uiLanguages())
    return app


def choose_theme(app: QApplication, name: str | None) -> None:
    """Dresses the application in a theme, or in the user's choice."""
    themes.choose(themes.read_choice(name or store.read(THEME)))
    themes.follow_system(app)


# -- windows


class Windows:
    """The open windows; Qt alone would not keep their Python halves."""

    def __init__(self, recovery: Recovery | None = None, *, fit: bool = False) -> None:
        """
        Args:
            recovery: keeps copies of the windows' unsaved changes; without it there are none.
            fit: whether new windows keep within their screen.
        """
        self.open: list[MainWindow] = []
        self._recovery, self._fit = recovery, fit

    def new(self, document: Document | None = None) -> MainWindow:
        """Show one more window."""
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
        """Return the files of the window in which a file is open, by whatever path."""
        shown = ((window.files, window.document.file) for window in self.open if window.isVisible())
        return next((files for files, known in shown if known and _is_one(known, file)), None)

    def _forget(self, window: MainWindow) -> None:
        self.open = [w for w in self.open if w is not window]

    def offer_leftovers(self) -> RecoveryStrip | None:
        """Offers in the first window what earlier runs did not save, if there is anything; returns the offer."""
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
    """Open each file in a window, or one empty window."""
    windows = Windows(recovery, fit=fit)
    first = windows.new()
    if size:
        first.resize(*size)
    for name in files:
        first.files.open_file(name)
    return windows


# -- pictures


def _picture(files: Sequence[str], screenshot: str, size: tuple[int, int] | None) -> int:
    document = Document()
    try:
        if files:
            file = Path(files[0]).absolute()
            document.replace(open_file_or_template(files[0]), file if file.exists() else None)
    except FormatError as error:
        print(f"layerledger: {error}", file=sys.stderr)
        return 2
    window = MainWindow(document, lambda: window)
    if size:
        window.resize(*size)
    window.show()
    _settle(window)
    _select_something(document)
    _settle(window)
    if not window.grab().save(screenshot):
        print(f"layerledger: {screenshot} cannot be written; a name that ends in .png would do", file=sys.stderr)
        return 2
    return 0


def _select_something(document: Document) -> None:
    """Select the first layer of the first block, or the first layer, so that the inspector has something to show."""
    layers = document.network.layers
    block = next((i for i, node in enumerate(layers) if isinstance(node, Block) and node.layers), None)
    if layers:
        document.select([(0,) if block is None else (block, 0)])


def _settle(window: MainWindow) -> None:
    """Lets the window finish what it does after its first painting."""
    for _ in range(5):
        QApplication.processEvents()
    window.chart.finish()
    window.header.finish()
    QApplication.processEvents()
