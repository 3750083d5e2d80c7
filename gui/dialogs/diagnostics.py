"""Versions of the program and its dependencies, and diagnostics for a problem report."""

from __future__ import annotations

import platform
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, metadata

from PySide6.QtCore import QLocale, QSize, qVersion
from PySide6.QtGui import QGuiApplication, QScreen

from layerledger.gui.document import settings_store
from layerledger.gui.document.state_folder import state_folder
from layerledger.gui.theme import theme


@dataclass(frozen=True)
class Dependency:
    """A component, its version and its licence."""

    name: str
    version: str
    licence: str


def app_version() -> str:
    """Return the version of LayerLedger; empty if it is not installed."""
    return _version("layerledger")


def dependencies() -> tuple[Dependency, ...]:
    """Return the components that LayerLedger is built on."""
    return (
        Dependency("Qt", qVersion(), "LGPL 3"),
        Dependency("PySide6", _version("PySide6-Essentials"), "LGPL 3"),
        Dependency("pyqtgraph", _version("pyqtgraph"), "MIT"),
        Dependency("NumPy", _version("numpy"), "BSD 3-Clause"),
        Dependency("Python", platform.python_version(), "PSF 2"),
        Dependency("Inter", "4.001", "SIL OFL 1.1"),
    )


def version_lines() -> list[str]:
    """Return all versions and the platform, for a problem report."""
    built_on = ", ".join(f"{part.name} {part.version}".strip() for part in dependencies())
    return [f"LayerLedger {app_version()}".strip(), built_on, platform.platform()]


def diagnostic_lines() -> list[str]:
    """Return the diagnostics as lines of text, in English. They contain no data of the user except two paths."""
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


def _version(distribution: str) -> str:
    try:
        stated = metadata(distribution).get_all("Version")  # missing after a broken installation
    except PackageNotFoundError:
        return ""
    return str(next(iter(stated or ()), ""))
