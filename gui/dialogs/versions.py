"""What this program consists of: versions and licences."""

from __future__ import annotations

import platform
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, metadata

from PySide6.QtCore import qVersion


@dataclass(frozen=True)
class Dependency:
    """A component, its version, and the licence under which it is used here."""

    name: str
    version: str
    licence: str


def app_version() -> str:
    """Return LayerLedger's version; empty where it runs without being installed."""
    return _version("layerledger")


def dependencies() -> tuple[Dependency, ...]:
    """Return what LayerLedger is built on."""
    return (
        Dependency("Qt", qVersion(), "LGPL 3"),
        Dependency("PySide6", _version("PySide6-Essentials"), "LGPL 3"),
        Dependency("pyqtgraph", _version("pyqtgraph"), "MIT"),
        Dependency("NumPy", _version("numpy"), "BSD 3-Clause"),
        Dependency("Python", platform.python_version(), "PSF 2"),
        Dependency("Inter", "4.001", "SIL OFL 1.1"),
    )


def version_lines() -> list[str]:
    """Return all versions and the platform, for a report of a problem."""
    built_on = ", ".join(f"{part.name} {part.version}".strip() for part in dependencies())
    return [f"LayerLedger {app_version()}".strip(), built_on, platform.platform()]


def _version(distribution: str) -> str:
    try:
        stated = metadata(distribution).get_all("Version")  # none after a broken installation: version() might raise
    except PackageNotFoundError:
        return ""
    return str(next(iter(stated or ()), ""))
