"""Checks of a network by packages that come after the analysis, such as that of budgets.

`core/__init__.py` adds them, and every analysis runs them. The list stands here, where it costs nothing to import, and
so names no class of a later package: a check takes a Network and yields instances of Problem.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

NETWORK_CHECKS: list[Callable[[Any], Iterable[Any]]] = []
"""The checks, in the order in which their problems are listed."""
