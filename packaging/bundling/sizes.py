"""How large each part of the app is, in words that a reader of the list knows."""

import os
from pathlib import Path

PARTS = (  # the first that a path contains
    ("ICU, Unicode data of Qt", ("libicu", "icudt")),
    ("Qt libraries", ("/Qt/lib/", "Qt6", "/Frameworks/Qt")),
    ("Qt plugins and translations", ("/Qt/plugins/", "/PySide6/plugins/", "/translations/qt")),
    ("PySide6, the binding to Qt", ("PySide6", "shiboken6", "pyside6")),
    ("OpenBLAS and Fortran of NumPy", ("numpy.libs", "openblas", "libgfortran", "libquadmath")),
    ("NumPy", ("/numpy",)),
    ("pyqtgraph", ("/pyqtgraph",)),
    ("Python", ("libpython", "python3", "base_library.zip", "Python.framework")),
    ("LayerLedger's resources", ("/layerledger/resources",)),
    ("licences", ("/licences/",)),
    ("libraries of the system", (".so", ".dll", ".dylib")),
    ("executable, with all Python code", ("/layerledger",)),
)


def table(app):
    """Return the parts of an app, largest first, with their sum."""
    sums = {}
    for path in files(app):
        part = _part("/" + path.relative_to(app).as_posix())
        sums[part] = sums.get(part, 0) + path.stat().st_size
    rows = sorted(sums.items(), key=lambda row: -row[1])
    return "\n".join(f"{mb(size):>9}  {part}" for part, size in [*rows, (f"{app.name}, unpacked", sum(sums.values()))])


def files(app):
    """Return the regular files below a folder, in an order that does not depend on the disk."""
    found = (Path(folder, name) for folder, _, names in os.walk(app) for name in names)
    return sorted(path for path in found if not path.is_symlink())


def mb(size):
    return f"{size / 1e6:.1f} MB"


def _part(path):
    return next((part for part, marks in PARTS if any(mark in path for mark in marks)), "other")
