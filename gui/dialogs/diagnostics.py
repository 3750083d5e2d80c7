"""What makes a report of a problem understood: versions, the platform, how it looks, where things are kept."""

from __future__ import annotations

from PySide6.QtCore import QLocale, QSize
from PySide6.QtGui import QGuiApplication, QScreen

from layerledger.gui.dialogs.versions import version_lines
from layerledger.gui.document import settings_store
from layerledger.gui.document.state_folder import state_folder
from layerledger.gui.theme import theme


def diagnostic_lines() -> list[str]:
    """Return it as lines of text, the same in every language. Nothing in it is of the user's but the two paths."""
    screens = [_screen(screen) for screen in QGuiApplication.screens()]
    return [
        *version_lines(),
        f"Qt platform: {QGuiApplication.platformName()}",
        f"Screens: {'; '.join(screens) or 'none'}",
        f"Theme: {theme.current().name} (chosen: {theme.choice()})",
        f"Font: {_font()}",
        f"Locale: {QLocale().name()} (system: {QLocale.system().name()})",
        f"Settings: {settings_store.location()}",
        f"State: {state_folder()}",
    ]


def _screen(screen: QScreen) -> str:
    size: QSize = screen.size()
    dpi = round(screen.logicalDotsPerInch())
    return f"{size.width()}×{size.height()} at {screen.devicePixelRatio():g}, {dpi} dpi"


def _font() -> str:
    font = QGuiApplication.font()
    return f"{font.family()} {font.pointSizeF():g} pt"
