"""What of the collected files the app does not use: plugins for other purposes, and what only they need."""

import fnmatch
import os
import shutil
import subprocess
import sys
from pathlib import Path

from bundling import elf

MODULES = (  # imported by something on board, but never on the app's way
    *(f"PySide6.{name}" for name in ("QtNetwork", "QtOpenGL", "QtOpenGLWidgets", "QtTest", "QtPrintSupport", "QtDBus")),
    *("_hashlib", "_ssl", "ssl", "asyncio", "readline", "curses", "tkinter", "sqlite3", "unittest", "doctest", "pdb"),
    *("setuptools", "pkg_resources", "_distutils_hack", "distutils", "lib2to3", "PIL", "matplotlib", "scipy", "yaml"),
    *("numpy._core._multiarray_tests", "numpy._core._rational_tests", "numpy._core._umath_tests", "numpy._core._simd"),
    *("numpy._core._struct_ufunc_tests", "numpy._core._operand_flag_tests"),
    *("numpy.f2py", "numpy.distutils", "numpy.testing", "numpy.random", "pyqtgraph.examples", "pyqtgraph.opengl"),
)

PLUGINS = (  # all others go: databases, GTK, OpenGL, embedded Linux, remote screens, image formats that nothing opens
    "platforms/*qxcb.*",
    "platforms/*qwayland*",
    "platforms/*qoffscreen.*",
    "platforms/qwindows.*",
    "platforms/*qcocoa.*",
    "platforminputcontexts/*compose*",
    "platforminputcontexts/*ibus*",
    "platformthemes/*xdgdesktopportal.*",
    "wayland-shell-integration/*xdg-shell.*",
    "wayland-decoration-client/*",
    "imageformats/*qsvg.*",
    "iconengines/*qsvgicon.*",
    "styles/*",
)

DATA = (  # patterns of data files that nothing reads
    "*/Qt/qml/*",
    "*/Qt/resources/*",
    "*/PySide6/qml/*",
    "pyqtgraph/icons/peegee/*",
    "pyqtgraph/colors/maps/*",
    "pyqtgraph/examples/*",
    "*.pyi",
    "*.dist-info/*",  # the spec adds those that are asked for
)

SYSTEM = (  # part of every desktop, and tied to its drivers and fonts: a copy of another age would break them
    *("libstdc++.so.6", "libgcc_s.so.1", "libexpat.so.1", "libEGL.so.1", "libGL.so.1", "libOpenGL.so.0"),
    *("libX11.so.6", "libX11-xcb.so.1", "libxcb.so.1", "libXau.so.6", "libXdmcp.so.6"),
    *("libglib-2.0.so.0", "libgthread-2.0.so.0", "libdbus-1.so.3"),
    *("libfontconfig.so.1", "libfreetype.so.6"),
)


def keep(binaries, datas, *, languages=()):
    """Return the entries (name, source, kind) of both lists that the app needs.

    Args:
        languages: of Qt's own translations, those that the app is translated into as well.
    """
    binaries = [entry for entry in binaries if _plugin_is_used(entry[0]) and Path(entry[0]).name not in SYSTEM]
    binaries = _reachable(binaries)
    present = {os.path.normpath(entry[0]) for entry in binaries}
    return binaries, [entry for entry in datas if _data_is_used(entry, present, languages)]


def _plugin_is_used(name):
    path = Path(name).as_posix()
    if "/plugins/" not in path or "PySide6" not in path:
        return True
    return any(fnmatch.fnmatch(path.partition("/plugins/")[2], pattern) for pattern in PLUGINS)


def _data_is_used(entry, present, languages):
    name, source, kind = entry
    path = Path(name).as_posix()
    if kind == "SYMLINK":  # beside the programs, to libraries in folders of their own
        return os.path.normpath(os.path.join(os.path.dirname(name), source)) in present
    if "/translations/" in path and "PySide6" in path:
        return any(path.endswith(f"qtbase_{language}.qm") for language in languages)
    return not any(fnmatch.fnmatch(path, pattern) for pattern in DATA)


def _reachable(binaries):
    """Return the binaries that extension modules and plugins need, and they themselves."""
    by_name = {Path(entry[0]).name.lower(): entry for entry in binaries}
    waiting = [entry for entry in binaries if entry[2] == "EXTENSION" or _is_root(entry[0])]
    found = {}
    while waiting:
        entry = waiting.pop()
        if entry[0] in found:
            continue
        found[entry[0]] = entry
        waiting += [by_name[name] for name in _needed(entry[1]) if name in by_name]
    return sorted(found.values())


def _needed(source):
    if sys.platform.startswith("linux"):  # PyInstaller's own answer holds all that those need in turn, pruned or not
        return [name.lower() for name in elf.needed(source)]
    from PyInstaller.depend.bindepend import get_imports

    return [Path(name).name.lower() for name, _ in get_imports(source)]


def _is_root(name):
    path = Path(name).as_posix()
    return "/plugins/" in path or Path(path).name.lower().startswith(("libpython", "python", "vcruntime", "msvcp"))


# -- symbols


def stripped(binaries, folder):
    """Return the entries with copies in `folder` that have no symbols for debuggers; only Linux's files have many."""
    if not sys.platform.startswith("linux") or not shutil.which("strip"):
        return binaries
    return [(name, _strip(Path(source), Path(folder) / name), kind) for name, source, kind in binaries]


def _strip(source, target):
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(source, target)
    done = subprocess.run(["strip", "--strip-unneeded", target], capture_output=True, check=False)
    whole = not done.returncode and elf.loadable(target.read_bytes())
    return str(target if whole else source)
