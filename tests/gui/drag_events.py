"""Events of a drag, made as the running Qt takes them."""

from typing import Any

from PySide6.QtCore import QPoint, QPointF, qVersion
from PySide6.QtGui import QDragEnterEvent, QDragMoveEvent


def enter(spot: QPoint, *how: Any) -> QDragEnterEvent:
    return QDragEnterEvent(_place(spot), *how)


def move(spot: QPoint, *how: Any) -> QDragMoveEvent:
    return QDragMoveEvent(_place(spot), *how)


def _place(spot: QPoint) -> Any:
    """Return a place as a QPointF for Qt 6.12, which has deprecated QPoint; before, these events take nothing else."""
    major, minor, *_ = map(int, qVersion().split("."))
    return QPointF(spot) if (major, minor) >= (6, 12) else spot
