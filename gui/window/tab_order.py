"""Order of keyboard focus: panel by panel, and in reading order within a panel.

Qt's own order is that in which widgets were made, but much of the window is made only when needed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication, QWidget


def step(panels: Sequence[QWidget], *, forward: bool) -> bool:
    """Move the focus to the next or previous stop; return whether the focused widget is a stop.

    If the system limits Tab to text fields, as macOS may, Qt's own order is used.
    """
    if QGuiApplication.styleHints().tabFocusBehavior() != Qt.TabFocusBehavior.TabFocusAllControls:
        return False
    stops, now = list(tab_stops(panels)), QApplication.focusWidget()
    if now not in stops:
        return False
    reason = Qt.FocusReason.TabFocusReason if forward else Qt.FocusReason.BacktabFocusReason
    stops[(stops.index(now) + (1 if forward else -1)) % len(stops)].setFocus(reason)
    return True


def tab_stops(panels: Iterable[QWidget]) -> Iterator[QWidget]:
    """Yield the widgets that Tab stops at, in order."""
    for panel in panels:
        stops = [widget for widget in (panel, *panel.findChildren(QWidget)) if _is_stop(widget)]
        yield from as_read([(QRect(widget.mapTo(panel, QPoint()), widget.size()), widget) for widget in stops])


def _is_stop(widget: QWidget) -> bool:
    takes = widget.focusPolicy() & Qt.FocusPolicy.TabFocus == Qt.FocusPolicy.TabFocus
    return takes and widget.isVisible() and widget.isEnabled() and widget.focusProxy() is None


def as_read(placed: Iterable[tuple[QRect, QWidget]]) -> Iterator[QWidget]:
    """Yield widgets line by line; a widget belongs to a line if its middle is beside the first one of the line."""
    line: list[tuple[QRect, QWidget]] = []
    for rect, widget in sorted(placed, key=lambda p: (p[0].center().y(), p[0].x())):
        if line and rect.center().y() > line[0][0].bottom():
            yield from _line(line)
            line = []
        line.append((rect, widget))
    yield from _line(line)


def _line(placed: list[tuple[QRect, QWidget]]) -> Iterator[QWidget]:
    return (widget for _, widget in sorted(placed, key=lambda p: p[0].x()))
