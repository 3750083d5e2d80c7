"""The application: start, theme, event loop and end."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QLocale
from PySide6.QtWidgets import QApplication

from layerledger.gui.app.recovery import Recovery, recovery_folder
from layerledger.gui.app.windows import Windows, open_windows
from layerledger.gui.document import settings_store as store
from layerledger.gui.document.settings import THEME
from layerledger.gui.theme import theme as themes
from layerledger.gui.theme.translation import install_translation

if TYPE_CHECKING:
    from layerledger.gui.app.file_events import FileEvents
    from layerledger.gui.app.system_signals import SystemSignals

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
    """Open a window for each file, or an empty one, and return the exit status.

    Args:
        screenshot: PNG file for a picture of the window, painted without a display.
        size: size of the window, in pixels before scaling.
        theme: system, light or dark; by default the stored choice.
        scale: scale factor of the user interface, for dense displays.
    """
    if screenshot:
        os.environ["QT_QPA_PLATFORM"] = "offscreen"
    if scale:
        os.environ["QT_SCALE_FACTOR"] = str(scale)
    app = make_application()
    choose_theme(app, theme)
    if screenshot:
        from layerledger.gui.app.screenshot import take_screenshot

        return take_screenshot(files, screenshot, size)
    recovery = Recovery(recovery_folder())
    windows = open_windows(files, size, recovery, fit=True)
    windows.offer_leftovers()
    if sys.platform == "darwin":
        receive_files(app, windows)
    windows.open[0].chart.plotReady.connect(spare_collections)
    return execute(app, recovery)


def execute(app: QApplication, recovery: Recovery) -> int:
    """Run the event loop; unsaved changes are copied however it ends."""
    signals = save_at_the_end(app, recovery)
    status = app.exec()
    recovery.close()
    signals.stop()
    return status


def save_at_the_end(app: QApplication, recovery: Recovery) -> SystemSignals:
    """Copy unsaved changes when the program crashes or the system ends it."""
    from layerledger.gui.app.crash_dialog import install_crash_dialog
    from layerledger.gui.app.system_signals import SystemSignals

    install_crash_dialog(recovery.save_now)
    app.commitDataRequest.connect(recovery.save_and_wait)
    app.aboutToQuit.connect(recovery.save_and_wait)  # not the end: Qt may still deliver events
    return SystemSignals(app.exit)


def receive_files(app: QApplication, windows: Windows) -> FileEvents:
    """Open files sent by the desktop in the last window, or in a new one if that window is in use."""
    from layerledger.gui.app.file_events import FileEvents

    return FileEvents(app, lambda name: (windows.open[-1] if windows.open else windows.new()).files.open_file(name))


def spare_collections() -> None:
    """Exclude all objects loaded so far from garbage collection, and collect new ones less often.

    Networks and results have no cycles, so they are freed without it. Otherwise a collection stops the window for
    50 ms now and then.
    """
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)


def make_application() -> QApplication:
    """Return the application, and make it if it does not exist yet."""
    QCoreApplication.setOrganizationName("LayerLedger")
    QCoreApplication.setApplicationName("LayerLedger")
    app = QApplication.instance()
    app = app if isinstance(app, QApplication) else QApplication(sys.argv[:1])
    app.setApplicationDisplayName("LayerLedger")
    app.setDesktopFileName(DESKTOP_ID)  # desktops find the icon of the window by it
    install_translation(app, QLocale.system().uiLanguages())
    return app


def choose_theme(app: QApplication, name: str | None) -> None:
    """Apply a theme, or the stored choice."""
    themes.choose(themes.read_choice(name or store.read(THEME)))
    themes.follow_system(app)
