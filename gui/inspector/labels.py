"""Buttons, headings, separators, and labels that wrap or are elided."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QEvent, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPalette
from PySide6.QtWidgets import QFrame, QLabel, QSizePolicy, QToolButton, QWidget

from layerledger.gui.theme import icons
from layerledger.gui.widgets.basics import CopyLabel

GAP = 6
ICON = 14


def small_button(icon: str, name: str, parent: QWidget) -> QToolButton:
    """Return a button that is only an icon; `name` is its tool tip and accessible name."""
    button = QToolButton(parent)
    button.setProperty("tiny", "true")
    button.setIcon(icons.icon(icon, role="muted"))
    button.setIconSize(QSize(ICON, ICON))
    button.setToolTip(name)
    button.setAccessibleName(name)
    button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
    return button


def text_button(icon: str, text: str, parent: QWidget) -> QToolButton:
    """Return a flat button with icon and text."""
    button = small_button(icon, text, parent)
    button.setText(text)
    button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
    return button


def heading(text: str, parent: QWidget) -> QLabel:
    """Return the heading of a section."""
    label = QLabel(text, parent)
    label.setProperty("section", "true")
    return label


def note(parent: QWidget) -> QLabel:
    """Return an empty, hidden line of small, muted text that wraps."""
    label = WrapLabel(parent)
    label.setProperty("small", "true")
    label.setProperty("muted", "true")
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setVisible(False)
    return label


def set_text_if_changed(label: QLabel, text: str) -> None:
    """Set the text of a label, if it differs; an empty text hides the label.

    QLabel.setText lays the panel out again even for the same text.
    """
    if text != label.text():
        label.setText(text)
    if label.isHidden() == bool(text):
        label.setVisible(bool(text))


class WrapLabel(CopyLabel):
    """Text that wraps to the width it gets.

    A QLabel lays its text out about six times to find a preferred size, which the inspector's layout does not use. This
    label lays it out once for each width: the cache is keyed by width, holds the few widths between two changes, and is
    cleared when text, font or style change.
    """

    def __init__(
        self, parent: QWidget, *, by: Qt.TextInteractionFlag = Qt.TextInteractionFlag.NoTextInteraction
    ) -> None:
        super().__init__(parent, by=by)
        self._heights: dict[int, int] = {}
        self.setWordWrap(True)

    def setText(self, text: str) -> None:
        self._heights.clear()
        super().setText(text)

    def sizeHint(self) -> QSize:
        return self.minimumSizeHint()

    def minimumSizeHint(self) -> QSize:
        return QSize(self.fontMetrics().averageCharWidth() * 12, self.fontMetrics().height())

    def heightForWidth(self, width: int) -> int:
        if width not in self._heights:
            self._heights[width] = super().heightForWidth(width)
        return self._heights[width]

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange):
            self._heights.clear()


class Separator(QFrame):
    """A hairline between two sections."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setFrameStyle(QFrame.Shape.HLine | QFrame.Shadow.Plain)
        self.setForegroundRole(QPalette.ColorRole.Mid)
        self.setFixedHeight(1)


class ElidedLabel(QLabel):
    """A line of text that is elided to its width; the tool tip then has the whole text."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)

    def minimumSizeHint(self) -> QSize:
        return QSize(self.fontMetrics().averageCharWidth() * 4, super().minimumSizeHint().height())

    def paintEvent(self, event: QPaintEvent) -> None:
        fitting = self.fontMetrics().elidedText(self.text(), Qt.TextElideMode.ElideRight, self.width())
        painter = QPainter(self)
        painter.setPen(self.palette().color(self.foregroundRole()))
        painter.drawText(self.rect(), int(self.alignment()), fitting)

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ToolTip:
            # set only now: the width can change without a change of the text
            cut = self.fontMetrics().horizontalAdvance(self.text()) > self.width()
            self.setToolTip(self.text() if cut else "")
        return super().event(event)


def connect_click(button: QToolButton, act: Callable[..., object], *args: object) -> None:
    """Call `act(*args)` when the button is clicked, without the `checked` argument of the signal."""
    run = partial(act, *args)
    button.clicked.connect(lambda: run())
