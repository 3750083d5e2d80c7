"""Plain widgets: a change inside one is laid out around it only where it needs another size."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject
from PySide6.QtWidgets import QApplication, QLabel, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from layerledger.gui.inspector.labels import WrapLabel
from layerledger.gui.widgets.basics import LayoutBoundary


class LayoutRequests(QObject):
    """Counts how often a widget is asked to lay out what is in it."""

    def __init__(self, watched: QWidget) -> None:
        super().__init__(watched)
        self.number = 0
        watched.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        self.number += event.type() == QEvent.Type.LayoutRequest
        return False


def wrapping(text: str, parent: QWidget) -> WrapLabel:
    label = WrapLabel(parent)
    label.setText(text)
    return label


def show(qtbot: QtBot, panel: QWidget, *parts: QWidget) -> None:
    """Show a narrow panel with these parts one below the other."""
    layout = QVBoxLayout(panel)
    for part in parts:
        layout.addWidget(part)
    layout.addStretch(1)
    panel.resize(120, 400)
    panel.show()
    qtbot.waitExposed(panel)
    settle()


def settle() -> None:
    for _ in range(4):
        QApplication.processEvents()


def test_a_text_as_high_as_the_one_before_moves_nothing(qtbot: QtBot) -> None:
    panel = QWidget()
    qtbot.addWidget(panel)
    label, below = wrapping("one", panel), QLabel("below")
    show(qtbot, panel, LayoutBoundary(label, panel), below)
    requests, top = LayoutRequests(panel), below.y()
    label.setText("two")
    settle()
    assert (requests.number, below.y()) == (0, top)
    label.setText("many words that need several lines " * 4)
    settle()
    assert label.height() >= label.heightForWidth(label.width()) > label.fontMetrics().height() * 3
    assert below.y() > top + label.fontMetrics().height() * 2
    label.setText("one")
    settle()
    assert below.y() == top


def test_a_text_that_needs_as_much_as_one_in_another_width(qtbot: QtBot) -> None:
    """Two lines in a narrow panel, one after it was widened, and then two again."""
    panel = QWidget()
    qtbot.addWidget(panel)
    label = wrapping("words " * 6, panel)
    show(qtbot, panel, LayoutBoundary(label, panel))
    for width in (200, 300, 600):
        panel.resize(width, 400)
        settle()
        for times in (3, 6, 9, 12, 18, 24, 6):
            label.setText("words " * times)
            settle()
            assert label.height() >= label.heightForWidth(label.width())


def test_what_changed_while_it_was_hidden_has_its_size_when_it_is_shown(qtbot: QtBot) -> None:
    panel = QWidget()
    qtbot.addWidget(panel)
    label, below = wrapping("one", panel), QLabel("below")
    part = QWidget(panel)
    QVBoxLayout(part).addWidget(LayoutBoundary(label, part))
    show(qtbot, panel, part, below)
    part.hide()
    settle()
    label.setText("many words that need several lines " * 4)
    part.show()
    settle()
    assert label.height() >= label.heightForWidth(label.width())
    assert below.y() >= part.height() > label.fontMetrics().height() * 3
