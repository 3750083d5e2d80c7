"""Runs first in the packaged app: pyqtgraph can be imported without Qt's OpenGL modules, which are 10 MB.

The app never draws with them, and pyqtgraph only derives from QOpenGLWidget: a class of that name is enough.
"""

import sys
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec

_NAMES = ("PySide6.QtOpenGL", "PySide6.QtOpenGLWidgets")


class _StandIn(MetaPathFinder, Loader):
    def find_spec(self, fullname, path=None, target=None):
        return ModuleSpec(fullname, self) if fullname in _NAMES else None

    def create_module(self, spec):
        return None

    def exec_module(self, module):
        if module.__name__ == "PySide6.QtOpenGLWidgets":
            from PySide6.QtWidgets import QWidget

            module.QOpenGLWidget = type("QOpenGLWidget", (QWidget,), {"__module__": module.__name__})


sys.meta_path.append(_StandIn())
