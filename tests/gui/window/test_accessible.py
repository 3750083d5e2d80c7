"""What a screen reader says of the window's controls: each has a name."""

from collections.abc import Iterator

import pytest
from PySide6.QtGui import QAccessible
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QLineEdit,
    QTabBar,
    QWidget,
)
from pytestqt.qtbot import QtBot

from layerledger.core.library.templates.templates import load_template
from layerledger.gui.app.windows import Windows
from layerledger.gui.window.main_window import MainWindow

CONTROLS = (QAbstractButton, QAbstractItemView, QAbstractSpinBox, QComboBox, QLineEdit)


def nameless(root: QWidget) -> list[str]:
    """Return the visible controls that a screen reader has no name for; the parts of a field are the field's."""
    found = [widget for widget in root.findChildren(QWidget) if isinstance(widget, CONTROLS) and widget.isVisible()]
    apart = [
        widget for widget in found if not isinstance(widget.parentWidget(), (QAbstractSpinBox, QComboBox, QTabBar))
    ]
    return [f"{type(w).__name__} in {type(w.parentWidget()).__name__}" for w in apart if not spoken(w)]


def spoken(widget: QWidget) -> str:
    return QAccessible.queryAccessibleInterface(widget).text(QAccessible.Text.Name).strip()


@pytest.fixture
def window(qtbot: QtBot) -> Iterator[MainWindow]:
    window = Windows().new()
    qtbot.waitExposed(window)
    window.chart.finish()
    yield window
    window.close()


def test_every_control_of_the_start_page_has_a_name(window: MainWindow) -> None:
    assert nameless(window) == []


@pytest.mark.parametrize("path", [(), (0,), (7,), (7, 1)])
def test_every_control_of_a_network_has_a_name(window: MainWindow, qapp: QApplication, path: tuple[int, ...]) -> None:
    window.document.replace(load_template("vit_b_16"))
    window.document.select([path])
    qapp.processEvents()
    assert nameless(window) == []


def test_every_page_of_the_charts_has_names(window: MainWindow, qapp: QApplication) -> None:
    window.document.replace(load_template("lenet5"))
    tabs = window.chart.findChildren(QTabBar)[0]
    for tab in range(tabs.count()):
        tabs.setCurrentIndex(tab)
        qapp.processEvents()
        assert nameless(window) == [], tabs.tabText(tab)
